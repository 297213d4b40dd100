"""The quick losses are those of plainly moved vectors, and crossings are counted as by eye."""

import dataclasses

import numpy as np
import pytest

from dlbook import L1, L2, MLP, Dropout, MaxNorm, activations, coordinates
from dlbook.activations import ACTIVATIONS
from dlbook.coordinates import ForwardPass, coordinate_losses
from dlbook.losses import LOSSES
from dlbook.penalties import Penalty


def problem(sizes=(3, 5, 4, 1), activation="tanh", loss=None, dtype=np.float64, rows=7):
    rng = np.random.default_rng(len(sizes) * 100 + rows)
    network = MLP(sizes, activation, loss, dtype=dtype)
    theta = network.initialize("glorot_normal", rng=rng, bias=0.1)
    X = rng.normal(size=(rows, sizes[0])).astype(dtype)
    if network.classifies:
        y = rng.integers(0, max(2, sizes[-1]), rows)
    else:
        y = rng.normal(size=(rows, sizes[-1]))
    return network, theta, X, y


def plainly(network, theta, X, y, shifts, penalty=None):
    """The same losses by one whole forward pass each."""
    losses = []
    for shift in shifts:
        for k in range(theta.size):
            moved = theta + 0 * shift
            moved[k] += shift
            losses.append(network.loss(moved, X, y, penalty))
    return np.array(losses).reshape(len(shifts), theta.size)


def agree(found, expected, dtype):
    """Equal to rounding: both sum a few dozen terms of the size of the largest loss."""
    epsilon = np.finfo(dtype).eps
    np.testing.assert_allclose(
        found.real, expected.real, rtol=0, atol=30 * epsilon * np.abs(expected).max()
    )
    if np.iscomplexobj(expected):
        largest = np.abs(expected.imag).max()
        np.testing.assert_allclose(found.imag, expected.imag, rtol=0, atol=30 * epsilon * largest)


# ------------------------------------------------------------------- against plain evaluations


@pytest.mark.parametrize("shifts", [(0.3, -0.3), (1e-5,), (1e-20j,)], ids=str)
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_losses_are_those_of_plainly_moved_vectors(activation, loss, dtype, shifts):
    outputs = 3 if loss == "softmax_cross_entropy" else 1
    network, theta, X, y = problem((3, 5, 4, outputs), activation, loss, dtype)
    found = coordinate_losses(network, theta, X, y, shifts)
    expected = plainly(network, theta, X, y, shifts)
    assert found.losses.dtype == expected.dtype
    agree(found.losses, expected, dtype)
    # wide steps do move the loss, so agreement means something
    if abs(shifts[0]) > 0.1:
        assert np.abs(expected - network.loss(theta, X, y)).max() > 0.01


@pytest.mark.parametrize("sizes", [(4, 1), (2, 3), (1, 1), (2, 6, 1), (3, 4, 5, 4, 3), (5, 1, 2)])
@pytest.mark.parametrize("shift", [0.2, 1e-20j], ids=str)
def test_any_number_of_layers_and_outputs(sizes, shift):
    for loss in [None, "squared_error"]:
        network, theta, X, y = problem(sizes, "leaky_relu", loss)
        found = coordinate_losses(network, theta, X, y, (shift,))
        agree(found.losses, plainly(network, theta, X, y, (shift,)), np.float64)


class Product(Penalty):
    """A penalty that is no sum over weights."""

    def value(self, theta, mask):
        return (mask * theta).sum(axis=-1) ** 2


class TwiceL2(L2):
    """A penalty that only looks like L2."""

    def value(self, theta, mask):
        return 2 * super().value(theta, mask) ** 2


PENALTIES = [L2(0.3), L1(0.2), MaxNorm(1.0), [L2(0.1), L1(0.1)], Product(), TwiceL2(0.4)]


@pytest.mark.parametrize("shift", [0.5, 1e-20j], ids=str)
@pytest.mark.parametrize("penalty", PENALTIES, ids=str)
def test_penalties_are_part_of_the_loss(penalty, shift):
    network, theta, X, y = problem()
    found = coordinate_losses(network, theta, X, y, (shift,), penalty=penalty)
    agree(found.losses, plainly(network, theta, X, y, (shift,), penalty), np.float64)
    assert ForwardPass(network, theta, X, y, penalty).loss == pytest.approx(
        network.loss(theta, X, y, penalty), rel=1e-14
    )


@pytest.mark.parametrize("shift", [0.2, 1e-20j], ids=str)
def test_masks_stand_between_the_layers(shift):
    network, theta, X, y = problem(activation="relu", rows=11)
    masks = [Dropout(0.4).mask((11, units), rng=units) for units in (5, 4)]

    def masked_loss(vector):
        a = X
        for layer in (1, 2, 3):
            part = network.views(vector)
            z = a @ part[f"W{layer}"] + part[f"b{layer}"]
            if layer < 3:
                a = activations.relu(z) * masks[layer - 1]
        return network.loss_function(z, y)

    moved = theta + shift * np.eye(theta.size)
    expected = np.array([[masked_loss(vector) for vector in moved]])
    found = coordinate_losses(network, theta, X, y, (shift,), masks=masks)
    agree(found.losses, expected, np.float64)
    unmasked = coordinate_losses(network, theta, X, y, (shift,)).losses
    assert not np.allclose(found.losses.real, unmasked.real)


def test_chosen_coordinates_in_any_order_and_twice():
    network, theta, X, y = problem()
    everything = coordinate_losses(network, theta, X, y, (0.1, -0.2))
    chosen = np.array([40, 0, 17, 40, theta.size - 1])
    some = coordinate_losses(network, theta, X, y, (0.1, -0.2), chosen)
    np.testing.assert_allclose(some.losses, everything.losses[:, chosen], rtol=1e-14)
    np.testing.assert_array_equal(some.distances, everything.distances[:, chosen])
    none = coordinate_losses(network, theta, X, y, (0.1,), np.array([], int))
    assert none.losses.shape == (1, 0)


@pytest.mark.parametrize("numbers", [1, 500, 10**9])
def test_the_size_of_chunks_changes_nothing(monkeypatch, numbers):
    network, theta, X, y = problem(activation="relu")
    whole = coordinate_losses(network, theta, X, y, (0.3, -0.3))
    monkeypatch.setattr(coordinates, "_NUMBERS_AT_A_TIME", numbers)
    parts = coordinate_losses(network, theta, X, y, (0.3, -0.3))
    np.testing.assert_allclose(parts.losses, whole.losses, rtol=1e-14)
    np.testing.assert_array_equal(parts.crossings, whole.crossings)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_distances_are_steps_as_they_were_rounded(dtype):
    network, theta, X, y = problem(dtype=dtype)
    theta[0] = 1000
    found = coordinate_losses(network, theta, X, y, (1e-4, -1e-4))
    np.testing.assert_array_equal(found.distances[0], (theta + dtype(1e-4)) - theta)
    np.testing.assert_array_equal(found.distances[1], (theta - dtype(1e-4)) - theta)
    assert found.distances[0, 0] != dtype(1e-4)


@pytest.mark.parametrize("shift", [0.1, 1e-20j], ids=str)
def test_directions_move_everything_at_once(shift):
    network, theta, X, y = problem((3, 5, 4, 3), "relu")
    directions = np.random.default_rng(1).normal(size=(6, theta.size))
    there = ForwardPass(network, theta, X, y, [L2(0.2), L1(0.1)])
    found = there.along_directions(directions, (shift, -2 * shift))
    for row, multiple in zip(found.losses, (shift, -2 * shift), strict=True):
        moved = theta + multiple * directions
        expected = [network.loss(vector, X, y, [L2(0.2), L1(0.1)]) for vector in moved]
        agree(row, np.array(expected), np.float64)


# ----------------------------------------------------------------------------------- crossings


def signs(network, vector, X):
    return [layer.pre_activation > 0 for layer in network.layers(vector, X)[:-1]]


def crossed(network, theta, X, moved):
    pairs = zip(signs(network, theta, X), signs(network, moved, X), strict=True)
    return sum(int((here != there).sum()) for here, there in pairs)


@pytest.mark.parametrize("shift", [0.4, -0.4, 1e-9])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_crossings_are_the_pre_activations_that_changed_sides(activation, shift):
    network, theta, X, y = problem((3, 6, 5, 2), activation, rows=20)
    found = coordinate_losses(network, theta, X, y, (shift,)).crossings[0]
    expected = [crossed(network, theta, X, theta + shift * e) for e in np.eye(theta.size)]
    np.testing.assert_array_equal(found, expected)
    assert (found.max() > 5) == (abs(shift) > 0.1)
    # a last layer's weight moves no hidden unit
    assert not found[network.layout["W3"].where].any()


def test_crossings_along_directions():
    network, theta, X, y = problem((3, 6, 5, 2), "relu", rows=20)
    directions = np.where(np.random.default_rng(0).random((4, theta.size)) < 0.5, -1.0, 1.0)
    found = ForwardPass(network, theta, X, y).along_directions(directions, (0.1, -0.3))
    for shift, row in zip((0.1, -0.3), found.crossings, strict=True):
        expected = [crossed(network, theta, X, theta + shift * v) for v in directions]
        np.testing.assert_array_equal(row, expected)
        assert row.min() > 0


def test_smooth_activations_and_complex_steps_cross_nothing():
    for activation in ("tanh", "sigmoid", "identity"):
        network, theta, X, y = problem(activation=activation)
        assert not coordinate_losses(network, theta, X, y, (0.5,)).crossings.any()
    network, theta, X, y = problem(activation="relu")
    assert not coordinate_losses(network, theta, X, y, (1e-20j,)).crossings.any()


def test_dropped_units_cross_no_kink_that_matters():
    network, theta, X, y = problem((3, 6, 1), "relu", rows=20)
    masks = [np.ones((20, 6))]
    everywhere = coordinate_losses(network, theta, X, y, (0.4,), masks=masks).crossings[0]
    masks[0][:, 2] = 0
    found = coordinate_losses(network, theta, X, y, (0.4,), masks=masks).crossings[0]
    dropped = np.arange(network.n_parameters) % 6 == 2
    hidden = np.arange(network.n_parameters) < 24
    assert everywhere[dropped & hidden].sum() > 0
    assert not found[dropped].any()
    np.testing.assert_array_equal(found[~dropped], everywhere[~dropped])


def test_weights_pass_zero_under_l1_alone_and_biases_do_not():
    network, theta, X, y = problem()
    theta[...] = 0.3
    theta[[1, 4]] = -0.1, 0.1
    theta[network.layout["b1"].where] = 0.1
    for penalty, expected in ((L1(0.1), {4}), (L2(0.1), set()), ([L2(0.1), L1(0.1)], {4})):
        found = coordinate_losses(network, theta, X, y, (-0.2,), penalty=penalty).crossings[0]
        assert set(np.flatnonzero(found)) == expected


def test_declared_kinks_are_where_slopes_jump_and_nowhere_else():
    near = 1e-6
    for activation in ACTIVATIONS.values():
        points = np.linspace(-2, 2, 41)
        right = (activation(points + near) - activation(points)) / near
        left = (activation(points) - activation(points - near)) / near
        jumps = np.abs(right - left) > 0.1
        declared = np.isin(np.round(points, 9), activation.kinks)
        np.testing.assert_array_equal(jumps, declared)


# ----------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "kind", "pattern"),
    [
        ({"theta": np.ones((2, 49))}, ValueError, r"theta has an axis of replicates: one network"),
        ({"X": np.ones((2, 7, 3))}, ValueError, r"X has an axis of replicates"),
        ({"y": np.ones((2, 7), int)}, ValueError, r"y has an axis of replicates"),
        ({"theta": np.ones(49, complex)}, TypeError, r"theta is complex"),
        ({"coordinates": [0, 49]}, ValueError, r"coordinates has numbers from 0 to 49.*0 to 48"),
        ({"coordinates": [-1]}, ValueError, r"coordinates has numbers from -1"),
        ({"coordinates": [0.5]}, ValueError, r"coordinates has shape \(1,\) and dtype float64"),
        ({"shifts": ()}, ValueError, r"shifts is \(\): a list of at least one number"),
        ({"masks": [np.ones((7, 5))]}, ValueError, r"masks has 1 arrays, .* 2 hidden layers"),
        (
            {"masks": [np.ones((7, 5)), np.ones((7, 3))]},
            ValueError,
            r"masks\[1\] has shape \(7, 3\) .*\(7, 4\)",
        ),
        ({"penalty": 0.1}, TypeError, r"penalty is 0.1"),
    ],
)
def test_bad_input_stops_at_the_door(arguments, kind, pattern):
    network, theta, X, y = problem()
    good = {"theta": theta, "X": X, "y": y, "shifts": (0.1,)}
    with pytest.raises(kind, match=pattern) as error:
        coordinate_losses(network, **{**good, **arguments})
    assert "\n" not in str(error.value)


def test_nothing_here_knows_of_backpropagation(monkeypatch):
    def refuse(*args, **options):
        raise AssertionError("a check must not use what it checks")

    for name in ("gradient", "loss_and_gradient", "engine", "_run_engine"):
        monkeypatch.setattr(MLP, name, refuse)
    blind = dataclasses.replace(activations.relu, slope=refuse, forward=refuse)
    network, theta, X, y = problem(activation=blind)
    monkeypatch.setattr(network.loss_function, "residual", refuse)
    assert coordinate_losses(network, theta, X, y, (0.1,), penalty=L2(0.1)).losses.size == 49
