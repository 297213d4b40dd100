"""Checker for exercise 9: decoupled weight decay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlbook.exercises.grading import Hint
from dlbook.exercises.optimization.steps import judge_step


def weight_decay(answer: Any) -> None:
    """Judge exercise 9."""
    most = 0

    def adaptive(rate: float) -> Callable[[Any, Any], Any]:
        """Return an optimizer that divides each slope by about its size."""
        return lambda theta, gradient: theta - rate * gradient / (np.abs(gradient) + 1)

    def counted(step: Callable[[Any, Any], Any], *given: Any) -> Any:
        calls = 0

        def once(theta: Any, gradient: Any) -> Any:
            nonlocal calls
            calls += 1
            return step(theta, gradient)

        once.__qualname__ = "step"  # what Python calls it in errors
        value = answer(once, *given)
        if not calls and value is not None and value is not ...:
            raise Hint("Your function never calls `step`: who moves theta against the gradient?")
        nonlocal most
        most = max(most, calls)
        return value

    in_gradient = (
        "The decay passes through the optimizer, which divides it by the size of the slope: that "
        "is an L2 penalty. How does it reach theta without that?"
    )
    judge_step(
        counted if callable(answer) else answer,
        lambda step, theta, g, rate, decay: (step(theta, g) - rate * decay * theta,),
        ["theta"],
        [
            {
                "step": adaptive(0.1),
                "theta": np.array([1.0, -2.0, 0.5]),
                "gradient": np.array([4.0, 0.5, -1.0]),
                "learning_rate": 0.1,
                "weight_decay": 0.4,
            },
            {
                "step": adaptive(0.5),
                "theta": np.array([3.0, 0.0, -1.0, 2.0]),
                "gradient": np.array([0.0, -2.0, 5.0, 1.0]),
                "learning_rate": 0.5,
                "weight_decay": 0.01,
            },
        ],
        [
            (lambda step, theta, g, rate, decay: (step(theta, g + decay * theta),), in_gradient),
            (
                lambda step, theta, g, rate, decay: (step(theta, g + 2 * decay * theta),),
                in_gradient,
            ),
            (
                lambda step, theta, g, rate, decay: (step(theta, g + rate * decay * theta),),
                in_gradient,
            ),
            (
                lambda step, theta, g, rate, decay: (
                    step(theta, g + decay * theta) - rate * decay * theta,
                ),
                "Theta decays twice: once by itself, once through the gradient.",
            ),
            (
                lambda step, theta, g, rate, decay: (step(theta, g),),
                "Nothing decays: try a gradient of 0, and see what becomes of theta.",
            ),
            (
                lambda step, theta, g, rate, decay: (step(theta, g) - decay * theta,),
                "Your decay is the same at every rate: what if a schedule lets the rate fall?",
            ),
            (
                lambda step, theta, g, rate, decay: (step(theta, g) * (1 - rate * decay),),
                "You let the new theta decay. Which one stands in the equation?",
            ),
            (
                lambda step, theta, g, rate, decay: (step(theta, g) + rate * decay * theta,),
                "Your theta grows: try a gradient of 0.",
            ),
            (
                lambda step, theta, g, rate, decay: (step(theta, g) - 2 * rate * decay * theta,),
                "Twice the decay: there is no square here to differentiate.",
            ),
            (
                lambda step, theta, g, rate, decay: (
                    step(theta, g) - rate * decay * np.sign(theta),
                ),
                "Large and small entries lose the same: that is an L1 penalty's pull.",
            ),
        ],
    )
    if most > 1:
        raise Hint("You call `step` twice: an optimizer remembers every call as one of its steps.")
