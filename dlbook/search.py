"""Where to look for settings: ranges, candidates drawn from them, what more candidates would bring.

A range turns a share between 0 and 1 into a value: ``log_uniform(0.001, 1.0).at(0.5)`` is the
value in the middle, 0.0316. Draws and grids are made of shares, so that optimizers with ranges of
their own can be given the same ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import check_count, check_number, one_of

__all__ = ["Range", "expected_best", "log_uniform", "near_one", "propose", "uniform"]


@dataclass(frozen=True)
class Range:
    """Base of all ranges, from ``low`` to ``high``."""

    low: float
    high: float
    _above: ClassVar[float | None] = None
    _below: ClassVar[float | None] = None

    def __post_init__(self) -> None:
        check_number("low", self.low, above=self._above, below=self._below)
        check_number("high", self.high, above=self.low, below=self._below)

    def at(self, share: float) -> float:
        """Return the value at this share of the way, 0 for ``low`` and 1 for ``high``."""
        return float(self._value(check_number("share", share, at_least=0, at_most=1)))

    def _value(self, share: float) -> Any:
        raise NotImplementedError


class uniform(Range):
    """Every value is as likely as any other.

    Parameters
    ----------
    low, high : float
        The ends, `low` below `high`.

    Raises
    ------
    ValueError, TypeError
        If an end is not a finite number, or `high` is not above `low`.

    Examples
    --------
    >>> from dlbook.search import uniform
    >>> uniform(0.0, 4.0).at(0.25)
    1.0
    """

    def _value(self, share: float) -> Any:
        return (1 - share) * self.low + share * self.high


class log_uniform(Range):
    """Every factor is as likely as any other: as many values from 0.01 to 0.1 as from 0.1 to 1.

    The range for a learning rate, of which one rarely knows more than its power of ten.

    Parameters
    ----------
    low, high : float
        The ends, above 0 and `low` below `high`.

    Raises
    ------
    ValueError, TypeError
        If an end is not a finite number above 0, or `high` is not above `low`.

    References
    ----------
    Bergstra and Bengio (2012), Random search for hyper-parameter optimization, section 2.

    Examples
    --------
    >>> from dlbook.search import log_uniform
    >>> [round(log_uniform(0.001, 10.0).at(share), 6) for share in (0, 0.25, 0.5, 1)]
    [0.001, 0.01, 0.1, 10.0]
    """

    _above = 0.0

    def _value(self, share: float) -> Any:
        return self.low ** (1 - share) * self.high**share


class near_one(Range):
    r"""Log-uniform in the distance from 1: for :math:`\beta`, where 0.9 to 0.99 is a long way.

    An average with :math:`\beta` looks back over about :math:`1 / (1 - \beta)` steps; here every
    factor of that number is as likely as any other.

    Parameters
    ----------
    low, high : float
        The ends, `low` below `high` and both below 1.

    Raises
    ------
    ValueError, TypeError
        If an end is not a finite number below 1, or `high` is not above `low`.

    Examples
    --------
    >>> from dlbook.search import near_one
    >>> [round(near_one(0.9, 0.999).at(share), 6) for share in (0, 0.5, 1)]
    [0.9, 0.99, 0.999]
    """

    _below = 1.0

    def _value(self, share: float) -> Any:
        return 1 - (1 - self.low) ** (1 - share) * (1 - self.high) ** share


def propose(
    ranges: Mapping[str, Range], count: int, search: str = "random", seed: int = 0
) -> list[dict[str, float]]:
    """Choose settings to try: at random, or on a grid.

    Parameters
    ----------
    ranges : dict
        Name of a setting to its range. With none, the one candidate has no settings.
    count : int
        How many candidates.
    search : {"random", "grid"}
        ``"random"`` draws each setting by itself. ``"grid"`` takes equal distances along each
        range, ends included, and as many values of each as the count allows; the first range gets
        the most.
    seed : int
        For the draws. The first range gets the same shares whatever it is called and whatever else
        is drawn, so optimizers that are searched with one seed share their luck.

    Returns
    -------
    list of dict
        Name to value, `count` of them.

    Raises
    ------
    ValueError
        If a grid over several ranges cannot have `count` points, each range at least two values;
        or if `search` is unknown.

    References
    ----------
    Bergstra and Bengio (2012), figure 1: why random points tell more than a grid when only one of
    several settings matters.

    Examples
    --------
    >>> from dlbook.search import log_uniform, propose, uniform
    >>> propose({"rate": log_uniform(0.01, 1.0)}, 3, "grid")
    [{'rate': 0.01}, {'rate': 0.1}, {'rate': 1.0}]
    >>> len(propose({"rate": log_uniform(0.01, 1.0), "beta": uniform(0.0, 1.0)}, 12))
    12
    """
    check_count("count", count)
    check_count("seed", seed, at_least=0)
    one_of("search", search, ("random", "grid"))
    for name, each in ranges.items():
        if not isinstance(each, Range):
            raise TypeError(f"ranges[{name!r}] is {each!r}: a range such as log_uniform is needed")
    if not ranges:
        return [{}]
    if search == "grid":
        axes = [
            np.linspace(0, 1, n) if n > 1 else np.array([0.5])
            for n in _grid_sizes(count, len(ranges))
        ]
        shares = np.array(list(product(*axes)))
    else:
        # each range has a stream of its own, so that another range does not shift its numbers
        streams = np.random.SeedSequence(seed).spawn(len(ranges))
        shares = np.stack([np.random.default_rng(s).random(count) for s in streams], axis=-1)
    return [
        {
            name: each.at(float(share))
            for (name, each), share in zip(ranges.items(), row, strict=True)
        }
        for row in shares
    ]


def _grid_sizes(count: int, axes: int) -> tuple[int, ...]:
    """Split the count into factors as equal as can be, the largest first."""
    if axes == 1:
        return (count,)
    possible = list(_products(count, axes, 2))
    if not possible:
        raise ValueError(
            f"count is {count} for a grid over {axes} ranges: a product of {axes} whole numbers of "
            "at least 2 is needed"
        )
    return min(sizes[::-1] for sizes in possible)


def _products(count: int, axes: int, least: int) -> Iterator[tuple[int, ...]]:
    """Yield the ways to write the count as a product of so many factors, the smallest first."""
    if axes == 1:
        if count >= least:
            yield (count,)
        return
    for first in range(least, int(count ** (1 / axes) + 1e-9) + 1):
        if count % first == 0:
            for rest in _products(count // first, axes - 1, first):
                yield (first, *rest)


def expected_best(scores: ArrayLike, larger_is_better: bool = True) -> NDArray[np.float64]:
    r"""Return the best score to expect of 1, 2, … candidates: what the budget of tuning buys.

    Of N candidates that were tried, k are drawn without replacement; the mean of their best over
    all such draws is, with scores sorted so that :math:`s_1` is the worst,

    .. math:: b_k = \sum_{i=k}^{N} s_i \binom{i - 1}{k - 1} \Big/ \binom{N}{k}

    One race compares optimizers at one budget. These curves compare them at every smaller one, and
    they may cross.

    Parameters
    ----------
    scores : array_like (N,)
        One score on the validation set for each candidate of a random search, finite.
    larger_is_better : bool
        True for accuracies, False for losses.

    Returns
    -------
    array (N,)
        The expected best of 1 to N candidates. The last is the best of all, found once: a good
        deal less certain than the first.

    Raises
    ------
    ValueError
        If `scores` is not a list of finite numbers.

    References
    ----------
    Dodge, Gururangan, Card, Schwartz and Smith (2019), Show your work: improved reporting of
    experimental results, section 3; without replacement as in Tang et al. (2020), Showing your
    work doesn't always work, section 3.

    Examples
    --------
    >>> from dlbook.search import expected_best
    >>> expected_best([0.5, 0.9, 0.7]).round(4).tolist()
    [0.7, 0.8333, 0.9]
    """
    values: NDArray[Any] = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise ValueError(
            f"scores has shape {values.shape} and values {values.ravel()[:3]}: one finite number "
            "for each candidate is needed"
        )
    ordered = np.sort(values) if larger_is_better else np.sort(values)[::-1]
    n = len(ordered)
    chance = [
        # that the i-th from below is the best of k
        [math.comb(i, k - 1) / math.comb(n, k) for i in range(n)]
        for k in range(1, n + 1)
    ]
    best: NDArray[np.float64] = np.array(chance) @ ordered
    return best
