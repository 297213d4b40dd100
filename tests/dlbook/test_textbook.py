"""The textbook's network: MLP and complex steps are its oracles."""

import numpy as np
import pytest

from dlbook import Dropout
from dlbook.gradcheck import check_gradient
from dlbook.textbook import SOURCE, Textbook, run_source

SHAPES = [
    {},
    {"sizes": (4, 6, 5, 3), "rows": 7},
    {"sizes": (2, 3, 8, 4), "rows": 30, "keep": 0.5},
    {"sizes": (3, 1, 1, 2), "rows": 1},
]


class SameMask(Dropout):
    """Dropout whose masks, one ``(rows, units)`` a hidden layer, never change."""

    def __init__(self, masks):
        super().__init__(0.5)  # a rate of 0 would be no dropout
        self.masks = masks

    def refresher(self, mask, rates, rng):
        # the engine's layers lie one below the other, each followed by a row of ones
        stacked = [row for each in self.masks for row in (*each.T, np.ones(len(each)))]
        return lambda: np.copyto(mask, np.array(stacked))


def by_the_engine(book, masks):
    """Return loss and gradient of the book's network as dlbook's fast pass computes them."""
    gradient = np.empty_like(book.theta)
    engine = book.network.engine(
        book.theta,
        gradient,
        *book.network.encode(book.X, book.y),
        dropout=SameMask(masks),
        rng=np.random.default_rng(0),
    )
    engine.forward()
    loss = engine.batch_loss() + book.penalty.value(book.theta, book.network.weight_mask)
    return loss, engine.backward() + book.penalty.gradient(book.theta, book.network.weight_mask)


@pytest.mark.parametrize("options", SHAPES)
@pytest.mark.parametrize("rng", range(4))
def test_without_dropout_it_agrees_with_mlp(options, rng):
    book = Textbook(**{**options, "keep": 1}, rng=rng)
    assert all((mask == 1).all() for mask in book.masks)
    loss, gradient = book.network.loss_and_gradient(book.theta, book.X, book.y, book.penalty)
    assert abs(book.loss(book.theta) - loss) < 1e-12
    np.testing.assert_allclose(book.gradient(book.theta), gradient, rtol=0, atol=1e-12)


@pytest.mark.parametrize("options", SHAPES)
@pytest.mark.parametrize("rng", range(4))
def test_with_its_masks_it_agrees_with_the_engine(options, rng):
    book = Textbook(**options, rng=rng)
    loss, gradient = by_the_engine(book, book.masks)
    assert abs(book.loss(book.theta) - loss) < 1e-12
    np.testing.assert_allclose(book.gradient(book.theta), gradient, rtol=0, atol=1e-12)


def test_the_masks_count():
    book = Textbook()
    other = [np.roll(mask, 1, axis=0) for mask in book.masks]
    assert abs(book.loss(book.theta) - by_the_engine(book, other)[0]) > 1e-3


def test_the_penalty_counts():
    weak, strong = Textbook(decay=0), Textbook(decay=2)
    weights = strong.network.weight_mask * strong.theta
    extra = strong.loss(strong.theta) - weak.loss(weak.theta)
    assert extra == pytest.approx(2 / (2 * 5) * (weights @ weights), rel=1e-12)


@pytest.mark.parametrize("options", SHAPES)
def test_its_gradient_passes_by_complex_steps(options):
    book = Textbook(**options)
    report = check_gradient(
        book.loss, book.theta, book.gradient, names=book.layout, method="complex", tolerance=1e-13
    )
    assert report.passed, report


def test_many_vectors_at_once_give_the_same():
    book = Textbook()
    several = book.theta + np.linspace(-1, 1, 6)[:, None]
    one_by_one = [book.loss(theta) for theta in several]
    np.testing.assert_allclose(book.loss(several), one_by_one, rtol=1e-14)


def test_float32_stays_float32():
    book = Textbook(dtype=np.float32)
    assert book.loss(book.theta).dtype == np.float32
    assert book.gradient(book.theta).dtype == np.float32
    assert book.row_gradients(book.theta).dtype == np.float32
    in_double = Textbook()
    np.testing.assert_allclose(
        book.gradient(book.theta), in_double.gradient(in_double.theta), atol=1e-6
    )


@pytest.mark.parametrize("options", SHAPES[:3])
def test_each_rows_gradient_is_that_of_the_row_alone(options):
    book = Textbook(**{**options, "keep": 1})
    alone = [
        book.network.gradient(book.theta, book.X[i : i + 1], book.y[i : i + 1])
        for i in range(len(book.X))
    ]
    found = book.row_gradients(book.theta)
    np.testing.assert_allclose(found, alone, rtol=0, atol=1e-12)


def test_each_row_has_its_own_mask():
    book = Textbook(decay=0)
    np.testing.assert_allclose(
        book.row_gradients(book.theta).mean(axis=0), book.gradient(book.theta), atol=1e-13
    )


@pytest.mark.parametrize("rng", range(20))
def test_data_and_point_hide_no_bug(rng):
    book = Textbook(rng=rng)
    assert len(set(book.y)) > 1  # with one class, labels of other rows would be right
    assert (np.abs(book.theta) > 1e-6).all()  # at 0, a penalty has no gradient
    again = Textbook(rng=rng)
    np.testing.assert_array_equal(book.theta, again.theta)
    np.testing.assert_array_equal(book.X, again.X)
    assert not np.array_equal(book.theta, Textbook(rng=rng + 1).theta)


@pytest.mark.parametrize("rng", range(3))
def test_it_learns(rng):
    book, generator = Textbook(rows=60, rng=rng), np.random.default_rng(rng)
    start = book.code.initialize(generator)
    before = start.copy()
    theta = book.code.train(start, book.X, book.y, 40, generator)
    np.testing.assert_array_equal(start, before)
    assert (book.code.predict(theta, book.X) == book.y).mean() > 0.9
    assert book.loss(theta) < 0.5 * book.loss(start)


def test_its_start_is_scaled_by_the_inputs():
    code = run_source(SOURCE, SIZES=(400, 100, 100, 3))
    theta = code.initialize(np.random.default_rng(0))
    weights, biases = code.split(theta)[::2], code.split(theta)[1::2]
    for W in weights:
        assert W.std() == pytest.approx(1 / np.sqrt(len(W)), rel=0.1)
    assert not any(b.any() for b in biases)


def test_its_masks_keep_as_many_as_they_should():
    code = run_source(SOURCE, KEEP=0.8)
    masks = code.draw_masks(20_000, np.random.default_rng(0))
    for mask in masks:
        assert mask.shape == (20_000, 5)
        np.testing.assert_array_equal(np.unique(mask), [0, 1.25])
        assert mask.mean() == pytest.approx(1, abs=0.01)


def test_the_text_is_short_enough_to_read():
    lines = SOURCE.splitlines()
    assert len(lines) < 100
    assert max(map(len, lines)) <= 90


def test_constants_reach_the_functions():
    code = run_source("LIMIT = 3\n\ndef double():\n    return 2 * LIMIT\n", LIMIT=5)
    assert code.double() == 10
    assert code.LIMIT == 5
    assert not [name for name in vars(code) if name.startswith("_")]


@pytest.mark.parametrize(
    ("arguments", "kind", "pattern"),
    [
        ({"sizes": (4, 5, 3)}, ValueError, r"sizes is \(4, 5, 3\).*two hidden layers"),
        ({"sizes": (4, 5, 5, 1)}, ValueError, r"sizes is .*at least 2 classes"),
        ({"sizes": 5}, TypeError, r"sizes is 5"),
        ({"rows": 0}, ValueError, r"rows is 0.*at least 1"),
        ({"keep": 0}, ValueError, r"keep is 0.*above 0"),
        ({"keep": 1.5}, ValueError, r"keep is 1.5.*at most 1"),
        ({"decay": -1}, ValueError, r"decay is -1.*at least 0"),
        ({"rng": "a"}, TypeError, r"rng is 'a'"),
        ({"dtype": int}, TypeError, r"dtype is"),
        ({"source": "def loss(:"}, ValueError, r"source is not Python"),
    ],
)
def test_bad_input_stops_at_the_door(arguments, kind, pattern):
    with pytest.raises(kind, match=pattern) as error:
        Textbook(**arguments)
    assert "\n" not in str(error.value)
