"""`make audit`: Lighthouse (mobile, its own settings) over one page of each kind of the built book.

Prints the median of three runs a page: four scores, what was transferred, how much moved, when the
largest part was painted, how long scripts held the page up. Ends with 1 where a score is too low.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median_low
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))

from browser import CHROMIUM, MissingBrowserError, ready  # noqa: E402

BOOK = ROOT / "_build" / "html"
TOOLS = ROOT / ".audit"
PLACE = "/some/where/"
RUNS = 3
PAGES = {
    "front door": "book/index.html",
    "chapter": "book/optimization/momentum.html",
    "API": "book/back/api/optimizers.html",
    "claims": "book/back/claims.html",
    "TensorFlow": "book/tensorflow/tensors.html",
    "search": "search.html",
}
#: What search engines are asked to leave out, which costs points where it is meant.
UNLISTED = ("search",)
SCORES = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
FACTS = {
    "weight": ("total-byte-weight", "{:.0f} KB", 1000),
    "CLS": ("cumulative-layout-shift", "{:.3f}", 1),
    "LCP": ("largest-contentful-paint", "{:.2f} s", 1000),
    "TBT": ("total-blocking-time", "{:.0f} ms", 1),
}
Report = dict[str, Any]


@cache
def packed(file: Path) -> bytes:
    """Return a file as a server of static pages sends it."""
    return gzip.compress(file.read_bytes(), 6)


class Server(SimpleHTTPRequestHandler):
    """The book in a folder of a server that compresses text, as hosts of static pages do."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings, directory=str(BOOK))

    def do_GET(self) -> None:
        """Answer with a file of the book."""
        below = self.path.startswith(PLACE)
        self.path = "/" + self.path.removeprefix(PLACE)
        file = Path(self.translate_path(self.path))
        if not below or not file.is_file():
            self.send_error(404)
            return
        kind = self.guess_type(file)
        text = kind.startswith("text/") or "script" in kind or "svg" in kind or "json" in kind
        body = packed(file) if text else file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if text else kind)
        if text:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Serve the book on loopback, yield the address of its root."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{PLACE}"
        server.shutdown()


def install() -> Path:
    """Install Lighthouse where `make clean` removes it, unless it is there; return its program."""
    lock = (HERE / "package-lock.json").read_bytes()
    stamp = TOOLS / "installed"
    if not stamp.is_file() or stamp.read_bytes() != lock:
        print("Installing Lighthouse ...", flush=True)
        TOOLS.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(HERE / name, TOOLS / name)
        shutil.copyfile(ROOT / ".npmrc", TOOLS / ".npmrc")
        settings = {"NODE_USE_SYSTEM_CA": "1", "NPM_CONFIG_CACHE": str(TOOLS / "cache")}
        command = ["npm", "ci", "--no-progress", "--loglevel=error"]
        if subprocess.run(command, cwd=TOOLS, env=environment() | settings).returncode:
            sys.exit("Lighthouse could not be installed: npm's own words are above.")
        stamp.write_bytes(lock)
    return TOOLS / "node_modules" / ".bin" / "lighthouse"


def environment() -> dict[str, str]:
    """Return the variables for Node's programs: those of .venv come first."""
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return dict(os.environ) | {"PATH": path}


def audited(program: Path, chromium: Path, address: str) -> Report:
    """Return Lighthouse's report of one visit."""
    flags = "--headless=new --disable-gpu --disable-background-networking"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags += " --no-sandbox"  # root, as in a container, may not have one
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [str(program), address, "--quiet", "--output=json", f"--output-path={report}"]
        command += [f"--chrome-flags={flags}", "--no-enable-error-reporting"]
        settings = environment() | {"CHROME_PATH": str(chromium)}
        done = subprocess.run(command, env=settings, capture_output=True, text=True)
        if done.returncode or not report.is_file():
            sys.exit(f"Lighthouse failed on {address}:\n{done.stderr[-2000:]}")
        found: Report = json.loads(report.read_text(encoding="utf-8"))
    return found


def value(report: Report, audit: str) -> float:
    """Return the number that an audit found."""
    return float(report["audits"][audit].get("numericValue", 0))


def score(report: Report, category: str) -> int:
    """Return a score out of 100."""
    return round(100 * (report["categories"][category]["score"] or 0))


def failures(report: Report, category: str) -> Iterator[str]:
    """Yield the audits that took points, worst first."""
    parts = report["categories"][category]["auditRefs"]
    for part in sorted(parts, key=lambda part: -part["weight"]):
        audit = report["audits"][part["id"]]
        if part["weight"] and audit["score"] is not None and audit["score"] < 0.9:
            yield f"{audit['title']} ({audit.get('displayValue', part['id'])})"


def main() -> None:
    """Audit all kinds of pages, or those whose names are given."""
    if not (BOOK / "book" / "index.html").is_file():
        sys.exit("There is no built book: run `make book` first.")
    try:
        chromium = ready(CHROMIUM)
    except MissingBrowserError as error:
        sys.exit(str(error))
    program = install()
    chosen = sys.argv[1:] or list(PAGES)
    print(f"{'':12}" + "".join(f"{name:>15}" for name in (*SCORES, *FACTS)))
    below = []
    with served() as root:
        for name in chosen:
            reports = [audited(program, chromium, root + PAGES[name]) for _ in range(RUNS)]
            line = f"{name:12}"
            for category, least in SCORES.items():
                middle = median_low([score(report, category) for report in reports])
                line += f"{middle:>15}"
                if middle < least and not (category == "seo" and name in UNLISTED):
                    why = "; ".join(dict.fromkeys(failures(reports[0], category)))
                    below.append(f"{name}: {category} {middle}, below {least}: {why}")
            for audit, shape, unit in FACTS.values():
                middle_value = median_low([value(report, audit) for report in reports])
                line += f"{shape.format(middle_value / unit):>15}"
                if audit == "cumulative-layout-shift" and middle_value >= 0.0005:
                    below.append(f"{name}: things move while the page loads, {middle_value:.4f}")
            print(line, flush=True)
    if below:
        sys.exit("\n".join(below))


if __name__ == "__main__":
    main()
