"""Checker for exercise 3: exponentially weighted averages."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.exercises.grading import Array, Hint, ask, refuse, same, vector


def _averages(values: Array, beta: float, start: float = 0.0) -> Array:
    """Return averages as they run, without a correction."""
    average, found = start, []
    for value in values:
        average = beta * average + (1 - beta) * value
        found.append(average)
    return np.array(found)


def _fed_back(values: Array, beta: float) -> Array:
    average, found = 0.0, []
    for t, value in enumerate(values, start=1):
        average = (beta * average + (1 - beta) * value) / (1 - beta**t)
        found.append(average)
    return np.array(found)


def weighted_average(answer: Any) -> None:
    """Judge exercise 3."""

    def call(values: Array, beta: float, given: str) -> Array:
        divided = "By what do you divide after the first value, and from where does t count?"
        own = values.copy()
        try:
            value = ask(answer, own, beta, given=given)
        except Hint as hint:
            if "ZeroDivisionError" in str(hint):
                raise Hint(f"Your function divides by zero. {divided}") from hint
            raise
        if np.ndim(value) == 0:
            raise Hint("You return one thing: an average after each of the values is needed.")
        if np.size(value) == len(values) + 1:
            raise Hint("One average too many: do you return the 0 that you start with?")
        with np.errstate(all="ignore"):
            if np.asarray(value).dtype.kind == "f" and not np.isfinite(np.ravel(value)[:1]).all():
                raise Hint(f"Your first average is {np.ravel(value)[0]}. {divided}")
        found = vector(value, len(values), given)
        if not np.array_equal(own, values):
            raise Hint("Your function writes into the values that it was given.")
        return found

    values, beta = np.array([3.0, 1.0, 4.0, 1.5]), 0.8
    given = "values = (3, 1, 4, 1.5) and beta = 0.8"
    t = np.arange(1, 5)
    found, plain = call(values, beta, given), _averages(values, beta)
    if not same(found, plain / (1 - beta**t)):
        swapped = _averages(values, 1 - beta)
        first = "You begin with the first value: how much does it weigh, next to the second one?"
        keeps = "Your average follows the latest value closely. Which share of the past is kept?"
        sums = "Your weights add up to more than 1: how much of a new value enters?"
        refuse(
            found,
            [
                (
                    plain,
                    f"After one value, 3, your average is {plain[0]:g}. Where does the average "
                    "start, and what does that do to it?",
                ),
                (swapped, keeps),
                (swapped / (1 - beta**t), keeps),
                (swapped / (1 - (1 - beta) ** t), keeps),
                (_averages(values, beta, values[0]), first),
                (_averages(values, beta, values[0]) / (1 - beta**t), first),
                (
                    _fed_back(values, beta),
                    "You correct, and go on averaging with the corrected number: which of the two "
                    "should the next value meet?",
                ),
                (plain / (1 - beta ** (t + 1)), "Your correction is that of one value more."),
                (plain / (1 - beta * t), "Look at your correction: is it a product or a power?"),
                (plain * (1 - beta**t), "Your correction makes small averages smaller."),
                (np.cumsum(values) / t, "Old values count as much as new ones: where is beta?"),
                (plain / (1 - beta), sums),
                (plain / (1 - beta) / (1 - beta**t), sums),
            ],
        )
        raise Hint(f"Given {given}, you return {np.round(found, 4)}: work it out on paper.")
    values, given = np.sin(np.arange(60.0)), "60 values and beta = 0.95"
    wanted = _averages(values, 0.95) / (1 - 0.95 ** np.arange(1, 61))
    if not same(call(values, 0.95, given), wanted):
        raise Hint(f"It is right for 4 values, but not given {given}: what did you fix?")
    whole, given = np.array([4, 1, 3]), "whole numbers as values"
    wanted = _averages(whole, 0.5) / (1 - 0.5 ** np.arange(1, 4))
    if not same(call(whole, 0.5, given), wanted):
        raise Hint("It goes wrong with whole numbers as values: what dtype has your array?")
