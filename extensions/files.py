"""The files of a folder that were written by people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def written(folder: Path) -> Iterator[Path]:
    """Yield all files below a folder in order, without the caches that tools leave there."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        cached = any(part == "__pycache__" or part.startswith(".") for part in parts)
        if path.is_file() and not cached and path.suffix != ".pyc":
            yield path
