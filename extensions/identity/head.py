"""What the head of a page says of it: description, icons, and what others show of a link to it.

Addresses in Open Graph are absolute. Where the site's is not known, they are left out.
"""

from __future__ import annotations

from html import escape
from typing import Any

from sphinx.application import Sphinx

from ..origin import origin
from . import cards
from .tokens import COLOURS, DARK, LIGHT

#: Of the pages that are nobody's document.
DESCRIPTIONS = {
    "genindex": "The index of Deep Learning, Verified: every function, class and term, with links.",
    "search": "Search all of Deep Learning, Verified: its text, its code and its reference.",
    "404": "This page is not in Deep Learning, Verified. Here is how to find what you look for.",
}
TITLES = {"genindex": "Index", "search": "Search"}


def description(app: Sphinx, page: str) -> str:
    """Return the sentence that says what a page is about."""
    known = app.env.metadata.get(page, {}) if page in app.env.all_docs else {}
    front = app.env.metadata.get(app.config.root_doc, {})
    return str(known.get("description") or DESCRIPTIONS.get(page) or front.get("description", ""))


def icons(root: str) -> list[str]:
    """Return the links to the icons, and to the font that the first lines need."""
    static = f"{root}_static/identity/"
    ground = COLOURS["background"]
    schemes = (("light", ground[LIGHT]), ("dark", ground[DARK]))
    return [
        f'<link rel="icon" href="{root}favicon.ico" sizes="32x32">',
        f'<link rel="icon" href="{static}mark.svg" type="image/svg+xml">',
        f'<link rel="apple-touch-icon" href="{static}tile.png">',
        *(
            f'<meta name="theme-color" content="{colour}" media="(prefers-color-scheme: {scheme})">'
            for scheme, colour in schemes
        ),
    ]


def graph(app: Sphinx, page: str, title: str, words: str) -> dict[str, Any]:
    """Return what the page says in Open Graph."""
    site = origin(app.config).site
    front = page == app.config.root_doc
    found: dict[str, Any] = {
        "og:site_name": app.config.project,
        "og:type": "website" if front else "article",
        "og:title": title,
        "og:description": words,
    }
    if site:
        found["og:url"] = site + app.builder.get_target_uri(page)
    if page in app.env.all_docs:
        found |= cards.tags(app, page)
    return found


def add(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Write the tags."""
    known = page in app.env.all_docs
    title = (
        app.env.titles[page].astext()
        if known
        else str(context.get("title") or TITLES.get(page, ""))
    )
    words = description(app, page)
    tags = [*icons(context.get("content_root", ""))]
    if 'name="description"' not in context.get("metatags", ""):
        tags.append(f'<meta name="description" content="{escape(words)}">')
    found = graph(app, page, title, words)
    for name, content in found.items():
        tags.append(f'<meta property="{name}" content="{escape(str(content))}">')
    kind = "summary_large_image" if "og:image" in found else "summary"
    tags.append(f'<meta name="twitter:card" content="{kind}">')
    context["metatags"] = "\n".join([context.get("metatags", ""), *tags, ""])
    if page == app.config.root_doc:
        context["docstitle"] = ""  # its title is the book's: once is enough


def setup(app: Sphinx) -> None:
    """Register the handler."""
    app.connect("html-page-context", add)
