import numpy as np
import pytest
from oracles import OUTPUTS, central, labels_for

from dlbook import MLP, Dropout
from dlbook.activations import ACTIVATIONS
from dlbook.engine import layer_blocks, with_ones
from dlbook.losses import LOSSES

ROWS = 6


def problem(loss="softmax_cross_entropy", activation="tanh", lead=(), data_lead=(), seed=0):
    rng, outputs = np.random.default_rng(seed), OUTPUTS[loss]
    network = MLP((3, 5, 4, outputs), activation, loss)
    theta = 0.7 * rng.normal(size=(*lead, network.n_parameters))
    X = rng.normal(size=(*data_lead, ROWS, 3))
    return network, theta, X, labels_for(loss, rng, (*data_lead, ROWS), outputs)


def loaded(network, theta, X, y, **options):
    return network.engine(theta, np.empty_like(theta), *network.encode(X, y), **options)


def test_with_ones_adds_a_last_column():
    X = np.arange(12.0).reshape(2, 3, 2)
    augmented = with_ones(X, np.dtype(np.float32))
    assert augmented.dtype == np.float32
    np.testing.assert_array_equal(augmented[..., :2], X)
    np.testing.assert_array_equal(augmented[..., 2], 1)


def test_layer_blocks_hold_weights_and_biases_as_a_last_row():
    vector = np.arange(9.0)
    first, second = layer_blocks((2, 2, 1), vector)
    np.testing.assert_array_equal(first, [[0, 1], [2, 3], [4, 5]])
    np.testing.assert_array_equal(second, [[6], [7], [8]])
    second[...] = -1
    np.testing.assert_array_equal(vector[6:], -1)


@pytest.mark.parametrize("lead", [(), (1,), (4,)], ids=["lone", "one", "four"])
@pytest.mark.parametrize("own_data", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_forward_gives_the_plain_formulas_logits(activation, loss, own_data, lead):
    network, theta, X, y = problem(loss, activation, lead, lead if own_data else ())
    engine = loaded(network, theta, X, y)
    np.testing.assert_allclose(engine.forward(), network.forward(theta, X), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(engine.batch_loss(), network.loss(theta, X, y), rtol=1e-12)


def test_theta_is_read_anew_and_the_gradient_written_where_it_was_asked():
    network, theta, X, y = problem(lead=(2,))
    gradient = np.empty_like(theta)
    engine = network.engine(theta, gradient, *network.encode(X, y))
    for _ in range(3):
        engine.forward()
        engine.backward()
        np.testing.assert_allclose(gradient, network.gradient(theta, X, y), atol=1e-14)
        theta *= 0.5


def test_another_batch_can_be_written_over_the_first():
    network, theta, X, y = problem()
    inputs, target = network.encode(X, y)
    engine = network.engine(theta, np.empty_like(theta), inputs, target)
    engine.forward()
    before = engine.backward().copy()
    inputs[...], target[...] = network.encode(X[::-1] + 1, y)
    engine.forward()
    after = engine.backward()
    np.testing.assert_allclose(after, network.gradient(theta, X[::-1] + 1, y), atol=1e-14)
    assert not np.allclose(after, before)


@pytest.mark.parametrize("rate", [0.5, [0.2, 0.7]])
@pytest.mark.parametrize("lead", [(), (3,)], ids=["lone", "replicates"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_backward_uses_the_masks_of_forward(activation, loss, lead, rate):
    # the same seed gives the same masks, so the dropped network is a plain function of theta
    network, theta, X, y = problem(loss, activation, lead)

    def loss_with_these_masks(t):
        engine = loaded(network, t, X, y, dropout=Dropout(rate), rng=np.random.default_rng(5))
        engine.forward()
        return engine.batch_loss()

    engine = loaded(network, theta, X, y, dropout=Dropout(rate), rng=np.random.default_rng(5))
    engine.forward()
    quotient = central(loss_with_these_masks, theta)
    gradient = engine.backward()
    np.testing.assert_allclose(gradient, quotient, atol=2e-8)
    assert not np.allclose(gradient, network.gradient(theta, X, y), atol=1e-3)


def masks_seen(rates, lead=(), rows=400, units=30):
    """Return what dropout multiplies hidden units with, read off at the logits.

    All weights are 0 or the identity and the first layer gives ones, so the logits of a linear
    network are the product of its masks.
    """
    network = MLP((1, units, units, units), "identity", "squared_error")
    theta = np.zeros((*lead, network.n_parameters))
    views = network.views(theta)
    views["b1"][...] = 1
    views["W2"][...] = views["W3"][...] = np.eye(units)
    encoded = network.encode(np.zeros((rows, 1)), np.zeros((rows, units)))
    rng, gradient = np.random.default_rng(0), np.empty_like(theta)
    engine = network.engine(theta, gradient, *encoded, dropout=Dropout(rates), rng=rng)
    return engine.forward().copy()


@pytest.mark.parametrize("lead", [(), (3,)], ids=["lone", "replicates"])
@pytest.mark.parametrize(
    ("rates", "values", "dropped"),
    [
        ([0.25, 0.0], [0, 4 / 3], 0.25),
        ([0.0, 0.5], [0, 2], 0.5),
        ([0.25, 0.5], [0, 8 / 3], 1 - 0.75 * 0.5),
        (0.5, [0, 4], 0.75),
    ],
)
def test_dropout_scales_every_hidden_layer_by_its_mask(rates, values, dropped, lead):
    masks = masks_seen(rates, lead)
    np.testing.assert_allclose(np.unique(masks), values, rtol=1e-14)
    error = np.sqrt(dropped * (1 - dropped) / masks.size)
    assert abs((masks == 0).mean() - dropped) < 3 * error


def test_masks_differ_between_replicates_rows_and_units():
    masks = masks_seen([0.5, 0.0], (3,), rows=40)
    assert len(np.unique(masks.reshape(3 * 40, -1), axis=0)) == 3 * 40
    assert len(np.unique(masks.reshape(3 * 40, -1), axis=1).T) == 30


def test_masks_are_fresh_in_every_forward_pass():
    network, theta, X, y = problem()
    engine = loaded(network, theta, X, y, dropout=Dropout(0.5), rng=np.random.default_rng(1))
    passes = [engine.forward().copy() for _ in range(5)]
    assert all(not np.allclose(one, other) for k, one in enumerate(passes) for other in passes[:k])


def test_dropout_keeps_the_expected_logits_of_a_linear_network():
    network, theta, X, y = problem("squared_error", "identity")
    engine = loaded(network, theta, X, y, dropout=Dropout(0.3), rng=np.random.default_rng(2))
    logits = np.array([engine.forward().copy() for _ in range(4000)])
    error = logits.std(axis=0) / np.sqrt(len(logits))
    distance = (logits.mean(axis=0) - network.forward(theta, X)) / error
    assert np.abs(distance).max() < 4  # the largest of 12 standard normals


def test_signals_are_those_of_the_layers():
    network, theta, X, y = problem(lead=(2,))
    engine = loaded(network, theta, X, y)
    engine.forward()
    engine.backward()
    for signal, name in zip(engine.signals(), ("b1", "b2", "b3"), strict=True):
        assert signal.shape[:2] == (2, ROWS)
        np.testing.assert_allclose(
            signal.sum(axis=-2), network.views(network.gradient(theta, X, y))[name], atol=1e-14
        )
