"""What stands around every page: its icons, scripts, style sheet, policy and head.

Every page loads one style sheet and one script of its own site, runs nothing inline but one line
that chooses the colours, and tells the browser so by a policy. What the theme, Sphinx and the
extensions ask for goes in; what this book does not use stays out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from ..finishing import FinishedPage
from . import dropdowns
from .assets import Assets, in_order
from .head import read, write
from .icons import draw
from .images import hold_places

HERE = Path(__file__).parent
STYLE = "shell.css"
#: What pages without a source of their own say of themselves.
DESCRIPTIONS = {
    "genindex": "Every name and term that this book explains, from A to Z.",
    "search": "Search all pages of this book, in your browser.",
    "404": "There is no page at this address.",
}
DOOR = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'" />
<meta http-equiv="refresh" content="0; url={first}" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="description" content="{description}" />
<title>{title}</title>
</head>
<body><p><a href="{first}">{title}</a></p></body>
</html>
"""


def add_style(app: Sphinx) -> None:
    """Put the style sheet of this extension among the others, behind the theme's."""
    if app.builder.format == "html" and app.builder.name != "epub":
        app.add_css_file(STYLE, priority=400)


def copy_style(app: Sphinx) -> None:
    """Lay it where the pages ask for it."""
    if app.builder.format == "html" and app.builder.name != "epub":
        target = Path(app.outdir, "_static", STYLE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((HERE / STYLE).read_bytes())


def description_of(app: Sphinx, name: str) -> str:
    """Return what the front matter says of a page, or what we say of Sphinx's own."""
    given = app.env.metadata.get(name, {}).get("description", "")
    return str(given) or DESCRIPTIONS.get(name, "")


def finish(app: Sphinx, pages: list[FinishedPage]) -> None:
    """Give all pages their head, and the site the files that it names."""
    outdir = Path(app.outdir)
    assets = Assets(outdir, Path(app.doctreedir))
    assets.script()
    pages = [page for page in pages if 'http-equiv="refresh"' not in page.html.lower()]
    heads = []
    for page in pages:
        head, html = read(page.path, draw(page.html))
        page.html = hold_places(outdir / page.path, html)
        heads.append(head)
    sheets = in_order([head.sheets for head in heads])
    scripts = {address.rpartition("_static/")[2] for head in heads for address, _ in head.scripts}
    assets.style(sheets, [page.html for page in pages], scripts)
    digest = assets.version("_static/book.css")
    for page, head in zip(pages, heads, strict=True):
        description = description_of(app, page.path.removesuffix(".html"))
        page.html = write(page.html, head, description, assets.version, digest)
    first = f"{app.config.root_doc}.html"
    if first != "index.html":
        door = DOOR.format(
            first=first,
            title=app.config.project,
            description=description_of(app, str(app.config.root_doc)),
        )
        (outdir / "index.html").write_text(door, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension, to act after all others."""
    app.add_node(dropdowns.Dropdown, html=(dropdowns.visit_dropdown, dropdowns.depart_dropdown))
    app.add_node(dropdowns.Summary, html=(dropdowns.visit_summary, dropdowns.depart_summary))
    app.add_post_transform(dropdowns.AsDetails)
    app.connect("builder-inited", add_style)
    app.connect("builder-inited", copy_style)
    app.connect("site-finishing", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
