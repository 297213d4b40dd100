"""A whole program for one peer: `python -m benchmarks.cold PEER`.

Trains the full-batch job for 1,000 steps from a cold start and prints the loss and the most
memory it ever held, in MiB.
"""

from __future__ import annotations

import importlib
import sys

from benchmarks.jobs import JOBS

STEPS = 1000


def peak_memory() -> float:
    """Return this process's peak resident memory in MiB."""
    try:
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes on macOS


def main() -> None:
    job = JOBS["full-batch"]
    train = importlib.import_module(f"benchmarks.peers.{sys.argv[1]}").prepare(job)
    loss = job.loss(train(STEPS))
    print(f"{loss:.12g} {peak_memory():.2f}")


if __name__ == "__main__":
    main()
