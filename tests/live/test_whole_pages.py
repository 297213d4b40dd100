"""Every page that can run in a browser, run whole there: it shows what the book shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from expectations import Tolerance, compare, compare_text, read_cell, text_of_html
from pages import EXECUTED, Page
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
        page.expect_rest(timeout=2 * PATIENCE)
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


def differences(cell: dict[str, Any], number: int, ran: Ran) -> list[str]:
    """Compare what a cell of the built page and what the live one shows and has sent."""
    before, after = ran.before[number - 1], ran.after[number - 1]
    tolerance = Tolerance.of(cell["metadata"])
    built = read_cell(number, cell)
    live = read_cell(number, cell | {"outputs": ran.sent.get(number, [])})
    failed = any(output["output_type"] == "error" for output in cell["outputs"])
    state = "failed" if failed else "done"
    if after.state != state:
        return [f"it is {after.state}, not {state}: {text_of_html(after.html)}"]
    found = [f"sent: {line}" for line in compare(built, live)]
    if not failed:  # a traceback is shorter here than in the book
        texts = text_of_html(before.html), text_of_html(after.html)
        found += [f"shown: {line}" for line in compare_text(*texts, tolerance)]
    if figures(after) != figures(before):
        found.append(f"the book has the figures {figures(before)}, this one {figures(after)}")
    found += [f"not loaded: {i['alt']}" for i in after.images if not i["loaded"]]
    if before.live or after.live != bool(after.html):
        found.append("the output does not say whether it is the book's or live")
    return found


@pytest.mark.parametrize("page", LIVE, ids=lambda page: page.name)
def test_page_shows_live_what_the_book_shows(page: Page, runs: Runs, built_book: Any) -> None:
    notebook = built_book.notebook(page.name)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    ran = runs.result(page.name)
    assert len(ran.before) == len(cells), "not every code cell of the page has its number"
    found = [
        f"cell {number}, {line}"
        for number, cell in enumerate(cells, 1)
        for line in differences(cell, number, ran)
    ]
    found += ran.problems
    if found:
        pytest.fail("\n".join([ran.message, *found]), pytrace=False)
