"""The numbers of a figure in a page: its tables, its file, and what stays as it was."""

from __future__ import annotations

import copy
import csv
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from tiny_book import TinyBook, tiny_book

from extensions.figure_data.files import as_csv
from extensions.figure_data.markup import details
from extensions.figure_data.notebooks import without_figure_data
from extensions.figure_data.tables import ROWS, chosen, panels, shown

MIME = "application/vnd.dlbook.figure+json"
GLUED = "application/papermill.record/"
LINES = """---
mystnb:
  image: {alt: A parabola.}
  figure: {caption: Squares., name: fig-squares}
---
import io
import matplotlib
from matplotlib.figure import Figure

matplotlib.rcParams["svg.hashsalt"] = "book"

class Svg(Figure):
    def _repr_svg_(self):
        text = io.StringIO()
        self.savefig(text, format="svg", metadata={"Date": None})
        return text.getvalue().replace("#000000", "#111111")

figure = Svg()
ax = figure.subplots()
ax.plot(range(40), [(k - 20) ** 2 for k in range(40)], label="squares")
ax.set(title="A <parabola>", xlabel="quaggaside", ylabel="area")
figure"""
PYPLOT = """%matplotlib inline
import matplotlib.pyplot as plt
plt.plot([1, 2], [3, 4])
plt.show()
```

```{code-cell} ipython3
from matplotlib.figure import Figure
from matplotlib.patches import Circle

class Drawing(Figure):
    def _repr_svg_(self):
        return '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0"/></svg>'

drawing = Drawing()
drawing.subplots().add_patch(Circle((0, 0), 1))
drawing"""


def use(book: TinyBook) -> None:
    conf = book.root / "conf.py"
    text = conf.read_text()
    conf.write_text(
        text.replace('"extensions.figures"', '"extensions.figures", "extensions.figure_data"')
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    """A book with a figure, one of pyplot, and a drawing."""
    book = tiny_book(tmp_path_factory.mktemp("book"))
    use(book)
    book.page("a", LINES)
    book.page("b", PYPLOT)
    assert book.runs() == ["a", "b"]
    return book


def page(book: TinyBook, name: str) -> BeautifulSoup:
    return BeautifulSoup((book.html / f"{name}.html").read_text(), "html.parser")


def test_table_below_the_figure_and_its_twin(built: TinyBook) -> None:
    (found,) = page(built, "a").select("details.dl-figure-data")
    figure = found.find_previous_sibling()
    assert figure.name == "figure"
    assert figure["id"] == "fig-squares"
    assert len(figure.find_all("img")) == 2
    assert not found.has_attr("open")
    (table,) = found.select("table")
    found_rows = len(table.select("tbody tr"))
    assert table.caption.text == f"A <parabola> ({found_rows} of 40 rows)"
    assert [th.text for th in table.select('thead th[scope="col"]')] == ["quaggaside", "squares"]
    rows = [[cell.text for cell in row.find_all(["th", "td"])] for row in table.select("tbody tr")]
    assert 10 <= len(rows) <= 12
    assert (rows[0][0], rows[-1][0]) == ("0", "39")
    assert ["20", "0"] in rows
    assert all(int(y) == (int(x) - 20) ** 2 for x, y in rows)
    assert len(table.select('tbody th[scope="row"]')) == len(rows)
    box = table.parent
    assert box["tabindex"] == "0"
    assert box["aria-labelledby"] == table.caption["id"]


def test_file_with_all_rows(built: TinyBook) -> None:
    (link,) = page(built, "a").select("details.dl-figure-data a[download]")
    file = (built.html / link["href"]).resolve()
    assert file.name == "fig-squares.csv"
    with file.open(newline="") as text:
        rows = list(csv.DictReader(text))
    assert "40 rows" in link.text
    assert [(float(row["x"]), float(row["y"])) for row in rows] == [
        (k, (k - 20) ** 2) for k in range(40)
    ]
    assert {(row["panel"], row["series"], row["kind"]) for row in rows} == {
        ("A <parabola>", "squares", "line")
    }


def test_figures_of_pyplot_have_numbers_and_drawings_have_none(built: TinyBook) -> None:
    shown = page(built, "b")
    assert len(shown.select("div.cell_output img")) == 2
    (found,) = shown.select("details.dl-figure-data")
    assert found.find_previous_sibling("img")["src"].endswith(".png")
    rows = [[cell.text for cell in row.find_all(["th", "td"])] for row in found.select("tbody tr")]
    assert rows == [["1", "3"], ["2", "4"]]


def test_search_does_not_find_the_numbers(built: TinyBook) -> None:
    index = (built.html.parent / "searchindex.js").read_text()
    assert "prose" in index
    for word in ("361", "csv"):  # in the table, in the link, and nowhere else
        assert word in page(built, "a").select_one("details.dl-figure-data").text.lower()
        assert f'"{word}"' not in index


def test_notebooks_are_as_without_numbers(built: TinyBook, tmp_path: Path) -> None:
    written = built.root / "_build/jupyter_execute/book/a.ipynb"
    assert MIME not in written.read_text()
    cached = list(built.root.glob("_build/.jupyter_cache/*/executed/*/base.ipynb"))
    assert sum(MIME in path.read_text() for path in cached) == 2
    plain = tiny_book(tmp_path)
    plain.page("a", LINES)
    plain.runs()
    other = plain.root / "_build/jupyter_execute/book/a.ipynb"
    texts = [re.sub(r'"id": "[0-9a-f-]+"', "", path.read_text()) for path in (written, other)]
    assert texts[0] == texts[1]


def test_other_formats_have_none(built: TinyBook) -> None:
    code, log = built.build("epub")
    assert code == 0, log
    text = (built.root / "_build/epub/book/a.xhtml").read_text()
    assert "<img" in text
    assert "dl-figure-data" not in text


def test_a_second_build_writes_the_same(built: TinyBook) -> None:
    before = page(built, "a").select("details.dl-figure-data")
    file = built.html.parent / "_static/figure-data/a/fig-squares.csv"
    rows = file.read_bytes()
    source = built.root / "book" / "a.md"
    source.write_text(source.read_text().replace("Some prose", "Some  prose"))
    assert built.runs() == []
    assert page(built, "a").select("details.dl-figure-data") == before
    assert file.read_bytes() == rows


def test_download_form_of_a_notebook() -> None:
    svg, numbers = "<svg/>", [{"title": ""}]
    outputs = [
        nbformat.v4.new_output("display_data", {"image/svg+xml": svg, MIME: numbers}),
        nbformat.v4.new_output("stream", text="fine\n"),
        nbformat.v4.new_output(
            "display_data", {GLUED + "image/svg+xml": svg, GLUED + MIME: numbers}
        ),
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=outputs)])
    found = without_figure_data(copy.deepcopy(book))
    assert [set(o.get("data", {})) for o in found.cells[0].outputs] == [
        {"image/svg+xml"},
        set(),
        {GLUED + "image/svg+xml"},
    ]


# Tables, without a book


def axes(*series: dict[str, Any], **more: Any) -> dict[str, Any]:
    label = {"label": "", "scale": "linear"}
    known = {"title": "", "marks": [], "texts": [], "x": label | {"label": "step"}, "y": label}
    return known | {"series": list(series)} | more


def line(name: str, x: Any, y: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "line", "name": name, "x": list(x), "y": list(y), **more}


def test_chosen_rows_hold_ends_and_extremes() -> None:
    values = [0.0] * 1000
    values[123], values[777], values[500] = 5.0, -5.0, None  # type: ignore[call-overload]
    rows = chosen(1000, [values])
    assert len(rows) == ROWS or len(rows) == ROWS - 1
    assert {0, 123, 777, 999} <= set(rows)
    assert rows == sorted(set(rows))
    assert chosen(5, [values]) == [0, 1, 2, 3, 4]


def test_band_stands_beside_its_line() -> None:
    band = {"kind": "band", "name": "A", "x": [1, 2], "low": [0, 1], "high": [4, 5]}
    (panel,) = panels([axes(line("A", [1, 2], [2, 3]), line("B", [1, 2], [7, 8]), band)])
    (table,) = panel.tables
    assert table.header == ["step", "A", "A, low", "A, high", "B"]
    assert table.rows == [[1, 2, 0, 4, 7], [2, 3, 1, 5, 8]]


def test_series_on_nearly_the_same_places_share_a_table() -> None:
    (panel,) = panels([axes(line("A", [1, 2], [5, 6]), line("B", [2, 3], [7, 8]))])
    (table,) = panel.tables
    assert table.rows == [[1, 5, None], [2, 6, 7], [3, None, 8]]


def test_many_lines_are_summed_up() -> None:
    many = [line(f"L{k}", range(k, k + 20), range(20)) for k in range(5)]
    (panel,) = panels([axes(*many)])
    (table,) = panel.tables
    assert [row[0] for row in table.rows] == ["L0", "L1", "L2", "L3", "L4"]
    assert table.rows[3][1:] == [20, 3, 22, 0, 19, 0, 19]


def test_paths_are_listed_point_by_point() -> None:
    (panel,) = panels([axes(line("path", [0, 2, 1], [5, 6, 7]))])
    (table,) = panel.tables
    assert table.rows == [[1, 0, 5], [2, 2, 6], [3, 1, 7]]


def test_clouds_have_number_middle_and_spread() -> None:
    cloud = {"kind": "points", "name": "class 0", "x": [1, 3] * 10, "y": [5, 5] * 10}
    (panel,) = panels([axes(cloud)])
    (table,) = panel.tables
    assert table.rows == [["class 0", 20, 2, 1, 5, 0]]


def test_map_is_coarse_and_upright() -> None:
    n = 20
    grid = {"kind": "grid", "name": "grid", "lowest": 0, "highest": 38}
    grid |= {"x": list(range(n)), "y": list(range(n))}
    grid["rows"] = [[x + y for x in range(n)] for y in range(n)]
    (panel,) = panels([axes(grid)])
    (table,) = panel.tables
    assert len(table.rows) == 8
    assert len(table.header) == 9
    assert (table.rows[0][0], table.rows[-1][0]) == (19, 0)
    assert all(
        value == row[0] + x
        for row in table.rows
        for x, value in zip(table.header[1:], row[1:], strict=True)
    )
    assert "Values: from 0 to 38." in panel.sentences


def test_border_of_regions_is_no_table_but_in_the_file() -> None:
    regions = {"kind": "regions", "name": "regions", "x": [0, 1], "y": [0], "rows": [["A", ""]]}
    regions["shares"] = {"A": 0.5, "B": 0.25}
    border = {"kind": "levels", "name": "levels", "level": [0], "x": [0.5], "y": [0]}
    figure = [axes(regions, border)]
    (panel,) = panels(figure)
    assert [table.caption for table in panel.tables] == ["step: regions"]
    assert "Shares of the area: A 50 %, B 25 %." in panel.sentences
    text, count = as_csv(figure)
    assert count == 3
    assert text.splitlines()[0] == "panel,series,kind,x,y,level,region"


def test_lines_of_reference_and_words_are_said() -> None:
    marks = [{"kind": "horizontal", "at": 0.5, "name": "chance"}]
    texts = [{"text": "best", "x": 1, "y": 2}, {"text": "sd 1", "row": "layer 1"}]
    (panel,) = panels([axes(line("A", [1, 2], [2, 3]), marks=marks, texts=texts)])
    assert panel.sentences == [
        "A horizontal line (chance) at 0.5.",
        "Words in the figure: best at (1, 2); layer 1: sd 1.",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (3, "3"),
        (0.123456, "0.1235"),
        (1.5e-7, "1.5e-7"),
        (53910.4, "53910"),
        (3e12, "3e12"),
    ],
)
def test_values_in_tables(value: Any, text: str) -> None:
    assert shown(value) == text


def test_markup_is_whole_and_escaped() -> None:
    open_tags: list[str] = []

    class Check(HTMLParser):
        def handle_starttag(self, tag: str, attrs: Any) -> None:
            open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    figure = [axes(line("<b>&", [1, 2], [2, 3]), title="1 < 2")]
    html = details(figure, "fig", "x.csv", 2, moves=True)
    Check().feed(html)
    assert open_tags == []
    assert "&lt;b&gt;&amp;" in html
    assert "1 &lt; 2" in html
    assert "as it is at first" in html
