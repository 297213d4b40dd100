"""Pages on paper: all of the text, nothing to press, light, and one title."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

#: A page with code, figures, equations, a quiz, hidden solutions and live cells.
NAME = "book/optimization/nesterov.html"
NOT_SHOWN = "nav, button, select, dialog, .headerlink, .prev-next-footer, .explorable"


@pytest.fixture(scope="module")
def page(browser: Browser, site: str) -> Page:
    """A dark page, as a printer sees it, 180 mm wide."""
    context = browser.new_context(
        color_scheme="dark", bypass_csp=True, viewport={"width": 680, "height": 1000}
    )
    page = context.new_page()
    page.goto(site + NAME)
    page.emulate_media(media="print")
    page.wait_for_timeout(300)
    return page


def seen(page: Page, selector: str) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        selector,
        """(nodes) => nodes.filter((n) => n.checkVisibility() && n.getClientRects().length)
        .map((n) => n.outerHTML.slice(0, 80))""",
    )
    return found


def test_nothing_to_press(page: Page) -> None:
    assert seen(page, NOT_SHOWN) == []
    assert len(seen(page, "h1")) == 1


def test_nothing_is_cut_off(page: Page) -> None:
    wide = page.evaluate(
        """() => Array.from(document.querySelectorAll("article *:not(svg *)")).filter((n) =>
        n.checkVisibility() && n.getClientRects().length && !n.closest(".katex-mathml") &&
        n.getBoundingClientRect().right > innerWidth + 1).map((n) => n.outerHTML.slice(0, 80))"""
    )
    assert wide == []
    code = "(nodes) => nodes.map((n) => getComputedStyle(n).whiteSpace)"
    assert set(page.eval_on_selector_all("article pre", code)) == {"pre-wrap"}


def test_paper_is_white_and_the_screen_dark_again(page: Page) -> None:
    ground = "getComputedStyle(document.querySelector('article')).color"
    ink = page.evaluate(ground)
    assert max(int(part) for part in ink[4:-1].split(",")[:3]) < 100
    assert seen(page, "img.figure-light")
    assert not seen(page, "img.figure-dark")
    page.emulate_media(media="screen")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    page.emulate_media(media="print")
    page.wait_for_function("document.documentElement.dataset.theme === 'light'")


def test_a_printed_page_holds_its_solutions(page: Page) -> None:
    solutions: list[Any] = page.eval_on_selector_all(
        "article details pre", "(nodes) => nodes.map((n) => n.textContent)"
    )
    assert solutions
    text = "".join(
        sheet.extract_text() for sheet in PdfReader(BytesIO(page.pdf(format="A4"))).pages
    )
    bare = "".join(text.split())
    for solution in solutions:
        for line in solution.splitlines():
            start = "".join(line.split())[:20]
            assert start in bare, line
    assert "https://" not in text
    assert "Further reading" in text
