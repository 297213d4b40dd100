"""`jax.test_util.check_grads` in reverse mode, on a compiled loss: one random direction a check."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.test_util import check_grads

from benchmarks.jobs import Job

jax.config.update("jax_enable_x64", True)
JOBS = ("check-direction",)
VERSION = jax.__version__


@jax.custom_vjp
def doubled(W: Any) -> Any:
    """Return `W`, with a wrong derivative."""
    return W


doubled.defvjp(lambda W: (W, None), lambda _, signal: (2 * signal,))


def prepare(job: Job) -> Any:
    X, y = (jnp.asarray(part) for part in job.data())
    weights = jax.tree.map(jnp.asarray, job.start())

    def make_loss(planted: bool) -> Any:
        def loss(weights: Any) -> Any:
            A = X
            for i, (W, b) in enumerate(weights):
                Z = A @ (doubled(W) if planted and i == 1 else W) + b
                A = jnp.tanh(Z)
            return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(Z), y[:, None], axis=1))

        return jax.jit(loss)

    losses = {planted: make_loss(planted) for planted in (False, True)}

    def run(count: int, planted: Any = None, seed: int = 0) -> bool:
        np.random.seed(seed)  # check_grads draws from it
        try:
            for _ in range(count):
                check_grads(losses[bool(planted)], (weights,), order=1, modes=("rev",))
        except AssertionError:
            return False
        return True

    return run
