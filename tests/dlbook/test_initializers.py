"""Initializers against their variances, the legacy stream, and linear algebra."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlbook import initializers
from dlbook.initializers import constant, get, normal, orthogonal, zeros

# Fan-in 300, fan-out 200: variance by hand.
VARIANCE = {
    "zeros": 0.0,
    "lecun_normal": 1 / 300,
    "lecun_uniform": 1 / 300,
    "glorot_normal": 1 / 250,
    "glorot_uniform": 1 / 250,
    "he_normal": 1 / 150,
    "he_uniform": 1 / 150,
    "orthogonal": 1 / 300,
}


@pytest.mark.parametrize("name", VARIANCE)
def test_variance(name):
    W = get(name)(300, 200, rng=0, replicates=4)
    assert W.shape == (4, 300, 200)
    # 240,000 draws: the standard error of a normal's variance is 0.3 %.
    np.testing.assert_allclose(W.var(), VARIANCE[name], rtol=0.015)
    np.testing.assert_allclose(W.mean(), 0, atol=5 * np.sqrt(VARIANCE[name] / W.size) + 1e-300)


@pytest.mark.parametrize(
    ("stem", "limit"), [("lecun", 0.1), ("glorot", 0.109545), ("he", 0.141421)]
)
def test_uniform_reaches_its_limits_and_no_further(stem, limit):
    W = get(f"{stem}_uniform")(300, 200, rng=1)
    assert np.abs(W).max() <= limit * (1 + 1e-5)
    assert np.abs(W).max() > 0.999 * limit
    # A fourth moment of 9/5 of the variance squared tells uniform from normal (3).
    np.testing.assert_allclose((W**4).mean() / W.var() ** 2, 1.8, rtol=0.02)


@pytest.mark.parametrize("stem", ["lecun", "glorot", "he"])
def test_normal_is_not_truncated(stem):
    W = get(f"{stem}_normal")(300, 200, rng=1)
    assert np.abs(W).max() > 3.5 * W.std()
    np.testing.assert_allclose((W**4).mean() / W.var() ** 2, 3.0, rtol=0.05)


def test_random_state_gives_the_legacy_stream():
    ours, legacy = np.random.RandomState(3), np.random.RandomState(3)
    for n_in, n_out in ((2, 10), (10, 5), (5, 1)):
        W = initializers.he_normal(n_in, n_out, ours)
        np.testing.assert_allclose(W.T, legacy.randn(n_out, n_in) * np.sqrt(2 / n_in), rtol=1e-15)
    np.testing.assert_allclose(
        normal(10)(2, 3, np.random.RandomState(3)).T, np.random.RandomState(3).randn(3, 2) * 10
    )


@given(n_in=st.integers(1, 12), n_out=st.integers(1, 12), replicates=st.none() | st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_orthogonal(n_in, n_out, replicates):
    W = orthogonal(n_in, n_out, rng=0, replicates=replicates)
    turned = np.swapaxes(W, -1, -2)
    product = turned @ W if n_in >= n_out else W @ turned
    expected = np.broadcast_to(np.eye(min(n_in, n_out)), product.shape)
    np.testing.assert_allclose(product, expected, atol=1e-12)


def test_orthogonal_has_no_preferred_sign():
    # Without the signs of R, the diagonal of Q would be one-sided.
    diagonal = np.diagonal(orthogonal(3, 3, rng=0, replicates=2000), axis1=1, axis2=2)
    np.testing.assert_allclose(diagonal.mean(axis=0), 0, atol=0.06)


@pytest.mark.parametrize("make", [*map(get, VARIANCE), constant(0.5), normal(2.0)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("replicates", [None, 1, 3])
def test_shape_dtype_layout(make, dtype, replicates):
    W = make(4, 7, rng=0, replicates=replicates, dtype=dtype)
    assert W.shape == ((4, 7) if replicates is None else (replicates, 4, 7))
    assert W.dtype == dtype
    assert W.flags.c_contiguous
    assert W.flags.writeable
    again = make(4, 7, np.random.default_rng(0), replicates, np.float64)
    np.testing.assert_allclose(W, again, rtol=1e-6)
    assert pickle.loads(pickle.dumps(make)) == make


def test_replicates_differ_and_zeros_do_not():
    W = initializers.glorot_uniform(4, 4, rng=0, replicates=2)
    assert not np.array_equal(W[0], W[1])
    assert not zeros(3, 3).any()
    assert (constant(-2)(3, 3) == -2).all()
    assert (normal(0)(3, 3, rng=0) == 0).all()


def test_get():
    assert get(zeros) is zeros
    for name in VARIANCE:
        assert get(name) is getattr(initializers, name)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: get("xavier"), ValueError, "'xavier'.*glorot_normal"),
        (lambda: get(3), ValueError, "initializer is 3"),
        (lambda: zeros(0, 3), ValueError, "n_in is 0"),
        (lambda: initializers.he_normal(0, 3, rng=0), ValueError, "n_in is 0"),
        (lambda: initializers.he_normal("2", 3, rng=0), TypeError, "n_in is '2'"),
        (lambda: initializers.lecun_uniform(2, -1, rng=0), ValueError, "n_out is -1"),
        (lambda: orthogonal(2, 2, rng=0, replicates=0), ValueError, "replicates is 0"),
        (lambda: initializers.he_normal(2, 2, rng=0, dtype=np.float16), TypeError, "float16"),
        (lambda: initializers.he_normal(2, 2, rng=None), TypeError, "rng is None"),
        (lambda: normal(-1.0), ValueError, "scale is -1.0"),
        (lambda: constant(float("inf")), ValueError, "value is inf"),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
