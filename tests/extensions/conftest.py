"""The tiny book, a browser and pages opened from their files, for every test of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page
from tiny_book import book
from visits import chromium_program, playwright

__all__ = ["book", "chromium_program", "playwright"]


@pytest.fixture(scope="module")
def browser(playwright: Any, chromium_program: Path) -> Iterator[Browser]:
    arguments = ["--no-sandbox", "--disable-gpu"]
    browser = playwright.chromium.launch(executable_path=chromium_program, args=arguments)
    yield browser
    browser.close()


@pytest.fixture
def open_page(browser: Browser, html: Path) -> Iterator[Callable[..., Page]]:
    """Open a page of `html` from its file, or ``without`` others; no script may fail."""
    errors: list[str] = []
    contexts = []

    def open_page(
        name: str = "a", state: dict[str, Any] | None = None, without: str = "", **settings: Any
    ) -> Page:
        contexts.append(browser.new_context(**settings))
        if without:
            contexts[-1].route(without, lambda route: route.abort())
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        query = f"?{urlencode(state)}" if state else ""
        page.goto((html / "book" / f"{name}.html").as_uri() + query)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors
