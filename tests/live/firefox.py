"""Firefox as it comes, driven by WebDriver BiDi: its own protocol, no driver between.

Playwright drives a Firefox of its own making only, and Selenium a driver that is in no package
index. What one test needs of the protocol (https://w3c.github.io/webdriver-bidi/) is little.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websocket
from reader import PATIENCE

EVENTS = ["log.entryAdded", "network.beforeRequestSent"]


class Firefox:
    """One tab, and what the browser noticed in it."""

    def __init__(self, address: str) -> None:
        self.socket = websocket.create_connection(
            f"{address}/session", suppress_origin=True, timeout=PATIENCE / 1000
        )
        self.numbers = itertools.count(1)
        self.requests: list[str] = []
        self.said: list[str] = []
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=EVENTS)
        self.tab = self.send("browsingContext.create", type="tab")["context"]

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Give a command and wait for its result."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (answer := json.loads(self.socket.recv())).get("id") != number:
            self.note(answer)
        assert answer["type"] == "success", answer
        result: dict[str, Any] = answer["result"]
        return result

    def note(self, event: dict[str, Any]) -> None:
        parameters = event["params"]
        if event["method"] == "network.beforeRequestSent":
            self.requests.append(parameters["request"]["url"])
        elif parameters["level"] == "error":
            self.said.append(parameters["text"])

    def open(self, url: str) -> None:
        self.send("browsingContext.navigate", context=self.tab, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """Evaluate JavaScript in the page, wait for its promise, return its value."""
        answer = self.send(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then(JSON.stringify)",
            target={"context": self.tab},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]
        return json.loads(answer["result"].get("value", "null"))

    def wait_for(self, condition: str) -> None:
        """Wait until an expression is true."""
        found = self.evaluate(
            f"""new Promise((resolve) => {{
              const until = performance.now() + {PATIENCE};
              const look = () => {{
                if ({condition}) resolve(true);
                else if (performance.now() > until) resolve(false);
                else setTimeout(look, 50);
              }};
              look();
            }})"""
        )
        assert found, f"in vain: {condition}"

    def move_to(self, selector: str) -> dict[str, Any]:
        """Return the pointer's move to the middle of something."""
        node = self.send(
            "browsingContext.locateNodes",
            context=self.tab,
            locator={"type": "css", "value": selector},
            maxNodeCount=1,
        )["nodes"][0]
        origin = {"type": "element", "element": {"sharedId": node["sharedId"]}}
        return {"type": "pointerMove", "x": 0, "y": 0, "origin": origin}

    def click(self, selector: str) -> None:
        """Click as a hand does: what covers the button gets the click."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.wait_for(found)
        self.evaluate(f"{found}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
        actions = [self.move_to(selector)]
        actions += [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        self.act({"type": "pointer", "id": "mouse", "actions": actions})

    def type(self, text: str) -> None:
        """Type a text into what has the focus."""
        actions = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self.act({"type": "key", "id": "keyboard", "actions": actions})

    def press(self, *keys: str) -> None:
        """Hold the keys down in this order and let go of them, such as Control and a."""
        actions = [{"type": "keyDown", "value": key} for key in keys]
        actions += [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self.act({"type": "key", "id": "keyboard", "actions": actions})

    def act(self, source: dict[str, Any]) -> None:
        self.send("input.performActions", context=self.tab, actions=[source])


@contextmanager
def running(program: Path, profile: Path, trap: str) -> Iterator[Firefox]:
    """Start Firefox with an empty profile; what it asks of other hosts goes to the trap."""
    host, port = trap.removeprefix("http://").split(":")
    settings = {"network.proxy.type": 1, "network.proxy.no_proxies_on": ""}
    for kind in ("http", "ssl"):
        settings |= {f"network.proxy.{kind}": host, f"network.proxy.{kind}_port": int(port)}
    lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in settings.items())
    profile.mkdir()
    (profile / "user.js").write_text("".join(lines))
    command = [program, "--headless", "--no-remote", "--profile", profile]
    with subprocess.Popen(
        [*command, "--remote-debugging-port=0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr
            for line in process.stderr:
                if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", line):
                    break
            else:
                raise AssertionError("Firefox ended before it could be driven")
            # Whatever it says later: a full pipe would hold it up.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            firefox = Firefox(found[1])
            yield firefox
            firefox.send("browser.close")
        finally:
            process.kill()
