"""Checkers for exercises 10 to 12: randomness, random directions and kinks."""

from __future__ import annotations

from math import comb
from typing import Any

import numpy as np

from dlbook.exercises.grading import Array, Hint, ask, number, refuse, same


def frozen_dropout(answer: Any) -> None:
    """Judge exercise 10."""
    shape, rate = (60, 50), 0.2
    given = f"a loss, shape {shape}, rate 0.2 and a seed"
    masks: list[Any] = []

    def loss(theta: Any, mask: Any) -> float:
        masks.append(np.asarray(mask).copy())
        return float(np.sum(theta) + np.sum(mask))

    def draw(seed: int) -> Array:
        masks.clear()
        f = ask(answer, loss, shape, rate, seed, given=given)
        if not callable(f):
            raise Hint(
                f"You return something of type {type(f).__name__}: a function of theta is needed."
            )
        masks.clear()
        values = [ask(f, np.ones(3), given="theta") for _ in range(2)]
        if not masks:
            raise Hint("Your function of theta never asks for the loss.")
        if masks[0].dtype.kind not in "fiub":
            raise Hint(f"The loss got a mask of {masks[0].dtype}: numbers are needed.")
        if masks[0].shape != shape:
            raise Hint(f"The loss got a mask of shape {masks[0].shape}: {shape} is needed.")
        if not np.array_equal(masks[0], masks[-1]):
            raise Hint("Two calls with one theta gave two losses: when is your mask drawn?")
        if any(value != loss(np.ones(3), masks[0]) for value in values):
            raise Hint("Return the loss as it is.")
        return np.asarray(masks[0], dtype=float)

    mask = draw(1)
    kept = mask[mask != 0]
    if same(mask, np.ones(shape)):
        raise Hint("Every unit is kept: without dropout there is nothing left to check.")
    if kept.size == 0 or np.ptp(kept) > 1e-12:
        raise Hint("A mask has two kinds of entries: units dropped, and units kept.")
    if abs(kept.size / mask.size - rate) < 0.05:
        raise Hint("You keep as many units as you should drop.")
    if abs(kept.size / mask.size - (1 - rate)) > 0.05:
        raise Hint(f"You drop {1 - kept.size / mask.size:.0%} of the units, not 20 %.")
    scale = kept[0] * (1 - rate)
    if not same(scale, 1.0):
        refuse(
            scale,
            [
                (1 - rate, "Units are dropped, but the others do not make up for them."),
                (1 / (1 - rate), "What is kept is scaled twice."),
                ((1 - rate) ** 2, "What is kept should grow to make up for the rest: it shrinks."),
                ((1 - rate) / rate, "You scale by the wrong one of the two rates."),
            ],
        )
        raise Hint("The mean of the mask should be 1, so that the expected activation stays.")
    if not np.array_equal(mask, draw(1)):
        raise Hint("The same seed gave another mask: where do your random numbers come from?")
    if np.array_equal(mask, draw(2)):
        raise Hint("Seeds 1 and 2 gave the same mask: what do you do with the seed?")


def missed_bugs(answer: Any) -> None:
    """Judge exercise 11: a function of wrong entries and directions, and the smallest number."""
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Hint("A pair is needed: your function and your number, `(miss, k)`.")
    miss, enough = answer

    def at(n: int, k: int) -> float:
        given = f"n = {n}, k = {k}"
        return number(ask(miss, n, k, given=given), given)

    one = at(1, 1)
    if abs(one) > 1e-12:
        raise Hint(
            f"With a single wrong entry you say {one:.3g}. Write down the error along a direction "
            "of signs in that case: when is it 0?"
        )
    two = at(2, 1)
    if abs(two) < 1e-12:
        raise Hint("Two entries, both too large by the same amount: no direction hides them?")
    refuse(
        two, [(0.25, "Draw the four directions for two entries, and count those that see nothing.")]
    )
    if not same(two, 0.5):
        raise Hint(f"With two wrong entries and one direction you say {two:.3g}: draw all four.")
    three = at(2, 3)
    refuse(
        three,
        [
            (0.5, "More directions do not help, you say: each of them is drawn anew."),
            (0.875, "That is how likely some direction misses it. The bug escapes only from all."),
            (1.5, "That is above 1: chances of independent events are not added."),
            (1 / 6, "Directions are independent: how do their chances combine?"),
        ],
    )
    if not same(three, 0.125):
        raise Hint(f"With two wrong entries and three directions you say {three:.3g}.")
    if abs(at(3, 1)) > 1e-12:
        raise Hint("Three equal errors with signs: can their sum be 0?")
    four = at(4, 1)
    refuse(
        four,
        [
            (0.5, "With four entries you say 1/2 again: list the patterns of signs that cancel."),
            (1 / 16, "Of the patterns of signs that cancel for four entries you count only one."),
            (1 / 8, "Of the patterns of signs that cancel for four entries you count only two."),
            ((2 / (4 * np.pi)) ** 0.5, "A good approximation for many entries: count exactly."),
        ],
    )
    for n, k in ((4, 1), (4, 2), (10, 3), (100, 1)):
        found = at(n, k)
        if not same(found, (comb(n, n // 2) / 2**n) ** k, 1e-7):
            raise Hint(f"Given n = {n} and k = {k}, you say {found:.4g}: count the patterns.")
    _judge_number(enough)


def _judge_number(enough: Any) -> None:
    if isinstance(enough, bool) or not isinstance(enough, int | float | np.number):
        raise Hint("Your function is right. The second answer is a number of directions.")
    if enough != int(enough):
        raise Hint("Your function is right. Nobody takes a part of a direction: round which way?")
    k = int(enough)
    if k == 7:
        return
    if 0 < k < 7:
        raise Hint(
            f"Your function is right, but after {k} directions it still says more than 1 % for "
            "some n: which n is the worst?"
        )
    if k > 300:
        raise Hint("Your function is right. The number is that of checking entries one by one.")
    raise Hint(f"Your function is right, but {k} is not the smallest: ask it for the worst n.")


_UNITS = np.array([[1.0, 0, 1, 0, 0], [1, 1, 0, 0, 0], [0, 0, 0, 1, 1]])
_OFFSETS = np.array([3e-6, -5e-6, 5.0])


def _active(theta: Array) -> Array:
    """Tell which of three ReLU units are on: the first two are near their kinks."""
    return np.asarray(_UNITS @ theta + _OFFSETS > 0)


def _kinked(theta: Array) -> float:
    return float(np.maximum(_UNITS @ theta + _OFFSETS, 0).sum() + theta @ theta / 2)


def check_beside_kinks(answer: Any) -> None:
    """Judge exercise 12."""
    h, theta = 1e-5, np.array([0.0, 0.0, 0.0, 0.5, -0.25])
    right = _UNITS.T @ _active(theta) + theta
    given = "a loss with ReLU units near their kinks and h = 1e-5"

    def run(theta: Array, gradient: Array) -> tuple[float, float]:
        value = ask(answer, _kinked, _active, theta.copy(), gradient.copy(), h, given=given)
        if not isinstance(value, tuple | list) or len(value) != 2:
            raise Hint("Return a pair: the relative difference, and how many entries you left out.")
        return number(value[0], given), number(value[1], given)

    difference, crossed = run(theta, right)
    refuse(
        crossed,
        [
            (0.0, "Entries 0 to 2 carry a unit across its kink, and you count none."),
            (4.0, "You count units: one entry may carry two units across. Count entries."),
            (
                2.0,
                "You compare the pattern at theta with the one at a single end. Differences ask "
                "f at two points: where could a unit change between them?",
            ),
            (5.0, "You leave out every entry: ask anew for each which units it moves."),
        ],
    )
    if crossed != 3:
        raise Hint(
            f"You leave out {crossed:g} of the 5 entries: for how many does the pattern change?"
        )
    if difference > 1e-3:
        raise Hint("You count the crossings, but their entries are still in the difference.")
    bug = right.copy()
    bug[4] += 1.0
    difference, crossed = run(theta, bug)
    if crossed != 3:
        raise Hint(
            "I doubled a slope that is far from any kink, and you left it out as well. A check "
            "that drops what disagrees finds nothing: look at the pattern, not at the result."
        )
    rest = slice(3, 5)
    wanted = 1.0 / (np.linalg.norm(bug[rest]) + np.linalg.norm(right[rest]))
    if not same(difference, wanted, 1e-4):
        raise Hint(
            f"With a wrong slope far from any kink your difference is {difference:.3g}: take the "
            "entries left out from both gradients, above and below the line."
        )
    far = theta + np.array([1.0, 1.0, 1.0, 0, 0])
    difference, crossed = run(far, _UNITS.T @ _active(far) + far)
    if crossed or difference > 1e-6:
        raise Hint("Far from all kinks you still leave entries out, or find a difference.")
