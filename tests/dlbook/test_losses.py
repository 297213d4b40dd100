from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from oracles import OUTPUTS, central, labels_for

from dlbook import losses
from dlbook.losses import binary_cross_entropy, softmax_cross_entropy, squared_error

ALL = [binary_cross_entropy, softmax_cross_entropy, squared_error]
logits_of_3 = arrays(np.float64, (4, 3), elements=st.floats(-50, 50))


def softmax_loss_in_60_digits(row, label):
    with localcontext() as context:
        context.prec = 60
        numbers = [Decimal(float(z)) for z in row]
        return float(sum(z.exp() for z in numbers).ln() - numbers[label])


@pytest.mark.parametrize(
    ("loss", "logits", "y", "value", "derivative"),
    [
        (binary_cross_entropy, [[np.log(3)]], [1], np.log(4 / 3), [[-1 / 4]]),
        (binary_cross_entropy, [[np.log(3)]], [0], np.log(4), [[3 / 4]]),
        (binary_cross_entropy, [[0.0], [0.0]], [0, 1], np.log(2), [[1 / 4], [-1 / 4]]),
        (softmax_cross_entropy, [np.log([1, 2, 3])], [0], np.log(6), [[-5 / 6, 1 / 3, 1 / 2]]),
        (softmax_cross_entropy, [np.log([1, 2, 3])], [2], np.log(2), [[1 / 6, 1 / 3, -1 / 2]]),
        (squared_error, [[3.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [0.0, 4.0]], 5, [[1, 0], [0, -2]]),
    ],
)
def test_values_worked_out_by_hand(loss, logits, y, value, derivative):
    np.testing.assert_allclose(loss(logits, y), value, rtol=1e-14)
    np.testing.assert_allclose(loss.derivative(logits, y), derivative, rtol=1e-14, atol=1e-16)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("loss", "logits", "y", "value", "derivative"),
    [
        (binary_cross_entropy, [[1e4]], [1], 0, [[0]]),
        (binary_cross_entropy, [[1e4]], [0], 1e4, [[1]]),
        (binary_cross_entropy, [[-1e4]], [1], 1e4, [[-1]]),
        (binary_cross_entropy, [[-1e4]], [0], 0, [[0]]),
        (softmax_cross_entropy, [[1e4, -1e4]], [0], 0, [[0, 0]]),
        (softmax_cross_entropy, [[1e4, -1e4]], [1], 2e4, [[1, -1]]),
        (softmax_cross_entropy, [[1e4, 1e4]], [1], np.log(2), [[0.5, -0.5]]),
        (softmax_cross_entropy, [[-1e4, -1e4]], [0], np.log(2), [[-0.5, 0.5]]),
        (squared_error, [[1e4]], [[-1e4]], 2e8, [[2e4]]),
    ],
)
def test_logits_of_ten_thousand_are_exact(loss, logits, y, value, derivative):
    assert loss(logits, y) == pytest.approx(value, rel=1e-15, abs=0)
    np.testing.assert_array_equal(loss.derivative(logits, y), derivative)


@pytest.mark.parametrize("z", [-700.0, -40.0, -3.7, -1e-9, 1e-9, 0.3, 12.0, 36.7, 700.0])
def test_binary_cross_entropy_against_60_digits(z):
    # log(1 + e^z) for label 0, log(1 + e^-z) for label 1: tiny values keep all their digits
    for label in (0, 1):
        expected = softmax_loss_in_60_digits([0.0, z], label)
        assert float(binary_cross_entropy([[z]], [label])) == pytest.approx(expected, rel=1e-14)


@given(logits=logits_of_3, label=st.integers(0, 2))
def test_softmax_cross_entropy_against_60_digits(logits, label):
    expected = np.mean([softmax_loss_in_60_digits(row, label) for row in logits])
    found = float(softmax_cross_entropy(logits, [label] * 4))
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("loss", ALL, ids=lambda f: f.name)
@pytest.mark.parametrize("lead", [(), (3,)], ids=["lone", "replicates"])
@pytest.mark.parametrize("shared_labels", [True, False])
def test_derivative_is_the_complex_step(loss, lead, shared_labels):
    rng, outputs, rows = np.random.default_rng(1), OUTPUTS[loss.name], 5
    z = 3 * rng.normal(size=(*lead, rows, outputs))
    y = labels_for(loss.name, rng, (rows,) if shared_labels else (*lead, rows), outputs)
    found = loss.derivative(z, y)
    assert found.shape == z.shape
    for i in range(rows):
        for k in range(outputs):
            moved = z.astype(complex)
            moved[..., i, k] += 1e-30j
            step = np.imag(loss(moved, y)) / 1e-30
            np.testing.assert_allclose(found[..., i, k], step, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", ALL, ids=lambda f: f.name)
def test_derivative_is_the_difference_quotient(loss):
    rng, outputs = np.random.default_rng(2), OUTPUTS[loss.name]
    z, y = rng.normal(size=(4, outputs)), labels_for(loss.name, rng, (4,), outputs)
    quotient = central(lambda flat: loss(flat.reshape(4, outputs), y), z.ravel())
    np.testing.assert_allclose(loss.derivative(z, y).ravel(), quotient, atol=1e-8)


def test_probabilities_as_labels_weigh_the_losses_of_the_hard_labels():
    z = np.array([[0.7], [-1.3]])
    soft = 0.8 * binary_cross_entropy(z, [1, 1]) + 0.2 * binary_cross_entropy(z, [0, 0])
    np.testing.assert_allclose(binary_cross_entropy(z, [0.8, 0.8]), soft, rtol=1e-14)
    z = np.array([[0.7, -1.0, 0.1]])
    weights = np.array([0.5, 0.2, 0.3])
    parts = [softmax_cross_entropy(z, [k]) for k in range(3)]
    np.testing.assert_allclose(softmax_cross_entropy(z, weights[None]), weights @ parts, rtol=1e-14)
    slopes = [softmax_cross_entropy.derivative(z, [k]) for k in range(3)]
    np.testing.assert_allclose(
        softmax_cross_entropy.derivative(z, weights[None]),
        np.tensordot(weights, slopes, 1),
        atol=1e-15,
    )


@given(logits=logits_of_3, shift=st.floats(-100, 100))
def test_softmax_ignores_a_common_shift(logits, shift):
    y = [0, 1, 2, 0]
    np.testing.assert_allclose(
        softmax_cross_entropy(logits + shift, y), softmax_cross_entropy(logits, y), atol=1e-12
    )


@given(z=arrays(np.float64, (5, 2), elements=st.floats(-30, 30)))
def test_two_classes_are_the_binary_case_of_their_difference(z):
    y = [0, 1, 1, 0, 1]
    np.testing.assert_allclose(
        softmax_cross_entropy(z, y),
        binary_cross_entropy(z[:, 1:] - z[:, :1], y),
        rtol=1e-12,
        atol=1e-15,
    )


@pytest.mark.parametrize("loss", ALL, ids=lambda f: f.name)
@given(seed=st.integers(0, 1000), rows=st.integers(1, 6))
def test_a_loss_is_a_mean_over_rows(loss, seed, rows):
    rng, outputs = np.random.default_rng(seed), OUTPUTS[loss.name]
    z, y = rng.normal(size=(rows, outputs)), labels_for(loss.name, rng, (rows,), outputs)
    lone = [float(loss(z[i : i + 1], y[i : i + 1])) for i in range(rows)]
    np.testing.assert_allclose(loss(z, y), np.mean(lone), rtol=1e-12)
    twice = loss.derivative(np.concatenate([z, z]), np.concatenate([y, y]))
    np.testing.assert_allclose(twice[:rows], loss.derivative(z, y) / 2, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("loss", ALL, ids=lambda f: f.name)
def test_replicates_are_losses_side_by_side(loss):
    rng, outputs = np.random.default_rng(3), OUTPUTS[loss.name]
    z, y = rng.normal(size=(4, 6, outputs)), labels_for(loss.name, rng, (6,), outputs)
    found = loss(z, y)
    assert found.shape == (4,)
    np.testing.assert_allclose(found, [float(loss(each, y)) for each in z], rtol=1e-14)


@pytest.mark.parametrize("loss", ALL, ids=lambda f: f.name)
def test_float32_stays_float32_and_inputs_stay_as_they_are(loss):
    rng, outputs = np.random.default_rng(4), OUTPUTS[loss.name]
    z = rng.normal(size=(6, outputs)).astype(np.float32)
    y, before = labels_for(loss.name, rng, (6,), outputs), z.copy()
    assert loss(z, y).dtype == np.float32
    assert loss.derivative(z, y).dtype == np.float32
    np.testing.assert_array_equal(z, before)
    np.testing.assert_allclose(loss(z, y), loss(z.astype(float), y), rtol=1e-5)


def test_booleans_and_lists_are_labels():
    assert binary_cross_entropy([[1.0]], [True]) == binary_cross_entropy([[1.0]], [1])
    assert squared_error([[1], [2]], [0, 0]) == 1.25


def test_predictions_and_probabilities():
    z = np.array([[-1.0], [0.0], [np.log(3)]])
    np.testing.assert_array_equal(binary_cross_entropy.predict(z), [0, 0, 1])
    np.testing.assert_allclose(binary_cross_entropy.probabilities(z)[:, 0][1:], [0.5, 0.75])
    z = np.log([[1.0, 2, 5], [6, 1, 1]])
    np.testing.assert_array_equal(softmax_cross_entropy.predict(z), [2, 0])
    np.testing.assert_allclose(
        softmax_cross_entropy.probabilities(z), [[1 / 8, 2 / 8, 5 / 8], [6 / 8, 1 / 8, 1 / 8]]
    )
    np.testing.assert_array_equal(squared_error.predict(z), z)


@pytest.mark.filterwarnings("error")
def test_probabilities_of_ten_thousand_are_exact():
    np.testing.assert_array_equal(
        binary_cross_entropy.probabilities(np.array([[-1e4], [1e4]])), [[0], [1]]
    )
    np.testing.assert_array_equal(
        softmax_cross_entropy.probabilities(np.array([[1e4, -1e4]])), [[1, 0]]
    )


def test_get_finds_every_loss_by_name_and_passes_one_through():
    for loss in ALL:
        assert losses.get(loss.name) is loss
        assert losses.get(loss) is loss
    assert {f.name for f in ALL} == set(losses.LOSSES)
