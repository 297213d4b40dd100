"""The cover of the EPUB, drawn by the build."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import wrap

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D

from . import fonts

INK, PAPER, LINE = "#ffffff", "#14304f", "#f2b84b"


def cover(title: str, promise: str, author: str) -> bytes:
    """Return a picture of 1200 by 1600 points, as PNG."""
    figure = Figure(figsize=(6, 8), dpi=200, facecolor=PAPER)
    FigureCanvasAgg(figure)
    with TemporaryDirectory() as folder:
        font = Path(folder, "sans.ttf")
        face = fonts.Face("Source Sans", "source-sans-3", 600)
        fonts.single(fonts.sources(face)["latin"][0], face.weight, font)
        for y, text, size in (
            (0.80, "\n".join(wrap(title, 14)), 44),
            (0.44, "\n".join(wrap(promise, 42)), 14),
            (0.10, author, 11),
        ):
            look = FontProperties(fname=font, size=size)
            figure.text(0.1, y, text, color=INK, va="top", fontproperties=look, linespacing=1.25)
        figure.add_artist(Line2D([0.1, 0.9], [0.5, 0.5], color=LINE, linewidth=4))
        out = BytesIO()
        figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()
