"""The real server of `make connect`, started for a test and ended by it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOL = ROOT / "tools" / "connect.py"


@dataclass(frozen=True)
class Server:
    """What the command printed, and its process."""

    process: subprocess.Popen[str]
    said: str
    address: str
    token: str


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return str(found.getsockname()[1])


def exported() -> dict[str, str]:
    """What `make connect` adds to the environment, and the package of this checkout."""
    lines = re.findall(r"^export (\w+) := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert dict(lines)["TF_CPP_MIN_LOG_LEVEL"] == "3"
    settings = {name: value.replace("$(CURDIR)", str(ROOT)) for name, value in lines}
    return settings | {"PYTHONPATH": str(ROOT)}


@contextmanager
def connected(origin: str, **environment: str) -> Iterator[Server]:
    """Run the command for pages of `origin`, until the block ends."""
    with subprocess.Popen(
        [sys.executable, TOOL, origin, free_port()],
        env=os.environ | exported() | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            said = ""
            while "Ctrl+C" not in said and (line := process.stdout.readline()):
                said += line
            found = re.search(r"address +(\S+)\n +token +(\S+)\n", said)
            assert found, f"the server did not start: {said}"
            yield Server(process, said, found[1], found[2])
        finally:
            process.terminate()
