"""The browser's Python without a browser."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from extensions.equations import NODE

HERE = Path(__file__).parent


def runtime_of(built_book: Any) -> Path:
    """Return the folder of the runtime that a site carries."""
    live: Path = built_book.html / "_static" / "live"
    name = json.loads((live / "manifest.json").read_text("utf-8"))["folder"]
    return live / str(name)


def printed(runtime: Path, code: str) -> str:
    """Run a cell and return what it prints."""
    done = subprocess.run(
        [NODE, HERE / "run_page.mjs", runtime, ""],
        input=json.dumps([code]),
        capture_output=True,
        text=True,
        check=True,
    )
    (result,) = json.loads(done.stdout)
    return "".join(output["text"] for output in result["outputs"])
