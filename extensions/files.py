"""The files of a folder that were written by people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def written(folder: Path) -> Iterator[Path]:
    """Yield all files below a folder in order, without the caches that tools leave there."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.suffix != ".pyc":
            yield path
