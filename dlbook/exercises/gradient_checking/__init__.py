"""Exercises of the chapter on gradient checking, from warm-up to research."""

from __future__ import annotations

from dlbook.exercises.gradient_checking import differences, limits, verdicts
from dlbook.exercises.gradient_checking.puzzle import Mystery, mystery
from dlbook.exercises.grading import Exercise

__all__ = ["EXERCISES", "Mystery", "mystery"]

#: The exercises in the order of the page.
EXERCISES = tuple(
    Exercise(f"gradient-checking-{number}", *rest)
    for number, rest in enumerate(
        (
            (
                "Hand over a function of f, x and h: the forward difference, a number.",
                differences.forward_difference,
                "It asks f at x and a step above, and divides by the step.",
            ),
            (
                "Hand over a function of f, x and h: the central difference, a number.",
                differences.central_difference,
                "Its truncation falls with the square of the step.",
            ),
            (
                "Hand over the best step for the central difference of exp at 1 in float32.",
                differences.best_step,
                "There, truncation and rounding cost about the same.",
            ),
            (
                "Hand over a function of f, x and h: the derivative by a complex step, a number.",
                differences.complex_step,
                "Nothing is subtracted, so the step may be as small as you like.",
            ),
            (
                "Hand over a function of two vectors: their relative difference, a number.",
                verdicts.relative_difference,
                "It lies between 0 and 1, whatever the size of the gradients.",
            ),
            (
                "Hand over a function of f, theta and h: the central difference along each entry.",
                differences.numerical_gradient,
                "Two evaluations an entry, and theta stays as it was.",
            ),
            (
                "Hand over a function of an analytic and a numeric gradient and a layout: the "
                "names of the parameters whose relative difference is above 1e-7.",
                verdicts.wrong_parameters,
                "Each parameter is judged by its own size, so that none hides behind a larger one.",
            ),
            (
                "Hand over the name of the bug behind the report.",
                verdicts.which_bug,
                "The biases are right, and each weight's slope lacks λ times that weight.",
            ),
            (
                "Hand over a function of theta, X, y and strength: the gradient of the loss of "
                "MLP((2, 3, 1)) with tanh and an L2 penalty, a vector like theta.",
                verdicts.gradient_with_penalty,
                "Backpropagation for the mean loss, and a pull on the weights alone.",
            ),
            (
                "Hand over a function of a loss of theta and mask, a shape, a rate and a seed: "
                "the loss as a function of theta alone, always with the same mask.",
                limits.frozen_dropout,
                "One seed, one mask, one smooth function that can be checked.",
            ),
            (
                "Hand over a pair: a function of n and k, the probability that k random "
                "directions of signs all miss n equal errors, and the smallest k that makes it at "
                "most 1 % for every n.",
                limits.missed_bugs,
                "A handful of directions is enough, however many parameters there are.",
            ),
            (
                "Hand over a function of f, pattern, theta, gradient and h: the relative "
                "difference over the entries whose step crosses no kink, and the number of those "
                "left out.",
                limits.check_beside_kinks,
                "It leaves out what a difference cannot judge, says how much, and sees the rest.",
            ),
        ),
        start=1,
    )
)
