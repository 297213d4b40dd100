"""Answers to exercises 2 and 11: the batches of a pass, and their noise."""

from __future__ import annotations

from itertools import combinations, count

import numpy as np

import dlbook


# ---------------------------------------------------------------------- 2
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


def overlapping(rows, batch_size, rng):
    order = rng.permutation(rows)
    return [order[k : k + batch_size] for k in range(0, rows, batch_size // 2)]


def two_passes(*given):
    return shuffled(*given) + shuffled(*given)


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
        (halves_of_few, "With 5 rows and batches of 8: Your batches have 3, 2 rows"),
        (all_but_one, "With 16 rows and batches of 8: Only 15 of the 16 rows"),
        (one_batch_too_many, "Given 16 rows and batches of 8, one batch is empty"),
        (empty_first, "Given 50 rows and batches of 8, one batch is empty"),
        (filled_up, "had their turn"),
        (overlapping, "Some rows come twice"),
        (two_passes, "Some rows come twice"),
        (drawn_for_each, "Some rows come twice"),
        (with_order(lambda n, rng: rng.integers(0, n, n)), "Some rows come twice"),
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
        (evenly(lambda n, size: 5), "Your batches have 10, 10, 10, … rows"),
        (evenly(lambda n, size: n), "Your batches have 1, 1, 1, … rows"),
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


# ---------------------------------------------------------------------- 11
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
