"""A live page in Firefox: text, a figure, an edit, a stop."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from firefox import Firefox, running
from reader import BROWSER_ITSELF
from server import Trap, serving

PAGE = "initialization/scale"
FIGURE = 3
#: What Firefox says of a worker that is ended while it works, as Stop does.
ENDED_WORKER = "uncaught exception: undefined"


@pytest.fixture
def firefox(firefox_program: Path, site: str, tmp_path: Path) -> Iterator[Firefox]:
    caught: list[str] = []
    with (
        serving(partial(Trap, caught=caught)) as trap,
        running(firefox_program, tmp_path / "profile", trap) as firefox,
    ):
        yield firefox
    caught = [line for line in caught if not BROWSER_ITSELF.search(line)]
    outside = [url for url in firefox.requests if not url.startswith((site, "blob:", "data:"))]
    outside = [url for url in outside if not url.endswith("/favicon.ico")]
    said = [line for line in firefox.said if line != ENDED_WORKER]
    assert caught + outside + said == []


def cell(number: int) -> str:
    return f"div.cell[data-live-cell='{number}']"


def run(firefox: Firefox, number: int, state: str = "done") -> None:
    firefox.click(f"{cell(number)} [data-live-action='run']")
    wait_for_state(firefox, number, state)


def wait_for_state(firefox: Firefox, number: int, state: str) -> None:
    node = f"document.querySelector({json.dumps(cell(number))})"
    firefox.wait_for(
        f"['done', 'failed'].includes({node}.dataset.liveState) || '{state}' === "
        f"{node}.dataset.liveState"
    )
    assert firefox.evaluate(f"{node}.dataset.liveState") == state


def text(firefox: Firefox, number: int) -> str:
    place = json.dumps(f"{cell(number)} div.cell_output pre")
    return firefox.evaluate(f"document.querySelector({place}).innerText.trim()")


def write(firefox: Firefox, number: int, code: str) -> None:
    firefox.click(f"{cell(number)} [data-live-action='edit']")
    firefox.wait_for("document.activeElement.classList.contains('cm-content')")
    firefox.press("\ue009", "a")  # Control
    firefox.type(code)


def test_a_page_lives_in_firefox(firefox: Firefox, site: str) -> None:
    firefox.open(f"{site}book/{PAGE}.html")
    book = text(firefox, 2)
    run(firefox, FIGURE)
    assert len(text(firefox, 2).splitlines()) == len(book.splitlines()) == 7
    image = json.dumps(f"{cell(FIGURE)} [data-live-output='live'] img")
    firefox.wait_for(f"document.querySelector({image}).naturalWidth > 0")
    assert firefox.evaluate(f"document.querySelector({image}).alt").startswith("A hill over")
    write(firefox, 2, "print(6 * 7)")
    run(firefox, 2)
    assert text(firefox, 2) == "42"
    write(firefox, 2, "while True: pass")
    firefox.click(f"{cell(2)} [data-live-action='run']")
    wait_for_state(firefox, 2, "running")
    firefox.click(f"{cell(2)} [data-live-action='stop']")
    wait_for_state(firefox, 2, "failed")
    write(firefox, 2, "print(2 ** 5)")
    run(firefox, 2)
    assert text(firefox, 2) == "32"
