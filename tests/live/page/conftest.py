"""A small book, and readers whose pages run on the kernel of the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from reader import PATIENCE, LivePage, Reader
from server import serving_book
from small_book import build
from small_page import KERNEL

LITTLE_PATIENCE = 30_000  # milliseconds


@pytest.fixture(scope="session")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def site(html: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving_book(html, tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture(autouse=True, scope="module")
def little_patience() -> Iterator[None]:
    """Nothing takes long here, so a failure need not either."""
    expect.set_options(timeout=LITTLE_PATIENCE)
    yield
    expect.set_options(timeout=PATIENCE)


@pytest.fixture
def new_reader(new_reader: Callable[..., Reader]) -> Callable[..., Reader]:
    def make(**settings: Any) -> Reader:
        reader = new_reader(**settings)
        reader.context.set_default_timeout(LITTLE_PATIENCE)
        reader.context.route(
            "**/browser_kernel.js?*",
            lambda route: route.fulfill(body=KERNEL, content_type="text/javascript"),
        )
        reader.expected.append("Got invalid theme mode")  # the theme, on a first visit
        return reader

    return make


@pytest.fixture
def page(reader: Reader) -> LivePage:
    return reader.open("cells")
