"""What `make connect` says where it cannot go on, and what its server refuses."""

from __future__ import annotations

import http.client
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from connect import PORT, origin_of, port_of
from connected import ROOT, TOOL, Server, connected, exported, free_port

ORIGIN = "https://book.example"


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        (ORIGIN, ORIGIN),
        ("https://Book.Example:443/tensorflow/index.html?a#b", ORIGIN),
        ("https://book.example:8443/", "https://book.example:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://localhost", "http://localhost"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_any_address_of_the_site_names_its_origin(address: str, origin: str) -> None:
    assert origin_of(address) == origin


def test_an_origin_is_needed() -> None:
    done = subprocess.run([sys.executable, TOOL], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "ORIGIN is missing: name the site whose pages may run cells here, "
        "as in `make connect ORIGIN=https://book.example`.\n"
    )


@pytest.mark.parametrize(
    "address",
    [
        "*",
        "null",
        "book.example",
        "file:///book/index.html",
        "https://",
        "https://a b",
        "https://[",
        "https://a:b",
    ],
)
def test_a_malformed_origin_is_refused(address: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        origin_of(address)
    assert str(stopped.value).startswith(
        f"ORIGIN is {address}, the address of a site is needed, as"
    )


def test_a_site_that_others_can_change_on_its_way_is_refused() -> None:
    with pytest.raises(SystemExit, match=r": https is needed, or a site on this machine\.$"):
        origin_of("http://book.example")


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_a_malformed_port_is_refused(port: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        port_of(port)
    assert str(stopped.value) == (
        f"PORT is {port}, a number from 1 to 65535 is needed: `PORT=8898`."
    )


def test_a_taken_port_is_named(server: Server) -> None:
    port = server.address.rpartition(":")[2]
    with pytest.raises(SystemExit) as stopped:
        port_of(port)
    assert str(stopped.value) == (
        f"Port {port} cannot be used (taken by another program): "
        "choose another, `make connect PORT=8898 …`."
    )


def test_make_hands_over_what_the_reader_gives() -> None:
    given = [f"ORIGIN={ORIGIN}", "PORT=8898"]
    done = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "connect", *given],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith(f'tools/connect.py "{ORIGIN}" "8898"\n')


# The server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with connected(ORIGIN + "/") as server:
        yield server


def ask(server: Server, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(server.address).netloc)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def with_token(server: Server) -> dict[str, str]:
    return {"Authorization": f"token {server.token}"}


def test_it_says_what_to_paste(server: Server) -> None:
    *warning, last = re.split(r"^(?=Pages of)", server.said, flags=re.MULTILINE)
    assert "".join(warning) == (
        "You are root here, and so will be the cells: an ordinary user is safer.\n"
        if os.geteuid() == 0
        else ""
    )
    assert last == (
        "Pages of https://book.example can now run their cells here. Choose “Connect” in the page "
        "and paste\n"
        f"  address  {server.address}\n"
        f"  token    {server.token}\n"
        "Whoever has the token can run programs as you, so give it to nobody. Ctrl+C ends this.\n"
    )
    assert len(server.token) >= 40


def test_each_server_has_a_token_of_its_own(server: Server) -> None:
    with connected(ORIGIN) as other:
        assert other.token != server.token
        assert ask(other, "/api/kernels", **with_token(server)).status == 403


def test_the_site_is_answered_and_no_other(server: Server) -> None:
    for path, status in [("/api", 200), ("/api/kernels", 403)]:
        answer = ask(server, path, Origin="https://other.example")
        assert answer.status == 404
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert answer.headers["Access-Control-Allow-Credentials"] is None
        assert ask(server, path, Origin=ORIGIN).status == status


def test_nothing_starts_without_the_token(server: Server) -> None:
    for headers in ({}, {"Origin": ORIGIN}, {"Authorization": "token wrong"}):
        assert ask(server, "/api/kernels", "POST", **headers).status == 403
    answer = ask(server, "/api/kernels", **with_token(server))
    assert (answer.status, answer.headers["Content-Length"]) == (200, "2")


def test_there_are_kernels_and_nothing_else(server: Server) -> None:
    for path in ("/api/contents", "/api/terminals", "/api/sessions", "/files/index.md", "/lab"):
        assert ask(server, path, **with_token(server)).status == 404, path


def test_it_answers_under_names_of_this_machine_alone(server: Server) -> None:
    """Else a site could give its own name this machine's address."""
    assert ask(server, "/api/kernels", Host="book.example", **with_token(server)).status == 403


def test_settings_of_the_reader_open_nothing(tmp_path, server: Server) -> None:
    config = (
        'c.ServerApp.allow_origin = "*"; c.IdentityProvider.token = ""; c.ServerApp.ip = "0.0.0.0"'
    )
    (tmp_path / "jupyter_server_config.py").write_text(config.replace("; ", "\n"))
    with connected(ORIGIN, JUPYTER_CONFIG_DIR=str(tmp_path)) as other:
        answer = ask(other, "/api/kernels", Origin=ORIGIN)
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (403, ORIGIN)


def test_ctrl_c_in_a_terminal_ends_it() -> None:
    process, terminal = pty.fork()
    if process == 0:
        command = [sys.executable, str(TOOL), ORIGIN, free_port()]
        os.execve(command[0], command, os.environ | exported())
    said = b""
    try:
        while b"Ctrl+C ends this" not in said:
            said += os.read(terminal, 1000)
        os.write(terminal, b"\x03")
        while part := read_some(terminal):
            said += part
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    finally:
        os.close(terminal)
    assert b"Shut down" not in said  # it asks nothing
    assert b"Traceback" not in said


def read_some(terminal: int) -> bytes:
    """Read what a terminal shows; nothing once its program has ended."""
    try:
        return os.read(terminal, 1000)
    except OSError:
        return b""


def test_the_usual_port_is_that_of_the_form() -> None:
    form = (ROOT / "extensions" / "live_cells" / "page" / "connect.js").read_text("utf-8")
    assert f'url = "http://127.0.0.1:{PORT}"' in form
