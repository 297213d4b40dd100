"""The book's mark: a tick whose long stroke is a curve with its interval.

Drawn once, as curves in a square of 32, and written as SVG for pages and as pixels for those who
take no SVG: the icon of old browsers, the tile on a phone's screen, the pictures of the pages.
"""

from __future__ import annotations

import io
import struct

from PIL import Image, ImageDraw

from .tokens import COLOURS, DARK, LIGHT

SIZE = 32
TICK = (
    (4.0, 16.5), (8.0, 18.0), (10.5, 22.0), (12.5, 27.0), (14.5, 18.0), (19.5, 10.5), (27.0, 7.5),
)  # fmt: skip
UPPER = ((12.5, 27.0), (13.0, 14.0), (18.5, 3.5), (30.0, 0.5))
LOWER = ((12.5, 27.0), (16.5, 20.5), (22.0, 16.0), (30.0, 13.0))
STROKE, BAND = 4.0, 0.3  # the width of the line, the opacity of the interval

Point = tuple[float, float]


def text(points: tuple[Point, ...]) -> str:
    """Write points as the arguments of an SVG curve."""
    return " ".join(f"{x:g} {y:g}" for x, y in points)


def shapes() -> str:
    """Return the SVG elements of the mark, in the colour of the text around it."""
    back = (LOWER[2], LOWER[1], LOWER[0])
    band = f"M{text(UPPER[:1])}C{text(UPPER[1:])}L{text(LOWER[3:])}C{text(back)}Z"
    tick = f"M{text(TICK[:1])}C{text(TICK[1:])}"
    return (
        f'<path d="{band}" fill="currentColor" fill-opacity="{BAND}"/>'
        f'<path d="{tick}" fill="none" stroke="currentColor" stroke-width="{STROKE:g}"'
        ' stroke-linecap="round" stroke-linejoin="round"/>'
    )


def svg() -> str:
    """Return the mark as a file of its own, which follows the browser's scheme."""
    light, dark = COLOURS["primary"]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}">'
        f"<style>svg{{color:{light}}}@media(prefers-color-scheme:dark){{svg{{color:{dark}}}}}</style>"
        f"{shapes()}</svg>\n"
    )


def curve(points: tuple[Point, ...], scale: float, x: float = 0, y: float = 0) -> list[Point]:
    """Follow cubic curves in small steps."""
    found: list[Point] = []
    for k in range(0, len(points) - 1, 3):
        p = points[k : k + 4]
        for step in range(33):
            t = step / 32
            w = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            at = [sum(a * q[axis] for a, q in zip(w, p, strict=True)) for axis in (0, 1)]
            found.append((x + scale * at[0], y + scale * at[1]))
    return found


def draw(image: Image.Image, left: float, top: float, width: float, colour: str) -> Image.Image:
    """Draw the mark into a picture: finely, and then made coarse."""
    fine = 4
    scale = fine * width / SIZE
    place = (scale, fine * left, fine * top)
    band, tick = (Image.new("L", (image.width * fine, image.height * fine)) for _ in range(2))
    around = curve(UPPER, *place) + curve(LOWER, *place)[::-1]
    ImageDraw.Draw(band).polygon(around, fill=round(255 * BAND))
    line, pen, radius = curve(TICK, *place), ImageDraw.Draw(tick), STROKE * scale / 2
    pen.line(line, fill=255, width=round(2 * radius), joint="curve")
    for x, y in line:
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    for mask in (band, tick):
        layer = Image.new("RGBA", image.size, colour)
        layer.putalpha(mask.resize(image.size, Image.Resampling.LANCZOS))
        image.alpha_composite(layer)
    return image


def png(image: Image.Image) -> bytes:
    """Return a picture as a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=6)
    return file.getvalue()


def icon() -> bytes:
    """Return ``favicon.ico``: a list of PNG files."""
    sizes = (16, 32, 48)
    pictures = []
    for size in sizes:
        empty = Image.new("RGBA", (size, size))
        pictures.append(png(draw(empty, 0, 0, size, COLOURS["primary"][LIGHT])))
    start = 6 + 16 * len(sizes)
    head = struct.pack("<HHH", 0, 1, len(sizes))
    for size, picture in zip(sizes, pictures, strict=True):
        head += struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(picture), start)
        start += len(picture)
    return head + b"".join(pictures)


def tile() -> bytes:
    """Return the picture that stands on the screen of a phone."""
    ground = Image.new("RGBA", (180, 180), COLOURS["background"][DARK])
    return png(draw(ground, 26, 26, 128, COLOURS["primary"][DARK]).convert("RGB"))
