"""What is timed: each job's data, network, start and training rule, in NumPy alone.

Every peer reads these and nothing else, so all of them do the same work on the same numbers.
Rows are samples, weights are `(n_in, n_out)`, labels are integers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Weights = list[tuple[Array, Array]]
"""One `(W, b)` a layer, shapes `(..., n_in, n_out)` and `(..., n_out)`."""

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8
"""Adam's constants; epsilon is added outside the square root."""


@dataclass(frozen=True)
class Job:
    """One training rule on one network and data set; `unit` is what its time is quoted for."""

    name: str
    title: str
    sizes: tuple[int, ...]
    rows: int
    learning_rate: float
    unit: str = "step"
    optimizer: str = "gradient descent"
    batch_size: int | None = None
    dropout: float = 0.0
    replicates: int | None = None
    replicate: int = 0
    dtype: str = "float64"

    @property
    def binary(self) -> bool:
        """Whether the loss is binary cross-entropy (one output) or softmax cross-entropy."""
        return self.sizes[-1] == 1

    def batches(self) -> list[slice]:
        """Slices of a pass over the rows; the last one may be smaller."""
        size = self.batch_size or self.rows
        return [slice(k, min(k + size, self.rows)) for k in range(0, self.rows, size)]

    def data(self) -> tuple[Array, NDArray[np.int64]]:
        """Return `X (rows, n_in)` and integer labels `y (rows,)`."""
        rng = np.random.default_rng(7)
        y = np.arange(self.rows) % max(2, self.sizes[-1])
        X = rng.normal(size=(self.rows, self.sizes[0]))
        X[:, 0] += 0.8 * y  # overlapping classes: a loss that falls and never reaches zero
        return X.astype(self.dtype), y

    def start(self) -> Weights:
        """Return the start that all share: He weights, zero biases."""
        if self.replicates is not None:
            starts = [self.lone(r).start() for r in range(self.replicates)]
            return [
                (np.stack([W for W, _ in layer]), np.stack([b for _, b in layer]))
                for layer in zip(*starts, strict=True)
            ]
        rng = np.random.default_rng((3, self.replicate))
        weights = []
        for n_in, n_out in zip(self.sizes[:-1], self.sizes[1:], strict=True):
            W = rng.normal(size=(n_in, n_out)) * np.sqrt(2 / n_in)
            weights.append((W.astype(self.dtype), np.zeros(n_out, self.dtype)))
        return weights

    def lone(self, replicate: int) -> Job:
        """Return one replicate of this job as a job of its own."""
        return replace(self, replicates=None, replicate=replicate)

    def orders(self, passes: int, seed: int = 11) -> NDArray[np.int64]:
        """Return row orders `(passes, rows)`, to give every peer the same mini-batches."""
        rng = np.random.default_rng(seed)
        return np.stack([rng.permutation(self.rows) for _ in range(passes)])

    def loss(self, weights: Weights) -> float:
        """Return the mean loss over all rows (and replicates), without dropout."""
        X, y = self.data()
        A = X.astype(np.float64)
        for W, b in weights[:-1]:
            A = np.maximum(A @ W + b[..., None, :], 0)
        W, b = weights[-1]
        Z = A @ W + b[..., None, :]
        if self.binary:
            return float(np.mean(np.logaddexp(0, Z[..., 0]) - y * Z[..., 0]))
        return float(np.mean(np.logaddexp.reduce(Z, axis=-1) - Z[..., np.arange(len(y)), y]))

    def flops(self) -> int:
        """Return the floating-point operations of a step's matrix products."""
        products = [a * b for a, b in zip(self.sizes[:-1], self.sizes[1:], strict=True)]
        rows = self.batch_size or self.rows
        return 2 * rows * (3 * sum(products) - products[0])  # X itself needs no gradient


CIRCLES, PITCH, MOONS = (2, 10, 5, 1), (2, 20, 3, 1), (2, 5, 2, 1)

JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job("full-batch", "2-10-5-1, full batch of 300", CIRCLES, 300, 0.01),
        Job("dropout", "2-20-3-1, dropout, full batch of 211", PITCH, 211, 0.3, dropout=0.14),
        Job("mini-batch", "2-5-2-1, batches of 64 of 300", MOONS, 300, 0.0007, "pass",
            batch_size=64),
        Job("adam", "2-5-2-1, Adam, batches of 64 of 300", MOONS, 300, 0.0007, "pass", "adam",
            batch_size=64),
        Job("full-batch-32", "2-10-5-1, full batch of 300, 32 replicates", CIRCLES, 300, 0.01,
            "step", replicates=32),
        Job("adam-32", "2-5-2-1, Adam, batches of 64 of 300, 32 replicates", MOONS, 300, 0.0007,
            "pass", "adam", batch_size=64, replicates=32),
        Job("wide", "784-128-64-10, batch of 128, float32", (784, 128, 64, 10), 128, 0.01,
            dtype="float32"),
    )
}  # fmt: skip
