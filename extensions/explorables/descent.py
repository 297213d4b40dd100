"""What the figures descend, and with what: dlbook's, by the names that readers choose from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import dlbook
from dlbook import surfaces
from dlbook.optimizers import Optimizer
from dlbook.surfaces import Surface, descend

__all__ = ["OPTIMIZERS", "SURFACES", "Points", "Surface", "descend", "ravine", "surface"]

Points = NDArray[np.float64]
SURFACES = ("ravine", "Rosenbrock", "Beale", "saddle")


def ravine(condition: float) -> Surface:
    """Return the quadratic whose first direction is `condition` times as flat as its second."""
    return surfaces.quadratic(condition)


def surface(name: str, condition: float) -> Surface:
    """Return a surface by its name; the ravine has a condition number."""
    if name == "ravine":
        return ravine(condition)
    chosen: Surface = getattr(surfaces, name.lower())
    return chosen


def adaptive(kind: type[dlbook.Adam]) -> Callable[..., Optimizer]:
    """Return what makes one of Adam's family from the settings of a figure."""

    def make(rate: float, beta1: float, beta2: float, correction: bool) -> Optimizer:
        return kind(rate, beta1, beta2, bias_correction=correction)

    return make


#: From rate, beta1, beta2 and correction. The order is that of colours and markers.
OPTIMIZERS: Mapping[str, Callable[[float, float, float, bool], Any]] = {
    "gradient descent": lambda rate, *_: dlbook.GradientDescent(rate),
    "momentum": lambda rate, beta1, *_: dlbook.Momentum(rate, beta1),
    "Nesterov": lambda rate, beta1, *_: dlbook.Nesterov(rate, beta1),
    "AdaGrad": lambda rate, *_: dlbook.Adagrad(rate),
    "RMSprop": lambda rate, _, beta2, __: dlbook.RMSprop(rate, beta2),
    "Adam": adaptive(dlbook.Adam),
    "AdamW": adaptive(dlbook.AdamW),
    "AMSGrad": adaptive(dlbook.AMSGrad),
}
