"""The front page: the chapters, each with a figure of its own pages, and the book in numbers.

``{chapters}`` is a list in YAML, a card an entry: the ``page``, the name of a ``figure`` that a
page of that chapter shows, and a ``text``. A name that the chapter does not have is a warning,
which fails the build. ``{numbers}`` says how many claims, cells and figures this build made.
"""

from __future__ import annotations

import json
import posixpath
import re
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from ..figures import WITH_DARK_MODE
from ..results import store
from . import counts

logger = logging.getLogger(__name__)
VIEW = re.compile(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"')


class Chapters(nodes.General, nodes.Element):
    """Where the directive ``{chapters}`` stood."""


class Numbers(nodes.General, nodes.Element):
    """Where the directive ``{numbers}`` stood."""


class Thumbnail(nodes.image):
    """A figure of another page, small."""


class ChaptersDirective(SphinxDirective):
    """``{chapters}``: a card for each chapter."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Leave a place that is filled when every page is known."""
        entries = yaml.safe_load("\n".join(self.content))
        keys = {"page", "figure", "text"}
        if not isinstance(entries, list) or any(set(entry) != keys for entry in entries):
            raise self.error("chapters are a list of entries with `page`, `figure` and `text`")
        place = Chapters(entries=entries)
        self.set_source_info(place)
        showing(self.env)["pages"].add(self.env.docname)
        return [place]


class NumbersDirective(SphinxDirective):
    """``{numbers}``: how much of the book this build ran."""

    def run(self) -> list[nodes.Node]:
        """Leave a place that is filled when every page is known."""
        showing(self.env)["pages"].add(self.env.docname)
        return [Numbers()]


def showing(env: Any) -> dict[str, Any]:
    """Return which pages show other pages' figures and numbers, and what they showed last."""
    if not hasattr(env, "dlbook_showing"):
        env.dlbook_showing = {"pages": set(), "shown": {}}
    found: dict[str, Any] = env.dlbook_showing
    return found


def numbers(env: BuildEnvironment) -> dict[str, int]:
    """Return the numbers of the build."""
    pages = counts.counts(env).values()
    return {
        "claims verified": sum(len(claims) for claims in store(env)["claims"].values()),
        "code cells run": sum(page["cells"] for page in pages),
        "figures drawn": sum(page["figures"] for page in pages),
        "pages executed": sum(page["cells"] > 0 for page in pages),
    }


def images(env: BuildEnvironment, entry: dict[str, str]) -> list[nodes.image]:
    """Return the figure of an entry, light and dark; nothing if its chapter has no such figure."""
    labels = env.get_domain("std").data["anonlabels"]
    docname, anchor = labels.get(nodes.fully_normalize_name(entry["figure"]), ("", ""))[:2]
    if not docname or posixpath.dirname(docname) != posixpath.dirname(entry["page"]):
        return []
    for figure in env.get_doctree(docname).findall(nodes.figure):
        if anchor in figure["ids"]:
            return list(figure.findall(nodes.image))
    return []


def home(entry: dict[str, str]) -> dict[str, str]:
    """Return an entry whose page is named from the book's root, as documents are."""
    return {**entry, "page": f"book/{entry['page']}"}


def outdated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the pages whose figures or numbers are no longer what they show."""
    state, found = showing(env), {}
    for docname in sorted(state["pages"] & set(env.all_docs)):
        shown: list[Any] = [numbers(env)]
        for place in env.get_doctree(docname).findall(Chapters):
            for entry in place["entries"]:
                pictures = images(env, home(entry))
                title = env.titles.get(home(entry)["page"])
                shown.append([p["uri"] for p in pictures] + [title.astext() if title else ""])
        found[docname] = json.dumps(shown)
    changed = [name for name, text in found.items() if state["shown"].get(name) != text]
    state["shown"] = found
    return changed


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the cards and the numbers where the directives stood."""
    for spot in list(doctree.findall(Numbers)):
        spot.replace_self(nodes.raw("", numbers_html(numbers(app.env)), format="html"))
    for place in list(doctree.findall(Chapters)):
        cards = nodes.container(classes=["dl-chapters"])
        for entry in place["entries"]:
            cards += card(app, docname, place, home(entry))
        place.replace_self(cards)


def numbers_html(found: dict[str, int]) -> str:
    """Write the numbers as a list of terms, which is how they are read aloud."""
    rows = "".join(f"<div><dt>{name}</dt><dd>{n}</dd></div>" for name, n in found.items())
    return f'<dl class="dl-numbers">{rows}</dl>\n'


def card(app: Sphinx, docname: str, place: Chapters, entry: dict[str, str]) -> nodes.container:
    """Make the card of a chapter."""
    env, made = app.env, nodes.container(classes=["dl-chapter"])
    if entry["page"] not in env.titles:
        logger.warning("no page %r for a card", entry["page"], location=place)
        return made
    pictures = images(env, entry)
    if not pictures:
        text = "no figure %r in the chapter of %r"
        logger.warning(text, entry["figure"], entry["page"], location=place)
    for picture in pictures:
        dark = "figure-dark" in picture["classes"]
        if dark and app.builder.name not in WITH_DARK_MODE:
            continue
        attributes = {key: picture[key] for key in ("uri", "candidates", "classes", "alt")}
        made += Thumbnail("", **attributes, file=str(Path(env.srcdir, picture["uri"])))
    uri = app.builder.get_relative_uri(docname, entry["page"])
    link = nodes.reference("", env.titles[entry["page"]].astext(), internal=True, refuri=uri)
    title = nodes.rubric("", "", link, classes=["dl-chapter-title"])
    title["level"] = 3  # for MyST, which writes rubrics
    words = nodes.container("", title, nodes.paragraph("", entry["text"]))
    words["classes"].append("dl-chapter-text")
    made += words
    return made


def visit_thumbnail(visitor: Any, node: Thumbnail) -> None:
    """Write the picture: loaded when it comes near, with its size, so that nothing moves."""
    builder = visitor.builder
    source = posixpath.join(builder.imgpath, quote(builder.images[node["uri"]]))
    drawing = Path(node["file"]).read_text(encoding="utf-8")
    size = VIEW.search(drawing)
    width, height = (round(float(n) * 4 / 3) for n in size.groups()) if size else (499, 312)
    visitor.body.append(
        f'<img class="{" ".join(node["classes"])}" src="{escape(source)}"'
        f' alt="{escape(node["alt"])}" width="{width}" height="{height}"'
        ' loading="lazy" decoding="async" />\n'
    )
    raise nodes.SkipNode


def skip(visitor: Any, node: nodes.Node) -> None:
    """Leave it out, where there are words alone."""
    raise nodes.SkipNode


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a page that is removed or about to be read again."""
    showing(env)["pages"].discard(docname)


def merge(app: Sphinx, env: BuildEnvironment, docnames: Any, other: Any) -> None:
    """Take over what a parallel reader saw."""
    showing(env)["pages"] |= showing(other)["pages"] & set(docnames)


def setup(app: Sphinx) -> None:
    """Register the directives."""
    counts.setup(app)
    app.add_directive("chapters", ChaptersDirective)
    app.add_directive("numbers", NumbersDirective)
    leave = (skip, None)
    app.add_node(Thumbnail, html=(visit_thumbnail, None), latex=leave, text=leave, man=leave)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", outdated)
    app.connect("doctree-resolved", fill)
