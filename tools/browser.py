"""Find the browsers in which the book is tested; install them where that needs no question asked.

`make test` calls this before anything else, so that whoever has no browser learns it at once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Browser:
    """A browser: the commands that may start it, and what its package is called in Debian."""

    name: str
    commands: tuple[str, ...]
    package: str
    elsewhere: str


CHROMIUM = Browser(
    "Chromium",
    (
        "chromium",
        "google-chrome",
        "google-chrome-stable",
        "chromium-browser",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ),
    "chromium",
    "elsewhere Chromium or Chrome, or run `.venv/bin/playwright install --with-deps chromium`",
)
FIREFOX = Browser(
    "Firefox",
    ("firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"),
    "firefox-esr",
    "elsewhere Firefox",
)


class MissingBrowserError(Exception):
    """There is no such browser, and why it could not be installed."""


def runs(command: str) -> bool:
    """Tell whether a command starts a browser: Ubuntu's chromium-browser may be an empty hull."""
    try:
        return not subprocess.run([command, "--version"], capture_output=True).returncode
    except OSError:
        return False


def find(browser: Browser) -> Path | None:
    """Return the program of a browser on this machine."""
    for command in browser.commands:
        if (path := shutil.which(command)) and runs(path):
            return Path(path)
    return downloaded() if browser is CHROMIUM else None


def downloaded() -> Path | None:
    """Return the Chromium that `playwright install` brought, where somebody called it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return Path(path) if runs(path) else None


def install(package: str) -> str:
    """Install a package of Debian; return what went wrong, or nothing."""
    if not shutil.which("apt-get"):
        return "there is no apt-get here"
    if os.geteuid():
        return "only root may install it"
    settings = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "--quiet", "--yes", "--option", "Acquire::Retries=3"]
    apt += ["--option", "DPkg::Lock::Timeout=300"]
    said = ""
    # A new machine has no lists of packages, and old lists name packages that are gone.
    for step in ("install", "update", "install"):
        command = [*apt, step] + ["--no-install-recommends", package] * (step == "install")
        done = subprocess.run(
            command,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if step == "install" and not done.returncode:
            return ""
        errors = [line[3:] for line in done.stdout.splitlines() if line.startswith("E: ")]
        said = errors[0] if errors else f"apt-get {step} ended with {done.returncode}"
    return f"apt-get says: {said}"


def ready(browser: Browser) -> Path:
    """Return the program of a browser, after its installation where it was missing.

    Raises
    ------
    MissingBrowserError
        One sentence that says what to install, and why that was not done here.
    """
    if path := find(browser):
        return path
    print(f"Installing {browser.name}, in which the book is tested ...", flush=True)
    why = install(browser.package)
    if path := find(browser):
        return path
    raise MissingBrowserError(
        f"The book is tested in {browser.name}, which is missing here "
        f"({why or 'what apt-get installed does not start'}): install it, on Debian with "
        f"`apt install {browser.package}`, {browser.elsewhere}."
    )


def main() -> None:
    """Make all browsers ready."""
    for browser in (CHROMIUM, FIREFOX):
        try:
            ready(browser)
        except MissingBrowserError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
