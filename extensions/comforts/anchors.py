"""Names for the links to a page's headings, figures, equations, terms and claims.

Sphinx gives each of them the text "#" and a title without a name. Whoever hears the page, or lists
its links, needs to know what each one leads to.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

LINK = re.compile(r'<a class="headerlink" href="#([^"]*)" title="([^"]*)">')
CLAIM = re.compile(
    r'(<div class="dl-claim"[^>]* id="(claim-[^"]*)">.*?'
    r'<code class="dl-claim-name">([^<]*)</code>)',
    re.DOTALL,
)


def plain(node: nodes.Node) -> str:
    """Return the text of a node in one line; formulas stay as they are written."""
    return " ".join(node.astext().split())


def names(app: Sphinx, docname: str, doctree: nodes.document) -> dict[str, str]:
    """Name what the anchors of a page stand for, by their ids."""
    found: dict[str, str] = {}
    numbers = {
        anchor: ".".join(map(str, number))
        for kind in app.env.toc_fignumbers.get(docname, {}).values()
        for anchor, number in kind.items()
    }
    for node in doctree.findall(nodes.Element):
        name = ""
        if isinstance(node, nodes.section):
            title = node.next_node(nodes.title)
            name = plain(title) if title else ""
        elif isinstance(node, nodes.term | addnodes.desc_signature):
            name = str(node.get("fullname") or plain(node))
        elif isinstance(node, nodes.math_block | nodes.figure | nodes.table):
            own = str(node.get("number") or "")  # an equation's, where a book counts by the page
            name = next((numbers[anchor] for anchor in node["ids"] if anchor in numbers), own)
        if name:
            found.update(dict.fromkeys(node["ids"], name))
    return found


def named(body: str, found: dict[str, str]) -> str:
    """Give the links of a page their names, and each claim a link."""

    def link(match: re.Match[str]) -> str:
        anchor, title = match[1], match[2].replace("this image", "this figure")
        label = f"{title}: {escape(found[anchor])}" if anchor in found else title
        return f'<a class="headerlink" href="#{anchor}" title="{title}" aria-label="{label}">'

    def claim(match: re.Match[str]) -> str:
        label = f"Link to this claim: {match[3]}"
        return (
            f'{match[1]}<a class="headerlink" href="#{match[2]}" title="Link to this claim" '
            f'aria-label="{label}">#</a>'
        )

    return CLAIM.sub(claim, LINK.sub(link, body))


def name_links(app: Sphinx, page: str, context: Any, doctree: Any) -> None:
    """Rewrite the body of a page about to be written."""
    if doctree is not None and "body" in context:
        context["body"] = named(context["body"], names(app, page, doctree))
