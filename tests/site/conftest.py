"""Readers in real browsers (tests/live/visits.py), for every test of this folder."""

from __future__ import annotations

from visits import (
    browser,
    caught,
    chromium_program,
    firefox_program,
    new_reader,
    playwright,
    reader,
    settings,
    site,
)

__all__ = [
    "browser",
    "caught",
    "chromium_program",
    "firefox_program",
    "new_reader",
    "playwright",
    "reader",
    "settings",
    "site",
]
