"""All pages of the built site, as a browser gets them."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple


class Tag(NamedTuple):
    """A start tag, and what stands in it if it is a script."""

    name: str
    attributes: dict[str, str]
    text: list[str]


class Tags(HTMLParser):
    """Collects the tags of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Tag] = []
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(Tag(tag, {name: value or "" for name, value in attrs}, []))
        self.inside = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found[-1].text.append(data)


@cache
def tags(file: Path) -> list[Tag]:
    """All start tags of a page."""
    return Tags(file.read_text("utf-8")).found


def paths(html: Path) -> list[str]:
    """The site's pages, seen from its root."""
    files = (file.relative_to(html) for file in sorted(html.rglob("*.html")))
    return [file.as_posix() for file in files if "_static" not in file.parts]
