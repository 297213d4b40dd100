"""The built book behind a server that knows nothing special, and a trap for what goes elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from reader import PATIENCE

#: Where the book lies on the server: any path that starts with a slash leads out of it.
PLACE = "a/b/book"

Handler = Callable[..., BaseHTTPRequestHandler]


class Files(SimpleHTTPRequestHandler):
    """Python's own server of files, but silent, and with the book's page for missing addresses."""

    def log_message(self, *_: object) -> None:
        pass

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory, PLACE, "404.html")
        if code == 404 and page.is_file() and "text/html" in self.headers.get("Accept", ""):
            content = page.read_bytes()
            self.send_response(404, message)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        else:
            super().send_error(code, message, explain)


class Faults(Files):
    """A server on which some files cannot be had as they are: a fault for the end of a path."""

    def __init__(self, *arguments: Any, faults: dict[str, Fault], **settings: Any) -> None:
        self.faults = faults
        super().__init__(*arguments, **settings)

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        for end, fault in list(self.faults.items()):
            if path.match(end) and path.is_file():
                try:
                    fault(self, path.read_bytes())
                except OSError:  # the browser did not wait for it
                    self.close_connection = True
                return
        super().do_GET()

    def send_start(self, content: bytes, length: int) -> None:
        """Announce a whole file and send its first bytes."""
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(self.path.split("?")[0]))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:length])


Fault = Callable[[Faults, bytes], None]


def missing(server: Faults, content: bytes) -> None:
    server.send_error(404)


def damaged(server: Faults, content: bytes) -> None:
    """As long as it should be, but one byte is another one."""
    middle = len(content) // 2
    changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    server.send_start(changed, len(changed))


def unanswered(server: Faults, content: bytes) -> None:
    """The network is away: the connection ends before an answer."""
    server.close_connection = True


def broken_off(server: Faults, content: bytes) -> None:
    """The network goes in the middle of the download."""
    server.send_start(content, len(content) // 2)


@dataclass
class Held:
    """The first half comes at once, the second when it is released."""

    released: threading.Event = field(default_factory=threading.Event)

    def __call__(self, server: Faults, content: bytes) -> None:
        server.send_start(content, len(content) // 2)
        self.released.wait(PATIENCE / 1000)
        server.wfile.write(content[len(content) // 2 :])


class Trap(BaseHTTPRequestHandler):
    """A proxy that lets nothing through and remembers what was asked for."""

    def __init__(self, *arguments: object, caught: list[str]) -> None:
        self.caught = caught
        super().__init__(*arguments)  # type: ignore[arg-type]

    def parse_request(self) -> bool:
        if super().parse_request():
            self.caught.append(f"{self.command} {self.path}")
            self.send_error(502)
        return False

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(handler: Handler) -> Iterator[str]:
    """Serve on loopback, yield the address without a slash at its end."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@contextmanager
def serving_book(html: Path, folder: Path, files: Handler = Files) -> Iterator[str]:
    """Serve a built book under a sub-path, yield the address of its root with a slash."""
    place = folder / PLACE
    place.parent.mkdir(parents=True)
    place.symlink_to(html, target_is_directory=True)
    with serving(partial(files, directory=str(folder))) as address:
        yield f"{address}/{PLACE}/"
