"""What replicates say: mean, interval, paired difference, claims, and numbers for the prose.

Replicates lie along the first axis (or `axis`). `rng` is a `numpy.random.Generator`, a seed for
one, or a `numpy.random.RandomState`. `claim` and `glue` put their results into a notebook's
outputs; outside a notebook they need nothing and print nothing.
"""

from __future__ import annotations

import html
import importlib
import math
import sys
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import Rng, as_generator, check_count, check_number

__all__ = [
    "Claim",
    "ClaimError",
    "Difference",
    "Interval",
    "bootstrap_interval",
    "claim",
    "glue",
    "mean",
    "paired_difference",
]

CLAIM_MIME = "application/vnd.dlbook.claim+json"
VALUE_MIME = "application/vnd.dlbook.value+json"
_GLUE_PREFIX = "application/papermill.record/"

Number = Any  # float, or an array of shape (T,) when the replicates are curves


def _decimals(low: float, high: float) -> int:
    """Decimals that show two digits of the interval's width."""
    width = abs(high - low)
    if not math.isfinite(width) or width <= 1e-12 * max(abs(low), abs(high)):
        return 3  # equal but for rounding
    return min(max(1 - math.floor(math.log10(width)), 0), 12)


def _lines(center: Number, low: Number, high: Number, sign: str = "") -> str:
    lines = []
    for m, a, b in np.nditer([center, low, high]):
        digits = _decimals(float(a), float(b))
        lines.append(f"{m:{sign}.{digits}f} [{a:{sign}.{digits}f}, {b:{sign}.{digits}f}]")
    return "\n".join(lines)


class Interval(NamedTuple):
    """A mean and the two ends of its interval, in the units of the data.

    Each is a float, or an array of shape (T,) if the replicates are curves. As text it reads
    ``0.912 [0.905, 0.918]``.
    """

    mean: Number
    low: Number
    high: Number

    def __str__(self) -> str:
        return _lines(self.mean, self.low, self.high)


class Difference(NamedTuple):
    """The mean of paired differences a - b, its interval, and how the pairs went.

    `excludes_zero` says whether 0 lies outside the interval. `wins`, `ties` and `losses` count the
    pairs in which a was larger than, equal to and smaller than b.
    """

    mean: float
    low: float
    high: float
    excludes_zero: bool
    wins: int
    ties: int
    losses: int

    def __str__(self) -> str:
        text = _lines(self.mean, self.low, self.high, "+")
        return f"{text}, {self.wins} up, {self.ties} equal, {self.losses} down"


def _replicates(name: str, x: ArrayLike, axis: int, at_least: int) -> NDArray[np.float64]:
    """Check the values and return them with the replicates first."""
    array = np.asarray(x)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} has dtype {array.dtype}: real numbers are needed")
    if not isinstance(axis, int | np.integer) or not -array.ndim <= axis < array.ndim:
        raise ValueError(f"axis is {axis!r}, {name} has shape {array.shape}: no such axis")
    array = np.moveaxis(array.astype(np.float64), axis, 0)
    if len(array) < at_least:
        raise ValueError(
            f"{name} has {len(array)} replicates: at least {at_least} are needed along axis {axis}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{name} has values that are NaN or infinite: finite numbers are needed")
    return array


def _plain_number(x: Any) -> Number:
    return float(x) if np.ndim(x) == 0 else x


def mean(x: ArrayLike, axis: int = 0) -> Number:
    r"""Average over the replicates, :math:`\bar x = \frac{1}{R} \sum_r x_r`.

    Parameters
    ----------
    x : array_like
        Finite values of shape (R,), or (R, T) for curves.
    axis : int
        The axis of the R replicates.

    Returns
    -------
    float or numpy.ndarray
        The mean; an array if `x` has more than one axis.

    Raises
    ------
    ValueError
        If there is no replicate, no such axis, or a value is not finite.

    Examples
    --------
    >>> from dlbook.evidence import mean
    >>> mean([0.8, 0.9, 1.0])
    0.9
    """
    return _plain_number(_replicates("x", x, axis, 1).mean(axis=0))


def bootstrap_interval(
    x: ArrayLike,
    level: float = 0.95,
    resamples: int = 10_000,
    rng: Rng = 0,
    axis: int = 0,
) -> Interval:
    r"""Estimate how far the mean over replicates can be trusted: the percentile bootstrap.

    R replicates are drawn from the R given ones, with replacement, `resamples` times; the interval
    runs from the :math:`\frac{1 - l}{2}` to the :math:`\frac{1 + l}{2}` quantile of their means. It
    covers the true mean a little less often than `level` says: about 0.94 instead of 0.95 for 32
    replicates. Curves are resampled whole, each point's interval is its own.

    Parameters
    ----------
    x : array_like
        Finite values of shape (R,), or (R, T) for curves; R is at least 2.
    level : float
        The level :math:`l`, between 0 and 1.
    resamples : int
        Number of resamples.
    rng : Generator, int or RandomState
        Source of the random numbers.
    axis : int
        The axis of the replicates.

    Returns
    -------
    Interval
        With ``mean``, ``low`` and ``high``: floats, or arrays of shape (T,).

    Raises
    ------
    ValueError
        If there are fewer than two replicates, no such axis, a value is not finite, or `level` or
        `resamples` is out of range.

    References
    ----------
    B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3.

    Examples
    --------
    >>> from dlbook.evidence import bootstrap_interval
    >>> accuracies = [0.90, 0.92, 0.91, 0.95, 0.93, 0.90, 0.94, 0.92]
    >>> print(bootstrap_interval(accuracies))
    0.921 [0.910, 0.934]
    """
    values = _replicates("x", x, axis, 2)
    level = check_number("level", level, above=0, below=1)
    resamples = check_count("resamples", resamples)
    count = len(values)
    # How often each replicate is drawn is all that a mean needs to know.
    drawn = as_generator(rng).multinomial(count, np.full(count, 1 / count), size=resamples)
    flat = values.reshape(count, -1)
    ends = np.empty((2, flat.shape[1]))
    block = max(1, 2_000_000 // resamples)  # columns at a time: at most 16 MB of means
    for start in range(0, flat.shape[1], block):
        columns = slice(start, start + block)
        means = drawn @ flat[:, columns] / count
        ends[:, columns] = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    low, high = ends.reshape(2, *values.shape[1:])
    return Interval(*(_plain_number(part) for part in (values.mean(axis=0), low, high)))


def paired_difference(
    a: ArrayLike,
    b: ArrayLike,
    level: float = 0.95,
    resamples: int = 10_000,
    rng: Rng = 0,
) -> Difference:
    """Compare two settings that were run on the same seeds.

    Replicate r of `a` and replicate r of `b` share their data or their start. What both share drops
    out of the difference, so its interval is narrower than the two intervals suggest.

    Parameters
    ----------
    a, b : array_like
        Finite values of shape (R,), R at least 2.
    level, resamples, rng
        As for `bootstrap_interval`, which is run on ``a - b``.

    Returns
    -------
    Difference
        Mean, interval, whether 0 lies outside it, and the pairs counted.

    Raises
    ------
    ValueError
        If the shapes are not the same (R,), or for the reasons of `bootstrap_interval`.

    Examples
    --------
    >>> from dlbook.evidence import paired_difference
    >>> difference = paired_difference([0.93, 0.95, 0.94, 0.96], [0.91, 0.94, 0.94, 0.93])
    >>> print(difference)
    +0.015 [+0.005, +0.025], 3 up, 1 equal, 0 down
    >>> difference.excludes_zero
    True
    """
    first, second = _replicates("a", a, 0, 2), _replicates("b", b, 0, 2)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(
            f"a has shape {first.shape}, b has shape {second.shape}: the same (replicates,) is "
            "needed"
        )
    gap = first - second
    center, low, high = bootstrap_interval(gap, level, resamples, rng)
    up, down = int((gap > 0).sum()), int((gap < 0).sum())
    excludes = bool(low > 0 or high < 0)
    return Difference(center, low, high, excludes, up, len(gap) - up - down, down)


def _plain(name: str, value: Any) -> Any:
    """Turn a value into what JSON can hold: NumPy's numbers become Python's, arrays lists."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, list | tuple):
        return [_plain(name, item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(name, item) for key, item in value.items()}
    raise TypeError(
        f"{name} has a {type(value).__name__}: numbers, strings, arrays, lists and dictionaries "
        "of them are needed"
    )


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value or any(c.isspace() or c == ":" for c in value):
        raise ValueError(
            f"name is {value!r}: a name without spaces or colons, such as 'init.he', is needed"
        )
    return value


class ClaimError(AssertionError):
    """A claim of the book does not hold on the evidence of this run.

    Attributes
    ----------
    claim : Claim
        What was claimed, with the evidence against it.
    """

    claim: Claim | None = None


@dataclass(frozen=True)
class Claim:
    """A statement, whether it held in this run, and its evidence as plain values."""

    name: str
    statement: str
    holds: bool
    evidence: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        facts = f" ({self._facts})" if self.evidence else ""
        return f"{self._verdict}: {self.statement} [{self.name}]{facts}"

    @property
    def _facts(self) -> str:
        return "; ".join(f"{key}: {readable(value)}" for key, value in self.evidence.items())

    @property
    def _verdict(self) -> str:
        return "Holds" if self.holds else "Does not hold"

    def _repr_html_(self) -> str:
        facts = "".join(
            f"<div><dt>{html.escape(str(key))}</dt><dd>{html.escape(readable(value))}</dd></div>"
            for key, value in self.evidence.items()
        )
        details = f"<details><summary>Evidence</summary><dl>{facts}</dl></details>" if facts else ""
        return (
            f'<div class="dl-claim{"" if self.holds else " dl-claim-refuted"}" role="note" '
            f'id="claim-{html.escape(self.name)}">'
            f'<p><span class="dl-claim-mark">{self._verdict}</span> '
            f'<span class="dl-claim-statement">{html.escape(self.statement)}</span> '
            f'<code class="dl-claim-name">{html.escape(self.name)}</code></p>{details}</div>'
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        data = {
            "name": self.name,
            "statement": self.statement,
            "holds": self.holds,
            "evidence": self.evidence,
        }
        return {"text/plain": repr(self), "text/html": self._repr_html_(), CLAIM_MIME: data}


def readable(value: Any) -> str:
    """Write a plain value for readers: floats with four digits.

    Examples
    --------
    >>> print(readable({"mean": 2 / 3, "replicates": 32}))
    mean: 0.6667, replicates: 32
    """
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return "[" + ", ".join(readable(item) for item in value) + "]"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {readable(item)}" for key, item in value.items())
    return str(value)


def claim(
    name: str, statement: str, holds: bool | np.bool_, evidence: dict[str, Any] | None = None
) -> Claim:
    """State what a page claims, and stop if this run does not bear it out.

    Make it the last expression of its cell: the page then shows a badge, and the claim goes into
    the book's list of claims.

    Parameters
    ----------
    name : str
        A name that is unique in the book, ``<topic>.<what>``.
    statement : str
        One plain sentence.
    holds : bool
        Whether the statement is true of this run, computed in the cell.
    evidence : dict, optional
        The numbers that it rests on, by name: numbers, strings, arrays, intervals.

    Returns
    -------
    Claim
        The claim, with the evidence as plain Python values. NaN and infinity become strings,
        because JSON has no word for them.

    Raises
    ------
    ClaimError
        If `holds` is false.
    TypeError
        If `holds` is not a bool, `evidence` not a dictionary, or a value of it cannot be kept.
    ValueError
        If `name` has spaces or colons, or `statement` is empty.

    Examples
    --------
    >>> from dlbook.evidence import claim
    >>> claim("sums.small", "Two and two are four.", 2 + 2 == 4, {"sum": 2 + 2})
    Holds: Two and two are four. [sums.small] (sum: 4)
    """
    _name(name)
    if not isinstance(statement, str) or not statement.strip():
        raise ValueError(f"statement is {statement!r}: a sentence is needed")
    if not isinstance(holds, bool | np.bool_):
        raise TypeError(f"holds is {holds!r}: True or False is needed")
    if evidence is not None and not isinstance(evidence, dict):
        raise TypeError(f"evidence is {evidence!r}: a dictionary is needed")
    kept = {str(key): _plain(f"evidence[{key!r}]", v) for key, v in (evidence or {}).items()}
    made = Claim(name, statement, bool(holds), kept)
    if not holds:
        facts = made._facts or "none given"
        error = ClaimError(f"{name} does not hold: {statement} (evidence: {facts})")
        error.claim = made
        raise error
    return made


def glue(name: str, value: Any, text: str | None = None) -> None:
    """Keep a number of this page for its prose and for ``results.json``.

    In the text of the page the role ``glue:text`` with the name shows `text`, or the value; the
    name with ``:.2f`` behind it shows two decimals. Outside a notebook nothing happens.

    Parameters
    ----------
    name : str
        A name that is unique in the book, ``<topic>.<what>``.
    value : object
        A number, a bool, a string, or an array or a list of them.
    text : str, optional
        How the value is written in the prose; by default as Python writes it.

    Raises
    ------
    ValueError
        If `name` has spaces or colons.
    TypeError
        If the value cannot be kept in JSON, or `text` is not a string.

    Examples
    --------
    >>> from dlbook.evidence import glue
    >>> glue("sums.small", 2 + 2)
    """
    _name(name)
    plain = _plain("value", value)
    if text is not None and not isinstance(text, str):
        raise TypeError(f"text is {text!r}: a string is needed")
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        return
    # myst_nb reads the text with literal_eval, so a string is written with its quotes.
    data = {"text/plain": repr(plain if text is None else text), VALUE_MIME: plain}
    importlib.import_module("IPython.display").publish_display_data(
        data={_GLUE_PREFIX + mime: content for mime, content in data.items()},
        metadata={"scrapbook": {"name": name, "mime_prefix": _GLUE_PREFIX}},
    )
