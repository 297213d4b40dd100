"""Give every image its size, so that nothing moves when it comes, and let it come when needed."""

from __future__ import annotations

import re
import struct
from functools import cache
from pathlib import Path

IMAGE = re.compile(r"<img\b([^>]*?)\s*/?>")
SOURCE = re.compile(r'\bsrc="([^"]*)"')
LENGTH = re.compile(r"^([\d.]+)(pt|px|)$")
PIXELS = {"pt": 4 / 3, "px": 1, "": 1}
WITHIN = 4096  # bytes at the start of a file


@cache
def size(file: Path) -> tuple[int, int] | None:
    """Return width and height of an SVG or PNG file in pixels, if it says so."""
    start = file.read_bytes()[:WITHIN]
    if start.startswith(b"\x89PNG"):
        width, height = struct.unpack(">II", start[16:24])
        return width, height
    root = re.search(r"<svg\b([^>]*)>", start.decode("utf-8", "replace"))
    if root is None:
        return None
    lengths = []
    for name in ("width", "height"):
        given = re.search(rf'\s{name}="([^"]*)"', root[1])
        length = LENGTH.match(given[1]) if given else None
        if length is None:
            return None
        lengths.append(round(float(length[1]) * PIXELS[length[2]]))
    return lengths[0], lengths[1]


def hold_places(page: Path, html: str) -> str:
    """Write the sizes into a page's images; those of the article load when they come near."""

    def with_size(found: re.Match[str]) -> str:
        attributes = found[1]
        source = SOURCE.search(attributes)
        if source is None or ":" in source[1]:
            return found[0]
        if "loading=" not in attributes:
            attributes += ' loading="lazy"'
        file = page.parent / source[1].partition("?")[0]
        if "width" not in attributes and "height" not in attributes and file.is_file():
            known = size(file.resolve())
            if known:
                attributes += f' width="{known[0]}" height="{known[1]}"'
        return f"<img{attributes} />"

    return IMAGE.sub(with_size, html)
