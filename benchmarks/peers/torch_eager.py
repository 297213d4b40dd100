"""PyTorch, eager, as its tutorials write a training loop."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from benchmarks.jobs import BETA_1, BETA_2, EPSILON, Job, Weights

torch.set_num_threads(1)
JOBS = ("full-batch", "dropout", "mini-batch", "adam", "wide")
VERSION = torch.__version__


def prepare(job: Job) -> Any:
    X, y = (torch.from_numpy(part) for part in job.data())
    y = y[:, None].to(X.dtype) if job.binary else y
    loss = nn.BCEWithLogitsLoss() if job.binary else nn.CrossEntropyLoss()

    def make_model() -> nn.Sequential:
        modules: list[nn.Module] = []
        for i, (n_in, n_out) in enumerate(zip(job.sizes[:-1], job.sizes[1:], strict=True)):
            if i > 0:
                modules.append(nn.ReLU())
                if job.dropout:
                    modules.append(nn.Dropout(job.dropout))
            modules.append(nn.Linear(n_in, n_out, dtype=X.dtype))
        model = nn.Sequential(*modules)
        with torch.no_grad():
            for layer, (W, b) in zip(linear(model), job.start(), strict=True):
                layer.weight.copy_(torch.from_numpy(W.T))
                layer.bias.copy_(torch.from_numpy(b))
        return model

    def linear(model: nn.Sequential) -> list[Any]:
        return [module for module in model if isinstance(module, nn.Linear)]

    def train(count: int, orders: Any = None, seed: int = 0) -> Weights:
        torch.manual_seed(seed)
        model = make_model()
        optimizer: torch.optim.Optimizer
        if job.optimizer == "adam":
            optimizer = torch.optim.Adam(
                model.parameters(), lr=job.learning_rate, betas=(BETA_1, BETA_2), eps=EPSILON
            )
        else:
            optimizer = torch.optim.SGD(model.parameters(), lr=job.learning_rate)

        def step(X: torch.Tensor, y: torch.Tensor) -> None:
            optimizer.zero_grad()
            loss(model(X), y).backward()
            optimizer.step()

        for k in range(count):
            if job.batch_size is None:
                step(X, y)
                continue
            order = torch.randperm(len(X)) if orders is None else torch.from_numpy(orders[k])
            for rows in job.batches():
                step(X[order[rows]], y[order[rows]])
        return [
            (layer.weight.detach().numpy().T, layer.bias.detach().numpy())
            for layer in linear(model)
        ]

    return train
