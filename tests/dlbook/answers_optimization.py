"""Answers to the exercises on optimization: right ones, and wrong ones with their hints.

Each wrong answer stands for a mistake that people make. The text beside it is part of the hint that
it must get, and of no other hint of that exercise. What is right is also computed by dlbook, which
is tested against TensorFlow, or by another road.
"""

from __future__ import annotations

from itertools import combinations, count

import numpy as np
from nearly import plus, times

import dlbook
from dlbook.evidence import paired_difference
from dlbook.schedules import cosine, warmup

norm = np.linalg.norm

# ------------------------------------------------------------------------ 1: gradient descent


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


def descend_on_gradient(theta, gradient, learning_rate):
    gradient *= learning_rate
    return theta - gradient


DESCENT = (
    [descend_in_steps, descend_by_dlbook, lambda t, g, rate: -rate * g + t],
    [
        (lambda t, g, rate: t, "stays where it was"),
        (lambda t, g, rate: t + rate * g, "That climbs"),
        (lambda t, g, rate: t - g, "the whole gradient"),
        (lambda t, g, rate: t - rate, "All entries move alike"),
        (lambda t, g, rate: t - g / rate, "Halve the rate"),
        (lambda t, g, rate: rate * (t - g), "shrinks theta"),
        (lambda t, g, rate: rate * g, "where does it begin"),
        (lambda t, g, rate: -rate * g, "where does it begin"),
        (lambda t, g, rate: t * (1 - rate * g), "for ever"),
        (lambda t, g, rate: t - rate * np.sign(g), "Steep or flat"),
        (lambda t, g, rate: t - rate * g / norm(g), "has one length"),
        (lambda t, g, rate: t - 2 * rate * g, "theta should differ"),
        (lambda t, g, rate: t - 0.1 * g, "what did you fix"),
        (lambda t, g, rate: np.append(t[:3] - rate * g[:3], t[3:]), "what did you fix"),
        (descend_in_place, "changes theta itself"),
        (descend_silently, "return nothing"),
        (descend_on_gradient, "changes the gradient"),
        (lambda t, g, rate: norm(g), "a vector of 3 numbers is needed"),
        (lambda t, g: t, "TypeError"),
        (0.6, "without calling it"),
    ],
    [r"theta - learning", r"rate \* ", r"\.copy\(", "-2.05", "0.6"],
)

# ------------------------------------------------------------------------------- 2: batches


def shuffled(rows, batch_size, rng):
    order = rng.permutation(rows)
    return [order[start : start + batch_size] for start in range(0, rows, batch_size)]


def yielded(rows, batch_size, rng):
    left = list(range(rows))
    rng.shuffle(left)
    while left:
        yield [left.pop() for _ in range(min(batch_size, len(left)))]


def shuffled_by_dlbook(rows, batch_size, rng):
    return dlbook.minibatches(rows, batch_size, rng)


def with_order(order):
    """Cut the rows into batches, in an order of one's own."""

    def batches(rows, batch_size, rng):
        drawn = list(order(rows, rng))
        return [drawn[k : k + batch_size] for k in range(0, len(drawn), batch_size)]

    return batches


def no_last_batch(rows, batch_size, rng):
    order = rng.permutation(rows)
    return [order[k * batch_size :][:batch_size] for k in range(rows // batch_size)]


def none_for_few(rows, batch_size, rng):
    return shuffled(rows, batch_size, rng) if rows >= batch_size else []


def halves_of_few(rows, batch_size, rng):
    return shuffled(rows, batch_size if rows >= batch_size else 3, rng)


def all_but_one(rows, batch_size, rng):
    order = rng.permutation(rows)[: None if rows % batch_size else -1]
    return [order[k : k + batch_size] for k in range(0, rows, batch_size)]


def one_batch_too_many(rows, batch_size, rng):
    order = rng.permutation(rows)
    starts = range(0, rows // batch_size * batch_size + 1, batch_size)
    return [order[start : start + batch_size] for start in starts]


def filled_up(rows, batch_size, rng):
    order = rng.permutation(rows)
    order = np.append(order, order[: -rows % batch_size])
    return order.reshape(-1, batch_size)


def drawn_for_each(rows, batch_size, rng):
    return [rng.choice(rows, batch_size, replace=False) for _ in range(-(-rows // batch_size))]


def shuffled_inside(rows, batch_size, rng):
    starts = range(0, rows, batch_size)
    return [rng.permutation(np.arange(rows)[k : k + batch_size]) for k in starts]


def endless(rows, batch_size, rng):
    return ([row] for row in count())


def empty_first(rows, batch_size, rng):
    return [[], *shuffled(rows, batch_size, rng)]


def on_a_copy(rows, batch_size, rng):
    state = rng.bit_generator.state
    found = shuffled(rows, batch_size, rng)
    rng.bit_generator.state = state
    return found


def evenly(parts):
    def batches(rows, batch_size, rng):
        return np.array_split(rng.permutation(rows), parts(rows, batch_size))

    return batches


def unseeded(rows, rng):
    return np.random.default_rng().permutation(rows)


def always_the_same(rows, rng):
    return np.random.default_rng(0).permutation(rows)


def cyclic(rows, rng):
    return (np.arange(rows) + rng.integers(1, rows)) % rows


def half_of(rows, rng):
    return rng.permutation(rows)[: rows // 2]


BATCHES = (
    [shuffled, yielded, shuffled_by_dlbook, with_order(lambda n, rng: rng.permutation(n))],
    [
        (no_last_batch, "of the 50 rows are in no"),
        (none_for_few, "you return no batch at all"),
        (halves_of_few, "With 5 rows and batches of 8: Your batches have [3, 2]"),
        (all_but_one, "With 16 rows and batches of 8: Only 15 of the 16 rows"),
        (one_batch_too_many, "Given 16 rows and batches of 8, one batch is empty"),
        (empty_first, "Given 50 rows and batches of 8, one batch is empty"),
        (filled_up, "had their turn"),
        (drawn_for_each, "others never: how"),
        (with_order(lambda n, rng: rng.integers(0, n, n)), "others never: how"),
        (with_order(half_of), "Only 25 of the 50"),
        (with_order(lambda n, rng: 1 + rng.permutation(n)), "go from 1 to 50"),
        (with_order(lambda n, rng: rng.permutation(n) - 1), "go from -1 to 48"),
        (with_order(lambda n, rng: range(n)), "Rows keep their order"),
        (shuffled_inside, "Rows that are neighbours"),
        (with_order(cyclic), "Rows that are neighbours"),
        (
            lambda n, size, rng: rng.permutation(shuffled_inside(48, 8, rng)),
            "of the 50 rows are in no",
        ),
        (lambda *given: list(rng_of_order(*given)), "Rows that are neighbours"),
        (with_order(unseeded), "where do your random numbers"),
        (with_order(always_the_same), "what do you do with `rng`"),
        (on_a_copy, "who moves it on"),
        (evenly(lambda n, size: size), "What should be 8"),
        (evenly(lambda n, size: -(-n // size)), "share the rows out evenly"),
        (evenly(lambda n, size: 1), "as one batch"),
        (evenly(lambda n, size: n), "Your batches have [1, 1"),
        (lambda *given: shuffled(*given)[::-1], "The small batch comes first"),
        (evenly(lambda n, size: -(-n // size) if n == 16 else 1), "as one batch"),
        (endless, "more batches than there are rows"),
        (lambda n, size, rng: rng.permutation(n), "has shape ()"),
        (lambda n, size, rng: [rng.permutation(n).reshape(2, -1)], "has shape (2, 25)"),
        (lambda n, size, rng: [rng.random(size)], "holds float64"),
        (lambda n, size, rng: [rng.random(n) < 0.5], "holds bool"),
        (lambda n, size, rng: 7, "of type int: a list of batches"),
        (lambda n, size: [], "TypeError"),
        ([[1, 2], [3]], "without calling it"),
    ],
    [r"permutation", r"shuffle\(", r"range\(", r"min\("],
)


def rng_of_order(rows, batch_size, rng):
    blocks = shuffled_inside(rows, batch_size, rng)
    return [blocks[k] for k in [*rng.permutation(len(blocks) - 1), len(blocks) - 1]]


# ------------------------------------------------------------------------------ 3: averages


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

# ------------------------------------------------------------------------------ 4: momentum


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


def roll_with_own_memory():
    memory = np.zeros(3)

    def step(theta, velocity, gradient, learning_rate, beta):
        memory[:] = beta * memory + gradient
        return theta - learning_rate * memory, memory

    return step


MOMENTUM = (
    [roll, roll_in_place, roll_by_dlbook],
    [
        (velocity_of(lambda v, g, beta: beta * v + (1 - beta) * g), "Damped"),
        (velocity_of(lambda v, g, beta: g), "without a memory"),
        (roll_with_own_memory(), "without a memory"),
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
        (lambda *given: {}, "Return theta and velocity, in this order"),
        (lambda *given: [roll(*given)[0]], "Return theta and velocity, in this order"),
        (velocity_of(lambda v, g, beta: 3 * g), "theta and velocity should differ"),
        (lambda t, v, *given: (t, roll(t, v, *given)[1]), ", theta should differ"),
        (lambda t, v, g, *given: (roll(t, v, g, *given)[0], g), ", velocity should differ"),
        (lambda t, v, g, rate, beta: roll(t, v, g, rate, 0.8), "what did you fix"),
        (roll_on_gradient, "changes the gradient"),
        (roll_silently, "return nothing"),
    ],
    [r"beta \* ", r"velocity \+ gradient", r"rate \* "],
)

# ---------------------------------------------------------------------- 5: largest stable rate


def by_bisection(eigenvalues):
    """Find the rate at which some direction begins to grow."""
    low, high = 0.0, 100.0
    for _ in range(100):
        rate = (low + high) / 2
        stable = (np.abs(1 - rate * np.asarray(eigenvalues)) <= 1).all()
        low, high = (rate, high) if stable else (low, rate)
    return low


STABLE = (
    [lambda e: 2 / max(e), by_bisection, lambda e: 2 / np.abs(e).max()],
    [
        (lambda e: 1 / max(e), "done in one step"),
        (lambda e: 2 / min(e), "by which factor does a step"),
        (lambda e: 1 / min(e), "by which factor does a step"),
        (lambda e: 2 / (min(e) + max(e)), "the fastest rate"),
        (lambda e: 2 / sum(e), "do not add up"),
        (lambda e: 1 / sum(e), "do not add up"),
        (lambda e: 2 / np.mean(e), "And the others"),
        (lambda e: 2 / np.median(e), "And the others"),
        (lambda e: 2 / e[0], "fixed place"),
        (lambda e: 2 / e[-1], "fixed place"),
        (lambda e: max(e) / 2, "Upside down"),
        (lambda e: 2 * max(e), "Upside down"),
        (lambda e: 2 / norm(e), "a length is larger"),
        (lambda e: 2 / max(e) ** 2, "Measure the curvature once"),
        (lambda e: 2 / max(e) ** 0.5, "no root"),
        (lambda e: max(e), "That is a curvature"),
        (lambda e: 2 / e, "for each direction"),
        (lambda e: 0.3, "you return 0.3."),
        (lambda e: 0.25, "what did you fix"),
        (lambda e: 2 / e[2] if len(e) == 4 else 2 / sum(e) / 2, "what did you fix"),
        (lambda e: -1, "you return -1."),
        (lambda e: e[:2], "a single number is needed"),
    ],
    [r"2 ?/", r"max\(", r"largest eigenvalue", r"0\.25"],
)

# ------------------------------------------------------------------- 6: best rate and momentum


def tuned(smallest, largest):
    low, high = smallest**0.5, largest**0.5
    return (2 / (low + high)) ** 2, ((high - low) / (high + low)) ** 2


def tuned_by_equations(smallest, largest):
    """Let both ends shrink by the same factor: (1 - sqrt(rate times curvature))² is beta."""
    rate = 4 / (smallest + largest + 2 * np.sqrt(smallest * largest))
    return np.array([rate, (1 - np.sqrt(rate * smallest)) ** 2])


def beta_of(beta):
    return lambda low, high: (tuned(low, high)[0], beta(high / low))


def rate_of(rate):
    return lambda low, high: (rate(low, high), tuned(low, high)[1])


BEST = (
    [tuned, tuned_by_equations, lambda low, high: list(tuned(low, high))],
    [
        (lambda *given: tuned(*given)[::-1], "beta comes first"),
        (
            lambda *given: (tuned(*given)[0] / (1 - tuned(*given)[1]), tuned(*given)[1]),
            "damped momentum",
        ),
        (beta_of(lambda k: (k**0.5 - 1) / (k**0.5 + 1)), "their size follows from beta"),
        (beta_of(lambda k: (k - 1) / (k + 1)), "plain gradient descent"),
        (beta_of(lambda k: ((k - 1) / (k + 1)) ** 2), "feels less"),
        (beta_of(lambda k: 1 - 1 / k**0.5), "a rule of thumb"),
        (beta_of(lambda k: 1 - 2 / k**0.5), "a rule of thumb"),
        (beta_of(lambda k: 0.9), "default"),
        (beta_of(lambda k: 0), "forgets everything"),
        (beta_of(lambda k: (1 - k**0.5) / (1 + k**0.5)), "Your beta is negative"),
        (beta_of(lambda k: 0.7), "Your beta is 0.7"),
        (rate_of(lambda low, high: 2 / (low + high)), "the best one without it"),
        (rate_of(lambda low, high: 2 / high), "that is stable without momentum"),
        (rate_of(lambda low, high: 1 / high), "cautious"),
        (rate_of(lambda low, high: 2 / (low**0.5 + high**0.5)), "in other units"),
        (rate_of(lambda low, high: (2 / (low + high)) ** 2), "in other units"),
        (rate_of(lambda low, high: 1 / (low**0.5 + high**0.5) ** 2), "four times too small"),
        (rate_of(lambda low, high: 2 / (low**0.5 + high**0.5) ** 2), "half of what"),
        (
            lambda low, high: (2 * (1 + tuned(low, high)[1]) / high, tuned(low, high)[1]),
            "never comes to rest",
        ),
        (rate_of(lambda low, high: 0.1), "your rate is 0.1"),
        (lambda low, high: (1 / 36, 4 / 9), "not given the eigenvalues 3 and 3"),
        (
            lambda low, high: tuned(low, high) if low > 1 else (0.1, 0.1),
            "not given the eigenvalues 0.01",
        ),
        (lambda low, high: tuned(low, high)[0], "Return a pair"),
        (lambda low, high: (*tuned(low, high), 1), "Return a pair"),
        (lambda low, high: np.array([[1.0], [2.0]]), "shape (2, 1)"),
    ],
    [r"sqrt\(", r"κ", r"\*\* 2", r"0\.44", r"0\.0277", r"square of"],
)

# ----------------------------------------------------------------------------- 7: RMSprop


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
        (below(lambda s, epsilon: np.sqrt(s) + 2 * epsilon), ", theta should differ"),
        (
            lambda t, s, g, rate, beta, e: rms_step(t, s, g, rate, 0.7, e),
            "what did you fix",
        ),
        (rms_on_gradient, "changes the gradient"),
    ],
    [r"sqrt\(", r"beta \* ", r"\*\* ?2", r"\+ epsilon"],
)

# ------------------------------------------------------------------------------- 8: Adam


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
        (adam_like(after=2), ", theta should differ"),
        (adam_like(first=lambda m, g, beta: 3 * m), "theta and m should differ"),
        (adam_like(step=lambda *given: np.nan), "where does that come from"),
        (lambda *given: adam_step(*given[:6], 0.8, 0.9, given[8]), "what did you fix"),
        (lambda *given: adam_step(*given[:5], 0.1, *given[6:]), "what did you fix"),
        (adam_on_gradient, "changes the gradient"),
    ],
    [r"sqrt\(", r"t \+ 1", r"beta1\*\*", r"1 - beta", r"m_hat"],
)

# --------------------------------------------------------------------- 9: decoupled decay


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
        (lambda step, t, g, rate, decay: step(t, g) - decay, "theta should differ"),
        (
            lambda step, t, g, rate, decay: step(t, g) - 0.04 * t,
            "what did you fix",
        ),
        (lambda step, t, g, rate, decay: t - rate * g, "never calls `step`"),
        (steps_twice, "You call `step` twice"),
        (clears_the_gradient, "changes the gradient"),
        (decays_silently, "return nothing"),
        (lambda step, t, g, rate, decay: step(t, g)[:2], "3 numbers is needed"),
        (lambda step, t, g, rate, decay: step(t), "TypeError"),
        (3, "without calling it"),
    ],
    [r"rate \* ", r"decay \* ", r"- learning", r"step\(theta, gradient\) -"],
)

# ---------------------------------------------------------------- 10: cosine and warmup


def rate_by_formula(step, peak, warmup, total):
    rise = min(1, (step + 1) / warmup)
    return peak * rise * (1 + np.cos(np.pi * min(step, total) / total)) / 2


def rate_by_dlbook(step, peak, warmup_steps, total):
    return warmup(cosine(peak, total), warmup_steps)(step)


def rate_by_half_angle(step, peak, warmup, total):
    if step >= total:
        return 0
    wave = peak * np.cos(np.pi * step / total / 2) ** 2
    return wave if step >= warmup else wave * (step + 1) / warmup


def waves(formula, rise=lambda t, warmup: min(1, (t + 1) / warmup)):
    def rate(t, peak, warmup, total):
        return peak * rise(t, warmup) * formula(min(t, total) / total)

    return rate


def half_wave(share):
    return (1 + np.cos(np.pi * share)) / 2


def delayed(step, peak, warmup, total, first=1):
    if step < warmup:
        return peak * (step + first) / warmup
    return peak * half_wave(min(1, (step - warmup) / (total - warmup)))


SCHEDULE = (
    [rate_by_formula, rate_by_dlbook, rate_by_half_angle],
    [
        (waves(half_wave, lambda t, w: min(1, t / w)), "moves nothing"),
        (lambda *given: delayed(*given, first=0), "moves nothing"),
        (delayed, "waits for the warmup"),
        (waves(half_wave, lambda t, w: 1), "where is the warmup"),
        (waves(lambda share: 1), "where is the cosine"),
        (
            lambda t, p, w, n: p * ((t + 1) / w if t < w else half_wave(min(1, t / n))),
            "falls suddenly",
        ),
        (lambda t, p, w, n: p * min(1, (t + 1) / w) * half_wave(t / n), "rises again"),
        (waves(half_wave, lambda t, w: (t + 1) / w), "does not end"),
        (lambda t, p, w, n: p * (t + 1) / w * half_wave(t / n), "does not end"),
        (waves(lambda share: half_wave(2 * share)), "how much of a wave"),
        (waves(lambda share: (1 + np.cos(share)) / 2), "take its angle"),
        (waves(lambda share: 2 * half_wave(share)), "Twice too high"),
        (waves(lambda share: np.cos(np.pi * share)), "becomes negative"),
        (waves(lambda share: np.cos(np.pi * share / 2)), "A quarter"),
        (waves(lambda share: 1 - share), "straight line"),
        (waves(lambda share: 1 - half_wave(share)), "mind a sign"),
        (
            lambda t, p, w, n: p * min(1, (t + 1) / w) * half_wave(min(1, (t + 1) / n)),
            "one step ahead",
        ),
        (
            lambda t, p, w, n: p * min(1, (t + 1) / w) * half_wave(min(1, t / (n - 1))),
            "one step early",
        ),
        (waves(half_wave, lambda t, w: min(1, (t + 1) / (w + 1))), "one step more"),
        (waves(lambda share: 0), "you return 0 at step"),
        (lambda t, p, w, n: rate_by_formula(t, 0.4, w, n), "what did you fix"),
        (lambda t, p, w, n: rate_by_formula(t, p, 4, n), "what did you fix"),
        (
            lambda t, p, w, n: rate_by_formula(t, p, w, n) + 1e-6 * (t > n > 10),
            "what did you fix",
        ),
        (lambda t, p, w, n: [p, w], "Given step = 0, peak = 0.4"),
        (lambda t, p, w, n: p / (t - 5), "ZeroDivisionError"),
    ],
    [r"np\.pi", r"/ ?2\b", r"min\(", r"\* ?\(1 \+", r"cos\("],
)

# ------------------------------------------------------------------------ 11: batch noise


def noise(gradients, rows, batch_size):
    return gradients.var(axis=0, ddof=1).sum() / batch_size * (1 - batch_size / rows)


def noise_by_pairs(gradients, rows, batch_size):
    """Take the mean squared distance of two rows, which is twice their variance."""
    pairs = [((a - b) ** 2).sum() / 2 for a, b in combinations(gradients, 2)]
    return np.mean(pairs) * (1 / batch_size - 1 / rows)


def noise_like(spread, finite=lambda n, b, drawn: 1 - b / n, power=1):
    def wrong(gradients, rows, batch_size):
        share = finite(rows, batch_size, len(gradients))
        return spread(gradients) / batch_size**power * share

    return wrong


def spread(gradients):
    return np.trace(np.cov(gradients.T))


def biased_spread(gradients):
    return ((gradients - gradients.mean(0)) ** 2).sum() / len(gradients)


def with_replacement(n, b, drawn):
    return 1


def of_a_population(n, b, drawn):
    return (n - b) / (n - 1)


def simulated(gradients, rows, batch_size):
    rng = np.random.default_rng()
    means = [gradients[rng.permutation(len(gradients))[:4]].mean(0) for _ in range(100)]
    return np.var(means, axis=0).sum()


NOISE = (
    [noise, noise_by_pairs, noise_like(spread)],
    [
        (noise_like(biased_spread), "makes your spread too small"),
        (noise_like(biased_spread, of_a_population), "makes your spread too small"),
        (noise_like(biased_spread, with_replacement), "two mistakes"),
        (noise_like(spread, with_replacement), "does yours"),
        (noise_like(spread, of_a_population), "correct twice"),
        (noise_like(spread, lambda n, b, drawn: 1 - b / drawn), "From how many rows"),
        (noise_like(spread, lambda n, b, drawn: 1 - drawn / n), "nothing to chance"),
        (noise_like(spread, lambda n, b, drawn: b / n), "which share of rows"),
        (noise_like(spread, power=0), "what does averaging do"),
        (noise_like(spread, power=2), "how many times 1/B"),
        (noise_like(spread, power=0.5), "the root of B"),
        (noise_like(spread, lambda n, b, drawn: b / drawn * (1 - b / n)), "has a batch"),
        (lambda *given: noise(*given) ** 0.5, "the root of a variance"),
        (lambda g, *given: noise(g, *given) / g.shape[1], "average over the entries"),
        (noise_like(lambda g: (g**2).sum() / len(g)), "From which point"),
        (noise_like(lambda g: g.var(axis=1, ddof=1).sum()), "Along which axis"),
        (noise_like(lambda g: g.var(ddof=1)), "You mix all"),
        (noise_like(lambda g: g.var(ddof=1) * g.shape[1]), "You mix all"),
        (lambda g, rows, b: g.var(axis=0, ddof=1) / b * (1 - b / rows), "for each entry"),
        (simulated, "in closed form"),
        (lambda g, rows, b: 12.5, "you return 12.5:"),
        (
            lambda g, rows, b: (
                noise(g, rows, b) if rows > 6 else noise_like(biased_spread)(g, 9, b)
            ),
            "how can it",
        ),
        (lambda g, rows, b: noise(g, rows, 4 if rows > 6 else b), "what did you fix"),
        (lambda g, rows, b: noise(g[:, :3], rows, b), "what did you fix"),
        (lambda g, rows, b: np.ones((2, 2)), "a single number is needed"),
    ],
    [r"ddof", r"1 - batch", r"/ ?rows", r"N - B", r"n - 1 in"],
)

# -------------------------------------------------------------------------- 12: who won?


def by_bootstrap(a, b):
    found = paired_difference(a, b)
    won = "neither" if not found.excludes_zero else "a" if found.mean < 0 else "b"
    return found.low, found.high, won


def named(low, high):
    return "a" if high < 0 else "b" if low > 0 else "neither"


def interval(factor, error=lambda a, b: np.std(a - b, ddof=1) / len(a) ** 0.5, middle=None):
    """Return a verdict by an interval so many standard errors to each side."""

    def verdict(a, b):
        center = np.mean(a - b) if middle is None else middle(a, b)
        low, high = center - factor * error(a, b), center + factor * error(a, b)
        return low, high, named(low, high)

    return verdict


def by_t(a, b):
    quantile = {20: 2.093, 32: 2.040}[len(a)]  # Student's, from a table
    return interval(quantile)(a, b)


def nested(a, b):
    low, high, won = by_t(a, b)
    return [low, high], won.title() + " "


def unpaired(a, b):
    return np.sqrt(np.var(a, ddof=1) / len(a) + np.var(b, ddof=1) / len(b))


def says(word):
    """Return a right interval with a word of one's own."""

    def verdict(a, b):
        *ends, won = by_t(a, b)
        return *ends, word(a, b, won)

    return verdict


def best_run(a, b):
    return a.min() - b.min()


def by_votes(a, b, won):
    if won == "neither" and len(a) == 20:
        return won
    return "a" if (a < b).sum() > (a > b).sum() else "b"


def reversed_ends(a, b):
    low, high, won = by_t(a, b)
    return high, low, won


RACE = (
    [by_t, by_bootstrap, nested, interval(1.96), interval(1.8), interval(2.3)],
    [
        (lambda a, b: "a", "The interval is missing"),
        (lambda a, b: "a" if a.min() < b.min() else "b", "The interval is missing"),
        (lambda a, b: by_t(a, b)[:2], "Return three things"),
        (lambda a, b: np.mean(a - b), "Return three things"),
        (lambda a, b: np.ones((3, 2)), "Return three things"),
        (says(lambda a, b, won: "first"), "You say 'first' won"),
        (says(lambda a, b, won: True), "You say 'true' won"),
        (lambda a, b: ("low", "high", "a"), "of type list"),
        (lambda a, b: (np.nan, np.nan, "neither"), "where does that come from"),
        (reversed_ends, "above the upper one"),
        (lambda a, b: by_t(b, a), "that of b - a"),
        (interval(2, middle=best_run), "the best run of each"),
        (interval(2, unpaired, best_run), "the best run of each"),
        (interval(0, middle=best_run), "the best run of each"),
        (interval(2, middle=lambda a, b: 0.0), "lies about 0"),
        (interval(2, middle=lambda a, b: 0.1), "of your interval is 0.1:"),
        (interval(2, middle=lambda a, b: -0.054), "of your interval is -0.054:"),
        (interval(2, middle=lambda a, b: -0.066), "of your interval is -0.066:"),
        (interval(0), "Both ends are the same"),
        (interval(1.92, unpaired), "compare start by start"),
        (interval(2.1, unpaired), "compare start by start"),
        (interval(2, lambda a, b: np.std(a - b)), "single differences lie"),
        (interval(1, lambda a, b: np.std(a - b, ddof=1)), "single differences lie"),
        (interval(1.8, lambda a, b: np.std(a - b, ddof=1)), "single differences lie"),
        (interval(2.3, lambda a, b: np.std(a - b, ddof=1)), "single differences lie"),
        (interval(2, lambda a, b: np.std(a - b, ddof=1) / len(a)), "which power"),
        (interval(1, lambda a, b: np.std(a - b, ddof=1) / len(a)), "which power"),
        (interval(1), "one standard error"),
        (interval(1.04), "one standard error"),
        (interval(1.645), "is narrower than"),
        (interval(1.71), "is narrower than"),
        (interval(2.58), "is wider than"),
        (interval(2.45), "is wider than"),
        (says(lambda a, b, won: {"a": "b", "b": "a"}.get(won, won)), "is the better one"),
        (says(lambda a, b, won: "neither"), "lies outside"),
        (says(lambda a, b, won: "a"), "the two lists swapped"),
        (interval(2, lambda a, b: np.std(a - b, ddof=1) / 32**0.5), "but not for 20"),
        (says(lambda a, b, won: "a" if np.mean(a - b) < 0 else "b"), "might it be chance"),
        (says(by_votes), "from one much higher"),
    ],
    [r"std\(", r"1\.96", r"2\.04", r"paired_difference", r"a - b\)", r"\bt-test"],
)

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
