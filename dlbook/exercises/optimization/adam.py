"""Checker for exercise 8: a step of Adam."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlbook.exercises.grading import Array
from dlbook.exercises.optimization.steps import Step, judge_step

Average = Callable[[Array, Array, float], Array]
Corrections = Callable[[int, float, float], tuple[float, float]]
Direction = Callable[[Array, Array, float, float, float], Array]


def _first(m: Array, g: Array, beta: float) -> Array:
    return beta * m + (1 - beta) * g


def _second(v: Array, g: Array, beta: float) -> Array:
    return beta * v + (1 - beta) * g**2


def _corrections(t: int, beta1: float, beta2: float) -> tuple[float, float]:
    return 1 - beta1**t, 1 - beta2**t


def _direction(m: Array, v: Array, c1: float, c2: float, epsilon: float) -> Array:
    return m / c1 / (np.sqrt(v / c2) + epsilon)


def _adam(
    first: Average = _first,
    second: Average = _second,
    corrections: Corrections = _corrections,
    direction: Direction = _direction,
) -> Step:
    """Return a step of Adam; with a mistake in place of one of its parts."""

    def step(
        theta: Array, m: Array, v: Array, t: int, g: Array, rate: float, *settings: float
    ) -> tuple[Array, ...]:
        beta1, beta2, epsilon = settings
        m, v = first(m, g, beta1), second(v, g, beta2)
        c1, c2 = corrections(t + 1, beta1, beta2)
        return theta - rate * direction(m, v, c1, c2, epsilon), m, v

    return step


_right = _adam()


def _betas_swapped(*given: Any) -> tuple[Array, ...]:
    *rest, beta1, beta2, epsilon = given
    return _right(*rest, beta2, beta1, epsilon)


def _averages_swapped(*given: Any) -> tuple[Array, ...]:
    *rest, beta1, beta2, epsilon = given
    swapped = _adam(corrections=lambda t, b1, b2: _corrections(t, b2, b1))
    return swapped(*rest, beta2, beta1, epsilon)


def _square_of_average(
    theta: Array, m: Array, v: Array, t: int, g: Array, rate: float, *settings: float
) -> tuple[Array, ...]:
    beta1 = settings[0]
    wrong = _adam(second=lambda v, g, beta: _second(v, _first(m, g, beta1), beta))
    return wrong(theta, m, v, t, g, rate, *settings)


def _along_gradient(
    theta: Array, m: Array, v: Array, t: int, g: Array, rate: float, *settings: float
) -> tuple[Array, ...]:
    wrong = _adam(direction=lambda m, v, c1, c2, epsilon: _direction(g, v, 1, c2, epsilon))
    return wrong(theta, m, v, t, g, rate, *settings)


def _too_early(
    theta: Array, m: Array, v: Array, t: int, g: Array, rate: float, *settings: float
) -> tuple[Array, ...]:
    wrong = _adam(direction=lambda _, __, c1, c2, epsilon: _direction(m, v, c1, c2, epsilon))
    return wrong(theta, m, v, t, g, rate, *settings)


def _corrected_state(*given: Any) -> tuple[Array, ...]:
    theta, m, v = _right(*given)
    c1, c2 = _corrections(given[3] + 1, *given[6:8])
    return theta, m / c1, v / c2


def _old_state(*given: Any) -> tuple[Array, ...]:
    return _right(*given)[0], given[1], given[2]


_HALF = "One of the two averages is corrected, the other is not."
_ORDER = "All three are right, but in another order."

_MISTAKES = [
    (
        _adam(direction=lambda m, v, c1, c2, e: m / (np.sqrt(v) + e)),
        "Both averages began at 0, and you use them as they are: what is missing early on?",
    ),
    (_adam(corrections=lambda t, b1, b2: (1 - b1**t, 1)), _HALF),
    (_adam(corrections=lambda t, b1, b2: (1, 1 - b2**t)), _HALF),
    (
        _betas_swapped,
        "You hand each average the memory of the other: which of the betas is the gradient's, and "
        "which its square's?",
    ),
    (_averages_swapped, "Each average is corrected with its beta, but made with the other's."),
    (
        _adam(corrections=lambda t, b1, b2: _corrections(t, b2, b1)),
        "Each average is made with its beta, but corrected with the other's.",
    ),
    (
        _adam(direction=lambda m, v, c1, c2, e: m / c1 / np.sqrt(v / c2 + e)),
        "Your epsilon stands under the root.",
    ),
    (
        _adam(direction=lambda m, v, c1, c2, e: m / c1 * np.sqrt(c2) / (np.sqrt(v) + e)),
        "Your epsilon is corrected along with the average: TensorFlow does that, the paper's "
        "algorithm 1 adds it later.",
    ),
    (
        _adam(direction=lambda m, v, c1, c2, e: _direction(m, v, c1, c2, 0.0)),
        "What becomes of your step where every gradient so far was 0?",
    ),
    (
        _adam(corrections=lambda t, b1, b2: _corrections(t - 1, b1, b2)),
        "Your correction is that of the step before. Which number has the very first step?",
    ),
    (
        _adam(corrections=lambda t, b1, b2: (1 - b1, 1 - b2)),
        "You correct every step as if it were the first.",
    ),
    (
        _adam(direction=lambda m, v, c1, c2, e: m * c1 / (np.sqrt(v * c2) + e)),
        "Your correction makes small averages smaller.",
    ),
    (
        _adam(direction=lambda m, v, c1, c2, e: m / c1 / (np.sqrt(v) / c2 + e)),
        "What is corrected, v or its root?",
    ),
    (
        _adam(direction=lambda m, v, c1, c2, e: m / c1 / (v / c2 + e)),
        "In which units is v? Ten times the slope should not make a tenth of the step.",
    ),
    (
        _adam(direction=lambda *given: -_direction(*given)),
        "That climbs: where does a gradient point?",
    ),
    (
        _adam(first=lambda m, g, beta: beta * m + g),
        "Your m adds up to more than an average: how much of a new gradient enters?",
    ),
    (
        _adam(second=lambda v, g, beta: beta * v + g**2),
        "Your v adds up to more than an average: how much of a new square enters?",
    ),
    (
        _adam(second=lambda v, g, beta: beta * v + (1 - beta) * np.abs(g)),
        "Your v averages sizes: what should be averaged there?",
    ),
    (_square_of_average, "Your v squares the average. Whose size should it measure?"),
    (_along_gradient, "You walk along the gradient: what is m for?"),
    (
        _too_early,
        "You move with the averages of the step before: in which order do the lines stand?",
    ),
    (
        _corrected_state,
        "Your theta is right. With which averages should the next step begin: with these, which "
        "are corrected?",
    ),
    (
        _old_state,
        "Your theta is right. Has this gradient left a trace in what you return besides?",
    ),
    (lambda *given: tuple(_right(*given)[k] for k in (0, 2, 1)), _ORDER),
    (lambda *given: tuple(_right(*given)[k] for k in (1, 2, 0)), _ORDER),
]


def adam(answer: Any) -> None:
    """Judge exercise 8."""
    late = {
        "theta": np.array([1.0, -2.0]),
        "m": np.array([0.5, -1.0]),
        "v": np.array([1.0, 4.0]),
        "t": 2,
        "gradient": np.array([3.0, -0.5]),
        "learning_rate": 0.1,
        "beta1": 0.8,
        "beta2": 0.9,
        "epsilon": 0.5,
    }
    first = {
        "theta": np.array([0.5, -1.0]),
        "m": np.zeros(2),
        "v": np.zeros(2),
        "t": 0,
        "gradient": np.array([0.0, -0.1]),
        "learning_rate": 0.5,
        "beta1": 0.9,
        "beta2": 0.999,
        "epsilon": 1e-3,
    }
    judge_step(answer, _right, ["theta", "m", "v"], [late, first], _MISTAKES)
