"""The runs of a race as jobs: each carries all it needs, so it gives the same numbers anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlbook.datasets import Part
from dlbook.history import History
from dlbook.network import MLP
from dlbook.optimizers import Optimizer
from dlbook.training import DivergenceError, train

__all__ = ["Job", "Outcome", "judge", "run_job"]

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Job:
    """One run of a race with all that it needs; it can be pickled and repeated anywhere.

    The optimizer comes ready-made, so functions that make one need not be known where it runs. The
    test set is not part of it.

    Attributes
    ----------
    network : MLP
    train, validation : Part
    optimizer : Optimizer
    settings : dict
        The values of what is tuned, for the record.
    initializer : str or callable
    replicates : int
        How many starts.
    seed, stream : int
        Its random numbers are those of this seed and this stream. Jobs with the same two share
        their starts and the order of their batches.
    training : dict
        Further arguments of :func:`dlbook.train`.
    """

    network: MLP
    train: Part
    validation: Part
    optimizer: Optimizer
    settings: dict[str, Any]
    initializer: Any
    replicates: int
    seed: int
    stream: int
    training: dict[str, Any]

    def rng(self, purpose: int) -> np.random.Generator:
        """Return the random numbers of this job for one purpose, always the same."""
        key = (self.stream, purpose)
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of one job.

    A start that diverged classifies nothing right: its accuracy counts as 0, its loss as infinite.

    Attributes
    ----------
    settings : dict
        The values of what was tuned.
    start, theta : array (replicates, P)
        Parameters before and after training.
    history : History
        Its curves; NaN where a start had diverged. Of tuning only the start and the end are
        recorded, unless early stopping looks more often; nothing is, if all starts diverged.
    diverged : array of bool (replicates,)
        Which starts left the finite numbers.
    loss : array (replicates,)
        On the validation set at the end.
    accuracy : array (replicates,) or None
        The same; None without integer labels.
    """

    settings: dict[str, Any]
    start: Array
    theta: Array
    history: History
    diverged: NDArray[np.bool_]
    loss: Floats
    accuracy: Floats | None

    def scores(self, select: str) -> Floats:
        """Return ``accuracy`` or ``loss``, whichever it is that chooses."""
        values = self.accuracy if select == "accuracy" else self.loss
        assert values is not None
        return values


def run_job(job: Job) -> Outcome:
    """Train the replicates of a job and look at the validation set: what an executor runs.

    Parameters
    ----------
    job : Job

    Returns
    -------
    Outcome
    """
    start = job.network.initialize(job.initializer, rng=job.rng(0), replicates=job.replicates)
    history = History()
    theta = np.full_like(start, np.nan)
    try:
        run = train(
            job.network,
            start,
            *job.train,
            job.optimizer,
            validation=job.validation,
            rng=job.rng(1),
            divergence="keep",
            progress=False,
            **job.training,
        )
    except DivergenceError:
        pass  # all of them
    else:
        if run.interrupted:
            raise KeyboardInterrupt  # half a run must not pass for a whole one
        history, theta = run.history, run.theta
    loss, accuracy = judge(job.network, theta, job.validation)
    return Outcome(job.settings, start, theta, history, np.isinf(loss), loss, accuracy)


def judge(network: MLP, theta: Array, part: Part) -> tuple[Floats, Floats | None]:
    """Return each replicate's loss and accuracy on some rows; infinite and 0 where it diverged.

    Parameters
    ----------
    network : MLP
    theta : array (replicates, P)
        May have values that are not finite.
    part : Part
        Rows and labels.

    Returns
    -------
    loss : array (replicates,)
    accuracy : array (replicates,) or None
        None without integer labels.
    """
    lost = np.asarray(~np.isfinite(theta).all(axis=-1))
    known = np.where(lost[:, None], 0, theta).astype(theta.dtype, copy=False)
    with np.errstate(all="ignore"):
        loss = network.loss(known, *part).astype(np.float64)
        lost |= ~np.isfinite(loss)
        loss[lost] = np.inf
        if not network.classifies or part.y.dtype.kind == "f":
            return loss, None
        accuracy = network.accuracy(known, *part)
    return loss, np.where(lost, 0.0, accuracy)
