"""What a reader sees and touches, on a small book with a kernel that does what the test says."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import small_book
from playwright.sync_api import Locator, Route, expect
from reader import PATIENCE, LivePage, Reader
from server import serving_book

HEAVIEST_BEFORE_A_CLICK = 15_000  # bytes, compressed
LITTLE_PATIENCE = 30_000  # milliseconds
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="50"><path d="{}"/></svg>'


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_book.build(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def site(html: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving_book(html, tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture(autouse=True, scope="module")
def little_patience() -> Iterator[None]:
    """Nothing takes long here, so a failure need not either."""
    expect.set_options(timeout=LITTLE_PATIENCE)
    yield
    expect.set_options(timeout=PATIENCE)


def give_kernel(route: Route) -> None:
    route.fulfill(body=small_book.KERNEL, content_type="text/javascript")


@pytest.fixture
def new_reader(new_reader: Callable[..., Reader]) -> Callable[..., Reader]:
    """Readers whose pages run on the kernel of the tests."""

    def make(**settings: Any) -> Reader:
        reader = new_reader(**settings)
        reader.context.route("**/browser_kernel.js?*", give_kernel)
        reader.context.set_default_timeout(LITTLE_PATIENCE)
        reader.expected.append("Got invalid theme mode")  # the theme, on a first visit
        return reader

    return make


@pytest.fixture
def page(reader: Reader) -> LivePage:
    return reader.open("cells")


def plan(page: LivePage, **settings: Any) -> None:
    """Tell the kernel what it will be like."""
    page.tab.evaluate("plan => { window.plan = plan }", settings)


def puts_out(page: LivePage, cell: int, *outputs: dict[str, Any]) -> None:
    """Tell the kernel what a cell will put out."""
    page.tab.evaluate(
        "([label, outputs]) => { window.outputs = { ...window.outputs, [label]: outputs } }",
        [f"cell {cell}", outputs],
    )


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def display(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": metadata or {}}


def ran(page: LivePage) -> list[int]:
    """The cells that the kernel was given since the last call, in order."""
    labels = page.tab.evaluate("(window.ran ?? []).splice(0)")
    return [int(label.removeprefix("cell ")) for label in labels]


def states(page: LivePage) -> list[str]:
    return [cell.state for cell in page.cells()]


def words(page: LivePage, cell: int) -> Locator:
    """What a cell says of its state."""
    return page.cell(cell).locator(".live-state")


def note(page: LivePage, cell: int) -> Locator:
    """What a cell says of its code."""
    return page.cell(cell).locator(".live-note")


def code(page: LivePage, cell: int) -> str:
    """The code that a cell shows, with or without an editor."""
    editor = page.cell(cell).locator(".cm-line")
    if editor.count():
        return "\n".join(editor.all_text_contents())
    return str(page.cell(cell).locator("pre").first.text_content()).rstrip("\n")


def heard(page: LivePage) -> Locator:
    return page.bar.get_by_role("status")


# Before a click


def test_little_is_loaded_before_a_click(reader: Reader) -> None:
    page = reader.open("cells")
    page.tab.wait_for_load_state("networkidle")
    live = [url for url in reader.requests if "/_static/live/" in url]
    names = sorted(re.sub(r".*/|\?.*", "", url) for url in live)
    assert names == ["live.css", "live.js"]
    assert sum(len(gzip.compress(urlopen(url).read())) for url in live) < HEAVIEST_BEFORE_A_CLICK
    page.write(1, "x = 1")
    assert not any("outputs.js" in url for url in reader.requests)


def test_pages_without_cells_load_nothing(reader: Reader) -> None:
    reader.open("index").tab.wait_for_load_state("networkidle")
    assert not any("/live/" in url for url in reader.requests)


def test_nothing_moves_when_the_script_arrives(reader: Reader) -> None:
    # Without a choice the theme itself moves things a little, once it has chosen.
    reader.context.add_init_script("localStorage.mode = localStorage.theme = 'light'")
    held: list[Route] = []
    reader.context.route("**/live.js?*", lambda route: held.append(route))
    tab = reader.context.new_page()
    tab.goto(f"{reader.root}book/cells.html", wait_until="commit")
    tab.wait_for_selector("footer")
    where = """Array.from(
      document.querySelectorAll("[class^='cell'], [class^='live'], .bd-footer"),
      (node) => `${node.className} ${Object.values(node.getBoundingClientRect().toJSON())}`,
    )"""
    page = LivePage(tab, "cells")
    expect(page.message).to_have_text("Live code is off until the script of this page has loaded.")
    expect(page.control("run", 1)).to_be_disabled()
    before = tab.evaluate(where)
    for route in held:
        route.continue_()
    expect(page.control("run", 1)).to_be_enabled()
    assert tab.evaluate(where) == before


# Running


def test_a_cell_shows_its_states(page: LivePage) -> None:
    plan(page, slow=True)
    assert states(page) == ["idle"] * 7
    page.write(1, "wait()")
    page.control("run", 1).click()
    page.expect_state(1, "waiting")
    expect(words(page, 1)).to_contain_text("MB")
    page.tab.evaluate("kernel.go()")
    page.expect_state(1, "running")
    expect(heard(page)).to_have_text("Cell 1 is running.")
    page.tab.evaluate("kernel.finish({ ok: true, ms: 5, stopped: false })")
    page.expect_state(1, "done")
    expect(words(page, 1)).to_have_text(re.compile(r"^done in [\d.]+ s$"))
    expect(heard(page)).to_have_text(re.compile(r"^Cell 1: done in [\d.]+ s\.$"))
    page.write(1, "raise")
    page.run(1, "failed")
    expect(words(page, 1)).to_have_text(re.compile(r"^failed after [\d.]+ s$"))


def test_the_cells_above_run_first_and_only_once(page: LivePage) -> None:
    page.run(3)
    assert ran(page) == [1, 2, 3]
    page.run(4)
    assert ran(page) == [4]
    page.run(4)
    assert ran(page) == [4]


def test_an_edit_makes_what_follows_stale(page: LivePage) -> None:
    page.run(4)
    ran(page)
    page.write(2, "double = 3")
    assert states(page)[:4] == ["done", "idle", "idle", "idle"]
    expect(words(page, 2)).to_have_text("edited since it ran")
    expect(words(page, 3)).to_have_text("ran before a change above")
    page.run(2)
    assert states(page)[:4] == ["done", "done", "idle", "idle"]
    page.run(4)
    assert ran(page) == [2, 3, 4]


def test_an_edit_that_is_taken_back_makes_nothing_stale(page: LivePage) -> None:
    page.run(3)
    page.write(1, "rate = 2")
    page.control("reset", 1).click()
    assert states(page)[:3] == ["done"] * 3


def test_run_all_runs_every_cell_again(page: LivePage) -> None:
    for _ in range(2):
        page.control("run-all").click()
        page.expect_rest()
        assert ran(page) == [1, 2, 3, 4, 5, 6, 7]
    assert states(page) == ["done"] * 7


def test_an_error_ends_run_all(page: LivePage) -> None:
    page.write(3, "raise")
    page.control("run-all").click()
    page.expect_rest()
    assert states(page) == ["done", "done", "failed", "idle", "idle", "idle", "idle"]
    expect(page.output(3)).to_have_text("ValueError: no")
    assert ran(page) == [1, 2, 3]
    page.run(4, "idle")
    assert ran(page) == [3]


def test_an_error_that_the_book_shows_ends_nothing(page: LivePage) -> None:
    page.write(6, "raise")
    page.control("run-all").click()
    page.expect_rest()
    assert states(page) == [*["done"] * 5, "failed", "done"]
    ran(page)
    page.run(7)
    assert ran(page) == [7]


def test_two_clicks_in_a_row_run_a_cell_once(page: LivePage) -> None:
    page.control("run", 1).evaluate("button => { button.click(); button.click(); }")
    page.expect_rest()
    assert ran(page) == [1]


def test_a_click_while_another_cell_runs_waits(page: LivePage) -> None:
    page.write(1, "wait()")
    page.control("run", 1).click()
    page.expect_state(1, "running")
    page.control("run", 3).click()
    assert states(page)[:4] == ["running", "waiting", "waiting", "idle"]
    page.tab.evaluate("kernel.finish({ ok: true })")
    page.expect_state(3, "done")
    assert ran(page) == [1, 2, 3]


# Stop and restart


def test_stop_keeps_the_variables_where_it_can(page: LivePage) -> None:
    plan(page, keeps=True)
    page.write(2, "wait()")
    page.control("run-all").click()
    page.expect_state(2, "running")
    page.control("stop").click()
    page.expect_state(2, "failed")
    assert states(page)[:3] == ["done", "failed", "idle"]
    expect(words(page, 2)).to_have_text(re.compile("^stopped after"))
    page.write(2, "double = 1")
    page.run(2)
    assert ran(page) == [1, 2, 2]


def test_stop_starts_python_anew_where_it_cannot(page: LivePage) -> None:
    page.write(2, "wait()")
    page.control("run", 2).click()
    page.expect_state(2, "running")
    page.control("stop", 2).click()
    expect(page.message).to_contain_text("Stopped. Python was started anew")
    assert states(page)[:2] == ["idle", "failed"]
    expect(words(page, 1)).to_have_text("not run since the restart")
    page.run(1)


def test_a_second_stop_ends_what_does_not_heed_the_first(page: LivePage) -> None:
    page.write(1, "wait()")
    page.control("run", 1).click()
    page.expect_state(1, "running")
    page.tab.evaluate("kernel.interrupt = async () => true")
    page.control("stop").click()
    expect(words(page, 1)).to_contain_text("Stop again")
    page.control("stop").click()
    page.expect_state(1, "failed")
    expect(page.message).to_contain_text("started anew")


def test_restart_forgets_all(page: LivePage) -> None:
    expect(page.control("restart")).to_be_disabled()
    page.run(3)
    page.control("restart").click()
    expect(page.message).to_contain_text("restarted")
    assert states(page) == ["idle"] * 7
    ran(page)
    page.run(2)
    assert ran(page) == [1, 2]


def test_python_that_dies_is_started_again(page: LivePage) -> None:
    page.write(2, "wait()")
    page.control("run", 2).click()
    page.expect_state(2, "running")
    page.tab.evaluate("kernel.end(); kernel.onDeath('Python has died of old age.')")
    expect(page.message).to_have_text("Python has died of old age.")
    page.expect_rest()
    expect(words(page, 2)).to_have_text("Python has died of old age.")
    assert states(page)[:2] == ["idle", "failed"]
    page.write(2, "double = 1")
    page.run(2)
    assert ran(page) == [1, 2, 1, 2]


# Loading


def test_loading_shows_bytes_and_can_be_cancelled(page: LivePage) -> None:
    plan(page, slow=True)
    page.control("run", 2).click()
    expect(page.bar).to_contain_text("loading NumPy, 2.0 of 8.0 MB")
    expect(words(page, 1)).to_have_text("loading, 2.0 of 8.0 MB")
    expect(words(page, 2)).to_have_text("waiting")
    assert page.bar.get_by_role("progressbar").evaluate("bar => bar.value / bar.max") == 0.25
    page.control("cancel").click()
    expect(page.message).to_have_text("Loading was cancelled.")
    expect(page.bar.get_by_role("progressbar")).to_be_hidden()
    assert states(page) == ["idle"] * 7
    plan(page)
    page.run(2)
    assert page.tab.evaluate("window.starts") == 2


def test_a_failed_start_is_a_sentence_and_not_the_end(page: LivePage) -> None:
    plan(page, failure="Live code could not start: the moon is full.")
    before = page.cells()
    page.control("run", 1).click()
    expect(page.message).to_have_text("Live code could not start: the moon is full.")
    expect(words(page, 1)).to_have_text("Live code could not start: the moon is full.")
    assert page.cells() == before
    plan(page)
    page.run(1)


@pytest.mark.parametrize("name", ["outputs", "editor"])
def test_a_missing_file_is_a_sentence_and_not_the_end(reader: Reader, name: str) -> None:
    reader.expected.append("net::ERR_FAILED")
    page = reader.open("cells")
    page.tab.route(f"**/{name}.js?*", lambda route: route.abort())
    button = page.control("edit" if name == "editor" else "run", 1)
    button.click()
    expect(page.cell(1)).to_contain_text(f"this site's file {name}.js could not be loaded.")
    page.tab.unroute(f"**/{name}.js?*")
    button.click()
    done = page.cell(1).locator(".cm-content") if name == "editor" else page.output(1)
    expect(done).to_be_visible()
    page.run(1)


def test_a_missing_script_is_a_sentence(reader: Reader) -> None:
    reader.expected.append("net::ERR_FAILED")
    reader.context.route("**/live.js?*", lambda route: route.abort())
    page = reader.open("cells")
    expect(page.message).to_have_text("Live code is off until the script of this page has loaded.")
    expect(page.control("run", 1)).to_be_disabled()


# Where live code cannot be


def test_without_javascript(new_reader: Callable[..., Reader]) -> None:
    page = new_reader(java_script_enabled=False).open("cells")
    sentence = "Live code is off because JavaScript is off in this browser."
    expect(page.bar).to_have_text(sentence, use_inner_text=True)
    expect(page.tab.locator("[data-live-action]:visible")).to_have_count(0)
    expect(page.output(1)).to_be_visible()


def test_without_webassembly(reader: Reader) -> None:
    reader.context.add_init_script("delete window.WebAssembly")
    page = reader.open("cells")
    expect(page.message).to_contain_text("Live code is off because this browser has no WebAssembly")
    expect(page.tab.locator("[data-live-action]:visible")).to_have_count(0)


def test_from_a_file(html: Path, reader: Reader) -> None:
    reader.allowed.append("file://")
    reader.expected.append("Access to|ERR_FAILED|invalid theme")  # the theme's fonts
    tab = reader.context.new_page()
    tab.goto((html / "book" / "cells.html").as_uri())
    page = LivePage(tab, "cells")
    expect(page.message).to_contain_text("Live code is off because this page was opened as a file")
    expect(tab.locator("[data-live-action]:visible")).to_have_count(0)


def test_without_storage(reader: Reader) -> None:
    reader.expected.append("SecurityError|denied")  # the theme stores its colours
    reader.context.add_init_script(
        "Object.defineProperty(window, 'localStorage',"
        " { get() { throw new DOMException('denied', 'SecurityError'); } })"
    )
    page = reader.open("cells")
    page.write(1, "x = 1")
    expect(note(page, 1)).to_contain_text("this browser keeps nothing")
    page.run(1)


# Editing


def test_a_cell_is_edited_and_run_by_keyboard_alone(page: LivePage) -> None:
    keyboard, cell = page.tab.keyboard, page.cell(1)
    page.control("run-all").focus()
    while not page.control("edit", 1).evaluate("button => button === document.activeElement"):
        keyboard.press("Tab")
    keyboard.press("Enter")
    editor = cell.get_by_role("textbox", name="Code of cell 1")
    expect(editor).to_be_focused()
    assert "solid" in cell.locator(".cm-editor").evaluate("e => getComputedStyle(e).outline")
    keyboard.press("ControlOrMeta+End")
    keyboard.insert_text("\nrate = 2")
    keyboard.press("Shift+Enter")
    page.expect_state(1, "done")
    expect(editor).to_be_focused()
    assert page.tab.evaluate("codes['cell 1']").endswith("rate)\nrate = 2")
    keyboard.press("Escape")
    expect(page.control("run", 1)).to_be_focused()
    assert "solid" in page.control("run", 1).evaluate("e => getComputedStyle(e).outline")
    keyboard.press("Enter")
    page.expect_rest()
    assert ran(page) == [1, 1]


def test_the_editor_indents_and_undoes(page: LivePage) -> None:
    page.write(1, "")
    page.tab.keyboard.type("for n in x:\npass")
    assert code(page, 1) == "for n in x:\n    pass"
    page.tab.keyboard.press("Tab")
    assert code(page, 1) == "for n in x:\n    pass    " or "        pass" in code(page, 1)
    page.tab.keyboard.press("ControlOrMeta+z")
    assert code(page, 1) == "for n in x:\n    pass"


def test_the_editor_looks_like_the_code(page: LivePage) -> None:
    look = """node => ["color", "fontSize", "fontFamily", "lineHeight"]
      .map((name) => getComputedStyle(node)[name])"""
    for theme in ("light", "dark"):
        page.tab.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        built = page.cell(4).locator(".highlight .s2").first.evaluate(look)
        page.control("edit", 4).click()
        expect(page.cell(4).locator(".cm-content")).to_be_focused()
        assert page.cell(4).locator(".cm-content .s2").first.evaluate(look) == built


def test_an_edit_is_kept_and_says_so(reader: Reader) -> None:
    page = reader.open("cells")
    page.write(1, "rate = 3\n")
    expect(note(page, 1)).to_have_text("Edited; kept in this browser.")
    page.tab.reload()
    expect(note(page, 1)).to_have_text("Edited; kept in this browser.")
    assert code(page, 1) == "rate = 3"
    assert code(page, 2) == "double = 2 * rate"
    page.run(1)
    assert page.tab.evaluate("codes['cell 1']") == "rate = 3\n"
    page.control("reset", 1).click()
    expect(note(page, 1)).to_have_text("The book's code is back.")
    assert code(page, 1) == 'rate = 0.5\nprint("the rate is", rate)'
    page.tab.reload()
    assert code(page, 1) == 'rate = 0.5\nprint("the rate is", rate)'
    expect(note(page, 1)).to_be_empty()


def test_reset_brings_all_code_back_and_can_be_taken_back(page: LivePage) -> None:
    expect(page.control("reset")).to_be_disabled()
    page.write(1, "rate = 3")
    page.write(7, "pass")
    page.control("reset").click()
    assert code(page, 1).startswith("rate = 0.5")
    assert code(page, 7).startswith("print(")
    expect(page.control("reset")).to_be_disabled()
    page.control("kept", 7).click()
    assert code(page, 7) == "pass"
    assert code(page, 1).startswith("rate = 0.5")


def test_an_edit_of_code_that_the_book_has_changed_is_not_taken_silently(reader: Reader) -> None:
    page = reader.open("cells")
    page.write(1, "rate = 3")
    page.tab.evaluate(
        """() => {
          const [key] = Object.keys(localStorage).filter((name) => name.startsWith("live-cells"));
          const edit = JSON.parse(localStorage[key]);
          localStorage[key] = JSON.stringify({ ...edit, book: "rate = 0.4" });
        }"""
    )
    page.tab.reload()
    expect(note(page, 1)).to_have_text("The book has changed this cell since you edited it.")
    assert code(page, 1).startswith("rate = 0.5")
    page.control("kept", 1).click()
    assert code(page, 1) == "rate = 3"
    page.tab.reload()
    expect(note(page, 1)).to_have_text("Edited; kept in this browser.")


def test_a_lighter_setting(page: LivePage) -> None:
    page.tab.get_by_text("Show the solution").click()
    expect(page.cell(5)).to_contain_text("takes about 40 s in a browser")
    button = page.control("lighter", 5)
    expect(button).to_have_text("Lighter: 100 rounds instead of 10,000 (about 2 s)")
    button.click()
    assert "range(100)" in code(page, 5)
    expect(note(page, 5)).to_have_text("Edited; kept in this browser.")
    page.control("reset", 5).click()
    assert "range(10_000)" in code(page, 5)


def test_closed_code_opens_for_the_editor(page: LivePage) -> None:
    expect(page.cell(2).locator("pre").first).to_be_hidden()
    page.run(2)
    page.write(2, "double = 1")
    expect(page.cell(2).locator(".cm-content")).to_be_visible()
    page.cell(2).locator("summary").click()
    expect(page.cell(2).locator(".cm-content")).to_be_hidden()
    page.cell(2).locator("summary").click()
    assert code(page, 2) == "double = 1"


def test_the_button_for_copies_takes_the_code_as_it_stands(reader: Reader) -> None:
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = reader.open("cells")
    page.write(1, "rate = 3")
    page.cell(1).hover()
    page.cell(1).locator(".copybtn").first.click()
    page.tab.wait_for_function(
        "(async () => await navigator.clipboard.readText() === 'rate = 3')()"
    )


# Sharing


def shared(page: LivePage, cell: int) -> str:
    page.control("share", cell).click()
    expect(note(page, cell)).to_have_text("A link to your code is in the clipboard.")
    return str(page.tab.evaluate("navigator.clipboard.readText()"))


@pytest.fixture
def link(reader: Reader) -> str:
    """A link to the third cell with other code."""
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = reader.open("cells")
    expect(page.control("share", 3)).to_be_hidden()
    page.write(3, 'print("ü <b> & 😀")')
    return shared(page, 3)


def follow(reader: Reader, link: str) -> LivePage:
    return reader.open("cells", link[link.index("#") :])


def test_code_from_a_link_is_shown_and_runs_by_its_own_button_alone(
    link: str, new_reader: Callable[..., Reader]
) -> None:
    page = follow(new_reader(), link)
    assert code(page, 3) == 'print("ü <b> & 😀")'
    expect(note(page, 3)).to_contain_text("It has not run")
    expect(page.control("run", 3)).to_be_in_viewport()
    for action in (page.control("run", 4), page.control("run-all")):
        action.click()
        expect(page.control("run", 3)).to_be_focused()
        expect(note(page, 3)).to_contain_text("run it by itself first")
    assert ran(page) == []
    page.run(3)
    page.run(4)
    assert ran(page) == [1, 2, 3, 4]
    assert page.tab.evaluate("codes['cell 3']") == 'print("ü <b> & 😀")'


def test_code_from_a_link_leaves_the_readers_own(
    link: str, new_reader: Callable[..., Reader]
) -> None:
    reader = new_reader()
    page = reader.open("cells")
    page.write(3, "mine = 1")
    page = follow(reader, link)
    assert "<b>" in code(page, 3)
    page.control("reset", 3).click()
    assert code(page, 3) == "mine = 1"
    assert "#" not in page.tab.url


def test_code_from_a_link_becomes_the_readers_own_by_an_edit(
    link: str, new_reader: Callable[..., Reader]
) -> None:
    page = follow(new_reader(), link)
    page.control("edit", 3).click()
    expect(page.cell(3).locator(".cm-content")).to_be_focused()
    page.tab.keyboard.press("ControlOrMeta+End")
    page.tab.keyboard.type("  # mine")
    page.tab.reload()
    assert code(page, 3).endswith("# mine")
    expect(note(page, 3)).to_have_text("Edited; kept in this browser.")


def test_a_link_on_the_page_itself(link: str, page: LivePage) -> None:
    page.tab.evaluate("link => { location.hash = new URL(link).hash }", link)
    expect(note(page, 3)).to_contain_text("It has not run")


@pytest.mark.parametrize("fragment", ["#live-3-A", "#live-3-_w", "#live-99-cGFzcw"])
def test_a_damaged_link_is_a_sentence(reader: Reader, fragment: str) -> None:
    page = reader.open("cells", fragment)
    expect(page.message).to_contain_text("the link is damaged")
    page.run(3)


def test_a_link_to_copy_by_hand(reader: Reader) -> None:
    reader.context.add_init_script("delete Navigator.prototype.clipboard")
    page = reader.open("cells")
    page.write(1, "rate = 3")
    page.control("share", 1).click()
    field = note(page, 1).get_by_role("textbox", name="Copy this link")
    expect(field).to_be_focused()
    assert "#live-1-" in field.input_value()


# Outputs


def test_text_as_a_terminal_shows_it(page: LivePage) -> None:
    bar = "training  [###---]  12 of 50".ljust(79)
    pieces = ["one\nt", "wo\n", f"\r{bar}", f"\r{' ' * 79}\r", "\x1b[31mthree\x1b[0m\r\nfour"]
    puts_out(page, 1, *map(stream, pieces))
    page.run(1)
    assert page.output(1).inner_text().strip() == "one\ntwo\nthree\nfour"
    assert page.output(1).locator("pre").count() == 1


def test_a_progress_bar_is_seen_while_it_is_there(page: LivePage) -> None:
    page.write(1, "wait()")
    page.control("run", 1).click()
    page.expect_state(1, "running")
    emit = "text => kernel.emit({ output_type: 'stream', name: 'stdout', text })"
    for text in ("\r[#-] 1 of 2", "\r[##] 2 of 2"):
        page.tab.evaluate(emit, text)
        expect(page.output(1)).to_have_text(text.strip())
    page.tab.evaluate(emit, f"\r{' ' * 40}\r")
    page.tab.evaluate("kernel.finish({ ok: true })")
    page.expect_state(1, "done")
    expect(page.output(1)).to_have_text("")
    expect(page.output(1).locator("pre")).to_be_hidden()


def test_output_without_end_does_not_drown_the_page(page: LivePage) -> None:
    lines = [stream(f"{n}\n" * 5000) for n in range(10, 60)]
    puts_out(page, 1, *lines, *[display({"text/plain": "again"})] * 300, stream("last"))
    page.run(1)
    text = page.output(1).inner_text()
    assert len(text) < 110_000
    assert "and more, which this page does not show." in text
    assert text.count("again") < 300


def test_standard_error_and_errors_look_like_the_books(page: LivePage) -> None:
    trace = ["Traceback (most recent call last):", "  cell 6, line 1", "E: <b>no</b>"]
    error = {"output_type": "error", "ename": "E", "evalue": "no", "traceback": trace}
    built = page.output(6).locator(".output").get_attribute("class")
    puts_out(page, 6, stream("careful\n", "stderr"), error)
    page.run(6)
    first, second = page.output(6).locator(".output").all()
    assert "stderr" in str(first.get_attribute("class"))
    assert second.get_attribute("class") == built
    assert second.inner_text().strip() == "\n".join(trace)


def test_html_looks_like_the_books_and_cannot_run(page: LivePage) -> None:
    built = page.output(4).inner_text()
    inner = page.output(4).locator(".text_html").inner_html()
    evil = "<script>bad = 1</script><img src=x onerror='bad = 2'><a href='javascript:bad'>a</a>"
    puts_out(page, 4, display({"text/html": inner, "text/plain": "no"}))
    puts_out(page, 7, display({"text/html": f"<p>fine</p>{evil}"}))
    page.run(4)
    assert page.output(4).inner_text() == built
    assert page.output(4).locator(".text_html").inner_html() == inner
    page.output(4).get_by_text("Evidence").click()
    expect(page.output(4).locator("dl")).to_be_visible()
    page.tab.route("**/x", lambda route: route.fulfill(body=""))
    page.run(7)
    expect(page.output(7)).to_contain_text("fine")
    assert (
        page.output(7)
        .locator("img")
        .evaluate(
            "image => image.complete || new Promise((done) => (image.onerror = () => done(true)))"
        )
    )
    assert page.tab.evaluate("typeof bad") == "undefined"
    assert "javascript" not in page.output(7).inner_html()


def test_figures_take_the_place_of_the_books(page: LivePage) -> None:
    svg, metadata = SVG.format("M0 0"), {"image/svg+xml": {"dark": SVG.format("M9 9")}}
    puts_out(page, 3, display({"image/svg+xml": svg, "text/plain": "no"}, metadata))
    page.run(3)
    figure = page.output(3).locator("figure#fig-square")
    expect(figure.locator("figcaption")).to_contain_text("The square of the book.")
    light, dark = figure.locator("img").all()
    for image, start in ((light, "M0 0"), (dark, "M9 9")):
        assert image.get_attribute("alt") == "A square on the left."
        assert str(image.get_attribute("src")).startswith("blob:")
        assert start in image.evaluate("async (node) => (await fetch(node.src)).text()")
    expect(light).to_be_visible()
    expect(dark).to_be_hidden()
    page.tab.evaluate("document.documentElement.dataset.theme = 'dark'")
    expect(light).to_be_hidden()
    expect(dark).to_be_visible()
    expect(page.tab.locator("#fig-square")).to_have_count(1)


def test_figures_of_changed_code_say_so(page: LivePage) -> None:
    puts_out(page, 3, display({"image/svg+xml": SVG.format("M0 0")}))
    page.write(1, "rate = 3")
    page.run(3)
    alt = "A figure of changed code. Of the book's the text is: A square on the left."
    expect(page.output(3).locator("img")).to_have_attribute("alt", alt)


def test_markdown_and_other_forms(page: LivePage) -> None:
    table = "| a | b |\n|---|--:|\n| 1 | **2** |\n\n<script>bad = 1</script>"
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    puts_out(page, 1, display({"text/markdown": table}), display({"image/png": pixel}))
    puts_out(page, 2, display({"text/latex": "$x$"}), display({"application/x": "glued"}))
    page.run(2)
    cells = page.output(1).locator(".pst-scrollable-table-container table.table td")
    assert cells.all_inner_texts() == ["1", "2"]
    assert page.output(1).locator("img").evaluate("image => image.naturalWidth") == 1
    assert page.output(2).inner_text().strip() == "$x$"
    assert page.tab.evaluate("typeof bad") == "undefined"


def test_outputs_are_cleared_and_updated(page: LivePage) -> None:
    shown = {**display({"text/plain": "old"}), "transient": {"display_id": "d"}}
    updated = {**shown, "output_type": "update_display_data", "data": {"text/plain": "new"}}
    puts_out(page, 1, stream("gone"), {"output_type": "clear_output", "wait": True}, shown, updated)
    page.run(1)
    assert page.output(1).inner_text().strip() == "new"


def test_back_to_the_books_output(page: LivePage) -> None:
    before = page.cells()
    puts_out(page, 1, stream("mine"))
    puts_out(page, 2, stream("mine too"))
    expect(page.control("built-output", 1)).to_be_hidden()
    page.run(3)
    assert [cell.live for cell in page.cells()[:3]] == [True, True, True]
    expect(page.output(1)).to_have_text("mine")
    expect(page.output(3)).to_be_empty()
    for number in (1, 2, 3):
        page.control("built-output", number).click()
        expect(page.control("built-output", number)).to_be_hidden()
    after = page.cells()
    assert [cell.html for cell in after] == [cell.html for cell in before]
    assert not any(cell.live for cell in after)
    assert states(page)[:3] == ["done"] * 3
    page.run(2)
    expect(page.output(2)).to_have_text("mine too")


def test_the_old_output_stays_until_there_is_a_new_one(page: LivePage) -> None:
    page.write(1, "wait()")
    height = page.output(1).bounding_box()["height"]
    page.control("run", 1).click()
    page.expect_state(1, "running")
    expect(page.output(1)).to_contain_text("the rate is 0.5")
    page.tab.evaluate("kernel.emit({ output_type: 'clear_output', wait: false })")
    expect(page.output(1)).to_have_text("")
    assert page.output(1).bounding_box()["height"] == height
    page.tab.evaluate("kernel.finish({ ok: true })")
    page.expect_state(1, "done")
    expect(page.output(1)).to_be_hidden()


# Where no browser can run the code


def test_a_page_for_other_computers_says_so_and_offers_what_works(reader: Reader) -> None:
    page = reader.open("elsewhere")
    expect(page.bar).to_contain_text("needs TensorFlow, which does not run in a browser")
    expect(page.bar).to_contain_text("make lab")
    expect(page.tab.locator("[data-live-action]:visible")).to_have_count(1)
    with page.tab.expect_download() as download:
        page.bar.get_by_role("link", name="download this page").click()
    assert '"print(\\"go\\")"' in download.value.path().read_text()
    page.control("connect").click()
    expect(page.bar).to_contain_text(f"make connect ORIGIN={reader.root.split('/a/')[0]}")
    expect(page.bar.get_by_label("Token")).to_be_focused()
    assert page.bar.get_by_label("Token").get_attribute("type") == "password"


def test_a_server_that_is_not_there_is_a_sentence(reader: Reader) -> None:
    nowhere = "http://127.0.0.1:9"
    reader.allowed.append(nowhere)
    reader.expected.append("ERR_CONNECTION_REFUSED|ERR_UNSAFE_PORT")
    page = reader.open("elsewhere")
    page.control("connect").click()
    page.bar.get_by_label("Address").fill(nowhere)
    page.bar.get_by_label("Token").fill("secret")
    page.bar.get_by_role("button", name="Connect", exact=True).last.click()
    expect(page.bar.get_by_role("alert")).not_to_be_empty()
    expect(page.control("run", 1)).to_be_hidden()
    assert "secret" not in page.tab.evaluate("JSON.stringify(localStorage)")


# Looks


def test_controls_are_large_enough_and_fit_a_phone(new_reader: Callable[..., Reader]) -> None:
    page = new_reader(viewport={"width": 390, "height": 800}).open("cells")
    page.write(1, "x = 1")
    page.run(4)
    page.control("share", 1).click()
    for details in page.tab.locator("details").all():
        details.evaluate("details => { details.open = true }")
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= 390
    for button in page.tab.locator("[data-live-action]:visible").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 24, button


def test_every_control_has_a_name_of_its_own(page: LivePage) -> None:
    for details in page.tab.locator("details").all():
        details.evaluate("details => { details.open = true }")
    names = page.tab.locator("[data-live-action]").evaluate_all(
        "buttons => buttons.map((button) => button.ariaLabel ?? button.textContent)"
    )
    assert len(set(names)) == len(names)
    assert "Run, cell 3" in names


def test_paper_has_no_controls(page: LivePage) -> None:
    page.tab.emulate_media(media="print")
    expect(page.tab.locator("[data-live-action]:visible")).to_have_count(0)
    expect(page.bar).to_be_hidden()
    expect(page.output(1)).to_be_visible()
