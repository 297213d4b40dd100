"""Assemble what a browser loads when a reader runs a cell: Python, NumPy, Matplotlib and dlbook.

Four files, each with its size and SHA-256 in ``manifest.json``: the interpreter, its library, the
packages, and the memory of an interpreter that has already imported them. A reader's first cell
then waits for a download and not for a start. All of it is made here, from the locked npm package,
official wheels and this checkout, and kept in a folder named by a hash over its sources.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.errors import ExtensionError
from sphinx.util import logging

from ..equations import NODE
from .sources import PYODIDE, UnavailableError, needed, official_lock, wheels

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SITE_PACKAGES = "lib/python3.12/site-packages"
HOME = "home/reader"
#: Files that pages read; they find them where they lie in a checkout.
DATA = ("benchmarks/results.json",)
#: What nobody needs who runs the book's cells: tests, sources in C, toolkits for windows, and all
#: fonts but the one of the figures. It is most of the wheels.
UNUSED = re.compile(
    r"/tests?/|\.(pyi|pyx|pxd|h|c|cpp|a|afm|pdf|png|svg|ppm|xpm|gif|cur)$"
    r"|^numpy/(f2py|distutils|_pyinstaller|core/include|_core/include|doc)/"
    r"|^numpy/_core/_(operand_flag|rational|struct_ufunc|umath)_tests\."
    r"|^matplotlib/(sphinxext|backends/(web_backend|qt_editor|backend_(gtk|qt|tk|wx|mac|web|nb)))"
    r"|^matplotlib/mpl-data/(sample_data|fonts/(?!ttf/DejaVuSans(-|Display|Mono)?[A-Za-z]*\.))"
    r"|^matplotlib/(fontlist\.json|backends/_tkagg)|/DejaVuSansMono-"
    r"|^PIL/(_imagingft|_imagingtk|_imagingcms|_imagingmorph|_webp)\."
    r"|^mpl_toolkits/|\.dist-info/(?!METADATA)"
)

logger = logging.getLogger(__name__)


def fingerprint() -> str:
    """Hash over all that the runtime is made of."""
    lock = official_lock()
    digest = hashlib.sha256(lock["info"]["version"].encode())
    for name in needed(lock["packages"]):
        digest.update(lock["packages"][name]["sha256"].encode())
    makers = [HERE / name for name in ("runtime.py", "sources.py", "snapshot.mjs", "interpreter.py")]
    makers += [HERE / name for name in ("libraries.js", "boot.js")]
    package = [path for path in (ROOT / "dlbook").rglob("*") if "__pycache__" not in path.parts]
    for path in sorted([*makers, *package, *(ROOT / name for name in DATA)]):
        if path.is_file():
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def prepare(cache: Path) -> Path:
    """Return a folder to be put among the site's files: the manifest and what it names.

    Parameters
    ----------
    cache : Path
        A folder that outlives the build; an unchanged runtime is taken from it.

    Returns
    -------
    Path
        A folder with ``manifest.json``. Where the runtime could not be had, the manifest holds
        nothing but ``off``, a sentence for readers.
    """
    site = cache / "site"
    try:
        folder = site / f"runtime-{fingerprint()}"
        if not (folder / "manifest.json").is_file():
            shutil.rmtree(site, ignore_errors=True)
            folder.mkdir(parents=True)
            logger.info("assembling Python for the browser (once, about a minute) ...")
            manifest = assemble(folder, wheels(cache / "wheels"))
            write_json(folder / "manifest.json", manifest)
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        write_json(site / "manifest.json", {"folder": folder.name, **manifest})
    except UnavailableError as error:
        logger.info("live cells are off in this build: %s", error)
        site.mkdir(parents=True, exist_ok=True)
        write_json(site / "manifest.json", {"off": f"Live code is off in this copy. {error}"})
    return site


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a small JSON file."""
    path.write_text(json.dumps(content) + "\n", encoding="utf-8")


def assemble(folder: Path, packages: list[Path]) -> dict[str, Any]:
    """Fill the folder and return its manifest."""
    for name in ("pyodide.js", "pyodide.asm.js"):
        shutil.copyfile(PYODIDE / name, folder / name)
    shutil.copyfile(PYODIDE / "python_stdlib.zip", folder / "library.zip")
    write_gzip(folder / "python.wasm.gz", (PYODIDE / "pyodide.asm.wasm").read_bytes())
    with tempfile.TemporaryDirectory() as scratch:
        own = own_wheel(Path(scratch))
        write_gzip(folder / "packages.tar.gz", archive([*packages, own]))
        libraries = started_memory(folder, Path(scratch))
    contents = {
        "python.wasm.gz": "Python",
        "library.zip": "its library",
        "packages.tar.gz": "NumPy, Matplotlib and dlbook",
        "memory.bin.gz": "a started interpreter",
    }
    return {
        "info": official_lock()["info"],
        "files": [
            {
                "name": name,
                "what": what,
                "size": (folder / name).stat().st_size,
                "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
            }
            for name, what in contents.items()
        ],
        "libraries": libraries,
    }


def write_gzip(path: Path, content: bytes) -> None:
    """Write a file that is small on every server, whether that compresses or not."""
    path.write_bytes(gzip.compress(content, 9, mtime=0))


def own_wheel(folder: Path) -> Path:
    """Build dlbook's wheel from this checkout."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    done = subprocess.run(
        [*command, "--directory", folder], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ExtensionError(f"dlbook's wheel could not be built:\n{done.stderr}")
    return next(folder.glob("dlbook-*.whl"))


def contents(packages: list[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the browser's file system: their paths and contents."""
    for package in packages:
        with zipfile.ZipFile(package) as wheel:
            for name in wheel.namelist():
                if not name.endswith("/") and not UNUSED.search(name):
                    yield f"{SITE_PACKAGES}/{name}", wheel.read(name)
    yield f"{SITE_PACKAGES}/interpreter.py", (HERE / "interpreter.py").read_bytes()
    for name in DATA:
        yield f"{HOME}/{name}", (ROOT / name).read_bytes()


def archive(packages: list[Path]) -> bytes:
    """Pack them into one archive, the same for the same files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in contents(packages):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


def started_memory(folder: Path, scratch: Path) -> list[dict[str, Any]]:
    """Start Python once, keep its memory, and return the libraries that it had loaded."""
    memory, libraries = scratch / "memory.bin", scratch / "libraries.json"
    command = [NODE, HERE / "snapshot.mjs", PYODIDE, folder / "packages.tar.gz", memory, libraries]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ExtensionError(f"Python for the browser did not start:\n{done.stdout}{done.stderr}")
    write_gzip(folder / "memory.bin.gz", memory.read_bytes())
    found: list[dict[str, Any]] = json.loads(libraries.read_text(encoding="utf-8"))
    return found
