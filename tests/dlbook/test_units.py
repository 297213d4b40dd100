"""Dead units: counted by hand, without gradient, and beyond help for every optimizer."""

import numpy as np
import pytest

from dlbook import (
    MLP,
    Adagrad,
    Adam,
    AMSGrad,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSprop,
    datasets,
    train,
)
from dlbook.units import blocked, dead_units

X, y = datasets.moons(120, rng=0)
X = X - X.mean(axis=0)
NARROW = MLP((2, 3, 2, 1))
STARTS = NARROW.initialize(rng=5, replicates=300)


def counted_by_hand(network, theta, X):
    """Walk through single units and rows, in plain Python."""
    views = network.views(theta)
    rows, masks = X.tolist(), []
    for layer in range(1, len(network.sizes) - 1):
        W, b = views[f"W{layer}"].tolist(), views[f"b{layer}"].tolist()
        z = [
            [sum(a * W[i][j] for i, a in enumerate(row)) + b[j] for j in range(len(b))]
            for row in rows
        ]
        masks.append([all(row[j] <= 0 for row in z) for j in range(len(b))])
        rows = [[max(value, 0.0) for value in row] for row in z]
    return masks


def test_dead_units_are_those_that_one_counts_by_hand():
    found = dead_units(NARROW, STARTS, X)
    for k in range(40):
        expected = counted_by_hand(NARROW, STARTS[k], X)
        assert [layer[k].tolist() for layer in found] == expected
        assert [layer.tolist() for layer in dead_units(NARROW, STARTS[k], X)] == expected
    assert 0 < np.concatenate(found, axis=1).mean() < 0.5


def test_a_dead_unit_gets_no_gradient_and_a_live_one_does():
    dead = dead_units(NARROW, STARTS, X)
    gradients = [NARROW.views(g) for g in np.array(NARROW.gradient(STARTS, X, y))]
    shut = blocked(NARROW, STARTS, X)
    for k, gradient in enumerate(gradients):
        for layer in (1, 2):
            into = np.vstack([gradient[f"W{layer}"], gradient[f"b{layer}"][None]])
            moves = (into != 0).any(axis=0)
            assert not moves[dead[layer - 1][k]].any()
            if not shut[k] and layer == 2:
                np.testing.assert_array_equal(moves, ~dead[1][k])


def test_blocked_networks_give_every_row_the_same_logit():
    logits = NARROW.forward(STARTS, X)[..., 0]
    shut = blocked(NARROW, STARTS, X)
    np.testing.assert_array_equal(shut, np.ptp(logits, axis=1) == 0)
    assert 3 < shut.sum() < 100
    assert blocked(NARROW, STARTS[shut][0], X) is True
    assert blocked(NARROW, STARTS[~shut][0], X) is False


@pytest.mark.parametrize(
    "optimizer",
    [
        GradientDescent(0.5),
        Momentum(0.1),
        Nesterov(0.1),
        Adagrad(0.1),
        RMSprop(0.05),
        Adam(0.05),
        AMSGrad(0.05),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_no_optimizer_brings_a_blocked_start_back(optimizer):
    shut = STARTS[blocked(NARROW, STARTS, X)]
    run = train(NARROW, shut, X, y, optimizer, passes=40, batch_size=16)
    assert blocked(NARROW, run.theta, X).all()
    assert (NARROW.accuracy(run.theta, X, y) == 0.5).all()  # moons has as many of both classes
    np.testing.assert_array_equal(NARROW.views(run.theta)["W1"], NARROW.views(shut)["W1"])
    assert (NARROW.views(run.theta)["b3"] != NARROW.views(shut)["b3"]).all()


def test_a_unit_is_dead_on_some_rows_only():
    network = MLP((1, 1, 1))
    theta = np.array([1.0, 0.0, 1.0, 0.0])
    assert dead_units(network, theta, np.array([[-1.0], [0.0]]))[0].tolist() == [True]
    assert dead_units(network, theta, np.array([[-1.0], [0.1]]))[0].tolist() == [False]
    each_its_own = np.array([[[-1.0], [0.0]], [[-1.0], [0.1]]])
    assert dead_units(network, theta, each_its_own)[0].tolist() == [[True], [False]]


@pytest.mark.parametrize("activation", ["leaky_relu", "tanh", "sigmoid", "identity"])
def test_other_activations_do_not_die(activation):
    network = MLP((2, 3, 2, 1), activation)
    assert not np.concatenate(dead_units(network, STARTS, X), axis=1).any()
    assert not blocked(network, STARTS, X).any()


def test_a_unit_saturated_past_rounding_counts_as_dead():
    network = MLP((1, 2, 1), "sigmoid")
    theta = np.array([0.0, 0.0, 50.0, 5.0, 1.0, 1.0, 0.0])  # biases 50 and 5
    assert dead_units(network, theta, np.ones((3, 1)))[0].tolist() == [True, False]


def test_a_network_without_hidden_layers_has_nothing_to_die():
    network = MLP((2, 1))
    theta = network.initialize(replicates=3)
    assert dead_units(network, theta, X) == []
    assert blocked(network, theta, X).tolist() == [False] * 3
    assert blocked(network, theta[0], X) is False


def test_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match="theta has shape"):
        dead_units(NARROW, STARTS[:, :-1], X)
    with pytest.raises(ValueError, match="X has shape"):
        blocked(NARROW, STARTS, X[:, :1])
