"""A race gives the same numbers wherever it runs: threads, processes, a Dask cluster with a death.

The cluster is a real one: a scheduler and two worker processes that talk over loopback.
"""

import multiprocessing
import os
import random
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import dask
import distributed
import numpy as np
import pytest

from dlbook import MLP, Adam, Dropout, GradientDescent, Momentum, datasets, schedules
from dlbook.history import History
from dlbook.search import log_uniform, near_one
from dlbook.sweep import Entrant, race


def run(executor=None, steps=60, **changed):
    """Race with all that is random: candidates, starts, batches, dropout, noise."""
    split = datasets.split(*datasets.spirals(150, rng=0), rng=0)
    entrants = {
        "plain": Entrant(GradientDescent, learning_rate=log_uniform(1e-2, 1e2)),
        "momentum": Entrant(
            Momentum, learning_rate=log_uniform(1e-3, 1e0), beta=near_one(0.5, 0.99)
        ),
        # a function without a name, which no other process could find
        "Adam": Entrant(
            lambda learning_rate: Adam(schedules.cosine(learning_rate, steps)),
            learning_rate=log_uniform(1e-4, 1e-1),
        ),
    }
    options = {"batch_size": 20, "dropout": Dropout(0.1), "input_noise": 0.01, **changed}
    return race(
        MLP((2, 12, 8, 3)),
        split,
        entrants,
        candidates=4,
        replicates=6,
        steps=steps,
        seed=5,
        executor=executor,
        **options,
    )


def same_to_the_last_bit(one, other):
    for stage in ("candidates", "finals"):
        mine, theirs = getattr(one, stage), getattr(other, stage)
        assert list(mine) == list(theirs) == ["plain", "momentum", "Adam"]
        for name in mine:
            a, b = mine[name], theirs[name]
            pairs = zip(a, b, strict=True) if isinstance(a, list) else [(a, b)]
            for first, second in pairs:
                assert first.settings == second.settings
                for part in ("start", "theta", "diverged", "loss", "accuracy"):
                    np.testing.assert_array_equal(getattr(first, part), getattr(second, part))
                for column in History.columns:
                    np.testing.assert_array_equal(
                        getattr(first.history, column), getattr(second.history, column)
                    )
    tests = one.open_test(), other.open_test()
    for name in tests[0]:
        np.testing.assert_array_equal(*(test[name] for test in tests))
    assert one.fingerprint == other.fingerprint


@pytest.fixture(scope="module")
def here():
    return run()


def test_the_race_has_what_could_go_wrong_in_it(here):
    plain = here.candidates["plain"]
    assert len({each.theta.tobytes() for each in plain}) == len(plain)
    assert len({start.tobytes() for start in plain[0].theta}) == 6


def test_threads_give_the_same_numbers(here):
    with ThreadPoolExecutor(3) as executor:
        same_to_the_last_bit(run(executor), here)


@pytest.mark.parametrize("workers", [1, 2])
def test_processes_that_start_from_nothing_give_the_same_numbers(here, workers):
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=fresh) as executor:
        same_to_the_last_bit(run(executor), here)


class Shuffled:
    """Runs jobs in any order, most of them twice, as after a death, and each in another's wake."""

    def __init__(self):
        self.waiting, self.done, self.luck = [], {}, random.Random(3)

    def submit(self, function, job):
        self.waiting.append((function, job))
        shuffled, number = self, len(self.waiting) - 1

        class Later:
            def result(self):
                return shuffled.run()[number]

            def cancel(self):
                return False

        return Later()

    def run(self):
        left = [k for k in range(len(self.waiting)) if k not in self.done]
        for k in self.luck.sample(left, len(left)):
            function, job = self.waiting[k]
            for _ in range(self.luck.randint(1, 3)):
                self.done[k] = function(job)
        return self.done


def test_order_and_repetition_change_nothing(here):
    same_to_the_last_bit(run(Shuffled()), here)


# ---------------------------------------------------------------------------------- the cluster


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    scratch = str(tmp_path_factory.mktemp("dask"))
    with (
        dask.config.set({"temporary-directory": scratch}),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_a_cluster_gives_the_same_numbers(here, client):
    processes = set(client.run(os.getpid).values())
    assert len(processes) == 2
    assert os.getpid() not in processes
    same_to_the_last_bit(run(client.get_executor()), here)


def test_an_error_on_the_cluster_arrives_here(client):
    with pytest.raises(TypeError, match=r"dropout is 'half': Dropout\(rate\) is needed"):
        run(client.get_executor(), dropout="half")


def test_a_worker_killed_in_the_middle_changes_nothing(client):
    processes = client.run(os.getpid)
    lost = {}

    def kill_one_at_work():
        """Wait until some jobs are done, then kill a worker that has begun another."""
        while not lost:
            time.sleep(0.02)
            held = {w: [k for k in keys if "run_job" in k] for w, keys in client.has_what().items()}
            for worker, jobs in client.processing().items():
                if jobs and held.get(worker):
                    os.kill(processes[worker], signal.SIGKILL)
                    lost.update(worker=worker, begun=list(jobs), done=held[worker])
                    return

    # long enough that a job takes longer than the looks of the one who kills
    killer = threading.Thread(target=kill_one_at_work, daemon=True)
    killer.start()
    result = run(client.get_executor(), steps=600)
    killer.join(timeout=60)
    assert lost.get("begun"), "no worker was killed while it was at work"
    with pytest.raises(ProcessLookupError):
        os.kill(processes[lost["worker"]], 0)
    survivors = set(client.run(os.getpid).values())
    assert processes[lost["worker"]] not in survivors
    same_to_the_last_bit(result, run(steps=600))
