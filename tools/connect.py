"""Let pages of the book that stand on another site run their cells on this machine.

This is Jupyter's own server with nothing but kernels: no files, no terminals, no pages. It listens
on loopback alone, wants a token that is new each time, and answers pages of one origin.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import secrets
import socket
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_core.paths import jupyter_runtime_dir
from jupyter_server.serverapp import ServerApp
from traitlets.config import Config

ROOT = Path(__file__).resolve().parent.parent
PORT = "8899"
EXAMPLE = "`make connect ORIGIN=https://book.example`"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
USUAL_PORTS = {"http": 80, "https": 443}
IDLE = 15 * 60  # seconds until a kernel ends that no page holds any more


class KernelServer(ServerApp):
    """Jupyter's server, reduced to what a page needs; it reads no settings of anyone's."""

    default_services = ("api", "kernels")

    def load_config_file(self, suppress_errors: bool = True) -> None:
        """Leave the reader's own settings, which may open more, to the reader's own servers."""

    def find_server_extensions(self) -> None:
        """Load none."""


def origin_of(address: str) -> str:
    """Return the origin of a page's address as browsers write it, or end with a sentence."""
    if not address:
        sys.exit(
            f"ORIGIN is missing: name the site whose pages may run cells here, as in {EXAMPLE}."
        )
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port
    except ValueError:
        parts = host = port = None
    if not (parts and host and parts.scheme in USUAL_PORTS and re.fullmatch(r"[\w.:-]+", host)):
        sys.exit(
            f"ORIGIN is {address}, the address of a site is needed, as in {EXAMPLE}. "
            "A page that is open as a file has none: show it with `make serve`."
        )
    if parts.scheme == "http" and host not in LOOPBACK:
        sys.exit(
            f"ORIGIN is {address}, but what comes by http can be changed on its way here and would "
            "then run on this machine: https is needed, or a site on this machine."
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (
        "" if port in (None, USUAL_PORTS[parts.scheme]) else f":{port}"
    )


def free_port(text: str) -> int:
    """Return the port as a number, or end with a sentence that says why it cannot be used."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        sys.exit(f"PORT is {text}, a number from 1 to 65535 is needed: `PORT=8898`.")
    try:
        with socket.create_server(("127.0.0.1", int(text))):
            return int(text)
    except OSError as error:
        why = "taken by another program" if error.errno == errno.EADDRINUSE else error.strerror
        sys.exit(f"Port {text} cannot be used ({why}): choose another, `make connect PORT=8898 …`.")


def settings(origin: str, port: int, token: str) -> dict[str, Any]:
    """Return what the server is told; the rest of its defaults are the safe ones."""
    # Jupyter forgets to send the first of these with errors, and a page could not tell a wrong
    # token from a server that is not there. The second is for pages that are isolated from other
    # sites: it lets them see that something answers here, and no more.
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Vary": "Origin",
    }
    # Through files no other user of this machine can speak to a kernel, as by TCP; but the names of
    # such files are short by law: 103 bytes, 50 of them Jupyter's own.
    transport = "ipc" if len(os.fsencode(jupyter_runtime_dir())) <= 53 else "tcp"
    return {
        "ServerApp": {
            "ip": "127.0.0.1",
            "port": port,
            "port_retries": 0,
            "root_dir": str(ROOT / "book"),
            "allow_origin": origin,
            "allow_root": True,  # main() warns
            "open_browser": False,
            "answer_yes": True,
            "log_level": logging.WARNING,
            "tornado_settings": {"headers": headers},
        },
        "IdentityProvider": {"token": token},
        "KernelManager": {"transport": transport},
        "MappingKernelManager": {"cull_idle_timeout": IDLE},
    }


def main() -> None:
    """Say what to paste into the page, and serve until Ctrl+C."""
    given = [*sys.argv[1:], "", ""]
    origin, port = origin_of(given[0].strip()), free_port(given[1] or PORT)
    token = secrets.token_urlsafe(32)
    server = KernelServer(config=Config(settings(origin, port, token)))
    server.initialize([])
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        print("You are root here, and so will be the cells: an ordinary user is safer.")
    print(
        f"Pages of {origin} can now run their cells here. Choose “Connect” in the page and paste\n"
        f"  address  http://127.0.0.1:{port}\n"
        f"  token    {token}\n"
        "Whoever has the token can run programs as you, so give it to nobody. Ctrl+C ends this.",
        flush=True,
    )
    server.start()


if __name__ == "__main__":
    main()
