"""The built book behind a server that knows nothing special, and a trap for what goes elsewhere."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

#: Where the book lies on the server: any path that starts with a slash leads out of it.
PLACE = "a/b/book"

Handler = Callable[..., BaseHTTPRequestHandler]


class Files(SimpleHTTPRequestHandler):
    """Python's own server of files, but silent."""

    def log_message(self, *_: object) -> None:
        pass


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
def serving_book(html: Path, folder: Path, files: type[Files] = Files) -> Iterator[str]:
    """Serve a built book under a sub-path, yield the address of its root with a slash."""
    place = folder / PLACE
    place.parent.mkdir(parents=True)
    place.symlink_to(html, target_is_directory=True)
    with serving(partial(files, directory=str(folder))) as address:
        yield f"{address}/{PLACE}/"


def copied(html: Path, folder: Path) -> Path:
    """Return a copy of a built book of which single files may be taken away or replaced."""
    shutil.copytree(html, folder, copy_function=os.link)
    return folder
