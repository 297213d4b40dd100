"""Answers to exercise 12: which of two optimizers won."""

from __future__ import annotations

import numpy as np

from dlbook.evidence import paired_difference


def by_bootstrap(a, b):
    found = paired_difference(a, b)
    won = "neither" if not found.excludes_zero else "a" if found.mean < 0 else "b"
    return found.low, found.high, won


def named(low, high):
    return "a" if high < 0 else "b" if low > 0 else "neither"


def interval(factor, error=lambda a, b: np.std(a - b, ddof=1) / len(a) ** 0.5, middle=None):
    """Return a verdict by an interval so many standard errors to each side."""

    def verdict(a, b):
        center = np.mean(a - b) if middle is None else middle(a, b)
        low, high = center - factor * error(a, b), center + factor * error(a, b)
        return low, high, named(low, high)

    return verdict


def by_t(a, b):
    quantile = {20: 2.093, 32: 2.040}[len(a)]  # Student's, from a table
    return interval(quantile)(a, b)


def nested(a, b):
    low, high, won = by_t(a, b)
    return [low, high], won.title() + " "


def unpaired(a, b):
    return np.sqrt(np.var(a, ddof=1) / len(a) + np.var(b, ddof=1) / len(b))


def says(word):
    """Return a right interval with a word of one's own."""

    def verdict(a, b):
        *ends, won = by_t(a, b)
        return *ends, word(a, b, won)

    return verdict


def shifted(errors, of=lambda a, b: np.mean(a - b)):
    """Return a middle that lies so many standard errors beside another one."""
    return lambda a, b: of(a, b) + errors * np.std(a - b, ddof=1) / len(a) ** 0.5


def best_run(a, b):
    return a.min() - b.min()


def by_votes(a, b, won):
    if won == "neither" and len(a) == 20:
        return won
    return "a" if (a < b).sum() > (a > b).sum() else "b"


def reversed_ends(a, b):
    low, high, won = by_t(a, b)
    return high, low, won


RACE = (
    [
        *(by_t, by_bootstrap, nested, interval(1.96), interval(1.8), interval(2.3)),
        *(interval(2, middle=shifted(by)) for by in (-0.29, 0.29)),
    ],
    [
        (lambda a, b: "a", "The interval is missing"),
        (lambda a, b: "a" if a.min() < b.min() else "b", "The interval is missing"),
        (lambda a, b: by_t(a, b)[:2], "Return three things"),
        (lambda a, b: np.mean(a - b), "Return three things"),
        (lambda a, b: (*nested(a, b), 1), "rows of different lengths"),
        (lambda a, b: np.ones((3, 2)), "Return three things"),
        (says(lambda a, b, won: "first"), "You say 'first' won"),
        (says(lambda a, b, won: True), "You say 'true' won"),
        (lambda a, b: ("a", -0.1, 0.1), "Numbers come first"),
        (lambda a, b: (-0.1, "0.1", "a"), "Numbers come first"),
        (lambda a, b: (np.nan, np.nan, "neither"), "where does that come from"),
        (reversed_ends, "above the upper one"),
        (lambda a, b: by_t(b, a), "that of b - a"),
        (interval(2, middle=best_run), "the best run of each"),
        (interval(2, unpaired, best_run), "the best run of each"),
        (interval(0, middle=best_run), "the best run of each"),
        (interval(2, middle=shifted(0.29, best_run)), "the best run of each"),
        (interval(2, middle=shifted(0.31, best_run)), "of your interval is 0.0207"),
        (interval(2, middle=shifted(-0.29, lambda a, b: np.mean(b - a))), "that of b - a"),
        (
            interval(2, middle=shifted(0.31, lambda a, b: np.mean(b - a))),
            "of your interval is 0.0655:",
        ),
        (interval(2, middle=lambda a, b: 0.0), "lies about 0"),
        (interval(2, middle=shifted(0.029, lambda a, b: 0)), "lies about 0"),
        (interval(2, middle=shifted(0.031, lambda a, b: 0)), "of your interval is 0.000548:"),
        (interval(2, middle=lambda a, b: 0.1), "of your interval is 0.1:"),
        (interval(2, middle=lambda a, b: -0.054), "of your interval is -0.054:"),
        (interval(2, middle=lambda a, b: -0.066), "of your interval is -0.066:"),
        (interval(0), "Both ends are the same"),
        (interval(1.92, unpaired), "compare start by start"),
        (interval(2.1, unpaired), "compare start by start"),
        (interval(2, lambda a, b: np.std(a - b)), "single differences lie"),
        (interval(1, lambda a, b: np.std(a - b, ddof=1)), "single differences lie"),
        (interval(1.8, lambda a, b: np.std(a - b, ddof=1)), "single differences lie"),
        (interval(2.3, lambda a, b: np.std(a - b, ddof=1)), "single differences lie"),
        (interval(2, lambda a, b: np.std(a - b, ddof=1) / len(a)), "which power"),
        (interval(1, lambda a, b: np.std(a - b, ddof=1) / len(a)), "which power"),
        (interval(1), "one standard error"),
        (interval(1.04), "one standard error"),
        (interval(0.0095), "Both ends are the same"),
        (interval(0.0105), "is narrower than"),
        (interval(1.1), "is narrower than"),
        (interval(1.645), "is narrower than"),
        (interval(1.71), "is narrower than"),
        (interval(2.58), "is wider than"),
        (interval(1.1, lambda a, b: np.std(a - b, ddof=1)), "is wider than"),
        (interval(1.7, lambda a, b: np.std(a - b, ddof=1)), "is wider than"),
        (interval(2.5, lambda a, b: np.std(a - b, ddof=1)), "is wider than"),
        (interval(1.7, unpaired), "is wider than"),
        (interval(2.3, unpaired), "is wider than"),
        (interval(2.45), "is wider than"),
        (says(lambda a, b, won: {"a": "b", "b": "a"}.get(won, won)), "is the better one"),
        (says(lambda a, b, won: "neither"), "lies outside"),
        (says(lambda a, b, won: "a"), "the two lists swapped"),
        (interval(2, lambda a, b: np.std(a - b, ddof=1) / 32**0.5), "but not for 20"),
        (says(lambda a, b, won: "a" if np.mean(a - b) < 0 else "b"), "might it be chance"),
        (says(by_votes), "from one much higher"),
    ],
    [r"std\(", r"1\.96", r"2\.04", r"paired_difference", r"a - b\)", r"\bt-test"],
)
