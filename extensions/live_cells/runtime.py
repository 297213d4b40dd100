"""Assemble what a browser loads when a reader runs a cell: Python, NumPy, Matplotlib and dlbook.

Five files, each with its size and SHA-256 in ``manifest.json``: the interpreter, its library, the
packages, the memory of an interpreter that has already imported them, and faster loops for NumPy.
A reader's first cell then waits for a download and not for a start. All of it is made here, from
the locked npm packages, official wheels and this checkout, and kept in a folder named by a hash
over its sources.
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
from ..files import written
from .sources import PYODIDE, UnavailableError, needed, official_lock, wheels

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CACHE = ROOT / "node_modules" / ".cache" / "live-cells"
KEPT = 3  # runtimes: those of the branches that somebody goes to and fro between
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
    r"|^mpl_toolkits/|\.dist-info/(?!METADATA|LICEN[CS]E|licenses/)"
)

logger = logging.getLogger(__name__)


def fingerprint() -> str:
    """Hash over all that the runtime is made of."""
    lock = official_lock()
    digest = hashlib.sha256(lock["info"]["version"].encode())
    for name in needed(lock["packages"]):
        digest.update(lock["packages"][name]["sha256"].encode())
    makers = "runtime.py sources.py snapshot.mjs boot.js libraries.js loops.js loops.mjs loops.wat"
    parts = [*(HERE / name for name in makers.split()), *(ROOT / name for name in DATA)]
    parts += [*written(ROOT / "dlbook"), *written(HERE / "interpreter")]
    for path in sorted(filter(Path.is_file, parts)):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def install(target: Path, cache: Path = CACHE) -> None:
    """Put the runtime among a site's files, assembling it first where a source of it changed.

    Where it cannot be had, the manifest holds nothing but ``off``, a sentence for readers.

    Parameters
    ----------
    target : Path
        The folder of the site that gets ``manifest.json`` and the folder which that names.
    cache : Path, optional
        Where wheels and assembled runtimes outlive the build.
    """
    target.mkdir(parents=True, exist_ok=True)
    try:
        runtime = prepare(cache)
    except UnavailableError as error:
        logger.info("live cells are off in this build: %s", error)
        write_json(target / "manifest.json", {"off": f"Live code is off in this copy. {error}"})
        return
    for old in target.glob("runtime-*"):
        if old.name != runtime.name:
            shutil.rmtree(old)
    shutil.copytree(runtime, target / runtime.name, dirs_exist_ok=True)
    manifest = json.loads((runtime / "manifest.json").read_text(encoding="utf-8"))
    write_json(target / "manifest.json", {"folder": runtime.name, **manifest})


def prepare(cache: Path) -> Path:
    """Return the folder of a complete runtime, from the cache or assembled now."""
    folder = cache / f"runtime-{fingerprint()}"
    if not folder.is_dir():
        logger.info("assembling Python for the browser (about half a minute, once) ...")
        packages = wheels(cache / "wheels")
        with tempfile.TemporaryDirectory(dir=cache) as scratch:  # whole, or not at all
            made = Path(scratch, folder.name)
            made.mkdir()
            write_json(made / "manifest.json", assemble(made, packages))
            if not folder.is_dir():  # another build may have been faster
                made.rename(folder)
        for old in sorted(cache.glob("runtime-*"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    return folder


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
    memory = started_memory(folder)
    contents = {
        "python.wasm.gz": "Python",
        "library.zip": "its library",
        "packages.tar.gz": "NumPy, Matplotlib and dlbook",
        "memory.bin.gz": "a started interpreter",
        "loops.wasm": "fast loops",
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
        **memory,
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
    for path in sorted((HERE / "interpreter").glob("*.py")):
        yield f"{SITE_PACKAGES}/interpreter/{path.name}", path.read_bytes()
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


def started_memory(folder: Path) -> dict[str, Any]:
    """Start Python once, keep its memory, and return what restoring it takes."""
    command = [NODE, HERE / "snapshot.mjs", PYODIDE, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ExtensionError(f"Python for the browser did not start:\n{done.stdout}{done.stderr}")
    memory = folder / "memory.bin"
    write_gzip(memory.with_suffix(".bin.gz"), memory.read_bytes())
    memory.unlink()
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return manifest
