"""`make bench-live`: how long a reader waits for live cells, and what a page loads for them.

Headless Chromium on this machine, Python's plain server of files on loopback. Cold is a fresh
profile, warm the next visit with the same one. Times are medians, with the fastest and slowest.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "live"), str(ROOT / "tests" / "book"), str(ROOT / "tools")]
from browser import CHROMIUM, ready  # noqa: E402
from pages import EXECUTED  # noqa: E402
from server import Files, serving_book  # noqa: E402

#: A page and its first cell that prints, which runs the one above it first.
PAGE, CELL = "initialization/symmetry", 2
PATIENCE = 600_000  # milliseconds
TARGETS = {
    "click on Run to the first text, cold": (5.0, "s"),
    "click on Run to the first text, warm": (2.0, "s"),
    "Run all of the longest page, cold": (20.0, "s"),
    "live code's files before the click, script apart": (0.0, "KB"),
    "the page's own script, compressed": (15.0, "KB"),
}

#: Click on a button and wait until something has come: milliseconds from the click on.
CLICK = """
(button) => new Promise((resolve) => {
  let start;
  const look = () => {
    if (start !== undefined && (HAS_COME)) {
      observer.disconnect();
      resolve(performance.now() - start);
    }
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true, characterData: true,
    attributes: true });
  const node = document.querySelector(button);
  node.addEventListener("click", () => { start = performance.now(); }, { capture: true });
  node.click();
})
"""
FIRST_TEXT = f"document.querySelector('[data-live-cell=\"{CELL}\"] [data-live-output]')?.innerText"
RUN = f"[data-live-cell='{CELL}'] [data-live-action='run']"
LIGHTER = "[data-live-page] [data-live-action='lighter']"
RUN_ALL = "[data-live-page] [data-live-action='run-all']"
AT_REST = "!document.querySelector('[data-live-state=waiting], [data-live-state=running]')"


class Counting(Files):
    """The plain server, counting the bytes of each file that it sends."""

    def __init__(self, *arguments: Any, sent: Counter[str], **settings: Any) -> None:
        self.sent = sent
        super().__init__(*arguments, **settings)

    def send_head(self) -> Any:
        file = super().send_head()  # nothing where the browser's own copy is still good
        if file:
            name = self.path.split("?")[0].partition("/_static/live/")[2]
            self.sent[name] += Path(file.name).stat().st_size if name else 0
        return file


class Measurement:
    """A browser and a server, and what the server has sent of the live code's files."""

    def __init__(self, browser: Browser, root: str, sent: Counter[str]) -> None:
        self.browser = browser
        self.root = root
        self.sent = sent

    @contextmanager
    def profile(self) -> Iterator[BrowserContext]:
        context = self.browser.new_context()
        context.set_default_timeout(PATIENCE)
        yield context
        context.close()

    def seconds(self, context: BrowserContext, page: str, button: str, come: str) -> float:
        """Open a page, take its lighter settings, click, and wait for what is to come."""
        tab = context.new_page()
        tab.goto(f"{self.root}book/{page}.html", wait_until="networkidle")
        for lighter in tab.locator(LIGHTER).all():
            lighter.click()
        self.before = +self.sent
        milliseconds: float = tab.evaluate(CLICK.replace("HAS_COME", come), button)
        ended = tab.locator("[data-live-state=failed]").count()
        tab.close()
        if ended:
            raise SystemExit(f"A cell of {page} failed: there is nothing to measure.")
        return milliseconds / 1000

    def first_text(self) -> tuple[float, float]:
        """Cold and warm."""
        with self.profile() as context:
            cold = self.seconds(context, PAGE, RUN, FIRST_TEXT)
            return cold, self.seconds(context, PAGE, RUN, FIRST_TEXT)

    def whole(self, page: str) -> float:
        """Run all of a page, cold."""
        with self.profile() as context:
            return self.seconds(context, page, RUN_ALL, AT_REST)


@contextmanager
def measuring(html: Path) -> Iterator[Measurement]:
    sent: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        serving_book(html, Path(folder), partial(Counting, sent=sent)) as root,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=ready(CHROMIUM),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield Measurement(browser, root, sent)
        browser.close()


def line(what: str, values: list[float]) -> bool:
    """Print a row, tell whether its target is met."""
    target, unit = TARGETS[what]
    median = statistics.median(values)
    spread = f"{min(values):.1f}–{max(values):.1f}" if len(values) > 1 else ""
    met = median <= target
    verdict = f"≤ {target:g} {unit}: {'met' if met else 'missed'}"
    print(f"{what:<50} {median:6.1f} {unit:2} {spread:>12}  {verdict}", flush=True)
    return met


def main() -> int:
    """Measure and print; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    parser.add_argument("--built", type=Path, default=ROOT / "_build", help="a _build folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--longest", metavar="PAGE", help="do not look for the longest page")
    options = parser.parse_args()
    html = options.built.resolve() / "html"
    if not (html / "_static" / "live" / "manifest.json").is_file():
        sys.exit("There is no built book: run `make book` first.")
    with measuring(html) as measurement:
        measurement.first_text()  # the disk's cache is warm for all
        measurement.sent.clear()
        cold, warm = zip(*(measurement.first_text() for _ in range(options.rounds)), strict=True)
        with measurement.profile() as context:
            measurement.sent.clear()
            measurement.seconds(context, PAGE, RUN, FIRST_TEXT)
        before, after = measurement.before, measurement.sent - measurement.before
        script = len(gzip.compress((html / "_static" / "live" / "live.js").read_bytes(), 9))
        early = sum(n for name, n in before.items() if name not in ("live.js", "live.css"))
        longest = options.longest
        if not longest:
            live = [p.name for p in EXECUTED if not any("tensorflow" in c.source for c in p.cells)]
            times = {page: measurement.whole(page) for page in live}
            for page, seconds in sorted(times.items(), key=lambda item: -item[1]):
                print(f"{page:<50} {seconds:6.1f} s", flush=True)
            longest = max(times, key=lambda page: times[page])
        whole = [measurement.whole(longest) for _ in range(options.rounds)]
    print(f"\nlongest page: {longest}; rounds: {options.rounds}\n")
    rows = [[*cold], [*warm], whole, [early / 1000], [script / 1000]]
    met = [line(what, values) for what, values in zip(TARGETS, rows, strict=True)]
    print("\nloaded after the click, KB as the plain server sends them:")
    for name, size in after.most_common():
        print(f"  {name:<60} {size / 1000:10,.1f}")
    print(f"  {'together':<60} {after.total() / 1000:10,.1f}")
    return int(not all(met))


if __name__ == "__main__":
    sys.exit(main())
