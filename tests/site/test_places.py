"""The book opened as a file: all can be read, and only live code and search need a server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect


@pytest.fixture
def page(browser: Browser, built_book: Any) -> Iterator[Page]:
    """The front door, opened as a file; a script's error fails the test."""
    errors: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("requestfailed", lambda request: errors.append(f"not found: {request.url}"))
    page.goto((built_book.html / "index.html").as_uri())
    yield page
    context.close()
    assert not errors


def test_the_book_can_be_read_from_files(page: Page) -> None:
    page.wait_for_url("**/book/index.html")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Initialization").click()
    page.get_by_role("link", name="Scale", exact=True).first.click()
    expect(page.get_by_role("heading", name="Scale", level=1)).to_be_visible()
    figure = page.locator(".cell_output img:visible").first
    figure.scroll_into_view_if_needed()
    assert figure.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    equation = page.locator(".katex-display").first
    assert "KaTeX_Main" in equation.evaluate("e => getComputedStyle(e.firstChild).fontFamily")


def test_colours_change_in_files(page: Page) -> None:
    page.wait_for_url("**/book/index.html")
    ground = "() => getComputedStyle(document.body).backgroundColor"
    seen = {page.evaluate(ground)}
    for _ in range(2):
        page.get_by_role("button", name="Color mode").first.click()
        seen.add(page.evaluate(ground))
    assert len(seen) == 2
