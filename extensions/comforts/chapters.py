"""Which chapter a page belongs to, and where in it the page stands, from the table of contents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


@dataclass(frozen=True)
class Chapter:
    """A chapter: its title, its pages in order, and whether the first of them is its own page."""

    title: str
    pages: tuple[str, ...]
    has_home: bool


def below(env: BuildEnvironment, docname: str) -> Iterator[str]:
    """Yield a document and all below it."""
    yield docname
    for child in env.toctree_includes.get(docname, []):
        yield from below(env, child)


def title_of(env: BuildEnvironment, docname: str) -> str:
    """Return a page's title as plain text."""
    return env.titles[docname].astext() if docname in env.titles else docname


def chapters(env: BuildEnvironment, root: str) -> list[Chapter]:
    """List the chapters: an entry with pages below it, or the single pages under one caption."""
    found: list[Chapter] = []
    for toctree in env.get_doctree(root).findall(addnodes.toctree):
        alone: list[str] = []
        for _, docname in toctree["entries"]:
            pages = tuple(below(env, docname)) if docname in env.all_docs else ()
            if len(pages) > 1:
                found.append(Chapter(title_of(env, docname), pages, has_home=True))
            else:
                alone += pages
        if alone:
            found.append(Chapter(toctree.get("caption") or "", tuple(alone), has_home=False))
    return found


@cache
def by_page(app: Sphinx) -> dict[str, Chapter]:
    """Return the chapter of each page that is in one."""
    return {
        docname: chapter
        for chapter in chapters(app.env, app.config.root_doc)
        for docname in chapter.pages
    }
