"""What a page weighs before any click, and that its one style sheet has all it may ever need."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect
from reader import Reader
from site_tags import paths, tags

HEAVIEST = 250_000  # bytes, compressed, without the figures of the page itself
KINDS = [
    "book/index",
    "book/start/how-to",
    "book/optimization/momentum",
    "book/tensorflow/tensors",
    "book/back/api/optimizers",
    "book/back/claims",
    "book/back/glossary",
    "genindex",
    "search",
]
COLOUR = "(node) => getComputedStyle(node).color"


def sent(url: str) -> int:
    """What a server that compresses text sends for an address."""
    content: bytes = urlopen(url).read()
    name = url.partition("?")[0]
    return len(content if name.endswith((".woff2", ".png")) else gzip.compress(content, 6))


@pytest.mark.parametrize("name", KINDS)
def test_a_page_is_light(name: str, reader: Reader) -> None:
    tab = reader.context.new_page()
    tab.goto(f"{reader.root}{name}.html", wait_until="networkidle")
    urls = [url for url in dict.fromkeys(reader.requests) if url.startswith(reader.root)]
    weights = {url: sent(url) for url in urls if "/_images/" not in url}
    assert weights[f"{reader.root}{name}.html"] > 1_000
    assert len(weights) < 20
    assert sum(weights.values()) < HEAVIEST, weights


def test_only_one_style_sheet_holds_a_page_up(built_book: Any) -> None:
    for name in paths(built_book.html):
        found = tags(built_book.html / name)
        if any(tag.attributes.get("http-equiv") == "refresh" for tag in found):
            continue
        sheets = [tag for tag in found if tag.attributes.get("rel") == "stylesheet"]
        scripts = [tag for tag in found if tag.name == "script" and "src" in tag.attributes]
        assert len(sheets) == 1, name
        assert re.search(r"_static/book\.css\?v=[0-9a-f]{8}$", sheets[0].attributes["href"])
        assert scripts, name
        assert all("defer" in tag.attributes for tag in scripts), name


def test_every_page_has_one_of_each_meta(built_book: Any) -> None:
    for name in paths(built_book.html):
        metas = [tag.attributes for tag in tags(built_book.html / name) if tag.name == "meta"]
        # a colour for each scheme
        names = [(meta["name"], meta.get("media")) for meta in metas if "name" in meta]
        assert {"viewport", "description"} <= {name for name, _ in names}, name
        assert len(names) == len({*names}), name
        assert all(meta["content"] for meta in metas if "content" in meta), name


def test_images_have_their_size(built_book: Any) -> None:
    sizes = 0
    for name in paths(built_book.html):
        for tag in tags(built_book.html / name):
            if tag.name == "img" and "/_images/" in tag.attributes["src"]:
                assert {"width", "height"} <= {*tag.attributes}, (name, tag.attributes["src"])
                sizes += 1
    assert sizes > 100


def test_the_site_keeps_no_leftovers(built_book: Any) -> None:
    static = built_book.html / "_static"
    files = [file.relative_to(static).as_posix() for file in static.rglob("*") if file.is_file()]
    unwanted = re.compile(
        r"awesome|thebe|locales|webpack|\.scss$|\.map$|\.po$|\.ttf$", re.IGNORECASE
    )
    assert not [name for name in files if unwanted.search(name)]
    assert [name for name in files if name.endswith(".css")] == ["book.css"]
    css = (static / "book.css").read_text("utf-8")
    assert "Awesome" not in css
    for address in re.findall(r"url\([\"']?((?!data:)[^\"')]+)", css):
        assert (static / address).is_file(), address


# What pages show only later has its rules too.


def open_page(new_reader: Callable[..., Reader], name: str, **settings: Any) -> Page:
    return new_reader(**settings).open(name).tab


def test_the_menu_opens(new_reader: Callable[..., Reader]) -> None:
    tab = open_page(new_reader, "optimization/momentum")
    menu = tab.locator(".dl-menu ul").first
    expect(menu).to_be_hidden()
    tab.locator(".dl-menu > summary").first.click()
    expect(menu).to_be_visible()
    assert menu.evaluate("(node) => getComputedStyle(node).position") == "absolute"
    assert menu.evaluate("(node) => getComputedStyle(node).backgroundColor") != "rgba(0, 0, 0, 0)"


def test_the_contents_follow_the_reader(new_reader: Callable[..., Reader]) -> None:
    tab = open_page(new_reader, "optimization/momentum")
    active = tab.locator(".bd-sidebar-secondary a.nav-link.active")
    for name in ("theory-two-conventions-one-path", "from-scratch"):
        tab.locator(f"#{name}").evaluate("(node) => node.scrollIntoView()")
        expect(active).to_have_count(1)
        expect(active).to_have_attribute("href", f"#{name}")
    other = tab.locator(".bd-sidebar-secondary a.nav-link:not(.active)").first
    assert active.evaluate(COLOUR) != other.evaluate(COLOUR)
    tab.locator("#exercise-1-one-step").evaluate("(node) => node.scrollIntoView()")
    expect(active).to_have_attribute("href", "#exercise-1-one-step")
    expect(tab.locator(".bd-sidebar-secondary li.active > a[href='#exercises']")).to_be_visible()


def test_the_sidebar_opens_on_a_phone(new_reader: Callable[..., Reader]) -> None:
    tab = open_page(new_reader, "start/how-to", viewport={"width": 390, "height": 800})
    tab.locator(".primary-toggle").click()
    dialog = tab.locator("#pst-primary-sidebar-modal")
    expect(dialog).to_be_visible()
    box = dialog.bounding_box()
    assert box is not None
    assert (box["x"], box["y"]) == (0, 0)
    assert box["height"] == 800


def test_an_answered_quiz_and_a_running_cell_have_their_rules(built_book: Any) -> None:
    css = (built_book.html / "_static" / "book.css").read_text("utf-8")
    # Names as the sources of quizzes, live cells, exercises and the theme have them.
    for part in (
        ".quiz-right",
        ".quiz-wrong",
        "[data-live-state=running]",
        "[data-live-state=failed]",
        ".live-connect",
        ".live-problem",
        ".dl-exercise-wrong",
        ".dl-exercise-open",
        ".dl-claim-refuted",
        "html[data-theme=dark]",
        "dialog[open]",
        ".pst-sidebar-hidden",
        ".dataframe",
        ".cm-editor",
        "::backdrop",
    ):
        assert part in css, part


def test_the_source_has_no_rules_that_are_lost(built_book: Any) -> None:
    """Each class that our own style sheets name and our own scripts set is in the sheet."""
    root = Path(__file__).parents[2] / "extensions"
    css = (built_book.html / "_static" / "book.css").read_text("utf-8")
    scripts = "".join(file.read_text("utf-8") for file in root.rglob("page/*.js"))
    scripts += "".join(file.read_text("utf-8") for file in root.glob("quizzes/*.js"))
    checked = 0
    for file in [file for file in root.rglob("*.css") if file.parent.name != "paper"]:
        text = re.sub(
            r"/\*.*?\*/|url\([^)]*\)|\{[^{}]*\}", " ", file.read_text("utf-8"), flags=re.S
        )
        for name in set(re.findall(r"\.([a-z][\w-]+)", text)):
            if re.search(rf"[\"'` ]{name}[\"'` ]", scripts):
                assert f".{name}" in css, f"{file.name}: .{name}"
                checked += 1
    assert checked > 10
