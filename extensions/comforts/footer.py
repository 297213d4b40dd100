"""The foot of every page: what it was built from, what this build ran and verified, how to cite it.

The numbers are this build's own and those of the whole book, so they are written when all pages are
known, also into pages that did not change. Nothing in them comes from a clock: the date is that of
the commit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from sphinx.application import Sphinx

from ..execution import page_name
from ..finishing import FinishedPage
from ..origin import Origin, origin
from ..results import summary
from . import citing
from .chapters import title_of
from .measures import store

PLACE = re.compile(r"<!-- of-this-build -->.*?<!-- /of-this-build -->", re.DOTALL)
CLAIMS = "book/back/claims"


@dataclass(frozen=True)
class Trust:
    """What a build ran and verified: cells and claims of each page, by docname."""

    cells: dict[str, int]
    claims: dict[str, int]


@cache
def trust(app: Sphinx) -> Trust:
    """Count what this build ran and verified."""
    names = {page_name(docname): docname for docname in app.env.all_docs}
    claims: dict[str, int] = {}
    for claim in summary(app.env)["claims"]:
        docname = names[claim["page"]]
        claims[docname] = claims.get(docname, 0) + bool(claim["holds"])
    counts = store(app.env)
    return Trust({docname: counts[docname].get("cells", 0) for docname in counts}, claims)


def counted(number: int, what: str) -> str:
    """Say a number and a noun: 1 cell, 1,204 cells."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def figures(app: Sphinx, docname: str, found: Trust) -> str:
    """Say what was run and verified on this page and in the whole book."""
    own, claims = found.cells.get(docname, 0), found.claims.get(docname, 0)
    here = f"This page: {counted(own, 'cell')} run" if own else ""
    if own and claims:
        here += f", {counted(claims, 'claim')} verified"
    verified = f"{counted(sum(found.claims.values()), 'claim')} verified"
    if CLAIMS in app.env.all_docs:
        uri = app.builder.get_relative_uri(docname, CLAIMS)
        verified = f'<a href="{escape(uri)}">{verified}</a>'
    book = f"The whole book: {counted(sum(found.cells.values()), 'cell')} run, {verified}."
    parts = ([f"<span>{here}.</span>"] if here else []) + [f"<span>{book}</span>"]
    return f'<p class="dl-trust">{" ".join(parts)}</p>'


def built_from(known: Origin) -> str:
    """Say version, commit and date, as far as they are known."""
    words = f"Version {escape(known.version)}"
    if known.commit:
        commit = f"<code>{known.commit[:7]}</code>"
        if known.repository:
            address = f"{known.repository}/commit/{known.commit}"
            commit = f'<a href="{escape(address)}">{commit}</a>'
        words += f", built from commit {commit} of {citing.spelled(known.date)}"
        words += ", with changes" if known.changed else ""
    return f'<p class="dl-origin">{words}.</p>'


def report(known: Origin, page: str, title: str) -> str:
    """Return a link to a report that says already what the book is, or nothing."""
    if not known.repository:
        return ""
    state = f"{known.commit} (with changes)" if known.changed else known.commit
    lines = [
        "What is wrong, and what should be there instead?",
        "",
        "",
        f"Page: {page}",
        f"Version: {known.version}",
        f"Commit: {state or 'unknown'}",
    ]
    fields = {"title": f"{title}: ", "body": "\n".join(lines)}
    address = f"{known.repository}/issues/new?{urlencode(fields, quote_via=quote)}"
    return f'<p class="dl-report"><a href="{escape(address)}">Found a mistake on this page?</a></p>'


def cite(known: Origin, page: str, docname: str, title: str) -> str:
    """Return what opens to the ways to cite the page."""
    address = known.site + page if known.site else ""
    texts = {
        "BibTeX": citing.bibtex(known, page_name(docname), title, address),
        "Text": citing.plain(known, title, address),
    }
    blocks = "".join(
        f'<p class="dl-cite-form">{form}</p><div class="highlight">'
        f'<pre tabindex="0" aria-label="{form}">{escape(text)}</pre></div>'
        for form, text in texts.items()
    )
    return f'<details class="dl-cite"><summary>Cite this page</summary>{blocks}</details>'


def block(app: Sphinx, page: str, found: Trust) -> str:
    """Return what a page says of the build."""
    known, docname = origin(app.config), page.removesuffix(".html")
    is_page = docname in app.env.all_docs
    title = title_of(app.env, docname) if is_page else page
    parts = [figures(app, docname, found), built_from(known), report(known, page, title)]
    if is_page:
        parts.append(cite(known, page, docname, title))
    return "\n".join(part for part in parts if part)


def write(app: Sphinx, page: FinishedPage) -> None:
    """Put it where the template left a place."""
    text = f"<!-- of-this-build -->\n{block(app, page.path, trust(app))}\n<!-- /of-this-build -->"
    page.html = PLACE.sub(lambda _: text, page.html, count=1)


def add_context(context: Any) -> None:
    """Tell the template who wrote the book."""
    context["book_authors"] = ", ".join(citing.authors())
    context["code_licence"] = citing.citation()["license"]
