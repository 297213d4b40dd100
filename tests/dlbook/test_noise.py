import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import OUTPUTS, complex_step, labels_for

from dlbook import MLP, GradientDescent, Momentum, noise
from dlbook.convergence import step_matrix
from dlbook.noise import (
    batch_gradients,
    gradient_noise,
    noise_floor,
    noise_scale,
    predicted_variance,
    row_gradients,
)
from dlbook.surfaces import descend, quadratic

ROWS = np.random.default_rng(0).normal([1.0, -2.0, 0.5], [1, 0.3, 2], size=(6, 3))


def problem(loss, activation="tanh", rows=9, dtype=np.float64):
    rng = np.random.default_rng(1)
    network = MLP((2, 4, 3, OUTPUTS[loss]), activation, loss, dtype)
    theta = (0.7 * rng.normal(size=network.n_parameters)).astype(dtype)
    return network, theta, rng.normal(size=(rows, 2)), labels_for(loss, rng, (rows,), OUTPUTS[loss])


@pytest.mark.parametrize("loss", OUTPUTS)
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_row_gradient_is_the_derivative_of_the_loss_of_that_row(loss, activation):
    network, theta, X, y = problem(loss, activation)
    found = row_gradients(network, theta, X, y)
    for k, row in enumerate(found):
        part = slice(k, k + 1)
        exact = complex_step(lambda t, part=part: network.loss(t, X[part], y[part]), theta)
        np.testing.assert_allclose(row, exact, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found.mean(axis=0), network.gradient(theta, X, y), atol=1e-14)


def test_values_probabilities_and_lists_are_labels_too():
    network, theta, X, _ = problem("softmax_cross_entropy")
    hard = row_gradients(network, theta, X.tolist(), [0, 1, 2] * 3)
    np.testing.assert_allclose(row_gradients(network, theta, X, np.eye(3)[[0, 1, 2] * 3]), hard)
    line = MLP((1, 1), loss="squared_error")
    np.testing.assert_allclose(
        row_gradients(line, np.ones(2), [[2], [3]], [1, 0]), [[4, 2], [12, 4]]
    )


def test_rows_in_parts_give_the_same(monkeypatch):
    network, theta, X, y = problem("binary_cross_entropy")
    together = row_gradients(network, theta, X, y)
    monkeypatch.setattr(noise, "_NUMBERS_AT_A_TIME", 2 * theta.size)
    np.testing.assert_allclose(row_gradients(network, theta, X, y), together, rtol=1e-12)


def test_float32_stays_float32():
    network, theta, X, y = problem("binary_cross_entropy", dtype=np.float32)
    found = row_gradients(network, theta, X, y)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.mean(axis=0), network.gradient(theta, X, y), atol=1e-6)


# --------------------------------------------------------------------------- random batches


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
@pytest.mark.parametrize("replace", [False, True])
def test_the_prediction_is_the_mean_over_every_batch_there_is(size, replace):
    if replace:
        batches = list(itertools.product(range(6), repeat=size))
    else:
        batches = list(itertools.combinations(range(6), size))
    means = np.array([ROWS[list(batch)].mean(axis=0) for batch in batches])
    exact = ((means - ROWS.mean(axis=0)) ** 2).sum(axis=1).mean()
    assert predicted_variance(ROWS, size, replace=replace) == pytest.approx(exact, abs=1e-14)


def test_without_replacement_no_row_comes_twice_and_all_come_alike():
    # the gradient of row k is the k-th unit vector, so a mean tells who was in the batch
    shares = batch_gradients(np.eye(7), 3, 20_000, rng=1) * 3
    assert set(np.unique(shares.round(12))) == {0, 1}
    np.testing.assert_allclose(shares.sum(axis=1), 3)
    # 5 standard deviations of a share of 3/7 in 20,000 draws
    np.testing.assert_allclose(shares.mean(axis=0), 3 / 7, atol=5 * np.sqrt(12 / 49 / 20_000))
    pairs = (shares.T @ shares / 20_000)[np.triu_indices(7, 1)]
    np.testing.assert_allclose(pairs, 3 / 7 * 2 / 6, atol=5 * np.sqrt(1 / 7 * 6 / 7 / 20_000))


def test_with_replacement_rows_come_again_as_often_as_they_should():
    shares = batch_gradients(np.eye(4), 2, 20_000, replace=True, rng=2) * 2
    twice = (shares == 2).any(axis=1).mean()
    assert twice == pytest.approx(1 / 4, abs=5 * np.sqrt(3 / 16 / 20_000))
    np.testing.assert_allclose(shares.sum(axis=1), 2)
    np.testing.assert_allclose(shares.mean(axis=0), 1 / 2, atol=0.02)


def test_a_batch_of_all_rows_is_the_full_gradient():
    everything = batch_gradients(ROWS, 6, 5)
    np.testing.assert_allclose(everything, np.tile(ROWS.mean(axis=0), (5, 1)), rtol=1e-14)
    assert batch_gradients(ROWS, 60, 5, replace=True).shape == (5, 3)


def test_draws_in_parts_are_as_many_and_differ(monkeypatch):
    monkeypatch.setattr(noise, "_NUMBERS_AT_A_TIME", 4 * 6)
    for replace in (False, True):
        found = batch_gradients(np.eye(6), 2, 10, replace=replace)
        assert found.shape == (10, 6)
        assert len(np.unique(found, axis=0)) > 4


def test_batches_come_from_the_generator_handed_in():
    first = batch_gradients(ROWS, 2, 8, rng=3)
    np.testing.assert_array_equal(batch_gradients(ROWS, 2, 8, rng=np.random.default_rng(3)), first)
    assert not np.array_equal(batch_gradients(ROWS, 2, 8, rng=4), first)
    assert batch_gradients(ROWS, 2, 8, rng=np.random.RandomState(3)).shape == (8, 3)


@pytest.mark.parametrize("replace", [False, True])
def test_the_noise_of_a_network_is_what_the_theory_says(replace):
    network, theta, X, y = problem("binary_cross_entropy", rows=100)
    rows = row_gradients(network, theta, X, y)
    found = gradient_noise(rows, [1, 4, 16, 64, 100], 4000, replace=replace, rng=5)
    assert found.batch_sizes.tolist() == [1, 4, 16, 64, 100]
    assert (np.abs(found.measured - found.predicted) <= 5 * found.standard_error + 1e-20).all()
    assert (found.standard_error[:-1] < 0.05 * found.measured[:-1]).all()
    if replace:
        np.testing.assert_allclose(found.predicted * found.batch_sizes, found.predicted[0])
    else:
        assert found.predicted[-1] == 0


def test_the_standard_error_covers_as_it_should():
    found = [gradient_noise(ROWS, [2], 200, rng=seed) for seed in range(300)]
    off = np.array([(f.measured[0] - f.predicted[0]) / f.standard_error[0] for f in found])
    assert off.std() == pytest.approx(1, abs=0.1)


def test_the_noise_scale_is_where_noise_and_gradient_are_equally_long():
    scale = noise_scale(ROWS * 3)  # in no unit
    full = (ROWS.mean(axis=0) ** 2).sum()
    single = predicted_variance(ROWS, 1)
    assert single / scale == pytest.approx(full)
    assert noise_scale([[1.0], [-1.0]]) == np.inf


# ------------------------------------------------------------------------------- the floor


@given(rate=st.floats(0.001, 1.9), beta=st.floats(0, 0.95), eigenvalue=st.floats(0.05, 1))
def test_the_floor_solves_the_equation_of_its_covariance(rate, beta, eigenvalue):
    # C = M C M' + alpha^2 sigma^2 e e': solved as linear equations in the entries of C
    step = step_matrix("momentum", rate, eigenvalue, beta)
    right = np.array([rate**2 * 0.3, 0, 0, 0])
    covariance = np.linalg.solve(np.eye(4) - np.kron(step, step), right)
    exact = eigenvalue / 2 * covariance[0]
    assert noise_floor(rate, eigenvalue, 0.3, beta) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize(
    ("optimizer", "rate", "beta"),
    [
        (GradientDescent(0.3), 0.3, 0.0),
        (GradientDescent(1.6), 1.6, 0.0),
        (Momentum(0.1, 0.8), 0.1, 0.8),
    ],
)
def test_runs_hover_at_the_floor(optimizer, rate, beta):
    surface, sigma = quadratic(eigenvalues=[0.5, 1.0]), 0.2
    path = descend(surface, optimizer, np.zeros((4000, 2)), 100, noise=sigma, rng=6)
    hovering = surface.value(path[-1])
    error = hovering.std() / np.sqrt(hovering.size)
    predicted = noise_floor(rate, [0.5, 1.0], sigma**2, beta)
    assert abs(hovering.mean() - predicted) < 4 * error < 0.1 * predicted


def test_floors_of_many_settings_at_once():
    rates, betas = np.array([0.1, 0.2]), np.array([[0.0], [0.5], [0.9]])
    floors = noise_floor(rates, [1.0, 2.0], [0.1, 0.3], betas)
    assert floors.shape == (3, 2)
    for place in np.ndindex(3, 2):
        b, a = betas[place[0], 0], rates[place[1]]
        parts = [noise_floor(a, 1.0, 0.1, b), noise_floor(a, 2.0, 0.3, b)]
        assert floors[place] == pytest.approx(sum(parts))


NETWORK, THETA, X, Y = problem("binary_cross_entropy")
WRONG = {
    "network": (lambda: row_gradients(np.sin, THETA, X, Y), TypeError, "a dlbook.MLP is needed"),
    "replicates": (
        lambda: row_gradients(NETWORK, THETA[None], X, Y),
        ValueError,
        "theta has shape",
    ),
    "three axes": (lambda: row_gradients(NETWORK, THETA, X[None], Y), ValueError, "and X"),
    "labels": (lambda: row_gradients(NETWORK, THETA, X, Y[:4]), ValueError, "one label per row"),
    "sets of labels": (
        lambda: row_gradients(NETWORK, THETA, X, np.stack([Y, Y])),
        ValueError,
        "one set of rows",
    ),
    "a vector": (lambda: noise_scale([1.0, 2.0]), ValueError, "gradients has shape"),
    "one row": (lambda: predicted_variance([[1.0]], 1), ValueError, "at least 2 rows"),
    "NaN": (lambda: noise_scale([[1.0], [np.nan]]), ValueError, "gradients has NaN"),
    "batch of none": (lambda: batch_gradients(ROWS, 0, 1), ValueError, "batch_size is 0"),
    "half a row": (lambda: predicted_variance(ROWS, [1, 1.5]), TypeError, "batch_size is 1.0"),
    "too large": (lambda: batch_gradients(ROWS, 7, 1), ValueError, "7 for 6 rows"),
    "one of them too large": (lambda: gradient_noise(ROWS, [2, 7]), ValueError, "7 for 6 rows"),
    "no list": (lambda: gradient_noise(ROWS, 3), ValueError, "batch_sizes has shape"),
    "draws": (lambda: batch_gradients(ROWS, 2, 0), ValueError, "draws is 0"),
    "one draw": (lambda: gradient_noise(ROWS, [2], 1), ValueError, "draws is 1"),
    "rng": (lambda: batch_gradients(ROWS, 2, 3, rng="a"), TypeError, "rng is 'a'"),
    "unstable": (lambda: noise_floor(2.1, 1.0, 1.0), ValueError, "where runs converge"),
    "beta of 1": (lambda: noise_floor(0.1, 1.0, 1.0, 1.0), ValueError, "beta below 1"),
    "flat": (lambda: noise_floor(0.1, [1.0, 0.0], 1.0), ValueError, "eigenvalues is"),
    "negative": (lambda: noise_floor(0.1, 1.0, -1.0), ValueError, "variance is"),
    "word": (lambda: noise_floor("a", 1.0, 1.0), ValueError, "learning_rate is 'a'"),
}


@pytest.mark.parametrize(("call", "error", "words"), WRONG.values(), ids=list(WRONG))
def test_what_does_not_fit_stops_at_the_door(call, error, words):
    with pytest.raises(error, match=words):
        call()
