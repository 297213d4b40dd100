"""Derivatives that know nothing of backpropagation."""

from __future__ import annotations

import numpy as np


def complex_step(f, x, h=1e-30):
    """Return df/dx by Im f(x + ih) / h, exact to rounding.

    ``x`` is ``(P,)`` or ``(R, P)``; ``f`` gives a number, or one per replicate.
    """
    gradient = np.empty(x.shape)
    for k in range(x.shape[-1]):
        moved = x.astype(complex)
        moved[..., k] += 1j * h
        gradient[..., k] = np.imag(f(moved)) / h
    return gradient


def central(f, x, h=1e-6):
    """Return df/dx by central differences, good to about 1e-9."""
    gradient = np.empty(x.shape)
    for k in range(x.shape[-1]):
        above, below = x.copy(), x.copy()
        above[..., k] += h
        below[..., k] -= h
        gradient[..., k] = (f(above) - f(below)) / (2 * h)
    return gradient


def labels_for(loss, rng, shape, outputs):
    """Return labels (targets for the squared error) that suit a loss."""
    if loss == "binary_cross_entropy":
        return rng.integers(0, 2, shape)
    if loss == "softmax_cross_entropy":
        return rng.integers(0, outputs, shape)
    return rng.normal(size=(*shape, outputs))


OUTPUTS = {"binary_cross_entropy": 1, "softmax_cross_entropy": 3, "squared_error": 2}
