"""A kernel on the reader's own Jupyter server: stopped, restarted, left, dead."""

from __future__ import annotations

from connected import Server, connected
from connecting import PAGE, REFUSED, connect, loop, origin, run
from playwright.sync_api import expect
from reader import LivePage, Reader

COUNT = """
({ address, token }) => {
  const headers = { Authorization: `token ${token}` };
  setInterval(async () => {
    const answer = await fetch(`${address}/api/kernels`, { headers });
    window.kernels = (await answer.json()).length;
  }, 200);
}
"""

# Playwright's own waiting evaluates a text, which the policy of the book's pages forbids.
UNTIL = """
async (number) => {
  while (window.kernels !== number) await new Promise((done) => setTimeout(done, 50));
}
"""


def test_stop_keeps_the_variables(page: LivePage) -> None:
    loop(page)
    page.control("stop", 1).click()
    page.expect_state(1, "failed")
    expect(page.output(1)).to_contain_text("Interrupted")
    assert run(page, "kept").inner_text().strip() == "7"


def test_restart_forgets_them(page: LivePage, server: Server) -> None:
    loop(page)
    page.control("restart").click()
    expect(page.message).to_contain_text("Python was restarted")
    assert "NameError" in run(page, "kept", "failed").inner_text()


def test_a_kernel_that_dies_is_reported(page: LivePage) -> None:
    page.write(1, "import os; os._exit(1)")
    page.control("run", 1).click()
    expect(page.message).to_have_text("Python on your computer ended unexpectedly.")
    page.expect_rest()
    assert run(page, "1 + 1").inner_text().strip() == "2"


def test_kernels_end_with_their_pages(site: str, reader: Reader) -> None:
    reader.expected.append("status of 500")  # Jupyter, asked while it ends one
    with connected(site) as server:
        counting = reader.open(PAGE).tab  # the server answers pages that may ask it
        counting.evaluate(COUNT, {"address": server.address, "token": server.token})
        for leave in (lambda tab: tab.goto(f"{site}index.html"), lambda tab: tab.close()):
            page = reader.open(PAGE)
            connect(reader, page, server)
            loop(page)
            counting.evaluate(UNTIL, 1)
            leave(page.tab)
            counting.evaluate(UNTIL, 0)
        counting.close()


def test_a_server_that_goes_is_reported(site: str, reader: Reader) -> None:
    with connected(site) as server:
        page = reader.open(PAGE)
        connect(reader, page, server)
        loop(page)
        reader.expected.append(REFUSED)
    expect(page.message).to_have_text(f"The connection to {server.address} was lost.")
    page.expect_rest()
    page.control("run", 1).click()
    expect(page.message).to_have_text(
        f"No server answers at {server.address}: "
        f"start one with `make connect ORIGIN={origin(page)}`."
    )
    page.expect_state(1, "idle", "failed")
