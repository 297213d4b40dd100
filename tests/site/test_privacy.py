"""No page asks another host for anything, and none runs what is not a file of this site."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from firefox import running
from playwright.sync_api import Browser, expect
from reader import BROWSER_ITSELF, Reader
from server import Trap, serving, serving_book
from site_tags import paths, tags

TABS = 6
REPORT = """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  console.error(`the policy forbids ${violatedDirective} ${blockedURI}`));
"""
PAGE = "book/optimization/momentum.html"
STYLED = "getComputedStyle(document.querySelector('.bd-sidebar-primary')).position === 'sticky'"
THEME = "document.documentElement.dataset.theme"
#: Elements that load what an attribute names.
LOADING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src"}


def visit(reader: Reader, names: list[str]) -> None:
    """Open pages, some at a time."""
    reader.context.add_init_script(REPORT)
    tabs = [reader.context.new_page() for _ in range(min(TABS, len(names)))]
    for start in range(0, len(names), len(tabs)):
        visits = list(zip(tabs, names[start : start + len(tabs)], strict=False))
        for tab, name in visits:
            tab.goto(reader.root + name, wait_until="commit")
        for tab, _ in visits:
            tab.wait_for_load_state("networkidle" if len(names) == 1 else "load")


def test_no_page_leaves_the_site_or_breaks_its_policy(reader: Reader, built_book: Any) -> None:
    # 404.html is shown at any address, so its own begin at the server's root (test_comforts).
    names = [name for name in paths(built_book.html) if name != "404.html"]
    visit(reader, names)  # the fixture fails on whatever the browser noticed


BAD = {
    "an inline script": "<script>document.title = 'changed'</script>",
    "a handler": '<img src="x.png" onerror="document.title = 1">',
    "a foreign image": '<img src="http://192.0.2.1/x.png">',
    "a foreign script": '<script src="http://192.0.2.1/x.js"></script>',
    "a foreign font": "<style>@font-face { font-family: f; src: url(http://192.0.2.1/f.woff2) }"
    " p { font-family: f }</style>",
    "a request": "<script src=_static/planted.js></script>",
    "a frame": '<iframe src="http://192.0.2.1/"></iframe>',
}


@pytest.mark.parametrize("bad", BAD)
def test_a_violation_is_noticed(
    bad: str, browser: Browser, built_book: Any, tmp_path: Path, caught: list[str]
) -> None:
    root = tmp_path / "site"
    root.mkdir()
    page = (built_book.html / "genindex.html").read_text("utf-8")
    assert "</main>" in page
    (root / "planted.html").write_text(page.replace("</main>", BAD[bad] + "</main>"))
    (root / "_static").mkdir()
    for file in (built_book.html / "_static").glob("book.*"):
        (root / "_static" / file.name).symlink_to(file)
    (root / "_static" / "planted.js").write_text("fetch('http://192.0.2.1/').catch(() => {})")
    with serving_book(root, tmp_path / "served") as address:
        reader = Reader(browser.new_context(), address, caught)
        visit(reader, ["planted.html"])
        problems = reader.problems()
        assert any("the policy forbids" in problem for problem in problems), problems
        assert not [line for line in caught if "192.0.2.1" in line], "the policy let it out"
        reader.context.close()


def test_pages_run_nothing_inline(built_book: Any) -> None:
    for name in paths(built_book.html):
        found = tags(built_book.html / name)
        policies = [
            tag.attributes["content"]
            for tag in found
            if tag.attributes.get("http-equiv") == "Content-Security-Policy"
        ]
        assert len(policies) == 1, name
        assert "'unsafe-inline'" not in re.search("script-src[^;]*|$", policies[0])[0], name
        for tag in found:
            handlers = [key for key in tag.attributes if key.startswith("on")]
            assert not handlers, f"{name}: <{tag.name} {handlers[0]}=...>"
            assert not re.match(r"\s*javascript:", tag.attributes.get("href", "")), name
            if tag.name == "script" and "src" not in tag.attributes:
                digest = hashlib.sha256("".join(tag.text).encode()).digest()
                assert f"'sha256-{base64.b64encode(digest).decode()}'" in policies[0], name


def test_pages_load_files_that_are_there(built_book: Any) -> None:
    for name in paths(built_book.html):
        file = built_book.html / name
        for tag in tags(file):
            loaded = tag.attributes.get(LOADING.get(tag.name, ""))
            if tag.name == "link" and tag.attributes["rel"] in ("stylesheet", "icon", "preload"):
                loaded = tag.attributes["href"]
            if loaded and not loaded.startswith("data:"):
                path = loaded.partition("?")[0].partition("#")[0]
                if name == "404.html" and loaded.startswith("../"):
                    continue  # tried, to find the root without knowing it
                if name == "404.html":  # found from anywhere, it begins at the server's root
                    path = path.removeprefix("/")
                assert (file.parent / path).is_file(), f"{name} loads {loaded}"


def test_only_pages_for_a_server_may_ask_this_computer(built_book: Any) -> None:
    may = {
        name
        for name in paths(built_book.html)
        if "127.0.0.1" in (built_book.html / name).read_text("utf-8").partition("</head>")[0]
    }
    needs = {
        name
        for name in paths(built_book.html)
        if 'data-live-kernel="jupyter"' in (built_book.html / name).read_text("utf-8")
    }
    assert may == needs
    assert needs


def test_pages_work_in_a_browser_that_stores_nothing(new_reader: Callable[..., Reader]) -> None:
    reader = new_reader(color_scheme="dark")
    reader.context.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"]) {
          const get = () => { throw new DOMException("refused", "SecurityError"); };
          Object.defineProperty(window, name, { get });
        }"""
    )
    tab = reader.open("index").tab
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    switch = tab.locator(".theme-switch-button").first
    switch.click()
    assert tab.evaluate("document.documentElement.dataset.theme") == "light"


def test_a_page_works_as_a_file(new_reader: Callable[..., Reader], built_book: Any) -> None:
    reader = new_reader(color_scheme="light")
    reader.allowed.append("file:")
    tab = reader.context.new_page()
    tab.goto((built_book.html / PAGE).as_uri())
    assert tab.evaluate(STYLED)
    tab.locator(".theme-switch-button").first.click()
    assert tab.evaluate(THEME) == "dark"
    expect(tab.locator("article img.figure-dark").first).to_be_attached()


def test_a_page_works_in_firefox_as_a_file_too(
    firefox_program: Path, built_book: Any, tmp_path: Path
) -> None:
    caught: list[str] = []
    with (
        serving(partial(Trap, caught=caught)) as trap,
        running(firefox_program, tmp_path / "profile", trap) as firefox,
    ):
        firefox.open((built_book.html / PAGE).as_uri())
        assert firefox.evaluate(STYLED)
        before = firefox.evaluate(THEME)
        firefox.click(".theme-switch-button")
        assert {before, firefox.evaluate(THEME)} == {"light", "dark"}
        assert firefox.said == []
        assert [line for line in caught if not BROWSER_ITSELF.search(line)] == []
