"""Keras on TensorFlow: `compile` and one `fit` of many epochs."""

from __future__ import annotations

from typing import Any

from benchmarks.jobs import Job, Weights
from benchmarks.peers._tensorflow import VERSION, make_loss, make_model, make_optimizer, weights_of

__all__ = ["JOBS", "VERSION", "prepare"]
JOBS = ("full-batch", "dropout", "mini-batch", "adam")


def prepare(job: Job) -> Any:
    X, y = job.data()
    y = y[:, None].astype(X.dtype)
    size = job.batch_size or job.rows
    kept: dict[str, Any] = {}

    def train(count: int, orders: Any = None, seed: int = 0) -> Weights:
        # One compiled model serves all timed runs: its tracing is paid for in the warm-up.
        if orders is not None or not kept:
            kept["model"] = make_model(job, seed)
            kept["model"].compile(optimizer=make_optimizer(job), loss=make_loss(job))
        model = kept["model"]
        if orders is None:
            model.fit(X, y, batch_size=size, epochs=count, verbose=0)
        else:
            for order in orders[:count]:
                model.fit(X[order], y[order], batch_size=size, shuffle=False, verbose=0)
        return weights_of(model)

    return train
