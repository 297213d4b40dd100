"""Check a gradient against differences: any scalar function of a flat vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import Rng, as_generator, check_count, check_number, one_of

Array = NDArray[Any]

#: How far from rounding each method can come: the verdict's default tolerance.
TOLERANCES = {"forward": 1e-5, "central": 1e-7, "complex": 1e-10}
_ROWS_AT_A_TIME = 256


def default_step(method: str, dtype: Any = np.float64) -> float:
    r"""Return the step that balances truncation against rounding.

    With machine epsilon :math:`\varepsilon`: :math:`\sqrt\varepsilon` for forward,
    :math:`\sqrt[3]\varepsilon` for central differences, where the two errors are of one order;
    complex steps do not subtract and may be as small as one likes: 1e-20.

    Parameters
    ----------
    method : {"forward", "central", "complex"}
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
    one_of("method", method, TOLERANCES)
    epsilon = float(np.finfo(np.dtype(dtype)).eps)
    steps = {"forward": epsilon**0.5, "central": epsilon ** (1 / 3), "complex": 1e-20}
    return float(steps[method])


def numerical_derivatives(
    f: Callable[[Array], Any],
    theta: Array,
    directions: Array,
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

    Parameters
    ----------
    f : callable
        From a vector ``(P,)`` to a number; with ``batched``, from ``(K, P)`` to ``(K,)``.
        Complex steps need an ``f`` made of analytic operations.
    theta : array (P,)
    directions : array (K, P)
    method : {"central", "forward", "complex"}
    step : float, optional
        :math:`h`; by default :func:`default_step`.
    batched : bool
        Whether ``f`` takes many vectors at once, as ``MLP.loss`` does: much faster.

    Returns
    -------
    array (K,)

    References
    ----------
    Squire and Trapp (1998), Using complex variables to estimate derivatives of real functions.

    Examples
    --------
    >>> import numpy as np
    >>> f = lambda t: (t**3).sum()
    >>> numerical_derivatives(f, np.array([1.0, 2.0]), np.eye(2), "complex")
    array([ 3., 12.])
    """
    one_of("method", method, TOLERANCES)
    h = default_step(method, theta.dtype) if step is None else check_number("step", step, above=0)
    return _derivatives(_Evaluator(f, batched), theta, directions, method, h)


def _derivatives(
    values: _Evaluator, theta: Array, directions: Array, method: str, h: float
) -> Array:
    if method == "complex":
        return values.of(theta + 1j * h * directions).imag / h
    # steps as they were rounded, not as they were asked for
    above = theta + h * directions
    below = theta[None] if method == "forward" else theta - h * directions
    return (values.of(above) - values.of(below)) / _widths(above, below, directions)


def _widths(above: Array, below: Array, directions: Array) -> Array:
    """Return the step actually taken, in multiples of each direction."""
    moved = ((above - below) * directions).sum(axis=-1)
    return np.asarray(moved / (directions * directions).sum(axis=-1))


class _Evaluator:
    """Calls ``f`` row by row, or on many rows at once, and refuses what is not a number."""

    def __init__(self, f: Callable[[Array], Any], batched: bool) -> None:
        self.f, self.batched, self.count = f, batched, 0

    def of(self, points: Array) -> Array:
        self.count += len(points)
        if not self.batched:
            return np.array([self._one(point) for point in points])
        chunks = []
        for start in range(0, len(points), _ROWS_AT_A_TIME):
            chunk = points[start : start + _ROWS_AT_A_TIME]
            values = np.asarray(self.f(chunk))
            if values.shape != (len(chunk),):
                raise ValueError(
                    f"f returned shape {values.shape} for {len(chunk)} vectors: one number for "
                    "each is needed (batched=True)"
                )
            chunks.append(values)
        return self._finite(np.concatenate(chunks))

    def _one(self, point: Array) -> Any:
        value = np.asarray(self.f(point))
        if value.size != 1:
            raise ValueError(f"f returned shape {value.shape}: a single number is needed")
        return self._finite(value.reshape(1))[0]

    @staticmethod
    def _finite(values: Array) -> Array:
        if not np.isfinite(values).all():
            raise ValueError("f returned NaN or infinity near theta: a finite number is needed")
        return values


@dataclass(frozen=True)
class ParameterCheck:
    """The verdict on one named parameter.

    Attributes
    ----------
    name : str
    difference : float
        ``|g - g'| / (|g| + |g'|)`` in the Euclidean norm, 0 where both vanish.
    passed : bool
    worst : tuple of int
        Where the largest absolute difference lies.
    analytic, numeric : float
        The two derivatives there.
    """

    name: str
    difference: float
    passed: bool
    worst: tuple[int, ...]
    analytic: float
    numeric: float


@dataclass(frozen=True)
class GradientCheck:
    """What :func:`check_gradient` found; print it for the report.

    Attributes
    ----------
    passed : bool
        Whether every parameter passed.
    difference : float
        The norm-wise relative difference over all parameters.
    parameters : tuple of ParameterCheck
    method : str
    step, tolerance : float
    floor : float
        The absolute error that rounding alone may cause in one derivative.
    evaluations : int
        How often ``f`` was evaluated.
    analytic, numeric : array
        The two gradients (in random directions: the derivatives along them).
    """

    passed: bool
    difference: float
    parameters: tuple[ParameterCheck, ...]
    method: str
    step: float
    tolerance: float
    floor: float
    evaluations: int
    analytic: Array
    numeric: Array

    @property
    def failed(self) -> list[str]:
        """Names of the parameters whose gradient is wrong."""
        return [each.name for each in self.parameters if not each.passed]

    def __repr__(self) -> str:
        verdict = "passed" if self.passed else f"failed in {', '.join(self.failed)}"
        return f"GradientCheck({verdict}, difference {self.difference:.1e})"

    def __str__(self) -> str:
        verdict = "PASSED" if self.passed else f"FAILED in {', '.join(self.failed)}"
        lines = [
            f"gradient check {verdict}: difference {self.difference:.1e}, "
            f"tolerance {self.tolerance:.0e}",
            f"({self.method} differences, step {self.step:.1e}, {self.evaluations:,} evaluations)",
            "parameter        difference  verdict  worst entry: analytic, numeric",
        ]
        for each in self.parameters:
            index = ", ".join(str(i) for i in each.worst)
            lines.append(
                f"{each.name:<16} {each.difference:>10.1e}  {'ok' if each.passed else 'WRONG':<7}"
                f"  [{index}]: {each.analytic:.6g}, {each.numeric:.6g}"
            )
        return "\n".join(lines)


def check_gradient(
    f: Callable[[Array], Any],
    theta: ArrayLike,
    gradient: ArrayLike | Callable[[Array], ArrayLike],
    *,
    names: Mapping[str, Any] | None = None,
    method: str = "central",
    step: float | None = None,
    tolerance: float | None = None,
    directions: int | None = None,
    batched: bool = False,
    rng: Rng = 0,
) -> GradientCheck:
    r"""Hold a gradient against differences of the function.

    A named parameter with gradient :math:`g` and differences :math:`g'` passes when
    :math:`\lVert g - g' \rVert \le \tau (\lVert g \rVert + \lVert g' \rVert)
    + \sqrt{n} \, \varphi`, with :math:`\tau` = ``tolerance``, :math:`n` its entries and
    :math:`\varphi` the floor: what rounding in ``f`` alone can do to a difference. Judging each
    parameter by itself keeps a large layer from hiding a small one.

    Parameters
    ----------
    f : callable
        From a vector ``(P,)`` to a number; with ``batched``, from ``(K, P)`` to ``(K,)``.
    theta : array (P,)
        Where to check, float64 or float32.
    gradient : array (P,) or callable
        The gradient to be checked, or a function of ``theta`` that returns it.
    names : mapping, optional
        From a name to a slice (or to a tuple of slice and shape, as ``network.layout``).
    method : {"central", "forward", "complex"}
    step : float, optional
        By default :func:`default_step`.
    tolerance : float, optional
        By default :data:`TOLERANCES` of the method; in float32 its square root.
    directions : int, optional
        Check along so many random directions of ±1 instead of every parameter: the cost no
        longer grows with ``P``, but no parameter is named.
    batched : bool
        Whether ``f`` takes many vectors at once.
    rng : Generator, RandomState or int
        Draws the directions.

    Returns
    -------
    GradientCheck

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit, or where ``f`` is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> f = lambda t: (t**2).sum()
    >>> check_gradient(f, np.array([1.0, 2.0]), np.array([2.0, 4.0])).passed
    True
    >>> wrong = check_gradient(f, np.array([1.0, 2.0]), np.array([2.0, 8.0]),
    ...                        names={"a": slice(0, 1), "b": slice(1, 2)})
    >>> wrong.failed
    ['b']
    """
    theta = np.asarray(theta)
    if theta.ndim != 1 or theta.dtype not in (np.float64, np.float32):
        raise ValueError(
            f"theta has shape {theta.shape} and dtype {theta.dtype}: a vector of float64 or "
            "float32 is needed"
        )
    analytic = np.asarray(gradient(theta) if callable(gradient) else gradient)
    if analytic.shape != theta.shape:
        raise ValueError(
            f"gradient has shape {analytic.shape}, theta {theta.shape}: the same is needed"
        )
    if not np.isfinite(analytic).all():
        raise ValueError("gradient has NaN or infinite entries: finite numbers are needed")
    one_of("method", method, TOLERANCES)
    h = default_step(method, theta.dtype) if step is None else check_number("step", step, above=0)
    if tolerance is None:
        tolerance = TOLERANCES[method]
        if theta.dtype == np.float32:
            tolerance = tolerance**0.5
    check_number("tolerance", tolerance, above=0)

    if directions is None:
        along = np.eye(theta.size, dtype=theta.dtype)
        parts = _parts(names, theta.size)
    else:
        count = check_count("directions", directions)
        signs = as_generator(rng).random((count, theta.size)) < 0.5
        along = np.where(signs, -1, 1).astype(theta.dtype)
        analytic = along @ analytic
        parts = {"directions": (slice(None), (count,))}
    values = _Evaluator(f, batched)
    numeric = _derivatives(values, theta, along, method, h)
    size = abs(float(values.of(theta[None])[0]))
    rounding = 4 * float(np.finfo(theta.dtype).eps)
    if method == "complex":  # nothing is subtracted: rounding is relative to the terms summed
        floor = rounding * max(size, float(np.abs(numeric).max()))
    else:
        floor = rounding * size / h

    rows = tuple(
        _check_part(name, analytic[where], numeric[where], shape, tolerance, floor)
        for name, (where, shape) in parts.items()
    )
    return GradientCheck(
        passed=all(row.passed for row in rows),
        difference=_difference(analytic, numeric),
        parameters=rows,
        method=method,
        step=h,
        tolerance=tolerance,
        floor=floor,
        evaluations=values.count,
        analytic=analytic,
        numeric=numeric,
    )


def _parts(names: Mapping[str, Any] | None, size: int) -> dict[str, tuple[slice, Any]]:
    if names is None:
        return {"theta": (slice(0, size), (size,))}
    parts = {}
    for name, entry in names.items():
        where, shape = (entry, None) if isinstance(entry, slice) else entry
        length = len(range(size)[where])
        if length == 0:
            raise ValueError(f"names[{name!r}] is {where}: at least one of the {size} is needed")
        parts[name] = (where, (length,) if shape is None else tuple(shape))
    return parts


def _difference(analytic: Array, numeric: Array) -> float:
    scale = np.linalg.norm(analytic) + np.linalg.norm(numeric)
    return float(np.linalg.norm(analytic - numeric) / scale) if scale > 0 else 0.0


def _check_part(
    name: str, analytic: Array, numeric: Array, shape: Any, tolerance: float, floor: float
) -> ParameterCheck:
    error = np.abs(analytic - numeric)
    worst = int(error.argmax())
    scale = np.linalg.norm(analytic) + np.linalg.norm(numeric)
    allowed = tolerance * scale + floor * np.sqrt(error.size)
    return ParameterCheck(
        name=name,
        difference=_difference(analytic, numeric),
        passed=bool(np.linalg.norm(error) <= allowed),
        worst=tuple(int(i) for i in np.unravel_index(worst, shape)),
        analytic=float(analytic[worst]),
        numeric=float(numeric[worst]),
    )
