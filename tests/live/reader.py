"""A reader of the book: one page in a fresh profile, and all that the browser noticed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

#: How long a busy machine may take to start Python, or to run a cell, in milliseconds.
PATIENCE = 180_000
expect.set_options(timeout=PATIENCE)

ENDED = ("done", "failed")

#: What Chromium asks its maker for now and then, whatever the page. (A page's own requests are
#: noticed twice: in the trap and by the page.)
CHROMIUM_ITSELF = re.compile(r"\b[\w-]+\.(google|googleapis|gvt1|gstatic)\.com\b")
#: Every browser asks for it, and the book has none.
NO_ICON = r"404 \(File not found\) \(http://[\d.:]+/favicon\.ico\)$"


@dataclass
class Reader:
    """Someone who reads the book at `root` in a profile of their own."""

    context: BrowserContext
    root: str
    caught: list[str]
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    #: Patterns of what the console may say in this test.
    expected: list[str] = field(default_factory=lambda: [NO_ICON])
    #: Starts of addresses outside the book that this test asks for.
    allowed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.context.on("console", self._heard)
        self.context.on("weberror", lambda error: self.said.append(f"thrown: {error.error}"))
        self.context.on("page", self._opened)

    def _opened(self, page: Page) -> None:
        page.set_default_timeout(PATIENCE)
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.on("crash", lambda _: self.said.append("the page crashed"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.said.append(f"{message.type}: {message.text} ({message.location['url']})")

    def open(self, name: str, fragment: str = "") -> LivePage:
        """Open a page, such as ``initialization/scale``, in a new tab."""
        page = LivePage(self.context.new_page(), name)
        page.tab.goto(f"{self.root}book/{name}.html{fragment}")
        return page

    def problems(self) -> list[str]:
        """What must not have happened, a line each."""
        inside = (self.root, "blob:" + self.root.split("/a/")[0], "data:", *self.allowed)
        outside = [line for line in self.caught if not CHROMIUM_ITSELF.search(line)]
        outside += [url for url in self.requests if not url.startswith(inside)]
        return [
            *(f"a request to another host: {line}" for line in outside),
            *(line for line in self.said if not any(re.search(p, line) for p in self.expected)),
        ]


@dataclass(frozen=True)
class LivePage:
    """A page of the book in a tab, by the hooks that the book documents for tools."""

    tab: Page
    name: str

    def cell(self, number: int) -> Locator:
        return self.tab.locator(f"div.cell[data-live-cell='{number}']")

    def control(self, action: str, number: int | None = None) -> Locator:
        """A button of a cell, or of the page."""
        within = self.cell(number) if number else self.tab.locator("[data-live-page]")
        return within.locator(f"[data-live-action='{action}']")

    def states(self) -> dict[int, str]:
        """The state of every cell by its number."""
        found: list[tuple[str, str]] = self.tab.eval_on_selector_all(
            "div.cell[data-live-cell]",
            "cells => cells.map(({dataset}) => [dataset.liveCell, dataset.liveState])",
        )
        return {int(number): state for number, state in found}

    def expect_state(self, number: int, *states: str) -> None:
        """Wait until a cell is in one of these states."""
        pattern = re.compile("^(" + "|".join(states) + ")$")
        expect(self.cell(number)).to_have_attribute("data-live-state", pattern)

    def run(self, number: int, state: str = "done") -> None:
        """Run a cell and wait until it has ended, in the state that is expected."""
        self.control("run", number).click()
        self.expect_state(number, *ENDED)
        self.expect_state(number, state)

    def outputs(self, number: int) -> list[dict[str, Any]]:
        """What a cell shows live, as outputs of a notebook."""
        found: list[dict[str, Any]] = self.cell(number).evaluate("cell => cell.liveOutputs ?? []")
        return found

    def output(self, number: int) -> Locator:
        """Where a cell shows what it gave live."""
        return self.cell(number).locator("[data-live-output='live']")
