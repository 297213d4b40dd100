"""`scipy.optimize.check_grad`, forward differences, of a network in plain NumPy."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import scipy
from scipy.optimize import check_grad

from benchmarks.checks import SHARED
from benchmarks.jobs import Job

JOBS = SHARED
VERSION = scipy.__version__


def prepare(job: Job) -> Any:
    X, y = job.data()
    theta = np.concatenate([part.ravel() for layer in job.start() for part in layer])

    def layers(theta: Any) -> Any:
        start = 0
        for n_in, n_out in pairwise(job.sizes):
            middle, stop = start + n_in * n_out, start + (n_in + 1) * n_out
            yield theta[start:middle].reshape(n_in, n_out), theta[middle:stop]
            start = stop

    def forward(theta: Any) -> list[Any]:
        A = [X]
        for W, b in layers(theta):
            A.append(np.tanh(A[-1] @ W + b))
        A[-1] = A[-2] @ W + b
        return A

    def loss(theta: Any) -> float:
        Z = forward(theta)[-1]
        if job.binary:
            return float(np.mean(np.logaddexp(0, Z[:, 0]) - y * Z[:, 0]))
        top = Z.max(axis=1)
        logsum = top + np.log(np.exp(Z - top[:, None]).sum(axis=1))
        return float(np.mean(logsum - Z[np.arange(len(y)), y]))

    def gradient(theta: Any, planted: bool = False) -> Any:
        A, parts = forward(theta), []
        Z = A[-1]
        if job.binary:
            signal = 1 / (1 + np.exp(-Z)) - y[:, None]
        else:
            E = np.exp(Z - Z.max(axis=1, keepdims=True))
            signal = E / E.sum(axis=1, keepdims=True) - np.eye(Z.shape[1])[y]
        signal = signal / len(y)
        for i, (W, _) in reversed(list(enumerate(layers(theta)))):
            slopes = A[i].T @ signal
            parts += [signal.sum(axis=0), (2 if planted and i == 1 else 1) * slopes.ravel()]
            signal = (signal @ W.T) * (1 - A[i] ** 2)
        return np.concatenate(parts[::-1])

    def run(count: int, planted: Any = None, seed: int = 0) -> bool:
        how = {"direction": "all"}
        if job.name == "check-direction":
            how = {"direction": "random", "rng": np.random.default_rng(seed)}
        scale = np.linalg.norm(gradient(theta))
        for _ in range(count):
            error = check_grad(loss, lambda t: gradient(t, bool(planted)), theta, **how)
        return bool(error < 1e-4 * scale)

    return run
