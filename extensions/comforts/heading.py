"""The line below a page's title: where in its chapter the page stands, and how long it takes.

It is written when all pages are known, because the time of a chapter is that of all its pages.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ..finishing import FinishedPage
from .chapters import Chapter, by_page
from .measures import minutes, store

TITLE = re.compile(r'(<article class="bd-article".*?</h1>\n?)', re.DOTALL)
WRITTEN = re.compile(r'<p class="dl-page-line".*?</p>\n', re.DOTALL)
SHOWN_KINDS = ("chapter",)


def in_hours(total: int) -> str:
    """Say how long a chapter takes, to half an hour."""
    halves = max(1, round(total / 30))
    if halves == 1:
        return "about half an hour"
    number = f"{halves // 2}{'½' if halves % 2 else ''}"
    return f"about {number} hour{'' if halves == 2 else 's'}"


def mark(page: str, here: bool) -> str:
    """Return the mark of a page; the script fills those of pages that were read."""
    look = ' class="dl-here"' if here else ""
    return f'<i data-page="{escape(page)}"{look}></i>'


def place(app: Sphinx, docname: str, chapter: Chapter) -> str:
    """Say which page of the chapter this is, with a mark for each page of it."""
    number = chapter.pages.index(docname) + 1
    link: Any = escape(chapter.title)
    if chapter.has_home and number > 1:
        uri = app.builder.get_relative_uri(docname, chapter.pages[0])
        link = f'<a href="{escape(uri)}">{link}</a>'
    marks = "".join(mark(page, page == docname) for page in chapter.pages)
    return (
        f"<span>Page {number} of {len(chapter.pages)} in {link}</span> "
        f'<span class="dl-marks" aria-hidden="true">{marks}</span> '
    )


def duration(env: BuildEnvironment, docname: str, chapter: Chapter | None) -> str:
    """Say how long the page takes, and on a chapter's own page the chapter too."""
    counts = store(env)
    own = minutes(counts[docname])
    words = f"{own} minute{'' if own == 1 else 's'}"
    if chapter is None or not chapter.has_home or docname != chapter.pages[0]:
        return f'<span class="dl-time">{words} to read</span>'
    total = sum(minutes(counts[page]) for page in chapter.pages)
    return f'<span class="dl-time">{words} to read, {in_hours(total)} for the chapter</span>'


def line(app: Sphinx, docname: str, chapter: Chapter | None) -> str:
    """Return the line of a page; nothing for those that nobody reads from start to end."""
    kind = app.env.metadata.get(docname, {}).get("kind")
    counts = store(app.env).get(docname, {})
    if docname == app.config.root_doc or not (kind in SHOWN_KINDS or counts.get("cells")):
        return ""
    known = chapter is not None and (chapter.has_home or kind in SHOWN_KINDS)
    where = place(app, docname, chapter) if chapter and known and len(chapter.pages) > 1 else ""
    time = duration(app.env, docname, chapter)
    return f'<p class="dl-page-line" data-page="{escape(docname)}">{where}{time}</p>\n'


def write(app: Sphinx, page: FinishedPage) -> None:
    """Put the line below the title."""
    html = WRITTEN.sub("", page.html)
    docname = page.path.removesuffix(".html")
    text = line(app, docname, by_page(app).get(docname))
    page.html = TITLE.sub(lambda match: match[1] + text, html, count=1)
