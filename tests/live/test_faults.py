"""What goes wrong ends in one sentence, and in a page that can still be read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, expect
from reader import LivePage, Reader, Shown
from server import Fault, Faults, Held, broken_off, damaged, missing, serving_book, unanswered

PAGE = "initialization/symmetry"
#: What the browser itself writes to the console about a request that failed.
FAILED_REQUEST = r"Failed to load resource: (the server responded with a status of 404|net::ERR_)"
SCRIPTS = ["browser_kernel.js", "outputs.js", "worker.js"]
RUNTIME = ["pyodide.js", "pyodide.asm.js"]
HASHED = ["python.wasm.gz", "library.zip", "packages.tar.gz", "memory.bin.gz", "loops.wasm"]


@dataclass
class Broken:
    """A reader of a site with faults."""

    reader: Reader
    faults: dict[str, Fault]

    def open(self) -> LivePage:
        self.reader.expected.append(FAILED_REQUEST)
        return self.reader.open(PAGE)


@pytest.fixture
def broken(new_reader: Callable[..., Reader], built_book: Any, tmp_path: Path) -> Iterator[Broken]:
    faults: dict[str, Fault] = {}
    with serving_book(built_book.html, tmp_path, partial(Faults, faults=faults)) as root:
        yield Broken(new_reader(root), faults)
        for fault in faults.values():
            if isinstance(fault, Held):
                fault.released.set()


def shown(cells: list[Shown]) -> list[tuple[str, int]]:
    return [(cell.html, len(cell.images)) for cell in cells]


def expect_sentence(page: LivePage, *words: str) -> None:
    """Expect a message for a reader: with these words, and nothing of a programmer's."""
    expect(page.message).to_contain_text(words[0])
    text = page.message.inner_text()
    for word in words:
        assert word in text
    assert re.fullmatch(r"[A-Z].*[.?]", text), text
    assert not re.search(r"undefined|null|NaN|\bError\b|\[object|https?:|\bat .*:\d+", text), text


def expect_failure_then_success(page: LivePage, faults: dict[str, Fault], *words: str) -> None:
    """Run a cell in vain, then again on a site that is mended."""
    before = page.cells()
    page.control("run", 1).click()
    page.expect_rest()
    expect_sentence(page, *words)
    assert {cell.state for cell in page.cells()} == {"idle"}
    assert shown(page.cells()) == shown(before)
    faults.clear()
    page.run(2)
    assert page.cells()[1].live


def test_all_files_of_the_runtime_are_tried(built_book: Any) -> None:
    live = built_book.html / "_static" / "live"
    manifest = json.loads((live / "manifest.json").read_text("utf-8"))
    found = {path.name for path in (live / manifest["folder"]).iterdir()}
    assert found - {"manifest.json"} == {*RUNTIME, *HASHED}
    assert {file["name"] for file in manifest["files"]} == set(HASHED)


@pytest.mark.parametrize("name", ["manifest.json", *SCRIPTS, *RUNTIME, *HASHED])
def test_a_missing_file(broken: Broken, name: str) -> None:
    page = broken.open()
    broken.faults[f"_static/live/{name}" if name in SCRIPTS else name] = missing
    words = ["its list of files is missing"] if name == "manifest.json" else [name]
    expect_failure_then_success(page, broken.faults, *words)


@pytest.mark.parametrize("name", HASHED)
def test_a_damaged_file(broken: Broken, name: str) -> None:
    page = broken.open()
    broken.faults[name] = damaged
    expect_failure_then_success(page, broken.faults, f"The file {name} is damaged")


@pytest.mark.parametrize("fault", [unanswered, broken_off])
@pytest.mark.parametrize("name", ["manifest.json", "library.zip", "memory.bin.gz"])
def test_the_network_is_away(broken: Broken, name: str, fault: Fault) -> None:
    page = broken.open()
    broken.faults[name] = fault
    expect_failure_then_success(page, broken.faults, "network away")


def test_a_damaged_copy_in_the_browsers_store(reader: Reader) -> None:
    page = reader.open(PAGE)
    page.run(1)
    page.tab.evaluate(
        """async () => {
          const count = async () => (await (await caches.open((await caches.keys())[0])).keys());
          while ((await count()).length < 5) await new Promise((done) => setTimeout(done, 50));
        }"""
    )
    page.tab.evaluate(
        """async () => {
          const cache = await caches.open((await caches.keys())[0]);
          const requests = await cache.keys();
          const packages = requests.find(({ url }) => url.endsWith("packages.tar.gz"));
          await cache.put(packages, new Response("x"));
        }"""
    )
    page = reader.open(PAGE)
    expect_failure_then_success(page, {}, "The file packages.tar.gz is damaged")


def test_loading_is_cancelled(broken: Broken) -> None:
    page, held = broken.open(), Held()
    broken.faults["memory.bin.gz"] = held
    before = page.cells()
    page.control("run", 1).click()
    page.expect_state(1, "waiting")
    expect(page.bar).to_contain_text(re.compile(r"loading .*started interpreter.*\d of \d+.* MB"))
    page.control("cancel").click()
    page.expect_rest()
    expect_sentence(page, "cancelled")
    assert shown(page.cells()) == shown(before)
    held.released.set()
    broken.faults.clear()
    page.run(1)


DEATHS = {
    "its worker throws": "import js, asyncio\n"
    "js.setTimeout(js.eval('() => { throw new RangeError(\"no memory\") }'), 0)\n"
    "await asyncio.sleep(600)",
    "a recursion too deep": "import sys; sys.setrecursionlimit(10**8)\n"
    "def deeper(x): return max([x], key=deeper)\n"
    "deeper(1)",
}


@pytest.mark.parametrize("code", DEATHS.values(), ids=DEATHS)
def test_python_breaks_down_in_a_cell(reader: Reader, code: str) -> None:
    reader.expected += ["fatal error", "RangeError", "Maximum call stack"]
    page = reader.open(PAGE)
    page.run(1)
    page.write(2, code)
    page.control("run", 3).click()
    page.expect_rest()
    page.expect_state(2, "failed")
    page.expect_state(3, "idle")
    expect_sentence(page, "Python in this page broke down")
    page.control("reset", 2).click()
    page.run(3)
    assert [cell.state for cell in page.cells()[:3]] == ["done"] * 3


def test_no_webassembly(reader: Reader) -> None:
    reader.context.add_init_script("delete window.WebAssembly")
    page = reader.open(PAGE)
    expect_sentence(page, "Live code is off", "WebAssembly")
    expect(page.control("run", 1)).to_be_hidden()
    expect(page.output(2)).to_be_visible()


def test_the_browser_refuses_storage(
    new_reader: Callable[..., Reader],
    playwright: Playwright,
    settings: dict[str, Any],
    tmp_path: Path,
) -> None:
    """Where a reader blocks cookies, Chromium gives a page no storage of any kind."""
    preferences = tmp_path / "Default" / "Preferences"
    preferences.parent.mkdir()
    blocked = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    preferences.write_text(json.dumps(blocked))
    reader = new_reader(context=playwright.chromium.launch_persistent_context(tmp_path, **settings))
    reader.expected += ["localStorage.*Access is denied", "invalid theme mode"]  # of the theme
    page = reader.open(PAGE)
    assert page.tab.evaluate("(() => { try { localStorage; } catch { return true; } })()")
    page.run(2)
    page.write(2, "print(6 * 7)")
    expect(page.cell(2)).to_contain_text("lost with the page")
    page.run(2)
    expect(page.output(2)).to_have_text("42")


ENDLESS = "kept = 6 * 7\nwhile True: pass"


def test_an_endless_loop_is_ended(reader: Reader) -> None:
    """On a first visit only the end of Python stops it: the page says so, and goes on."""
    page = reader.open(PAGE)
    assert page.tab.evaluate("crossOriginIsolated") is False
    page.run(1)
    page.write(2, ENDLESS)
    page.control("run", 2).click()
    page.expect_state(2, "running")
    page.control("stop").click()
    page.expect_rest()
    page.expect_state(2, "failed")
    expect_sentence(page, "Stopped", "started anew")
    page.expect_state(1, "idle")
    page.write(2, "print('kept' in globals())")
    page.run(2)
    expect(page.output(2)).to_have_text("False")


@pytest.fixture
def isolated(reader: Reader) -> LivePage:
    """A page of a second visit: the service worker has isolated it."""
    page = reader.open(PAGE)
    page.run(1)
    page.tab.evaluate("async () => { await navigator.serviceWorker.ready; }")
    page.tab.reload()
    assert page.tab.evaluate("crossOriginIsolated") is True
    return page


def test_an_endless_loop_is_interrupted(isolated: LivePage) -> None:
    """On later visits what was computed stays."""
    page = isolated
    page.write(2, ENDLESS)
    page.control("run", 2).click()
    page.expect_state(2, "running")
    page.control("stop", 2).click()
    page.expect_rest()
    page.expect_state(2, "failed")
    expect(page.output(2)).to_contain_text("Interrupted")
    page.write(3, "print(kept)")
    page.expect_state(1, "done")
    page.write(2, "0")
    page.run(3)
    expect(page.output(3)).to_have_text("42")


STUBBORN = """\
while True:
    try:
        kept = 1  # Python 3.12 does not catch what interrupts a try that begins with a loop
        while True: pass
    except KeyboardInterrupt: print("again")"""


def test_code_that_heeds_no_interrupt_is_ended(isolated: LivePage) -> None:
    page = isolated
    page.write(2, STUBBORN)
    page.control("run", 2).click()
    page.expect_state(2, "running")
    page.control("stop", 2).click()
    expect(page.output(2)).to_have_text("again")
    page.control("stop", 2).click()
    page.expect_rest()
    page.expect_state(2, "failed")
    expect_sentence(page, "Stopped", "started anew")
    page.control("reset", 2).click()
    page.run(2)


def test_restart_forgets_what_was_computed(reader: Reader) -> None:
    page = reader.open(PAGE)
    page.write(1, "kept = 6 * 7")
    page.run(1)
    page.control("restart").click()
    expect_sentence(page, "restarted")
    page.expect_state(1, "idle")
    page.write(1, "print('kept' in globals())")
    page.run(1)
    expect(page.output(1)).to_have_text("False")


def test_two_tabs_of_one_page_at_once(reader: Reader) -> None:
    """Each has a Python of its own."""
    tabs = [reader.open(PAGE), reader.open(PAGE)]
    for number, page in enumerate(tabs):
        page.write(1, f"print({number}); kept = {number}")
    for page in tabs:
        page.control("run", 1).click()
    for number, page in enumerate(tabs):
        page.expect_state(1, "done")
        expect(page.output(1)).to_have_text(str(number))
    for number, page in enumerate(tabs):
        page.write(2, "print(kept)")
        page.run(2)
        expect(page.output(2)).to_have_text(str(number))
