"""Explorable figures in Firefox: they come alive, and a slider, a key and a drag move them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from browser import FIREFOX, MissingBrowserError, ready
from explorables_book import explorables_book
from explorables_grid import TOLERANCE, off
from firefox import Firefox, running
from reader import BROWSER_ITSELF
from server import Files, Trap, serving

from extensions.explorables.descent import OPTIMIZERS, descend, surface

RIGHT = "\ue014"
RACE = "document.querySelector('#fig-race .explorable').shown"
#: What the theme says of a reader who has chosen neither light nor dark.
THEME = "Got invalid theme mode: . Resetting to auto."
FRAME = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Firefox]:
    """The tiny book's page in Firefox, which neither complains nor asks for anything outside."""
    try:
        program = ready(FIREFOX)
    except MissingBrowserError as error:
        pytest.fail(str(error), pytrace=False)
    (folder := tmp_path / "book").mkdir()
    book = explorables_book(folder)
    code, log = book.build()
    assert code == 0, log
    caught: list[str] = []
    with (
        serving(partial(Files, directory=str(book.root / "_build" / "html"))) as site,
        serving(partial(Trap, caught=caught)) as trap,
        running(program, tmp_path / "profile", trap) as firefox,
    ):
        firefox.open(f"{site}/book/a.html?fig-race.steps=40")
        yield firefox
    caught = [line for line in caught if not BROWSER_ITSELF.search(line)]
    assert caught + [line for line in firefox.said if line != THEME] == []


def runs(firefox: Firefox) -> Any:
    firefox.evaluate(FRAME)
    return firefox.evaluate(RACE)


def drag(firefox: Firefox, selector: str, x: int, y: int) -> None:
    """Drag the middle of something, with the mouse."""
    firefox.evaluate(f"document.querySelector('{selector}').scrollIntoView({{block: 'center'}})")
    moves = [
        firefox.move_to(selector),
        {"type": "pointerDown", "button": 0},
        {"type": "pointerMove", "x": x, "y": y, "origin": "pointer"},
        {"type": "pointerUp", "button": 0},
    ]
    firefox.act({"type": "pointer", "id": "mouse", "actions": moves})


def test_figures_live_in_firefox(firefox: Firefox) -> None:
    firefox.wait_for("document.querySelectorAll('.explorable-picture .handle').length === 4")
    assert firefox.evaluate("document.querySelectorAll('figure img').length") == 0
    assert len(runs(firefox)["Adam"]["path"]) == 41
    firefox.evaluate("document.querySelector('#fig-race [data-control=rate]').focus()")
    firefox.press(RIGHT)
    rate = "document.querySelector('#fig-race [data-control=rate]').ariaValueText"
    assert firefox.evaluate(rate) == "0.11"
    firefox.evaluate("document.querySelector('#fig-race .handle').focus()")
    firefox.press(RIGHT)
    (x, y) = runs(firefox)["Adam"]["path"][0]
    assert x > -4
    assert y == 1.5
    drag(firefox, "#fig-race .handle .ring", 60, 40)
    found = runs(firefox)
    start = found["Adam"]["path"][0]
    assert start[0] > x + 0.3
    assert start[1] < y - 0.3
    for name, run in found.items():
        ours = descend(surface("ravine", 20), OPTIMIZERS[name](0.11, 0.9, 0.999, True), start, 40)
        assert off(run["path"], ours) < TOLERANCE, name
    firefox.wait_for("location.search.includes('fig-race.start')")
    firefox.click("#fig-race [data-explorable-action=play]")
    firefox.wait_for(f"{RACE}.Adam.path.length < 20")
    firefox.wait_for(f"{RACE}.Adam.path.length === 41")
