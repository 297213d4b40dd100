"""Answers to exercises 7 and 8: RMSprop and Adam."""

from __future__ import annotations

import numpy as np

import dlbook


# ---------------------------------------------------------------------- 7
def rms_step(theta, s, gradient, learning_rate, beta, epsilon):
    s = beta * s + (1 - beta) * gradient**2
    return theta - learning_rate * gradient / (np.sqrt(s) + epsilon), s


def rms_step_by_entries(theta, s, gradient, learning_rate, beta, epsilon):
    for k, slope in enumerate(gradient):
        s[k] += (1 - beta) * (slope * slope - s[k])
        theta[k] -= learning_rate / (epsilon + s[k] ** 0.5) * slope
    return theta, s


def rms_step_by_dlbook(theta, s, gradient, learning_rate, beta, epsilon):
    optimizer = dlbook.RMSprop(learning_rate, beta, epsilon)
    state = optimizer.start(theta)
    state.memory[0][:] = s
    optimizer.step(theta, gradient, state)
    return theta, state.memory[0]


def average_of(formula):
    def step(theta, s, g, rate, beta, epsilon):
        s = formula(s, g, beta)
        return theta - rate * g / (np.sqrt(s) + epsilon), s

    return step


def below(formula):
    def step(theta, s, g, rate, beta, epsilon):
        s = beta * s + (1 - beta) * g**2
        return theta - rate * g / formula(s, epsilon), s

    return step


def rms_on_gradient(theta, s, gradient, learning_rate, beta, epsilon):
    theta, s = rms_step(theta, s, gradient, learning_rate, beta, epsilon)
    gradient *= learning_rate
    return theta, s


RMSPROP = (
    [rms_step, rms_step_by_entries, rms_step_by_dlbook],
    [
        (below(lambda s, epsilon: np.sqrt(s + epsilon)), "where a small one becomes larger"),
        (below(lambda s, epsilon: np.sqrt(s)), "every gradient so far"),
        (below(lambda s, epsilon: np.sqrt(s) + 1e-10), "every gradient so far"),
        (below(lambda s, epsilon: s + epsilon), "in which units"),
        (below(lambda s, epsilon: 1 / (np.sqrt(s) + epsilon)), "tame"),
        (below(lambda s, epsilon: np.sqrt(np.mean(s)) + epsilon), "share one"),
        (below(lambda s, epsilon: -np.sqrt(s) - epsilon), "That climbs"),
        (average_of(lambda s, g, beta: (1 - beta) * s + beta * g**2), "does yours keep"),
        (average_of(lambda s, g, beta: beta * s + (1 - beta) * abs(g)), "averages sizes"),
        (average_of(lambda s, g, beta: beta * s + (1 - beta) * g), "cancel"),
        (average_of(lambda s, g, beta: s + g**2), "AdaGrad"),
        (average_of(lambda s, g, beta: beta * s + g**2), "tends to more"),
        (average_of(lambda s, g, beta: (1 - beta) * g**2), "the latest gradient only"),
        (average_of(lambda s, g, beta: g**2), "the latest gradient only"),
        (
            lambda t, s, g, rate, beta, e: (
                t - rate * g / (np.sqrt(s) + e),
                beta * s + (1 - beta) * g**2,
            ),
            "the steps before this one",
        ),
        (lambda t, s, *given: (rms_step(t, s, *given)[0], s), "does the next step begin"),
        (lambda *given: rms_step(*given)[::-1], "in the other order"),
        (lambda *given: rms_step(*given)[0], "one vector alone"),
        (lambda *given: [rms_step(*given)[0]], "Return theta and s, in this"),
        (below(lambda s, epsilon: np.sqrt(s - 9) + epsilon), "where does that come from"),
        (below(lambda s, epsilon: np.maximum(np.sqrt(s), epsilon / 2)), "every gradient so far"),
        (below(lambda s, epsilon: np.sqrt(s) + 2 * epsilon), ", theta should come out otherwise"),
        (
            lambda t, s, g, rate, beta, e: rms_step(t, s, g, rate, 0.7, e),
            "what did you fix",
        ),
        (rms_on_gradient, "changes the gradient"),
    ],
    [r"sqrt\(", r"beta \* ", r"\*\* ?2", r"\+ epsilon"],
)


# ---------------------------------------------------------------------- 8
def adam_step(theta, m, v, t, gradient, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat, v_hat = m / (1 - beta1 ** (t + 1)), v / (1 - beta2 ** (t + 1))
    return theta - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon), m, v


def adam_step_by_one_rate(theta, m, v, t, gradient, learning_rate, beta1, beta2, epsilon):
    """Fold both corrections into the rate and into epsilon, as the paper's section 2 has it."""
    t += 1
    m += (1 - beta1) * (gradient - m)
    v += (1 - beta2) * (gradient * gradient - v)
    root = (1 - beta2**t) ** 0.5
    rate = learning_rate * root / (1 - beta1**t)
    theta -= rate * m / (v**0.5 + epsilon * root)
    return [theta, m, v]


def adam_step_by_dlbook(theta, m, v, t, gradient, learning_rate, beta1, beta2, epsilon):
    optimizer = dlbook.Adam(learning_rate, beta1, beta2, epsilon)
    state = optimizer.start(theta)
    state.t = t
    state.memory[0][:], state.memory[1][:] = m, v
    optimizer.step(theta, gradient, state)
    return theta, *state.memory[:2]


def adam_like(
    first=lambda m, g, beta: beta * m + (1 - beta) * g,
    second=lambda v, g, beta: beta * v + (1 - beta) * g**2,
    step=lambda m, v, c1, c2, e: m / c1 / (np.sqrt(v / c2) + e),
    after=1,
):
    def wrong(theta, m, v, t, g, rate, beta1, beta2, e):
        m, v = first(m, g, beta1), second(v, g, beta2)
        c1, c2 = 1 - beta1 ** (t + after), 1 - beta2 ** (t + after)
        return theta - rate * step(m, v, c1, c2, e), m, v

    return wrong


def betas_swapped(*given):
    return adam_step(*given[:6], given[7], given[6], given[8])


def mixed(made, corrected_with):
    """Take one pair of betas for the averages and another for the corrections."""

    def wrong(theta, m, v, t, g, rate, beta1, beta2, e):
        betas = {"right": (beta1, beta2), "swapped": (beta2, beta1), "first": (beta1, beta2)}
        (a1, a2), (c1, c2) = betas[made], betas[corrected_with]
        power = 1 if corrected_with == "first" else t + 1
        m, v = a1 * m + (1 - a1) * g, a2 * v + (1 - a2) * g**2
        m_hat, v_hat = m / (1 - c1**power), v / (1 - c2**power)
        return theta - rate * m_hat / (np.sqrt(v_hat) + e), m, v

    return wrong


def square_of_average(theta, m, v, t, g, rate, beta1, beta2, e):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * m**2
    m_hat, v_hat = m / (1 - beta1 ** (t + 1)), v / (1 - beta2 ** (t + 1))
    return theta - rate * m_hat / (np.sqrt(v_hat) + e), m, v


def along_the_gradient(theta, m, v, t, g, rate, beta1, beta2, e):
    _, m, v = adam_step(theta, m, v, t, g, rate, beta1, beta2, e)
    return theta - rate * g / (np.sqrt(v / (1 - beta2 ** (t + 1))) + e), m, v


def averages_too_late(theta, m, v, t, g, rate, beta1, beta2, e):
    m_hat, v_hat = m / (1 - beta1 ** (t + 1)), v / (1 - beta2 ** (t + 1))
    return theta - rate * m_hat / (np.sqrt(v_hat) + e), *adam_step(
        theta, m, v, t, g, rate, beta1, beta2, e
    )[1:]


def corrected_and_kept(theta, m, v, t, g, rate, beta1, beta2, e):
    theta, m, v = adam_step(theta, m, v, t, g, rate, beta1, beta2, e)
    return theta, m / (1 - beta1 ** (t + 1)), v / (1 - beta2 ** (t + 1))


def adam_on_gradient(theta, m, v, t, gradient, *settings):
    found = adam_step(theta, m, v, t, gradient, *settings)
    gradient **= 2
    return found


ADAM = (
    [adam_step, adam_step_by_one_rate, adam_step_by_dlbook],
    [
        (adam_like(step=lambda m, v, c1, c2, e: m / (np.sqrt(v) + e)), "missing early on"),
        (adam_like(step=lambda m, v, c1, c2, e: m / c1 / (np.sqrt(v) + e)), "One of the two"),
        (adam_like(step=lambda m, v, c1, c2, e: m / (np.sqrt(v / c2) + e)), "One of the two"),
        (betas_swapped, "the memory of the other"),
        (mixed("swapped", "right"), "but made with the other's"),
        (mixed("right", "swapped"), "but corrected with the other's"),
        (mixed("right", "first"), "as if it were the first"),
        (
            adam_like(step=lambda m, v, c1, c2, e: m / c1 / np.sqrt(v / c2 + e)),
            "under the root",
        ),
        (
            adam_like(step=lambda m, v, c1, c2, e: m * np.sqrt(c2) / c1 / (np.sqrt(v) + e)),
            "TensorFlow",
        ),
        (adam_like(step=lambda m, v, c1, c2, e: m / c1 / np.sqrt(v / c2)), "so far was 0"),
        (lambda *given: adam_step(*given[:8], 1e-10), "so far was 0"),
        (adam_like(after=0), "of the step before. Which number"),
        (
            adam_like(step=lambda m, v, c1, c2, e: m * c1 / (np.sqrt(v * c2) + e)),
            "small averages smaller",
        ),
        (
            adam_like(step=lambda m, v, c1, c2, e: m / c1 / (np.sqrt(v) / c2 + e)),
            "v or its root",
        ),
        (adam_like(step=lambda m, v, c1, c2, e: m / c1 / (v / c2 + e)), "In which units"),
        (adam_like(step=lambda m, v, c1, c2, e: -m / c1 / (np.sqrt(v / c2) + e)), "climbs"),
        (adam_like(first=lambda m, g, beta: beta * m + g), "of a new gradient enters"),
        (adam_like(second=lambda v, g, beta: beta * v + g**2), "of a new square enters"),
        (adam_like(second=lambda v, g, beta: beta * v + (1 - beta) * abs(g)), "averages sizes"),
        (square_of_average, "squares the average"),
        (along_the_gradient, "what is m for"),
        (averages_too_late, "in which order do the lines"),
        (corrected_and_kept, "with these"),
        (lambda *given: (adam_step(*given)[0], given[1], given[2]), "left a trace"),
        (lambda *given: tuple(adam_step(*given)[k] for k in (0, 2, 1)), "another order"),
        (lambda *given: tuple(adam_step(*given)[k] for k in (1, 2, 0)), "another order"),
        (lambda *given: adam_step(*given)[0], "one vector alone"),
        (lambda *given: adam_step(*given)[:2], "Return theta, m and v, in this order"),
        (adam_like(after=2), ", theta should come out otherwise"),
        (adam_like(first=lambda m, g, beta: 3 * m), "theta and m should come out otherwise"),
        (adam_like(step=lambda *given: np.nan), "where does that come from"),
        (lambda *given: adam_step(*given[:6], 0.8, 0.9, given[8]), "what did you fix"),
        (lambda *given: adam_step(*given[:5], 0.1, *given[6:]), "what did you fix"),
        (adam_on_gradient, "changes the gradient"),
    ],
    [r"sqrt\(", r"t \+ 1", r"beta1\*\*", r"1 - beta", r"m_hat"],
)
