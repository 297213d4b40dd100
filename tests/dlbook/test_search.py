"""Ranges against their distributions, grids counted, the expected best against every subset."""

import itertools
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.search import Range, expected_best, log_uniform, near_one, propose, uniform

RANGES = [uniform(-2.0, 3.0), log_uniform(1e-4, 10.0), near_one(0.5, 0.999)]


@pytest.mark.parametrize("each", RANGES)
def test_a_range_runs_from_low_to_high(each):
    values = [each.at(share) for share in np.linspace(0, 1, 11)]
    assert values[0] == pytest.approx(each.low, rel=1e-14)
    assert values[-1] == pytest.approx(each.high, rel=1e-14)
    assert values == sorted(values)
    assert all(type(value) is float for value in values)
    assert pickle.loads(pickle.dumps(each)) == each


def test_equal_shares_are_equal_differences_factors_and_horizons():
    shares = np.linspace(0, 1, 6)
    assert np.ptp(np.diff([uniform(2, 5).at(s) for s in shares])) < 1e-14
    rates = np.array([log_uniform(1e-3, 1e2).at(s) for s in shares])
    np.testing.assert_allclose(rates, [1e-3, 1e-2, 1e-1, 1, 1e1, 1e2], rtol=1e-13)
    betas = np.array([near_one(0, 1 - 1e-5).at(s) for s in shares])
    np.testing.assert_allclose(1 / (1 - betas), [1, 1e1, 1e2, 1e3, 1e4, 1e5], rtol=1e-9)


@pytest.mark.parametrize(
    ("kind", "low", "high", "words"),
    [
        (uniform, 1.0, 1.0, "high is 1.0: a finite number above 1 is needed"),
        (uniform, 0.0, math.inf, "high is inf"),
        (log_uniform, 0.0, 1.0, "low is 0.0: a finite number above 0 is needed"),
        (log_uniform, 1.0, 0.1, "high is 0.1: a finite number above 1 is needed"),
        (near_one, 0.9, 1.0, "high is 1.0: a finite number above 0.9 and below 1 is needed"),
        (near_one, 1.2, 1.5, "low is 1.2: a finite number below 1 is needed"),
    ],
)
def test_ranges_that_are_none(kind, low, high, words):
    with pytest.raises(ValueError, match=words):
        kind(low, high)


def test_random_draws_have_the_distribution_of_their_range():
    ranges = {"rate": log_uniform(1e-4, 1.0), "beta": near_one(0.9, 0.999)}
    drawn = propose(ranges, 4000, seed=3)
    rate = np.array([each["rate"] for each in drawn])
    beta = np.array([each["beta"] for each in drawn])
    # 4000 draws: a share is known to 0.008, three times that is allowed
    for edge, share in ((1e-3, 0.25), (1e-2, 0.5), (1e-1, 0.75)):
        assert (rate < edge).mean() == pytest.approx(share, abs=0.024)
    for edge, share in ((0.99, 0.5), (1 - 10**-2.5, 0.75)):
        assert (beta < edge).mean() == pytest.approx(share, abs=0.024)
    assert abs(np.corrcoef(np.log(rate), np.log(1 - beta))[0, 1]) < 0.05


def test_draws_depend_on_the_seed_and_on_nothing_else():
    first = propose({"a": uniform(0, 1)}, 8, seed=1)
    assert propose({"a": uniform(0, 1)}, 8, seed=1) == first
    assert propose({"a": uniform(0, 1)}, 8, seed=2) != first
    # neither another range nor another name moves the first; more candidates only add to it
    both = propose({"b": uniform(0, 1), "c": uniform(0, 1)}, 12, seed=1)
    assert [each["b"] for each in both][:8] == [each["a"] for each in first]
    assert all(each["b"] != each["c"] for each in both)


def test_a_grid_has_every_combination_once_with_the_ends():
    ranges = {"rate": log_uniform(0.01, 1.0), "beta": uniform(0.0, 0.9)}
    grid = propose(ranges, 6, "grid")
    found = {(round(each["rate"], 12), round(each["beta"], 12)) for each in grid}
    assert found == set(itertools.product((0.01, 0.1, 1.0), (0.0, 0.9)))
    assert len(grid) == 6


@given(st.integers(1, 400), st.integers(1, 3))
def test_a_grid_spends_the_whole_budget_or_says_why_not(count, axes):
    ranges = {str(k): uniform(0, 1) for k in range(axes)}
    possible = axes == 1 or any(
        count % a == 0 and (axes == 2 or any((count // a) % b == 0 and count // a // b > 1
                                             for b in range(2, count // a)))
        for a in range(2, count)
    )  # fmt: skip
    if not possible:
        with pytest.raises(ValueError, match=f"count is {count} for a grid over {axes} ranges"):
            propose(ranges, count, "grid")
        return
    grid = propose(ranges, count, "grid")
    sizes = [len({each[name] for each in grid}) for name in ranges]
    assert len(grid) == count == math.prod(sizes)
    assert len({tuple(each.values()) for each in grid}) == count
    assert sizes == sorted(sizes, reverse=True)


def test_a_grid_of_one_stands_in_the_middle():
    assert propose({"rate": log_uniform(0.01, 1.0)}, 1, "grid")[0]["rate"] == pytest.approx(0.1)


def test_nothing_to_tune_is_one_candidate():
    assert propose({}, 16) == propose({}, 16, "grid") == [{}]


def test_bad_requests_are_refused_at_the_door():
    rate = {"rate": log_uniform(0.01, 1.0)}
    with pytest.raises(ValueError, match="search is 'best': one of random, grid is needed"):
        propose(rate, 4, "best")
    with pytest.raises(ValueError, match="count is 0"):
        propose(rate, 0)
    with pytest.raises(ValueError, match="seed is -1"):
        propose(rate, 4, seed=-1)
    with pytest.raises(TypeError, match=r"ranges\['rate'\] is 0.1: a range such as log_uniform"):
        propose({"rate": 0.1}, 4)
    with pytest.raises(ValueError, match=r"share is 1\.5: a finite number of at least 0 and of at"):
        rate["rate"].at(1.5)
    with pytest.raises(NotImplementedError):
        Range(0.0, 1.0).at(0.5)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8), st.booleans())
def test_the_expected_best_is_the_mean_over_every_subset(scores, larger_is_better):
    best = max if larger_is_better else min
    expected = [
        np.mean([best(some) for some in itertools.combinations(scores, k)])
        for k in range(1, len(scores) + 1)
    ]
    np.testing.assert_allclose(expected_best(scores, larger_is_better), expected, atol=1e-13)


@pytest.mark.parametrize("scores", [[], [[0.1]], [0.1, math.nan], [math.inf]])
def test_the_expected_best_of_what_is_no_list_of_scores(scores):
    with pytest.raises(ValueError, match="one finite number for each candidate is needed"):
        expected_best(scores)
