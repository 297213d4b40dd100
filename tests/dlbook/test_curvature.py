from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import OUTPUTS, complex_step, labels_for

from dlbook import MLP, curvature
from dlbook.convergence import largest_stable_rate, stability_limit
from dlbook.curvature import Slice, extreme_eigenpairs, hessian, hessian_vector_product

SMOOTH = ["tanh", "sigmoid", "identity"]


def problem(loss, activation="tanh", hidden=(4, 3), rows=7, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    network = MLP((2, *hidden, OUTPUTS[loss]), activation, loss, dtype)
    theta = (0.7 * rng.normal(size=network.n_parameters)).astype(dtype)
    return network, theta, rng.normal(size=(rows, 2)), labels_for(loss, rng, (rows,), OUTPUTS[loss])


def by_differences(network, theta, X, y):
    """Return the Hessian by central differences of the loss's complex-step gradient."""
    moves = 1e-5 * np.eye(theta.size)
    above, below = (
        complex_step(lambda t: network.loss(t, X, y), theta + sign * moves) for sign in (1, -1)
    )
    return (above - below) / 2e-5


@pytest.mark.parametrize("loss", OUTPUTS)
@pytest.mark.parametrize("activation", [*SMOOTH, "relu", "leaky_relu"])
def test_the_hessian_is_the_second_derivative_of_the_loss(loss, activation):
    network, theta, X, y = problem(loss, activation)
    found = hessian(network, theta, X, y)
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_allclose(found, by_differences(network, theta, X, y), atol=2e-8)
    assert np.abs(found).max() > 0.05


@pytest.mark.parametrize("loss", OUTPUTS)
def test_products_are_symmetric_before_anyone_makes_them_so(loss):
    network, theta, X, y = problem(loss)
    products = hessian_vector_product(network, theta, X, y, np.eye(theta.size))
    np.testing.assert_allclose(products, products.T, atol=1e-15)


def test_logistic_regression_has_the_hessian_of_the_textbooks():
    rng = np.random.default_rng(5)
    X, y, theta = rng.normal(size=(20, 2)), rng.integers(0, 2, 20), rng.normal(size=3)
    p = 1 / (1 + np.exp(-(X @ theta[:2] + theta[2])))
    ones = np.column_stack([X, np.ones(20)])
    exact = ones.T @ (ones * (p * (1 - p))[:, None]) / 20
    np.testing.assert_allclose(hessian(MLP((2, 1)), theta, X, y), exact, rtol=1e-12)


def test_softmax_regression_too():
    rng = np.random.default_rng(6)
    X, y, theta = rng.normal(size=(9, 2)), rng.integers(0, 3, 9), rng.normal(size=9)
    network = MLP((2, 3))
    p = network.probabilities(theta, X)
    ones = np.column_stack([X, np.ones(9)])
    blocks = [
        np.kron(np.outer(x, x), np.diag(q) - np.outer(q, q)) for x, q in zip(ones, p, strict=True)
    ]
    np.testing.assert_allclose(hessian(network, theta, X, y), np.mean(blocks, axis=0), atol=1e-15)


def test_a_kink_beside_theta_does_not_mix_in():
    # z = w x + b is 1e-9 above 0: a difference of gradients would see the dead side as well
    network, X, y = MLP((1, 1, 1), loss="squared_error"), [[1.0]], [0.0]
    theta = np.array([1e-9, 0.0, 1.0, 0.0])  # w, b, second w, second b
    # L = (u (w x + b) + c)^2 / 2 on this side: in w, b and c the outer product of (1, 1, 1)
    found = hessian(network, theta, X, y)
    np.testing.assert_allclose(found[np.ix_([0, 1, 3], [0, 1, 3])], 1.0, atol=1e-8)


def test_several_vectors_in_parts_give_what_each_gives_alone(monkeypatch):
    network, theta, X, y = problem("softmax_cross_entropy")
    vectors = np.random.default_rng(1).normal(size=(7, theta.size))
    product = partial(hessian_vector_product, network, theta, X, y)
    together = product(vectors)
    monkeypatch.setattr(curvature, "_VECTORS_AT_A_TIME", 3)
    np.testing.assert_allclose(product(vectors), together, rtol=1e-12)
    for vector, row in zip(vectors, together, strict=True):
        assert product(vector).shape == vector.shape
        np.testing.assert_allclose(product(vector), row, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(product(np.zeros(theta.size)), 0)


def test_lists_and_whole_numbers_are_data_and_vectors_too():
    network = MLP((1, 1), loss="squared_error")
    found = hessian_vector_product(network, np.zeros(2), [[1], [3]], [0, 0], [1, 0])
    np.testing.assert_allclose(found, [5, 2])


def test_float32_is_differentiated_as_its_own_network():
    network, theta, X, y = problem("binary_cross_entropy", dtype=np.float32)
    wide, *_ = problem("binary_cross_entropy")
    found = hessian(network, theta, X, y)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, hessian(wide, theta.astype(float), X, y), atol=1e-5)


# ------------------------------------------------------------------------------- Lanczos


def symmetric(size, seed=0):
    matrix = np.random.default_rng(seed).normal(size=(size, size))
    return matrix + matrix.T


@pytest.mark.parametrize("size", [1, 2, 3, 5, 40, 120])
@pytest.mark.parametrize("count", [1, 3])
def test_extreme_eigenpairs_are_those_of_the_dense_solver(size, count):
    matrix = symmetric(size, seed=size)
    pairs = extreme_eigenpairs(lambda v: matrix @ v, size, count)
    exact = np.linalg.eigvalsh(matrix)
    wanted = exact if size <= 2 * count else np.concatenate([exact[:count], exact[-count:]])
    np.testing.assert_allclose(pairs.values, wanted, atol=1e-9 * np.abs(exact).max())
    np.testing.assert_allclose(pairs.vectors @ pairs.vectors.T, np.eye(len(wanted)), atol=1e-9)
    away = pairs.vectors @ matrix - pairs.values[:, None] * pairs.vectors
    np.testing.assert_allclose(np.linalg.norm(away, axis=1), pairs.residuals, atol=1e-12)
    assert pairs.residuals.max() < 2e-8 * np.abs(exact).max()


@pytest.mark.parametrize(
    "spectrum",
    [
        np.ones(6),
        np.zeros(6),
        [0, 0, 0, 0, 0, 5.0],
        [-1, -1, 2, 2, 2, 2.0],
        [1e-12, 1, 1e6],
        [-3.0],
        [1e-100, 3e-100, 2e-100],
    ],
)
def test_values_that_repeat_vanish_or_differ_widely(spectrum):
    spectrum = np.array(spectrum, dtype=float)
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(spectrum.size,) * 2))[0]
    matrix = turn @ np.diag(spectrum) @ turn.T
    pairs = extreme_eigenpairs(lambda v: matrix @ v, spectrum.size)
    scale = np.abs(spectrum).max()
    np.testing.assert_allclose(pairs.values[0], spectrum.min(), atol=1e-9 * scale)
    np.testing.assert_allclose(pairs.values[-1], spectrum.max(), atol=1e-9 * scale)


@pytest.mark.parametrize("size", [30, 100])
def test_vectors_stay_orthogonal_where_rounding_wipes_out_what_is_left(size):
    spectrum = np.geomspace(1e-12, 1, size)
    turn = np.linalg.qr(np.random.default_rng(7).normal(size=(size, size)))[0]
    matrix = turn @ np.diag(spectrum) @ turn.T
    pairs = extreme_eigenpairs(lambda v: matrix @ v, size, 5, tolerance=1e-12)
    np.testing.assert_allclose(pairs.vectors @ pairs.vectors.T, np.eye(10), atol=1e-13)
    np.testing.assert_allclose(pairs.values[-5:], spectrum[-5:], rtol=1e-13)


def test_ends_that_stand_out_take_few_products():
    spectrum = np.concatenate([[-20.0], np.linspace(-1, 1, 2000), [50.0]])
    counted = []

    def product(v):
        counted.append(1)
        return spectrum * v

    pairs = extreme_eigenpairs(product, spectrum.size)
    np.testing.assert_allclose(pairs.values, [-20, 50], rtol=1e-9)
    assert pairs.products == len(counted) < 30


@given(seed=st.integers(0, 1000))
def test_any_start_leads_to_the_same_ends(seed):
    matrix = symmetric(12)
    pairs = extreme_eigenpairs(lambda v: matrix @ v, 12, rng=seed)
    np.testing.assert_allclose(pairs.values, np.linalg.eigvalsh(matrix)[[0, -1]], rtol=1e-9)


def test_a_looser_tolerance_takes_fewer_products():
    spectrum = np.linspace(-1, 1, 500) ** 3
    loose, tight = (
        extreme_eigenpairs(lambda v: spectrum * v, 500, tolerance=t) for t in (1e-3, 1e-10)
    )
    assert loose.products < tight.products < 250
    assert 1e-12 < abs(loose.values[-1] - 1) < 1e-3
    assert abs(tight.values[-1] - 1) < 1e-12


def test_the_eigenpairs_of_a_network_are_those_of_its_hessian():
    network, theta, X, y = problem("binary_cross_entropy", "relu", hidden=(10, 5), rows=50)
    product = partial(hessian_vector_product, network, theta, X, y)
    pairs = extreme_eigenpairs(product, theta.size, 2)
    exact = np.linalg.eigvalsh(hessian(network, theta, X, y))
    np.testing.assert_allclose(pairs.values, exact[[0, 1, -2, -1]], rtol=1e-6)


def test_at_a_minimum_the_largest_eigenvalue_sets_the_largest_stable_rate():
    network, theta, X, _ = problem("squared_error", rows=30)
    y = network.forward(theta, X)  # nothing fits these better than theta itself
    product = partial(hessian_vector_product, network, theta, X, y)
    pairs = extreme_eigenpairs(product, theta.size)
    nudged = theta + 1e-9 * pairs.vectors[-1]

    def run(rate):
        here, distances = nudged.copy(), []
        for _ in range(24):  # longer runs leave for a flatter place, and are stable there
            distances.append(abs((here - theta) @ pairs.vectors[-1]))
            here -= rate * network.gradient(here, X, y)
        return np.array(distances)

    limit = stability_limit("gradient_descent", pairs.values[-1])
    assert largest_stable_rate(run, guess=limit / 5) == pytest.approx(limit, rel=0.01)


# ------------------------------------------------------------------------------- slices


def test_a_slice_shows_the_loss_at_its_points():
    network, theta, X, y = problem("softmax_cross_entropy", "relu")
    loss = partial(network.loss, X=X, y=y)
    directions = np.random.default_rng(3).normal(size=(2, theta.size))
    plane, line = Slice(loss, theta, directions), Slice(loss, theta, directions[0])
    grid = np.stack(np.meshgrid([-1.0, 0.0, 2.0], [0.5, 1.5]), axis=-1)
    values = plane(grid)
    assert values.shape == (2, 3)
    for place in np.ndindex(2, 3):
        a, b = grid[place]
        exact = network.loss(theta + a * directions[0] + b * directions[1], X, y)
        assert values[place] == pytest.approx(exact, rel=1e-12)
    along = np.linspace(-1, 1, 5)
    np.testing.assert_allclose(line(along), line(along[:, None]), rtol=0)
    np.testing.assert_allclose(line(along), plane(np.column_stack([along, np.zeros(5)])))
    assert line(0.0) == pytest.approx(network.loss(theta, X, y), rel=1e-12)


def test_along_an_eigenvector_the_loss_curves_with_its_eigenvalue():
    network, theta, X, y = problem("binary_cross_entropy")
    product = partial(hessian_vector_product, network, theta, X, y)
    pairs = extreme_eigenpairs(product, theta.size)
    for value, vector in zip(pairs.values, pairs.vectors, strict=True):
        below, center, above = Slice(partial(network.loss, X=X, y=y), theta, vector)(
            [-1e-3, 0, 1e-3]
        )
        assert (above - 2 * center + below) / 1e-6 == pytest.approx(value, abs=1e-5)


def test_projections_find_the_nearest_point_of_the_plane():
    rng = np.random.default_rng(4)
    directions, origin = rng.normal(size=(2, 6)), rng.normal(size=6)  # not orthogonal
    plane = Slice(lambda t: (t**2).sum(axis=-1), origin, directions)
    coordinates = rng.normal(size=(3, 5, 2))
    inside = origin + coordinates @ directions
    np.testing.assert_allclose(plane.project(inside), coordinates, atol=1e-12)
    theta = rng.normal(size=6)
    rest = theta - origin - plane.project(theta) @ directions
    np.testing.assert_allclose(directions @ rest, 0, atol=1e-12)


def test_a_slice_through_a_float32_network_asks_in_float32():
    network, theta, X, y = problem("binary_cross_entropy", dtype=np.float32)
    line = Slice(partial(network.loss, X=X, y=y), theta, np.ones(theta.size))
    assert np.isfinite(line([0.0, 0.1])).all()


NETWORK, THETA, X, Y = problem("binary_cross_entropy")
ONES = np.ones(THETA.size)


def square(t):
    return (t**2).sum(axis=-1)


WRONG = {
    "no network": (lambda: hessian(np.sin, THETA, X, Y), TypeError, "a dlbook.MLP is needed"),
    "a network by name": (
        lambda: hessian_vector_product("MLP", THETA, X, Y, ONES),
        TypeError,
        "a dlbook.MLP is needed",
    ),
    "replicates": (
        lambda: hessian_vector_product(NETWORK, THETA[None], X, Y, ONES),
        ValueError,
        "one vector",
    ),
    "labels": (
        lambda: hessian_vector_product(NETWORK, THETA, X, Y[:3], ONES),
        ValueError,
        "one label per row",
    ),
    "vector": (
        lambda: hessian_vector_product(NETWORK, THETA, X, Y, ONES[:3]),
        ValueError,
        r"vectors has shape \(3,\)",
    ),
    "NaN": (
        lambda: hessian_vector_product(NETWORK, THETA, X, Y, ONES * np.nan),
        ValueError,
        "vectors has NaN",
    ),
    "size": (lambda: extreme_eigenpairs(square, 0), ValueError, "size is 0"),
    "count": (lambda: extreme_eigenpairs(square, 3, 0), ValueError, "count is 0"),
    "tolerance": (
        lambda: extreme_eigenpairs(square, 3, tolerance=0),
        ValueError,
        "tolerance is 0",
    ),
    "no product": (lambda: extreme_eigenpairs(np.eye(3), 3), TypeError, "a function of a vector"),
    "a number": (lambda: extreme_eigenpairs(square, 3), ValueError, r"gives shape \(\)"),
    "infinite": (lambda: extreme_eigenpairs(lambda v: v / 0.0, 3), ValueError, "not finite"),
    "not symmetric": (
        lambda: extreme_eigenpairs(lambda v: np.roll(v, 1) * [1, 2, 3, 4], 4),
        ValueError,
        "one symmetric matrix",
    ),
    "no function": (lambda: Slice(1.0, ONES, ONES), TypeError, "f is 1.0"),
    "short direction": (lambda: Slice(square, ONES, ONES[:2]), ValueError, "directions has shape"),
    "twice the same": (
        lambda: Slice(square, ONES, [ONES, 2 * ONES]),
        ValueError,
        "depend on each other",
    ),
    "nowhere": (lambda: Slice(square, ONES, ONES * 0), ValueError, "depend on each other"),
    "NaN origin": (lambda: Slice(square, ONES * np.nan, ONES), ValueError, "origin has"),
    "coordinates": (
        lambda: Slice(square, np.ones(3), np.eye(3)[:2])([1.0, 2.0, 3.0]),
        ValueError,
        "2 along the last axis",
    ),
    "a loss of all": (
        lambda: Slice(lambda t: t.sum(), ONES, ONES)([1.0, 2.0]),
        ValueError,
        "one loss for each",
    ),
    "project": (lambda: Slice(square, ONES, ONES).project(ONES[:2]), ValueError, "theta has"),
}


@pytest.mark.parametrize(("call", "error", "words"), WRONG.values(), ids=list(WRONG))
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_what_does_not_fit_stops_at_the_door(call, error, words):
    with pytest.raises(error, match=words):
        call()
