"""`torch.autograd.gradcheck` on a network; with random directions, its fast mode."""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd import gradcheck

from benchmarks.checks import SHARED
from benchmarks.jobs import Job

torch.set_num_threads(1)
JOBS = SHARED
VERSION = torch.__version__


class Doubled(torch.autograd.Function):
    """The identity, with a wrong derivative."""

    @staticmethod
    def forward(context: Any, W: torch.Tensor) -> torch.Tensor:
        return W.clone()

    @staticmethod
    def backward(context: Any, signal: torch.Tensor) -> torch.Tensor:
        return 2 * signal


def prepare(job: Job) -> Any:
    X, labels = (torch.from_numpy(part) for part in job.data())
    y = labels[:, None].to(X.dtype) if job.binary else labels
    measure = torch.nn.BCEWithLogitsLoss() if job.binary else torch.nn.CrossEntropyLoss()
    parts = tuple(
        torch.from_numpy(part).requires_grad_() for layer in job.start() for part in layer
    )

    def make_loss(planted: bool) -> Any:
        def loss(*parts: torch.Tensor) -> torch.Tensor:
            A = X
            for i in range(0, len(parts), 2):
                W = Doubled.apply(parts[i]) if planted and i == 2 else parts[i]
                Z = A @ W + parts[i + 1]
                A = torch.tanh(Z)
            return measure(Z, y)

        return loss

    def run(count: int, planted: Any = None, seed: int = 0) -> bool:
        torch.manual_seed(seed)
        for _ in range(count):
            passed = gradcheck(
                make_loss(bool(planted)), parts, raise_exception=False,
                fast_mode=job.name == "check-direction",
            )  # fmt: skip
        return bool(passed)

    return run
