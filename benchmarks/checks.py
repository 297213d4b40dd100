"""Gradient checks: what it costs to hold a gradient against differences, by dlbook and its peers.

Every peer checks the same network's gradient at the same point. Before it is timed it must accept
the right gradient and refuse one with a planted mistake: the slopes of `W2` doubled.
"""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks import targets
from benchmarks.harness import PeerError, Worker
from benchmarks.jobs import Job

UNIT = "check"
DIRECTIONS = {"check-direction": 1, "check-directions": 5}
"""Random directions of a job; the others move every parameter. Peers take one, never five."""

CHECKS: dict[str, Job] = {
    job.name: job
    for job in (
        Job("check-1000", "checking all 1,013 parameters, 20-32-10-1 on 32 rows",
            (20, 32, 10, 1), 32, 0.0, UNIT),
        Job("check-10000", "checking all 10,062 parameters, 64-100-32-10 on 32 rows",
            (64, 100, 32, 10), 32, 0.0, UNIT),
        Job("check-direction", "checking 10,062 parameters along one random direction",
            (64, 100, 32, 10), 32, 0.0, UNIT),
        Job("check-directions", "checking 10,062 parameters along five random directions",
            (64, 100, 32, 10), 32, 0.0, UNIT),
    )
}  # fmt: skip
"""All in float64 with tanh, which has no kinks that some peers would stumble over."""

SHARED = ("check-1000", "check-10000", "check-direction")
"""The jobs that peers take part in."""

LIMITS = {"check-1000": 10.0, "check-10000": 300.0, "check-directions": 5.0}
"""Milliseconds that a warm check may take."""

PEERS = ("torch_gradcheck", "scipy_check_grad", "jax_check_grads")


def accepts_and_refuses(worker: Worker, job: Job) -> str:
    """Raise `PeerError` unless the right gradient passes and the wrong one fails."""
    for planted in (False, True):
        verdict = worker.ask((job, 1, planted, 0))[1]
        if bool(verdict) is planted:
            raise PeerError(f"it {'accepts a wrong' if planted else 'refuses the right'} gradient")
    return "accepts the right gradient, refuses one with W2 doubled"


def timed(worker: Worker, job: Job, count: int, seed: int) -> float:
    """Return microseconds a check."""
    seconds, _ = worker.ask((job, count, False, seed))
    return 1e6 * float(seconds) / count


def run_check(
    job: Job, workers: dict[str, Worker], missing: dict[str, str], rounds: int, seconds: float
) -> list[targets.Row]:
    """Return the rows of one job: each peer beside dlbook, and dlbook's own limit."""
    ours, notes = workers["ours_check"], {}
    rows, taken = [], {}
    for name, worker in workers.items():
        if job.name not in worker.jobs:
            continue
        try:
            notes[name] = accepts_and_refuses(worker, job)
            taken[name] = []
        except PeerError as error:
            if worker is ours:
                raise
            rows.append(targets.failed_row(job.name, job.title, UNIT, name, str(error)))
    rows += [
        targets.failed_row(job.name, job.title, UNIT, name, reason)
        for name, reason in missing.items()
        if (job.name, name) in targets.SPEED
    ]
    counts = {
        name: max(1, round(seconds / (1e-6 * timed(workers[name], job, 2, 0)))) for name in taken
    }
    for k in range(rounds):
        for name, times in taken.items():
            timed(workers[name], job, 1, k)  # brings its code and data back to the caches
            times.append(timed(workers[name], job, counts[name], k))
    mine = taken.pop("ours_check")
    for name, times in taken.items():
        rows.append(targets.speed_row(job.name, job.title, UNIT, name, mine, times, notes[name]))
    if job.name in LIMITS:
        most, times = LIMITS[job.name], [us / 1000 for us in mine]
        rows.append(
            targets.limit_row(job.name, job.title, "ms", times, f"≤ {most:g} ms", most=most)
        )
    return rows


def run_checks(
    chosen: Iterable[str], peers: Iterable[str], rounds: int, seconds: float
) -> tuple[list[targets.Row], dict[str, str], dict[str, str]]:
    """Return all rows of the chosen jobs, each peer's version, and why others are missing."""
    workers, missing = {}, {}
    for name in ("ours_check", *peers):
        try:
            workers[name] = Worker(name)
        except PeerError as error:
            missing[name] = str(error)
    rows: list[targets.Row] = []
    for name, job in CHECKS.items():
        if name in chosen:
            rows += run_check(job, workers, missing, rounds, seconds)
    versions = {name: worker.version for name, worker in workers.items() if name != "ours_check"}
    for worker in workers.values():
        worker.close()
    return rows, versions, missing
