"""Check a gradient against differences: of any scalar function of a flat vector, of a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._agreement import allowance, norm
from dlbook._checks import Rng, as_generator, check_count, check_number, one_of
from dlbook._kinks import OfFunction, OfNetwork, Part, Plan
from dlbook.coordinates import ForwardPass, Penalties
from dlbook.differences import SHIFTS, Evaluator, check_theta, combine, default_step
from dlbook.network import MLP

__all__ = [
    "TOLERANCES",
    "GradientCheck",
    "ParameterCheck",
    "check_gradient",
    "check_network",
]

Array = NDArray[Any]
Gradient = ArrayLike | Callable[[Array], ArrayLike]

#: The verdict's default tolerance. What rounding does is derived (``floor``); this is the room
#: left for truncation, whose size no value of ``f`` betrays: some thousand times the step to the
#: power of the method's order. Complex steps have none: theirs is for backpropagation's rounding.
TOLERANCES = {"forward": 1e-5, "central": 1e-7, "richardson": 1e-9, "complex": 1e-10}


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
    kinks : int
        How many of its entries have a kink between the points of their difference.
    """

    name: str
    difference: float
    passed: bool
    worst: tuple[int, ...]
    analytic: float
    numeric: float
    kinks: int = 0


@dataclass(frozen=True)
class GradientCheck:
    """What :func:`check_gradient` or :func:`check_network` found; print it for the report.

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
    analytic, numeric : array (K,)
        The two gradients: all entries, those chosen, or the derivatives along random directions.
    coordinates : array (K,) or None
        Which parameters these belong to; None for directions.
    kinks : array (K,) of int
        How many kinks lie between the points of each difference: for a network, the
        pre-activations that change sides; for another function 1 where one was found, which is
        looked for only where the two gradients differ.
    settled : int
        How many entries differed across a kink and were measured again without it.
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
    coordinates: Array | None
    kinks: Array
    settled: int

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
        ]
        with_kinks = int(np.count_nonzero(self.kinks))
        if with_kinks:
            again = f"; {self.settled} differed and were measured again" if self.settled else ""
            lines.append(f"(kinks in {with_kinks:,} of {self.kinks.size:,} differences{again})")
        worst = "" if self.passed else "  worst entry: analytic, numeric"
        lines.append(f"parameter        difference  verdict{worst}")
        for each in self.parameters:
            line = f"{each.name:<16} {each.difference:>10.1e}  "
            if each.passed:
                lines.append(f"{line}ok")
            else:
                index = ", ".join(str(i) for i in each.worst)
                lines.append(f"{line}WRONG    [{index}]: {each.analytic:.6g}, {each.numeric:.6g}")
        return "\n".join(lines)


def check_gradient(
    f: Callable[[Array], Any],
    theta: ArrayLike,
    gradient: Gradient,
    *,
    names: Mapping[str, Any] | None = None,
    method: str = "central",
    step: float | None = None,
    tolerance: float | None = None,
    entries: int | None = None,
    directions: int | None = None,
    batched: bool = False,
    settle_kinks: bool = True,
    rng: Rng = 0,
) -> GradientCheck:
    r"""Hold a gradient against differences of the function.

    A named parameter with gradient :math:`g` and differences :math:`g'` passes when
    :math:`\lVert g - g' \rVert \le \tau (\lVert g \rVert + \lVert g' \rVert)
    + \sqrt{n} \, \varphi`, with :math:`\tau` = ``tolerance``, :math:`n` its entries and
    :math:`\varphi` the floor: what rounding in ``f`` alone can do to a difference. Judging each
    parameter by itself keeps a large layer from hiding a small one.

    Where a parameter fails and the slopes to both sides differ, a kink such as ReLU's may lie
    between the two points. Those entries are measured again with a step a hundred times smaller.
    If the kink is out of the way then, that difference counts; if it is still there, any slope
    between those to the left and to the right is accepted. Before anything is called wrong, ``f``
    is asked once more at ``theta``: a loss that draws new masks in each call is refused.

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
    method : {"central", "forward", "richardson", "complex"}
    step : float, optional
        By default :func:`dlbook.differences.default_step`.
    tolerance : float, optional
        By default :data:`TOLERANCES` of the method; in float32 its square root.
    entries : int, optional
        Check at most so many entries of each parameter, drawn at random: the cost no longer
        grows with ``P``, and a wrong parameter is still named, if its mistake meets an entry.
    directions : int, optional
        Check along so many random directions of ±1 instead of every parameter: the cost no
        longer grows with ``P``, but no parameter is named.
    batched : bool
        Whether ``f`` takes many vectors at once.
    settle_kinks : bool
        Whether to look for kinks where the two gradients differ (central and Richardson's
        differences); with False, differences count as they are.
    rng : Generator, RandomState or int
        Draws the directions or entries.

    Returns
    -------
    GradientCheck

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit, a step lost in rounding, where ``f`` is not finite, or
        where it has two values at one ``theta``.

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
    theta = check_theta(theta)
    plan = _plan(theta, gradient, names, method, step, tolerance, entries, directions, rng)
    return _check(OfFunction(Evaluator(f, batched), theta), plan, settle_kinks)


def check_network(
    network: MLP,
    theta: Array,
    X: ArrayLike,
    y: ArrayLike,
    gradient: Gradient | None = None,
    *,
    penalty: Penalties = None,
    masks: Sequence[ArrayLike] | None = None,
    method: str = "central",
    step: float | None = None,
    tolerance: float | None = None,
    entries: int | None = None,
    directions: int | None = None,
    settle_kinks: bool = True,
    rng: Rng = 0,
) -> GradientCheck:
    """Hold the gradient of a network's loss against differences, by a quick way to the losses.

    The report and its rules are those of :func:`check_gradient`; the losses come from
    :func:`dlbook.coordinates.coordinate_losses`, which needs a small part of a forward pass for
    each. All kinks between the points of a difference are counted: pre-activations that pass 0
    under ReLU, weights that pass 0 under L1. Entries that differ across one are measured again by
    a complex step, which stays where it is on the real axis and so passes no kink. Where a
    pre-activation is exactly 0, as above a layer of dead units with biases of 0, the slope that
    the activation itself takes there counts: 0 for ReLU.

    Parameters
    ----------
    network : MLP
    theta : array (P,)
    X : array (rows, features)
    y : array (rows,) or (rows, outputs)
    gradient : array (P,) or callable, optional
        The gradient to be checked, or a function of ``theta`` that returns it; by default
        ``network.gradient``, backpropagation.
    penalty : Penalty or a list of them, optional
    masks : sequence of arrays (rows, units), optional
        What each hidden layer's activations are multiplied by: dropout's masks, the same in all
        evaluations. They need a ``gradient``.
    method : {"central", "forward", "richardson", "complex"}
    step, tolerance, entries, directions, rng
        As for :func:`check_gradient`.
    settle_kinks : bool
        Whether entries that differ across a kink are measured again (in all methods that pass
        kinks); with False, differences count as they are.

    Returns
    -------
    GradientCheck

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit, or where the loss is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from dlbook import MLP, L2
    >>> network = MLP((2, 5, 1))
    >>> X, y = np.random.default_rng(0).normal(size=(9, 2)), np.arange(9) % 2
    >>> theta = network.initialize(rng=0)
    >>> check_network(network, theta, X, y, penalty=L2(0.1)).passed
    True
    >>> forgotten = network.gradient(theta, X, y)
    >>> check_network(network, theta, X, y, forgotten, penalty=L2(0.1)).failed
    ['W1', 'W2']
    """
    if gradient is None and masks is not None:
        raise ValueError("gradient is None: with masks, the gradient to be checked is needed")
    with np.errstate(over="ignore", invalid="ignore"):  # what they lead to is refused
        source = OfNetwork(ForwardPass(network, theta, X, y, penalty, masks))
        if gradient is None:
            gradient = network.gradient(theta, X, y, penalty)
        layout = network.layout
        plan = _plan(theta, gradient, layout, method, step, tolerance, entries, directions, rng)
        return _check(source, plan, settle_kinks)


def _plan(
    theta: Array,
    gradient: Gradient,
    names: Mapping[str, Any] | None,
    method: str,
    step: float | None,
    tolerance: float | None,
    entries: int | None,
    directions: int | None,
    rng: Rng,
) -> Plan:
    analytic = np.asarray(gradient(theta) if callable(gradient) else gradient)
    if analytic.shape != theta.shape:
        raise ValueError(
            f"gradient has shape {analytic.shape}, theta {theta.shape}: the same is needed"
        )
    if analytic.dtype.kind not in "fiu":
        raise TypeError(f"gradient has dtype {analytic.dtype}: real numbers are needed")
    if not np.isfinite(analytic).all():
        raise ValueError("gradient has NaN or infinite entries: finite numbers are needed")
    one_of("method", method, TOLERANCES)
    h = default_step(method, theta.dtype) if step is None else check_number("step", step, above=0)
    if tolerance is None:
        tolerance = TOLERANCES[method]
        if theta.dtype == np.float32:
            tolerance = tolerance**0.5
    check_number("tolerance", tolerance, above=0)
    if directions is not None:
        if entries is not None:
            raise ValueError("entries and directions are both given: one of them is needed")
        count = check_count("directions", directions)
        signs = as_generator(rng).random((count, theta.size)) < 0.5
        along = np.where(signs, -1, 1).astype(theta.dtype)
        everywhere = np.arange(count)
        parts = {"directions": Part(everywhere, everywhere, (count,))}
        return Plan(along @ analytic, along, parts, method, h, tolerance)
    parts = _parts(names, theta.size)
    chosen = np.arange(theta.size)
    if entries is not None:
        most, generator = check_count("entries", entries), as_generator(rng)
        for name, (places, inner, shape) in parts.items():
            drawn = np.sort(generator.permutation(len(places))[:most])
            parts[name] = Part(places[drawn], inner[drawn], shape)
        chosen = np.unique(np.concatenate([part.places for part in parts.values()]))
        parts = {
            name: part._replace(places=np.searchsorted(chosen, part.places))
            for name, part in parts.items()
        }
    return Plan(analytic[chosen], chosen, parts, method, h, tolerance)


def _parts(names: Mapping[str, Any] | None, size: int) -> dict[str, Part]:
    if names is None:
        names = {"theta": slice(0, size)}
    if not isinstance(names, Mapping):
        raise TypeError(f"names is {names!r}: a mapping from names to slices is needed")
    parts = {}
    for name, entry in names.items():
        where, shape = entry if isinstance(entry, tuple) and len(entry) == 2 else (entry, None)
        if not isinstance(where, slice):
            raise TypeError(
                f"names[{name!r}] is {entry!r}: a slice, or a slice and a shape, is needed"
            )
        places = np.arange(size)[where]
        if places.size == 0:
            raise ValueError(f"names[{name!r}] is {where}: at least one of the {size} is needed")
        inner = np.arange(places.size)
        parts[name] = Part(places, inner, inner.shape if shape is None else tuple(shape))
    return parts


def _check(source: OfFunction | OfNetwork, plan: Plan, settle_kinks: bool) -> GradientCheck:
    analytic, method, h = plan.analytic, plan.method, plan.step
    values, moved, crossings = source.look(plan.along, [shift * h for shift in SHIFTS[method]])
    numeric, kinks = combine(method, values, moved, source.center), crossings.sum(axis=0)
    size, rounding = abs(float(source.center)), 4 * float(np.finfo(moved.real.dtype).eps)
    if method == "complex":  # nothing is subtracted: rounding is relative to the terms summed
        floor = rounding * max(size, float(np.abs(numeric).max()))
    else:  # Richardson's weights 4/3 and 1/3 meet steps h/2 and h
        floor = rounding * size / h * (3 if method == "richardson" else 1)
    floors = np.full(len(analytic), floor)

    def judge() -> tuple[ParameterCheck, ...]:
        return tuple(
            _check_part(name, part, analytic, numeric, plan.tolerance, floors, kinks)
            for name, part in plan.parts.items()
        )

    rows, settled = judge(), 0
    if not all(row.passed for row in rows):
        source.ask_again()
    if settle_kinks and method != "complex" and not all(row.passed for row in rows):
        suspects = _suspects(rows, plan, numeric, floors)
        found, derivatives, noise = source.settle(plan, numeric, suspects, floor)
        settled = len(found)
        numeric[found], floors[found], kinks[found] = (
            derivatives, noise, np.maximum(kinks[found], 1),
        )  # fmt: skip
        rows = judge()
    return GradientCheck(
        passed=all(row.passed for row in rows),
        difference=_difference(analytic, numeric),
        parameters=rows,
        method=method,
        step=h,
        tolerance=plan.tolerance,
        floor=floor,
        evaluations=source.count,
        analytic=analytic,
        numeric=numeric,
        coordinates=plan.along if plan.along.ndim == 1 else None,
        kinks=kinks,
        settled=settled,
    )


def _difference(analytic: Array, numeric: Array) -> float:
    scale = norm(analytic) + norm(numeric)
    return norm(analytic - numeric) / scale if scale > 0 else 0.0


def _suspects(rows: tuple[ParameterCheck, ...], plan: Plan, numeric: Array, floors: Array) -> Array:
    """Return the entries of failed parameters that differ by more than their share."""
    suspects = []
    for row in rows:
        if not row.passed:
            places = plan.parts[row.name].places
            ours, theirs = plan.analytic[places], numeric[places]
            share = allowance(ours, theirs, plan.tolerance, floors[places]) / np.sqrt(places.size)
            suspects.append(places[np.abs(ours - theirs) > share])
    return np.unique(np.concatenate(suspects))


def _check_part(
    name: str,
    part: Part,
    analytic: Array,
    numeric: Array,
    tolerance: float,
    floors: Array,
    kinks: Array,
) -> ParameterCheck:
    places = part.places
    ours, theirs = analytic[places], numeric[places]
    error = np.abs(ours - theirs)
    worst = int(error.argmax())
    return ParameterCheck(
        name=name,
        difference=_difference(ours, theirs),
        passed=bool(norm(error) <= allowance(ours, theirs, tolerance, floors[places])),
        worst=tuple(int(i) for i in np.unravel_index(part.entries[worst], part.shape)),
        analytic=float(ours[worst]),
        numeric=float(theirs[worst]),
        kinks=int(np.count_nonzero(kinks[places])),
    )
