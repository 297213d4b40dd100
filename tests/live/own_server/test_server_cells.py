"""What cells show that run on the reader's own Jupyter server, alone and page by page."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

import pytest
from connected import Server
from connecting import connect, run
from playwright.sync_api import WebSocket, expect
from reader import LivePage, Reader
from test_whole_pages import Ran, fail_where_it_differs

FIGURE = (
    "from dlbook.plotting import subplots\nfigure, axes = subplots()\naxes.plot([1, 2])\nfigure"
)


def test_what_a_cell_prints_and_shows(page: LivePage) -> None:
    output = run(
        page,
        "import os\nfrom IPython.display import HTML, display\n"
        "print('first', flush=True)\n"
        "display(HTML('<table><tr><td>rich</td></tr></table><script>alert(1)</script>'))\n"
        "os.path.basename(os.getcwd())",
    )
    texts = [block.inner_text().strip() for block in output.locator("> div").all()]
    assert texts == ["first", "rich", "'tensorflow'"]
    expect(output.locator("td")).to_have_text("rich")
    expect(output.locator("script")).to_have_count(0)


def test_an_output_is_updated_in_its_place(page: LivePage) -> None:
    output = run(
        page,
        "from IPython.display import clear_output, display\nprint('gone')\nclear_output()\n"
        "shown = display('before', display_id=True)\nprint('between')\nshown.update('after')",
    )
    assert output.inner_text().split() == ["'after'", "between"]


def test_a_figure_has_its_dark_twin(page: LivePage) -> None:
    run(page, FIGURE)
    light, dark = page.cells()[0].images
    assert (light["loaded"], light["look"]) == (True, "dark-light figure-light")
    assert (dark["loaded"], dark["look"]) == (True, "dark-light figure-dark")
    colors = [
        page.tab.evaluate(
            "async (selector) => (await fetch(document.querySelector(selector).src)).text()",
            f"[data-live-cell='1'] img.{name}",
        )
        for name in ("figure-light", "figure-dark")
    ]
    assert ["#0072b2" in drawing for drawing in colors] == [True, False]
    assert ["#56b4e9" in drawing for drawing in colors] == [False, True]


def test_an_error_names_the_lines_of_cells(page: LivePage) -> None:
    output = run(
        page, "import json\ndef load(text):\n    return json.loads(text)\n\nload('{')", "failed"
    )
    text = output.inner_text()
    assert "Cell 1, line 5" in text
    assert "----> 3     return json.loads(text)" in text
    assert re.search(r"^json/decoder\.py:\d+, in JSONDecoder\.raw_decode", text, re.MULTILINE)
    assert text.strip().splitlines()[-1].startswith("JSONDecodeError: Expecting property name")
    assert "\x1b" not in text
    assert "site-packages" not in text
    assert len(text.splitlines()) < 25


def test_a_syntax_error_names_its_line(page: LivePage) -> None:
    text = run(page, "x = 1\nx = = 2", "failed").inner_text()
    assert "Cell 1, line 2" in text
    assert "SyntaxError: invalid syntax" in text


def test_nobody_is_asked_for_input(page: LivePage) -> None:
    text = run(page, "answer = input('How many? ')", "failed").inner_text()
    assert "does not support input requests" in text


def test_no_name_is_taken_from_the_reader(page: LivePage) -> None:
    output = run(page, "[name for name in dir() if not name.startswith('_')]")
    assert output.inner_text().strip() == "['In', 'Out', 'exit', 'get_ipython', 'open', 'quit']"


class Frames:
    """What Jupyter sends to a page, noted on its way: a notebook's outputs by the cell's number."""

    def __init__(self, page: LivePage) -> None:
        self.cells: dict[str, int] = {}
        self.outputs: dict[int, list[dict[str, Any]]] = defaultdict(list)
        page.tab.on("websocket", self.listen)

    def listen(self, connection: WebSocket) -> None:
        connection.on("framesent", self.sent)
        connection.on("framereceived", self.received)

    def sent(self, frame: str) -> None:
        message = json.loads(frame)
        if not message["content"]["silent"]:
            self.cells[message["header"]["msg_id"]] = len(self.cells) + 1

    def received(self, frame: str) -> None:
        message = json.loads(frame)
        cell = self.cells.get(message["parent_header"].get("msg_id", ""))
        kind = message["header"]["msg_type"]
        if cell and kind in ("stream", "display_data", "execute_result", "error"):
            self.outputs[cell].append({"output_type": kind, **message["content"]})


@pytest.mark.parametrize("name", ["tensorflow/tensors", "tensorflow/graph"])
def test_page_shows_live_what_the_book_shows(
    name: str, reader: Reader, server: Server, built_book: Any
) -> None:
    notebook = built_book.notebook(name)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    page = reader.open(name)
    frames = Frames(page)
    connect(reader, page, server)
    before = page.cells()
    page.control("run-all").click()
    page.expect_rest()
    ran = Ran(before, page.cells(), frames.outputs, page.message.inner_text(), reader.problems())
    assert len(before) == len(cells) == len(frames.cells)
    fail_where_it_differs(cells, ran)
