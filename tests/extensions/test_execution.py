from __future__ import annotations

import json
import os
import signal
import time

import psutil
from tiny_book import PACKAGE


def test_runs_what_changed_and_nothing_else(book) -> None:
    assert book.runs() == ["a", "b"]
    assert book.runs() == []

    page = book.root / "book" / "a.md"
    page.write_text(page.read_text().replace("Some prose", "Other prose"))
    assert book.runs() == []
    assert "Other prose" in (book.html / "a.html").read_text()

    book.page("a", "import dlbook\nprint('a shouts', dlbook.number)")
    assert book.runs() == ["a"]
    assert "a shouts 1" in (book.html / "a.html").read_text()

    book.package(PACKAGE.replace("number = 1", "number = 2"))
    assert book.runs() == ["a", "b"]
    assert "a shouts 2" in (book.html / "a.html").read_text()
    assert "b says 2" in (book.html / "b.html").read_text()

    (book.root / "book" / "table.csv").write_text("data that a page may read")
    assert book.runs() == ["a", "b"]
    assert len(list((book.root / "_build" / ".jupyter_cache").iterdir())) == 1

    (book.root / "dlbook" / ".mypy_cache").mkdir()
    (book.root / "dlbook" / ".mypy_cache" / "types.json").write_text("what a tool left there")
    assert book.runs() == []


def test_a_line_printed_in_pieces_is_one_line(book) -> None:
    pieces = "import time\nprint('one', end=' ', flush=True)\ntime.sleep(1)\nprint('line')"
    book.page("a", pieces)
    assert book.runs() == ["a", "b"]
    ran = (book.root / "_build/jupyter_execute/book/a.ipynb").read_text()
    assert json.dumps("one line\n") in ran


def test_failing_cell_fails_the_build_with_a_sentence(book) -> None:
    book.page("a", "print('fine')\n```\n\n```{code-cell}\n1 / 0")
    for _ in range(2):  # the second build must not forget
        code, log = book.build()
        assert code != 0
        assert "a: cell 2 raised an error" in log
        assert log.count("ZeroDivisionError: division by zero") == 1
    book.page("a", "print('mended')")
    assert book.runs() == ["a"]  # b succeeded before and was kept


def test_expected_errors_are_allowed(book) -> None:
    book.page("a", ":tags: [raises-exception]\n1 / 0")
    assert book.runs() == ["a", "b"]
    book.page("a", "1 / 0")
    assert book.build()[0] != 0


def test_stderr_fails_the_build_each_time(book) -> None:
    book.page("a", "import warnings\nwarnings.warn('careful')")
    for _ in range(2):
        code, log = book.build()
        assert code != 0
        assert "stderr was found" in log


def test_log_and_notebooks(book) -> None:
    _, log = book.build()
    assert "running a (1 cells)" in log
    assert " s [2 of 2]" in log
    assert "a says 1" in (book.root / "_build/jupyter_execute/book/a.ipynb").read_text()


def test_interrupt_ends_the_kernels(book) -> None:
    pid_file = book.root / "pid"
    wait = f"import os, time\nopen({str(pid_file)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    book.page("a", wait)
    process = book.start()
    deadline = time.monotonic() + 60
    while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)
    kernel = int(pid_file.read_text())
    os.kill(process.pid, signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode != 0
    assert not psutil.pid_exists(kernel) or psutil.Process(kernel).status() == "zombie"
