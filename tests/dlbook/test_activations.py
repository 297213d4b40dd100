import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from dlbook import activations
from dlbook.activations import identity, leaky_relu, relu, sigmoid, tanh

ALL = [relu, leaky_relu, tanh, sigmoid, identity]
away_from_kinks = st.one_of(st.floats(1e-3, 30), st.floats(-30, -1e-3))
arrays_of_numbers = arrays(
    np.float64, array_shapes(max_dims=3, max_side=4), elements=away_from_kinks
)


@pytest.mark.parametrize(
    ("activation", "z", "value", "slope"),
    [
        (relu, 2.5, 2.5, 1),
        (relu, -2.5, 0, 0),
        (relu, 0.0, 0, 0),
        (leaky_relu, 2.5, 2.5, 1),
        (leaky_relu, -2.5, -0.025, 0.01),
        (leaky_relu, 0.0, 0, 0.01),
        (tanh, np.log(2), 3 / 5, 16 / 25),
        (tanh, -np.log(3), -4 / 5, 9 / 25),
        (sigmoid, np.log(3), 3 / 4, 3 / 16),
        (sigmoid, -np.log(4), 1 / 5, 4 / 25),
        (sigmoid, 0.0, 1 / 2, 1 / 4),
        (identity, -2.5, -2.5, 1),
    ],
)
def test_values_worked_out_by_hand(activation, z, value, slope):
    np.testing.assert_allclose(activation(np.array([z])), [value], rtol=1e-15, atol=1e-15)
    np.testing.assert_allclose(activation.derivative(np.array([z])), [slope], rtol=1e-14)


@pytest.mark.parametrize("activation", ALL, ids=lambda f: f.name)
@given(z=arrays_of_numbers)
def test_derivative_is_the_complex_step(activation, z):
    step = activation(z + 1e-30j).imag / 1e-30
    np.testing.assert_allclose(activation.derivative(z), step, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("activation", ALL, ids=lambda f: f.name)
@given(z=arrays_of_numbers)
def test_derivative_is_the_difference_quotient(activation, z):
    # needs no complex arithmetic, so it also holds the complex branch of the function to account
    quotient = (activation(z + 1e-6) - activation(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(activation.derivative(z), quotient, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("activation", ALL, ids=lambda f: f.name)
@given(z=arrays_of_numbers)
def test_complex_input_without_imaginary_part_gives_the_same(activation, z):
    result = activation(z.astype(complex))
    np.testing.assert_allclose(result.real, activation(z), rtol=1e-12, atol=1e-15)
    assert not result.imag.any()


@pytest.mark.parametrize("activation", ALL, ids=lambda f: f.name)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(shape=array_shapes(max_dims=4, max_side=4))
def test_shape_dtype_and_input_are_kept(activation, dtype, shape):
    z = np.linspace(-2, 2, int(np.prod(shape))).reshape(shape).astype(dtype)
    before = z.copy()
    for result in (activation(z), activation.derivative(z)):
        assert result.shape == shape
        assert result.dtype == dtype
        assert not np.shares_memory(result, z)
    np.testing.assert_array_equal(z, before)


@pytest.mark.parametrize("activation", ALL, ids=lambda f: f.name)
def test_integers_and_lists_become_float64(activation):
    assert activation([1, -2]).dtype == np.float64
    np.testing.assert_array_equal(activation([1, -2]), activation(np.array([1.0, -2.0])))
    np.testing.assert_array_equal(
        activation.derivative([1, -2]), activation.derivative(np.array([1.0, -2.0]))
    )


@pytest.mark.parametrize("activation", ALL, ids=lambda f: f.name)
def test_a_single_number_works(activation):
    assert np.shape(activation(0.5)) == ()
    assert np.shape(activation.derivative(0.5)) == ()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("activation", "values", "slopes"),
    [
        (relu, [0, 1e4], [0, 1]),
        (leaky_relu, [-100, 1e4], [0.01, 1]),
        (tanh, [-1, 1], [0, 0]),
        (sigmoid, [0, 1], [0, 0]),
        (identity, [-1e4, 1e4], [1, 1]),
    ],
)
def test_large_numbers_saturate_without_a_warning(activation, values, slopes):
    z = np.array([-1e4, 1e4])
    np.testing.assert_allclose(activation(z), values, rtol=1e-15)
    np.testing.assert_allclose(activation.derivative(z), slopes, rtol=1e-15)


def test_get_finds_every_activation_by_name_and_passes_one_through():
    for activation in ALL:
        assert activations.get(activation.name) is activation
        assert activations.get(activation) is activation
    assert {f.name for f in ALL} == set(activations.ACTIVATIONS)
