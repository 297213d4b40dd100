"""Admonitions that open: of the browser's own kind, so that they need no script.

A block of the class ``dropdown`` is closed from the first moment, nothing moves when a script
comes, the keyboard and the search within the page open it, and print shows it.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

WITH_DETAILS = ("html", "dirhtml", "singlehtml")


class Dropdown(nodes.General, nodes.Element):
    """What opens."""


class Summary(nodes.General, nodes.TextElement):
    """What is seen before."""


class AsDetails(SphinxPostTransform):
    """Replace the admonitions of this page."""

    default_priority = 3

    def run(self, **kwargs: Any) -> None:
        """Replace those that are dropdowns and have a title."""
        if self.app.builder.name not in WITH_DETAILS:
            return
        for node in list(self.document.findall(nodes.admonition)):
            title, *content = node.children
            if "dropdown" in node["classes"] and isinstance(title, nodes.title):
                summary = Summary("", "", *title.children)
                node.replace_self(Dropdown("", summary, *content, **node.attributes))


def visit_dropdown(visitor: Any, node: Dropdown) -> None:
    """Open it."""
    visitor.body.append(visitor.starttag(node, "details", CLASS="admonition"))


def depart_dropdown(visitor: Any, node: Dropdown) -> None:
    """Close it."""
    visitor.body.append("</details>\n")


def visit_summary(visitor: Any, node: Summary) -> None:
    """Open its title."""
    visitor.body.append('<summary class="admonition-title">')


def depart_summary(visitor: Any, node: Summary) -> None:
    """Close its title."""
    visitor.body.append("</summary>\n")
