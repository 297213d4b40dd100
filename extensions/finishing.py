"""The last step of a build: what only the whole site knows, written into every page.

Sphinx writes the pages that changed and leaves the others, so a number such as the count of all
claims would grow old in them. Here every page of the site passes once more, changed or not, as the
event ``page-finishing`` with a ``FinishedPage``; whoever listens may exchange its ``html``. Then
all of them come at once, in the event ``site-finishing``, for what depends on all that the pages
became. As pages may come again in a later build, doing it twice must be the same as doing it once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx


@dataclass
class FinishedPage:
    """A page as it was written: its path in the site, with a suffix, and its markup."""

    path: str
    html: str


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Hand every page round, and write those that were changed."""
    if exception is not None or app.builder.name != "html":
        return
    root = Path(app.outdir)
    files = [file.relative_to(root) for file in sorted(root.rglob("*.html"))]
    pages = [
        FinishedPage(file.as_posix(), (root / file).read_text(encoding="utf-8"))
        for file in files
        if "_static" not in file.parts
    ]
    written = [page.html for page in pages]
    for page in pages:
        app.emit("page-finishing", page)
    app.emit("site-finishing", pages)
    for page, before in zip(pages, written, strict=True):
        if page.html != before:
            (root / page.path).write_text(page.html, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension, to act after all others."""
    app.add_event("page-finishing")
    app.add_event("site-finishing")
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
