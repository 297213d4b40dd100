"""JAX: automatic gradients, the whole run one compiled `scan`, replicates by `vmap`."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.jobs import BETA_1, BETA_2, EPSILON, Job, Weights

jax.config.update("jax_enable_x64", True)
JOBS = ("full-batch", "dropout", "mini-batch", "adam", "full-batch-32", "adam-32", "wide")
VERSION = jax.__version__


def make_loss(job: Job) -> Any:
    def loss(weights, X, y, key):
        A = X
        for W, b in weights[:-1]:
            A = jnp.maximum(A @ W + b, 0)
            if job.dropout:
                key, own = jax.random.split(key)
                keep = 1 - job.dropout
                A = A * jax.random.bernoulli(own, keep, A.shape) / keep
        W, b = weights[-1]
        Z = A @ W + b
        if job.binary:
            return jnp.mean(jnp.logaddexp(0, Z[:, 0]) - y * Z[:, 0])
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(Z), y[:, None], axis=1))

    return loss


def make_update(job: Job) -> Any:
    gradient = jax.grad(make_loss(job))

    def descend(state, X, y, key):
        weights, v, s, t = state
        g = gradient(weights, X, y, key)
        weights = jax.tree.map(lambda w, g: w - job.learning_rate * g, weights, g)
        return weights, v, s, t

    def adam(state, X, y, key):
        weights, v, s, t = state
        g = gradient(weights, X, y, key)
        t = t + 1
        v = jax.tree.map(lambda v, g: BETA_1 * v + (1 - BETA_1) * g, v, g)
        s = jax.tree.map(lambda s, g: BETA_2 * s + (1 - BETA_2) * g * g, s, g)
        up, down = 1 - BETA_1**t, 1 - BETA_2**t
        weights = jax.tree.map(
            lambda w, v, s: w - job.learning_rate * (v / up) / (jnp.sqrt(s / down) + EPSILON),
            weights, v, s,
        )  # fmt: skip
        return weights, v, s, t

    return adam if job.optimizer == "adam" else descend


def prepare(job: Job) -> Any:
    X, y = (jnp.asarray(part) for part in job.data())
    if job.binary:
        y = y.astype(X.dtype)
    start = [(jnp.asarray(W), jnp.asarray(b)) for W, b in job.start()]
    update = make_update(job)
    mini_batches = job.batch_size is not None

    def one_unit(state, given):
        if not mini_batches:
            return update(state, X, y, given), None
        # Each batch gathers its own rows: quicker than one gather of all rows, then slices.
        for rows in job.batches():
            state = update(state, X[given[rows]], y[given[rows]], None)
        return state, None

    def run(weights, given):
        zeros = jax.tree.map(jnp.zeros_like, weights)
        state = weights, zeros, zeros, jnp.zeros((), X.dtype)
        return jax.lax.scan(one_unit, state, given)[0][0]

    if job.replicates is not None:
        run = jax.vmap(run, in_axes=(0, None))
    run = jax.jit(run)

    @partial(jax.jit, static_argnums=0)
    def step_keys(count, seed):
        return jax.random.split(jax.random.key(seed), count)

    def train(count: int, orders: Any = None, seed: int = 0) -> Weights:
        if mini_batches:
            given = orders[:count] if orders is not None else job.orders(count, seed)
        elif job.dropout:
            given = step_keys(count, seed)
        else:
            given = jnp.zeros((count, 0))  # scan over nothing, `count` times
        weights = jax.block_until_ready(run(start, given))
        return [(np.asarray(W), np.asarray(b)) for W, b in weights]

    return train
