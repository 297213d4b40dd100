"""Checkers for exercises 2 and 11: the batches of a pass, and how much their gradients scatter."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np

from dlbook.exercises.grading import Array, Hint, ask, number, refuse, same


def _draw(answer: Any, rows: int, size: int, rng: np.random.Generator) -> list[Array]:
    """Return the batches of one pass as arrays of row numbers."""
    given = f"{rows} rows and batches of {size}"

    def listed(*arguments: Any) -> Any:
        value = answer(*arguments)
        if value is None or value is ...:
            return value
        try:
            each = iter(value)
        except TypeError:
            raise Hint(
                f"You return something of type {type(value).__name__}: a list of batches is needed."
            ) from None
        # a generator may never end; an iterator hides lengths that differ from `ask`
        return iter([np.asarray(batch) for batch in islice(each, rows + 1)])

    batches = list(ask(listed if callable(answer) else answer, rows, size, rng, given=given))
    if not batches:
        raise Hint(f"Given {given}, you return no batch at all.")
    if len(batches) > rows:
        raise Hint(f"Given {given}, you return more batches than there are rows.")
    for batch in batches:
        if batch.ndim != 1:
            raise Hint(f"A batch of yours has shape {batch.shape}: a list of row numbers is one.")
        if batch.size == 0:
            raise Hint(f"Given {given}, one batch is empty: what is the mean over no rows?")
        if batch.dtype.kind not in "iu":
            raise Hint(f"A batch of yours holds {batch.dtype}: whole row numbers are needed.")
    return batches


def _judge_rows(batches: list[Array], rows: int, size: int) -> None:
    """Ask that each row stands in one batch."""
    joined, sizes = np.concatenate(batches), [len(batch) for batch in batches]
    if joined.min() < 0 or joined.max() >= rows:
        raise Hint(
            f"Your row numbers go from {joined.min()} to {joined.max()}, and there are {rows} "
            "rows: from where do they count?"
        )
    full = rows // size * size
    distinct, at_first = len(set(joined)), len(set(joined[:full]))
    if at_first == full == len(joined) < rows:
        raise Hint(f"{rows - full} of the {rows} rows are in no batch: which ones, and why?")
    if at_first == full and rows < len(joined) == -(-rows // size) * size:
        raise Hint("You fill the last batch up with rows that had their turn in this pass.")
    if distinct < len(joined):
        raise Hint("Some rows come twice in a pass: how do you draw them?")
    if distinct < rows:
        raise Hint(f"Only {distinct} of the {rows} rows are in your batches: where do they end?")
    wanted = [size] * (full // size) + [rows - full] * (full < rows)
    if sizes == wanted:
        return
    if len(sizes) == 1:
        raise Hint("You return all rows as one batch.")
    if len(sizes) == size:
        raise Hint(f"You make {size} batches. What should be {size}?")
    if sizes == wanted[::-1]:
        raise Hint("The small batch comes first.")
    if len(sizes) == len(wanted):
        raise Hint("You share the rows out evenly: how many rows has a full batch?")
    shown = ", ".join(map(str, sizes[:3])) + ", …" * (len(sizes) > 3)
    raise Hint(f"Your batches have {shown} rows: they should be full while there are enough rows.")


def batches_of_a_pass(answer: Any) -> None:
    """Judge exercise 2."""
    rows, size = 50, 8

    def pass_with(rng: np.random.Generator) -> list[int]:
        return [int(row) for batch in _draw(answer, rows, size, rng) for row in batch]

    batches = _draw(answer, rows, size, np.random.default_rng(1))
    _judge_rows(batches, rows, size)
    if [int(row) for batch in batches for row in batch] == list(range(rows)):
        raise Hint("Rows keep their order: what do batches hold if the data is sorted by class?")
    runs = [
        any(set(batch) == {(first + k) % rows for k in range(len(batch))} for first in batch)
        for batch in batches
    ]
    if all(runs):
        raise Hint("Rows that are neighbours in the data stay in one batch: what do you shuffle?")
    rng = np.random.default_rng(1)
    first = pass_with(rng)
    if first != pass_with(np.random.default_rng(1)):
        raise Hint(
            "Two generators with the same seed gave two orders: where do your random numbers come "
            "from?"
        )
    if first == pass_with(np.random.default_rng(2)):
        raise Hint("Generators with other seeds gave the same order: what do you do with `rng`?")
    if first == pass_with(rng):
        raise Hint("A second pass with one generator has the order of the first: who moves it on?")
    for rows, size in ((16, 8), (5, 8)):
        found = _draw(answer, rows, size, np.random.default_rng(1))
        try:
            _judge_rows(found, rows, size)
        except Hint as hint:
            raise Hint(f"With {rows} rows and batches of {size}: {hint}") from hint


def _scatter(gradients: Array, rows: int, size: int, freedom: int = 1) -> float:
    """Return the scatter of a batch drawn with replacement, without any correction for that."""
    return float(gradients.var(axis=0, ddof=freedom).sum() / size)


def gradient_noise(answer: Any) -> None:
    """Judge exercise 11."""
    gradients = np.array(
        [[3, 0, 1], [1, 2, -1], [4, -2, 0], [0, 1, 2], [2, 5, 1], [-1, 1, 3]], dtype=float
    )
    drawn, rows, size = len(gradients), 30, 4
    given = "the gradients of 6 of 30 rows, 3 entries each, and batches of 4"
    first = ask(answer, gradients.copy(), rows, size, given=given)
    if np.shape(first) == (3,):
        raise Hint("You return a number for each entry: how far is a vector from its mean?")
    found = number(first, given)
    if found != number(ask(answer, gradients.copy(), rows, size, given=given), given):
        raise Hint("Two calls gave two numbers. You simulate: can it be had in closed form?")
    plain, left = _scatter(gradients, rows, size), 1 - size / rows
    right, finite = plain * left, (rows - size) / (rows - 1)
    if not same(found, right):
        biased = _scatter(gradients, rows, size, 0)
        few = (
            "These rows are few, and their mean is as near to them as any point can be: that "
            "makes your spread too small."
        )
        refuse(
            found,
            [
                (biased * left, few),
                (biased * finite, few),
                (biased, "You draw with replacement, and take the few rows for all: two mistakes."),
                (plain, "A batch of all rows would not scatter at all: does yours?"),
                (
                    plain * finite,
                    "You correct twice: your two conventions for a spread, N and N - 1, do not "
                    "belong together.",
                ),
                (plain * (1 - size / drawn), "From how many rows is a batch drawn?"),
                (
                    plain * (1 - drawn / rows),
                    "Which rows leave nothing to chance, those measured or those of a batch?",
                ),
                (plain * size / rows, "Yours grows with the batch: which share of rows matters?"),
                (right * size, "That is the scatter of single rows: what does averaging do?"),
                (right / size, "The mean of B rows has a variance of how many times 1/B?"),
                (right * size**0.5, "Standard deviations fall with the root of B: and variances?"),
                (
                    right * size / drawn,
                    "You average as many rows as were measured: how many has a batch?",
                ),
                (right**0.5, "You return the root of a variance."),
                (right / 3, "You average over the entries: a squared length is what of them?"),
                (
                    (gradients**2).sum() / drawn / size * left,
                    "From which point do you measure how far each gradient is?",
                ),
                (
                    gradients.var(axis=1, ddof=1).sum() / size * left,
                    "Along which axis do rows differ from each other?",
                ),
                (gradients.var(ddof=1) / size * left, "You mix all entries: each has its mean."),
                (
                    gradients.var(ddof=1) * 3 / size * left,
                    "You mix all entries: each has its mean.",
                ),
            ],
        )
        raise Hint(f"Given {given}, you return {found:.6g}: try data so small that you can count.")
    whole = number(ask(answer, gradients[:4], 6, 6, given="a batch of all rows"), "all rows")
    if abs(whole) > 1e-12:
        raise Hint(f"A batch of all rows scatters by {whole:.3g}, you say: how can it?")
    wide = np.sin(np.arange(24.0)).reshape(2, 12) + 5
    given = "the gradients of 2 of 1000 rows, 12 entries each, and batches of 64"
    found = number(ask(answer, wide.copy(), 1000, 64, given=given), given)
    if not same(found, _scatter(wide, 1000, 64) * (1 - 64 / 1000)):
        raise Hint(f"It is right in one case, but not given {given}: what did you fix?")
