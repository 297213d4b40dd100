"""Checkers for exercises 5, 6 and 10: learning rates for a ravine, and for the whole of a run."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.exercises.grading import Array, Hint, ask, number, refuse, same, vector


def largest_stable_rate(answer: Any) -> None:
    """Judge exercise 5."""
    eigenvalues, given = np.array([3.0, 0.4, 8.0, 1.0]), "the eigenvalues 3, 0.4, 8 and 1"
    value = ask(answer, eigenvalues.copy(), given=given)
    if np.shape(value) == (4,):
        raise Hint("You return a rate for each direction, and one rate has to serve them all.")
    found = number(value, given)
    low, high = eigenvalues.min(), eigenvalues.max()
    if not same(found, 2 / high):
        flat = "Try that on the steepest direction: by which factor does a step multiply it?"
        cautious = (
            "That is stable, but not the largest: with it the steepest direction is done in one "
            "step. How far beyond may a step go and still come nearer?"
        )
        place = "You take the eigenvalue at a fixed place of the list: which one do you need?"
        refuse(
            found,
            [
                (1 / high, cautious),
                (2 / low, flat),
                (1 / low, flat),
                (2 / (low + high), "That is the fastest rate, not the largest that is stable."),
                (2 / eigenvalues.sum(), "Directions do not add up: each one goes its own way."),
                (1 / eigenvalues.sum(), "Directions do not add up: each one goes its own way."),
                (2 / eigenvalues.mean(), "The mean direction is fine. And the others?"),
                (2 / np.median(eigenvalues), "The mean direction is fine. And the others?"),
                (2 / eigenvalues[0], place),
                (2 / eigenvalues[-1], place),
                (high / 2, "Upside down: should a steeper ravine allow a larger rate?"),
                (2 * high, "Upside down: should a steeper ravine allow a larger rate?"),
                (
                    2 / np.linalg.norm(eigenvalues),
                    "That is stable, but a length is larger than its largest entry.",
                ),
                (2 / high**2, "In which units is a rate? Measure the curvature once."),
                (2 / high**0.5, "In which units is a rate? There is no root in a step."),
                (high, "That is a curvature: when does a step along it stop coming nearer?"),
            ],
        )
        raise Hint(
            f"Given {given}, you return {found:.6g}. Write down the factor of one step along each "
            "direction: when is it too large?"
        )
    given = "the eigenvalues 0 and 40"
    if not same(number(ask(answer, np.array([0.0, 40.0]), given=given), given), 1 / 20):
        raise Hint(f"It is right for four eigenvalues, but not given {given}: what did you fix?")


def _best(low: float, high: float) -> Array:
    root = np.sqrt(high / low)
    return np.array([4 / (low**0.5 + high**0.5) ** 2, ((root - 1) / (root + 1)) ** 2])


def best_momentum(answer: Any) -> None:
    """Judge exercise 6."""
    low, high, given = 4.0, 100.0, "the eigenvalues 4 and 100"
    value = ask(answer, low, high, given=given)
    if np.size(value) != 2:
        raise Hint("Return a pair: the rate and beta.")
    found = vector(value, 2, given)
    right = _best(low, high)
    rate, beta = right
    if not same(found, right):
        if same(found, right[::-1]):
            raise Hint("Both are right, but beta comes first: return the rate and then beta.")
        if same(found[0], rate / (1 - beta)):
            raise Hint("Your rate is that of damped momentum. Here the whole gradient enters.")
        condition = high / low
        if not same(found[1], beta):
            refuse(
                found[1],
                [
                    (
                        beta**0.5,
                        "Your beta is the factor by which the error shrinks in a step. Where the "
                        "roots are complex, their size follows from beta: how?",
                    ),
                    (
                        (condition - 1) / (condition + 1),
                        "Your beta is the factor of plain gradient descent at its best: what do "
                        "roots change?",
                    ),
                    (
                        ((condition - 1) / (condition + 1)) ** 2,
                        "Your beta takes the condition number as it is. Momentum feels less of "
                        "it: how much less?",
                    ),
                    (
                        1 - 1 / condition**0.5,
                        "Your beta is a rule of thumb, right for very long ravines only.",
                    ),
                    (
                        1 - 2 / condition**0.5,
                        "Your beta is a rule of thumb, right for very long ravines only.",
                    ),
                    (0.9, "Your beta is everybody's default: ask the ravine."),
                    (0.0, "Your beta forgets everything: that is gradient descent."),
                    (-(beta**0.5), "Your beta is negative: the order of your difference?"),
                ],
            )
            raise Hint(f"Your beta is {found[1]:.6g}: for which one do both ends shrink alike?")
        refuse(
            found[0],
            [
                (2 / (low + high), "Your beta is right. Your rate is the best one without it."),
                (
                    2 / high,
                    "Your beta is right. Your rate is the largest that is stable without momentum.",
                ),
                (1 / high, "Your beta is right. Your rate is a cautious one without momentum."),
                (rate**0.5, "Your beta is right. Your rate is in other units than 1/curvature."),
                (
                    4 / (low + high) ** 2,
                    "Your beta is right. Your rate is in other units than 1/curvature.",
                ),
                (
                    rate / 4,
                    "Your beta is right. Your rate is four times too small: what stands above the "
                    "line?",
                ),
                (rate / 2, "Your beta is right. Your rate is half of what it may be."),
                (
                    2 * (1 + beta) / high,
                    "Your beta is right. Your rate is the largest that is stable with it: there "
                    "the steepest direction never comes to rest.",
                ),
            ],
        )
        raise Hint(f"Your beta is right, your rate is {found[0]:.6g}: what do both ends ask for?")
    for given, low, high in (
        ("the eigenvalues 3 and 3", 3.0, 3.0),
        ("the eigenvalues 0.01 and 50", 0.01, 50.0),
    ):
        if not same(vector(ask(answer, low, high, given=given), 2, given), _best(low, high)):
            raise Hint(f"It is right given the eigenvalues 4 and 100, but not given {given}.")


def _warm(t: Array, warmup: int) -> Array:
    return np.minimum(1, (t + 1) / warmup)


def _wave(share: Array) -> Array:
    return (1 + np.cos(np.pi * np.minimum(share, 1))) / 2


def _delayed(t: Array, peak: float, warmup: int, total: int) -> Array:
    return peak * np.where(t < warmup, _warm(t, warmup), _wave((t - warmup) / (total - warmup)))


def cosine_with_warmup(answer: Any) -> None:
    """Judge exercise 10."""

    def rates(peak: float, warmup: int, total: int) -> Array:
        given = f"peak = {peak:g}, warmup = {warmup} and total = {total}"

        def at(step: int) -> float:
            with_step = f"step = {step}, {given}"
            return number(ask(answer, step, peak, warmup, total, given=with_step), with_step)

        return np.array([at(step) for step in range(total + 4)])

    peak, warmup, total = 0.4, 4, 10
    t = np.arange(total + 4)
    found = rates(peak, warmup, total)
    warm, wave = _warm(t, warmup), _wave(t / total)
    right = peak * warm * wave
    if not same(found, right):
        idle = "Your first update has rate 0 and moves nothing: from where do you count?"
        waits = "Your cosine waits for the warmup to end: here both begin at step 0."
        endless = np.cos(np.pi * t / total)
        mistakes: list[tuple[Array, str]] = [
            (peak * np.minimum(1, t / warmup) * wave, idle),
            (peak * np.where(t < warmup, t / warmup, _delayed(t, 1, warmup, total)), idle),
            (_delayed(t, peak, warmup, total), waits),
            (peak * wave, "Your first steps are long: where is the warmup?"),
            (peak * warm, "Your rate stays at its peak: where is the cosine?"),
            (
                peak * np.where(t < warmup, warm, wave),
                "Your rate falls suddenly after the warmup: what is multiplied while it lasts?",
            ),
            (peak * warm * (1 + endless) / 2, "After `total` steps your rate rises again."),
            (peak * (t + 1) / warmup * wave, "Your warmup does not end."),
            (peak * (t + 1) / warmup * (1 + endless) / 2, "Your warmup does not end."),
            (
                peak * warm * (1 + np.cos(2 * np.pi * np.minimum(t / total, 1))) / 2,
                "Your rate is back at its peak in the end: how much of a wave is that?",
            ),
            (
                peak * warm * (1 + np.cos(np.minimum(t / total, 1))) / 2,
                "Your rate hardly falls: in which units does a cosine take its angle?",
            ),
            (2 * right, "Twice too high: how large is 1 + cos 0?"),
            (
                peak * warm * np.cos(np.pi * np.minimum(t / total, 1)),
                "Your rate becomes negative: where does a cosine end after half a wave?",
            ),
            (
                peak * warm * np.cos(np.pi / 2 * np.minimum(t / total, 1)),
                "A quarter of a wave falls ever faster: yours should arrive gently.",
            ),
            (peak * warm * (1 - np.minimum(t / total, 1)), "You fall along a straight line."),
            (peak * warm * (1 - wave), "Your rate rises along the wave: mind a sign."),
            (peak * warm * _wave((t + 1) / total), "Your cosine runs one step ahead."),
            (peak * warm * _wave(t / (total - 1)), "Your cosine arrives one step early."),
            (
                peak * np.minimum(1, (t + 1) / (warmup + 1)) * wave,
                "Your warmup takes one step more than asked for.",
            ),
        ]
        refuse(found, mistakes)
        off = int(np.abs(found - right).argmax())
        raise Hint(
            f"Given peak = {peak:g}, warmup = {warmup} and total = {total} you return "
            f"{found[off]:.6g} at step {off}: compute that one on paper."
        )
    if not same(rates(2.0, 1, 25), 2 * _wave(np.arange(29) / 25)):
        raise Hint(
            "It is right given peak = 0.4, warmup = 4 and total = 10, but not given 2, 1 and 25: "
            "what did you fix?"
        )
