"""All numbers of a figure as text that programs read: one row for each point."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from .tables import titles_of

COLUMNS = ("x", "y", "low", "high", "left", "right", "base", "level", "value", "region")


def rows(figure: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield one row for each point of each series, with the columns that it has."""
    for axes, title in zip(figure, titles_of(figure), strict=True):
        for series in axes["series"]:
            about = {"panel": title, "series": series["name"], "kind": series["kind"]}
            if "rows" in series:
                values = "region" if series["kind"] == "regions" else "value"
                for y, line in zip(series["y"], series["rows"], strict=True):
                    for x, value in zip(series["x"], line, strict=True):
                        yield about | {"x": x, "y": y, values: value}
                continue
            held = [name for name in COLUMNS if name in series]
            for point in zip(*(series[name] for name in held), strict=True):
                yield about | dict(zip(held, point, strict=True))


def as_csv(figure: Sequence[dict[str, Any]]) -> tuple[str, int]:
    """Return the text of the file and the number of its rows."""
    found = list(rows(figure))
    held = {name for row in found for name in row}
    header = ["panel", "series", "kind", *(name for name in COLUMNS if name in held)]
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue(), len(found)
