"""TensorFlow: a training step under `tf.function`, called from a Python loop."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from benchmarks.jobs import Job, Weights
from benchmarks.peers._tensorflow import VERSION, make_loss, make_model, make_optimizer, weights_of

__all__ = ["JOBS", "VERSION", "prepare"]
JOBS = ("full-batch", "dropout", "mini-batch", "adam")


def prepare(job: Job) -> Any:
    X, y = job.data()
    X, y = tf.constant(X), tf.constant(y[:, None].astype(X.dtype))
    kept: dict[str, Any] = {}

    def compile_step(seed: int) -> None:
        model, optimizer, loss = make_model(job, seed), make_optimizer(job), make_loss(job)

        @tf.function
        def step(X: Any, y: Any) -> None:
            with tf.GradientTape() as tape:
                value = loss(y, model(X, training=True))
            gradients = tape.gradient(value, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

        kept.update(model=model, step=step)

    def train(count: int, orders: Any = None, seed: int = 0) -> Weights:
        if orders is not None or not kept:
            compile_step(seed)
        step = kept["step"]
        for k in range(count):
            if job.batch_size is None:
                step(X, y)
                continue
            order = tf.random.shuffle(tf.range(job.rows)) if orders is None else orders[k]
            for rows in job.batches():
                step(tf.gather(X, order[rows]), tf.gather(y, order[rows]))
        return weights_of(kept["model"])

    return train
