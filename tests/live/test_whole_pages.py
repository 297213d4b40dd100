"""Every page that can run in a browser, run whole there: it shows what the book shows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from expectations import CLAIM, VALUE, compare, compare_text, joined, read_cell, text_of_html
from pages import EXECUTED, Page
from playwright.sync_api import TimeoutError as OutOfTimeError
from reader import PATIENCE, LivePage, Reader, Shown

LIVE = [page for page in EXECUTED if not any("tensorflow" in c.source for c in page.cells)]


@dataclass(frozen=True)
class Ran:
    """A page before and after Run all, and what its Python sent."""

    before: list[Shown]
    after: list[Shown]
    sent: dict[int, list[dict[str, Any]]]
    message: str
    problems: list[str]


class Runs:
    """Runs the pages in the order in which they are asked for, two at a time: one for each core."""

    def __init__(self, new_reader: Callable[..., Reader], names: list[str]) -> None:
        self.new_reader = new_reader
        self.names = names
        self.under_way: dict[str, tuple[Reader, LivePage, list[Shown]]] = {}

    def start(self, name: str) -> None:
        if name not in self.under_way:
            reader = self.new_reader()
            page = reader.open(name)
            before = page.cells()
            page.control("run-all").click()
            self.under_way[name] = reader, page, before

    def result(self, name: str) -> Ran:
        following = self.names[self.names.index(name) + 1 :]
        for wanted in [name, *following[:1]]:
            self.start(wanted)
        reader, page, before = self.under_way.pop(name)
        with suppress(OutOfTimeError):  # the cell that runs on and on is named below
            page.expect_rest(timeout=5 * PATIENCE)
        message = page.message.inner_text()
        ran = Ran(before, page.cells(), page.sent(), message, reader.problems())
        reader.context.close()
        return ran


@pytest.fixture(scope="module")
def runs(browser: Any, caught: list[str], site: str, request: pytest.FixtureRequest) -> Runs:
    names = [
        item.callspec.params["page"].name
        for item in request.session.items
        if item.path == request.path
    ]
    return Runs(lambda: Reader(browser.new_context(), site, caught), names)


def figures(cell: Shown) -> list[tuple[str, str]]:
    return [(image["alt"], image["look"]) for image in cell.images]


def drawn(text: str) -> str:
    """Text as a screen shows it: what follows a carriage return overwrites the line."""
    lines = []
    for line in text.split("\n"):
        shown = ""
        for piece in line.split("\r"):
            shown = piece + shown[len(piece) :]
        lines.append(shown)
    return "\n".join(lines)


def as_in_a_browser(value: Any) -> Any:
    """A value as a page has it: one kind of numbers, and no order in what has names."""
    if isinstance(value, dict):
        return {key: as_in_a_browser(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [as_in_a_browser(item) for item in value]
    return float(value) if type(value) is int else value


def outputs(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Outputs in one form, whether a notebook keeps them or a page gets them piece by piece."""
    whole: list[dict[str, Any]] = []
    for output in found:
        if output["output_type"] != "stream":
            data = output.get("data", {})
            own = {k: as_in_a_browser(v) for k, v in data.items() if k.endswith((CLAIM, VALUE))}
            whole.append(output | {"data": data | own})
        elif whole and whole[-1].get("name") == output["name"]:
            whole[-1] = whole[-1] | {"text": whole[-1]["text"] + joined(output["text"])}
        else:
            whole.append(output | {"text": joined(output["text"])})
    streams = [
        output | {"text": drawn(output["text"])} if "text" in output else output for output in whole
    ]
    # a progress bar has wiped itself away at its end
    return [output for output in streams if output.get("text", "shown").strip()]


def words(html: str) -> str:
    """The words of an output, each in a line: tables may be written with other tags."""
    return "\n".join(text_of_html(html).replace("|", " ").split())


def differences(cell: dict[str, Any], number: int, ran: Ran) -> list[str]:
    """Compare what a cell of the built page and what the live one shows and has sent."""
    before, after = ran.before[number - 1], ran.after[number - 1]
    built = read_cell(number, cell | {"outputs": outputs(cell["outputs"])})
    live = read_cell(number, cell | {"outputs": outputs(ran.sent.get(number, []))})
    failed = any(output["output_type"] == "error" for output in cell["outputs"])
    state = "failed" if failed else "done"
    if after.state != state:
        return [f"it is {after.state}, not {state}: {text_of_html(after.html)}"]
    found = [f"sent: {line}" for line in compare(built, live)]
    if not failed:  # a traceback is shorter here than in the book
        texts = words(before.html), words(after.html)
        found += [f"shown: {line}" for line in compare_text(*texts, built.tolerance)]
    if figures(after) != figures(before):
        found.append(f"the book has the figures {figures(before)}, this one {figures(after)}")
    found += [f"not loaded: {i['alt']}" for i in after.images if not i["loaded"]]
    if before.live or after.live != bool(after.html):
        found.append("the output does not say whether it is the book's or live")
    return found


def fail_where_it_differs(cells: list[dict[str, Any]], ran: Ran) -> None:
    """Name all differences between the built cells of a page and what ran, if there are any."""
    found = [
        f"cell {number}, {line}"
        for number, cell in enumerate(cells, 1)
        for line in differences(cell, number, ran)
    ]
    found += ran.problems
    if found:
        pytest.fail("\n".join([ran.message, *found]), pytrace=False)


@pytest.mark.parametrize("page", LIVE, ids=lambda page: page.name)
def test_page_shows_live_what_the_book_shows(page: Page, runs: Runs, built_book: Any) -> None:
    notebook = built_book.notebook(page.name)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    ran = runs.result(page.name)
    assert len(ran.before) == len(cells), "not every code cell of the page has its number"
    fail_where_it_differs(cells, ran)
