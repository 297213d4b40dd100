"""Checkers for exercises 1 and 4: a plain step, and one with momentum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlbook.exercises.grading import Array
from dlbook.exercises.optimization.steps import Step, judge_step


def gradient_descent(answer: Any) -> None:
    """Judge exercise 1."""
    length = np.linalg.norm
    judge_step(
        answer,
        lambda theta, g, rate: (theta - rate * g,),
        ["theta"],
        [
            {
                "theta": np.array([1.0, -2.0, 0.5]),
                "gradient": np.array([4.0, 0.5, -1.0]),
                "learning_rate": 0.1,
            },
            {
                "theta": np.array([3.0, 0.0, -1.0, 2.0]),
                "gradient": np.array([0.0, -2.0, 5.0, 1.0]),
                "learning_rate": 2.5,
            },
        ],
        [
            (lambda theta, g, rate: (theta,), "Your theta stays where it was."),
            (lambda theta, g, rate: (theta + rate * g,), "That climbs: where does a slope point?"),
            (
                lambda theta, g, rate: (theta - g,),
                "You walk the whole gradient: what says how far?",
            ),
            (
                lambda theta, g, rate: (theta - rate + 0 * g,),
                "All entries move by the same: where is the gradient?",
            ),
            (
                lambda theta, g, rate: (theta - g / rate,),
                "Halve the rate, and you walk twice as far: is that what a rate should do?",
            ),
            (
                lambda theta, g, rate: (rate * (theta - g),),
                "Your rate shrinks theta, too: mind the order in which Python computes.",
            ),
            (lambda theta, g, rate: (rate * g,), "That is the way you go: where does it begin?"),
            (lambda theta, g, rate: (-rate * g,), "That is the way you go: where does it begin?"),
            (
                lambda theta, g, rate: (theta * (1 - rate * g),),
                "An entry of theta that is 0 would stay 0 for ever: what do you multiply?",
            ),
            (
                lambda theta, g, rate: (theta - rate * np.sign(g),),
                "Steep or flat, each entry moves by the same: what became of the size of its "
                "slope?",
            ),
            (
                lambda theta, g, rate: (theta - rate * g / length(g),),
                "Each of your steps has one length: should steps not become shorter near a "
                "minimum?",
            ),
        ],
        keeps=["theta", "gradient"],
    )


def _with_velocity(velocity: Callable[[Array, Array, float], Array]) -> Step:
    def step(theta: Array, v: Array, g: Array, rate: float, beta: float) -> tuple[Array, ...]:
        v = velocity(v, g, beta)
        return theta - rate * v, v

    return step


def momentum(answer: Any) -> None:
    """Judge exercise 4."""
    right = _with_velocity(lambda v, g, beta: beta * v + g)
    forgets = "Where did the old velocity go? That is gradient descent without a memory."
    holds_rate = (
        "In your velocity the rate is already contained. That is another convention: it goes the "
        "same way until the rate changes. Which one is asked for?"
    )
    sign = "The gradient enters your velocity with another sign than here."
    judge_step(
        answer,
        right,
        ["theta", "velocity"],
        [
            {
                "theta": np.array([1.0, -2.0, 0.5]),
                "velocity": np.array([0.5, -1.0, 2.0]),
                "gradient": np.array([4.0, 0.5, -1.0]),
                "learning_rate": 0.1,
                "beta": 0.8,
            },
            {
                "theta": np.array([3.0, 0.0, -1.0, 2.0]),
                "velocity": np.array([0.0, -1.0, 3.0, 1.0]),
                "gradient": np.array([2.0, -2.0, 5.0, 0.0]),
                "learning_rate": 0.5,
                "beta": 0.5,
            },
        ],
        [
            (
                _with_velocity(lambda v, g, beta: beta * v + (1 - beta) * g),
                "Damped: only a part of the gradient enters your velocity. Which of the two "
                "conventions is asked for?",
            ),
            (_with_velocity(lambda v, g, beta: g), forgets),
            (lambda theta, v, g, rate, beta: (theta - rate * g, v), forgets),
            (
                lambda theta, v, g, rate, beta: (right(theta, v, g, rate, beta)[0], v),
                "Your theta is right. With which velocity does the next step begin?",
            ),
            (
                lambda theta, v, g, rate, beta: (theta - rate * v, beta * v + g),
                "You move with the velocity of the step before: in which order do the two lines "
                "stand?",
            ),
            (
                lambda theta, v, g, rate, beta: (theta + rate * (beta * v + g), beta * v + g),
                "Your ball rolls uphill.",
            ),
            (_with_velocity(lambda v, g, beta: beta * v - g), sign),
            (lambda theta, v, g, rate, beta: (theta + rate * (beta * v - g), beta * v - g), sign),
            (
                lambda theta, v, g, rate, beta: (theta - beta * v - rate * g, beta * v + rate * g),
                holds_rate,
            ),
            (
                lambda theta, v, g, rate, beta: (theta + beta * v - rate * g, beta * v - rate * g),
                holds_rate,
            ),
            (
                lambda theta, v, g, rate, beta: (
                    theta - rate * (g + beta * (beta * v + g)),
                    beta * v + g,
                ),
                "That is Nesterov's step: it looks ahead, a heavy ball does not.",
            ),
            (
                lambda theta, v, g, rate, beta: (theta - rate * (beta * v + 2 * g), beta * v + g),
                "The velocity holds this gradient already, and you walk it a second time.",
            ),
            (
                _with_velocity(lambda v, g, beta: v + g),
                "Nothing slows your ball: what of the old velocity should be left?",
            ),
            (
                _with_velocity(lambda v, g, beta: beta * (v + g)),
                "Friction takes a share of what was there before, not of this gradient: mind the "
                "brackets.",
            ),
            (
                _with_velocity(lambda v, g, beta: v + beta * g),
                "You weaken the wrong one of the two: what should fade?",
            ),
            (
                _with_velocity(lambda v, g, beta: (1 - beta) * v + g),
                "With a large beta your ball forgets fast: what is a large one for?",
            ),
            (
                lambda *given: right(*given)[::-1],
                "Both are right, but they come the other way round.",
            ),
        ],
    )
