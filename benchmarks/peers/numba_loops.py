"""Loops compiled by numba, samples innermost: what a small network could cost at best."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from benchmarks.jobs import BETA_1, BETA_2, EPSILON, Job, Weights

JOBS = ("full-batch", "dropout", "mini-batch", "adam")
VERSION = numba.__version__


@numba.njit(fastmath=True)
def write_gradient(theta, sizes, y, m, keep, units, errors, masks, gradient):
    """Write the mean gradient over `m` samples into `gradient`, laid out W1, b1, W2, b2, ...

    `units (layers + 1, widest, rows)` carries the samples in `units[0]`.
    """
    layers = len(sizes) - 1
    at = 0
    for layer in range(layers):
        n_in, n_out = sizes[layer], sizes[layer + 1]
        bias = at + n_in * n_out
        for j in range(n_out):
            Z = units[layer + 1, j]
            for r in range(m):
                Z[r] = theta[bias + j]
            for i in range(n_in):
                A, w = units[layer, i], theta[at + i * n_out + j]
                for r in range(m):
                    Z[r] += A[r] * w
            if layer < layers - 1:
                mask = masks[layer + 1, j]
                if keep < 1:
                    for r in range(m):
                        mask[r] = (np.random.random() < keep) / keep
                    for r in range(m):
                        mask[r] = mask[r] if Z[r] > 0 else 0.0
                else:
                    for r in range(m):
                        mask[r] = 1.0 if Z[r] > 0 else 0.0
                for r in range(m):
                    Z[r] *= mask[r]
        at = bias + n_out
    Z, D = units[layers, 0], errors[layers, 0]
    for r in range(m):
        D[r] = (1 / (1 + np.exp(-Z[r])) - y[r]) / m
    for layer in range(layers - 1, -1, -1):
        n_in, n_out = sizes[layer], sizes[layer + 1]
        bias = at - n_out
        at = bias - n_in * n_out
        for j in range(n_out):
            D = errors[layer + 1, j]
            total = 0.0
            for r in range(m):
                total += D[r]
            gradient[bias + j] = total
            for i in range(n_in):
                A = units[layer, i]
                total = 0.0
                for r in range(m):
                    total += A[r] * D[r]
                gradient[at + i * n_out + j] = total
        if layer > 0:
            for i in range(n_in):
                back, mask = errors[layer, i], masks[layer, i]
                for r in range(m):
                    back[r] = 0.0
                for j in range(n_out):
                    D, w = errors[layer + 1, j], theta[at + i * n_out + j]
                    for r in range(m):
                        back[r] += D[r] * w
                for r in range(m):
                    back[r] *= mask[r]


@numba.njit
def train_loops(theta, sizes, X, y, orders, count, batch_size, rate, keep, adam, seed):
    """Train `theta` in place for `count` passes; `orders` may be empty."""
    np.random.seed(seed)
    n, shape = len(y), (len(sizes), sizes.max(), batch_size)
    units, errors, masks = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    gradient, v, s = np.zeros_like(theta), np.zeros_like(theta), np.zeros_like(theta)
    labels = np.zeros(batch_size)
    order = np.arange(n)
    up, down = 1.0, 1.0
    for k in range(count):
        if batch_size < n:
            order = orders[k] if len(orders) > 0 else np.random.permutation(n)
        for first in range(0, n, batch_size):
            m = min(batch_size, n - first)
            if batch_size < n or k == 0:
                for r in range(m):
                    labels[r] = y[order[first + r]]
                    for j in range(sizes[0]):
                        units[0, j, r] = X[order[first + r], j]
            write_gradient(theta, sizes, labels, m, keep, units, errors, masks, gradient)
            up *= BETA_1
            down *= BETA_2
            for i in range(len(theta)):
                if adam:
                    v[i] = BETA_1 * v[i] + (1 - BETA_1) * gradient[i]
                    s[i] = BETA_2 * s[i] + (1 - BETA_2) * gradient[i] ** 2
                    step = v[i] / (1 - up) / (np.sqrt(s[i] / (1 - down)) + EPSILON)
                    theta[i] -= rate * step
                else:
                    theta[i] -= rate * gradient[i]


def prepare(job: Job) -> Any:
    X, y = job.data()
    start = np.concatenate([part.ravel() for layer in job.start() for part in layer])
    sizes = np.array(job.sizes)

    def train(count: int, orders: Any = None, seed: int = 0) -> Weights:
        theta = start.copy()
        given = np.empty((0, 0), np.int64) if orders is None else orders
        train_loops(
            theta, sizes, X, y.astype(float), given, count, job.batch_size or job.rows,
            job.learning_rate, 1 - job.dropout, job.optimizer == "adam", seed,
        )  # fmt: skip
        weights, at = [], 0
        for n_in, n_out in zip(job.sizes[:-1], job.sizes[1:], strict=True):
            W = theta[at : at + n_in * n_out].reshape(n_in, n_out)
            at += n_in * n_out
            weights.append((W, theta[at : at + n_out]))
            at += n_out
        return weights

    return train
