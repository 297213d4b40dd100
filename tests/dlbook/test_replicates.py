"""Replicates are an axis: row r of a batched run is the lone run of row r."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import OUTPUTS, labels_for

from dlbook import (
    L1,
    L2,
    MLP,
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    GradientDescent,
    MaxNorm,
    Momentum,
    Nesterov,
    RMSprop,
    train,
)
from dlbook.losses import LOSSES

OPTIMIZERS = {
    "GradientDescent": GradientDescent(0.1),
    "Momentum": Momentum(0.05),
    "damped Momentum": Momentum(0.1, damped=True),
    "Nesterov": Nesterov(0.05),
    "Adagrad": Adagrad(0.05),
    "RMSprop": RMSprop(0.01),
    "Adam": Adam(0.01),
    "AdamW": AdamW(0.01, weight_decay=0.1),
    "AMSGrad": AMSGrad(0.01),
}


def compare(network, theta, X, y, optimizer, **options):
    together = train(network, theta, X, y, optimizer, **options)
    for r in range(len(theta)):
        own_X, own_y = (X[r], y[r]) if X.ndim == 3 else (X, y)
        lone = train(network, theta[r], own_X, own_y, optimizer, **options)
        np.testing.assert_allclose(together.theta[r], lone.theta, rtol=0, atol=1e-10)
        np.testing.assert_allclose(together.history.loss[:, r], lone.history.loss, atol=1e-10)
        np.testing.assert_array_equal(together.history.accuracy[:, r], lone.history.accuracy)
        assert not np.allclose(lone.theta, theta[r], atol=1e-3)  # it did train


@pytest.mark.parametrize("own_data", [False, True], ids=["shared data", "own data"])
@pytest.mark.parametrize("batch_size", [None, 16], ids=["full batch", "mini-batches"])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_after_100_steps_each_replicate_is_its_lone_run(
    optimizer, activation, batch_size, own_data
):
    rng, replicates, rows = np.random.default_rng(0), 4, 50
    network = MLP((2, 8, 5, 1), activation)
    theta = network.initialize("he_normal", rng=rng, replicates=replicates)
    lead = (replicates,) if own_data else ()
    X, y = rng.normal(size=(*lead, rows, 2)), rng.integers(0, 2, (*lead, rows))
    compare(network, theta, X, y, OPTIMIZERS[optimizer], steps=100, batch_size=batch_size)


@settings(max_examples=25)
@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    rows=st.integers(2, 12),
    batch_size=st.one_of(st.none(), st.integers(1, 12)),
    replicates=st.integers(1, 4),
    loss=st.sampled_from(sorted(LOSSES)),
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    seed=st.integers(0, 99),
)
def test_for_any_sizes_losses_and_penalties(
    sizes, rows, batch_size, replicates, loss, optimizer, seed
):
    rng, outputs = np.random.default_rng(seed), OUTPUTS[loss]
    network = MLP([*sizes, outputs], "tanh", loss)
    theta = network.initialize("glorot_normal", rng=rng, replicates=replicates)
    X, y = rng.normal(size=(rows, sizes[0])), labels_for(loss, rng, (rows,), outputs)
    together = train(
        network, theta, X, y, OPTIMIZERS[optimizer], steps=100, batch_size=batch_size,
        penalty=[L2(0.01), L1(0.001), MaxNorm(2.0)],
    )  # fmt: skip
    assert together.theta.shape == theta.shape
    r = int(rng.integers(replicates))
    lone = train(
        network, theta[r], X, y, OPTIMIZERS[optimizer], steps=100, batch_size=batch_size,
        penalty=[L2(0.01), L1(0.001), MaxNorm(2.0)],
    )  # fmt: skip
    np.testing.assert_allclose(together.theta[r], lone.theta, rtol=0, atol=1e-10)


def test_one_start_on_many_data_sets_makes_replicates():
    rng = np.random.default_rng(1)
    network = MLP((2, 4, 1), "tanh")
    theta = network.initialize("he_normal", rng=rng)
    X, y = rng.normal(size=(3, 20, 2)), rng.integers(0, 2, (3, 20))
    together = train(network, theta, X, y, Adam(0.01), steps=50)
    assert together.theta.shape == (3, theta.size)
    for r in range(3):
        lone = train(network, theta, X[r], y[r], Adam(0.01), steps=50)
        np.testing.assert_allclose(together.theta[r], lone.theta, rtol=0, atol=1e-10)


def test_replicates_do_not_touch_each_other():
    rng = np.random.default_rng(2)
    network = MLP((2, 6, 1))
    theta = network.initialize("he_normal", rng=rng, replicates=3)
    X, y = rng.normal(size=(30, 2)), rng.integers(0, 2, 30)
    before = train(network, theta, X, y, Adam(0.02), steps=30).theta
    theta[1] *= -3
    after = train(network, theta, X, y, Adam(0.02), steps=30).theta
    np.testing.assert_allclose(before[[0, 2]], after[[0, 2]], rtol=0, atol=1e-12)
    assert not np.allclose(before[1], after[1], atol=0.1)


@pytest.mark.parametrize("batch_size", [None, 16])
def test_one_start_may_learn_several_labellings(batch_size):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2)), rng.integers(0, 2, size=(3, 40))
    network = MLP((2, 4, 1))
    start = network.initialize(rng=1)
    optimizer = GradientDescent(0.1)
    together = train(network, start, X, y, optimizer, steps=30, batch_size=batch_size)
    assert together.history.loss.shape[1] == 3
    for r in range(3):
        alone = train(network, start, X, y[r], optimizer, steps=30, batch_size=batch_size)
        np.testing.assert_allclose(together.theta[r], alone.theta, rtol=0, atol=1e-10)
        np.testing.assert_allclose(
            network.gradient(start, X, y)[r], network.gradient(start, X, y[r]), rtol=0, atol=1e-12
        )
