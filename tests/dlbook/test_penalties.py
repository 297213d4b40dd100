import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from oracles import central, complex_step

from dlbook import L1, L2, MLP, GradientDescent, MaxNorm, train
from dlbook.penalties import as_penalties

MASK = np.array([1.0, 1, 0, 1, 0])
vectors = arrays(np.float64, (3, 5), elements=st.one_of(st.floats(0.01, 10), st.floats(-10, -0.01)))


def test_values_worked_out_by_hand():
    theta = np.array([1.0, -2, 100, 3, -100])  # the two hundreds are biases
    assert L2(0.5).value(theta, MASK) == 0.5 / 2 * (1 + 4 + 9)
    assert L1(0.5).value(theta, MASK) == 0.5 * (1 + 2 + 3)
    np.testing.assert_array_equal(L2(0.5).gradient(theta, MASK), [0.5, -1, 0, 1.5, 0])
    np.testing.assert_array_equal(L1(0.5).gradient(theta, MASK), [0.5, -0.5, 0, 0.5, 0])


def test_at_zero_the_l1_gradient_is_zero():
    np.testing.assert_array_equal(L1(1.0).gradient(np.zeros(5), MASK), np.zeros(5))


@pytest.mark.parametrize("penalty", [L2(0.7), L1(0.7)], ids=repr)
@given(theta=vectors)
def test_gradient_is_the_derivative_of_the_value(penalty, theta):
    found = penalty.gradient(theta, MASK)
    assert penalty.value(theta, MASK).shape == (3,)
    step = complex_step(lambda t: penalty.value(t, MASK), theta)
    np.testing.assert_allclose(found, step, rtol=1e-12)
    quotient = central(lambda t: penalty.value(t, MASK), theta, h=1e-4)
    np.testing.assert_allclose(found, quotient, atol=1e-7)


@given(theta=vectors, factor=st.floats(0.1, 5))
def test_penalties_are_homogeneous(theta, factor):
    np.testing.assert_allclose(
        L2(1).value(factor * theta, MASK), factor**2 * L2(1).value(theta, MASK)
    )
    np.testing.assert_allclose(
        L1(1).value(-factor * theta, MASK), factor * L1(1).value(theta, MASK)
    )


def test_max_norm_adds_nothing_to_loss_and_gradient():
    assert MaxNorm(1).value(np.ones(5), MASK) == 0
    assert MaxNorm(1).value(np.ones((3, 5)), MASK).shape == (3,)
    assert MaxNorm(1).gradient(np.ones(5), MASK) is None
    W = np.ones((2, 2))
    for penalty in (L1(9), L2(9)):
        penalty.project([W])
    np.testing.assert_array_equal(W, 1)


@given(W=arrays(np.float64, (2, 4, 3), elements=st.floats(-10, 10)), limit=st.floats(0.1, 20))
def test_max_norm_shortens_long_columns_and_leaves_the_others(W, limit):
    before = W.copy()
    MaxNorm(limit).project([W])
    lengths, now = np.linalg.norm(before, axis=1), np.linalg.norm(W, axis=1)
    np.testing.assert_allclose(now, np.minimum(lengths, limit), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(W * lengths[:, None], before * now[:, None], rtol=1e-9, atol=1e-9)
    short = np.broadcast_to((lengths < limit * (1 - 1e-9))[:, None], W.shape)
    np.testing.assert_array_equal(W[short], before[short])


@pytest.mark.filterwarnings("error")
def test_max_norm_of_zero_weights_is_silent():
    W = np.zeros((3, 2))
    MaxNorm(1).project([W])
    np.testing.assert_array_equal(W, 0)


def without_data(penalty, steps=20, sizes=(2, 1)):
    """Train where the data asks for nothing: inputs are 0 and the bias is the target."""
    network = MLP(sizes, "identity", "squared_error")
    theta = np.array([[3.0, -0.5, 2.0], [0.1, 4.0, 2.0]])
    run = train(
        network,
        theta,
        np.zeros((4, 2)),
        np.full(4, 2.0),
        GradientDescent(0.1),
        steps=steps,
        penalty=penalty,
    )
    return theta, run


def test_l2_alone_shrinks_weights_by_a_power_and_leaves_the_bias():
    start, run = without_data(L2(0.5))
    np.testing.assert_allclose(run.theta[:, :2], start[:, :2] * (1 - 0.1 * 0.5) ** 20, rtol=1e-13)
    np.testing.assert_array_equal(run.theta[:, 2], 2)
    np.testing.assert_allclose(
        run.history.loss[-1], 0.25 * (run.theta[:, :2] ** 2).sum(axis=1), rtol=1e-13
    )


def test_l1_alone_takes_steps_of_one_length():
    start, run = without_data(L1(0.2), steps=4)
    np.testing.assert_allclose(
        run.theta[:, :2], start[:, :2] - 4 * 0.1 * 0.2 * np.sign(start[:, :2]), rtol=1e-13
    )


def test_penalties_of_a_list_add_up():
    start, run = without_data([L2(0.5), L1(0.2)], steps=1)
    expected = start - 0.1 * np.array([1, 1, 0]) * (0.5 * start + 0.2 * np.sign(start))
    np.testing.assert_allclose(run.theta, expected, rtol=1e-13)


def test_max_norm_holds_after_every_step():
    rng = np.random.default_rng(0)
    network = MLP((2, 8, 1))
    X, y = rng.normal(size=(50, 2)), rng.integers(0, 2, 50)
    theta = network.initialize("he_normal", rng=0, replicates=3)
    for steps in (1, 2, 17):
        free = train(network, theta, X, y, GradientDescent(0.5), steps=steps)
        run = train(network, theta, X, y, GradientDescent(0.5), steps=steps, penalty=MaxNorm(0.7))
        for W, unbound in zip(network.weights(run.theta), network.weights(free.theta), strict=True):
            assert np.linalg.norm(W, axis=-2).max() <= 0.7 * (1 + 1e-12)
            assert np.linalg.norm(unbound, axis=-2).max() > 0.7


def test_as_penalties_makes_a_tuple():
    one, other = L2(0.1), L1(0.1)
    assert as_penalties(None) == ()
    assert as_penalties(one) == (one,)
    assert as_penalties([one, other]) == (one, other)
