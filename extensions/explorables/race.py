"""A race of optimizers down a surface: their paths, and their losses against steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.plotting import Figure, loss_curves, surface_trajectories

from .canvas import Box, legend, panels
from .controls import Choice, Control, Point, Several, Slider, Switch
from .descent import OPTIMIZERS, SURFACES, Points, Surface, descend, surface

SHOWN = tuple(OPTIMIZERS)[:6]
CONTROLS: tuple[Control, ...] = (
    Choice("surface", "Surface", "ravine", SURFACES),
    Slider("condition", "Condition number", 20.0, 1, 1000, "log"),
    Slider("rate", "Learning rate", 0.1, 1e-4, 4, "log"),
    Slider("beta1", "β₁, of gradients", 0.9, 0, 0.999, "complement"),
    Slider("beta2", "β₂, of their squares", 0.999, 0, 0.9999, "complement"),
    Slider("steps", "Steps", 100, 1, 400, "linear", 1, integer=True),
    Switch("correction", "Bias correction", True),
    Several(
        "optimizers", "Optimizers", ("gradient descent", "momentum", "Adam"), tuple(OPTIMIZERS), 6
    ),
    Point("start"),
)
BOXES: tuple[Box, ...] = ((50, 32, 310, 186), (50, 260, 310, 92))
HEIGHT = 390.0
#: What the axis of losses shows; it is logarithmic where there is a minimum, whose loss is 0.
LOSSES = {
    "ravine": (1e-8, 1e2),
    "Rosenbrock": (1e-8, 1e4),
    "Beale": (1e-8, 1e6),
    "saddle": (-10.0, 2.0),
}


def heights(chosen: Surface, path: Points) -> Points:
    """Return the losses along a path, above the minimum."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(chosen.value(path))


def runs(settings: dict[str, Any]) -> tuple[Surface, dict[str, Points]]:
    """Return the surface and the path of each optimizer."""
    chosen = surface(settings["surface"], settings["condition"])
    start = chosen.start if settings["start"] is None else settings["start"]
    given = [settings[name] for name in ("rate", "beta1", "beta2", "correction")]
    paths = {
        name: descend(chosen, OPTIMIZERS[name](*given), start, settings["steps"])
        for name in settings["optimizers"]
    }
    return chosen, paths


def draw(settings: dict[str, Any]) -> Figure:
    """Draw the race as the script does at first."""
    chosen, paths = runs(settings)
    figure, (plane, losses) = panels(BOXES, HEIGHT)
    inside = {name: within(path, chosen) for name, path in paths.items()}
    across, up = chosen.limits
    surface_trajectories(chosen.value, inside, across, up, ax=plane)
    low, high = LOSSES[settings["surface"]]
    curves = {name: np.where(h < 1e3 * high, h, np.nan) for name, h in loss(chosen, paths).items()}
    steps = range(settings["steps"] + 1)
    loss_curves(curves, steps=steps, log=low > 0, ax=losses)
    losses.set(ylim=(low, high), xlim=(0, settings["steps"]))
    legend(figure, plane, HEIGHT)
    return figure


def loss(chosen: Surface, paths: dict[str, Points]) -> dict[str, Points]:
    """Return the losses of each run."""
    return {name: heights(chosen, path) for name, path in paths.items()}


def within(path: Points, chosen: Surface) -> Points:
    """Return a path up to where it has left the picture for good."""
    size = max(abs(end) for pair in chosen.limits for end in pair)
    flown = ~(np.abs(path) < 100 * size).all(1)
    return path[: int(flown.argmax())] if flown.any() else path


def data(settings: dict[str, Any]) -> dict[str, Any]:
    """Return what the script cannot know: the surfaces' frames and losses."""
    frames = {}
    for name in SURFACES:
        chosen = surface(name, settings["condition"])
        frames[name] = {"limits": chosen.limits, "start": chosen.start, "losses": LOSSES[name]}
    return {"frames": frames, "names": settings["optimizers"]}


def describe(settings: dict[str, Any]) -> str:
    """Say what the picture shows."""
    chosen, paths = runs(settings)
    ends = {name: float(values[-1]) for name, values in loss(chosen, paths).items()}
    said = ", ".join(f"{name} {end:.2g}" for name, end in ends.items())
    return (
        f"Paths of optimizers over the contour lines of a surface ({settings['surface']}), and "
        f"their losses against steps; after {settings['steps']} steps the loss is: {said}."
    )
