"""The style of the book's figures: size, fonts, colours, and a figure that shows itself as SVG."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.text import Text

from dlbook._checks import check_count, check_number

WIDTH = 5.2  # inches: at 390 px, the width of a phone, text of 11 pt is still about 11 px high
INK, PAPER = "#1f2328", "#ffffff"

# Blue, vermilion, green, brown, purple, grey: the hues of Okabe and Ito's palette, made darker on
# white and lighter on black until each has 3:1 contrast with the page and no two look alike in the
# three kinds of colour blindness.
COLORS = ("#0072b2", "#d55e00", "#008566", "#59401e", "#8a1a78", "#454b52")
DARK = {
    INK: "#e3e7ec",
    PAPER: "#14181e",
    "#0072b2": "#56b4e9",
    "#d55e00": "#ff8b3d",
    "#008566": "#5fc46a",
    "#59401e": "#ffdf96",
    "#8a1a78": "#b566a8",
    "#454b52": "#7d838b",
    "#000000": "#e3e7ec",
    "#cccccc": "#4a525c",
}
MARKERS = ("o", "s", "^", "D", "v", "P")
DASHES = (
    "-",
    (0, (5, 1.6)),
    (0, (1.2, 1.4)),
    (0, (6, 1.5, 1.2, 1.5)),
    (0, (9, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
)

STYLE: Any = {
    "axes.edgecolor": INK,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.prop_cycle": cycler(color=COLORS, linestyle=DASHES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "figure.facecolor": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 11,
    "grid.alpha": 0.18,
    "grid.color": INK,
    "grid.linewidth": 0.7,
    "image.interpolation": "nearest",
    "legend.fontsize": 10,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "patch.edgecolor": INK,
    "savefig.facecolor": "none",
    "svg.fonttype": "path",
    "svg.hashsalt": "dlbook",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the book's style: a context manager for plain Matplotlib calls.

    Examples
    --------
    >>> from dlbook.plotting import style, subplots
    >>> figure, axes = subplots()
    >>> with style():
    ...     line = axes.plot([1, 2, 3])
    """
    with matplotlib.rc_context(STYLE):
        yield


def dark(svg: str) -> str:
    """Return an SVG figure of the book with its colours changed for a dark page.

    Examples
    --------
    >>> from dlbook.plotting import dark
    >>> dark('<path style="fill: #0072b2"/>')
    '<path style="fill: #56b4e9"/>'
    """
    return re.sub("|".join(DARK), lambda match: DARK[match.group()], svg)


def _compact(svg: str) -> str:
    """Halve the size of Matplotlib's SVG: hundredths of a point, one style for a run of markers."""

    def rounded(match: re.Match[str]) -> str:
        return re.sub(r"(\.\d\d)\d+", r"\1", match.group())

    def grouped(match: re.Match[str]) -> str:
        opening, markers, look = match.groups()
        return f'{opening} style="{look}">' + markers.replace(f' style="{look}"', "") + "</g>"

    svg = re.sub(r' (?:d|x|y)="[^"]*"', rounded, svg)
    svg = svg.replace(' style="image-rendering:crisp-edges;image-rendering:pixelated"', "")
    marker = r'\s*<use [^>]*style="%s"/>'
    run = r'(<g clip-path="[^"]*")>(' + marker % '([^"]*)' + "(?:" + marker % r"\3" + r")*)\s*</g>"
    return re.sub(run, grouped, svg)


class Figure(MatplotlibFigure):
    """A Matplotlib figure that a notebook shows as SVG, with a transparent background.

    It needs no backend and no pyplot. The same code gives the same text, byte for byte.
    """

    def to_svg(self) -> str:
        """Return the figure as the text of an SVG file."""
        for text in self.findobj(Text):
            # Black is what text drawn outside `style` gets; SVG leaves it out.
            if to_hex(text.get_color()) == "#000000":
                text.set_color(INK)
        stream = io.StringIO()
        with style():
            metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
            self.savefig(stream, format="svg", metadata=metadata)
        return _compact(stream.getvalue())

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def __repr__(self) -> str:
        width, height = self.get_size_inches()
        return f"<Figure of {width:.3g} by {height:.3g} inches>"


def subplots(
    rows: int = 1,
    columns: int = 1,
    *,
    height: float | None = None,
    sharex: bool = False,
    sharey: bool = False,
) -> tuple[Figure, Any]:
    """Make a figure of the book's width with empty axes.

    Parameters
    ----------
    rows : int
        Number of rows.
    columns : int
        1 or 2: more side by side cannot be read on a phone.
    height : float, optional
        Height of the figure in inches; the width is always 5.2.
    sharex, sharey : bool
        Give all axes the same limits.

    Returns
    -------
    figure : Figure
        Make it the last expression of its cell to show it.
    axes : matplotlib.axes.Axes or numpy.ndarray
        One axes, or an array of shape (rows,), (columns,) or (rows, columns).

    Raises
    ------
    ValueError
        If `columns` is not 1 or 2, or `rows` or `height` is not above 0.

    Examples
    --------
    >>> from dlbook.plotting import subplots
    >>> figure, (left, right) = subplots(1, 2)
    >>> figure
    <Figure of 5.2 by 2.7 inches>
    """
    check_count("rows", rows)
    if check_count("columns", columns) > 2:
        raise ValueError(f"columns is {columns}: at most 2 panels side by side can be read")
    each = 3.4 if columns == 1 and rows == 1 else 2.7
    tall = rows * each if height is None else check_number("height", height, above=0)
    with style():
        figure = Figure(figsize=(WIDTH, tall), layout="constrained")
        axes = figure.subplots(rows, columns, sharex=sharex, sharey=sharey)
    return figure, axes


def axes_for(ax: Axes | None, height: float | None = None) -> tuple[Figure, Axes]:
    """Return the given axes with their figure, or new ones."""
    if ax is None:
        return subplots(height=height)
    if not isinstance(ax, Axes):
        raise TypeError(f"ax is {ax!r}: axes from plotting.subplots are needed")
    figure = ax.get_figure()
    if not isinstance(figure, Figure):
        raise TypeError("ax belongs to another kind of figure: make it with plotting.subplots")
    return figure, ax


def field(alpha: np.ndarray[Any, Any], which: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return an RGBA image: the colour of class `which` at opacity `alpha`, both (rows, columns).

    The opacity is rounded to 1/32, which makes the picture small in the file.
    Opacity instead of paler colours: the same picture serves a white and a black page.
    """
    table = np.array([matplotlib.colors.to_rgb(color) for color in COLORS])
    image = np.empty((*alpha.shape, 4))
    image[..., :3] = table[which % len(COLORS)]
    image[..., 3] = np.round(32 * alpha) / 32
    return image
