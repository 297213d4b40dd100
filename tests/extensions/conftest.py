"""The tiny book, and a browser, for every test of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import CHROMIUM, MissingBrowserError, ready
from playwright.sync_api import Browser, sync_playwright
from tiny_book import book

__all__ = ["book"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        program = ready(CHROMIUM)
    except MissingBrowserError as error:
        pytest.fail(str(error), pytrace=False)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()
