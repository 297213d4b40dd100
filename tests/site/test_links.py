"""Every address in the site leads somewhere: relative, to a file and a place that are there."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from site_tags import tags

#: Attributes that hold the address of something the page loads, or that a reader may follow.
ADDRESSES = {"href", "src", "poster", "action", "data", "formaction"}


class Markup:
    """The places of a page, and the addresses in it."""

    def __init__(self, file: Path) -> None:
        self.places: set[str] = {"", "top"}
        self.addresses: list[str] = []
        self.repeated: list[str] = []
        for tag in tags(file):
            for name, value in tag.attributes.items():
                if name == "id" or (tag.name == "a" and name == "name"):
                    if name == "id" and value in self.places:
                        self.repeated.append(value)
                    self.places.add(value)
                elif name in ADDRESSES and tag.name != "base":
                    self.addresses.append(value)
                elif name in ("srcset", "imagesrcset"):
                    self.addresses += [one.split()[0] for one in value.split(",")]


@cache
def read(file: Path) -> Markup:
    return Markup(file)


def trouble(root: Path, page: Path, address: str) -> str:
    """What is wrong with an address in a page; nothing if it leads somewhere."""
    parts = urlsplit(address)
    if parts.scheme in ("http", "https", "mailto", "data", "blob"):
        return ""
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        return "leads out of the folder of the book"
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.is_relative_to(root):
        return "leads out of the folder of the book"
    if target.is_dir():  # a server would show its index, a browser that reads files its list
        return "leads to a folder"
    if not target.is_file():
        return "leads to no file"
    if target.suffix == ".html" and unquote(parts.fragment) not in read(target).places:
        return "" if parts.fragment.startswith(":~:") else "leads to no place in the page"
    return ""


def pages(root: Path) -> list[Path]:
    return [p for p in sorted(root.rglob("*.html")) if "_static" not in p.relative_to(root).parts]


def test_every_address_leads_somewhere(built_book: Any) -> None:
    root = built_book.html.resolve()
    found = [
        f"{page.relative_to(root)}: {address} {why}"
        for page in pages(root)
        for address in read(page).addresses
        # found from anywhere on a server, so its addresses begin at the server's root
        if page.name != "404.html" and (why := trouble(root, page, address))
    ]
    assert len(pages(root)) > 80
    assert not found, "\n".join(found[:40])


def test_no_page_names_two_places_alike(built_book: Any) -> None:
    root = built_book.html.resolve()
    found = [f"{p.relative_to(root)}: {name}" for p in pages(root) for name in read(p).repeated]
    assert not found, "\n".join(found[:40])


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("b.html#there", ""),
        ("#here", ""),
        ("b.html", ""),
        ("https://example.org/x", ""),
        ("b.html#here", "leads to no place in the page"),
        ("c.html", "leads to no file"),
        ("/sub/b.html", "leads out of the folder of the book"),
        ("//example.org/x.js", "leads out of the folder of the book"),
        ("../../b.html", "leads out of the folder of the book"),
        (".", "leads to a folder"),
    ],
)
def test_trouble_is_found(tmp_path: Path, address: str, why: str) -> None:
    page = tmp_path / "a.html"
    page.write_text('<p id="here"></p>')
    (tmp_path / "b.html").write_text('<p id="there"></p>')
    assert trouble(tmp_path.resolve(), page.resolve(), address) == why
