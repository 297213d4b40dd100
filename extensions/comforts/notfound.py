"""The page for addresses at which there is none.

A server shows it under any address, so every link in it starts at the site's root. Where the root
is, only ``html_baseurl`` or ``DLBOOK_SITE`` can say; without them the links lead to the root of the
server, and a script that knows where it was loaded from puts them right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from sphinx.application import Sphinx

from ..finishing import FinishedPage
from ..origin import origin

PAGE = "404"
ADDRESS = re.compile(r'( (?:href|src|action|data-content_root)=")(?![#/]|[a-z][a-z+.-]*:)([^"]*)"')
#: How deep below the root a mistyped address may be when the root is not known.
DEPTH = 4


def collect(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Add the page to the site."""
    if app.builder.name == "html":
        yield PAGE, {"title": "Page not found", "root_page": app.config.root_doc}, "404.html"


def prefix(app: Sphinx) -> str:
    """Return the path of the site's root, as far as it is known."""
    return urlsplit(origin(app.config).site).path or "/"


def scripts() -> str:
    """Return the tags that look for the root from the page's address upwards."""
    found = (f"{'../' * depth}_static/comforts/root.js" for depth in range(DEPTH + 1))
    return "".join(f'<script defer src="{address}" data-finds-root></script>' for address in found)


def finish(app: Sphinx, page: FinishedPage) -> None:
    """Let every address of the page start at the root."""
    if page.path != f"{PAGE}.html":
        return
    finder = "" if origin(app.config).site else scripts()
    html = page.html.replace(finder, "") if finder else page.html
    root = prefix(app)

    def from_root(match: re.Match[str]) -> str:
        address = re.sub(r"^(\.\.?/)+", "", match[2])
        return f'{match[1]}{root}{address}"'

    page.html = ADDRESS.sub(from_root, html).replace("</body>", f"{finder}</body>")
