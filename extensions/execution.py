"""Run the pages: never a stale output, never a needless run.

An executed page is kept in a cache folder named by a fingerprint of all that pages depend on:
the package, its data, data files of the book, the benchmark's results, the locked requirements,
what is installed, Python itself, and the way this file runs them. Inside that folder
jupyter-cache finds a page by its code cells, tags and options included. So an edit of one page's
code runs that page, an edit of the package runs every page, and an edit of prose runs nothing.

A forced run is a build into a clean folder: remove ``_build`` first (``make clean``).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import shutil
import signal
import sys
import sysconfig
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from myst_nb.core.read import create_nb_reader
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging

from .files import written

logger = logging.getLogger(__name__)

WORKERS = min(2, os.cpu_count() or 1)
#: What sends the numbers of a figure along with its picture, and runs in the kernels.
NUMBERS = Path(__file__).parent / "figure_data" / "reading"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class PageError(SphinxError):
    """Pages whose cells failed."""

    category = "A page failed"


@dataclass
class Page:
    """A page that has to run, and what came of it."""

    name: str
    path: Path
    notebook: NotebookNode
    seconds: float = 0.0
    failure: str = ""

    @property
    def code_cells(self) -> list[NotebookNode]:
        """Its code cells, numbered from 1 wherever people see them."""
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]


def page_name(docname: str) -> str:
    """Name of a page everywhere in the project: its path below ``book/`` without suffix."""
    return docname.removeprefix("book/")


def inputs(root: Path) -> Iterator[Path]:
    """Files, beside its own source, that an executed page depends on."""
    for folder, skipped in (("dlbook", ()), ("book", (".md", ".css", ".bib"))):
        yield from (path for path in written(root / folder) if path.suffix not in skipped)
    yield from (root / "requirements.txt", root / "benchmarks" / "results.json", Path(__file__))
    yield from written(NUMBERS)


def fingerprint(root: Path) -> str:
    """Hash over everything that executed pages depend on, their own sources aside."""
    digest = hashlib.sha256(f"{sys.version} {platform.machine()}".encode())
    for path in inputs(root):
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{os.path.relpath(path, root)} {len(content)}\n".encode() + content)
    # Not from sys.path: setuptools, where something imports it, puts its own copies on that.
    installed = metadata.distributions(
        path=[*{sysconfig.get_path(p) for p in ("purelib", "platlib")}]
    )
    for name, version in sorted((d.name, d.version) for d in installed):
        digest.update(f"{name} {version}\n".encode())
    return digest.hexdigest()[:16]


def configure(app: Sphinx, config: Config) -> None:
    """Choose the cache folder and set what the kernels inherit."""
    root, build = Path(app.srcdir), Path(app.outdir).parent
    caches, key = build / ".jupyter_cache", fingerprint(root)
    for old in caches.glob("[0-9a-f]" * 16):
        if old.name != key:
            shutil.rmtree(old)
    # A changed value of this setting also makes Sphinx read every page again.
    config["nb_execution_cache_path"] = str(caches / key)
    config["nb_execution_mode"] = "cache"
    config["nb_execution_raise_on_error"] = True
    path = [
        str(root),
        str(Path(__file__).parents[1]),
        *os.environ.get("PYTHONPATH", "").split(os.pathsep),
    ]
    os.environ.update(
        {
            "PYTHONPATH": os.pathsep.join(dict.fromkeys(filter(None, path))),
            "PYTHONHASHSEED": "0",
            "OPENBLAS_NUM_THREADS": "1",
            "DLBOOK_PROGRESS": "off",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "TF_ENABLE_ONEDNN_OPTS": "0",
            "IPYTHONDIR": str(build / ".ipython"),  # no start-up files or history of the user
            "JUPYTER_PREFER_ENV_PATH": "1",  # the kernel is this Python
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
    )


def unexpected_error(cell: NotebookNode) -> bool:
    """Whether a cell raised without the tag ``raises-exception``."""
    return "raises-exception" not in cell.metadata.get("tags", []) and any(
        output.output_type == "error" for output in cell.get("outputs", [])
    )


def read_page(app: Sphinx, docname: str) -> Page | None:
    """Read a page as a notebook; None when it has no code cell."""
    env: Any = app.env
    path = Path(env.doc2path(docname))
    text = path.read_text(encoding="utf-8")
    reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
    page = reader and Page(page_name(docname), path, reader.read(text))
    return page if page and page.code_cells else None


def is_cached(cache: JupyterCacheAbstract, page: Page) -> bool:
    """Whether the cache holds a run of these very cells (their code, tags and options)."""
    try:
        cache.match_cache_notebook(page.notebook)
    except KeyError:
        return False
    return True


def join_pieces(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join what a cell printed in pieces; myst-nb would start a new line between two of them."""
    joined: list[NotebookNode] = []
    for output in outputs:
        name = output.get("name")  # streams alone have one
        if name and joined and joined[-1].get("name") == name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def run_page(page: Page, client: NotebookClient) -> Page:
    """Execute a page in a kernel of its own; a failure is kept, not raised."""
    logger.info("running %s (%d cells)", page.name, len(page.code_cells))
    start = time.perf_counter()
    error = ""
    try:
        client.execute()
    except CellTimeoutError:
        error = f"a cell took longer than {client.timeout} s."
    except DeadKernelError:
        error = "its kernel died."
    except CellControlSignal:
        pass  # the failing cell is found below
    page.seconds = time.perf_counter() - start
    for number, cell in enumerate(page.code_cells, 1):
        cell.outputs = join_pieces(cell.outputs)
        if unexpected_error(cell):
            trace = next(o.traceback for o in cell.outputs if o.output_type == "error")
            error = f"cell {number} raised an error:\n" + ANSI.sub("", "\n".join(trace))
    page.failure = error and f"{page.name}: {error}"
    return page


def kill(clients: list[NotebookClient]) -> None:
    """End the kernels at once, with everything that they started."""
    for client in clients:
        pid = getattr(getattr(client.km, "provisioner", None), "pid", None)
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def run_pages(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run what is not in the cache, two pages at a time, before Sphinx reads anything."""
    cache = get_cache(app.config.nb_execution_cache_path)
    pages = [page for docname in docnames if (page := read_page(app, docname))]
    pages = [page for page in pages if not is_cached(cache, page)]
    options = ["--log-level=ERROR"]
    if "extensions.figure_data" in app.extensions:
        options.append("--ext=extensions.figure_data.reading.kernel")
    clients = [
        NotebookClient(
            page.notebook,
            timeout=app.config.nb_execution_timeout,
            record_timing=False,  # times in a cell's metadata would hide it from the cache
            extra_arguments=options,
            resources={"metadata": {"path": str(page.path.parent)}},
        )
        for page in pages
    ]
    pool = ThreadPoolExecutor(WORKERS)
    try:
        jobs = [pool.submit(run_page, *pair) for pair in zip(pages, clients, strict=True)]
        for done, job in enumerate(as_completed(jobs), 1):
            page = job.result()
            word = "FAILED" if page.failure else "ran"
            logger.info(
                "%s %s in %.1f s [%d of %d]", word, page.name, page.seconds, done, len(pages)
            )
            if not page.failure:
                data = {"execution_seconds": page.seconds}
                bundle = CacheBundleIn(page.notebook, str(page.path), data=data)
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    except BaseException:  # Ctrl-C included
        pool.shutdown(wait=False, cancel_futures=True)
        kill(clients)
        raise
    pool.shutdown()
    if failures := [page.failure for page in pages if page.failure]:
        raise PageError("\n\n".join(failures))


def write_executed(app: Sphinx, doctree: nodes.document) -> None:
    """Write the notebook with its outputs; myst-nb leaves them out when they come from a cache."""
    env: Any = app.env
    if page := read_page(app, env.docname):
        cache = get_cache(app.config.nb_execution_cache_path)
        _, executed = cache.merge_match_into_notebook(page.notebook)
        target = Path(env.mystnb_config.output_folder, f"{env.docname}.ipynb")
        text: str = nbformat.writes(executed)  # type: ignore[no-untyped-call]
        target.write_text(text, encoding="utf-8")


def forget_failure(app: Sphinx, exception: Exception | None) -> None:
    """Make the next build repeat the warnings that failed this one; Sphinx would hide them."""
    if app.keep_going and app._warncount:
        Path(app.doctreedir, "environment.pickle").unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("config-inited", configure)
    app.connect("env-before-read-docs", run_pages)
    app.connect("doctree-read", write_executed, priority=100)
    app.connect("build-finished", forget_failure)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
