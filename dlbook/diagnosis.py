"""What kind of bug fits a failed gradient check: the patterns in what is wrong.

A check tells which parameters are wrong. How they are wrong tells more: by a constant factor, in
one row, by a multiple of the parameters themselves. And where: a wrong signal spoils every layer
below it, a wrong product only its own weights.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._agreement import allowance
from dlbook.gradcheck import GradientCheck

Array = NDArray[Any]

#: From each kind of bug to where one looks for it.
KINDS = {
    "factor": "A constant is missing or there twice: 1/m, a mean for a sum, the 2 of a square, "
    "the scale of dropout.",
    "sign": "Something is subtracted the wrong way round, or a minus sign is lost.",
    "penalty": "What is off is a multiple of the parameters themselves. So look at the penalty: "
    "forgotten, not halved, without its 1/m, on a bias, or in the loss only.",
    "sample": "One row of the data counts too much or not at all. Look at the ends of loops and "
    "slices over the rows.",
    "slice": "One row or column is wrong, the rest is right. Look at the ends of loops and slices "
    "over the units.",
    "order": "The right numbers stand in the wrong places. Look for a transposed product, "
    "and at how the gradient is flattened and packed.",
    "copy": "The numbers belong to another parameter. Look for a line that was copied and only "
    "half changed.",
    "cut": "No signal arrives. Look for a detached layer, and for buffers never filled.",
    "signal": "The signal is right above this layer and wrong from there on down. Look at how it "
    "goes down: weights (transposed? of which layer? already updated?), mask, slope.",
    "product": "The weights alone are wrong, so the signal is right. Look at the product's other "
    "factor, the layer's input: of which layer, transposed, before or after dropout?",
    "sum": "The bias alone is wrong, so the signal is right. Look at the sum over the rows.",
    "output": "Everything is wrong from the top. Look at the derivative of the loss by the last "
    "layer: labels, signs, axes; or at the loss.",
    "unclear": "No known pattern: perhaps there is more than one bug. Mend what is nearest to the "
    "output and check again.",
}


@dataclass(frozen=True)
class Pattern:
    """How one parameter's gradient is wrong.

    Attributes
    ----------
    name : str
        The parameter.
    kind : str
        factor, penalty, slice, order or copy; empty if none of them fits.
    text : str
        The same in words.
    value : float or None
        The factor; or the multiple of ``theta`` by which it is off.
    """

    name: str
    kind: str
    text: str
    value: float | None = None


@dataclass(frozen=True)
class Diagnosis:
    """What :func:`diagnose` found; print it for the report.

    Attributes
    ----------
    kind : str
        One of :data:`KINDS`; empty if the check passed.
    parameters : tuple of str
        Those that are wrong.
    first : str
        Of these the one nearest to the output.
    factor : float or None
        By which the right gradient, or its part from the data, is multiplied; or what the row
        ``row`` weighs instead of 1.
    row : int or None
        The row of the data that is to blame.
    patterns : tuple of Pattern
        One for each wrong parameter.
    summary : str
        One sentence.
    """

    kind: str
    parameters: tuple[str, ...] = ()
    first: str = ""
    factor: float | None = None
    row: int | None = None
    patterns: tuple[Pattern, ...] = ()
    summary: str = "nothing is wrong"

    def __str__(self) -> str:
        lines = [f"diagnosis: {self.summary}"]
        if self.kind:
            lines.append(f"wrong in {', '.join(self.parameters)}; nearest the output: {self.first}")
            if any(each.kind for each in self.patterns):
                lines += [f"  {each.name:<6} {each.text}" for each in self.patterns]
            advice = f"what fits: {KINDS[self.kind]}"
            lines += textwrap.wrap(advice, width=88, subsequent_indent="  ")
        return "\n".join(lines)


@dataclass(frozen=True)
class _Part:
    """One named parameter: its gradients, its values, and the error that still passes."""

    name: str
    shape: tuple[int, ...]
    analytic: Array
    numeric: Array
    theta: Array | None
    allowed: float

    @property
    def error(self) -> Array:
        return np.asarray(self.analytic - self.numeric)

    def explained(self, left: Array) -> bool:
        """Tell whether a pattern leaves nothing that the check would have complained about."""
        size = float(np.linalg.norm(left))
        return size <= self.allowed and size <= 0.05 * float(np.linalg.norm(self.error))


def diagnose(
    check: GradientCheck,
    names: Mapping[str, Any],
    theta: ArrayLike | None = None,
    rows: ArrayLike | None = None,
) -> Diagnosis:
    """Say what kind of bug fits a failed check.

    A pattern counts where it explains the difference to within the tolerance of the check
    itself. Where none does, the place decides: which layers are wrong, and whether weights and
    bias both are. For that the parameters must be called W1, b1, W2 and so on.

    Parameters
    ----------
    check : GradientCheck
        Of every parameter, not along random directions.
    names : mapping
        The one given to the check: from a name to a slice, or to slice and shape as
        ``network.layout``.
    theta : array (P,), optional
        Where the check was made. Without it a wrong penalty is not recognized, nor a wrong
        factor beside a right penalty.
    rows : array (rows, P), optional
        The gradient of each row's own loss. Without it a single wrong row is not recognized.

    Returns
    -------
    Diagnosis

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> from dlbook import check_gradient
    >>> from dlbook.bugs import gallery
    >>> book = gallery["mean-forgotten"].plant()
    >>> check = check_gradient(book.loss, book.theta, book.gradient, names=book.layout)
    >>> found = diagnose(check, book.layout, book.theta, book.row_gradients(book.theta))
    >>> found.kind, round(found.factor, 3)
    ('factor', 5.0)
    >>> print(found)
    diagnosis: the gradient of the data is 5 times the right one; there are as many rows
    wrong in W1, b1, W2, b2, W3, b3; nearest the output: b3
      W1     the data's part times 5, beside a penalty of 0.1 times theta
      b1     times 5
      W2     the data's part times 5, beside a penalty of 0.1 times theta
      b2     times 5
      W3     the data's part times 5, beside a penalty of 0.1 times theta
      b3     times 5
    what fits: A constant is missing or there twice: 1/m, a mean for a sum, the 2 of a
      square, the scale of dropout.
    """
    size = check.numeric.size
    layout = _layout(check, names)
    values = None if theta is None else _entries("theta", theta, 1, size)
    each_row = None if rows is None else _entries("rows", rows, 2, size)
    if check.passed:
        return Diagnosis("")

    parts = []
    for verdict in check.parameters:
        where, shape = layout[verdict.name]
        a, n = check.analytic[where], check.numeric[where]
        t = None if values is None else values[where]
        parts.append(_Part(verdict.name, shape, a, n, t, _allowed(check, a, n)))
    wrong = [part for part in parts if part.name in check.failed]
    patterns = tuple(_pattern(part, parts) for part in wrong)
    kind, factor, row, summary = _conclude(check, parts, patterns, each_row)
    first = wrong[-1].name
    return Diagnosis(kind, tuple(check.failed), first, factor, row, patterns, summary)


def _allowed(check: GradientCheck, analytic: Array, numeric: Array) -> float:
    return allowance(analytic, numeric, check.tolerance, np.full(numeric.shape, check.floor))


def _layout(check: GradientCheck, names: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    checked, size = [each.name for each in check.parameters], check.numeric.size
    if set(names) != set(checked):
        raise ValueError(
            f"names has {', '.join(names)}, the check {', '.join(checked)}: the names given to a "
            "check of every parameter are needed"
        )
    layout = {}
    for name, entry in names.items():
        where, shape = (entry, None) if isinstance(entry, slice) else entry
        length = len(range(size)[where])
        layout[name] = (where, (length,) if shape is None else tuple(shape))
    covered = sum(len(range(size)[where]) for where, _ in layout.values())
    if covered != size:
        raise ValueError(f"names covers {covered} entries, the check {size}: the same is needed")
    return layout


def _entries(name: str, given: ArrayLike, ndim: int, size: int) -> Array:
    array = np.asarray(given)
    if array.ndim != ndim or array.shape[-1] != size:
        wanted = "(rows, P)" if ndim == 2 else "(P,)"
        raise ValueError(f"{name} has shape {array.shape}: {wanted} with P = {size} is needed")
    return array


def _fit(target: Array, *columns: Array) -> tuple[Array, Array]:
    """Return the multiples of the columns that come nearest to the target, and what is left."""
    A = np.stack(columns, axis=1).astype(np.float64)
    found = np.linalg.lstsq(A, target.astype(np.float64), rcond=None)[0]
    return found, target - A @ found


def _pattern(part: _Part, parts: list[_Part]) -> Pattern:
    for look in (_factor, _penalty, _data_factor, _slice, _order):
        found = look(part)
        if found:
            return found
    for other in parts:
        same_size = other.name != part.name and other.numeric.size == part.numeric.size
        if same_size and part.explained(part.analytic - other.numeric):
            return Pattern(part.name, "copy", f"it is the gradient of {other.name}")
    return Pattern(part.name, "", "no simple pattern")


def _factor(part: _Part) -> Pattern | None:
    if not part.numeric.any():
        return None
    (c,), left = _fit(part.analytic, part.numeric)
    if part.numeric.size == 1:  # one number is always a multiple of another
        return Pattern(part.name, "", f"one number, times {c:.4g}", float(c))
    if not part.explained(left):
        return None
    text = "is 0" if abs(c) < 1e-6 else f"times {c:.4g}"
    return Pattern(part.name, "factor", text, float(c))


def _penalty(part: _Part) -> Pattern | None:
    if part.theta is None or part.numeric.size < 2:
        return None
    (c,), left = _fit(part.error, part.theta)
    if not part.explained(left):
        return None
    return Pattern(part.name, "penalty", f"off by {c:+.4g} times theta", float(c))


def _data_factor(part: _Part) -> Pattern | None:
    """Look for ``c (numeric - strength theta) + strength theta``: a factor beside the penalty."""
    if part.theta is None or part.numeric.size < 4:
        return None
    (c, k), left = _fit(part.error, part.numeric, part.theta)
    if not part.explained(left):
        return None
    data = "is 0" if abs(1 + c) < 1e-6 else f"times {1 + c:.4g}"
    text = f"the data's part {data}, beside a penalty of {-k / c:.3g} times theta"
    return Pattern(part.name, "factor", text, float(1 + c))


def _slice(part: _Part) -> Pattern | None:
    error, right = part.error.reshape(part.shape), part.numeric.reshape(part.shape)
    for axis, word in enumerate(["entry"] if error.ndim == 1 else ["row", "column"]):
        across = tuple({*range(error.ndim)} - {axis})
        worst = int((error * error).sum(axis=across).argmax())
        others, beside = (np.delete(each, worst, axis).ravel() for each in (error, right))
        # slices that are right because they are 0, such as those of dead units, tell nothing
        if np.linalg.norm(beside) > part.allowed and part.explained(others):
            return Pattern(part.name, "slice", f"only {word} {worst} is wrong")
    return None


def _order(part: _Part) -> Pattern | None:
    if len(part.shape) == 2 and part.shape[0] == part.shape[1]:
        transposed = part.numeric.reshape(part.shape).T.ravel()
        left = part.analytic - transposed
        if part.theta is not None:  # a penalty is not transposed with the product
            t = part.theta.reshape(part.shape)
            _, less = _fit(left, (t - t.T).ravel())
            left = left if part.explained(left) else less
        if part.explained(left):
            return Pattern(part.name, "order", "it is transposed")
    if part.explained(np.sort(part.analytic) - np.sort(part.numeric)):
        return Pattern(part.name, "order", "the right numbers in another order")
    return None


def _conclude(
    check: GradientCheck, parts: list[_Part], patterns: tuple[Pattern, ...], rows: Array | None
) -> tuple[str, float | None, int | None, str]:
    found = _one_row(check, rows)
    if found:
        row, weight = found
        times = round(weight, 3) + 0.0  # no minus zero
        return "sample", weight, row, f"row {row} of the data counts {times:g} times, not once"
    kinds = {each.kind for each in patterns}
    if {each.kind for each in patterns if each.kind or each.value is None} == {"factor"}:
        factors = np.array([each.value for each in patterns])
        c = float(np.median(factors))
        if np.ptp(factors) <= 0.01 * max(abs(c), 0.01):
            return _name_factor(c, None if rows is None else len(rows))
    if kinds == {"penalty"}:
        return "penalty", None, None, "the gradient is off by a multiple of theta"
    if kinds == {"slice"}:
        return "slice", None, None, "one slice of the parameter is wrong"
    together = np.sort(check.analytic) - np.sort(check.numeric)
    allowed = float(np.linalg.norm([part.allowed for part in parts]))
    if kinds == {"order"} or float(np.linalg.norm(together)) <= allowed:
        return "order", None, None, "the numbers are right, but not where they stand"
    if kinds == {"copy"}:
        return "copy", None, None, "the gradient of another parameter stands here"
    kind, summary = _place([part.name for part in parts], [each.name for each in patterns])
    return kind, None, None, summary


def _one_row(check: GradientCheck, rows: Array | None) -> tuple[int, float] | None:
    """Return a row whose gradient explains the whole difference, and what it weighs."""
    if rows is None or len(rows) < 2:
        return None
    error = check.analytic - check.numeric
    allowed = _allowed(check, check.analytic, check.numeric)
    whole = _Part("", (), check.analytic, check.numeric, None, allowed)
    for i, row in enumerate(rows):
        if not row.any():
            continue
        (c,), left = _fit(error, row)
        if whole.explained(left):
            return i, float(1 + c * len(rows))
    return None


def _name_factor(c: float, rows: int | None) -> tuple[str, float, None, str]:
    def near(value: float) -> bool:
        return abs(c - value) <= 0.01 * abs(value)

    if near(-1):
        return "sign", c, None, "the gradient has the wrong sign"
    if abs(c) < 0.01:
        return "cut", c, None, "the gradient of the data is 0"
    meaning = ""
    if rows is not None and rows > 1 and near(rows):
        meaning = "; there are as many rows"
    elif rows is not None and rows > 1 and near(1 / rows):
        meaning = "; that is 1 divided by the rows"
    return "factor", c, None, f"the gradient of the data is {c:.4g} times the right one{meaning}"


def _place(names: list[str], wrong: list[str]) -> tuple[str, str]:
    """Tell from which parameters are wrong where the bug sits."""
    unclear = "unclear", "no single pattern"
    if not all(re.fullmatch(r"[Wb]\d+", name) for name in names):
        return unclear
    layer = {name: int(name[1:]) for name in names}
    top, last = max(layer[name] for name in wrong), max(layer.values())
    if wrong == [f"W{top}"]:
        return "product", f"the weights of layer {top} alone are wrong"
    if wrong == [f"b{top}"]:
        return "sum", f"the bias of layer {top} alone is wrong"
    below = {name for name in names if layer[name] < top}
    if not below <= set(wrong) or f"W{top}" not in wrong:
        return unclear
    if top == last:
        beside = "" if f"b{top}" in wrong else f" except b{top}: rows seem to be mixed up"
        return "output", f"every layer is wrong{beside}"
    return "signal", f"the signal is wrong from layer {top} on down"
