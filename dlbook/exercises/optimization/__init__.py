"""Exercises of the chapter on optimization, from warm-up to research."""

from __future__ import annotations

from dlbook.exercises.grading import Exercise
from dlbook.exercises.optimization import (
    adam,
    averages,
    batches,
    decay,
    descent,
    race,
    rates,
    rmsprop,
)

__all__ = ["EXERCISES"]

#: The exercises in the order of the page.
EXERCISES = tuple(
    Exercise(f"optimization-{number}", *rest)
    for number, rest in enumerate(
        (
            (
                "Hand over a function of theta, gradient and learning_rate: theta after one step "
                "of gradient descent, as a new vector.",
                descent.gradient_descent,
                "Downhill, as far as the slope and the rate say, and the old theta is still there.",
            ),
            (
                "Hand over a function of rows, batch_size and rng, a generator: the batches of "
                "one shuffled pass, each a list of row numbers from 0.",
                batches.batches_of_a_pass,
                "Each row once, in an order that only the generator decides.",
            ),
            (
                "Hand over a function of values and beta: after each of the values the "
                "exponentially weighted average so far, corrected for its start at 0.",
                averages.weighted_average,
                "Corrected, the weights add up to 1 from the first value on.",
            ),
            (
                "Hand over a function of theta, velocity, gradient, learning_rate and beta: theta "
                "and velocity after a step of undamped momentum.",
                descent.momentum,
                "The velocity remembers, and the rate stays outside of it.",
            ),
            (
                "Hand over a function of an array of eigenvalues, none negative: the rate above "
                "which gradient descent on that quadratic diverges.",
                rates.largest_stable_rate,
                "The steepest direction decides for all of them.",
            ),
            (
                "Hand over a function of the smallest and the largest eigenvalue: the rate and "
                "the beta with which undamped momentum converges fastest.",
                rates.best_momentum,
                "Momentum feels the root of the condition number only.",
            ),
            (
                "Hand over a function of theta, s, gradient, learning_rate, beta and epsilon: "
                "theta and s after a step of RMSprop, with epsilon outside the root.",
                rmsprop.rmsprop,
                "Each entry moves by its own rate, whatever the units of its slope.",
            ),
            (
                "Hand over a function of theta, m, v, t, gradient, learning_rate, beta1, beta2 "
                "and epsilon: theta, m and v after a step of Adam. t steps were taken before.",
                adam.adam,
                "Two averages, two corrections, and epsilon outside the root.",
            ),
            (
                "Hand over a function of step, theta, gradient, learning_rate and weight_decay: "
                "theta after a step with decoupled decay; step(theta, gradient) is the optimizer.",
                decay.weight_decay,
                "The weights decay at a speed that no slope decides.",
            ),
            (
                "Hand over a function of step, peak, warmup and total: half a cosine from peak at "
                "step 0 to 0 at `total`, where it stays, times a warmup: 1/warmup at step 0, "
                "2/warmup at step 1, up to 1.",
                rates.cosine_with_warmup,
                "It begins gently, and it ends gently.",
            ),
            (
                "Hand over a function of gradients (of some rows, drawn at random), rows (in all) "
                "and batch_size: an unbiased estimate of E‖g_B - g‖², where g_B is the mean "
                "gradient of a batch drawn without replacement, and g that of all rows.",
                batches.gradient_noise,
                "It falls as 1/B, and a batch of all rows does not scatter.",
            ),
            (
                "Hand over a function of the final losses of a and b, run from the same starts: "
                "the ends of a 95 % interval of the mean of a - b, and 'a', 'b' or 'neither'.",
                race.who_won,
                "Paired, with an interval, and without a winner where the runs do not show one.",
            ),
        ),
        start=1,
    )
)
