"""The same JAX program, kept on one core: its runtime hands work to a second thread otherwise."""

import os

if hasattr(os, "sched_setaffinity"):  # before JAX starts its threads
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

from benchmarks.peers.jax_scan import JOBS, VERSION, prepare

__all__ = ["JOBS", "VERSION", "prepare"]
