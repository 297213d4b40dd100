"""How fast momentum converges on a quadratic, for every rate and beta."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

import dlbook
from dlbook.convergence import best_setting, convergence_rate
from dlbook.optimizers import Optimizer
from dlbook.plotting import COLORS, Figure, style, surface_trajectories

from .canvas import WIDTH, Box, legend, panels
from .controls import Choice, Control, Point, Slider
from .descent import Points, descend, ravine

METHODS: dict[str, Callable[[float, float], Optimizer]] = {
    "momentum": dlbook.Momentum,
    "damped momentum": lambda rate, beta: dlbook.Momentum(rate, beta, damped=True),
    "Nesterov": dlbook.Nesterov,
}
CONTROLS: tuple[Control, ...] = (
    Choice("method", "Method", "momentum", tuple(METHODS)),
    Slider("condition", "Condition number", 20.0, 1, 1000, "log"),
    Point("at", (1.2, 0.6)),
)
BOXES: tuple[Box, ...] = ((50, 40, 310, 170), (50, 268, 120, 92), (240, 268, 120, 92))
HEIGHT = 398.0
#: The error's factors of a step at which the colour of the map changes.
FACTORS = (1.0, 0.98, 0.95, 0.9, 0.8, 0.7, 0.5, 0.3)
OPACITY = 0.11
STEPS = 60
DISTANCES = (1e-6, 1e2)
RATES, BETAS = (0.0, 4.0), (0.0, 1.0)
HIGHEST = 0.999  # beta


def factor(method: str, rate: Any, beta: Any, condition: float) -> Any:
    """Return the error's factor of a step in the long run."""
    return convergence_rate(named(method), rate, [1 / condition, 1.0], beta)


def named(method: str) -> str:
    """Return dlbook's name of a method."""
    return method.lower().replace(" ", "_")


def run(settings: dict[str, Any]) -> Points:
    """Return the path of the chosen rate and beta."""
    chosen = ravine(settings["condition"])
    optimizer = METHODS[settings["method"]](*settings["at"])
    return descend(chosen, optimizer, chosen.start, STEPS)


def draw(settings: dict[str, Any]) -> Figure:
    """Draw the map, and the path of its point with its distances."""
    method, condition, (rate, beta) = (settings[name] for name in ("method", "condition", "at"))
    chosen, path = ravine(condition), run(settings)
    figure, (chart, plane, far) = panels(BOXES, HEIGHT)
    across, up = chosen.limits
    surface_trajectories(chosen.value, {"path": path}, across, up, ax=plane)
    if (inner := plane.get_legend()) is not None:
        inner.remove()
    speed = factor(method, rate, beta, condition)
    with style():
        key(figure)
        rates, betas = np.meshgrid(np.linspace(*RATES, 121), np.linspace(0, HIGHEST, 81))
        factors = factor(method, rates, betas, condition)
        for level in FACTORS:
            face = to_rgba(COLORS[0], OPACITY)
            chart.contourf(rates, betas, factors, [-1, level], colors=[face])
        chart.contour(rates, betas, factors, [1 + 1e-6], colors=[COLORS[1]], linewidths=1.8)
        chart.plot(rate, beta, "o", color=COLORS[1], markersize=8, markerfacecolor="none")
        best = best_setting(named(method), 1 / condition, 1.0)
        chart.plot(best.learning_rate, best.beta, "P", color=COLORS[1], markersize=8)
        chart.annotate(
            "best",
            (best.learning_rate, best.beta),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=9,
            annotation_clip=True,
        )
        chart.text(3.5, 0.1, "diverges", ha="center", fontsize=9)
        chart.set(xlim=RATES, ylim=BETAS, xlabel="learning rate", ylabel=r"$\beta$")
        chart.grid(False)
        steps = np.arange(STEPS + 1)
        distance = np.hypot(*path.T)
        drawn = np.where(distance < 1e3 * DISTANCES[1], distance, np.nan)
        far.plot(steps, drawn, color=COLORS[0], linestyle="-", label="path")
        theory = distance[0] * speed**steps
        far.plot(steps, theory, color=COLORS[1], linestyle=(0, (5, 1.6)), label="theory")
        far.set(xlim=(0, STEPS), ylim=DISTANCES, yscale="log", xlabel="step", ylabel="distance")
    left, top, *_ = BOXES[2]
    legend(figure, far, HEIGHT, (left - 10, top - 17), 2)
    return figure


def key(figure: Figure) -> None:
    """Name the colours above the map."""
    wide, tall = 31.0, 10.0
    for k, level in enumerate(FACTORS):
        opacity = 1 - (1 - OPACITY) ** (k + 1)
        corner = (BOXES[0][0] + wide * k) / WIDTH, 1 - (4 + tall) / HEIGHT
        size = wide / WIDTH, tall / HEIGHT
        figure.add_artist(Rectangle(corner, *size, facecolor=to_rgba(COLORS[0], opacity), lw=0))
        figure.text(corner[0], 1 - 24 / HEIGHT, f"{level:g}", ha="center", fontsize=9)
    figure.text((BOXES[0][0] - 6) / WIDTH, 1 - 12 / HEIGHT, "factor", ha="right", fontsize=9)


def data(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the frames of the panels."""
    chosen = ravine(settings["condition"])
    return {
        "factors": FACTORS,
        "opacity": OPACITY,
        "domains": [RATES, BETAS, *chosen.limits, DISTANCES],
        "start": chosen.start,
        "steps": STEPS,
        "highest": HIGHEST,
    }


def describe(settings: dict[str, Any]) -> str:
    """Say what the picture shows."""
    method, condition, (rate, beta) = (settings[name] for name in ("method", "condition", "at"))
    speed = factor(method, rate, beta, condition)
    return (
        f"A map of learning rate and beta, coloured by how fast {method} converges on a quadratic "
        f"of condition number {condition:g}. The marked point, rate {rate:g} and beta {beta:g}, "
        f"multiplies the error by {speed:.3f} a step; below, its path and its distance from the "
        "minimum."
    )
