"""Data sets against scikit-learn's numbers and their own definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlbook import datasets
from dlbook.datasets import circles, digits, moons, pitch, spirals, split, standardize

# From scikit-learn 1.9.1: make_circles(300, noise=.05, random_state=1),
# make_circles(100, noise=.05, random_state=2), make_moons(300, noise=.2, random_state=3) and
# make_moons(7, noise=.1, random_state=0): the first rows, the first labels, the sum.
SKLEARN = [
    (
        lambda: circles(300, rng=np.random.RandomState(1)),
        [
            [-0.07741354010048114, 0.8526022642742742],
            [0.43186959584803564, -0.8721450395952108],
            [0.07916502322979652, 0.8406610985900007],
        ],
        [1, 0, 1, 1, 0, 0, 1, 0],
        0.10318058999808777,
    ),
    (
        lambda: circles(100, rng=np.random.RandomState(2)),
        [
            [-0.5242373850862546, -0.6091036148461817],
            [-0.8508922630636758, -0.5214512721012066],
            [0.5540839520797971, 0.4871108447794652],
        ],
        [1, 0, 1, 0, 0, 0, 0, 0],
        -0.418253070660783,
    ),
    (
        lambda: moons(300, rng=np.random.RandomState(3)),
        [
            [-0.21687013460912397, 1.0154493742029873],
            [0.8050501531955674, -0.5579733951321297],
            [0.7112745129750352, -0.4100602407591063],
        ],
        [0, 1, 1, 1, 0, 0, 1, 1],
        229.31214774688254,
    ),
    (
        lambda: moons(7, noise=0.1, rng=np.random.RandomState(0)),
        [[1.9157275946170713, 0.6969924447869893], [-0.8733881470142222, -0.05058765397605105]],
        [1, 0, 0, 1, 0, 1, 1],
        None,
    ),
]


@pytest.mark.parametrize(("make", "rows", "labels", "total"), SKLEARN)
def test_a_random_state_gives_scikit_learns_points(make, rows, labels, total):
    X, y = make()
    np.testing.assert_allclose(X[: len(rows)], rows, rtol=0, atol=1e-14)
    assert y[:8].tolist() == labels
    if total is not None:
        np.testing.assert_allclose(X.sum(), total, rtol=0, atol=1e-10)


GENERATORS = [circles, moons, spirals, pitch]


@pytest.mark.parametrize("make", GENERATORS)
@given(n=st.integers(7, 60), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_shapes_types_and_seeds(make, n, seed):
    X, y = make(n, rng=seed)
    assert X.shape == (n, 2)
    assert y.shape == (n,)
    assert X.dtype == np.float64
    assert y.dtype == np.int64
    assert np.isfinite(X).all()
    again = make(n, rng=np.random.default_rng(seed))
    assert np.array_equal(X, again.X)
    assert np.array_equal(y, again.y)
    assert not np.array_equal(X, make(n, rng=seed + 1).X)


def test_without_noise_the_curves_are_what_they_say():
    X, y = circles(40, noise=0, factor=0.5)
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), np.where(y == 0, 1, 0.5))
    X, y = moons(40, noise=0)
    center = np.array([[0, 0], [1, 0.5]])[y]
    np.testing.assert_allclose(np.linalg.norm(X - center, axis=1), 1)
    assert (X[y == 0, 1] >= 0).all()
    assert (X[y == 1, 1] <= 0.5).all()
    X, y = spirals(120, classes=4, noise=0, turns=0.5)
    radius = np.linalg.norm(X, axis=1)
    for k in range(4):
        # The end of arm k lies half a turn after its start at k/4.
        end = X[y == k][radius[y == k].argmax()]
        angle = 2 * np.pi * (k / 4 + 0.5)
        np.testing.assert_allclose(end, [np.cos(angle), np.sin(angle)], atol=1e-12)
    assert np.bincount(y).tolist() == [30] * 4


def test_noise_has_the_stated_size():
    X, y = circles(20_000, noise=0.05, factor=0.8, rng=4)
    np.testing.assert_allclose(np.linalg.norm(X, axis=1)[y == 0].std(), 0.05, rtol=0.05)


def test_pitch_is_hard_in_the_stated_way():
    X, y = pitch(200_000, label_noise=0.05, overlap=0.1, rng=0)
    assert np.abs(X).max(axis=0) == pytest.approx([1, 0.65], abs=1e-3)
    height = X[:, 1] - 0.6 * X[:, 0] - 0.35 * (X[:, 0] ** 2 - 0.3)
    far = np.abs(height) > 0.4
    np.testing.assert_allclose((y == (height > 0))[far].mean(), 0.95, atol=0.004)
    # Close to the border the labels are a coin.
    np.testing.assert_allclose((y == (height > 0))[np.abs(height) < 0.005].mean(), 0.53, atol=0.05)
    assert 0.4 < y.mean() < 0.6
    # The best straight line through the middle does worse than the curved border.
    line = (X[:, 1] > 0.6 * X[:, 0]) == y
    assert line.mean() < (y == (height > 0)).mean() - 0.005


def test_digits_are_whole_and_cannot_be_spoiled():
    X, y = digits()
    assert X.shape == (1797, 64)
    assert X.dtype == np.float64
    assert y.dtype == np.int64
    # Known facts of this data set: counts a class, sum of all pixels, first row's pixels.
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert X.sum() == 561718
    assert X[0, :8].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]
    X[:] = -1
    assert digits().X.min() == 0


@given(
    n=st.integers(5, 80),
    classes=st.integers(1, 5),
    shares=st.lists(st.floats(0.05, 0.3), min_size=2, max_size=2),
    stratify=st.booleans(),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_split_deals_every_row_at_most_once(n, classes, shares, stratify, seed):
    rows = np.arange(n)
    y = rows % classes
    sizes = (n - int(n * shares[0]) - int(n * shares[1]), *(int(n * share) for share in shares))
    parts = split(rows[:, None], y, sizes, rng=seed, stratify=stratify)
    dealt = [parts.train, parts.validation, parts.open_test()]
    assert parts.sizes == sizes == tuple(len(part.y) for part in dealt)
    assert sorted(np.concatenate([part.X[:, 0] for part in dealt])) == rows.tolist()
    for part in dealt:
        assert np.array_equal(part.X[:, 0] % classes, part.y)
        if stratify and len(part.y):
            expected = np.bincount(y, minlength=classes) * len(part.y) / n
            assert (np.abs(np.bincount(part.y, minlength=classes) - expected) <= 2).all()


def test_split_depends_on_its_seed_only():
    X, y = pitch(100)
    first, second = split(X, y, rng=1), split(X, y, rng=1)
    assert np.array_equal(first.train.X, second.train.X)
    assert not np.array_equal(first.train.X, split(X, y, rng=2).train.X)
    assert not np.array_equal(first.train.y, np.sort(first.train.y))


def test_shares_and_rows_left_over():
    X, y = pitch(101)
    assert sum(split(X, y, (0.6, 0.2, 0.2)).sizes) == 101
    assert split(X, y, (0.5, 0.0, 0.25)).sizes in {(50, 0, 26), (50, 0, 25), (51, 0, 25)}
    assert split(X, y, (10, 0, 5)).sizes == (10, 0, 5)


def test_the_test_part_is_sealed():
    X, y = pitch(50)
    parts = split(X, y, rng=0)
    with pytest.raises(AttributeError, match=r"sealed.*open_test"):
        parts.test  # noqa: B018
    assert "opened 0 times" in repr(parts)
    assert parts.open_test().X.shape == (10, 2)
    assert parts.test_openings == 1
    assert "opened once" in repr(parts)
    parts.open_test()
    assert parts.test_openings == 2


def test_standardize_uses_the_training_part_only():
    rng = np.random.default_rng(0)
    train, other = rng.normal(3, 2, (50, 4)), rng.normal(-9, 7, (20, 4))
    train[:, 2] = 5.0
    scaled, moved = standardize(train, other)
    free = [0, 1, 3]
    np.testing.assert_allclose(scaled[:, free].mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(scaled[:, free].std(axis=0), 1)
    assert np.array_equal(scaled[:, 2], train[:, 2])
    assert np.array_equal(moved[:, 2], other[:, 2])
    slope = (scaled[0, 0] - scaled[1, 0]) / (train[0, 0] - train[1, 0])
    np.testing.assert_allclose(moved[:, 0] - scaled[0, 0], slope * (other[:, 0] - train[0, 0]))
    # Whatever the other part holds, the training part comes out the same.
    assert np.array_equal(standardize(train, 100 * other)[0], scaled)


def test_a_standardized_split_stays_sealed():
    X, y = pitch(60)
    parts = split(X, y, (30, 0, 30), rng=0)
    scaled = parts.standardized()
    assert scaled.test_openings == 0
    assert scaled.validation.X.shape == (0, 2)
    expected = standardize(parts.train.X, parts.open_test().X)
    assert np.array_equal(scaled.train.X, expected[0])
    assert np.array_equal(scaled.open_test().X, expected[1])
    assert np.array_equal(scaled.train.y, parts.train.y)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: circles(1), ValueError, "n is 1"),
        (lambda: circles(3.5), TypeError, "n is 3.5"),
        (lambda: circles(noise=-1), ValueError, "noise is -1"),
        (lambda: circles(factor=1.0), ValueError, "factor is 1.0"),
        (lambda: moons(noise=float("nan")), ValueError, "noise is nan"),
        (lambda: moons(rng="seed"), TypeError, "rng is 'seed'"),
        (lambda: spirals(2, classes=3), ValueError, "n is 2"),
        (lambda: spirals(classes=1), ValueError, "classes is 1"),
        (lambda: pitch(label_noise=0.6), ValueError, "label_noise is 0.6"),
        (lambda: pitch(overlap=0), ValueError, "overlap is 0"),
        (lambda: split([[1.0], [2.0]], [0]), ValueError, r"y has shape \(1,\)"),
        (lambda: split([[1.0], [2.0]], [0, 1], (2, 1, 0)), ValueError, "sizes is"),
        (lambda: split([[1.0], [2.0]], [0, 1], (0, 1, 1)), ValueError, "one training row"),
        (lambda: split([[1.0], [2.0]], [0, 1], (0.5, 0.5)), ValueError, "sizes is"),
        (lambda: split([[1.0], [2.0]], [0, 1], (0.9, 0.2, 0.1)), ValueError, "sizes is"),
        (lambda: split([[np.nan], [2.0]], [0, 1]), ValueError, "X has nan"),
        (lambda: standardize([[1.0, 2.0]], [[1.0]]), ValueError, r"others\[0\] has shape"),
        (lambda: standardize(np.empty((0, 2))), ValueError, "train has shape"),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_the_digits_note_travels_with_the_file():
    folder = datasets.Path(datasets.__file__).parent / "data"
    note = (folder / "LICENSE-digits.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in note
    assert "Alpaydin" in note
    assert (folder / "digits.npz").stat().st_size < 120_000
