"""Checker for exercise 7: a step of RMSprop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlbook.exercises.grading import Array
from dlbook.exercises.optimization.steps import Step, judge_step

Average = Callable[[Array, Array, float], Array]
Root = Callable[[Array, float], Array]


def _rmsprop(
    average: Average = lambda s, g, beta: beta * s + (1 - beta) * g**2,
    root: Root = lambda s, epsilon: np.sqrt(s) + epsilon,
) -> Step:
    """Return a step of RMSprop; with a mistake in place of one of its parts."""

    def step(
        theta: Array, s: Array, g: Array, rate: float, beta: float, epsilon: float
    ) -> tuple[Array, ...]:
        s = average(s, g, beta)
        return theta - rate * g / root(s, epsilon), s

    return step


def rmsprop(answer: Any) -> None:
    """Judge exercise 7."""
    right = _rmsprop()
    latest = "Your s holds the latest gradient only: what happened to the past?"
    judge_step(
        answer,
        right,
        ["theta", "s"],
        [
            {
                "theta": np.array([1.0, -2.0, 0.5]),
                "s": np.array([4.0, 1.0, 1.0]),
                "gradient": np.array([3.0, 0.5, -2.0]),
                "learning_rate": 0.1,
                "beta": 0.7,
                "epsilon": 0.5,
            },
            {
                "theta": np.array([3.0, 0.0, -1.0, 2.0]),
                "s": np.zeros(4),
                "gradient": np.array([0.0, -2.0, 5.0, 1.0]),
                "learning_rate": 0.5,
                "beta": 0.9,
                "epsilon": 1e-3,
            },
        ],
        [
            (
                _rmsprop(root=lambda s, epsilon: np.sqrt(s + epsilon)),
                "Your epsilon stands under the root, where a small one becomes larger: which of "
                "the two is asked for?",
            ),
            (
                _rmsprop(root=lambda s, epsilon: np.sqrt(s)),
                "What becomes of your step where every gradient so far was 0?",
            ),
            (
                _rmsprop(root=lambda s, epsilon: s + epsilon),
                "Ten times the slope gives you a tenth of the step: in which units is s?",
            ),
            (
                _rmsprop(root=lambda s, epsilon: 1 / (np.sqrt(s) + epsilon)),
                "Steep entries move even further with you: s is there to tame them.",
            ),
            (
                _rmsprop(root=lambda s, epsilon: np.sqrt(s.mean()) + epsilon),
                "All entries share one rate: what if one slope is far steeper than the others?",
            ),
            (
                _rmsprop(root=lambda s, epsilon: -np.sqrt(s) - epsilon),
                "That climbs: where does a gradient point?",
            ),
            (
                _rmsprop(lambda s, g, beta: (1 - beta) * s + beta * g**2),
                "Beta is the share of the past that s keeps: how much does yours keep?",
            ),
            (
                _rmsprop(lambda s, g, beta: beta * s + (1 - beta) * np.abs(g)),
                "Your s averages sizes. What does the S in the name stand for?",
            ),
            (
                _rmsprop(lambda s, g, beta: beta * s + (1 - beta) * g),
                "Slopes of both signs cancel in your s: is it their direction that it should "
                "measure?",
            ),
            (
                _rmsprop(lambda s, g, beta: s + g**2),
                "Your s never forgets: that is AdaGrad, whose steps die out.",
            ),
            (
                _rmsprop(lambda s, g, beta: beta * s + g**2),
                "Of a constant gradient your s should tend to its square, and tends to more.",
            ),
            (
                _rmsprop(lambda s, g, beta: (1 - beta) * g**2),
                latest,
            ),
            (
                _rmsprop(lambda s, g, beta: g**2),
                latest,
            ),
            (
                lambda theta, s, g, rate, beta, epsilon: (
                    theta - rate * g / (np.sqrt(s) + epsilon),
                    right(theta, s, g, rate, beta, epsilon)[1],
                ),
                "You divide by the average of the steps before this one: in which order do the "
                "two lines stand?",
            ),
            (
                lambda theta, s, *given: (right(theta, s, *given)[0], s),
                "Your theta is right. With which s does the next step begin?",
            ),
            (lambda *given: right(*given)[::-1], "Both are right, but in the other order."),
        ],
    )
