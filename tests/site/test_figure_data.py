"""Every figure of the built book has its numbers beside it, and they are those of the book."""

from __future__ import annotations

import csv
import gzip
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from pages import EXECUTED

#: Columns of the files that hold numbers or nothing, and never words.
NUMBERS = ("low", "high", "left", "right", "base", "level", "value")


@dataclass(frozen=True)
class Picture:
    """A figure of a page: its drawing, and the details below it."""

    page: str
    drawing: str
    details: Tag | None
    file: Path | None

    @property
    def axes(self) -> int:
        """How many axes it has that show data: with a scale or a picture; a diagram has none."""
        parts = re.split(r'<g id="axes_\d+">', self.drawing)[1:]
        return sum('id="matplotlib.axis_' in part or "<image" in part for part in parts)

    @property
    def rows(self) -> list[dict[str, str]]:
        assert self.file is not None
        with self.file.open(newline="", encoding="utf-8") as text:
            return list(csv.DictReader(text))


@cache
def pictures(html: Path) -> list[Picture]:
    return [picture for page in EXECUTED for picture in pictures_of(html, page.name)]


def pictures_of(html: Path, name: str) -> Iterator[Picture]:
    path = html / "book" / f"{name}.html"
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    for image in page.select("div.cell_output img, figure:has(> .explorable) > img"):
        if "figure-dark" in image.get("class", []):
            continue
        last = image.find_parent("figure") or image
        following = last.find_next_sibling()
        while following is not None and "figure-dark" in following.get("class", []):
            following = following.find_next_sibling()
        found = following if following is not None and is_numbers(following) else None
        link = found.select_one("a[download]") if found else None
        file = (path.parent / link["href"]).resolve() if link else None
        drawing = (path.parent / image["src"]).resolve().read_text(encoding="utf-8")
        yield Picture(name, drawing, found, file)


def is_numbers(element: Tag) -> bool:
    return element.name == "details" and "dl-figure-data" in element.get("class", [])


@pytest.fixture(scope="module")
def figures(built_book: Any) -> list[Picture]:
    return pictures(built_book.html)


def test_every_figure_with_axes_has_its_numbers_and_drawings_have_none(figures: Any) -> None:
    assert sum(bool(picture.axes) for picture in figures) > 100 - 40
    missing = [picture.page for picture in figures if picture.axes and not picture.details]
    assert not missing
    needless = [picture.page for picture in figures if not picture.axes and picture.details]
    assert not needless
    # Every details element of a page was met above: none stands elsewhere.
    by_page = {page.name: 0 for page in EXECUTED}
    for picture in figures:
        by_page[picture.page] += picture.details is not None
    assert by_page == {page.name: count_of_details(figures, page.name) for page in EXECUTED}


def count_of_details(figures: list[Picture], name: str) -> int:
    found = [picture for picture in figures if picture.page == name and picture.details]
    if not found:
        return 0
    assert found[0].details is not None
    root = next(iter(reversed(list(found[0].details.parents))))
    return len(root.select("details.dl-figure-data"))


def test_files_hold_finite_numbers_for_every_axes(figures: Any) -> None:
    problems = []
    for picture in figures:
        if picture.details is None:
            continue
        where = f"{picture.page}: {picture.file.name}"
        rows = picture.rows
        said = re.search(r"([\d,]+) rows?\)", picture.details.select_one("a[download]").text)
        if int(said[1].replace(",", "")) != len(rows):
            problems.append(f"{where} has {len(rows)} rows, the page says {said[1]}")
        if len({row["panel"] for row in rows}) != picture.axes:
            problems.append(f"{where} has not the numbers of all {picture.axes} axes")
        columns = [name for name in NUMBERS if name in rows[0]]
        values = [row[name] for row in rows for name in columns if row[name]]
        values += [row[name] for row in rows for name in ("x", "y") if is_number(row.get(name))]
        if not values or not all(math.isfinite(float(value)) for value in values):
            problems.append(f"{where} has a value that is no finite number")
    assert not problems


def is_number(text: str | None) -> bool:
    return bool(text) and bool(re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?|nan|-?inf", text or ""))


def test_tables_are_small_and_named(figures: Any) -> None:
    for picture in figures:
        for table in picture.details.select("table") if picture.details else []:
            assert table.caption.text.strip()
            rows = table.select("tbody tr")
            heads = table.select('thead th[scope="col"]')
            assert 1 <= len(rows) <= 40
            assert all(len(row.find_all(["th", "td"])) >= len(heads) for row in rows)
            assert all(row.find("th", scope="row") for row in rows)
            said = re.search(r"\((\d+) of (\d+) rows\)", table.caption.text)
            assert said is None or (int(said[1]) == len(rows) and int(said[1]) < int(said[2]))
            assert "line 1" not in table.text
    ids = [
        table.caption["id"]
        for picture in figures
        if picture.details
        for table in picture.details.select("table")
    ]
    assert len(ids) > len(figures) / 2


def test_pages_stay_light(figures: Any) -> None:
    sizes: dict[str, int] = {}
    for picture in figures:
        if picture.details:
            size = len(gzip.compress(str(picture.details).encode()))
            sizes[picture.page] = sizes.get(picture.page, 0) + size
    assert max(sizes.values()) < 6_000


#: Glued values that are drawn: page, figure, panel, line, value, and where it stands in the line.
DRAWN = [
    (
        "optimization/adam",
        "fig-opt-first-steps",
        "",
        "uncorrected",
        "optimization.adam.peak",
        "top",
    ),
    (
        "regularization/capacity",
        "fig-regularization-capacity",
        "loss",
        "new",
        "regularization.capacity.loss_128",
        "end",
    ),
    (
        "regularization/choosing",
        "fig-regularization-optimism",
        "",
        "set that chose",
        "regularization.choosing.myth",
        "end",
    ),
]


@pytest.mark.parametrize(("page", "figure", "panel", "line", "value", "place"), DRAWN)
def test_numbers_are_those_of_the_text(
    built_book: Any,
    figures: Any,
    page: str,
    figure: str,
    panel: str,
    line: str,
    value: str,
    place: str,
) -> None:
    (found,) = [p for p in figures if p.page == page and p.file and p.file.stem == figure]
    expected = built_book.results["pages"][page][value]
    rows = [
        float(row["y"])
        for row in found.rows
        if row["series"] == line and row["kind"] == "line" and panel in row["panel"]
    ]
    assert (max(rows) if place == "top" else rows[-1]) == pytest.approx(expected, rel=1e-5)
    tables = [t for t in found.details.select("table") if t.caption.text.startswith(panel)]
    (table,) = [t for t in tables if line in [th.text for th in t.select("thead th")]]
    column = [th.text for th in table.select("thead th")].index(line)
    values = [float(row.find_all(["th", "td"])[column].text) for row in table.select("tbody tr")]
    assert (max(values) if place == "top" else values[-1]) == pytest.approx(expected, rel=1e-3)


def test_reader_opens_the_numbers_by_keyboard(new_reader: Any) -> None:
    reader = new_reader(viewport={"width": 360, "height": 700})
    tab = reader.open("optimization/adam").tab
    found = tab.locator("details.dl-figure-data").first
    summary, box = found.locator("summary"), found.locator(".dl-figure-table").first
    assert summary.bounding_box()["height"] >= 24
    assert not box.is_visible()
    summary.focus()
    tab.keyboard.press("Enter")
    assert box.is_visible()
    tab.keyboard.press("Tab")
    assert box.evaluate("node => node === document.activeElement")
    # A wide table moves in its box, and the page does not.
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_live_run_takes_the_numbers_of_the_book_away(new_reader: Any) -> None:
    page = new_reader().open("regularization/choosing")
    cell = page.tab.locator("div.cell:has(details.dl-figure-data)")
    number = int(cell.get_attribute("data-live-cell"))
    output = page.output(number)
    assert output.locator("details.dl-figure-data").count() == 1
    page.write(number, "print('mine')")
    page.run(number)
    assert output.get_attribute("data-live-output") == "live"
    assert output.locator("details.dl-figure-data").count() == 0
    page.control("built-output", number).click()
    assert output.locator("details.dl-figure-data").count() == 1
