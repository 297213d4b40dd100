"""The built book in a real browser: a server, Chromium, and readers with profiles of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, FIREFOX, MissingBrowserError, ready
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright
from reader import Reader
from server import Trap, serving, serving_book


def program(browser: Any) -> Path:
    try:
        return ready(browser)
    except MissingBrowserError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def firefox_program() -> Path:
    return program(FIREFOX)


@pytest.fixture(scope="session")
def chromium_program() -> Path:
    return program(CHROMIUM)


# One Playwright a module, and not a session: while it runs, no other test may use asyncio.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def caught() -> list[str]:
    """What Chromium asked of other hosts."""
    return []


@pytest.fixture(scope="module")
def settings(chromium_program: Path, caught: list[str]) -> Iterator[dict[str, Any]]:
    """How Chromium is started: requests to other hosts end in a trap."""
    with serving(partial(Trap, caught=caught)) as trap:
        arguments = [
            "--no-sandbox",  # root, as in a container, may not have one
            "--disable-gpu",
            "--disable-background-networking",
            f"--proxy-server={trap}",
        ]
        yield {"executable_path": chromium_program, "args": arguments}


@pytest.fixture(scope="module")
def browser(playwright: Playwright, settings: dict[str, Any]) -> Iterator[Browser]:
    browser = playwright.chromium.launch(**settings)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def site(built_book: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the built book, a folder deep below its server's root."""
    with serving_book(built_book.html, tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture
def new_reader(browser: Browser, caught: list[str], site: str) -> Iterator[Callable[..., Reader]]:
    """Make readers; the test fails if one met an error or asked another host for anything.

    ``new_reader(root=..., context=..., **settings of a context)``: another copy of the book,
    another browser, a small screen.
    """
    caught.clear()
    readers: list[Reader] = []

    def make(root: str = site, context: BrowserContext | None = None, **settings: Any) -> Reader:
        reader = Reader(context or browser.new_context(**settings), root, caught)
        readers.append(reader)
        return reader

    yield make
    problems = [line for reader in readers for line in reader.problems()]
    for reader in readers:
        reader.context.close()
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.fixture
def reader(new_reader: Callable[..., Reader]) -> Reader:
    """Someone who opens the book for the first time."""
    return new_reader()
