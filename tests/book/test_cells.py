"""Every code cell of every page shows what was reviewed."""

from __future__ import annotations

from pathlib import Path

import pytest
from arithmetic import fingerprint
from expectations import Cell, compare, dump, parse, read_notebook, renew
from pages import EXECUTED, EXPECTED, Page

#: Fingerprint of the machine on which expectations were written.
MACHINE = EXPECTED / "arithmetic.txt"


def expected_cells(page: Page) -> list[Cell]:
    return parse(page.expected.read_text(encoding="utf-8")) if page.expected.is_file() else []


def items() -> list[object]:
    """One item a cell, in the page or expected of it."""
    found = []
    for page in EXECUTED:
        numbers = {*range(1, len(page.cells) + 1), *(c.number for c in expected_cells(page))}
        found += [pytest.param(page, n, id=f"{page.name}[{n:02}]") for n in sorted(numbers)]
    return found


@pytest.fixture(scope="session")
def executed(request: pytest.FixtureRequest, built_book) -> dict[str, list[Cell]]:
    """What every page shows now; with ``--renew`` this becomes what is expected."""
    shown = {page.name: read_notebook(built_book.notebook(page.name)) for page in EXECUTED}
    if request.config.getoption("--renew"):
        for page in EXECUTED:
            renewed = dump(renew(expected_cells(page), shown[page.name]))
            page.expected.parent.mkdir(parents=True, exist_ok=True)
            page.expected.write_text(renewed, encoding="utf-8")
        for stale in stale_files():
            stale.unlink()
        MACHINE.write_text(fingerprint() + "\n", encoding="utf-8")
    return shown


@pytest.fixture(scope="session")
def exact(executed: dict[str, list[Cell]]) -> bool:
    """Whether every printed digit counts here."""
    return MACHINE.read_text(encoding="utf-8").strip() == fingerprint()


def stale_files() -> list[Path]:
    current = {page.expected for page in EXECUTED} | {MACHINE}
    return [path for path in sorted(EXPECTED.rglob("*")) if path.is_file() and path not in current]


@pytest.mark.parametrize(("page", "number"), items())
def test_cell(page: Page, number: int, executed: dict[str, list[Cell]], exact: bool) -> None:
    now = {cell.number: cell for cell in executed[page.name]}
    expected = {cell.number: cell for cell in expected_cells(page)}
    if number not in expected and number not in now:
        return  # an expectation that --renew has just removed
    assert number in expected, "this cell has no expectation: run pytest tests/book --renew"
    assert number in now, f"the page has no cell for the expectation {expected[number].source!r}"
    problems = compare(expected[number], now[number], exact)
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.name)
def test_page_ran(page: Page, executed: dict[str, list[Cell]], built_book) -> None:
    assert page.expected.is_file(), f"{page.expected} is missing: run pytest tests/book --renew"
    assert page.cells, "the page has code cells that are not read as cells: check file_format"
    assert len(executed[page.name]) == len(page.cells)
    cells = [c for c in built_book.notebook(page.name)["cells"] if c["cell_type"] == "code"]
    never = [n for n, cell in enumerate(cells, 1) if not cell["execution_count"]]
    assert not never, f"cells {never} did not run"


def test_no_stale_expectations(executed: dict[str, list[Cell]]) -> None:
    assert not stale_files()
