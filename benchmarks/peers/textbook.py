"""NumPy as course notebooks write it.

A dictionary of parameters, a loop over the layers, samples in columns, a cache from the forward
pass to the backward pass, lists of shuffled mini-batches, and the cost of every step, of which one
in a thousand is printed. `textbook_without_cost` is the same program without that last habit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.jobs import BETA_1, BETA_2, EPSILON, Job, Weights

JOBS = ("full-batch", "dropout", "mini-batch", "adam", "wide")
VERSION = np.__version__


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def softmax(Z):
    E = np.exp(Z - np.max(Z, axis=0, keepdims=True))
    return E / np.sum(E, axis=0, keepdims=True)


def relu(Z):
    return np.maximum(Z, 0)


def forward(X, parameters, keep_prob, rng):
    layers = len(parameters) // 2
    cache = {"A0": X}
    A = X
    for i in range(1, layers + 1):
        Z = np.dot(parameters["W" + str(i)], A) + parameters["b" + str(i)]
        if i < layers:
            A = relu(Z)
            if keep_prob < 1:
                draws = rng.random(A.shape)
                D = (draws < keep_prob).astype(int)
                A = A * D
                A = A / keep_prob
                cache["D" + str(i)] = D
        else:
            A = sigmoid(Z) if Z.shape[0] == 1 else softmax(Z)
        cache["A" + str(i)] = A
    return A, cache


def compute_cost(A, Y):
    m = Y.shape[1]
    log_probabilities = np.multiply(-np.log(A), Y)
    if A.shape[0] == 1:
        log_probabilities = log_probabilities + np.multiply(-np.log(1 - A), 1 - Y)
    return 1 / m * np.sum(log_probabilities)


def backward(Y, parameters, cache, keep_prob):
    layers = len(parameters) // 2
    m = Y.shape[1]
    gradients = {}
    dZ = cache["A" + str(layers)] - Y
    for i in range(layers, 0, -1):
        gradients["dW" + str(i)] = 1 / m * np.dot(dZ, cache["A" + str(i - 1)].T)
        gradients["db" + str(i)] = 1 / m * np.sum(dZ, axis=1, keepdims=True)
        if i > 1:
            dA = np.dot(parameters["W" + str(i)].T, dZ)
            if keep_prob < 1:
                dA = dA * cache["D" + str(i - 1)]
                dA = dA / keep_prob
            dZ = np.multiply(dA, np.int64(cache["A" + str(i - 1)] > 0))
    return gradients


def random_mini_batches(X, Y, size, permutation):
    m = X.shape[1]
    shuffled_X = X[:, permutation]
    shuffled_Y = Y[:, permutation]
    mini_batches = []
    for k in range(0, m, size):
        mini_batches.append((shuffled_X[:, k : k + size], shuffled_Y[:, k : k + size]))
    return mini_batches


def update_with_gradient_descent(parameters, gradients, learning_rate):
    for i in range(1, len(parameters) // 2 + 1):
        for name in ("W" + str(i), "b" + str(i)):
            parameters[name] = parameters[name] - learning_rate * gradients["d" + name]
    return parameters


def update_with_adam(parameters, gradients, v, s, t, learning_rate):
    for i in range(1, len(parameters) // 2 + 1):
        for name in ("W" + str(i), "b" + str(i)):
            gradient = gradients["d" + name]
            v[name] = BETA_1 * v[name] + (1 - BETA_1) * gradient
            s[name] = BETA_2 * s[name] + (1 - BETA_2) * np.square(gradient)
            v_corrected = v[name] / (1 - BETA_1**t)
            s_corrected = s[name] / (1 - BETA_2**t)
            step = v_corrected / (np.sqrt(s_corrected) + EPSILON)
            parameters[name] = parameters[name] - learning_rate * step
    return parameters


def prepare(job: Job, with_cost: bool = True) -> Any:
    rows, labels = job.data()
    X = np.ascontiguousarray(rows.T)
    if job.binary:
        Y = labels[None, :].astype(X.dtype)
    else:
        Y = np.ascontiguousarray(np.eye(job.sizes[-1], dtype=X.dtype)[labels].T)
    start = job.start()
    keep_prob = 1 - job.dropout

    def train(count: int, orders: Any = None, seed: int = 0) -> Weights:
        rng = np.random.default_rng(seed)
        parameters = {}
        for i, (W, b) in enumerate(start, 1):
            parameters["W" + str(i)] = np.ascontiguousarray(W.T)
            parameters["b" + str(i)] = b[:, None]
        v = {name: np.zeros_like(value) for name, value in parameters.items()}
        s = {name: np.zeros_like(value) for name, value in parameters.items()}
        t, cost = 0, 0.0
        for k in range(count):
            if job.batch_size is None:
                mini_batches = [(X, Y)]
            else:
                order = rng.permutation(X.shape[1]) if orders is None else orders[k]
                mini_batches = random_mini_batches(X, Y, job.batch_size, order)
            for batch_X, batch_Y in mini_batches:
                A, cache = forward(batch_X, parameters, keep_prob, rng)
                if with_cost:
                    cost += compute_cost(A, batch_Y)
                gradients = backward(batch_Y, parameters, cache, keep_prob)
                if job.optimizer == "adam":
                    t += 1
                    parameters = update_with_adam(parameters, gradients, v, s, t, job.learning_rate)
                else:
                    parameters = update_with_gradient_descent(
                        parameters, gradients, job.learning_rate
                    )
        return [
            (parameters["W" + str(i)].T, parameters["b" + str(i)][:, 0])
            for i in range(1, len(start) + 1)
        ]

    return train
