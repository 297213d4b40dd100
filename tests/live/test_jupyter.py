"""A page whose cells run on the reader's own Jupyter server: a real one, as `make connect` has it.

The page comes from another port, which to a browser is another site.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from connected import Server, connected, free_port
from playwright.sync_api import Browser, Locator, Playwright, WebSocket, expect
from reader import LivePage, Reader
from server import Files, serving_book
from test_whole_pages import Ran, differences

from extensions.equations import NODE

MODULE = Path(__file__).parents[2] / "extensions" / "live_cells" / "page" / "jupyter_server.js"
#: A page of the chapter; its cells are replaced by those of the tests.
PAGE = "tensorflow/tensors"
REFUSED = r"status of 403|ERR_CONNECTION_REFUSED|ERR_FAILED|ERR_INTERNET_DISCONNECTED"


@pytest.fixture(scope="module")
def server(site: str) -> Iterator[Server]:
    with connected(site) as server:
        yield server


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


@pytest.fixture
def page(reader: Reader, server: Server) -> LivePage:
    """A page that is connected."""
    page = reader.open(PAGE)
    connect(reader, page, server)
    return page


def run(page: LivePage, code: str, state: str = "done") -> Locator:
    """Run code in the first cell and return its output."""
    page.write(1, code)
    page.run(1, state)
    return page.output(1)


# Cells


def test_what_a_cell_prints_and_shows(page: LivePage) -> None:
    output = run(
        page,
        "import os\nfrom IPython.display import HTML, display\n"
        "print('first', flush=True)\n"
        "display(HTML('<table><tr><td>rich</td></tr></table><script>alert(1)</script>'))\n"
        "os.path.basename(os.getcwd())",
    )
    texts = [block.inner_text().strip() for block in output.locator("> div").all()]
    assert texts == ["first", "rich", "'tensorflow'"]
    expect(output.locator("td")).to_have_text("rich")
    expect(output.locator("script")).to_have_count(0)


def test_an_output_is_updated_in_its_place(page: LivePage) -> None:
    output = run(
        page,
        "from IPython.display import clear_output, display\nprint('gone')\nclear_output()\n"
        "shown = display('before', display_id=True)\nprint('between')\nshown.update('after')",
    )
    assert output.inner_text().split() == ["'after'", "between"]


FIGURE = (
    "from dlbook.plotting import subplots\nfigure, axes = subplots()\naxes.plot([1, 2])\nfigure"
)


def test_a_figure_has_its_dark_twin(page: LivePage) -> None:
    run(page, FIGURE)
    light, dark = page.cells()[0].images
    assert (light["loaded"], light["look"]) == (True, "dark-light figure-light")
    assert (dark["loaded"], dark["look"]) == (True, "dark-light figure-dark")
    colors = [
        page.tab.evaluate(
            "async (selector) => (await fetch(document.querySelector(selector).src)).text()",
            f"[data-live-cell='1'] img.{name}",
        )
        for name in ("figure-light", "figure-dark")
    ]
    assert ["#0072b2" in drawing for drawing in colors] == [True, False]
    assert ["#56b4e9" in drawing for drawing in colors] == [False, True]


def test_an_error_names_the_lines_of_cells(page: LivePage) -> None:
    output = run(
        page, "import json\ndef load(text):\n    return json.loads(text)\n\nload('{')", "failed"
    )
    text = output.inner_text()
    assert "Cell 1, line 5" in text
    assert "----> 3     return json.loads(text)" in text
    assert re.search(r"^json/decoder\.py:\d+, in JSONDecoder\.raw_decode", text, re.MULTILINE)
    assert text.strip().splitlines()[-1].startswith("JSONDecodeError: Expecting property name")
    assert "\x1b" not in text
    assert "site-packages" not in text
    assert len(text.splitlines()) < 25


def test_a_syntax_error_names_its_line(page: LivePage) -> None:
    text = run(page, "x = 1\nx = = 2", "failed").inner_text()
    assert "Cell 1, line 2" in text
    assert "SyntaxError: invalid syntax" in text


def test_nobody_is_asked_for_input(page: LivePage) -> None:
    text = run(page, "answer = input('How many? ')", "failed").inner_text()
    assert "does not support input requests" in text


def test_no_name_is_taken_from_the_reader(page: LivePage) -> None:
    output = run(page, "[name for name in dir() if not name.startswith('_')]")
    assert output.inner_text().strip() == "['In', 'Out', 'exit', 'get_ipython', 'open', 'quit']"


# The kernel's life


def loop(page: LivePage) -> None:
    """Start a cell that never ends."""
    page.write(1, "kept = 7\nprint('it runs')\nwhile True:\n    pass")
    page.control("run", 1).click()
    expect(page.output(1)).to_contain_text("it runs")


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


COUNT = """
({ address, token }) => {
  const headers = { Authorization: `token ${token}` };
  setInterval(async () => {
    const answer = await fetch(`${address}/api/kernels`, { headers });
    window.kernels = (await answer.json()).length;
  }, 200);
}
"""


def test_kernels_end_with_their_pages(site: str, reader: Reader) -> None:
    reader.expected.append("status of 500")  # Jupyter, asked while it ends one
    with connected(site) as server:
        counting = reader.open("index").tab  # the server answers pages of the site
        counting.evaluate(COUNT, {"address": server.address, "token": server.token})
        for leave in (lambda tab: tab.goto(f"{site}index.html"), lambda tab: tab.close()):
            page = reader.open(PAGE)
            connect(reader, page, server)
            loop(page)
            counting.wait_for_function("window.kernels === 1")
            leave(page.tab)
            counting.wait_for_function("window.kernels === 0")
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


# Connecting


def origin(page: LivePage) -> str:
    value: str = page.tab.evaluate("location.origin")
    return value


def test_the_command_is_shown(reader: Reader) -> None:
    page = reader.open(PAGE)
    page.control("connect").click()
    expect(form(page).locator("code")).to_have_text(f"make connect ORIGIN={origin(page)}")
    expect(form(page).get_by_label("Address")).to_have_value("http://127.0.0.1:8899")
    expect(form(page).get_by_label("Token")).to_be_focused()


def test_a_wrong_token_is_named(reader: Reader, server: Server) -> None:
    page = reader.open(PAGE)
    said = refused(reader, page, server.address, "wrong")
    assert said == f"The server at {server.address} refuses the token: copy it anew."
    # The form is still there, and works.
    reader.allowed.append(server.address.replace("http", "ws"))
    form(page).get_by_label("Token").fill(server.token)
    form(page).get_by_role("button", name="Connect").click()
    expect(page.control("run", 1)).to_be_visible()


def test_no_server_is_named(reader: Reader) -> None:
    page = reader.open(PAGE)
    address = f"http://127.0.0.1:{free_port()}"
    assert refused(reader, page, address) == (
        f"No server answers at {address}: start one with `make connect ORIGIN={origin(page)}`."
    )


def test_another_program_is_no_server(reader: Reader, site: str) -> None:
    reader.expected.append("status of 404")
    address = "http://" + urlsplit(site).netloc
    said = refused(reader, reader.open(PAGE), address)
    assert said == f"What answers at {address} is no Jupyter server."


def test_connecting_can_be_cancelled(reader: Reader) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        reader.allowed.append(address)
        page = reader.open(PAGE)
        ask(page, address, "")
        page.control("cancel").click()
        expect(form(page).get_by_role("alert")).to_have_text("Connecting was cancelled.")
        page.tab.close()


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


def specified(folder: Path, *command: str) -> dict[str, str]:
    """Let a server start its kernels by this command: ``connected(..., **specified(...))``."""
    place = folder / "kernels" / "python3"
    place.mkdir(parents=True)
    specification = {"argv": command, "display_name": "Python", "language": "python"}
    (place / "kernel.json").write_text(json.dumps(specification))
    return {"JUPYTER_PATH": str(folder)}


def test_a_python_without_the_package_is_named(reader: Reader, site: str, tmp_path: Path) -> None:
    code = "import sys; sys.modules['dlbook'] = None; import ipykernel.kernelapp as app; "
    code += "app.launch_new_instance()"
    command = specified(tmp_path, sys.executable, "-c", code, "-f", "{connection_file}")
    with connected(site, **command) as server:
        page = reader.open(PAGE)
        reader.allowed.append(server.address.replace("http", "ws"))
        assert refused(reader, page, server.address, server.token) == (
            f"The Python behind {server.address} lacks dlbook: "
            f"start the server with `make connect ORIGIN={origin(page)}`."
        )


def test_a_kernel_that_cannot_start_is_named(reader: Reader, site: str, tmp_path: Path) -> None:
    with connected(site, **specified(tmp_path, "/no/such/program")) as server:
        page = reader.open(PAGE)
        reader.expected.append("status of 500")
        said = refused(reader, page, server.address, server.token)
        assert said.startswith(f"The server at {server.address} could not start a kernel: ")


def test_another_computer_is_not_asked(reader: Reader) -> None:
    page = reader.open(PAGE)
    address = "http://192.168.1.7:8888"
    assert refused(reader, page, address, "secret") == (
        f"“{address}” is not on this computer: "
        "for safety a page connects to 127.0.0.1 or localhost alone."
    )
    reader.allowed.remove(address)  # a request would be a problem


def test_what_is_no_address_is_named(reader: Reader) -> None:
    assert refused(reader, reader.open(PAGE), "127.0.0.1:port") == (
        "“127.0.0.1:port” is no address: one such as http://127.0.0.1:8899 is needed."
    )


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


# A site on the web, as browsers see it


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


# A whole page


class Frames:
    """What Jupyter sends to a page, noted on its way: a notebook's outputs by the cell's number."""

    def __init__(self, page: LivePage) -> None:
        self.cells: dict[str, int] = {}
        self.outputs: dict[int, list[dict[str, Any]]] = defaultdict(list)
        page.tab.on("websocket", self.listen)

    def listen(self, connection: WebSocket) -> None:
        connection.on("framesent", self.sent)
        connection.on("framereceived", self.received)

    def sent(self, frame: str) -> None:
        message = json.loads(frame)
        if not message["content"]["silent"]:
            self.cells[message["header"]["msg_id"]] = len(self.cells) + 1

    def received(self, frame: str) -> None:
        message = json.loads(frame)
        cell = self.cells.get(message["parent_header"].get("msg_id", ""))
        kind = message["header"]["msg_type"]
        if cell and kind in ("stream", "display_data", "execute_result", "error"):
            self.outputs[cell].append({"output_type": kind, **message["content"]})


@pytest.mark.parametrize("name", ["tensorflow/tensors", "tensorflow/graph"])
def test_page_shows_live_what_the_book_shows(
    name: str, reader: Reader, server: Server, built_book: Any
) -> None:
    notebook = built_book.notebook(name)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    page = reader.open(name)
    frames = Frames(page)
    connect(reader, page, server)
    before = page.cells()
    page.control("run-all").click()
    page.expect_rest()
    ran = Ran(before, page.cells(), frames.outputs, page.message.inner_text(), reader.problems())
    assert len(before) == len(cells) == len(frames.cells)
    found = [
        f"cell {number}, {line}"
        for number, cell in enumerate(cells, 1)
        for line in differences(cell, number, ran)
    ]
    found += ran.problems
    if found:
        pytest.fail("\n".join([ran.message, *found]), pytrace=False)
