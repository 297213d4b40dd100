"""The built book in a real browser: a server, Chromium, and readers with profiles of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, FIREFOX, MissingBrowserError, ready
from playwright.sync_api import Browser, sync_playwright
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


# One Chromium a module, and not a session: while Playwright runs, no other test may use asyncio.
@pytest.fixture(scope="module")
def chromium(chromium_program: Path) -> Iterator[Callable[..., Browser]]:
    """Start a Chromium whose requests to other hosts end in a trap: ``chromium(caught)``."""
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())

        def start(caught: list[str], *arguments: str) -> Browser:
            trap = stack.enter_context(serving(partial(Trap, caught=caught)))
            browser = playwright.chromium.launch(
                executable_path=chromium_program,
                args=[
                    "--no-sandbox",  # root, as in a container, may not have one
                    "--disable-gpu",
                    "--disable-background-networking",
                    f"--proxy-server={trap}",
                    *arguments,
                ],
            )
            stack.callback(browser.close)
            return browser

        yield start


@pytest.fixture(scope="module")
def caught() -> list[str]:
    """What Chromium asked of other hosts."""
    return []


@pytest.fixture(scope="module")
def browser(chromium: Callable[..., Browser], caught: list[str]) -> Browser:
    return chromium(caught)


@pytest.fixture(scope="session")
def site(built_book: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the built book, a folder deep below its server's root."""
    with serving_book(built_book.html, tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture
def new_reader(browser: Browser, caught: list[str], site: str) -> Iterator[Callable[..., Reader]]:
    """Make readers; the test fails if one met an error or asked another host for anything.

    ``new_reader(root=..., **settings of the context)``: another copy of the book, a small screen.
    """
    caught.clear()
    readers: list[Reader] = []

    def make(root: str = site, **settings: Any) -> Reader:
        reader = Reader(browser.new_context(**settings), root, caught)
        readers.append(reader)
        return reader

    yield make
    problems = [line for reader in readers for line in reader.problems()]
    for reader in readers:
        reader.context.close()
    if problems:
        pytest.fail("\n".join(dict.fromkeys(problems)), pytrace=False)


@pytest.fixture
def reader(new_reader: Callable[..., Reader]) -> Reader:
    """Someone who opens the book for the first time."""
    return new_reader()
