"""Answers to the exercises on optimization: right ones, and wrong ones with their hints.

Each wrong answer stands for a mistake that people make. The text beside it is part of the hint that
it must get, and of no other hint of that exercise. What is right is also computed by dlbook, which
is tested against TensorFlow, or by another road.
"""

from __future__ import annotations

from nearly import plus, times

from answers_optimization.adaptive import ADAM, RMSPROP
from answers_optimization.averages import AVERAGES
from answers_optimization.batches import BATCHES, NOISE
from answers_optimization.race import RACE
from answers_optimization.rates import BEST, SCHEDULE, STABLE
from answers_optimization.steps import DECAY, DESCENT, MOMENTUM

ANSWERS = {
    f"optimization-{number}": entry
    for number, entry in enumerate(
        (
            DESCENT,
            BATCHES,
            AVERAGES,
            MOMENTUM,
            STABLE,
            BEST,
            RMSPROP,
            ADAM,
            DECAY,
            SCHEDULE,
            NOISE,
            RACE,
        ),
        start=1,
    )
}

#: Cases that an answer is tried on, and what makes it wrong there by a little more than rounding.
NEARLY = [
    *(
        (f"optimization-{k}", where, times(1 + 3e-9))
        for k, where in (
            (1, lambda theta, gradient, rate: rate == 0.1),
            (1, lambda theta, gradient, rate: rate == 2.5),
            (3, lambda values, beta: len(values) == 4),
            (3, lambda values, beta: len(values) == 60),
            (3, lambda values, beta: values.dtype.kind == "i"),
            (4, lambda theta, *given: len(theta) == 3),
            (4, lambda theta, *given: len(theta) == 4),
            (5, lambda eigenvalues: len(eigenvalues) == 4),
            (5, lambda eigenvalues: len(eigenvalues) == 2),
            (6, lambda low, high: low == 4),
            (6, lambda low, high: low == 3),
            (6, lambda low, high: low == 0.01),
            (7, lambda theta, *given: len(theta) == 3),
            (7, lambda theta, *given: len(theta) == 4),
            (8, lambda theta, m, v, t, *given: t == 2),
            (8, lambda theta, m, v, t, *given: t == 0),
            (9, lambda step, theta, *given: len(theta) == 3),
            (9, lambda step, theta, *given: len(theta) == 4),
            (10, lambda step, peak, warmup, total: (step, total) == (3, 10)),
            (10, lambda step, peak, warmup, total: (step, total) == (0, 25)),
            (11, lambda gradients, rows, size: rows == 30),
            (11, lambda gradients, rows, size: rows == 1000),
        )
    ),
    # after the end the rate is 0, but for rounding
    ("optimization-10", lambda step, peak, warmup, total: (step, total) == (13, 10), plus(2e-9)),
    ("optimization-10", lambda step, peak, warmup, total: (step, total) == (28, 25), plus(1e-8)),
    ("optimization-11", lambda gradients, rows, size: rows == size, plus(3e-12)),
]
