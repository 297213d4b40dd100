"""What is loaded when, and what a reader is told where it cannot be."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Route, expect
from reader import LivePage, Reader
from small_page import KERNEL, code, note, plan, ran, states, words

HEAVIEST_BEFORE_A_CLICK = 15_000  # bytes, compressed


# Before a click


def test_little_is_loaded_before_a_click(reader: Reader) -> None:
    page = reader.open("cells")
    expect(page.control("run", 7)).to_be_enabled()
    live = [url for url in reader.requests if "/_static/live/" in url]
    names = sorted(re.sub(r".*/|\?.*", "", url) for url in live)
    assert names == ["live.css", "live.js"]
    assert sum(len(gzip.compress(urlopen(url).read())) for url in live) < HEAVIEST_BEFORE_A_CLICK
    page.write(1, "x = 1")
    assert not any("outputs.js" in url for url in reader.requests)


def test_pages_without_cells_load_nothing(reader: Reader) -> None:
    reader.open("index")
    assert not any("/live/" in url for url in reader.requests)


def test_nothing_moves_when_the_script_arrives(reader: Reader) -> None:
    # Without a choice the theme itself moves things a little, once it has chosen.
    reader.context.add_init_script(
        "if (location.host) localStorage.mode = localStorage.theme = 'light'"
    )
    held: list[Route] = []
    reader.context.route("**/live.js?*", lambda route: held.append(route))
    tab = reader.context.new_page()
    tab.goto(f"{reader.root}book/cells.html", wait_until="commit")
    tab.wait_for_selector("footer")
    where = """Array.from(
      document.querySelectorAll("[class^='cell'], [class^='live'], .bd-footer"),
      (node) => Object.values(node.getBoundingClientRect().toJSON()).join(),
    )"""
    page = LivePage(tab, "cells")
    expect(page.message).to_have_text("Live code is off until the script of this page has loaded.")
    expect(page.control("run", 1)).to_be_disabled()
    before = tab.evaluate(where)
    for route in held:
        route.continue_()
    expect(page.control("run", 1)).to_be_enabled()
    assert tab.evaluate(where) == before


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
    if name == "editor":
        expect(page.cell(1).locator(".cm-content")).to_be_visible()
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


def test_edits_and_links_wait_for_the_connection(reader: Reader) -> None:
    connect = "export const askForServer = (page) => page.use(async (s) => new BrowserKernel(s));"
    reader.context.route(
        "**/connect.js?*",
        lambda route: route.fulfill(body=KERNEL + connect, content_type="text/javascript"),
    )
    page = reader.open("elsewhere")
    page.control("connect").click()
    page.write(2, "mine = 1")
    page = reader.open("elsewhere", "#live-1-cGFzcw")
    expect(page.message).to_contain_text("connect, and it is shown")
    assert "tensorflow" in code(page, 1)
    assert code(page, 2) == 'print("go")'
    page.control("connect").click()
    expect(note(page, 1)).to_contain_text("It has not run")
    assert [code(page, 1), code(page, 2)] == ["pass", "mine = 1"]
    page.run(1)
    page.run(2)
    assert ran(page) == [1, 2]


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
