import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import OUTPUTS, central, complex_step, labels_for

from dlbook import L1, L2, MLP, MaxNorm
from dlbook.activations import ACTIVATIONS
from dlbook.losses import LOSSES

SIZES = [[3], [3, 5], [3, 5, 4], [3, 5, 4, 6]]
HAND = MLP((2, 2, 1))
#       W1: 1 2 / 3 4, b1: 0 -10, W2: 5 / 6, b2: 7
HAND_THETA = np.array([1.0, 2.0, 3.0, 4.0, 0.0, -10.0, 5.0, 6.0, 7.0])


def problem(depth=2, loss="binary_cross_entropy", activation="tanh", lead=(), data_lead=(), seed=0):
    rng, outputs, rows = np.random.default_rng(seed), OUTPUTS[loss], 7
    network = MLP([*SIZES[depth - 1], outputs], activation, loss)
    theta = 0.7 * rng.normal(size=(*lead, network.n_parameters))
    X = rng.normal(size=(*data_lead, rows, 3))
    return network, theta, X, labels_for(loss, rng, (*data_lead, rows), outputs)


def forward_unit_by_unit(network, theta, x):
    """Return the logits of one sample with nothing but sums of products."""
    f = {
        "relu": lambda z: z if z > 0 else 0.0,
        "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
        "tanh": lambda z: (np.exp(2 * z) - 1) / (np.exp(2 * z) + 1),
        "sigmoid": lambda z: np.exp(z) / (np.exp(z) + 1),
        "identity": lambda z: z,
    }[network.activation.name]
    numbers, values, at = theta.tolist(), list(x), 0
    for layer, (n_in, n_out) in enumerate(zip(network.sizes[:-1], network.sizes[1:], strict=True)):
        weights, biases = numbers[at : at + n_in * n_out], numbers[at + n_in * n_out :]
        at += n_in * n_out + n_out
        z = [
            biases[j] + sum(values[i] * weights[i * n_out + j] for i in range(n_in))
            for j in range(n_out)
        ]
        values = z if layer == len(network.sizes) - 2 else [f(each) for each in z]
    assert at == len(numbers)
    return values


def test_layout_lists_each_layers_weights_then_biases():
    network = MLP((2, 10, 5, 1))
    assert network.n_parameters == 2 * 10 + 10 + 10 * 5 + 5 + 5 * 1 + 1
    assert {name: p.shape for name, p in network.layout.items()} == {
        "W1": (2, 10),
        "b1": (10,),
        "W2": (10, 5),
        "b2": (5,),
        "W3": (5, 1),
        "b3": (1,),
    }
    starts = [p.where.start for p in network.layout.values()]
    assert starts == [0, 20, 30, 80, 85, 90]
    assert network.weight_mask.sum() == 20 + 50 + 5
    assert not network.weight_mask[20:30].any()


def test_views_are_the_vector_itself():
    theta = HAND_THETA.copy()
    views = HAND.views(theta)
    np.testing.assert_array_equal(views["W1"], [[1, 2], [3, 4]])
    np.testing.assert_array_equal(views["b1"], [0, -10])
    np.testing.assert_array_equal(views["W2"], [[5], [6]])
    np.testing.assert_array_equal(views["b2"], [7])
    views["W2"][1, 0] = -1
    assert theta[7] == -1
    for W, name in zip(HAND.weights(theta), ("W1", "W2"), strict=True):
        np.testing.assert_array_equal(W, views[name])
        assert np.shares_memory(W, theta)


@given(
    sizes=st.lists(st.integers(1, 5), min_size=2, max_size=5),
    replicates=st.one_of(st.none(), st.integers(1, 4)),
)
def test_views_cover_every_parameter_once(sizes, replicates):
    network = MLP(sizes, loss="squared_error")
    theta = network.initialize("zeros", replicates=replicates)
    lead = () if replicates is None else (replicates,)
    assert theta.shape == (*lead, network.n_parameters)
    for view in network.views(theta).values():
        assert view.shape[: len(lead)] == lead
        view += 1
    np.testing.assert_array_equal(theta, 1)


def test_a_network_worked_out_by_hand():
    X = np.array([[1.0, 1.0], [2.0, 1.0], [-1.0, 0.0]])
    # z1: (4, -4), (5, -2), (-1, -12); logits: 5*4+7, 5*5+7, 7
    np.testing.assert_array_equal(HAND.forward(HAND_THETA, X), [[27], [32], [7]])
    hidden, output = HAND.layers(HAND_THETA, X)
    np.testing.assert_array_equal(hidden.pre_activation, [[4, -4], [5, -2], [-1, -12]])
    np.testing.assert_array_equal(hidden.activation, [[4, 0], [5, 0], [0, 0]])
    np.testing.assert_array_equal(output.activation, output.pre_activation)
    assert output.signal is None


def test_a_gradient_worked_out_by_hand():
    network = MLP((1, 1, 1), "relu", "squared_error")
    theta = np.array([2.0, 1.0, 3.0, -1.0])  # W1, b1, W2, b2
    X, y = np.array([[1.0], [-1.0]]), np.array([7.0, 0.0])
    # outputs 8 and -1, errors 1 and -1, hidden 3 and 0: the second row moves b2 only
    assert network.loss(theta, X, y) == 0.5
    np.testing.assert_allclose(
        network.gradient(theta, X, y), [1 * 3 * 1 / 2, 3 / 2, 3 / 2, 0], atol=1e-15
    )


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_forward_unit_by_unit(depth, activation):
    network, theta, X, _ = problem(depth, "softmax_cross_entropy", activation)
    expected = [forward_unit_by_unit(network, theta, x) for x in X]
    np.testing.assert_allclose(network.forward(theta, X), expected, rtol=1e-12, atol=1e-14)


LEADS = {
    "lone": ((), ()),
    "replicates": ((3,), ()),
    "data of its own each": ((3,), (3,)),
    "one theta, many data": ((), (3,)),
}


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_gradient_is_the_complex_step(depth, activation, loss, lead):
    network, theta, X, y = problem(depth, loss, activation, *LEADS[lead])
    penalties = [L2(0.3), L1(0.05), MaxNorm(1.0)]
    total, found = network.loss_and_gradient(theta, X, y, penalties)
    wide = np.broadcast_to(theta, (*total.shape, theta.shape[-1])).copy()
    step = complex_step(lambda t: network.loss(t, X, y, penalties), wide)
    assert found.shape == wide.shape
    np.testing.assert_allclose(found, step, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(total, network.loss(theta, X, y, penalties), rtol=1e-12)
    np.testing.assert_array_equal(found, network.gradient(theta, X, y, penalties))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_is_the_difference_quotient(activation, loss):
    network, theta, X, y = problem(3, loss, activation, seed=5)
    quotient = central(lambda t: network.loss(t, X, y, L2(0.1)), theta)
    np.testing.assert_allclose(network.gradient(theta, X, y, L2(0.1)), quotient, atol=1e-7)


@settings(max_examples=40)
@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    rows=st.integers(1, 6),
    replicates=st.one_of(st.none(), st.integers(1, 3)),
    loss=st.sampled_from(sorted(LOSSES)),
    seed=st.integers(0, 99),
)
def test_shapes_for_any_sizes(sizes, rows, replicates, loss, seed):
    rng, outputs = np.random.default_rng(seed), OUTPUTS[loss]
    network = MLP([*sizes, outputs], "tanh", loss)
    theta = network.initialize("glorot_normal", rng=rng, replicates=replicates)
    X, y = rng.normal(size=(rows, sizes[0])), labels_for(loss, rng, (rows,), outputs)
    lead = () if replicates is None else (replicates,)
    assert network.forward(theta, X).shape == (*lead, rows, outputs)
    assert np.shape(network.loss(theta, X, y)) == lead
    assert network.gradient(theta, X, y).shape == theta.shape
    assert network.predict(theta, X).shape[: len(lead) + 1] == (*lead, rows)
    for layer, units in zip(network.layers(theta, X, y), network.sizes[1:], strict=True):
        for array in (layer.pre_activation, layer.activation, layer.signal):
            assert array.shape == (*lead, rows, units)
    for r in range(replicates or 0):
        np.testing.assert_allclose(
            network.gradient(theta[r], X, y), network.gradient(theta, X, y)[r], atol=1e-12
        )


@pytest.mark.parametrize("lead", [(), (2,)], ids=["lone", "replicates"])
def test_signals_are_derivatives_by_the_pre_activations(lead):
    network, theta, X, y = problem(3, "softmax_cross_entropy", "tanh", lead)
    layers = network.layers(theta, X, y)
    for i in range(len(X)):
        # of row i alone, the derivative by a bias is that by its pre-activation
        lone = complex_step(lambda t, i=i: network.loss(t, X[i : i + 1], y[i : i + 1]), theta)
        for number, layer in enumerate(layers, start=1):
            expected = network.views(lone)[f"b{number}"] / len(X)
            np.testing.assert_allclose(layer.signal[..., i, :], expected, atol=1e-14)


def test_neither_theta_nor_data_change():
    network, theta, X, y = problem(3)
    kept = [a.copy() for a in (theta, X, y)]
    network.loss_and_gradient(theta, X, y, [L2(0.1), MaxNorm(0.01)])
    network.layers(theta, X, y)
    for now, before in zip((theta, X, y), kept, strict=True):
        np.testing.assert_array_equal(now, before)


def test_predictions_of_a_single_threshold():
    network, theta = MLP((1, 1)), np.array([2.0, -1.0])  # logit 2x - 1
    X = np.array([[0.0], [0.5], [0.75], [1.0]])
    np.testing.assert_array_equal(network.predict(theta, X), [0, 0, 1, 1])
    assert network.accuracy(theta, X, [0, 1, 1, 0]) == 0.5
    odds = np.exp([-1, 0, 0.5, 1])
    np.testing.assert_allclose(network.probabilities(theta, X)[:, 0], odds / (1 + odds))


def test_predictions_of_several_classes_and_replicates():
    network = MLP((1, 3))
    theta = np.array([[-1.0, 0, 1, 0, 0.5, 0], [1, 0, -1, 0, 0.5, 0]])  # W then b, a row each
    X = np.array([[-2.0], [0.0], [2.0]])
    np.testing.assert_array_equal(network.predict(theta, X), [[0, 1, 2], [2, 1, 0]])
    np.testing.assert_allclose(network.accuracy(theta, X, [0, 1, 2]), [1, 1 / 3])
    np.testing.assert_allclose(network.probabilities(theta, X).sum(axis=-1), 1)


def test_squared_error_predicts_values_and_has_no_accuracy():
    network = MLP((1, 1), loss="squared_error")
    np.testing.assert_array_equal(network.predict(np.array([2.0, 1.0]), [[3.0]]), [[7]])
    for each in (network, pickle.loads(pickle.dumps(network))):
        with pytest.raises(TypeError, match="accuracy"):
            each.accuracy(np.array([2.0, 1.0]), [[3.0]], [7])


def test_the_loss_follows_the_outputs_when_left_out():
    assert MLP((2, 1)).loss_function.name == "binary_cross_entropy"
    assert MLP((2, 3)).loss_function.name == "softmax_cross_entropy"


def test_integer_data_and_lists_are_taken():
    X = [[1, 1], [2, 1]]
    np.testing.assert_array_equal(HAND.forward(HAND_THETA, X), [[27], [32]])
    assert HAND.accuracy(HAND_THETA, X, [1, 0]) == 0.5


def test_the_description_counts_the_parameters():
    lines = str(MLP((2, 10, 5, 3), "tanh")).splitlines()
    assert [line.split()[-1] for line in lines] == ["parameters", "30", "55", "18", "103"]
    assert "2 -> 10 tanh" in lines[1]
    assert "(10, 5)" in lines[2]
    assert "logits" in lines[3]
    assert "softmax_cross_entropy" in lines[4]
    assert eval(repr(MLP((2, 3)))).sizes == (2, 3)


def test_initialize_draws_each_replicate_and_layer_anew():
    network = MLP((20, 20, 20, 20))
    theta = network.initialize("he_normal", rng=7, replicates=3, bias=0.25)
    matrices = np.concatenate(network.weights(theta))
    flat = matrices.reshape(9, 400)
    correlation = np.corrcoef(flat) - np.eye(9)
    assert np.abs(correlation).max() < 4 / np.sqrt(400)
    for name, view in network.views(theta).items():
        if name.startswith("b"):
            np.testing.assert_array_equal(view, 0.25)


def test_initialize_follows_its_generator():
    network = MLP((3, 4, 1))
    first = network.initialize(rng=1)
    np.testing.assert_array_equal(first, network.initialize(rng=np.random.default_rng(1)))
    assert not np.array_equal(first, network.initialize(rng=2))
    rng = np.random.default_rng(1)
    np.testing.assert_array_equal(first, network.initialize(rng=rng))
    assert not np.array_equal(first, network.initialize(rng=rng))


def test_initialize_with_a_random_state_gives_the_stream_of_randn():
    network = MLP((3, 4, 1))
    views = network.views(network.initialize("he_normal", rng=np.random.RandomState(3)))
    stream = np.random.RandomState(3)
    for name, n_in, n_out in (("W1", 3, 4), ("W2", 4, 1)):
        expected = stream.randn(n_out, n_in).T * np.sqrt(2 / n_in)
        np.testing.assert_allclose(views[name], expected, rtol=1e-14)


def test_initialize_takes_any_callable():
    def ones(n_in, n_out, rng, replicates, dtype):
        return np.ones((n_in, n_out), dtype)

    np.testing.assert_array_equal(MLP((1, 2), loss="squared_error").initialize(ones), [1, 1, 0, 0])


@pytest.mark.parametrize("loss", LOSSES)
def test_float32_stays_float32(loss):
    network, theta, X, y = problem(3, loss)
    small = MLP(network.sizes, "tanh", loss, np.float32)
    theta32 = theta.astype(np.float32)
    assert small.initialize().dtype == np.float32
    assert small.forward(theta32, X).dtype == np.float32
    total, gradient = small.loss_and_gradient(theta32, X, y, [L2(0.1), L1(0.1)])
    assert gradient.dtype == np.float32
    assert total.dtype == np.float32
    np.testing.assert_allclose(
        gradient, network.gradient(theta, X, y, [L2(0.1), L1(0.1)]), rtol=1e-3, atol=1e-5
    )


@pytest.mark.filterwarnings("error")
def test_saturated_networks_do_not_warn():
    for activation in ACTIVATIONS:
        network, theta, X, y = problem(2, "binary_cross_entropy", activation)
        total, gradient = network.loss_and_gradient(1e3 * theta, X, y)
        assert np.isfinite(total)
        assert np.isfinite(gradient).all()
