"""Workers, checks and interleaved timing.

Each peer lives in a process of its own, so that no library's threads or settings touch another's.
Runs alternate: every round times dlbook and then each peer once, and a ratio is taken within a
round. What disturbs the machine for a while disturbs both sides of a ratio.
"""

from __future__ import annotations

import importlib
import math
import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from benchmarks.jobs import Job, Weights

ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
    "CUDA_VISIBLE_DEVICES": "-1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "1",
}
"""Set before any library is imported: one thread each, the processor alone."""

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
"""What a run is timed by; on one busy core the processor's time leaves out what others took."""

DROPOUT_STEPS, CHECK_STEPS, FEWEST = 150, 20, 5
"""Units of the two checks below, and of the shortest run."""


class PeerError(Exception):
    """A peer could not be imported, failed, or computed something else."""


def serve(peer: str, pipe: Connection) -> None:
    """Answer requests for one peer until the pipe closes (runs in the worker process)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libraries' notices; errors go through the pipe
    trainers: dict[Job, Any] = {}
    module = None
    while True:
        try:
            request = pipe.recv()
        except EOFError:
            return
        try:
            module = module or importlib.import_module(f"benchmarks.peers.{peer}")
            if request == "about":
                pipe.send(("ok", {"version": str(module.VERSION), "jobs": tuple(module.JOBS)}))
                continue
            if request == "peak":
                pipe.send(("ok", matmul_peak()))
                continue
            job, count, orders, seed = request
            if job not in trainers:
                trainers[job] = module.prepare(job)
            train = trainers[job]
            clock = CLOCKS[os.environ.get("BENCHMARKS_CLOCK", "wall")]
            begin = clock()
            weights = train(count, orders, seed)
            seconds = clock() - begin
            pipe.send(("ok", (seconds, weights)))
        except Exception as error:
            pipe.send(("failed", f"{type(error).__name__}: {error}".splitlines()[0][:200]))


def matmul_peak(n: int = 1024, runs: int = 7) -> float:
    """Return operations a second of this core's float32 matrix product, the best of `runs`."""
    A, B = np.random.default_rng(0).normal(size=(2, n, n)).astype(np.float32)
    C = A @ B
    times = []
    for _ in range(runs):
        begin = time.process_time()  # one thread: time at work, whatever else the core does
        np.matmul(A, B, out=C)
        times.append(time.process_time() - begin)
    return float(2 * n**3 / min(times))


class Worker:
    """A peer in its own process."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(peer, theirs), daemon=True)
        self._process.start()
        theirs.close()
        about = self.ask("about")
        self.version: str = about["version"]
        self.jobs: tuple[str, ...] = about["jobs"]

    def ask(self, request: Any) -> Any:
        """Send a request and return the answer; `PeerError` says what went wrong."""
        try:
            self._pipe.send(request)
            status, answer = self._pipe.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            raise PeerError("its process died") from error
        if status != "ok":
            raise PeerError(answer)
        return answer

    def run(self, job: Job, count: int, orders: Any = None, seed: int = 0) -> tuple[float, Weights]:
        """Train for `count` units; return the seconds it took and the weights."""
        seconds, weights = self.ask((job, count, orders, seed))
        return float(seconds), weights

    def close(self) -> None:
        """End the worker."""
        self._pipe.close()
        self._process.join(5)
        if self._process.is_alive():
            self._process.terminate()


def check(
    job: Job, run: Callable[..., Weights], reference: Callable[..., Weights], tol: float
) -> str:
    """Raise `PeerError` unless `run` trains as `reference` does; return what was compared.

    Both are called as `(job, count, orders, seed) -> weights`. Without dropout, the weights and
    the loss must agree after a few units on the same mini-batches. With it, masks are each peer's
    own: the loss must fall within the spread of the reference's seeds, and must be affected.
    """
    plain = replace(job, dropout=0.0)
    orders = job.orders(CHECK_STEPS)
    theirs = run(plain, CHECK_STEPS, orders, 0)
    if job.replicates is None:
        ours = reference(plain, CHECK_STEPS, orders, 0)
        compare(job, theirs, ours, tol)
    else:
        for r in (0, job.replicates - 1):
            ours = reference(plain.lone(r), CHECK_STEPS, orders, 0)
            compare(plain.lone(r), [(W[r], b[r]) for W, b in theirs], ours, tol)
    if not job.dropout:
        return f"same weights and loss after {CHECK_STEPS} {job.unit}s, to {tol:g}"
    orders = job.orders(DROPOUT_STEPS)
    losses = [job.loss(reference(job, DROPOUT_STEPS, orders, seed)) for seed in range(12)]
    middle, spread = float(np.mean(losses)), float(np.std(losses))
    loss = job.loss(run(job, DROPOUT_STEPS, orders, 1))
    undropped = job.loss(reference(plain, DROPOUT_STEPS, orders, 0))
    if not abs(loss - middle) <= 5 * spread or math.isclose(loss, undropped, rel_tol=1e-6):
        raise PeerError(f"with dropout its loss is {loss:.4f}, not {middle:.4f} ± {spread:.4f}")
    return f"same without dropout, to {tol:g}; with it, loss within the textbook's spread"


def compare(job: Job, theirs: Weights, ours: Weights, tol: float) -> None:
    """Raise `PeerError` unless weights and loss agree to `tol` and training moved the weights."""
    loss, expected = job.loss(theirs), job.loss(ours)
    same = all(
        a.shape == b.shape and np.allclose(a, b, rtol=tol, atol=tol)
        for mine, other in zip(theirs, ours, strict=True)
        for a, b in zip(mine, other, strict=True)
    )
    moved = not np.allclose(job.start()[0][0], ours[0][0], rtol=tol, atol=tol)
    if not (same and moved and math.isclose(loss, expected, rel_tol=min(tol, 1e-5))):
        raise PeerError(
            f"it does other work: its loss is {loss:.9g}, the textbook's {expected:.9g}"
        )


@dataclass(frozen=True)
class Timing:
    """Microseconds a unit (and replicate), one entry a round."""

    microseconds: list[float]


def calibrate(worker: Worker, job: Job, seconds: float) -> int:
    """Return how many units last about `seconds`, and leave the worker warm for that count."""
    count = FEWEST
    while True:
        worker.run(job, count)  # compiles what depends on the count
        taken = worker.run(job, count)[0]
        if taken > seconds / 2:
            return count
        # Short runs are mostly set-up, so the next guess goes by at most eightfold.
        count = min(8 * count, round(1.2 * count * seconds / max(taken, 1e-9)))


def measure(
    runs: dict[str, tuple[Worker, Job]], rounds: int, seconds: float, peak: bool = False
) -> tuple[dict[str, Timing], list[float]]:
    """Time each worker on its job, interleaved; one timed run lasts about `seconds`.

    With `peak`, the first worker's matmul peak is measured in every round too.
    """
    counts: dict[str, int] = {}
    for name, (worker, job) in runs.items():
        counts[name] = calibrate(worker, job, seconds)
    taken: dict[str, list[float]] = {name: [] for name in runs}
    peaks: list[float] = []
    for k in range(rounds):
        for name, (worker, job) in runs.items():
            worker.run(job, FEWEST)  # brings its code and data back to the caches
            elapsed, _ = worker.run(job, counts[name], seed=k)
            taken[name].append(1e6 * elapsed / counts[name] / (job.replicates or 1))
        if peak:
            peaks.append(runs["ours"][0].ask("peak"))
    return {name: Timing(times) for name, times in taken.items()}, peaks


def tolerance(peer: str, job: Job) -> float:
    """Return how closely a peer must agree with the textbook.

    Keras' Adam adds its epsilon before the bias correction, so its digits differ sooner.
    """
    if job.dtype == "float32":
        return 1e-4
    keras = peer in ("keras_fit", "tensorflow_function")
    return 1e-3 if keras and job.optimizer == "adam" else 1e-9
