import io
import os
import subprocess
import sys

import numpy as np
import pytest

from dlbook import MLP, GradientDescent, progress, train
from dlbook.progress import Progress, someone_watches


class Stream(io.StringIO):
    def __init__(self, terminal):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


@pytest.fixture
def stderr(monkeypatch):
    """Return a function that puts a terminal, or no terminal, where errors go."""
    monkeypatch.delenv("DLBOOK_PROGRESS", raising=False)

    def put(terminal):
        stream = Stream(terminal)
        monkeypatch.setattr(sys, "stderr", stream)
        return stream

    return put


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)


def some_training(**options):
    network = MLP((1, 1))
    theta = network.initialize()
    return train(
        network, theta, [[0.0], [1.0]], [0, 1], GradientDescent(0.1), steps=1000, **options
    )


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_is_watched_and_a_file_is_not(stderr, terminal):
    stderr(terminal)
    assert someone_watches() is terminal


@pytest.mark.parametrize("word", ["off", "OFF", "0", "no"])
def test_the_environment_silences(stderr, monkeypatch, word):
    stderr(True)
    monkeypatch.setenv("DLBOOK_PROGRESS", word)
    assert not someone_watches()


@pytest.mark.parametrize("word", ["on", "1", "yes"])
def test_the_environment_insists(stderr, monkeypatch, word):
    stderr(False)
    monkeypatch.setenv("DLBOOK_PROGRESS", word)
    assert someone_watches()


def test_without_standard_error_nobody_watches(monkeypatch):
    monkeypatch.delenv("DLBOOK_PROGRESS", raising=False)
    monkeypatch.setattr(sys, "stderr", None)
    assert not someone_watches()


def test_training_shows_a_bar_in_a_terminal(stderr, impatient):
    stream = stderr(True)
    some_training()
    text = stream.getvalue()
    assert "500 of 1,000" in text
    assert "[############------------]" in text
    assert text.endswith("\r" + " " * 79 + "\r")  # and wipes it away


def test_training_is_silent_elsewhere(stderr, impatient, capsys):
    stream = stderr(False)
    some_training()
    assert stream.getvalue() == ""
    assert capsys.readouterr().out == ""


def test_training_is_silent_with_progress_off_in_a_terminal(stderr, impatient, monkeypatch):
    stream = stderr(True)
    some_training(progress=False)
    monkeypatch.setenv("DLBOOK_PROGRESS", "off")
    some_training()
    assert stream.getvalue() == ""


def test_the_bar_can_be_forced(stderr, impatient, monkeypatch):
    stream = stderr(False)
    monkeypatch.setenv("DLBOOK_PROGRESS", "off")
    some_training(progress=True)
    assert "of 1,000" in stream.getvalue()


def test_the_bar_changes_no_result(stderr, impatient):
    stderr(True)
    np.testing.assert_array_equal(
        some_training(progress=True).theta, some_training(progress=False).theta
    )


def test_short_work_shows_no_bar(stderr):
    stream = stderr(True)
    bar = Progress(10)
    for done in range(11):
        bar.update(done)
    bar.close()
    assert stream.getvalue() == ""


def test_the_bar_waits_counts_and_guesses_the_rest(stderr, monkeypatch):
    stream, clock = stderr(True), iter([0.0, 0.4, 1.0, 1.2, 3.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    bar = Progress(2000, label="checking")
    for done in (100, 500, 600, 1500):
        bar.update(done)
    monkeypatch.undo()
    lines = stream.getvalue().split("\r")[1:]
    assert len(lines) == 2
    assert lines[0].split("]  ")[1].strip() == "500 of 2,000  3 s left"
    assert lines[0].startswith("checking  [######------------------]")
    assert lines[1].split("]  ")[1].strip() == "1,500 of 2,000  1 s left"


def test_a_notebook_kernel_is_watched(stderr, monkeypatch):
    class Shell:
        kernel = object()

    class IPython:
        @staticmethod
        def get_ipython():
            return Shell()

    stderr(False)
    monkeypatch.setitem(sys.modules, "IPython", IPython)
    assert someone_watches()
    monkeypatch.delattr(Shell, "kernel")
    assert not someone_watches()


def test_a_script_writes_nothing_to_its_pipes():
    code = (
        "import numpy as np; from dlbook import MLP, GradientDescent, progress, train\n"
        "progress._PATIENCE = 0; n = MLP((1, 1))\n"
        "train(n, n.initialize(), [[0.0], [1.0]], [0, 1], GradientDescent(0.1), steps=500)"
    )
    environment = {k: v for k, v in os.environ.items() if k != "DLBOOK_PROGRESS"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")
