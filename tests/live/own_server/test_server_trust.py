"""Who may connect to whom: the server's site, this computer alone, what the browser allows."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from connected import Server, connected
from connecting import PAGE, connect, form, origin, refused, run
from playwright.sync_api import Browser, Playwright, expect
from reader import LivePage, Reader
from server import Files, serving_book

from extensions.equations import NODE

MODULE = Path(__file__).parents[3] / "extensions" / "live_cells" / "page" / "jupyter_server.js"
READ = """
import { readAddress } from MODULE;
const found = JSON.parse(process.argv[1]).map((text) => {
  try {
    return Object.values(readAddress(text));
  } catch (error) {
    return error.message;
  }
});
console.log(JSON.stringify(found));
"""


def test_another_computer_is_not_asked(reader: Reader) -> None:
    page = reader.open(PAGE)
    address = "http://192.168.1.7:8888"
    assert refused(reader, page, address, "secret") == (
        f"“{address}” is not on this computer: "
        "for safety a page connects to 127.0.0.1 or localhost alone."
    )
    reader.allowed.remove(address)  # a request would be a problem


def read(*addresses: str) -> list[Any]:
    """Read addresses as the page does: as [server, token], or as a sentence."""
    code = READ.replace("MODULE", json.dumps(str(MODULE)))
    done = subprocess.run(
        [NODE, "--input-type=module", "--eval", code, json.dumps(addresses)],
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[Any] = json.loads(done.stdout)
    return found


def test_an_address_is_read_as_jupyter_prints_it() -> None:
    assert read(
        "http://127.0.0.1:8888/lab?token=abc",
        "http://localhost:8888/tree/book/index.md?token=abc",
        " localhost:8888/?token=abc ",
        "http://[::1]:8888/user/me/lab/",
        "http://127.0.0.1:8888",
    ) == [
        ["http://127.0.0.1:8888", "abc"],
        ["http://localhost:8888", "abc"],
        ["http://localhost:8888", "abc"],
        ["http://[::1]:8888/user/me", ""],
        ["http://127.0.0.1:8888", ""],
    ]


def test_only_this_computer_is_trusted_with_the_token() -> None:
    addresses = (
        "https://book.example",
        "http://127.0.0.1.book.example:8888",
        "http://127.0.0.1@book.example",
        "http://0.0.0.0:8888",
        "ftp://127.0.0.1",
    )
    found = read(*addresses)
    assert found == [
        f"“{address}” is not on this computer: "
        "for safety a page connects to 127.0.0.1 or localhost alone."
        for address in addresses
    ]


def test_the_token_stays_in_this_tab(reader: Reader, page: LivePage, server: Server) -> None:
    run(page, "1 + 1")
    stores = page.tab.evaluate("[sessionStorage, localStorage].map((s) => JSON.stringify(s))")
    assert [server.token in store for store in stores] == [True, False]
    assert server.token not in page.tab.content()
    shown = [url for url in reader.requests if server.token in url]
    assert [urlsplit(url).scheme for url in shown] == ["ws"]
    assert shown[0].startswith(server.address.replace("http", "ws"))

    page.tab.goto(f"{reader.root}book/tensorflow/losses.html")
    page.control("connect").click()
    expect(form(page).get_by_label("Token")).to_have_value(server.token)
    expect(form(page).get_by_label("Address")).to_have_value(server.address)

    other = reader.open(PAGE)
    other.control("connect").click()
    expect(form(other).get_by_label("Token")).to_have_value("")


class Isolated(Files):
    """Pages as a host serves them that isolates them from other sites."""

    def end_headers(self) -> None:
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()


@pytest.fixture(scope="module")
def isolated(built_book: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("isolated")
    with serving_book(built_book.html, folder, Isolated) as address:
        yield address


def test_a_server_for_another_site_is_named(
    new_reader: Callable[..., Reader], site: str, isolated: str
) -> None:
    with connected("https://book.example") as server:
        for root in (site, isolated):
            reader = new_reader(root)
            reader.expected.append("blocked by CORS policy")
            page = reader.open(PAGE)
            assert refused(reader, page, server.address, server.token) == (
                f"The server at {server.address} does not answer pages of this site: "
                f"start it with `make connect ORIGIN={origin(page)}`."
            )


def test_an_isolated_page_can_be_connected(
    new_reader: Callable[..., Reader], isolated: str
) -> None:
    reader = new_reader(isolated)
    page = reader.open(PAGE)
    assert page.tab.evaluate("crossOriginIsolated")
    with connected(isolated) as server:
        connect(reader, page, server)
        assert run(page, "1 + 1").inner_text().strip() == "2"
        page.tab.close()


@pytest.fixture(scope="module")
def public(playwright: Playwright, settings: dict[str, Any], site: str) -> Iterator[Browser]:
    """A Chromium for which the site lies in the public web and the server on this computer."""
    argument = f"--ip-address-space-overrides={urlsplit(site).netloc}=public"
    browser = playwright.chromium.launch(**settings | {"args": [*settings["args"], argument]})
    yield browser
    browser.close()


def test_the_reader_may_let_the_browser_connect(
    public: Browser, new_reader: Callable[..., Reader], server: Server
) -> None:
    reader = new_reader(context=public.new_context(permissions=["local-network-access"]))
    page = reader.open(PAGE)
    connect(reader, page, server)
    assert run(page, "1 + 1").inner_text().strip() == "2"


def test_the_reader_may_forbid_it(
    public: Browser, new_reader: Callable[..., Reader], server: Server
) -> None:
    reader = new_reader(context=public.new_context())
    reader.expected.append("Permission was denied .*loopback")
    page = reader.open(PAGE)
    assert refused(reader, page, server.address, server.token) == (
        "Your browser keeps this page from reaching your own computer: "
        "allow it in the browser's settings for this site."
    )
