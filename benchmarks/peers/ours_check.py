"""dlbook's gradient check of a network."""

from __future__ import annotations

from typing import Any

import numpy as np

import dlbook
from benchmarks.checks import CHECKS, DIRECTIONS
from benchmarks.jobs import Job
from dlbook import MLP, check_network

JOBS = tuple(CHECKS)
VERSION = dlbook.__version__


def prepare(job: Job) -> Any:
    X, y = job.data()
    network = MLP(job.sizes, "tanh", "binary_cross_entropy" if job.binary else None)
    theta = np.concatenate([part.ravel() for layer in job.start() for part in layer])
    right = network.gradient(theta, X, y)
    wrong = right.copy()
    network.views(wrong)["W2"][...] *= 2
    directions = DIRECTIONS.get(job.name)

    def run(count: int, planted: Any = None, seed: int = 0) -> bool:
        gradient = wrong if planted else right
        for _ in range(count):
            report = check_network(network, theta, X, y, gradient, directions=directions, rng=seed)
        return report.passed

    return run
