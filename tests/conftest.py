"""The executed book, built once a session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# The same examples in every run, and no failures because a machine is busy.
settings.register_profile("dlbook", derandomize=True, deadline=None)
settings.load_profile("dlbook")

ROOT = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew", action="store_true", help="rewrite the pages' expectations")
    parser.addoption("--built", metavar="FOLDER", help="test this _build folder; build nothing")


@dataclass(frozen=True)
class Book:
    """A built book: its ``_build`` folder and what the build printed."""

    build: Path
    log: str

    @property
    def html(self) -> Path:
        return self.build / "html"

    def notebook(self, page: str) -> dict[str, Any]:
        """An executed page; empty when it was not executed."""
        path = self.build / "jupyter_execute" / "book" / f"{page}.ipynb"
        if not path.is_file():
            return {"cells": []}
        notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return notebook

    @property
    def results(self) -> dict[str, Any]:
        results: dict[str, Any] = json.loads((self.html / "results.json").read_text("utf-8"))
        return results


@pytest.fixture(scope="session")
def built_book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Build the book in a clean folder, so that every page runs; every warning is an error."""
    if built := request.config.getoption("--built"):
        return Book(Path(built).resolve(), "")
    folder = tmp_path_factory.mktemp("book")
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(ROOT)]
    command += ["-W", "-n", "--keep-going", "--path-output", str(folder)]
    run = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if run.returncode:
        pytest.fail(f"the book does not build:\n{run.stdout[-6000:]}", pytrace=False)
    return Book(folder / "_build", run.stdout)
