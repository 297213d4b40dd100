"""A league table that admits what it does not know: places with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import Rng, as_generator, check_count, check_number

__all__ = ["Place", "places"]


class Place(NamedTuple):
    """Where one stands, and where it would stand had the replicates fallen otherwise.

    `place` is 1 for the best mean (2.5 for two that share 2 and 3), `low` and `high` are the ends
    of its interval, and `first` is the share of resamples in which it comes first. As text it reads
    ``1 [1, 3]``.
    """

    place: float
    low: float
    high: float
    first: float

    def __str__(self) -> str:
        return f"{self.place:g} [{self.low:g}, {self.high:g}]"


def places(
    scores: Mapping[str, ArrayLike],
    level: float = 0.95,
    resamples: int = 10_000,
    rng: Rng = 0,
    larger_is_better: bool = True,
) -> dict[str, Place]:
    r"""Rank settings that ran on the same replicates, with intervals from the bootstrap.

    The R replicates are drawn R times with replacement, the same for all, `resamples` times; each
    time the means are ranked anew. The interval runs from the :math:`\frac{1 - l}{2}` to the
    :math:`\frac{1 + l}{2}` quantile of the places, rounded outwards. It speaks of the starts alone:
    other data, or other luck in tuning, may shift places further.

    Parameters
    ----------
    scores : dict
        Name to finite values of shape (R,), at least two names and two replicates. Replicate r of
        all shares its start.
    level : float
        The level :math:`l`, between 0 and 1.
    resamples : int
        Number of resamples.
    rng : Generator, int or RandomState
        Source of the random numbers.
    larger_is_better : bool
        True for accuracies, False for losses.

    Returns
    -------
    dict
        Name to :class:`Place`, the best first.

    Raises
    ------
    ValueError
        If the shapes differ, there are too few names or replicates, or a value is not finite.

    References
    ----------
    Goldstein and Spiegelhalter (1996), League tables and their limitations.

    Examples
    --------
    >>> import numpy as np
    >>> from dlbook.places import places
    >>> start = np.random.default_rng(0).normal(0.9, 0.01, 32)  # what the settings share
    >>> noise = np.random.default_rng(1).normal(0.0, 0.004, (3, 32))
    >>> table = places({"A": start + noise[0], "B": start + 0.01 + noise[1], "C": start + noise[2]})
    >>> for name, place in table.items():
    ...     print(name, place)
    B 1 [1, 1]
    A 2 [2, 3]
    C 3 [2, 3]
    """
    names, values = list(scores), [np.asarray(v, dtype=np.float64) for v in scores.values()]
    shapes = ", ".join(f"{name} {v.shape}" for name, v in zip(names, values, strict=True))
    if len(names) < 2 or values[0].ndim != 1 or len({v.shape for v in values}) > 1:
        raise ValueError(
            f"scores has {shapes or 'nothing'}: two or more of the same (replicates,) are needed"
        )
    table: NDArray[np.float64] = np.stack(values, axis=-1)
    count = len(table)
    if count < 2 or not np.isfinite(table).all():
        raise ValueError(f"scores has {shapes}: two or more finite values of each are needed")
    level = check_number("level", level, above=0, below=1)
    check_count("resamples", resamples)
    if not larger_is_better:
        table = -table
    drawn = as_generator(rng).multinomial(count, np.full(count, 1 / count), size=resamples)
    rounding = 1e-12 * np.abs(table).max()
    now = _ranks(table.mean(axis=0), rounding)
    ranks = _ranks(drawn @ table / count, rounding)
    low = np.quantile(ranks, (1 - level) / 2, axis=0, method="lower")
    high = np.quantile(ranks, (1 + level) / 2, axis=0, method="higher")
    first = (ranks == ranks.min(axis=-1, keepdims=True)).astype(float)
    first = (first / first.sum(axis=-1, keepdims=True)).mean(axis=0)
    order = np.argsort(now, kind="stable")
    return {names[k]: Place(*(float(part[k]) for part in (now, low, high, first))) for k in order}


def _ranks(means: NDArray[Any], rounding: float) -> NDArray[np.float64]:
    """Return places along the last axis, 1 for the largest; equals share theirs."""
    gap = means[..., :, None] - means[..., None, :]
    above, equal = (gap < -rounding).sum(axis=-1), (np.abs(gap) <= rounding).sum(axis=-1)
    ranks: NDArray[np.float64] = above + (equal + 1) / 2
    return ranks
