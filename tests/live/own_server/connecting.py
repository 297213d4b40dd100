"""A page that is put on a Jupyter server by the form that its readers use."""

from __future__ import annotations

from connected import Server
from playwright.sync_api import Locator, expect
from reader import LivePage, Reader

#: A page of the chapter; the tests replace its cells by their own.
PAGE = "tensorflow/tensors"
REFUSED = r"status of 403|ERR_CONNECTION_REFUSED|ERR_FAILED|ERR_INTERNET_DISCONNECTED"


def origin(page: LivePage) -> str:
    value: str = page.tab.evaluate("location.origin")
    return value


def form(page: LivePage) -> Locator:
    return page.bar.locator("form")


def ask(page: LivePage, address: str, token: str) -> None:
    """Fill in the form by which a reader connects a page."""
    page.control("connect").click()
    form(page).get_by_label("Address").fill(address)
    form(page).get_by_label("Token").fill(token)
    form(page).get_by_role("button", name="Connect").click()


def connect(reader: Reader, page: LivePage, server: Server) -> None:
    reader.allowed += [server.address, server.address.replace("http", "ws", 1)]
    ask(page, server.address, server.token)
    expect(page.message).to_have_text("The cells of this page run on your own Jupyter server.")


def refused(reader: Reader, page: LivePage, address: str, token: str = "") -> str:
    """Try to connect in vain and return the sentence that says why."""
    reader.allowed.append(address)
    reader.expected.append(REFUSED)
    ask(page, address, token)
    problem = form(page).get_by_role("alert")
    expect(problem).not_to_be_empty()
    expect(page.control("run", 1)).to_be_hidden()
    return problem.inner_text()


def run(page: LivePage, code: str, state: str = "done") -> Locator:
    """Run code in the first cell and return its output."""
    page.write(1, code)
    page.run(1, state)
    return page.output(1)


def loop(page: LivePage) -> None:
    """Start a cell that never ends."""
    page.write(1, "kept = 7\nprint('it runs')\nwhile True:\n    pass")
    page.control("run", 1).click()
    expect(page.output(1)).to_contain_text("it runs")
