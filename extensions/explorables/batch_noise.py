"""How much the gradient of a mini-batch scatters about that of all rows."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

import dlbook
from dlbook.datasets import moons
from dlbook.plotting import COLORS, Figure, style

from .canvas import Box, legend, panels, rounded
from .controls import Control, Slider, Switch
from .descent import Points

ROWS = 128
CONTROLS: tuple[Control, ...] = (
    Slider("size", "Batch size", 8, 1, ROWS, "log", 0.01, integer=True),
    Slider("draw", "Draw", 1, 1, 50, "linear", 1, integer=True),
    Switch("replacement", "With replacement", False),
)
BOXES: tuple[Box, ...] = ((50, 20, 310, 200), (50, 264, 310, 92))
HEIGHT = 394.0
BATCHES = 200
SIZES = (1, 2, 4, 8, 16, 32, 64)
#: Twice the squared distance that holds 95 % of a normal cloud in the plane is 2 log 20.
REACH = float(np.sqrt(2 * np.log(20)))


@cache
def row_gradients() -> Points:
    """Return the gradient of each row's loss by the two weights of a logistic regression."""
    network, theta = dlbook.MLP((2, 1)), np.array([0.3, -0.2, 0.1])
    X, y = moons(ROWS, rng=3)
    every = [network.gradient(theta, X[i : i + 1], y[i : i + 1])[:2] for i in range(ROWS)]
    return np.array([rounded(row, 5) for row in every])


def remaining(size: Any, replacement: bool) -> Any:
    """Return the part of the rows' covariance that the mean of a batch keeps."""
    return (1 if replacement else (ROWS - size) / (ROWS - 1)) / size


def batches(size: int, replacement: bool, rng: np.random.Generator) -> Points:
    """Return the gradients of many mini-batches."""
    rows = row_gradients()
    chosen = [rng.choice(ROWS, size, replace=replacement) for _ in range(BATCHES)]
    return np.array([rows[each].mean(0) for each in chosen])


def draw(settings: dict[str, Any]) -> Figure:
    """Draw a cloud of gradients, and its width against batch size."""
    size, replacement = settings["size"], settings["replacement"]
    rows, rng = row_gradients(), np.random.default_rng(settings["draw"])
    centre, spread = rows.mean(0), np.cov(rows.T, ddof=0)
    figure, (cloud, widths) = panels(BOXES, HEIGHT)
    with style():
        points = batches(size, replacement, rng)
        cloud.plot(*points.T, "o", color=COLORS[0], markersize=2.5, alpha=0.6, label="mini-batches")
        values, axes = np.linalg.eigh(remaining(size, replacement) * spread)
        turn = np.linspace(0, 2 * np.pi, 73)
        circle = np.stack([np.cos(turn), np.sin(turn)]) * np.sqrt(values)[:, None]
        ellipse = centre[:, None] + REACH * axes @ circle
        cloud.plot(*ellipse, color=COLORS[1], linestyle=(0, (5, 1.6)), label="theory, 95 %")
        cloud.plot(*centre, "D", color=COLORS[3], markersize=6, label="all rows", zorder=3)
        (left, right), (low, high) = limits()
        cloud.set(xlim=(left, right), ylim=(low, high))
        cloud.set(xlabel=r"gradient by $w_1$", ylabel=r"gradient by $w_2$")
        sizes = np.geomspace(1, ROWS - (not replacement), 100)
        theory = np.sqrt(np.trace(spread) * remaining(sizes, replacement))
        widths.plot(sizes, theory, color=COLORS[1], linestyle=(0, (5, 1.6)))
        found = [((batches(b, replacement, rng) - centre) ** 2).sum(1).mean() for b in SIZES]
        widths.plot(SIZES, np.sqrt(found), "o", color=COLORS[0], markersize=4)
        widths.plot(
            size, np.sqrt(((points - centre) ** 2).sum(1).mean()), "o", color=COLORS[0], ms=9
        )
        widths.set(xscale="log", yscale="log", xlim=(1, ROWS), ylim=WIDTHS)
        widths.set(xlabel="batch size", ylabel="scatter")
    legend(figure, cloud, HEIGHT)
    return figure


WIDTHS = (1e-2, 1e0)


def limits() -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the frame of the cloud, the same for every batch size."""
    rows = row_gradients()
    low, high = rows.min(0), rows.max(0)
    room = 0.05 * (high - low)
    (left, bottom), (right, top) = (low - room).round(2), (high + room).round(2)
    return (float(left), float(right)), (float(bottom), float(top))


def data(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the rows' gradients and the frames."""
    return {
        "rows": row_gradients().tolist(),
        "limits": limits(),
        "widths": WIDTHS,
        "sizes": SIZES,
        "batches": BATCHES,
        "reach": REACH,
    }


def describe(settings: dict[str, Any]) -> str:
    """Say what the picture shows."""
    size, rows = settings["size"], row_gradients()
    total = np.trace(np.cov(rows.T, ddof=0))
    width = float(np.sqrt(total * remaining(size, settings["replacement"])))
    way = "with" if settings["replacement"] else "without"
    return (
        f"The gradients of {BATCHES} mini-batches of {size} rows, drawn {way} replacement, form a "
        f"cloud about the gradient of all {ROWS} rows; below, the cloud's width against batch "
        f"size. Theory expects {width:.2g} here."
    )
