"""The book's package as a wheel, and all notebooks with it in one archive."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from ..files import written
from ..live_cells.runtime import own_wheel

ROOT = Path(__file__).parents[2]
NAME = "dlbook-notebooks"
ARCHIVE = f"{NAME}.zip"
#: Below the site's root.
SHELF = "_static/downloads"
PACKAGE = ("pyproject.toml", "README.md", "LICENSE")
TERMS = ("CITATION.cff", "LICENSE", "LICENSE-text")
LOCKED = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
TENSORFLOW = """\
tensorflow-cpu=={0} ; sys_platform == 'linux' and platform_machine == 'x86_64'
tensorflow=={0} ; sys_platform != 'linux' or platform_machine != 'x86_64'
"""
README = """\
# The notebooks of *Deep Learning, Verified*

Version {version}.{address}

Here is every page with its outputs, and `dlbook`, the package behind the book.

You need Python 3.11, 3.12 or 3.13. In this folder:

    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt
    .venv/bin/jupyter lab book/index.ipynb

`requirements.txt` has what the notebooks need, in the versions that made their outputs. For the
chapter on TensorFlow, install `requirements-tensorflow.txt` instead.

You can also open any notebook in a Jupyter of your own: its first cell finds the package in this
folder and installs what is missing. Pages without code are here as Markdown (`.md`).

Text and figures are under CC BY 4.0 (`LICENSE-text`), code is under the BSD 3-Clause licence
(`LICENSE`).
"""


def locked() -> dict[str, str]:
    """Return the version of every package that the book is built with."""
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return dict(LOCKED.findall(lock))


def wheel_name(version: str) -> str:
    """Return the name of the package's wheel."""
    return f"dlbook-{version}-py3-none-any.whl"


def put_wheel(site: Path, version: str) -> None:
    """Put the wheel among the site's files, unless that of these very sources is there."""
    digest = hashlib.sha256()
    for path in [*(ROOT / name for name in PACKAGE), *written(ROOT / "dlbook")]:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()} {len(content)}\n".encode() + content)
    shelf = site / SHELF
    wheel, stamp = shelf / wheel_name(version), shelf / "version.txt"
    made = digest.hexdigest()[:16]
    if wheel.is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == made:
        return
    shutil.rmtree(shelf, ignore_errors=True)
    shelf.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:  # hatchling gives its files a fixed date
        shutil.copyfile(own_wheel(Path(folder)), wheel)
    stamp.write_text(made, encoding="utf-8")


def requirements(version: str, tensorflow: bool) -> str:
    """Return what a reader installs: the wheel beside, and the versions that made the outputs."""
    versions = locked()
    names = ("numpy", "matplotlib", "jupyterlab", "ipykernel")
    lines = [f"./{wheel_name(version)}", *(f"{name}=={versions[name]}" for name in names)]
    more = TENSORFLOW.format(versions["tensorflow"]) if tensorflow else ""
    return "\n".join(lines) + "\n" + more


def contents(site: Path, address: str, version: str, pages: Iterable[str]) -> dict[str, bytes]:
    """Return the files of the archive by name.

    Parameters
    ----------
    site : Path
        The folder of the built site.
    address : str
        Its address, if that is known.
    version : str
        The version of the package.
    pages : iterable of str
        Paths below the site's folder: notebooks, Markdown, and the files that they need.
    """
    read = f" The book is at <{address}>." if address else ""
    whole = requirements(version, tensorflow=True).encode()
    made = {
        "README.md": README.format(version=version, address=read).encode(),
        "requirements.txt": requirements(version, tensorflow=False).encode(),
        "requirements-tensorflow.txt": whole,
        ".binder/requirements.txt": whole,  # Binder looks for these two
        ".binder/runtime.txt": b"python-3.12\n",
        wheel_name(version): (site / SHELF / wheel_name(version)).read_bytes(),
    }
    terms = {name: (ROOT / name).read_bytes() for name in TERMS}
    return made | terms | {name: (site / name).read_bytes() for name in pages}


def pack(target: Path, files: dict[str, bytes]) -> None:
    """Write an archive that is the same for the same files."""
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{NAME}/{name}")  # of 1 January 1980
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, 9)
