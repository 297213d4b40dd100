"""Answers to exercises 1, 4 and 9: plain steps, momentum and decay."""

from __future__ import annotations

import numpy as np

import dlbook

norm = np.linalg.norm


# ---------------------------------------------------------------------- 1
def descend_in_steps(theta, gradient, learning_rate):
    return [entry - learning_rate * slope for entry, slope in zip(theta, gradient, strict=True)]


def descend_by_dlbook(theta, gradient, learning_rate):
    theta, optimizer = theta.copy(), dlbook.GradientDescent(learning_rate)
    optimizer.step(theta, gradient, optimizer.start(theta))
    return theta


def descend_in_place(theta, gradient, learning_rate):
    theta -= learning_rate * gradient
    return theta


def descend_silently(theta, gradient, learning_rate):
    theta -= learning_rate * gradient


def descend_and_stop(theta, gradient, learning_rate):
    theta -= learning_rate * gradient
    return theta[0] + 1 / 0


def descend_on_gradient(theta, gradient, learning_rate):
    gradient *= learning_rate
    return theta - gradient


DESCENT = (
    [descend_in_steps, descend_by_dlbook, lambda t, g, rate: -rate * g + t],
    [
        (lambda t, g, rate: t, "stays where it was"),
        (lambda t, g, rate: t + rate * g, "That climbs"),
        (lambda t, g, rate: t - g, "the whole gradient"),
        (lambda t, g, rate: t - rate, "All entries move by the same"),
        (lambda t, g, rate: t - g / rate, "Halve the rate"),
        (lambda t, g, rate: rate * (t - g), "shrinks theta"),
        (lambda t, g, rate: rate * g, "where does it begin"),
        (lambda t, g, rate: -rate * g, "where does it begin"),
        (lambda t, g, rate: t * (1 - rate * g), "for ever"),
        (lambda t, g, rate: t - rate * np.sign(g), "Steep or flat"),
        (lambda t, g, rate: t - rate * g / norm(g), "has one length"),
        (lambda t, g, rate: t - 2 * rate * g, "theta should come out otherwise"),
        (lambda t, g, rate: t - 0.1 * g, "what did you fix"),
        (lambda t, g, rate: np.append(t[:3] - rate * g[:3], t[3:]), "what did you fix"),
        (descend_in_place, "changes theta itself"),
        (descend_silently, "return nothing"),
        (descend_and_stop, "stops with ZeroDivisionError"),
        (descend_on_gradient, "changes the gradient"),
        (lambda t, g, rate: norm(g), "a vector of 3 numbers is needed"),
        (lambda t, g: t, "TypeError"),
        (0.6, "without calling it"),
    ],
    [r"theta - learning", r"rate \* ", r"\.copy\(", "-2.05", "0.6"],
)


# ---------------------------------------------------------------------- 4
def roll(theta, velocity, gradient, learning_rate, beta):
    velocity = beta * velocity + gradient
    return theta - learning_rate * velocity, velocity


def roll_in_place(theta, velocity, gradient, learning_rate, beta):
    velocity *= beta
    velocity += gradient
    theta -= learning_rate * velocity
    return [theta, velocity]


def roll_by_dlbook(theta, velocity, gradient, learning_rate, beta):
    optimizer = dlbook.Momentum(learning_rate, beta)
    state = optimizer.start(theta)
    state.memory[0][:] = velocity
    optimizer.step(theta, gradient, state)
    return np.array([theta, state.memory[0]])


def velocity_of(formula, sign=-1):
    def step(theta, v, g, rate, beta):
        new = formula(v, g, beta)
        return theta + sign * rate * new, new

    return step


def roll_on_gradient(theta, velocity, gradient, learning_rate, beta):
    gradient += beta * velocity
    return theta - learning_rate * gradient, gradient.copy()


def roll_silently(*given):
    roll_in_place(*given)


MOMENTUM = (
    [roll, roll_in_place, roll_by_dlbook],
    [
        (velocity_of(lambda v, g, beta: beta * v + (1 - beta) * g), "Damped"),
        (velocity_of(lambda v, g, beta: g), "without a memory"),
        (lambda t, v, g, rate, beta: (t - rate * g, v), "without a memory"),
        (lambda t, v, g, rate, beta: (roll(t, v, g, rate, beta)[0], v), "does the next step begin"),
        (lambda t, v, g, rate, beta: (t - rate * v, beta * v + g), "in which order do the two"),
        (velocity_of(lambda v, g, beta: beta * v + g, 1), "uphill"),
        (velocity_of(lambda v, g, beta: beta * v - g), "another sign"),
        (velocity_of(lambda v, g, beta: beta * v - g, 1), "another sign"),
        (lambda t, v, g, rate, beta: (t - beta * v - rate * g, beta * v + rate * g), "contained"),
        (lambda t, v, g, rate, beta: (t + beta * v - rate * g, beta * v - rate * g), "contained"),
        (
            lambda t, v, g, rate, beta: (t - rate * (g + beta * (beta * v + g)), beta * v + g),
            "Nesterov",
        ),
        (
            lambda t, v, g, rate, beta: (t - rate * g - rate * (beta * v + g), beta * v + g),
            "a second time",
        ),
        (velocity_of(lambda v, g, beta: v + g), "Nothing slows"),
        (velocity_of(lambda v, g, beta: beta * (v + g)), "Friction takes"),
        (velocity_of(lambda v, g, beta: v + beta * g), "the wrong one"),
        (velocity_of(lambda v, g, beta: (1 - beta) * v + g), "forgets fast"),
        (lambda *given: roll(*given)[::-1], "come the other way"),
        (lambda *given: roll(*given)[0], "one vector alone"),
        (lambda *given: (*roll(*given), 1, 2), "rows of different lengths"),
        (lambda *given: 7, "Return theta and velocity, in this order"),
        (lambda *given: {}, "Return theta and velocity, in this order"),
        (lambda *given: [roll(*given)[0]], "Return theta and velocity, in this order"),
        (velocity_of(lambda v, g, beta: 3 * g), "theta and velocity should come out otherwise"),
        (lambda t, v, *given: (t, roll(t, v, *given)[1]), ", theta should come out otherwise"),
        (
            lambda *given: (roll(*given)[0] * (1 + 3e-9), roll(*given)[1]),
            ", theta should come out otherwise",
        ),
        (
            lambda t, v, g, *given: (roll(t, v, g, *given)[0], g),
            ", velocity should come out otherwise",
        ),
        (lambda t, v, g, rate, beta: roll(t, v, g, rate, 0.8), "what did you fix"),
        (roll_on_gradient, "changes the gradient"),
        (roll_silently, "return nothing"),
    ],
    [r"beta \* ", r"velocity \+ gradient", r"rate \* "],
)


# ---------------------------------------------------------------------- 9
def decayed(step, theta, gradient, learning_rate, weight_decay):
    return step(theta, gradient) - learning_rate * weight_decay * theta


def decayed_first(step, theta, gradient, learning_rate, weight_decay):
    """Shrink before the step, as PyTorch does: the gradient is that of the old theta."""
    return step(theta * (1 - learning_rate * weight_decay), gradient)


def decayed_in_place(step, theta, gradient, learning_rate, weight_decay):
    new = step(theta, gradient)
    theta *= learning_rate * weight_decay
    new -= theta
    return new


def in_the_gradient(step, theta, gradient, learning_rate, weight_decay):
    gradient += weight_decay * theta
    return step(theta, gradient)


def clears_the_gradient(step, theta, gradient, learning_rate, weight_decay):
    new = decayed(step, theta, gradient, learning_rate, weight_decay)
    gradient[:] = 0
    return new


def steps_twice(step, theta, gradient, learning_rate, weight_decay):
    moved = step(theta, gradient) - theta
    return step(theta, gradient) - learning_rate * weight_decay * theta + 0 * moved


def decays_silently(step, theta, gradient, learning_rate, weight_decay):
    theta[:] = decayed(step, theta, gradient, learning_rate, weight_decay)


DECAY = (
    [decayed, decayed_first, decayed_in_place],
    [
        (lambda step, t, g, rate, decay: step(t, g + decay * t), "L2"),
        (in_the_gradient, "L2"),
        (lambda step, t, g, rate, decay: step(t, g + 2 * decay * t), "L2"),
        (lambda step, t, g, rate, decay: step(t, g + rate * decay * t), "L2"),
        (
            lambda step, t, g, rate, decay: step(t, g + decay * t) - rate * decay * t,
            "decays twice",
        ),
        (lambda step, t, g, rate, decay: step(t, g), "Nothing decays"),
        (lambda step, t, g, rate, decay: step(t, g) - decay * t, "at every rate"),
        (lambda step, t, g, rate, decay: step(t, g) * (1 - rate * decay), "the new theta"),
        (lambda step, t, g, rate, decay: step(t, g) + rate * decay * t, "grows"),
        (lambda step, t, g, rate, decay: step(t, g) - 2 * rate * decay * t, "Twice the decay"),
        (lambda step, t, g, rate, decay: step(t, g) - rate * decay * np.sign(t), "L1"),
        (lambda step, t, g, rate, decay: step(t, g) - decay, "theta should come out otherwise"),
        (
            lambda step, t, g, rate, decay: step(t, g) - 0.04 * t,
            "what did you fix",
        ),
        (lambda step, t, g, rate, decay: t - rate * g, "never calls `step`"),
        (steps_twice, "You call `step` twice"),
        (clears_the_gradient, "changes the gradient"),
        (decays_silently, "return nothing"),
        (lambda step, t, g, rate, decay: step(t, g)[:2], "3 numbers is needed"),
        (lambda step, t, g, rate, decay: step(t), "TypeError: step() missing"),
        (3, "without calling it"),
    ],
    [r"rate \* ", r"decay \* ", r"- learning", r"step\(theta, gradient\) -"],
)
