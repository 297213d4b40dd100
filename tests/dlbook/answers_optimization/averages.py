"""Answers to exercise 3: exponentially weighted averages."""

from __future__ import annotations

import numpy as np


def corrected(values, beta):
    average, found = 0, []
    for t, value in enumerate(values, start=1):
        average = beta * average + (1 - beta) * value
        found.append(average / (1 - beta**t))
    return found


def by_weights(values, beta):
    powers = [beta ** np.arange(t)[::-1] for t in range(1, len(values) + 1)]
    return np.array([weights @ values[: len(weights)] / weights.sum() for weights in powers])


def by_memory_of_sum(values, beta):
    top = below = 0.0
    for value in values:
        top, below = beta * top + value, beta * below + 1
        yield top / below


def plainly(values, beta, start=0.0):
    average, found = start, []
    for value in values:
        average = beta * average + (1 - beta) * value
        found.append(average)
    return np.array(found)


def powers(values, beta):
    return 1 - beta ** np.arange(1, len(values) + 1)


def divided(correction, first=1):
    def averages(values, beta):
        t = np.arange(first, first + len(values))
        return plainly(values, beta) / correction(beta, t)

    return averages


def swapped(values, beta):
    return plainly(values, 1 - beta)


def fed_back(values, beta):
    average, found = 0.0, []
    for t, value in enumerate(values, start=1):
        average = (beta * average + (1 - beta) * value) / (1 - beta**t)
        found.append(average)
    return found


def in_an_array_like_values(values, beta):
    found = np.zeros_like(values)
    found[:] = corrected(values, beta)
    return found


def in_place(values, beta):
    values[:] = corrected(values, beta)
    return values.copy()


def from_zero(values, beta):
    return [v / (1 - beta**t) for t, v in enumerate(plainly(values, beta).tolist())]


AVERAGES = (
    [corrected, by_weights, lambda *given: list(by_memory_of_sum(*given))],
    [
        (plainly, "your average is 0.6"),
        (swapped, "Which share of the past"),
        (lambda v, beta: swapped(v, beta) / powers(v, beta), "Which share"),
        (lambda v, beta: corrected(v, 1 - beta), "Which share of the past"),
        (lambda v, beta: plainly(v, beta, v[0]), "You begin with the first value"),
        (
            lambda v, beta: plainly(v, beta, v[0]) / powers(v, beta),
            "You begin with the first value",
        ),
        (fed_back, "which of the two should the next value meet"),
        (divided(lambda beta, t: 1 - beta**t, 2), "of one value more"),
        (divided(lambda beta, t: 1 - beta * t), "a product or a power"),
        (divided(lambda beta, t: 1 / (1 - beta**t)), "makes small averages smaller"),
        (lambda v, beta: np.cumsum(v) / np.arange(1, len(v) + 1), "count as much as new ones"),
        (divided(lambda beta, t: 1 - beta), "add up to more than 1"),
        (divided(lambda beta, t: (1 - beta) * (1 - beta**t)), "add up to more than 1"),
        (divided(lambda beta, t: 1 - beta**t, 0), "Your first average is inf"),
        (from_zero, "divides by zero"),
        (lambda v, beta: corrected(v, beta)[-1], "You return one thing"),
        (by_memory_of_sum, "You return one thing"),
        (lambda v, beta: [0.0, *corrected(v, beta)], "One average too many"),
        (lambda v, beta: corrected(v, beta)[1:], "returns shape (3,)"),
        (lambda v, beta: [1.0, np.nan, 1.0, 1.0], "returns [ 1. nan"),
        (lambda v, beta: list("abcd"), "of type list"),
        (lambda v, beta: np.ones(4), "you return [1. 1. 1. 1.]"),
        (lambda v, beta: corrected(v, 0.8), "what did you fix"),
        (in_place, "writes into the values"),
        (in_an_array_like_values, "what dtype has your array"),
    ],
    [r"beta\*\*t", r"\b1 - beta", r"divide by 1", r"astype", r"float\b"],
)
