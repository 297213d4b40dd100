"""Places against a plain loop; ties; what cannot be ranked."""

from math import comb

import numpy as np
import pytest

from dlbook.places import Place, places


def close_race(seed=0, count=24):
    rng = np.random.default_rng(seed)
    start = rng.normal(0, 5, count)  # what all share would hide every difference
    means = {"A": 0.0, "B": 0.4, "C": 0.5, "D": 3.0}
    return {name: start + mean + rng.normal(0, 1, count) for name, mean in means.items()}


def test_places_agree_with_a_plain_loop():
    scores = close_race()
    table = np.array(list(scores.values()))
    rng, ranks, firsts = np.random.default_rng(7), [], []
    for _ in range(8000):
        drawn = rng.integers(0, 24, 24)
        order = np.argsort(-table[:, drawn].mean(axis=1)).tolist()
        ranks.append([order.index(k) + 1 for k in range(4)])
        firsts.append(order[0])
    found = places(scores)
    now = sorted(scores, key=lambda name: -scores[name].mean())
    assert list(found) == now
    for k, name in enumerate(scores):
        column = np.array(ranks)[:, k]
        low, high = np.quantile(column, [0.025, 0.975], method="nearest")
        assert found[name][:3] == (now.index(name) + 1, low, high)
        assert found[name].first == pytest.approx(firsts.count(k) / 8000, abs=0.02)
    assert found["D"] == Place(1, 1, 1, 1.0)
    assert found["A"].low < found["A"].high  # else the loop would have shown little


def test_starts_are_drawn_for_all_alike():
    # C is better by a little on every start: alike it is always first, drawn apart it would not be
    start = np.random.default_rng(0).normal(0, 100, 32)
    found = places({"A": start, "C": start + 1e-3})
    assert found["C"] == Place(1, 1, 1, 1.0)
    assert found["A"] == Place(2, 2, 2, 0.0)


def test_losses_are_ranked_the_other_way_round():
    scores = close_race()
    losses = {name: -values for name, values in scores.items()}
    assert places(losses, larger_is_better=False) == places(scores)


def test_equals_share_their_place():
    values = np.random.default_rng(0).random(32)
    found = places({"A": values, "B": values.copy(), "C": values[::-1] - 2})
    assert found["A"][:3] == found["B"][:3] == (1.5, 1.5, 1.5)
    assert found["A"].first == found["B"].first == 0.5
    assert found["C"] == Place(3, 3, 3, 0.0)


def test_a_wider_level_is_a_wider_interval():
    scores = close_race(1)
    narrow, wide = places(scores, level=0.5), places(scores, level=0.999)
    assert all(wide[name].low <= narrow[name].low for name in scores)
    assert all(wide[name].high >= narrow[name].high for name in scores)
    assert wide != narrow


def test_a_place_reads_as_on_the_page():
    assert str(Place(1.0, 1.0, 3.0, 0.7)) == "1 [1, 3]"
    assert str(Place(2.5, 2.0, 3.0, 0.0)) == "2.5 [2, 3]"


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ({}, "scores has nothing: two or more of the same"),
        ({"A": [1, 2]}, r"scores has A \(2,\): two or more of the same"),
        ({"A": [1, 2], "B": [1, 2, 3]}, r"scores has A \(2,\), B \(3,\)"),
        ({"A": [[1, 2]], "B": [[1, 2]]}, r"\(replicates,\) are needed"),
        ({"A": [1], "B": [2]}, "two or more finite values of each"),
        ({"A": [1, np.inf], "B": [1, 2]}, "two or more finite values of each"),
    ],
)
def test_what_cannot_be_ranked(scores, words):
    with pytest.raises(ValueError, match=words):
        places(scores)


@pytest.mark.parametrize(("level", "ends"), [(0.95, (1, 1)), (0.97, (1, 2))])
def test_the_level_is_what_lies_between_the_ends(level, ends):
    # A wins 21 of 31: resampled, it loses where a binomial of 31 and 10/31 exceeds 15
    wins = np.repeat([1.0, -1.0], [21, 10])
    p = sum(comb(31, k) * (10 / 31) ** k * (21 / 31) ** (31 - k) for k in range(16, 32))
    assert (1 - 0.97) / 2 < p < (1 - 0.95) / 2
    found = places({"A": wins, "B": np.zeros(31)}, level=level)
    assert found["A"][1:3] == ends
    assert found["B"][1:3] == tuple(3 - end for end in reversed(ends))
    assert found["A"].first == pytest.approx(1 - p, abs=0.005)
