r"""Surfaces to draw and to descend: a ravine, Rosenbrock's valley, Beale's function, a saddle.

Points are arrays ``(…, n)`` with the coordinates last, so that one call serves a point, a path or
the grid behind a picture. Optimizers are those of :mod:`dlbook.optimizers`::

    ravine = quadratic(condition_number=20)
    path = descend(ravine, Momentum(0.2), steps=50)      # (51, 2)
    plotting.surface_trajectories(ravine.value, {"momentum": path}, *ravine.limits)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import cos, sin
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import Rng, as_array, as_generator, check_count, check_number
from dlbook.optimizers import Optimizer

Array = NDArray[Any]
Limits = tuple[float, float]


@dataclass(frozen=True)
class Surface:
    """A function of a point, its gradient, and what a picture of it needs.

    Parameters
    ----------
    name : str
        What to call it in a legend.
    f : callable
        From points ``(…, n)`` to values ``(…)``.
    slope : callable
        From points ``(…, n)`` to the gradient there, ``(…, n)``.
    start : tuple of n floats
        Where descents start by default.
    limits : tuple of n pairs
        What to draw: low and high of each coordinate.
    minimum : tuple of n floats, optional
        Where the function is smallest; None if it has no bottom.
    eigenvalues : tuple of n floats, optional
        Of the Hessian, in ascending order, where it is the same everywhere.

    Examples
    --------
    >>> import numpy as np
    >>> bowl = Surface("bowl", lambda p: (p**2).sum(-1), lambda p: 2 * p, (1, 1), ((-2, 2),) * 2)
    >>> bowl.value([[1.0, 2.0], [0.0, 1.0]])
    array([5., 1.])
    >>> bowl.gradient([1.0, 2.0])
    array([2., 4.])
    """

    name: str
    f: Callable[[Array], Array] = field(repr=False)
    slope: Callable[[Array], Array] = field(repr=False)
    start: tuple[float, ...]
    limits: tuple[Limits, ...]
    minimum: tuple[float, ...] | None = None
    eigenvalues: tuple[float, ...] | None = None

    def value(self, points: ArrayLike) -> Any:
        """Return the values ``(…)`` at points ``(…, n)``."""
        with np.errstate(over="ignore", invalid="ignore"):  # paths may lead to infinity
            return self.f(self._points("points", points))

    def gradient(self, points: ArrayLike) -> Array:
        """Return the gradients ``(…, n)`` at points ``(…, n)``."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(self.slope(self._points("points", points)))

    def _points(self, name: str, points: ArrayLike) -> Array:
        array, size = as_array(points, name), len(self.start)
        if array.dtype.kind not in "iufc":
            raise TypeError(f"{name} has dtype {array.dtype}: numbers are needed")
        if array.ndim == 0 or array.shape[-1] != size:
            raise ValueError(
                f"{name} has shape {array.shape}: {size} coordinates along the last axis are needed"
            )
        return array if array.dtype.kind in "fc" else array.astype(np.float64)


def quadratic(
    condition_number: float | None = None,
    *,
    eigenvalues: Sequence[float] | None = None,
    angle: float = 0.0,
) -> Surface:
    r"""Return a quadratic with its minimum at the origin: a ravine, a bowl or a saddle.

    .. math:: f(x) = \tfrac12 x^\top Q \operatorname{diag}(\lambda_1, …, \lambda_n) Q^\top x

    with :math:`Q` the rotation of the plane by ``angle``. The start turns with it, so whoever does
    not care about the choice of axes walks the same path, turned.

    Parameters
    ----------
    condition_number : float
        :math:`\kappa \ge 1`: short for the eigenvalues :math:`1/\kappa` and 1. The steeper
        direction stays as it is, so the largest stable rate of gradient descent is 2 for every
        :math:`\kappa`, and a larger one makes the floor of the ravine flatter.
    eigenvalues : sequence of n floats
        :math:`\lambda` instead, one a coordinate. With a negative one there is no minimum.
    angle : float
        In radians, for two coordinates only.

    Returns
    -------
    Surface

    Raises
    ------
    TypeError
        If not exactly one of ``condition_number`` and ``eigenvalues`` is given.
    ValueError
        If a number is out of range, or ``angle`` is set and the coordinates are not two.

    Examples
    --------
    >>> ravine = quadratic(condition_number=20)
    >>> ravine.eigenvalues, ravine.gradient([2.0, 1.0])
    ((0.05, 1.0), array([0.1, 1. ]))
    """
    if (condition_number is None) == (eigenvalues is None):
        raise TypeError(
            f"condition_number is {condition_number!r} and eigenvalues is {eigenvalues!r}: exactly "
            "one is needed"
        )
    if eigenvalues is None:
        number = check_number("condition_number", condition_number, at_least=1)
        spectrum, name = np.array([1 / number, 1.0]), f"ravine, condition number {number:g}"
    else:
        spectrum, name = as_array(eigenvalues, "eigenvalues"), "quadratic"
        if spectrum.ndim != 1 or not spectrum.size or spectrum.dtype.kind not in "iuf":
            raise ValueError(
                f"eigenvalues has shape {spectrum.shape} and dtype {spectrum.dtype}: a list of "
                "numbers is needed"
            )
        if not np.isfinite(spectrum).all():
            raise ValueError(f"eigenvalues is {eigenvalues!r}: finite numbers are needed")
        spectrum = spectrum.astype(np.float64)
    size, start = len(spectrum), np.ones(len(spectrum))
    turn, limits = np.eye(size), ((-5.0, 5.0),) * size
    if size == 2:
        start = np.array([-4.0, 1.5])
        if not angle:
            limits = ((-5.0, 5.0), (-2.5, 2.5))
    if check_number("angle", angle):
        if size != 2:
            raise ValueError(f"angle is {angle!r} for {size} coordinates: exactly 2 can be turned")
        turn = np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    matrix = turn @ np.diag(spectrum) @ turn.T
    return Surface(
        name,
        partial(_quadratic, matrix),
        partial(_quadratic_slope, matrix),
        tuple((turn @ start).tolist()),
        limits,
        (0.0,) * size if (spectrum >= 0).all() else None,
        tuple(np.sort(spectrum).tolist()),
    )


def _quadratic(matrix: Array, points: Array) -> Array:
    return np.asarray(0.5 * (points * _quadratic_slope(matrix, points)).sum(axis=-1))


def _quadratic_slope(matrix: Array, points: Array) -> Array:
    # not by matmul: its sums for many points differ in the last bit from those for one
    return np.asarray((points[..., None, :] * matrix).sum(axis=-1))


def _rosenbrock(points: Array) -> Array:
    x, y = points[..., 0], points[..., 1]
    return np.asarray((1 - x) ** 2 + 100 * (y - x**2) ** 2)


def _rosenbrock_slope(points: Array) -> Array:
    x, y = points[..., 0], points[..., 1]
    above = y - x**2
    return np.stack([-2 * (1 - x) - 400 * x * above, 200 * above], axis=-1)


def _beale(points: Array) -> Array:
    x, y = points[..., 0], points[..., 1]
    return np.asarray(sum((c - x * (1 - y**k)) ** 2 for k, c in _BEALE))


def _beale_slope(points: Array) -> Array:
    x, y = points[..., 0], points[..., 1]
    along_x: Any = 0.0
    along_y: Any = 0.0
    for k, c in _BEALE:
        rest = c - x * (1 - y**k)
        along_x = along_x - 2 * rest * (1 - y**k)
        along_y = along_y + 2 * rest * k * x * y ** (k - 1)
    return np.stack([along_x, along_y], axis=-1)


_BEALE = ((1, 1.5), (2, 2.25), (3, 2.625))


def _saddle(points: Array) -> Array:
    x, y = points[..., 0], points[..., 1]
    return np.asarray(0.5 * (x**2 - y**2))


def _saddle_slope(points: Array) -> Array:
    return np.stack([points[..., 0], -points[..., 1]], axis=-1)


#: Rosenbrock's valley (1960), ``(1 - x)² + 100 (y - x²)²``, bent and nearly flat along its floor.
#: The Hessian at its minimum (1, 1) has the condition number 2,508.
rosenbrock = Surface(
    "Rosenbrock",
    _rosenbrock,
    _rosenbrock_slope,
    (-1.2, 1.0),
    ((-2.0, 2.0), (-1.0, 3.0)),
    (1.0, 1.0),
)
#: Beale's function (1958), the sum of ``(c_k - x (1 - y^k))²`` for k = 1, 2, 3 and c = 1.5, 2.25,
#: 2.625, is a curved valley between plateaus and cliffs.
beale = Surface("Beale", _beale, _beale_slope, (1.0, 1.0), ((-1.0, 4.5), (-2.0, 2.0)), (3.0, 0.5))
#: A saddle, ``(x² - y²) / 2``, flat at the origin and without a bottom. Descents start beside its
#: ridge, 0.001 away.
saddle = Surface(
    "saddle",
    _saddle,
    _saddle_slope,
    (-1.5, 0.001),
    ((-2.0, 2.0), (-2.0, 2.0)),
    None,
    (-1.0, 1.0),
)


def descend(
    surface: Surface,
    optimizer: Optimizer,
    start: ArrayLike | None = None,
    steps: int = 100,
    *,
    noise: float = 0.0,
    rng: Rng = 0,
) -> Array:
    r"""Walk down a surface and return the path.

    The gradient at step :math:`t` is :math:`\nabla f(x_{t-1}) + \sigma \xi_t`, with every
    coordinate of :math:`\xi_t` standard normal: what mini-batches do to it, in the plainest form.

    Parameters
    ----------
    surface : Surface
    optimizer : Optimizer
        Its state is made anew, so one optimizer may walk many paths.
    start : array (…, n), optional
        One point, or several that descend at once; by default ``surface.start``. An optimizer
        with one rate for each replicate needs as many points, ``(R, n)``.
    steps : int
    noise : float
        :math:`\sigma`, at least 0.
    rng : Generator, RandomState or int
        For the noise. Every point has its own.

    Returns
    -------
    array (steps + 1, …, n)
        The start and the point after each step. Where a descent leaves the finite numbers, they
        are infinite or NaN from there on.

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit.

    Examples
    --------
    >>> from dlbook import GradientDescent
    >>> descend(quadratic(eigenvalues=[1, 3]), GradientDescent(0.5), [4.0, 4.0], steps=2)
    array([[ 4.,  4.],
           [ 2., -2.],
           [ 1.,  1.]])
    """
    if not isinstance(surface, Surface):
        raise TypeError(f"surface is {surface!r}: a Surface such as quadratic(20) is needed")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"optimizer is {optimizer!r}: an optimizer such as GradientDescent(0.1) is needed"
        )
    check_count("steps", steps, at_least=0)
    sigma, generator = check_number("noise", noise, at_least=0), as_generator(rng)
    here = surface._points("start", surface.start if start is None else start)
    if here.dtype.kind == "c" or not np.isfinite(here).all():
        raise ValueError(f"start is {start!r}: finite real coordinates are needed")
    here = here.astype(np.float64)
    state = optimizer.start(here)
    path = np.empty((steps + 1, *here.shape))
    path[0] = here
    with np.errstate(all="ignore"):
        for step in range(1, steps + 1):
            gradient = surface.gradient(here)
            if sigma:
                gradient = gradient + sigma * generator.standard_normal(here.shape)
            optimizer.unchecked_step(here, gradient, state)
            path[step] = here
    return path
