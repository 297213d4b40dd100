"""Read the numbers that a Matplotlib figure shows: what was handed to it, not what was painted.

``read`` gives one dictionary for each axes that shows data: ``title``, ``x`` and ``y`` (label and
scale), ``series``, ``marks`` (straight lines of reference), ``texts`` (words and where they stand),
and ``unread``, the kinds of artists of which nothing is known. A drawing of shapes has no data, so
its list is empty. What a series holds depends on its ``kind``:

========== ==================================================================
line       ``x``, ``y``; the order is that along the line
points     ``x``, ``y``, and ``value`` where a colour map shows one
band       ``x``, ``low``, ``high``
errors     ``x``, ``y``, and ``low``, ```high`` or ``left``, ``right`` or both
intervals  ``y`` (names), ``x``, ``low``, ``high``
spans      ``x``, ``low``, ``high``, or the same with ``y``
bars       ``x`` and ``y``, of which one may be names
histogram  ``low``, ``high``, ``y``
levels     ``level``, ``x``, ``y``: lines of equal height
grid       ``x``, ``y``, ``rows``: a value for each place, from ``lowest`` to ``highest``
regions    the same with names in ``rows``, and ``shares`` of the area
cells      the same with the numbers that are written in the cells
========== ==================================================================

Long series are thinned evenly, and ``of`` says how long they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.category import StrCategoryFormatter
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.lines import AxLine, Line2D
from matplotlib.patches import StepPatch
from matplotlib.text import Annotation
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter

from . import areas
from .words import hue, number, numbers, plain

Series = dict[str, Any]
MOST = 2000  # values of a series


def read(figure: Figure) -> list[dict[str, Any]]:
    """Return what each axes of a figure shows; those without data are left out."""
    shared = shared_names(figure)
    found = [read_axes(ax, shared) for ax in figure.axes if ax.get_label() != "<colorbar>"]
    return [axes for axes in found if axes["series"]]


def read_axes(ax: Axes, shared: Mapping[Any, str]) -> dict[str, Any]:
    """Return what an axes shows."""
    reader = Reader(ax, shared)
    series = list(reader.series())
    count_names(series)
    return {
        "title": " ".join(filter(None, (plain(ax.get_title(loc)) for loc in PLACES))),
        "x": {"label": label(ax, "x"), "scale": ax.get_xscale()},
        "y": {"label": label(ax, "y"), "scale": ax.get_yscale()},
        "series": series,
        "marks": reader.marks,
        "texts": [] if written(series) else list(reader.texts()),
        "unread": sorted({type(artist).__name__ for artist in reader.rest()}),
    }


PLACES: Any = ("left", "center", "right")
STYLES = {"-": "solid", "--": "dashed", ":": "dotted", "-.": "dash-dotted"}


def beside(ax: Axes, which: str) -> list[Axis]:
    """Return this x or y axis, and those above or beside it with the same limits."""
    own = getattr(ax, f"{which}axis")
    spec = ax.get_subplotspec()
    found = [own]
    for other in ax.figure.axes if spec else []:
        place, axis = other.get_subplotspec(), getattr(other, f"{which}axis")
        span = "colspan" if which == "x" else "rowspan"
        near = place and place.get_gridspec() == spec.get_gridspec()  # type: ignore[union-attr]
        same = near and list(getattr(place, span)) == list(getattr(spec, span))
        if same and tuple(axis.get_view_interval()) == tuple(own.get_view_interval()):
            found.append(axis)
    return found


def label(ax: Axes, which: str) -> str:
    """Return the label of an axis; panels in a row or column often share one."""
    own, *others = (plain(axis.get_label_text()) for axis in beside(ax, which))
    shared = set(filter(None, others))
    return own or (shared.pop() if len(shared) == 1 else "")


def ticks(ax: Axes, which: str) -> dict[float, str]:
    """Return the names of an axis' ticks, its own or those of the panel beside it."""
    return next(filter(None, map(names_of_ticks, beside(ax, which))), {})


def written(series: list[Series]) -> bool:
    """Tell whether the words of the axes are numbers in the cells of a matrix."""
    return any(one["kind"] == "cells" for one in series)


def named(artist: Any) -> str:
    """Return the label that was given to an artist."""
    label = str(artist.get_label() or "")
    return "" if label.startswith("_") else plain(label)


def colour(artist: Any) -> str:
    """Return the colour in which readers find an artist again."""
    for get in ("get_color", "get_facecolor", "get_edgecolor"):
        if hasattr(artist, get) and len(value := getattr(artist, get)()):
            one = value if isinstance(value, str) or np.ndim(value) == 1 else value[0]
            return to_hex(one)
    return ""


def coordinates(line: Line2D) -> tuple[Any, Any]:
    """Return what a line was given, as numbers; nan where a value is missing."""
    x, y = line.get_data(orig=False)
    return tuple(np.ma.filled(np.ma.asarray(v, float), np.nan) for v in (x, y))  # type: ignore[return-value]


def look(line: Line2D) -> tuple[Any, ...]:
    """Return by what a line in one panel is told to be the same as one in another."""
    return colour(line), line.get_linestyle(), line.get_marker()


def shared_names(figure: Figure) -> dict[Any, str]:
    """Return names of lines by their look, from the legends of the whole figure."""
    entries = [line for ax in figure.axes for line in ax.lines]
    pairs = [(look(line), named(line)) for line in entries if named(line)]
    for legend in figure.legends:
        drawn = zip(legend.legend_handles, legend.get_texts(), strict=True)
        pairs += [(look(h), plain(t.get_text())) for h, t in drawn if isinstance(h, Line2D)]
    return only_one(pairs)


def only_one(pairs: Iterable[tuple[Any, str]]) -> dict[Any, str]:
    """Return the names that leave no doubt."""
    found: dict[Any, set[str]] = {}
    for key, name in pairs:
        found.setdefault(key, set()).add(name)
    return {key: next(iter(names)) for key, names in found.items() if len(names) == 1}


def count_names(series: list[Series]) -> None:
    """Tell series of one kind and name apart: A, A (2), A (3); and name those without."""
    seen: dict[tuple[str, str], int] = {}
    for one in series:
        name = one["name"] = one["name"] or one["kind"]
        count = seen[one["kind"], name] = seen.get((one["kind"], name), 0) + 1
        if count > 1:
            one["name"] = f"{name} ({count})"


def thinned(series: Series) -> Series:
    """Return a series of at most `MOST` values, the first and the last among them."""
    columns = [key for key, values in series.items() if isinstance(values, list)]
    count = len(series[columns[0]])
    if count <= MOST:
        return series
    kept = np.linspace(0, count - 1, MOST).round().astype(int)
    return series | {key: [series[key][k] for k in kept] for key in columns} | {"of": count}


class Reader:
    """Reads one axes, artist by artist; what it has read is not read again."""

    def __init__(self, ax: Axes, shared: Mapping[Any, str]) -> None:
        self.ax, self.shared = ax, shared
        self.done: set[int] = {id(ax.patch), *map(id, ax.spines.values()), *map(id, ax.texts)}
        self.marks: list[dict[str, Any]] = []
        self.rows = ticks(ax, "y")
        self.columns = ticks(ax, "x")
        artists = [*ax.lines, *ax.collections, *ax.patches]
        self.colours = only_one((colour(a), named(a)) for a in artists if named(a))

    def rest(self) -> Iterator[Any]:
        """Yield the artists that were not read."""
        artists = [*self.ax.lines, *self.ax.collections, *self.ax.patches, *self.ax.images]
        yield from (a for a in artists if id(a) not in self.done and a.get_visible())

    def name(self, artist: Any) -> str:
        """Return an artist's name, or that of the one whose colour it shares."""
        if own := named(artist):
            return own
        other = self.shared.get(look(artist), "") if isinstance(artist, Line2D) else ""
        return self.colours.get(colour(artist), other)

    def series(self) -> Iterator[Series]:
        """Yield all that the axes shows, compounds first."""
        for container in self.ax.containers:
            self.done |= {id(part) for part in parts(container)}
            if isinstance(container, ErrorbarContainer):
                yield self.errors(container)
            elif isinstance(container, BarContainer):
                yield from self.bars(container)
        if self.rows:
            yield from self.intervals()
        for line in self.ax.lines:
            if id(line) not in self.done and (series := self.line(line)):
                yield thinned(series)
        for collection in self.ax.collections:
            if id(collection) not in self.done:
                for series in self.collection(collection):
                    self.done.add(id(collection))
                    yield thinned(series)
        for patch in self.ax.patches:
            if isinstance(patch, StepPatch):
                self.done.add(id(patch))
                yield self.stairs(patch)
        for image in self.ax.images:
            self.done.add(id(image))
            yield from areas.image(image, self.ax, self.colours, self.rows, self.columns)

    # Lines

    def line(self, line: Line2D) -> Series | None:
        """Return a line or points; lines of reference become marks, and doubles nothing."""
        self.done.add(id(line))
        if isinstance(line, AxLine):
            (x, y), slope = line.get_xy1() or (0, 0), line.get_slope()
            mark = {"kind": "sloping", "at": numbers([x, y]), "slope": number(slope or 0)}
            self.marks.append(mark | {"name": named(line)})
            return None
        across, up = line.get_transform().contains_branch_seperately(self.ax.transData)
        x, y = coordinates(line)
        if across != up and len(x):
            kind, at = ("vertical", x[0]) if across else ("horizontal", y[0])
            self.marks.append({"kind": kind, "at": number(at), "name": named(line)})
        if not (across and up) or not len(x) or self.repeats(line, x, y):
            return None
        without = str(line.get_linestyle()).lower() in ("none", "", " ")
        kind = "points" if without or len(x) == 1 else "line"
        series = {"kind": kind, "name": self.name(line), **self.places(x, y)}
        if not series["name"]:
            look = "" if kind == "points" else STYLES.get(str(line.get_linestyle()), "")
            series |= {"name": f"{look} {hue(colour(line))} {kind}".strip(), "unnamed": True}
        return series

    def repeats(self, line: Line2D, x: Any, y: Any) -> bool:
        """Tell whether it only stresses a point of a longer line, as its start or end."""
        if len(x) != 1:
            return False
        others = [other for other in self.ax.lines if colour(other) == colour(line)]
        longer = [pair for pair in map(coordinates, others) if len(pair[0]) > 1]
        return any(((across == x[0]) & (up == y[0])).any() for across, up in longer)

    def places(self, x: Any, y: Any) -> Series:
        """Return coordinates, as names where the ticks name all of them."""
        return {"x": with_names(x, self.columns), "y": with_names(y, self.rows)}

    def intervals(self) -> Iterator[Series]:
        """Yield rows of a point and its interval, where the ticks name the rows."""
        found: dict[str, dict[str, Any]] = {}
        for line in self.ax.lines:
            x, y = coordinates(line)
            if named(line) or not 1 <= len(x) <= 2 or len(set(y)) != 1:
                continue
            if line.get_transform() != self.ax.transData or float(y[0]) not in self.rows:
                continue
            row = found.setdefault(self.rows[float(y[0])], {})
            row |= {"x": x[0]} if len(x) == 1 else {"low": min(x), "high": max(x)}
            self.done.add(id(line))
        if found:
            columns = {k: numbers([row.get(k, np.nan) for row in found.values()]) for k in ENDS}
            yield {"kind": "intervals", "name": "", "y": list(found), **columns}

    # Collections and bars

    def collection(self, collection: Any) -> Iterator[Series]:
        """Yield points, a band, straight pieces, lines of equal height or a mesh."""
        name = self.name(collection)
        if isinstance(collection, PathCollection):
            x, y = np.ma.filled(np.ma.asarray(collection.get_offsets(), float), np.nan).T
            series = {"kind": "points", "name": name, **self.places(x, y)}
            values = collection.get_array()
            yield series if values is None else series | {"value": numbers(values)}
        elif isinstance(collection, PolyCollection):
            yield from bands(collection, name)
        elif isinstance(collection, LineCollection):
            yield from self.pieces(collection.get_segments(), name)
        else:
            yield from areas.surface(collection, name)

    def pieces(self, segments: Any, name: str) -> Iterator[Series]:
        """Yield upright or level pieces as spans; others as lines."""
        ends = [np.asarray(piece, float) for piece in segments if len(piece)]
        straight = all(len(piece) == 2 for piece in ends)
        for fixed, (key, names) in enumerate((("x", self.columns), ("y", self.rows))):
            if ends and straight and all(p[0, fixed] == p[1, fixed] for p in ends):
                at = with_names([piece[0, fixed] for piece in ends], names)
                low = numbers([piece[:, 1 - fixed].min() for piece in ends])
                high = numbers([piece[:, 1 - fixed].max() for piece in ends])
                yield {"kind": "spans", "name": name, key: at, "low": low, "high": high}
                return
        for piece in ends:
            yield {"kind": "line", "name": name, **self.places(*piece.T)}

    def errors(self, container: ErrorbarContainer) -> Series:
        """Return points with the ends of their bars."""
        line, _, bars = container.lines
        series: Series = {"kind": "errors", "name": named(container)}
        kept: list[Any] = list(bars)
        if line is not None:
            series["name"] = series["name"] or self.name(line)
            series |= self.places(*coordinates(line))
        for has, keys, k in ((container.has_xerr, SIDES, 0), (container.has_yerr, ENDS[1:], 1)):
            if has:
                pieces = [np.asarray(piece) for piece in kept.pop(0).get_segments()]
                for key, end in zip(keys, (np.min, np.max), strict=True):
                    series[key] = numbers([end(p[:, k]) if len(p) else np.nan for p in pieces])
        return series

    def bars(self, container: BarContainer) -> Iterator[Series]:
        """Yield bars by their names or middles, or a histogram where they touch."""
        boxes = [(b.get_x(), b.get_y(), b.get_width(), b.get_height()) for b in container.patches]
        if not boxes:
            return
        x, y, wide, tall = np.array(boxes, float).T
        name = named(container) or self.name(container.patches[0])
        level = container.orientation == "horizontal"
        start, width, base, height = (y, tall, x, wide) if level else (x, wide, y, tall)
        names = self.rows if level else self.columns
        if len(x) > 1 and not names and np.allclose(start[1:], (start + width)[:-1]):
            ends = {"low": numbers(start), "high": numbers(start + width)}
            yield {"kind": "histogram", "name": name, **ends, "y": numbers(height)}
            return
        at, far = with_names(start + width / 2, names), numbers(base + height)
        series: Series = {"kind": "bars", "name": name}
        series |= {"x": far, "y": at} if level else {"x": at, "y": far}
        yield series | ({"base": numbers(base)} if base.any() else {})

    def stairs(self, patch: StepPatch) -> Series:
        """Return a histogram; on a base line with a name, as heights above it, the highest 1."""
        values, edges, base = patch.get_data()
        start = float(np.ravel(0 if base is None else base)[0])
        name, heights = self.name(patch), np.asarray(values, float)
        if start in self.rows:
            name, heights = self.rows[start], heights - start
            heights = heights / max(heights.max(), 1e-300)
        ends = {"low": numbers(edges[:-1]), "high": numbers(edges[1:])}
        return {"kind": "histogram", "name": name, **ends, "y": numbers(heights)}

    def texts(self) -> Iterator[dict[str, Any]]:
        """Yield the words in the axes: with their places, or in whose row they stand."""
        for text in self.ax.texts:
            words = plain(text.get_text())
            x, y = text.xy if isinstance(text, Annotation) else text.get_position()
            where: Any = text.xycoords if isinstance(text, Annotation) else text.get_transform()
            below = [place for place in self.rows if place <= y] if words else []
            if words and (where == "data" or where == self.ax.transData):
                yield {"text": words, "x": number(x), "y": number(y)}
            elif below and where == self.ax.get_yaxis_transform():
                yield {"text": words, "row": self.rows[max(below)]}
            elif words:
                yield {"text": words}


ENDS, SIDES = ("x", "low", "high"), ("left", "right")


def parts(container: Any) -> Iterator[Any]:
    """Yield the artists of a container."""
    for part in container.lines if isinstance(container, ErrorbarContainer) else container:
        yield from part if isinstance(part, tuple) else [part]


def names_of_ticks(axis: Any) -> dict[float, str]:
    """Return what the ticks of an axis are called, where these are names and not their values."""
    locator, formatter = axis.get_major_locator(), axis.get_major_formatter()
    fixed = isinstance(locator, FixedLocator)
    words_given = fixed and isinstance(formatter, FixedFormatter | FuncFormatter)
    if not words_given and not isinstance(formatter, StrCategoryFormatter):
        return {}
    places = locator.tick_values(None, None)
    words = [plain(word) for word in formatter.format_ticks(list(places))]
    pairs = {float(place): word for place, word in zip(places, words, strict=True)}
    return {} if all(is_value(*pair) for pair in pairs.items()) else pairs


def is_value(place: float, word: str) -> bool:
    """Tell whether a tick only says where it stands."""
    try:
        return float(word.replace("−", "-")) == place
    except ValueError:
        return not word


def with_names(values: Any, names: Mapping[float, str]) -> list[Any]:
    """Return coordinates as the names of their ticks, if all have one."""
    found: Any = np.ma.filled(np.ma.asarray(values, float), np.nan).ravel()
    if names and all(float(value) in names for value in found):
        return [names[float(value)] for value in found]
    return numbers(found)


def bands(collection: PolyCollection, name: str) -> Iterator[Series]:
    """Yield what `fill_between` fills: along the polygon to the last x, and back above or below."""
    low: list[Any] = []
    columns: dict[str, list[Any]] = {"x": [], "low": low, "high": []}
    for path in collection.get_paths():
        corners = np.asarray(path.vertices)
        count = (len(corners) - 3) // 2
        there, back = corners[1 : count + 1], corners[count + 2 : 2 * count + 2][::-1]
        if count < 1 or len(corners) % 2 == 0 or not (there[:, 0] == back[:, 0]).all():
            return
        columns["x"] += numbers(there[:, 0])
        low += numbers(np.minimum(there[:, 1], back[:, 1]))
        columns["high"] += numbers(np.maximum(there[:, 1], back[:, 1]))
    if columns["x"]:
        yield {"kind": "band", "name": name, **columns}
