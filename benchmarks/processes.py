"""What only a fresh process shows: cold start, import time, peak memory."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.harness import PeerError, Timing

ROOT = Path(__file__).resolve().parent.parent

IMPORTS = """
import time
clock = time.CLOCK
begin = clock()
import numpy
middle = clock()
import dlbook
print(middle - begin, clock() - begin)
"""


def run_python(*arguments: str) -> tuple[float, str]:
    """Run this Python with arguments from the root; return its seconds and what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - begin
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise PeerError(last[:200])
    return seconds, done.stdout


def cold_starts(peers: tuple[str, ...], rounds: int) -> tuple[dict[str, Timing], list[float]]:
    """Time whole programs, interleaved; also return the first peer's peak memory a round, in MiB.

    Every program must print the same loss. Programs run on all cores, which helps compilers, and
    are always timed by the wall clock: that is what a reader waits.
    """
    taken: dict[str, list[float]] = {peer: [] for peer in peers}
    memory, losses = [], {}
    for k in range(rounds + 1):  # the first round only fills the disk cache and __pycache__
        for peer in peers:
            seconds, out = run_python("-m", "benchmarks.cold", peer)
            losses[peer] = float(out.split()[0])
            if not math.isclose(losses[peer], losses[peers[0]], rel_tol=1e-9):
                raise PeerError(f"losses after a cold start differ: {losses}")
            if k > 0:
                taken[peer].append(1e6 * seconds)
                if peer == peers[0]:
                    memory.append(float(out.split()[1]))
    return {peer: Timing(times) for peer, times in taken.items()}, memory


def import_times(rounds: int) -> list[tuple[float, float]]:
    """Return seconds for `import numpy` alone, and for dlbook with it, a fresh process each."""
    cpu = os.environ.get("BENCHMARKS_CLOCK") == "cpu"
    program = IMPORTS.replace("CLOCK", "process_time" if cpu else "perf_counter")
    run_python("-c", program)
    times = []
    for _ in range(rounds):
        alone, both = map(float, run_python("-c", program)[1].split())
        times.append((alone, both))
    return times
