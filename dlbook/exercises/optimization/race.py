"""Checker for exercise 12: the verdict on two optimizers."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

from dlbook.exercises.grading import Array, Hint, ask, same, vector

_GIVEN = "the final losses of a and b"


def _scores(count: int, step: int, first: int) -> Array:
    """Return the quantiles of a normal distribution with variance 1, out of order."""
    scores = [NormalDist().inv_cdf((k + 0.5) / count) for k in range(count)]
    spread = np.array([scores[(step * k + first) % count] for k in range(count)])
    return np.asarray(spread / spread.std(ddof=1))


def _pairs(count: int, gap: float) -> tuple[Array, Array]:
    """Return losses of two optimizers: starts differ a lot, and the optimizers by a gap.

    The best start of all is one where a does badly, so that whoever looks at the best run of each
    sees the other winner.
    """
    b = 2 + 0.25 * _scores(count, 3, 0)
    return b + gap + 0.1 * _scores(count, 7, count - 3), b


def _run(answer: Any, a: Array, b: Array) -> tuple[float, float, str]:
    def flat(*losses: Any) -> Any:
        value = answer(*losses)
        nested = isinstance(value, tuple | list) and len(value) == 2 and np.size(value[0]) == 2
        return (*value[0], value[1]) if nested else value

    value = ask(flat if callable(answer) else answer, a.copy(), b.copy(), given=_GIVEN)
    if isinstance(value, str):
        raise Hint("You name a winner. How sure are you? The interval is missing.")
    if np.ndim(value) != 1 or len(value) != 3:
        raise Hint("Return three things: the two ends of the interval, and who won.")
    if any(isinstance(end, str) for end in value[:2]):
        raise Hint("Numbers come first, the two ends of the interval, and then the word.")
    low, high = vector(value[:2], 2, _GIVEN)
    word = str(value[2]).strip().lower()
    if word not in ("a", "b", "neither"):
        raise Hint(f"You say {word!r} won: 'a', 'b' or 'neither' is needed.")
    return float(low), float(high), word


def _judge_interval(low: float, high: float, a: Array, b: Array) -> None:
    """Ask for an interval of 95 % about the mean difference, by whichever method."""
    gaps, count = a - b, len(a)
    middle, half, root = (low + high) / 2, (high - low) / 2, count**0.5
    error = gaps.std(ddof=1) / root
    if half < 0:
        raise Hint("The lower end of your interval is above the upper one.")
    if abs(middle + gaps.mean()) < 0.3 * error < abs(gaps.mean()):
        raise Hint("Your interval is that of b - a.")
    if abs(middle - (a.min() - b.min())) < 0.3 * error:
        raise Hint(
            "You compare the best run of each. With more starts the best becomes better by luck "
            "alone: what do the others say?"
        )
    if abs(middle) < 0.03 * error:
        raise Hint("Your interval lies about 0: how far apart are they on average?")
    if abs(middle - gaps.mean()) > 0.3 * error:
        raise Hint(f"The middle of your interval is {middle:.3g}: is that the mean difference?")
    width = half / error
    if width < 0.01:
        raise Hint("Both ends are the same: how far might it have come out otherwise?")
    apart = np.hypot(a.std(ddof=1), b.std(ddof=1)) / gaps.std(ddof=1)
    if 1.8 * apart < width < 2.2 * apart:
        raise Hint(
            "Your interval is wide because starts differ. Both optimizers ran from the same ones: "
            "what drops out if you compare start by start?"
        )
    for factor, hint in (
        (root, "So far single differences lie apart: how well is their mean known?"),
        (1 / root, "Far too narrow: by which power of the number of starts do you divide?"),
    ):
        if 1.75 * factor < width < 2.4 * factor or same(width, factor, 0.05):
            raise Hint(hint)
    if same(width, 1, 0.05):
        raise Hint("That is one standard error to each side: how often does it hold the truth?")
    if width < 1.75:
        raise Hint("Your interval is narrower than one of 95 %.")
    if width > 2.4:
        raise Hint("Your interval is wider than one of 95 %.")


def who_won(answer: Any) -> None:
    """Judge exercise 12."""
    a, b = _pairs(32, -0.06)
    low, high, word = _run(answer, a, b)
    _judge_interval(low, high, a, b)
    if word == "b":
        raise Hint("Your interval is right. Of two losses, which is the better one?")
    if word == "neither":
        raise Hint("Your interval is right, and 0 lies outside of it: what does that say?")
    if _run(answer, b, a)[2] != "b":
        raise Hint("With the two lists swapped you name another winner: what did you fix?")
    a, b = _pairs(20, 0.02)
    low, high, word = _run(answer, a, b)
    try:
        _judge_interval(low, high, a, b)
    except Hint as hint:
        raise Hint("It is right for 32 starts, but not for 20: what did you fix?") from hint
    if word != "neither":
        raise Hint("0 lies inside your interval, and still you name a winner: might it be chance?")
    a, b = _pairs(32, 0.0)
    a = b - 0.02
    a[9] += 1.6  # it diverged
    if (word := _run(answer, a, b)[2]) != "neither":
        raise Hint(
            f"From 31 starts a ends a little lower, from one much higher, and you say {word!r}: "
            "how sure is the sign of the mean?"
        )
