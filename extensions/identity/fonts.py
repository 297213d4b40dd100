"""The fonts: Source Serif 4 for text, from npm, under the SIL Open Font License.

Pages get the weights that they use, under a name of its own, as the licence asks of what was
changed; the pictures of the pages are drawn with the files as they are.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from PIL import ImageFont

PACKAGES = Path(__file__).parents[2] / "node_modules" / "@fontsource-variable"
FONTS = PACKAGES / "source-serif-4"
ROMAN = "source-serif-4-latin-wght-normal.woff2"
CSS_FONTS = (ROMAN, "source-serif-4-latin-wght-italic.woff2")
NAME = "BookSerif"
WEIGHTS = (400, 700)
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


def write_web_font(name: str, target: Path) -> None:
    """Write a font of the pages with the weights from regular to bold alone, unless it is there."""
    if target.is_file():
        return
    whole = TTFont(FONTS / "files" / name, recalcTimestamp=False)
    made = instantiateVariableFont(whole, {"wght": WEIGHTS})
    for record in made["name"].names:
        if record.nameID in (1, 3, 4, 6, 16, 25):
            record.string = NAME
    made.flavor = "woff2"
    made.save(target)
