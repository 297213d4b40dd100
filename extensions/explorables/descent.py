"""What the figures descend, and with what: dlbook's, by the names that readers choose from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import dlbook
from dlbook.optimizers import Optimizer

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Surface:
    """A function of points (…, 2), its gradient, and how it is shown."""

    value: Callable[[Points], Points]
    gradient: Callable[[Points], Points]
    start: tuple[float, float]
    limits: tuple[tuple[float, float], tuple[float, float]]
    minimum: tuple[float, float] | None


def ravine(condition: float) -> Surface:
    """Return a bowl whose second direction is `condition` times as steep as its first."""
    eigenvalues = np.array([1 / condition, 1.0])
    return Surface(
        value=lambda points: (eigenvalues * points**2).sum(-1) / 2,
        gradient=lambda points: eigenvalues * points,
        start=(-4.0, 1.5),
        limits=((-5, 5), (-2.5, 2.5)),
        minimum=(0.0, 0.0),
    )


def rosenbrock() -> Surface:
    """Return Rosenbrock's valley."""

    def gradient(points: Points) -> Points:
        x, y = points[..., 0], points[..., 1]
        return np.stack([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)], -1)

    def value(points: Points) -> Points:
        x, y = points[..., 0], points[..., 1]
        return np.asarray((1 - x) ** 2 + 100 * (y - x * x) ** 2)

    return Surface(value, gradient, (-1.2, 1.0), ((-2, 2), (-1, 3)), (1.0, 1.0))


def beale() -> Surface:
    """Return Beale's function, flat but for steep walls in the corners."""
    powers, targets = np.array([1, 2, 3]), np.array([1.5, 2.25, 2.625])

    def errors(points: Points) -> Points:
        x, y = points[..., :1], points[..., 1:]
        return np.asarray(targets - x * (1 - y**powers))

    def value(points: Points) -> Points:
        return np.asarray((errors(points) ** 2).sum(-1))

    def gradient(points: Points) -> Points:
        x, y = points[..., :1], points[..., 1:]
        by_x, by_y = y**powers - 1, x * powers * y ** (powers - 1)
        return 2 * np.stack([(errors(points) * by).sum(-1) for by in (by_x, by_y)], -1)

    return Surface(value, gradient, (1.0, 1.0), ((-1, 4.5), (-2, 2)), (3.0, 0.5))


def saddle() -> Surface:
    """Return a saddle, which falls without end on both sides."""
    signs = np.array([1.0, -1.0])
    return Surface(
        value=lambda points: (signs * points**2).sum(-1) / 2,
        gradient=lambda points: signs * points,
        start=(-1.5, 0.001),
        limits=((-2, 2), (-2, 2)),
        minimum=None,
    )


SURFACES: Mapping[str, Callable[..., Surface]] = {
    "ravine": ravine,
    "rosenbrock": rosenbrock,
    "beale": beale,
    "saddle": saddle,
}


def surface(name: str, condition: float) -> Surface:
    """Return a surface by its name; the ravine has a condition number."""
    return SURFACES[name](condition) if name == "ravine" else SURFACES[name]()


def adaptive(kind: type[dlbook.Adam]) -> Callable[..., Optimizer]:
    """Return what makes one of Adam's family from the settings of a figure."""

    def make(rate: float, beta1: float, beta2: float, correction: bool) -> Optimizer:
        return kind(rate, beta1, beta2, bias_correction=correction)

    return make


#: From rate, beta1, beta2 and correction. The order is that of colours and markers.
OPTIMIZERS: Mapping[str, Callable[[float, float, float, bool], Optimizer]] = {
    "gradient descent": lambda rate, *_: dlbook.GradientDescent(rate),
    "momentum": lambda rate, beta1, *_: dlbook.Momentum(rate, beta1),
    "Nesterov": lambda rate, beta1, *_: dlbook.Nesterov(rate, beta1),
    "AdaGrad": lambda rate, *_: dlbook.Adagrad(rate),
    "RMSprop": lambda rate, _, beta2, __: dlbook.RMSprop(rate, beta2),
    "Adam": adaptive(dlbook.Adam),
    "AdamW": adaptive(dlbook.AdamW),
    "AMSGrad": adaptive(dlbook.AMSGrad),
}


def descend(surface: Surface, optimizer: Optimizer, start: Any, steps: int) -> Points:
    """Return the points of a run, the start first: (steps + 1, 2)."""
    theta = np.array(start, dtype=np.float64)
    state, path = optimizer.start(theta), [theta.copy()]
    with np.errstate(over="ignore", invalid="ignore"):  # a rate may be too large: then it flies off
        for _ in range(steps):
            optimizer.step(theta, surface.gradient(theta), state)
            path.append(theta.copy())
    return np.array(path)
