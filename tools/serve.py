"""Show the book on this machine and build it again whenever a source of it changes.

A build that fails leaves the pages of the last one in place; what was wrong stands in the terminal.
"""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from watchfiles import watch

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
SOURCES = ("book", "dlbook", "extensions", "_config.yml", "_toc.yml")
SCRIPT = b"new EventSource('/-/builds').onmessage = () => location.reload();\n"
TAG = b'<script src="/-/reload.js"></script></body>'


class Builds:
    """The builds so far; pages wait here for the next one."""

    def __init__(self) -> None:
        self.finished = 0
        self.news = threading.Condition()

    def run(self) -> None:
        """Build the book as `make book` does and tell the open pages."""
        command = [Path(sys.executable).with_name("jupyter-book"), "build", "."]
        failed = subprocess.run([*command, "-W", "-n", "--keep-going"], cwd=ROOT).returncode
        if failed:
            print("\nThe build failed (see above): mend it and save, this goes on by itself.")
        with self.news:
            self.finished += 1
            self.news.notify_all()

    def wait(self, seen: int, seconds: float) -> int:
        """Return the number of finished builds once it is not `seen`, or after some seconds."""
        with self.news:
            self.news.wait_for(lambda: self.finished != seen, seconds)
            return self.finished


class Pages(SimpleHTTPRequestHandler):
    """The built files; each page gets the line that reloads it after a build."""

    def __init__(self, *arguments: object, builds: Builds) -> None:
        self.builds = builds
        super().__init__(*arguments, directory=str(SITE))  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer for the two addresses of ours, for pages, and for everything else."""
        if self.path == "/-/reload.js":
            self.send_text("text/javascript", SCRIPT)
        elif self.path == "/-/builds":
            self.send_builds()
        else:
            page = Path(self.translate_path(self.path))
            page = page / "index.html" if page.is_dir() and self.path.endswith("/") else page
            if page.suffix == ".html" and page.is_file():
                self.send_text("text/html", page.read_bytes().replace(b"</body>", TAG))
            else:
                super().do_GET()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Show the book's own page where there is none, as a web server would."""
        page = SITE / "404.html"
        if code == 404 and page.is_file() and "text/html" in self.headers.get("Accept", ""):
            self.send_text("text/html", page.read_bytes().replace(b"</body>", TAG), 404)
        else:
            super().send_error(code, message, explain)

    def send_text(self, kind: str, text: bytes, code: int = 200) -> None:
        """Send a whole text."""
        self.send_response(code)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def send_builds(self) -> None:
        """Send an event after each build, and a comment now and then to notice who left."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        seen = self.builds.finished
        try:
            while True:
                finished = self.builds.wait(seen, 15)
                self.wfile.write(b": here\n\n" if finished == seen else b"data: built\n\n")
                seen = finished
        except OSError:
            pass

    def end_headers(self) -> None:
        """Never let a browser keep an old page."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Leave the terminal to the build."""


def open_server(port: str, builds: Builds) -> ThreadingHTTPServer:
    """Return a server on loopback, or end with a sentence that says why there is none."""
    if not port.isdecimal() or not 0 < int(port) < 65536:
        sys.exit(f"PORT is {port}, a number from 1 to 65535 is needed: `make serve PORT=8001`.")
    try:
        server = ThreadingHTTPServer(("127.0.0.1", int(port)), partial(Pages, builds=builds))
    except OSError as error:
        why = "taken by another program" if error.errno == errno.EADDRINUSE else error.strerror
        sys.exit(f"Port {port} cannot be used ({why}): choose another, `make serve PORT=8001`.")
    server.daemon_threads = True
    return server


def main() -> None:
    """Serve, build, watch, build again."""
    port = sys.argv[1] if len(sys.argv) > 1 else "8000"
    builds = Builds()
    with open_server(port, builds) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        SITE.mkdir(parents=True, exist_ok=True)
        sources = [ROOT / name for name in SOURCES]
        address = f"\nThe book is at http://127.0.0.1:{port}/ and follows edits. Ctrl+C ends it."
        try:
            builds.run()
            print(address, flush=True)
            for _ in watch(*sources, raise_interrupt=False):
                builds.run()
                print(address, flush=True)
        except KeyboardInterrupt:
            pass
        server.shutdown()


if __name__ == "__main__":
    main()
