import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from dlbook import MLP, Dropout, GradientDescent, train

GENERATORS = {
    "PCG64": np.random.default_rng,
    "MT19937": lambda seed: np.random.Generator(np.random.MT19937(seed)),
    "SFC64": lambda seed: np.random.Generator(np.random.SFC64(seed)),
    "Philox": lambda seed: np.random.Generator(np.random.Philox(seed)),
    "RandomState": np.random.RandomState,
}


@pytest.mark.parametrize("kind", GENERATORS)
@pytest.mark.parametrize("rate", [0.01, 0.1, 0.25, 0.5, 0.8, 0.99])
def test_the_rate_is_the_fraction_dropped(rate, kind):
    n = 200_000
    mask = Dropout(rate).mask((n // 100, 100), GENERATORS[kind](3))
    measured = (mask == 0).mean()
    assert abs(measured - rate) < 3 * np.sqrt(rate * (1 - rate) / n)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_every_place_of_a_mask_is_dropped_alike(rate):
    # four words come from one draw of the generator: none of the four may be special
    rng = np.random.default_rng(0)
    masks = np.array([Dropout(rate).mask((3, 5), rng) == 0 for _ in range(20_000)])
    error = np.sqrt(rate * (1 - rate) / len(masks))
    assert (np.abs(masks.mean(axis=0) - rate) < 4 * error).all()
    flat = masks.reshape(len(masks), -1).astype(float)
    correlation = np.corrcoef(flat.T) - np.eye(15)
    assert np.abs(correlation).max() < 5 / np.sqrt(len(masks))


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.5, 0.8])
def test_what_is_kept_is_scaled_by_one_over_the_keep_probability(rate):
    mask = Dropout(rate).mask((1000, 100), rng=1)
    values = np.unique(mask)
    assert values.size == 2
    assert values[0] == 0
    assert values[1] == pytest.approx(1 / (1 - rate), rel=2**-15 / (1 - rate))


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_the_expected_mask_is_one(rate):
    mask = Dropout(rate).mask((1000, 300), rng=2)
    assert abs(mask.mean() - 1) < 3 * mask.std() / np.sqrt(mask.size)


def test_no_rate_drops_nothing():
    np.testing.assert_array_equal(Dropout(0).mask((5, 7), rng=0), np.ones((5, 7)))


@pytest.mark.filterwarnings("error")
def test_a_rate_next_to_one_leaves_a_finite_mask():
    assert np.isfinite(Dropout(np.nextafter(1, 0)).mask((100, 100), rng=0)).all()


@given(
    shape=array_shapes(min_dims=1, max_dims=3, max_side=7),
    dtype=st.sampled_from([np.float32, np.float64]),
    kind=st.sampled_from(sorted(GENERATORS)),
)
def test_shape_and_dtype_are_those_asked_for(shape, dtype, kind):
    mask = Dropout(0.5).mask(shape, GENERATORS[kind](0), dtype=dtype)
    assert mask.shape == shape
    assert mask.dtype == dtype


def test_the_seed_decides_and_the_generator_moves_on():
    dropout = Dropout(0.5)
    first = dropout.mask((10, 10), rng=4)
    rng = np.random.default_rng(4)
    np.testing.assert_array_equal(first, dropout.mask((10, 10), rng))
    assert not np.array_equal(first, dropout.mask((10, 10), rng))
    assert not np.array_equal(first, dropout.mask((10, 10), rng=5))


def test_each_layer_may_have_its_rate():
    assert [Dropout([0.2, 0.8]).rate_of(layer, 2) for layer in (0, 1)] == [0.2, 0.8]
    assert Dropout(0.3).rate_of(4, 5) == 0.3


def problem(seed=0):
    rng = np.random.default_rng(seed)
    network = MLP((2, 16, 8, 1), "tanh")
    theta = network.initialize(rng=rng, replicates=2)
    return network, theta, rng.normal(size=(40, 2)), rng.integers(0, 2, 40)


def standing_still(**options):
    """Train with a learning rate of 0: what moves are the masks alone."""
    network, theta, X, y = problem()
    arguments = {"steps": 8, "dropout": Dropout(0.5), "record_every": 1, **options}
    return train(network, theta, X, y, GradientDescent(0.0), **arguments)


def test_training_draws_a_fresh_mask_every_step_for_every_replicate():
    losses = standing_still(record="batch").history.loss
    assert np.unique(losses).size == losses.size == 16


def test_training_without_dropout_stands_still():
    assert len(np.unique(standing_still(record="batch", dropout=None).history.loss)) == 2


def test_training_is_seeded():
    first = standing_still(record="batch", rng=1).history.loss
    np.testing.assert_array_equal(first, standing_still(record="batch", rng=1).history.loss)
    assert not np.array_equal(first, standing_still(record="batch", rng=2).history.loss)


def test_nothing_is_dropped_at_test_time():
    network, theta, X, y = problem()
    run = standing_still(validation=(X, y))
    plain = network.loss(theta, X, y)
    for recorded in (run.history.loss, run.history.validation_loss):
        np.testing.assert_allclose(recorded, np.broadcast_to(plain, recorded.shape), rtol=1e-12)
    np.testing.assert_array_equal(
        run.history.accuracy, np.broadcast_to(network.accuracy(theta, X, y), (9, 2))
    )


def test_the_trained_network_has_felt_the_dropout():
    network, theta, X, y = problem()
    optimizer = GradientDescent(0.5)
    free = train(network, theta, X, y, optimizer, steps=50)
    dropped = train(network, theta, X, y, optimizer, steps=50, dropout=Dropout(0.5))
    assert not np.allclose(free.theta, dropped.theta, atol=1e-3)
    none = train(network, theta, X, y, optimizer, steps=50, dropout=Dropout(0.0))
    np.testing.assert_allclose(none.theta, free.theta, rtol=1e-10, atol=1e-12)
