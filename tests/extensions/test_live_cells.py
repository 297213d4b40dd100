from __future__ import annotations

import json
from typing import Any

import pytest
from bs4 import BeautifulSoup

from extensions.live_cells import markup

LIVE = '\nextensions += ["extensions.live_cells", "extensions.downloads"]\nlive_runtime = False\n'

MORE_CELLS = """pass
```

```{code-cell} ipython3
:tags: [hide-input]
print("two")
```

```{code-cell} ipython3
:tags: [hide-cell]
:live: {seconds: 40, lighter: {'"x" * 9': '"<x>"'}, note: "1 <x>", lighter_seconds: 2}
print("x" * 9)
```

```{code-cell} ipython3
x = 1"""

ELSEWHERE = """if False:
    import tensorflow.keras
print("there")"""

PROCESSES = """from subprocess import run
print("there")"""


@pytest.fixture
def live_book(book: Any) -> Any:
    with (book.root / "conf.py").open("a") as conf:
        conf.write(LIVE)
    return book


def soup(book: Any, name: str) -> BeautifulSoup:
    return BeautifulSoup((book.html / f"{name}.html").read_text(), "html.parser")


def actions(node: Any) -> list[str]:
    return [button["data-live-action"] for button in node.select("[data-live-action]")]


def scripts(page: BeautifulSoup) -> list[str]:
    return [s["src"].split("?")[0] for s in page.select("script[src*=live]") if s.has_attr("defer")]


def test_pages_with_cells_get_the_hooks(live_book: Any) -> None:
    live_book.page("a", MORE_CELLS)
    live_book.page("b", ELSEWHERE)
    code, log = live_book.build()
    assert code == 0, log

    page = soup(live_book, "a")
    bar = page.select_one("[data-live-page]")
    assert bar["data-live-page"] == "a"
    assert bar["data-live-kernel"] == "browser"
    assert actions(bar) == ["cancel", "run-all", "stop", "restart", "reset", "lighter"]
    cells = page.select("div.cell")
    assert bar.find_next("div", "cell") is cells[0]
    assert [cell["data-live-cell"] for cell in cells] == ["1", "2", "3", "4"]
    assert {cell["data-live-state"] for cell in cells} == {"idle"}
    of_a_cell = ["run", "stop", "edit", "reset", "kept", "share", "built-output"]
    assert [actions(cell) for cell in cells] == [
        of_a_cell,
        of_a_cell,
        [*of_a_cell, "lighter"],
        of_a_cell,
    ]

    # The controls of closed code stand outside, those of a closed cell in it.
    assert [cell.select_one(".live-controls").find_parent("details") for cell in cells[:2]] == [
        None,
        None,
    ]
    assert cells[2].select_one("details .live-controls")
    for cell in cells[1:3]:
        code = cell.select_one(".cell_input")
        assert cell.select_one(".live-controls").find_previous("div", "cell_input") is code

    lighter = cells[2].select_one("[data-live-action=lighter]")
    assert json.loads(lighter["data-live-lighter"]) == {'"x" * 9': '"<x>"'}
    assert lighter.text == "Lighter: 1 <x> (about 2 s)"
    assert "takes about 40 s in a browser" in cells[2].text

    visible = [b["data-live-action"] for b in cells[0].select("button") if "hidden" not in b.attrs]
    assert visible == ["run", "edit"]
    assert all(b["aria-disabled"] == "true" for b in page.select("[data-live-action]"))
    assert scripts(page) == ["../_static/live/live.js"]
    assert (live_book.html.parent / "_static" / "live" / "live.js").is_file()
    assert (live_book.html.parent / "live-service-worker.js").is_file()
    assert not page.select("[onclick], .live-bar script")

    # What no browser can run says so, and offers its notebook.
    page = soup(live_book, "b")
    bar = page.select_one("[data-live-page]")
    assert bar["data-live-kernel"] == "jupyter"
    shown = [b["data-live-action"] for b in bar.select("button") if "hidden" not in b.attrs]
    assert shown == ["cancel", "connect"]  # the former within what shows loading
    assert bar.select_one(".live-loading").has_attr("hidden")
    assert page.select_one(".live-controls").has_attr("hidden")
    notebook = json.loads((live_book.html / bar.select_one("a[download]")["href"]).read_text())
    (outputs,) = [cell["outputs"] for cell in notebook["cells"] if cell.get("outputs")]
    assert "".join(outputs[0]["text"]) == "there\n"

    # Pages without cells get nothing, and no search finds the words on the buttons.
    assert "/live/" not in (live_book.html / "claims.html").read_text()
    assert "restart" not in (live_book.html.parent / "searchindex.js").read_text()


def test_scripts_are_bundled_again_only_when_they_change(live_book: Any) -> None:
    assert live_book.build()[0] == 0
    script = live_book.html.parent / "_static" / "live" / "live.js"
    script.write_text("kept")
    assert live_book.build()[0] == 0
    assert script.read_text() == "kept"
    (script.parent / "version.txt").write_text("older")
    assert live_book.build()[0] == 0
    assert script.read_text() != "kept"
    licences = (script.parent / "LICENSES.txt").read_text()
    assert "@codemirror/view" in licences
    assert "dompurify" in licences


def test_the_bar_says_how_much_is_loaded_or_why_nothing_is(live_book: Any) -> None:
    folder = live_book.html.parent / "_static" / "live"
    folder.mkdir(parents=True)
    manifest = {"files": [{"size": 20_400_000}, {"size": 6_300_000}]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    live_book.page("b", PROCESSES)
    assert live_book.build()[0] == 0
    assert "loads 27 MB" in soup(live_book, "a").select_one(".live-message")["data-ready"]
    assert soup(live_book, "b").select_one("[data-live-kernel=jupyter]")
    (folder / "manifest.json").write_text(json.dumps({"off": "There are no wheels."}))
    live_book.page("a", "print(2)")
    assert live_book.build()[0] == 0
    assert soup(live_book, "a").select_one(".live-message")["data-off"] == "There are no wheels."


def test_a_wrong_option_fails_the_build(live_book: Any) -> None:
    live_book.page("a", ":live: {lighter: {'9': '1'}}\n\nprint(9 * 9)")
    code, log = live_book.build()
    assert code != 0
    assert "cell 1: '9' occurs 2 times in the code: once is needed" in log


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"secnods": 3}, "the option `live` knows no 'secnods'"),
        ({"lighter": {"1": "2"}}, "a lighter setting needs a `note` and `lighter_seconds`"),
        ({"lighter": {"3": "2"}, "note": "n", "lighter_seconds": 1}, "'3' occurs 0 times"),
    ],
)
def test_options_are_checked(options: dict[str, Any], problem: str) -> None:
    (found,) = markup.problems(options, "x = 1")
    assert found.startswith(problem)
    assert not list(markup.problems({"seconds": 9}, "x = 1"))


def test_books_on_paper_have_no_controls(live_book: Any) -> None:
    code, log = live_book.build("epub")
    assert code == 0, log
    page = (live_book.root / "_build" / "epub" / "book" / "a.xhtml").read_text()
    assert "data-live" not in page
