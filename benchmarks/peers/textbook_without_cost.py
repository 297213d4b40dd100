"""The textbook's program without the cost, which nobody reads in most steps."""

from functools import partial

from benchmarks.peers import textbook

JOBS = textbook.JOBS
VERSION = textbook.VERSION
prepare = partial(textbook.prepare, with_cost=False)
