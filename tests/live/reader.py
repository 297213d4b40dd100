"""A reader of the book: pages in a fresh profile, and all that the browser noticed."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

#: How long a busy machine may take to start Python, or to run a cell, in milliseconds.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)

#: What browsers ask their makers for now and then, whatever the page. (A page's own requests are
#: noticed twice: in the trap and in the tab.)
BROWSER_ITSELF = re.compile(r"\.(google|googleapis|gvt1|gstatic|mozilla)\.(com|net|org)\b")
#: Every browser asks for it, and the small books of tests have none.
NO_ICON = r"404 \(File not found\) \(http://[\d.:]+/favicon\.ico\)$"

#: Notes what Python sends to the page, cell by cell, before the page makes anything of it.
TAP = """
window.sent = [];
window.Worker = class extends Worker {
  constructor(...settings) {
    super(...settings);
    this.addEventListener("message", ({ data }) => {
      if (data.type === "output") window.sent.push([this.labels[data.id], data.output]);
    });
  }
  labels = {};
  postMessage(message, ...more) {
    if (message.type === "run") this.labels[message.id] = message.label;
    super.postMessage(message, ...more);
  }
};
"""

SHOWN = """
async (cells) => {
  const images = document.querySelectorAll("div.cell_output img");
  for (const image of images) image.loading = "eager"; // or those out of sight never come
  await Promise.allSettled(Array.from(images, (image) => image.decode()));
  return cells.map((cell) => {
    const place = cell.querySelector("div.cell_output");
    const images = Array.from(place?.querySelectorAll("img") ?? [], (image) => ({
      alt: image.alt,
      look: image.className,
      loaded: image.complete && image.naturalWidth > 0,
    }));
    const text = place?.cloneNode(true);
    const others = text?.querySelectorAll("button, .headerlink, .dl-figure-data") ?? [];
    others.forEach((other) => other.remove());
    // What a page notes of boxes once it knows whether they scroll.
    text?.querySelectorAll("[tabindex], [role=group]").forEach((box) => {
      for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
    });
    return { state: cell.dataset.liveState, html: text?.innerHTML ?? "", images,
      live: place?.dataset.liveOutput === "live" };
  });
}
"""


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
        self.context.set_default_timeout(PATIENCE)
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.context.on("console", self._heard)
        self.context.on("weberror", lambda error: self.said.append(f"thrown: {error.error}"))
        self.context.on("page", self._opened)
        self.context.add_init_script(TAP)

    def _opened(self, page: Page) -> None:
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
        outside = [line for line in self.caught if not BROWSER_ITSELF.search(line)]
        outside += [url for url in self.requests if not url.startswith(inside)]
        said = [line for line in self.said if not any(re.search(p, line) for p in self.expected)]
        return list(dict.fromkeys([f"not of this site: {line}" for line in outside] + said))


@dataclass(frozen=True)
class Shown:
    """What a cell shows: its state, and its output in the page."""

    state: str
    html: str
    images: list[dict[str, Any]]
    live: bool


@dataclass(frozen=True)
class LivePage:
    """A page of the book in a tab, by the hooks that the book documents for tools."""

    tab: Page
    name: str

    @property
    def bar(self) -> Locator:
        return self.tab.locator("[data-live-page]")

    @property
    def message(self) -> Locator:
        """The sentence that the page has for its reader."""
        return self.bar.locator(".live-message")

    def cell(self, number: int) -> Locator:
        return self.tab.locator(f"div.cell[data-live-cell='{number}']")

    def output(self, number: int) -> Locator:
        return self.cell(number).locator("div.cell_output")

    def control(self, action: str, number: int | None = None) -> Locator:
        """A button of a cell, or of the page."""
        within = self.cell(number) if number else self.bar
        return within.locator(f"[data-live-action='{action}']")

    def cells(self) -> list[Shown]:
        """What all cells show at this moment, images once they are drawn or have failed."""
        found = self.tab.eval_on_selector_all("div.cell[data-live-cell]", SHOWN)
        return [Shown(**cell) for cell in found]

    def expect_state(self, number: int, *states: str) -> None:
        """Wait until a cell is in one of these states."""
        pattern = re.compile("^(" + "|".join(states) + ")$")
        expect(self.cell(number)).to_have_attribute("data-live-state", pattern)

    def expect_rest(self, timeout: float = PATIENCE) -> None:
        """Wait until no cell runs or waits."""
        # Playwright's own waiting evaluates a text, which the policy of the pages forbids.
        busy = self.tab.locator("[data-live-state=waiting], [data-live-state=running]")
        expect(busy).to_have_count(0, timeout=timeout)

    def run(self, number: int, state: str = "done") -> None:
        """Run a cell and wait until it has ended, in the state that is expected."""
        self.control("run", number).click()
        self.expect_rest()
        self.expect_state(number, state)

    def write(self, number: int, code: str) -> None:
        """Replace the code of a cell, by the keyboard."""
        self.control("edit", number).click()
        expect(self.cell(number).locator(".cm-content")).to_be_focused()
        self.tab.keyboard.press("ControlOrMeta+a")
        self.tab.keyboard.insert_text(code)

    def sent(self) -> dict[int, list[dict[str, Any]]]:
        """What Python sent since the page was opened: a notebook's outputs by the cell's number."""
        found: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for label, output in self.tab.evaluate("window.sent"):
            found[int(label.removeprefix("cell "))].append(output)
        return found
