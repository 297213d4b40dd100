"""Derivatives from values: difference quotients of any scalar function of a flat vector."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import as_array, check_number, one_of

Array = NDArray[Any]

#: Where each method looks, in steps from theta; forward differences also need theta itself.
SHIFTS: dict[str, tuple[complex, ...]] = {
    "forward": (1.0,),
    "central": (1.0, -1.0),
    "richardson": (1.0, -1.0, 0.5, -0.5),
    "complex": (1j,),
}
_NUMBERS_AT_A_TIME = 1 << 18  # two megabytes of points, which stay in the cache
_ROWS_AT_A_TIME = 256  # f may need much more memory for a row than the row itself


def default_step(method: str, dtype: Any = np.float64) -> float:
    r"""Return the step that balances truncation against rounding.

    A difference of order :math:`p` is off by about :math:`h^p` from truncation and by about
    :math:`\varepsilon / h` from rounding, with :math:`\varepsilon` the machine epsilon. Their sum
    is smallest where :math:`h` is of the size of :math:`\varepsilon^{1/(p+1)}`, which is returned:
    :math:`p` is 1 for forward, 2 for central and 4 for Richardson's differences. Complex steps do
    not subtract and may be as small as one likes: 1e-20.

    Parameters
    ----------
    method : {"forward", "central", "richardson", "complex"}
    dtype : dtype
        Of the parameters: its machine epsilon counts.

    Returns
    -------
    float

    Examples
    --------
    >>> round(default_step("central") * 1e6, 3)
    6.055
    """
    one_of("method", method, SHIFTS)
    epsilon = float(np.finfo(np.dtype(dtype)).eps)
    steps = {
        "forward": epsilon ** (1 / 2),
        "central": epsilon ** (1 / 3),
        "richardson": epsilon ** (1 / 5),
        "complex": 1e-20,
    }
    return float(steps[method])


def check_theta(theta: ArrayLike) -> Array:
    """Return a vector of parameters as an array, or say why it is none.

    Parameters
    ----------
    theta : array (P,)

    Raises
    ------
    ValueError
        If it is no vector of float64 or float32.

    Examples
    --------
    >>> check_theta([0.5, 1.0])
    array([0.5, 1. ])
    """
    vector = as_array(theta, "theta")
    if vector.ndim != 1 or vector.size == 0 or vector.dtype not in (np.float64, np.float32):
        raise ValueError(
            f"theta has shape {vector.shape} and dtype {vector.dtype}: a vector of float64 or "
            "float32 is needed"
        )
    return vector


def combine(method: str, values: Array, moved: Array, center: Any = None) -> Array:
    r"""Return derivatives from the values at all the points a method looks at.

    With :math:`f_s` the value at the point moved by :math:`s` steps of :math:`h`:

    .. math::
        \text{forward: } \frac{f_1 - f_0}{h}, \quad
        \text{central: } c(h) = \frac{f_1 - f_{-1}}{2 h}, \quad
        \text{Richardson: } \frac{4 c(h/2) - c(h)}{3}, \quad
        \text{complex: } \frac{\operatorname{Im} f_i}{h}

    Richardson's combination removes the error in :math:`h^2` and leaves one in :math:`h^4`.

    Parameters
    ----------
    method : {"forward", "central", "richardson", "complex"}
    values : array (S, K)
        For each of the ``S`` shifts in :data:`SHIFTS`, the value along each of ``K`` directions.
    moved : array (S, K)
        How far each point really lies from theta: steps as they were rounded.
    center : float, optional
        The value at theta, for forward differences.

    Returns
    -------
    array (K,)

    Raises
    ------
    ValueError
        If a point lies on theta itself, because the step was lost in rounding.

    Examples
    --------
    >>> import numpy as np
    >>> moved = np.array([[0.1], [-0.1]])
    >>> combine("central", (3 + moved)**2, moved)
    array([6.])
    """
    one_of("method", method, SHIFTS)
    if not np.all(moved):
        raise ValueError(
            f"step is too small: it does not move theta in {moved.real.dtype}: a wider one is "
            "needed"
        )
    if method == "complex":
        return np.asarray(values[0].imag / moved[0].imag)
    if method == "forward":
        return np.asarray((values[0] - center) / moved[0])
    wide = (values[0] - values[1]) / (moved[0] - moved[1])
    if method == "central":
        return np.asarray(wide)
    narrow = (values[2] - values[3]) / (moved[2] - moved[3])
    return np.asarray((4 * narrow - wide) / 3)


class Evaluator:
    """Calls a function row by row, or on many rows at once; counts, and refuses NaN.

    Parameters
    ----------
    f : callable
        From a vector ``(P,)`` to a number; with ``batched``, from ``(K, P)`` to ``(K,)``.
    batched : bool
        Whether ``f`` takes many vectors at once, as ``MLP.loss`` does: much faster.

    Examples
    --------
    >>> import numpy as np
    >>> counted = Evaluator(lambda t: float((t**2).sum()))
    >>> counted.at(np.array([[1.0, 2.0], [3.0, 4.0]])), counted.count
    (array([ 5., 25.]), 2)
    """

    def __init__(self, f: Callable[[Array], Any], batched: bool = False) -> None:
        if not callable(f):
            raise TypeError(f"f is {f!r}: a function of theta is needed")
        self.f, self.batched, self.count = f, batched, 0

    def at(self, points: Array) -> Array:
        """Return the values ``(K,)`` at points ``(K, P)``."""
        self.count += len(points)
        values = np.asarray(self.f(points)) if self.batched else self._one_by_one(points)
        if values.shape != (len(points),):
            raise ValueError(
                f"f returned shape {values.shape} for vectors {points.shape}: one number for each "
                "is needed (batched=True)"
            )
        if not np.isfinite(values).all():
            raise ValueError("f returned NaN or infinity near theta: a finite number is needed")
        return values

    def _one_by_one(self, points: Array) -> Array:
        values = []
        for point in points:
            value = np.asarray(self.f(point))
            if value.size != 1:
                raise ValueError(f"f returned shape {value.shape}: a single number is needed")
            values.append(value.reshape(()))
        return np.array(values)

    def along(
        self, theta: Array, directions: Array, shifts: tuple[complex, ...]
    ) -> tuple[Array, Array]:
        """Return the values at ``theta + s v`` for all shifts and directions, and how far that is.

        Parameters
        ----------
        theta : array (P,)
        directions : array (K, P) or (K,)
            Directions, or the numbers of the parameters to be moved.
        shifts : tuple of ``S`` numbers

        Returns
        -------
        values, moved : array (S, K)
        """
        rows = min(_ROWS_AT_A_TIME, max(1, _NUMBERS_AT_A_TIME // theta.size))
        values, moved = [], []
        for start in range(0, len(directions), rows):
            chunk = directions[start : start + rows]
            points, far = zip(*(_points(theta, chunk, shift) for shift in shifts), strict=True)
            values.append([self.at(each) for each in points])
            moved.append(far)
        return np.concatenate(values, axis=1), np.concatenate(moved, axis=1)


def _points(theta: Array, directions: Array, shift: complex) -> tuple[Array, Array]:
    """Return the points, and how far each lies from theta in multiples of its direction."""
    if directions.ndim == 1:
        rows = np.arange(len(directions))
        points = np.tile(theta + 0 * shift, (len(directions), 1))
        points[rows, directions] += shift
        return points, points[rows, directions] - theta[directions]
    points = theta + shift * directions
    lengths = (directions * directions).sum(axis=-1)
    return points, ((points - theta) * directions).sum(axis=-1) / lengths


def numerical_derivatives(
    f: Callable[[Array], Any],
    theta: ArrayLike,
    directions: ArrayLike | None = None,
    method: str = "central",
    step: float | None = None,
    batched: bool = False,
) -> Array:
    r"""Return the derivative of ``f`` at ``theta`` along each direction.

    With step :math:`h` and direction :math:`v`:

    .. math::
        \text{forward: } \frac{f(\theta + h v) - f(\theta)}{h}, \quad
        \text{central: } \frac{f(\theta + h v) - f(\theta - h v)}{2 h}, \quad
        \text{complex: } \frac{\operatorname{Im} f(\theta + i h v)}{h}

    "richardson" combines central differences of the steps :math:`h` and :math:`h/2`: see
    :func:`combine`.

    Parameters
    ----------
    f : callable
        From a vector ``(P,)`` to a number; with ``batched``, from ``(K, P)`` to ``(K,)``.
        Complex steps need an ``f`` made of analytic operations.
    theta : array (P,)
        float64 or float32.
    directions : array (K, P), or (K,) of whole numbers, optional
        Directions, or the numbers of the parameters to be moved one at a time; by default all.
    method : {"central", "forward", "richardson", "complex"}
    step : float, optional
        :math:`h`; by default :func:`default_step`.
    batched : bool
        Whether ``f`` takes many vectors at once, as ``MLP.loss`` does: much faster.

    Returns
    -------
    array (K,)

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit, a step lost in rounding, or where ``f`` is not finite.

    References
    ----------
    Richardson (1911), The approximate arithmetical solution by finite differences;
    Squire and Trapp (1998), Using complex variables to estimate derivatives of real functions.

    Examples
    --------
    >>> import numpy as np
    >>> f = lambda t: (t**3).sum()
    >>> numerical_derivatives(f, np.array([1.0, 2.0]), method="complex")
    array([ 3., 12.])
    >>> numerical_derivatives(f, np.array([1.0, 2.0]), np.array([[1.0, -1.0]]), "complex")
    array([-9.])
    """
    theta = check_theta(theta)
    along = np.arange(theta.size) if directions is None else _check_directions(directions, theta)
    one_of("method", method, SHIFTS)
    h = default_step(method, theta.dtype) if step is None else check_number("step", step, above=0)
    evaluator = Evaluator(f, batched)
    center = evaluator.at(theta[None])[0] if method == "forward" else None
    shifts = tuple(shift * h for shift in SHIFTS[method])
    return combine(method, *evaluator.along(theta, along, shifts), center)


def _check_directions(directions: ArrayLike, theta: Array) -> Array:
    along, size = as_array(directions, "directions"), theta.size
    if along.ndim == 1 and along.size and along.dtype.kind in "iu":
        if along.min() >= 0 and along.max() < size:
            return along
        raise ValueError(
            f"directions has numbers from {along.min()} to {along.max()}: numbers of parameters, "
            f"from 0 to {size - 1}, are needed"
        )
    if along.ndim != 2 or along.shape[1] != size or along.size == 0 or along.dtype.kind not in "fi":
        raise ValueError(
            f"directions has shape {along.shape} and dtype {along.dtype}: (directions, {size}) "
            "real numbers, or a list of parameters' numbers, is needed"
        )
    if not along.any(axis=1).all():
        raise ValueError("directions has a row of zeros: a direction is needed in every row")
    return along.astype(theta.dtype, copy=False)


class FoundStep(NamedTuple):
    """What :func:`find_step` found.

    Attributes
    ----------
    step : float
        The step to use.
    derivative : float
        The derivative found with it.
    error : float
        How far off it may be, as estimated from values alone.
    steps, derivatives, errors : array (steps,)
        All that were tried, from the widest step to the smallest.
    """

    step: float
    derivative: float
    error: float
    steps: Array
    derivatives: Array
    errors: Array


def find_step(
    f: Callable[[Array], Any],
    theta: ArrayLike,
    direction: ArrayLike | None = None,
    method: str = "central",
) -> FoundStep:
    r"""Find the step of a difference at which its error is smallest, from values of ``f`` alone.

    Steps are powers of two from 1 down to the machine epsilon :math:`\varepsilon`. The error of
    one is estimated as the larger of its differences to both neighbours, which shows truncation,
    plus :math:`\varepsilon |f| / h`, what rounding of the value can do: that two neighbours agree
    by accident, as they do where steps are too small to change ``f``, then does not count.

    Parameters
    ----------
    f : callable
        From a vector ``(P,)`` to a number.
    theta : array (P,)
    direction : array (P,), optional
        By default the first parameter alone is moved.
    method : {"central", "forward", "richardson", "complex"}

    Returns
    -------
    FoundStep

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit, or where ``f`` is finite for no step.

    Examples
    --------
    >>> import numpy as np
    >>> found = find_step(lambda t: np.exp(t).sum(), np.array([1.0]))
    >>> 1e-6 < found.step < 1e-4, bool(abs(found.derivative - np.e) < 1e-9)
    (True, True)
    """
    theta = check_theta(theta)
    one_of("method", method, SHIFTS)
    if direction is None:
        along = np.zeros((1, theta.size), theta.dtype)
        along[0, 0] = 1
    else:
        along = _check_directions(np.asarray(direction)[None], theta)
    epsilon = float(np.finfo(theta.dtype).eps)
    steps = 0.5 ** np.arange(round(-np.log2(epsilon)) + 1)
    evaluator = Evaluator(f)
    center = float(evaluator.at(theta[None])[0])
    derivatives = np.full(len(steps), np.nan)
    for k, h in enumerate(steps):
        shifts = tuple(shift * float(h) for shift in SHIFTS[method])
        with np.errstate(all="ignore"), contextlib.suppress(ValueError):  # wide steps leave domains
            derivatives[k] = combine(method, *evaluator.along(theta, along, shifts), center)[0]
    jumps = np.abs(np.diff(derivatives))
    errors = np.maximum(np.append(jumps, jumps[-1]), np.insert(jumps, 0, jumps[0]))
    if method == "complex":  # nothing is subtracted: no step is too small
        errors += epsilon * np.abs(derivatives)
    else:
        errors += epsilon * abs(center) / steps
    if np.isnan(errors).all():
        raise ValueError("f returned NaN or infinity near theta: a finite number is needed")
    best = int(np.nanargmin(errors))
    return FoundStep(
        float(steps[best]),
        float(derivatives[best]),
        float(errors[best]),
        steps,
        derivatives,
        errors,
    )
