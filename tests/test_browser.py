"""How the browsers are found and installed in which the book is tested."""

from __future__ import annotations

import os
from pathlib import Path

import browser
import pytest
from browser import CHROMIUM, FIREFOX, MissingBrowserError, ready


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which commands are looked for, on a machine that root uses."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(browser, "downloaded", lambda: None)
    return tmp_path


def command(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def apt_get(place: Path, *lines: str) -> Path:
    """Write an apt-get that notes what it was asked, after its options; return the notes."""
    notes = place / "notes"
    last = 'for word in "$@"; do step="$last"; last="$word"; done'
    command(place / "apt-get", f'echo "$*" >> "{notes}"', last, *lines)
    return notes


def test_a_browser_that_starts_is_taken(place: Path) -> None:
    command(place / "chromium", "echo 'this package is an empty hull' >&2; exit 1")
    command(place / "google-chrome", "echo Google Chrome 156")
    notes = apt_get(place)
    assert ready(CHROMIUM) == place / "google-chrome"
    assert not notes.exists()


def test_a_missing_browser_is_installed(place: Path) -> None:
    """On a new machine apt-get knows no package before it has fetched their lists."""
    lists, program = place / "lists", place / "firefox-esr"
    notes = apt_get(
        place,
        f'case "$*" in *update) : > "{lists}"; exit 0;; esac',
        f'test -e "{lists}" || {{ echo "E: Unable to locate package $last"; exit 100; }}',
        f'printf \'#!/bin/sh\\n\' > "{program}"; /bin/chmod +x "{program}"',
    )
    assert ready(FIREFOX) == program
    steps = [line.split()[6:] for line in notes.read_text().splitlines()]
    install = ["install", "--no-install-recommends", "firefox-esr"]
    assert steps == [install, ["update"], install]
    assert ready(FIREFOX) == program
    assert len(notes.read_text().splitlines()) == 3


def sentence(wanted: browser.Browser) -> str:
    with pytest.raises(MissingBrowserError) as error:
        ready(wanted)
    return str(error.value)


def test_what_apt_get_says_is_passed_on(place: Path) -> None:
    apt_get(place, "echo 'Reading lists'; echo 'E: Could not resolve host'; exit 100")
    assert sentence(CHROMIUM) == (
        "The book is tested in Chromium, which is missing here (apt-get says: Could not resolve "
        "host): install it, on Debian with `apt install chromium`, elsewhere Chromium or Chrome, "
        "or run `.venv/bin/playwright install --with-deps chromium`."
    )


def test_an_installed_hull_is_noticed(place: Path) -> None:
    apt_get(place)
    assert "(what apt-get installed does not start)" in sentence(FIREFOX)


def test_nothing_is_installed_for_others_than_root(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = apt_get(place)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert sentence(FIREFOX) == (
        "The book is tested in Firefox, which is missing here (only root may install it): "
        "install it, on Debian with `apt install firefox-esr`, elsewhere Firefox."
    )
    assert not notes.exists()


def test_other_systems_are_told_what_to_install(place: Path) -> None:
    assert "(there is no apt-get here): install it" in sentence(CHROMIUM)
