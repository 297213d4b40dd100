"""Activation functions with their derivatives.

Each is an :class:`Activation`: call it on pre-activations ``z`` of any shape, ask it for its
``derivative``. All five derivatives can be written in terms of the output ``a = f(z)``, so
backpropagation never needs ``z`` again; :mod:`dlbook.engine` lives on that.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import one_of

Array = NDArray[Any]


Call = Callable[[], Any]


class Scratch:
    """Buffers of one shape that calls bound to them may overwrite.

    A full array of zeros is on hand because ``maximum`` and ``greater`` are twice as fast
    against an array as against a number.
    """

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.zeros = np.zeros(shape, dtype)
        self.array = np.empty(shape, dtype)
        self.mask = np.empty(shape, bool)

    def __getitem__(self, part: Any) -> Scratch:
        """Return the same part of every buffer."""
        scratch = copy.copy(self)
        for name, buffer in vars(self).items():
            setattr(scratch, name, buffer[part])
        return scratch


@dataclass(frozen=True)
class Activation:
    """An elementwise function and its derivative.

    Parameters
    ----------
    name : str
        What :func:`get` and :class:`dlbook.MLP` call it.
    function : callable
        ``function(z)``, new array of the same shape; complex ``z`` is allowed, which the
        complex-step gradient check needs.
    forward : callable
        ``forward(z, scratch)`` returns the calls, bound to these buffers, that replace ``z`` by
        ``f(z)`` in place.
    slope : callable
        ``slope(a, out, scratch)`` returns the calls that write ``f'(z)`` to ``out``, given
        ``a = f(z)``.
    kinks : tuple of float
        Where the derivative jumps: a difference across such a point is no derivative.

    Examples
    --------
    >>> import numpy as np
    >>> from dlbook.activations import relu
    >>> relu(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    >>> relu.derivative(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 1.])
    """

    name: str
    function: Callable[[Array], Array] = field(repr=False)
    forward: Callable[[Array, Scratch], list[Call]] = field(repr=False)
    slope: Callable[[Array, Array, Scratch], list[Call]] = field(repr=False)
    kinks: tuple[float, ...] = field(default=(), repr=False)

    def __call__(self, z: ArrayLike) -> Array:
        """Return ``f(z)``, of the shape of ``z``."""
        with np.errstate(over="ignore"):
            return self.function(_as_numbers(z))

    def derivative(self, z: ArrayLike) -> Array:
        """Return ``f'(z)``, of the shape of ``z``; at a kink, the derivative from the left."""
        numbers = _as_numbers(z)
        out = np.empty_like(numbers)
        for call in self.slope(self(numbers), out, Scratch(numbers.shape, numbers.dtype)):
            call()
        return out


def _as_numbers(z: ArrayLike) -> Array:
    array = np.asarray(z)
    return array if array.dtype.kind in "fc" else array.astype(np.float64)


def _relu(z: Array) -> Array:
    return np.asarray(z * (z.real > 0)) if z.dtype.kind == "c" else np.maximum(z, 0)


def _relu_forward(z: Array, scratch: Scratch) -> list[Call]:
    # fmax takes its output by position, which maximum does not; NaN, which the two treat
    # differently, would already stand in the parameters, where training looks for it
    return [partial(np.fmax, z, scratch.zeros, z)]


def _relu_slope(a: Array, out: Array, scratch: Scratch) -> list[Call]:
    # to Booleans, then to numbers: twice as fast as at once, and in a browser seven times as fast
    # from small integers as from Booleans
    return [
        partial(np.greater, a, scratch.zeros, scratch.mask),
        partial(out.__setitem__, ..., scratch.mask.view(np.int8)),
    ]


LEAK = 0.01


def _leaky_relu(z: Array) -> Array:
    return np.asarray(z * np.where(z.real > 0, 1.0, LEAK).astype(z.real.dtype))


def _leaky_relu_forward(z: Array, scratch: Scratch) -> list[Call]:
    return [
        partial(np.multiply, z, LEAK, scratch.array),
        partial(np.fmax, z, scratch.array, z),
    ]


def _leaky_relu_slope(a: Array, out: Array, scratch: Scratch) -> list[Call]:
    return [
        partial(np.greater, a, scratch.zeros, scratch.mask),
        partial(np.multiply, scratch.mask.view(np.int8), 1 - LEAK, out),
        partial(np.add, out, LEAK, out),
    ]


def _tanh_forward(z: Array, scratch: Scratch) -> list[Call]:
    return [partial(np.tanh, z, z)]


def _tanh_slope(a: Array, out: Array, scratch: Scratch) -> list[Call]:
    return [partial(np.multiply, a, a, out), partial(np.subtract, 1, out, out)]


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _sigmoid_forward(z: Array, scratch: Scratch) -> list[Call]:
    return [
        partial(np.negative, z, z),
        partial(np.exp, z, z),
        partial(np.add, z, 1, z),
        partial(np.reciprocal, z, z),
    ]


def _sigmoid_slope(a: Array, out: Array, scratch: Scratch) -> list[Call]:
    return [partial(np.subtract, 1, a, out), partial(np.multiply, out, a, out)]


def _identity_forward(z: Array, scratch: Scratch) -> list[Call]:
    return []


def _identity_slope(a: Array, out: Array, scratch: Scratch) -> list[Call]:
    return [partial(out.fill, 1)]


#: ``max(0, z)``; derivative 1 where z > 0, else 0.
relu = Activation("relu", _relu, _relu_forward, _relu_slope, kinks=(0.0,))
#: ``z`` where z > 0, else ``0.01 z``.
leaky_relu = Activation(
    "leaky_relu", _leaky_relu, _leaky_relu_forward, _leaky_relu_slope, kinks=(0.0,)
)
#: The hyperbolic tangent; derivative ``1 - a**2``.
tanh = Activation("tanh", np.tanh, _tanh_forward, _tanh_slope)
#: ``1 / (1 + exp(-z))``; derivative ``a (1 - a)``.
sigmoid = Activation("sigmoid", _sigmoid, _sigmoid_forward, _sigmoid_slope)
#: ``z`` itself: a network of these is linear.
identity = Activation("identity", np.array, _identity_forward, _identity_slope)

ACTIVATIONS = {f.name: f for f in (relu, leaky_relu, tanh, sigmoid, identity)}


def get(activation: str | Activation) -> Activation:
    """Return an activation by its name, or the activation itself.

    Raises
    ------
    ValueError
        If the name is unknown.

    Examples
    --------
    >>> get("tanh").name
    'tanh'
    """
    if isinstance(activation, Activation):
        return activation
    return ACTIVATIONS[one_of("activation", activation, ACTIVATIONS)]
