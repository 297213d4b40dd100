"""The fonts: Source Serif 4 for text, from npm, under the SIL Open Font License.

A page uses the files as they are; the pictures of the pages are drawn with the same.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PIL import ImageFont

PACKAGES = Path(__file__).parents[2] / "node_modules" / "@fontsource-variable"
FONTS = PACKAGES / "source-serif-4"
ROMAN = "source-serif-4-latin-wght-normal.woff2"
CSS_FONTS = (ROMAN, "source-serif-4-latin-wght-italic.woff2")
FILES = {
    "serif": FONTS / "files" / ROMAN,
    "sans": PACKAGES / "source-sans-3" / "files" / "source-sans-3-latin-wght-normal.woff2",
}


@cache
def font(face: str, size: int, weight: int) -> ImageFont.FreeTypeFont:
    """Load a face for drawing. FreeType reads the fonts of the web, and their axis of weight."""
    loaded = ImageFont.truetype(FILES[face], size, layout_engine=ImageFont.Layout.BASIC)
    loaded.set_variation_by_axes([weight])
    return loaded
