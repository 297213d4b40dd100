"""dlbook, by its public API: `MLP` and `train`, nothing recorded on the way."""

from __future__ import annotations

from typing import Any

import dlbook
from benchmarks.jobs import JOBS as ALL_JOBS
from benchmarks.jobs import Job, Weights
from dlbook import MLP, Adam, Dropout, GradientDescent, train

JOBS = tuple(ALL_JOBS)
VERSION = dlbook.__version__


def prepare(job: Job) -> Any:
    X, y = job.data()
    loss = "binary_cross_entropy" if job.binary else "softmax_cross_entropy"
    network = MLP(job.sizes, loss=loss, dtype=X.dtype)
    theta = network.initialize("zeros", replicates=job.replicates)
    views = network.views(theta)
    for i, (W, b) in enumerate(job.start(), 1):
        views[f"W{i}"][...], views[f"b{i}"][...] = W, b
    optimizer = Adam if job.optimizer == "adam" else GradientDescent
    dropout = Dropout(job.dropout) if job.dropout else None

    def run(count: int, orders: Any = None, seed: int = 0) -> Weights:
        end = train(
            network, theta, X, y, optimizer(job.learning_rate),
            steps=count if job.batch_size is None else None,
            passes=None if job.batch_size is None else count,
            batch_size=job.batch_size, rng=seed, dropout=dropout, record_every=10**9,
            order=None if orders is None or job.batch_size is None else orders.__getitem__,
        )  # fmt: skip
        parts = network.views(end.theta)
        return [(parts[f"W{i}"], parts[f"b{i}"]) for i in range(1, len(job.sizes))]

    return run
