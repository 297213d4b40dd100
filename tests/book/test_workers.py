"""The program of the page on scaling out: same losses, clear words, nothing left behind."""

from __future__ import annotations

import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import psutil
import pytest
from pages import ROOT

from dlbook import MLP, GradientDescent, datasets, train

if sys.platform == "darwin" and platform.machine() == "x86_64":
    pytest.skip("there is no current TensorFlow for this machine", allow_module_level=True)
COMMAND = [sys.executable, str(ROOT / "book" / "tensorflow" / "workers.py")]
SECONDS = 300  # a time limit for busy machines; each launch takes about five
Launch = Callable[..., subprocess.Popen[str]]


def reference(steps: int) -> np.ndarray:
    """Return the losses by dlbook, which knows nothing of TensorFlow."""
    network = MLP((2, 10, 1))
    start, rule = network.initialize("he_normal", rng=3), GradientDescent(1.0)
    run = train(network, start, *datasets.moons(300, rng=1), rule, steps=steps, record_every=1)
    return run.history.loss[:-1]


def alive(marker: str) -> list[psutil.Process]:
    """Return the processes that carry the marker in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("MARKER") == marker:
                found.append(process)
        except psutil.Error:  # another user's, or gone meanwhile
            continue
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


def wait_for(happened: Callable[[], Any]) -> None:
    until = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.2)


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Start the program; afterwards nothing of it may be left."""
    marker, started = uuid.uuid4().hex, []

    def start(*arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            env=os.environ | {"MARKER": marker},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # a suite that runs in the background hands on that SIGINT is ignored
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )
        started.append(process)
        process.marker = marker  # type: ignore[attr-defined]
        return process

    yield start
    try:
        wait_for(lambda: not alive(marker))
    finally:
        for process in alive(marker):
            process.kill()
        for process in started:
            process.communicate()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--workers", "0"], "'0': a whole number 1 to 8 is needed"),
        (["--workers", "two"], "'two': a whole number 1 to 8 is needed"),
        (["--steps", "-3"], "'-3': a whole number 1 to 1000000 is needed"),
        (["--workers", "2", "--ports", "5000"], "--ports needs one port for each worker"),
        (["--divide-by", "luck"], "invalid choice: 'luck'"),
        (["--divide-by", "batch", "share"], "--divide-by needs one word, or one for each run"),
    ],
)
def test_wrong_arguments_are_named(launch: Launch, arguments: list[str], sentence: str) -> None:
    process = launch(*arguments)
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert sentence in err.splitlines()[-1]
    assert not out


def test_taken_port_is_named(launch: Launch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        process = launch("--workers", 1, "--ports", port)
        out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert err.startswith(f"Port {port} cannot be used: ")
    assert len(err.splitlines()) == 1
    assert not out


def test_losses_are_those_of_one_process_even_when_a_worker_dies(launch: Launch) -> None:
    process = launch("--workers", 2, 3, "--steps", 12, "--kill-at", 11)
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (0, "")
    *said, last = out.splitlines()
    assert said[0] == "2 workers, 12 steps"
    assert said[1].startswith("worker 0, last step 11: UnavailableError: Collective ops")
    assert said[2] == "worker 1, last step 11: died, exit code -9"
    assert said[3:] == ["all start again from the checkpoint of step 10", "3 workers, 12 steps"]
    killed, whole = json.loads(last)
    expected = reference(12)
    for workers, run, attempts in (2, killed, [(1, 11), (11, 12)]), (3, whole, [(1, 12)]):
        assert run["workers"] == workers
        assert len(run["attempts"]) == len(attempts)
        for (first, stop), attempt in zip(attempts, run["attempts"], strict=True):
            assert len(attempt) == workers
            for report in attempt:
                steps, losses = np.array(report).T
                np.testing.assert_array_equal(steps, np.arange(first, stop + 1))
                np.testing.assert_allclose(losses, expected[first - 1 : stop], rtol=0, atol=1e-12)


def test_gives_up_when_time_is_up(launch: Launch) -> None:
    process = launch("--workers", 2, "--steps", 1_000_000, "--timeout", 1)
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert out.count("still at it, ended") == 6
    assert err == "Given up after 3 attempts.\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_its_launcher(launch: Launch, number: signal.Signals) -> None:
    process = launch("--workers", 2, "--steps", 1_000_000)
    wait_for(lambda: len(alive(process.marker)) == 3)  # type: ignore[attr-defined]
    time.sleep(1)
    process.send_signal(number)
    _, err = process.communicate(timeout=SECONDS)
    if number == signal.SIGKILL:
        assert process.returncode == -number
    else:
        assert process.returncode == 1
        assert err == "Interrupted; all workers are ended.\n"
