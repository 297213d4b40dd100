"""What both TensorFlow peers share."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from benchmarks.jobs import BETA_1, BETA_2, EPSILON, Job, Weights

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
VERSION = tf.__version__


def make_model(job: Job, seed: int) -> Any:
    keras.utils.set_random_seed(seed)
    keras.config.set_floatx(job.dtype)
    layers: list[Any] = [keras.Input((job.sizes[0],))]
    for i, n_out in enumerate(job.sizes[1:], 1):
        hidden = i < len(job.sizes) - 1
        layers.append(keras.layers.Dense(n_out, activation="relu" if hidden else None))
        if hidden and job.dropout:
            layers.append(keras.layers.Dropout(job.dropout))
    model = keras.Sequential(layers)
    model.set_weights([part for layer in job.start() for part in layer])
    return model


def make_optimizer(job: Job) -> Any:
    if job.optimizer == "adam":
        return keras.optimizers.Adam(
            job.learning_rate, beta_1=BETA_1, beta_2=BETA_2, epsilon=EPSILON
        )
    return keras.optimizers.SGD(job.learning_rate)


def make_loss(job: Job) -> Any:
    if job.binary:
        return keras.losses.BinaryCrossentropy(from_logits=True)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def weights_of(model: Any) -> Weights:
    parts = model.get_weights()
    return list(zip(parts[::2], parts[1::2], strict=True))
