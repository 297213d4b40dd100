"""Pictures with panels at fixed places, so that the script draws where the build has drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.axes import Axes

from dlbook.plotting import Figure, style

WIDTH = 374.4  # points: the 5.2 inches of every figure of the book
Box = tuple[float, float, float, float]  # left, top, width, height, in points


def panels(boxes: Sequence[Box], height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure with axes in boxes."""
    with style():
        figure = Figure(figsize=(WIDTH / 72, height / 72))
        axes = [
            figure.add_axes((left / WIDTH, 1 - (top + tall) / height, wide / WIDTH, tall / height))
            for left, top, wide, tall in boxes
        ]
    return figure, axes


def legend(
    figure: Figure,
    axes: Axes,
    height: float,
    corner: tuple[float, float] = (40, 0),
    columns: int = 3,
) -> None:
    """Name the lines of axes, by default above everything and three in a row."""
    handles, labels = axes.get_legend_handles_labels()
    for each in figure.axes:
        if (inner := each.get_legend()) is not None:
            inner.remove()
    # Matplotlib fills a legend by columns: hand it the entries so that they read by rows.
    order = [k for column in range(columns) for k in range(column, len(labels), columns)]
    with style():
        figure.legend(
            [handles[k] for k in order],
            [labels[k] for k in order],
            loc="upper left",
            bbox_to_anchor=(corner[0] / WIDTH, 1 - corner[1] / height),
            ncols=columns,
            fontsize=9,
            borderpad=0.2,
            borderaxespad=0,
            columnspacing=0.8,
            handletextpad=0.4,
            labelspacing=0.4,
        )


def rounded(numbers: Iterable[Any], digits: int = 6) -> list[float]:
    """Return numbers as short as the script needs them."""
    return [float(f"{float(number):.{digits}g}") for number in numbers]
