"""TensorFlow and Keras in float64 as oracles for functions, gradients and optimizers."""

import os
import platform
import sys
from itertools import pairwise

import numpy as np
import pytest
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
    Momentum,
    Nesterov,
    RMSprop,
    losses,
    train,
)
from dlbook.activations import ACTIVATIONS

if sys.platform == "darwin" and platform.machine() == "x86_64":
    pytest.skip("there is no current TensorFlow for this machine", allow_module_level=True)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import tensorflow as tf

TF_ACTIVATIONS = {
    "relu": tf.nn.relu,
    # tf.nn.leaky_relu keeps its slope in float32
    "leaky_relu": lambda z: tf.nn.relu(z) - 0.01 * tf.nn.relu(-z),
    "tanh": tf.tanh,
    "sigmoid": tf.sigmoid,
    "identity": tf.identity,
}
EXTREMES = np.array([-1e4, -800.0, -30.0, -1e-8, 0.0, 1e-8, 30.0, 800.0, 1e4])


def tf_loss(name, logits, y):
    """Return the mean loss of logits (…, rows, outputs), one number a replicate."""
    if name == "binary_cross_entropy":
        labels = tf.zeros_like(logits[..., 0]) + tf.cast(y, tf.float64)
        each = tf.nn.sigmoid_cross_entropy_with_logits(labels, logits[..., 0])
    elif name == "softmax_cross_entropy":
        shape = tf.shape(logits)
        labels = tf.zeros(shape[:-1], tf.int64) + tf.cast(y, tf.int64)
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    else:
        each = tf.reduce_sum((logits - y) ** 2, axis=-1) / 2
    return tf.reduce_mean(each, axis=-1)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_and_their_derivatives(name):
    z = np.concatenate([np.random.default_rng(0).normal(size=200, scale=4), EXTREMES])
    z = z[z != 0]  # TensorFlow's leaky ReLU has another slope at its kink
    variable = tf.Variable(z)
    with tf.GradientTape() as tape:
        value = TF_ACTIVATIONS[name](variable)
    np.testing.assert_allclose(ACTIVATIONS[name](z), value.numpy(), rtol=1e-10, atol=1e-13)
    slope = tape.gradient(value, variable).numpy()
    np.testing.assert_allclose(ACTIVATIONS[name].derivative(z), slope, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("label", [0, 1])
def test_binary_cross_entropy_from_logits(label):
    logits = tf.Variable(EXTREMES[:, None, None])  # each logit a replicate of one row
    with tf.GradientTape() as tape:
        total = tf_loss("binary_cross_entropy", logits, [label])
    z, loss = EXTREMES[:, None, None], losses.binary_cross_entropy
    # TensorFlow's log(1 + e^-30) has two correct digits; test_losses.py holds ours to 60
    np.testing.assert_allclose(loss(z, [label]), total.numpy(), rtol=1e-10, atol=1e-14)
    slope = tape.gradient(total, logits).numpy()
    np.testing.assert_allclose(loss.derivative(z, [label]), slope, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("label", [0, 1, 2])
def test_softmax_cross_entropy_from_logits(label):
    grid = np.array(np.meshgrid(EXTREMES, EXTREMES, [0.0, 5.0])).reshape(3, -1).T[:, None]
    logits = tf.Variable(grid)
    with tf.GradientTape() as tape:
        total = tf_loss("softmax_cross_entropy", logits, [label])
    loss = losses.softmax_cross_entropy
    np.testing.assert_allclose(loss(grid, [label]), total.numpy(), rtol=1e-10, atol=1e-15)
    slope = tape.gradient(total, logits).numpy()
    np.testing.assert_allclose(loss.derivative(grid, [label]), slope, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("lead", [(), (3,)], ids=["lone", "replicates"])
@pytest.mark.parametrize("own_data", [False, True])
@pytest.mark.parametrize("loss", losses.LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_loss_and_gradient_of_networks(depth, activation, loss, own_data, lead):
    rng, outputs, rows = np.random.default_rng(depth), OUTPUTS[loss], 6
    sizes = [*[3, 5, 4, 6][:depth], outputs]
    network = MLP(sizes, activation, loss)
    theta = 0.7 * rng.normal(size=(*lead, network.n_parameters))
    data_lead = lead if own_data else ()
    X, y = (
        rng.normal(size=(*data_lead, rows, 3)),
        labels_for(loss, rng, (*data_lead, rows), outputs),
    )

    parameters, at = [], 0
    for n_in, n_out in pairwise(sizes):
        W = theta[..., at : at + n_in * n_out].reshape(*lead, n_in, n_out)
        b = theta[..., at + n_in * n_out : at + (n_in + 1) * n_out].reshape(*lead, 1, n_out)
        parameters += [tf.Variable(W), tf.Variable(b)]
        at += (n_in + 1) * n_out
    with tf.GradientTape() as tape:
        a = tf.constant(X)
        for W, b in zip(parameters[::2], parameters[1::2], strict=True):
            z = tf.matmul(a, W) + b
            a = TF_ACTIVATIONS[activation](z)
        total = tf_loss(loss, z, y)
        for W in parameters[::2]:
            total += 0.2 / 2 * tf.reduce_sum(W**2, axis=(-2, -1))
            total += 0.03 * tf.reduce_sum(tf.abs(W), axis=(-2, -1))
    gradients = [g.numpy().reshape(*lead, -1) for g in tape.gradient(total, parameters)]

    ours, gradient = network.loss_and_gradient(theta, X, y, [L2(0.2), L1(0.03)])
    np.testing.assert_allclose(ours, total.numpy(), rtol=1e-10)
    np.testing.assert_allclose(gradient, np.concatenate(gradients, axis=-1), rtol=1e-10, atol=1e-12)


# ------------------------------------------------------------------------------ optimizers

# Keras rounds learning rate and betas to float32: these are exact there
RATE, BETA1, BETA2 = 2.0**-5, 0.75, 1 - 2.0**-7
EPSILON = 1e-2  # large, so that its place in the formula shows
STEPS = 50
MATRIX = np.array([[3.0, 1.0, 0.0, 0.2], [1.0, 2.0, 0.5, 0.0], [0, 0.5, 1, 0], [0.2, 0, 0, 0.1]])
START = np.array([1.0, -2.0, 3.0, 0.5])


def slope(theta):
    """Return the gradient of a bumpy quadratic, with parts from 1e-3 to 10."""
    return MATRIX @ theta + 0.3 * np.cos(5 * theta) * np.array([1, 1, 1e-2, 1e-2])


def keras_path(optimizer, start=START, gradient=slope):
    theta, path = tf.Variable(start), []
    optimizer.build([theta])
    for t in range(STEPS):
        g = gradient(theta.numpy()) if callable(gradient) else gradient[t]
        optimizer.apply([tf.constant(g)], [theta])
        path.append(theta.numpy().copy())
    return np.array(path)


def our_path(make, start=START, gradient=slope):
    """Return our path; ``make(t)`` gives the optimizer whose step t = 1, 2, … counts."""
    theta, path, seen = start.copy(), [], []
    for t in range(STEPS):
        seen.append(gradient(theta) if callable(gradient) else gradient[t])
        optimizer, moved = make(t + 1), start.copy()
        state = optimizer.start(moved)
        for g in seen[:-1]:
            optimizer.step(moved, g, state)
        moved[...] = theta
        optimizer.step(moved, seen[-1], state)
        theta = moved
        path.append(theta.copy())
    return np.array(path)


KERAS = tf.keras.optimizers


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (GradientDescent(RATE), lambda: KERAS.SGD(RATE)),
        (Momentum(RATE, 0.75), lambda: KERAS.SGD(RATE, momentum=0.75)),
        (Nesterov(RATE, 0.75), lambda: KERAS.SGD(RATE, momentum=0.75, nesterov=True)),
        (Momentum(4 * RATE, 0.75, damped=True), lambda: KERAS.SGD(RATE, momentum=0.75)),
    ],
    ids=["GradientDescent", "Momentum", "Nesterov", "damped Momentum"],
)
def test_optimizers_without_epsilon(ours, theirs):
    np.testing.assert_allclose(our_path(lambda t: ours), keras_path(theirs()), rtol=0, atol=1e-10)


def keras_epsilon(t):
    """Return the paper's epsilon for Keras's, which the paper's "epsilon hat", at step t."""
    return EPSILON / np.sqrt(1 - BETA2**t)


BETAS = {"beta1": BETA1, "beta2": BETA2}
KERAS_BETAS = {"beta_1": BETA1, "beta_2": BETA2, "epsilon": EPSILON}
ADAMS = {
    "Adam": (
        lambda epsilon: Adam(RATE, epsilon=epsilon, **BETAS),
        lambda: KERAS.Adam(RATE, **KERAS_BETAS),
    ),
    "AMSGrad": (
        lambda epsilon: AMSGrad(RATE, epsilon=epsilon, **BETAS),
        lambda: KERAS.Adam(RATE, amsgrad=True, **KERAS_BETAS),
    ),
    "AdamW": (
        lambda epsilon: AdamW(RATE, epsilon=epsilon, weight_decay=0.125, **BETAS),
        lambda: KERAS.AdamW(RATE, weight_decay=0.125, **KERAS_BETAS),
    ),
}


@pytest.mark.parametrize("name", ADAMS)
def test_adams_with_their_epsilon_converted(name):
    ours, theirs = ADAMS[name]
    path = our_path(lambda t: ours(keras_epsilon(t)))
    np.testing.assert_allclose(path, keras_path(theirs()), rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", ADAMS)
def test_adams_differ_when_the_two_epsilons_are_taken_for_one(name):
    ours, theirs = ADAMS[name]
    assert np.abs(our_path(lambda t: ours(EPSILON)) - keras_path(theirs())).max() > 1e-3


def inside_the_root(kind, epsilon, squares):
    """Return a maker of optimizers whose epsilon does outside the root what Keras's does inside.

    There is one such epsilon a step and parameter, so this is for a single parameter, whose
    averaged ``squares`` are known beforehand.
    """
    converted = np.sqrt(squares + epsilon) - np.sqrt(squares)
    return lambda t: kind(float(converted[t - 1]))


ROOTS = {
    "Adagrad": (
        lambda epsilon: Adagrad(RATE, epsilon),
        lambda: KERAS.Adagrad(RATE, initial_accumulator_value=0.0, epsilon=EPSILON),
        np.cumsum,
    ),
    "RMSprop": (
        lambda epsilon: RMSprop(RATE, 0.75, epsilon),
        lambda: KERAS.RMSprop(RATE, rho=0.75, epsilon=EPSILON),
        lambda s: [sum(0.25 * 0.75 ** (t - i) * s[i] for i in range(t + 1)) for t in range(len(s))],
    ),
}


@pytest.mark.parametrize("scale", [10.0, 0.1, 1e-3])
@pytest.mark.parametrize("name", ROOTS)
def test_epsilon_inside_the_root_and_outside(name, scale):
    ours, theirs, averaged = ROOTS[name]
    start, g = np.ones(1), scale * np.random.default_rng(0).normal(size=(STEPS, 1))
    keras = keras_path(theirs(), start, g)
    squares = np.asarray(averaged(g[:, 0] ** 2))
    converted = our_path(inside_the_root(ours, EPSILON, squares), start, g)
    np.testing.assert_allclose(converted, keras, rtol=0, atol=1e-10)
    if scale < 1:
        unconverted = our_path(lambda t: ours(EPSILON), start, g)
        assert np.abs(unconverted - keras).max() > 1e-3


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            Adagrad(RATE, 1e-300),
            lambda: KERAS.Adagrad(RATE, initial_accumulator_value=0.0, epsilon=1e-300),
        ),
        (RMSprop(RATE, 0.75, 1e-300), lambda: KERAS.RMSprop(RATE, rho=0.75, epsilon=1e-300)),
        (
            Adam(RATE, BETA1, BETA2, 1e-300),
            lambda: KERAS.Adam(RATE, BETA1, BETA2, epsilon=1e-300),
        ),
    ],
    ids=["Adagrad", "RMSprop", "Adam"],
)
def test_where_epsilon_is_nothing_its_place_is_nothing(ours, theirs):
    np.testing.assert_allclose(our_path(lambda t: ours), keras_path(theirs()), rtol=0, atol=1e-10)


def test_a_whole_training_run_is_that_of_keras():
    """Mini-batches in a set order, softmax, two hidden layers, Nesterov."""
    rng = np.random.default_rng(0)
    network = MLP((4, 8, 5, 3), "tanh")
    X, y = rng.normal(size=(50, 4)), rng.integers(0, 3, 50)
    theta = network.initialize("glorot_uniform", rng=rng, replicates=2)
    orders = [rng.permutation(50) for _ in range(3)]
    run = train(
        network,
        theta,
        X,
        y,
        Nesterov(RATE, 0.75),
        passes=3,
        batch_size=16,
        order=orders.__getitem__,
    )
    for start, end in zip(theta, run.theta, strict=True):
        layers = [tf.keras.layers.Dense(n, "tanh", dtype="float64") for n in (8, 5)]
        layers.append(tf.keras.layers.Dense(3, dtype="float64"))
        model = tf.keras.Sequential([tf.keras.Input((4,), dtype="float64"), *layers])
        model.set_weights(list(network.views(start).values()))
        optimizer = KERAS.SGD(RATE, momentum=0.75, nesterov=True)
        optimizer.build(model.trainable_variables)
        for order in orders:
            for first in range(0, 50, 16):
                rows = order[first : first + 16]
                with tf.GradientTape() as tape:
                    loss = tf_loss("softmax_cross_entropy", model(X[rows]), y[rows])
                optimizer.apply(tape.gradient(loss, model.trainable_variables))
        found = np.concatenate([w.ravel() for w in model.get_weights()])
        np.testing.assert_allclose(end, found, rtol=0, atol=1e-10)
