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
from jupyter_server.services.contents.manager import AsyncContentsManager
from traitlets.config import Config

ROOT = Path(__file__).resolve().parent.parent
PORT = "8899"
EXAMPLE = "`make connect ORIGIN=https://book.example`"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
USUAL_PORTS = {"http": 80, "https": 443}
IDLE = 15 * 60  # seconds until a kernel ends that no page holds any more


class NoFiles(AsyncContentsManager):
    """The part of Jupyter that gives files to whoever has the token."""

    def get_extra_handlers(self) -> list[Any]:
        """Give none."""
        return []


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
        scheme, port = parts.scheme, parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        scheme = host = ""
    if scheme not in USUAL_PORTS or not re.fullmatch(r"[\w.:-]+", host):
        sys.exit(
            f"ORIGIN is {address}, the address of a site is needed, as in {EXAMPLE}. "
            "A page that is open as a file has none: show it with `make serve`."
        )
    if scheme == "http" and host not in LOOPBACK:
        sys.exit(
            f"ORIGIN is {address}, but what comes by http can be changed on its way here and would "
            "then run on this machine: https is needed, or a site on this machine."
        )
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}" + (f":{port}" if port not in (None, USUAL_PORTS[scheme]) else "")


def port_of(text: str) -> int:
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
            "contents_manager_class": NoFiles,
            "allow_origin": origin,
            "allow_root": True,  # main() warns
            "open_browser": False,
            "answer_yes": True,
            "log_level": logging.WARNING,
            # Within one machine no connection needs signs of life.
            "tornado_settings": {"headers": headers, "ws_ping_interval": 0},
        },
        "IdentityProvider": {"token": token},
        "KernelManager": {"transport": transport},
        # A kernel that dies is reported as dead: a new one would know nothing of the page's cells.
        "KernelRestarter": {"restart_limit": 0},
        "MappingKernelManager": {"cull_idle_timeout": IDLE},
    }


def main() -> None:
    """Serve until Ctrl+C, and say what to paste into the page."""
    given = [*sys.argv[1:], "", ""]
    origin, port = origin_of(given[0].strip()), port_of(given[1] or PORT)
    token = secrets.token_urlsafe(32)
    server = KernelServer(config=Config(settings(origin, port, token)))
    server.initialize([])
    text = (
        f"Pages of {origin} can now run their cells here. Choose “Connect” in the page and paste\n"
        f"  address  http://127.0.0.1:{port}\n"
        f"  token    {token}\n"
        "Whoever has the token can run programs as you, so give it to nobody. Ctrl+C ends this."
    )
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        text = f"You are root here, and so will be the cells: an ordinary user is safer.\n{text}"
    server.io_loop.add_callback(print, text, flush=True)  # behind the one that opens the port
    server.start()


if __name__ == "__main__":
    main()
