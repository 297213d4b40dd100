"""Exercises on optimization: what counts as right there, found by another road."""

from itertools import combinations

import numpy as np
import pytest
from answers_optimization import BEST, NOISE, RACE, STABLE

from dlbook.exercises.optimization import race


def slowest(rate, beta, low, high):
    """Return the factor of a step of momentum along the slower of two directions."""
    factors = []
    for curvature in (low, high):
        # (theta, velocity) after a step, from those before it
        step = np.array([[1 - rate * curvature, -rate * beta], [curvature, beta]])
        factors.append(np.abs(np.linalg.eigvals(step)).max())
    return max(factors)


@pytest.mark.parametrize(("low", "high"), [(4.0, 100.0), (0.01, 50.0), (1.0, 2.0)])
def test_no_rate_and_beta_nearby_converge_faster(low, high):
    rate, beta = BEST[0][0](low, high)
    best = slowest(rate, beta, low, high)
    # both roots are equal there, so that the factor is known to half of the digits only
    assert best == pytest.approx(np.sqrt(beta), abs=1e-6)
    for other_rate in rate * np.linspace(0.5, 1.5, 41):
        for other_beta in np.clip(beta + np.linspace(-0.2, 0.2, 41), 0, 0.999):
            assert slowest(other_rate, other_beta, low, high) > best - 1e-6


@pytest.mark.parametrize("answer", STABLE[0])
def test_descent_diverges_just_above_the_largest_stable_rate(answer):
    eigenvalues = np.array([0.4, 3.0, 8.0])
    largest = answer(eigenvalues)
    for factor, grows in ((0.999, False), (1.001, True)):
        theta = np.ones(3)
        for _ in range(10_000):
            theta = theta - factor * largest * eigenvalues * theta
        assert (np.abs(theta).max() > 1) == grows


def test_the_estimate_of_noise_is_right_on_average_over_all_samples():
    # every sample of 3 of 6 rows, and every batch of 4 of them
    rows = np.array([[3.0, 0], [1, 2], [4, -2], [0, 1], [2, 5], [-1, 1]])
    batches_of_4 = np.array([rows[list(b)].mean(axis=0) for b in combinations(range(6), 4)])
    truth = ((batches_of_4 - rows.mean(axis=0)) ** 2).sum(axis=1).mean()
    for answer in NOISE[0]:
        estimates = [answer(rows[list(s)], 6, 4) for s in combinations(range(6), 3)]
        assert np.mean(estimates) == pytest.approx(truth, rel=1e-12)
    biased = [NOISE[1][0][0](rows[list(s)], 6, 4) for s in combinations(range(6), 3)]
    assert np.mean(biased) == pytest.approx(truth * 2 / 3, rel=1e-12)


def test_the_race_is_one_that_only_pairs_decide():
    a, b = race._pairs(32, -0.06)
    low, high, won = RACE[0][0](a, b)
    assert (low < high < 0, won) == (True, "a")
    # apart, the two intervals overlap by far, and the best run of all is one of b
    error = np.sqrt(a.var(ddof=1) / 32 + b.var(ddof=1) / 32)
    assert abs(np.mean(a - b)) < error
    assert b.min() < a.min() - 0.01
    a, b = race._pairs(20, 0.02)
    assert RACE[0][0](a, b)[0] < 0 < np.mean(a - b)


@pytest.mark.parametrize(("count", "gap"), [(32, -0.06), (32, 0.06), (20, 0.02)])
@pytest.mark.parametrize("seed", range(5))
def test_a_bootstrap_of_few_draws_is_good_enough(count, gap, seed):
    a, b = race._pairs(count, gap)
    means = np.random.default_rng(seed).choice(a - b, (1000, count)).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    race._judge_interval(low, high, a, b)
