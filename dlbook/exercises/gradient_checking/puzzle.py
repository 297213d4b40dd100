"""The gradient check of exercise 8, which failed: the reader finds out why."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dlbook.exercises.grading import Array
from dlbook.gradcheck import GradientCheck, check_gradient
from dlbook.network import MLP
from dlbook.penalties import L2


class Mystery(NamedTuple):
    """A gradient check that failed, and what it was made with.

    Attributes
    ----------
    network : MLP
    theta : array (P,)
        Where the gradient was checked.
    strength : float
        Of the L2 penalty in the loss.
    check : GradientCheck
        The report, by complex steps.
    """

    network: MLP
    theta: Array
    strength: float
    check: GradientCheck


def mystery() -> Mystery:
    """Return the failed check of exercise 8, but not what is wrong with the gradient.

    Returns
    -------
    Mystery
        The network, its parameters, the strength of its L2 penalty, and the report.

    Examples
    --------
    >>> found = mystery()
    >>> found.check.failed
    ['W1', 'W2']
    >>> found.strength
    0.1
    """
    network, strength = MLP((3, 4, 1), "tanh"), 0.1
    rng = np.random.default_rng(8)
    theta = network.initialize("glorot_normal", rng=rng, bias=0.2)
    X, y = rng.normal(size=(40, 3)), rng.integers(0, 2, 40)
    found = check_gradient(
        lambda t: network.loss(t, X, y, L2(strength)),
        theta,
        network.gradient(theta, X, y),
        names=network.layout,
        method="complex",
    )
    return Mystery(network, theta, strength, found)
