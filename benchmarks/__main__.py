"""`python -m benchmarks`: run the jobs by dlbook and its peers, print and keep the table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import harness

os.environ.update(harness.ENVIRONMENT)

RESULTS = Path(__file__).resolve().parent / "results.json"
PROCESS_JOBS = ("cold-start", "import", "memory")


def open_workers(names: tuple[str, ...]) -> tuple[dict[str, harness.Worker], dict[str, str]]:
    """Start a worker for each peer; return them, and why the others are missing."""
    workers, missing = {}, {}
    for name in names:
        try:
            workers[name] = harness.Worker(name)
        except harness.PeerError as error:
            missing[name] = str(error)
    return workers, missing


def run_job(
    job: Job,
    workers: dict[str, harness.Worker],
    missing: dict[str, str],
    rounds: int,
    seconds: float,
) -> list[Row]:
    """Check every peer of a job against the textbook, then time them side by side."""
    ours = workers["ours"]
    notes: dict[str, str] = {}
    rows: list[Row] = []
    runs = {"ours": (ours, job)}

    def reference(*request: Any) -> Any:
        return workers["textbook"].run(*request)[1]

    for name, worker in workers.items():
        if job.name not in worker.jobs:
            continue
        tolerance = harness.tolerance(name, job)
        try:
            if name != "textbook":
                notes[name] = harness.check(
                    job, lambda *request, w=worker: w.run(*request)[1], reference, tolerance
                )
            runs[name] = (worker, job)
        except harness.PeerError as error:
            if name == "ours":
                raise
            rows.append(targets.failed_row(job.name, job.title, job.unit, name, str(error)))
    if job.replicates is not None:
        runs["lone"] = (ours, job.lone(0))
    rows += [
        targets.failed_row(job.name, job.title, job.unit, peer, reason)
        for peer, reason in missing.items()
        if (job.name, peer) in targets.SPEED
    ]
    timings, peaks = harness.measure(runs, rounds, seconds, peak=job.name == "wide")
    mine = timings.pop("ours").microseconds
    for name, timing in timings.items():
        rows.append(
            targets.speed_row(
                job.name, job.title, job.unit, name, mine, timing.microseconds, notes.get(name, "")
            )
        )
    if peaks:
        shares = [
            100 * job.flops() / (us * 1e-6) / peak for us, peak in zip(mine, peaks, strict=True)
        ]
        rows.append(
            targets.limit_row(
                job.name,
                "share of the core's float32 matmul peak",
                "%",
                shares,
                "≥ 60 %",
                least=60,
                note=f"peak {max(peaks) / 1e9:.1f} GFLOP/s",
            )
        )
    return sorted(
        rows, key=lambda row: list(targets.PEERS.values()).index(row.peer or "numba loops")
    )


def run_processes(chosen: set[str], missing: dict[str, str], rounds: int) -> list[Row]:
    """Return the rows that need fresh processes."""
    rows: list[Row] = []
    if chosen & {"cold-start", "memory"}:
        title = f"{cold.STEPS:,} full-batch steps, whole process"
        cold_start = ("cold-start", title, "process", "jax_scan")
        reason = missing.get("jax_scan", "")
        if not reason:
            try:
                timings, memory = processes.cold_starts(("ours", "jax_scan"), rounds)
                mine, theirs = (timings[name].microseconds for name in ("ours", "jax_scan"))
                rows.append(targets.speed_row(*cold_start, mine, theirs, "same loss printed"))
            except harness.PeerError as error:
                reason = str(error)
        if reason:
            rows.append(targets.failed_row(*cold_start, reason))
            _, memory = processes.cold_starts(("ours",), rounds)
        title = "peak memory of a training run"
        rows.append(targets.limit_row("memory", title, "MiB", memory, "≤ 45 MiB", most=45))
    if "import" in chosen:
        times = processes.import_times(2 * rounds)
        both, beyond = [b for _, b in times], [b - a for a, b in times]
        title = "import dlbook, NumPy included"
        rows.append(targets.limit_row("import", title, "s", both, "≤ 0.2 s", most=0.2))
        rows.append(targets.limit_row("import", "import dlbook, beyond NumPy", "s", beyond))
    return [row for row in rows if row.job in chosen]


def machine() -> dict[str, Any]:
    """Return what the numbers were measured on."""
    model = platform.processor() or platform.machine()
    try:
        with Path("/proc/cpuinfo").open() as info:
            model = next(line.split(":", 1)[1].strip() for line in info if "model name" in line)
    except (OSError, StopIteration):
        pass
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def main(arguments: list[str] | None = None) -> int:
    """Run; return 1 if a target was missed or could not be measured."""
    choices = (*JOBS, *checks.CHECKS, *PROCESS_JOBS)
    trainers = [name for name in targets.PEERS if name not in (*checks.PEERS, "lone")]
    known = [*trainers, *checks.PEERS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few short rounds: a first look")
    parser.add_argument(
        "--only", nargs="+", choices=choices, metavar="JOB", help=", ".join(choices)
    )
    parser.add_argument("--peers", nargs="+", choices=known, metavar="PEER", default=known,
                        help="these peers alone")  # fmt: skip
    parser.add_argument("--output", type=Path, help="where to write; else a whole run alone writes")
    parser.add_argument(
        "--clock", choices=harness.CLOCKS, default="wall", help="cpu: for a busy machine"
    )
    options = parser.parse_args(arguments)
    os.environ["BENCHMARKS_CLOCK"] = options.clock
    chosen = set(options.only or choices)
    rounds, seconds = (5, 0.03) if options.quick else (31, 0.06)
    rounds_of_checks, each = (3, 0.01) if options.quick else (11, 0.03)
    rounds_of_processes = 3 if options.quick else 11

    asked = [name for name in options.peers if name in trainers]
    peers = tuple(dict.fromkeys(("ours", "textbook", *asked)))
    workers, missing = open_workers(peers)
    for name in ("ours", "textbook"):
        if name in missing:
            print(f"{name} cannot run: {missing[name]}", file=sys.stderr)
            return 2
    for name, reason in missing.items():
        print(f"{targets.PEERS[name]} is missing: {reason}", file=sys.stderr)
    rows: list[Row] = []
    for name, job in JOBS.items():
        if name in chosen:
            print(f"{name} …", file=sys.stderr, flush=True)
            rows += run_job(job, workers, missing, rounds, seconds)
    for worker in workers.values():
        worker.close()
    versions = {targets.PEERS.get(n, "dlbook"): w.version for n, w in workers.items()}
    if chosen & set(checks.CHECKS):
        print("gradient checks …", file=sys.stderr, flush=True)
        asked = [name for name in options.peers if name in checks.PEERS]
        more, found, gone = checks.run_checks(chosen, asked, rounds_of_checks, each)
        rows += more
        versions |= {targets.PEERS[name]: version for name, version in found.items()}
        missing |= gone
    if chosen & set(PROCESS_JOBS):
        print("processes …", file=sys.stderr, flush=True)
        left_out = {**dict.fromkeys({"jax_scan"} - set(peers), "not asked for"), **missing}
        rows += run_processes(chosen, left_out, rounds_of_processes)
    print(targets.table(rows))
    whole = not (options.quick or options.only) and set(options.peers) == set(known)
    output = options.output or (RESULTS if whole else None)
    if output:
        result = {
            "date": datetime.now(UTC).strftime("%Y-%m-%d"),
            "machine": machine(),
            "versions": {"Python": platform.python_version(), **versions},
            "rounds": rounds,
            "rounds_of_checks": rounds_of_checks,
            "rounds_of_processes": rounds_of_processes,
            "clock": options.clock,
            "missing": {targets.PEERS[name]: reason for name, reason in missing.items()},
            "rows": [row.as_dict() for row in rows],
        }
        output.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
        print(f"written to {output}")
    goals = [row.met for row in rows if row.target]
    print(f"{goals.count(True)} targets met, {goals.count(False)} missed, ", end="")
    print(f"{goals.count(None)} not measured")
    return int(not all(goals))


# NumPy reads the environment when it is imported: after the update above.
from benchmarks import checks, cold, processes, targets  # noqa: E402
from benchmarks.jobs import JOBS, Job  # noqa: E402
from benchmarks.targets import Row  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
