"""What a reader is told who connects a page: a sentence for whatever is in the way."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

from connected import Server, connected, free_port
from connecting import PAGE, ask, form, origin, refused
from playwright.sync_api import expect
from reader import Reader


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


def test_what_is_no_address_is_named(reader: Reader) -> None:
    assert refused(reader, reader.open(PAGE), "127.0.0.1:port") == (
        "“127.0.0.1:port” is no address: one such as http://127.0.0.1:8899 is needed."
    )
