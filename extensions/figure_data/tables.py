"""Small tables of what a figure shows: what a reader who cannot see it wants to know first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean, pstdev
from typing import Any

Axes = dict[str, Any]
Series = dict[str, Any]
ROWS = 12
NAMES = 40  # rows with names: none of them stands for another
GRID = 8
UNION = 16  # different x of series that still share a table
MOST = 3  # tables of lines in an axes


@dataclass
class Table:
    """A table; the first column names its rows."""

    caption: str
    header: list[str]
    rows: list[list[Any]]
    of: int = 0  # rows in the whole, where these are chosen

    def __post_init__(self) -> None:
        self.of = self.of or len(self.rows)


@dataclass
class Panel:
    """What is said of one axes: tables and sentences."""

    tables: list[Table] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)


def panels(figure: Sequence[Axes]) -> list[Panel]:
    """Return the tables and sentences of each axes of a figure."""
    titles = titles_of(figure)
    return [panel(axes, title) for axes, title in zip(figure, titles, strict=True)]


def titles_of(figure: Sequence[Axes]) -> list[str]:
    """Return what each axes is called: by its title, or by what it shows."""
    found = []
    for number, axes in enumerate(figure, 1):
        x, y = axes["x"]["label"], axes["y"]["label"]
        shown = f"{y} against {x}" if x and y else y or x
        title = axes["title"] or shown or f"panel {number}"
        found.append(title if title not in found else f"{title} ({number})")
    return found


def panel(axes: Axes, title: str) -> Panel:
    """Return what is said of one axes."""
    said = Panel()
    left = [one for one in axes["series"] if not is_border(one, axes["series"])]
    for make in (curves, paths, histograms, clouds, named_rows, spans, levels):
        for table in make(axes, left):
            said.tables.append(table)
    for one in left:
        if one["kind"] in ("grid", "regions", "cells"):
            if len(one.get("shares", "many")) > 1:
                said.tables.append(grid(one))
            said.sentences += area(one)
    for table in said.tables:
        table.caption = f"{title}: {table.caption}" if table.caption else title
    said.sentences += list(sentences(axes))
    return said


def is_border(series: Series, others: Sequence[Series]) -> bool:
    """Tell whether it is the line between coloured regions, which these show already."""
    return series["kind"] == "levels" and any(one["kind"] == "regions" for one in others)


def label(axes: Axes, which: str) -> str:
    """Return the label of the x or y axis."""
    return axes[which]["label"] or which


def rising(values: Sequence[Any]) -> bool:
    """Tell whether numbers grow from each to the next, or fall."""
    if any(not isinstance(v, int | float) for v in values):
        return False
    pairs = list(pairwise(values))
    return all(a < b for a, b in pairs) or all(a > b for a, b in pairs)


def chosen(count: int, columns: Sequence[Sequence[Any]], most: int = ROWS) -> list[int]:
    """Choose rows evenly, with the first, the last, and the lowest and highest of some columns."""
    if count <= most:
        return list(range(count))
    kept = {0, count - 1}
    for column in columns:
        found = [k for k in range(count) if isinstance(column[k], int | float)]
        ends = {pick(found, key=column.__getitem__) for pick in (min, max) if found}
        if len(kept | ends) <= 5:  # the others stay even
            kept |= ends
    for parts in range(most, 1, -1):
        even = {round(k * (count - 1) / (parts - 1)) for k in range(parts)}
        if len(kept | even) <= most:
            return sorted(kept | even)
    return sorted(kept)


def groups(items: Sequence[Series], key: Callable[[Series], Any]) -> Iterator[list[Series]]:
    """Yield the series that agree in something, in their order."""
    found: dict[Any, list[Series]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    yield from found.values()


def columns_of(series: Series) -> list[tuple[str, Any]]:
    """Return the columns that a series has beside its x."""
    name = series["name"]
    ends = [(f"{name}, {end}", series[end]) for end in ("low", "high") if end in series]
    sides = [(f"{name}, {side}", series[side]) for side in ("left", "right") if side in series]
    return ([(name, series["y"])] if "y" in series else []) + sides + ends


def is_plane(series: Sequence[Series]) -> bool:
    """Tell whether the axes are a plane, in which lines may go to and fro."""
    areas = any(one["kind"] in ("levels", "grid", "regions") for one in series)
    return areas or any(one["kind"] == "line" and not is_function(one) for one in series)


def is_function(series: Series) -> bool:
    """Tell whether each x has one y: lines, bands, and points in order."""
    if series["kind"] not in ("line", "band", "errors", "points") or "x" not in series:
        return False
    return all(isinstance(x, str) for x in series["x"]) or rising(series["x"])


def curves(axes: Axes, series: list[Series]) -> Iterator[Table]:
    """Yield a table for the series that share their x, or a digest of too many of these."""
    left = [] if is_plane(series) else [one for one in series if is_function(one)]
    shared = list(groups(left, lambda one: str(one["x"])))
    every = {x for one in left for x in one["x"]}
    if len(shared) > 1 and len(every) <= UNION and not any(isinstance(x, str) for x in every):
        shared = [[on(one, sorted(every)) for one in left]]
    if len(shared) > MOST:
        yield digest(axes, [one for one in left if "y" in one])
        return
    for number, group in enumerate(shared, 1):
        names = list(dict.fromkeys(one["name"] for one in group))
        group.sort(key=lambda one: names.index(one["name"]))  # a band beside its line
        x, columns = group[0]["x"], [pair for one in group for pair in columns_of(one)]
        header = [name for name, _ in columns]
        if len(left) == 1 and left[0].get("unnamed"):
            header = [axes["y"]["label"] or header[0]]
        lines = [one["y"] for one in group if "y" in one]
        rows = chosen(len(x), lines, NAMES if isinstance(x[0], str) else ROWS)
        yield Table(
            f"part {number}" if len(shared) > 1 else "",
            [label(axes, "x"), *header],
            [[x[k], *(values[k] for _, values in columns)] for k in rows],
            len(x),
        )


def on(series: Series, places: list[Any]) -> Series:
    """Return a series on more places than it has, with gaps."""
    keys = [key for key in ("y", "low", "high", "left", "right") if key in series]
    columns: Series = {"x": places}
    for key in keys:
        found = dict(zip(series["x"], series[key], strict=True))
        columns[key] = [found.get(place) for place in places]
    return series | columns


def digest(axes: Axes, series: list[Series]) -> Table:
    """Return where lines start and end, and how far they reach."""
    x, y = label(axes, "x"), label(axes, "y")
    header = ["line", "points", f"{x}, first", f"{x}, last", f"{y}, first", f"{y}, last"]
    rows: list[list[Any]] = []
    for one in series:
        ends = [one[which][k] for which in "xy" for k in (0, -1)]
        values = [value for value in one["y"] if isinstance(value, int | float)]
        reach = [min(values), max(values)] if values else ["", ""]
        rows.append([one["name"], one.get("of", len(one["x"])), *ends, *reach])
    few = chosen(len(rows), [], NAMES)
    return Table("", [*header, "lowest", "highest"], [rows[k] for k in few], len(rows))


def paths(axes: Axes, series: list[Series]) -> Iterator[Table]:
    """Yield a table for the lines of a plane: their points by number."""
    left = [one for one in series if one["kind"] == "line"] if is_plane(series) else []
    lengths = list(groups(left, lambda one: len(one["x"])))
    if len(lengths) > MOST:
        yield digest(axes, left)
        return
    x, y = label(axes, "x"), label(axes, "y")
    for number, group in enumerate(lengths, 1):
        count = len(group[0]["x"])
        header = [f"{one['name']}, {which}" for one in group for which in (x, y)]
        rows = chosen(count, [])
        table = [[k + 1, *(one[c][k] for one in group for c in "xy")] for k in rows]
        part = f", part {number}" if len(lengths) > 1 else ""
        yield Table(f"lines{part}", ["point", *header], table, count)


def histograms(axes: Axes, series: list[Series]) -> Iterator[Table]:
    """Yield a table for the histograms that share their bins."""
    bars = [one for one in series if one["kind"] == "histogram"]
    for group in groups(bars, lambda one: str(one["low"])):
        low, high = group[0]["low"], group[0]["high"]
        rows = chosen(len(low), [one["y"] for one in group])
        names = [one["name"] for one in group]
        if names == ["histogram"]:
            names = [axes["y"]["label"] or "height"]
        table = [[low[k], high[k], *(one["y"][k] for one in group)] for k in rows]
        x = label(axes, "x")
        yield Table("", [f"{x}, from", f"{x}, to", *names], table, len(low))


def clouds(axes: Axes, series: list[Series]) -> Iterator[Table]:
    """Yield tables of where points lie: each of few, and the middle and spread of many."""
    plane = is_plane(series)
    left = [one for one in series if one["kind"] == "points" and (plane or not is_function(one))]
    x, y = label(axes, "x"), label(axes, "y")
    few = left if sum(len(one["x"]) for one in left) <= ROWS else []
    if few:
        listed = [
            [one["name"], *place] for one in few for place in zip(one["x"], one["y"], strict=True)
        ]
        yield Table("points", ["points", x, y], listed)
    rows: list[list[Any]] = []
    for one in left:
        if one not in few:
            row = [one["name"], one.get("of", len(one["x"]))]
            for which in "xy":
                values = [v for v in one[which] if isinstance(v, int | float)]
                row += [fmean(values), pstdev(values)] if values else ["", ""]
            rows.append(row)
    if rows:
        header = ["points", "how many", f"{x}, mean", f"{x}, sd", f"{y}, mean", f"{y}, sd"]
        yield Table("points" if len(left) < len(series) else "", header, rows)


def named_rows(axes: Axes, series: list[Series]) -> Iterator[Table]:
    """Yield tables of bars and intervals."""
    for one in series:
        if one["kind"] not in ("bars", "intervals"):
            continue
        upright = isinstance(one["x"][0], str) or not isinstance(one["y"][0], str)
        first, second = ("x", "y") if upright else ("y", "x")
        value = axes[second]["label"] or "value"
        columns = [one[second], *(one[key] for key in ("low", "high", "base") if key in one)]
        header = [
            axes[first]["label"] or "which",
            value,
            *(k for k in ("low", "high", "base") if k in one),
        ]
        rows = chosen(len(one[first]), columns[:1], NAMES)
        table = [[one[first][k], *(column[k] for column in columns)] for k in rows]
        yield Table(
            "" if one["name"] == one["kind"] else one["name"], header, table, len(one[first])
        )


def spans(axes: Axes, series: list[Series]) -> Iterator[Table]:
    """Yield tables of straight pieces, each from a low end to a high one."""
    for one in series:
        if one["kind"] == "spans":
            which = "x" if "x" in one else "y"
            rows = chosen(len(one[which]), [])
            table = [[one[which][k], one["low"][k], one["high"][k]] for k in rows]
            caption = "" if one["name"] == "spans" else one["name"]
            yield Table(caption, [label(axes, which), "low", "high"], table, len(one[which]))


def levels(axes: Axes, series: list[Series]) -> Iterator[Table]:
    """Yield a table of lines of equal height: how far each reaches."""
    rows: list[list[Any]] = []
    for one in series:
        if one["kind"] == "levels":
            for level in dict.fromkeys(one["level"]):
                here = [k for k, value in enumerate(one["level"]) if value == level]
                reach = [[one[c][k] for k in here] for c in "xy"]
                rows.append([level, *(end(part) for part in reach for end in (min, max))])
    if rows:
        x, y = label(axes, "x"), label(axes, "y")
        header = ["height", f"{x}, from", f"{x}, to", f"{y}, from", f"{y}, to"]
        few = chosen(len(rows), [])
        yield Table("lines of equal height", header, [rows[k] for k in few], len(rows))


def grid(one: Series) -> Table:
    """Return a coarse grid, its highest y above, as in the figure; a matrix as it is."""
    matrix = one["kind"] == "cells"
    across = chosen(len(one["x"]), [], NAMES if matrix else GRID)
    down = chosen(len(one["y"]), [], NAMES if matrix else GRID)
    if not matrix and one["y"][down[0]] < one["y"][down[-1]]:
        down = down[::-1]
    rows = [[one["y"][j], *(one["rows"][j][i] for i in across)] for j in down]
    caption = {"grid": "values", "regions": "regions", "cells": ""}[one["kind"]]
    if one["name"] != one["kind"]:
        caption = one["name"]
    corner = "" if matrix else "y, x"
    return Table(caption, [corner, *(one["x"][i] for i in across)], rows)


def area(one: Series) -> Iterator[str]:
    """Say how much of an area each colour has, or how far its values go."""
    if one["kind"] == "regions":
        shares = (f"{name} {100 * share:.3g} %" for name, share in one["shares"].items())
        yield f"Shares of the area: {', '.join(shares)}."
    elif one["kind"] == "grid":
        name = "Values" if one["name"] == "grid" else one["name"].capitalize()
        yield f"{name}: from {shown(one['lowest'])} to {shown(one['highest'])}."


def sentences(axes: Axes) -> Iterator[str]:
    """Say where lines of reference and words stand."""
    for mark in axes["marks"]:
        if mark["kind"] == "sloping":
            x, y = map(shown, mark["at"])
            where = f"through ({x}, {y}) with slope {shown(mark['slope'])}"
        else:
            where = f"at {shown(mark['at'])}"
        name = f" ({mark['name']})" if mark["name"] else ""
        yield f"A {mark['kind']} line{name} {where}."
    words = []
    for text in axes["texts"]:
        if "row" in text:
            words.append(f"{text['row']}: {text['text']}")
        elif "x" in text:
            words.append(f"{text['text']} at ({shown(text['x'])}, {shown(text['y'])})")
        else:
            words.append(text["text"])
    if words:
        yield f"Words in the figure: {'; '.join(words)}."


def shown(value: Any) -> str:
    """Return a value as tables show it: four digits, nothing where there is none."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if abs(value) < 1e6 and (isinstance(value, int) or abs(value) >= 1e4):
        return f"{value:.0f}"
    return f"{value:.4g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
