"""How much the gradient of a mini-batch scatters about that of all rows."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

import dlbook
from dlbook.datasets import moons
from dlbook.noise import batch_gradients, predicted_variance, row_gradients
from dlbook.plotting import COLORS, Figure, style

from .canvas import Box, legend, panels, rounded
from .controls import Control, Slider, Switch
from .descent import Points

ROWS = 128
CONTROLS: tuple[Control, ...] = (
    Slider("size", "Batch size", 8, 1, ROWS, "log", 0.075, integer=True),
    Slider("draw", "Sample", 1, 1, 50, "linear", 1, integer=True),
    Switch("replacement", "With replacement", False),
)
BOXES: tuple[Box, ...] = ((50, 20, 310, 200), (50, 264, 310, 92))
HEIGHT = 394.0
BATCHES = 200
SIZES = (1, 2, 4, 8, 16, 32, 64)
WIDTHS = (1e-2, 1e0)
THEORY: Any = {"color": COLORS[1], "linestyle": (0, (5, 1.6))}
#: In deviations, the radius that holds 95 % of a normal cloud in the plane.
REACH = float(np.sqrt(2 * np.log(20)))


@cache
def rows_of_gradients() -> Points:
    """Return the gradient of each row's loss by the two weights of a logistic regression."""
    X, y = moons(ROWS, rng=3)
    every = row_gradients(dlbook.MLP((2, 1)), np.array([0.3, -0.2, 0.1]), X, y)
    return np.array([rounded(row, 5) for row in every[:, :2]])


def width(size: Any, replacement: bool) -> Any:
    """Return how far theory expects batch gradients to scatter."""
    return np.sqrt(predicted_variance(rows_of_gradients(), size, replace=replacement))


def draw(settings: dict[str, Any]) -> Figure:
    """Draw a cloud of gradients, and its width against batch size."""
    size, replacement = settings["size"], settings["replacement"]
    rows, rng = rows_of_gradients(), np.random.default_rng(settings["draw"])
    centre = rows.mean(0)

    def batches(size: int) -> Points:
        return batch_gradients(rows, size, BATCHES, replace=replacement, rng=rng)

    def scatter(points: Points) -> float:
        return float(np.sqrt(((points - centre) ** 2).sum(1).mean()))

    figure, (cloud, widths) = panels(BOXES, HEIGHT)
    with style():
        points = batches(size)
        cloud.plot(*points.T, "o", color=COLORS[0], markersize=2.5, alpha=0.6, label="mini-batches")
        cloud.plot(*ellipse(rows, size, replacement), **THEORY, label="theory, 95 %")
        cloud.plot(*centre, "D", color=COLORS[3], markersize=6, label="all rows", zorder=3)
        across, up = limits()
        cloud.set(xlim=across, ylim=up, xlabel="gradient by $w_1$", ylabel="gradient by $w_2$")
        sizes = np.arange(1, ROWS + replacement)
        widths.plot(sizes, width(sizes, replacement), **THEORY)
        found = [scatter(batches(each)) for each in SIZES]
        widths.plot(SIZES, found, "o", color=COLORS[0], markersize=4)
        widths.plot(size, scatter(points), "o", color=COLORS[0], markersize=9)
        widths.set(xscale="log", yscale="log", xlim=(1, ROWS), ylim=WIDTHS)
        every = [*SIZES, ROWS]
        widths.set_xticks(every, list(map(str, every)))
        widths.minorticks_off()
        widths.set(xlabel="batch size", ylabel="scatter")
    legend(figure, cloud, HEIGHT)
    return figure


def ellipse(rows: Points, size: int, replacement: bool) -> Points:
    """Return a loop of points (2, n) that should hold 95 % of the batches' gradients."""
    values, axes = np.linalg.eigh(np.cov(rows.T, ddof=0))
    turn = np.linspace(0, 2 * np.pi, 73)
    loop = axes @ (np.sqrt(values)[:, None] * np.stack([np.cos(turn), np.sin(turn)]))
    scale = REACH * width(size, replacement) / np.sqrt(values.sum())
    return np.asarray(rows.mean(0)[:, None] + scale * loop)


def limits() -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the frame of the cloud, the same for every batch size."""
    rows = rows_of_gradients()
    low, high = rows.min(0), rows.max(0)
    room = 0.05 * (high - low)
    (left, bottom), (right, top) = (low - room).round(2), (high + room).round(2)
    return (float(left), float(right)), (float(bottom), float(top))


def data(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the rows' gradients and the frames."""
    return {
        "rows": rows_of_gradients().tolist(),
        "limits": limits(),
        "widths": WIDTHS,
        "sizes": SIZES,
        "batches": BATCHES,
        "reach": REACH,
    }


def describe(settings: dict[str, Any]) -> str:
    """Say what the picture shows."""
    size, expected = settings["size"], width(settings["size"], settings["replacement"])
    rows = "row" if size == 1 else "rows"
    way = "with" if settings["replacement"] else "without"
    return (
        f"The gradients of {BATCHES} mini-batches of {size} {rows}, drawn {way} replacement, "
        f"form a cloud about the gradient of all {ROWS} rows; below, the cloud's width against "
        f"batch size. Theory expects {expected:.2g} here."
    )
