"""How much of the book has run: cells and figures, counted page by page as they are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def counts(env: Any) -> dict[str, dict[str, int]]:
    """Return what was counted, by document."""
    if not hasattr(env, "dlbook_counts"):
        env.dlbook_counts = {}
    found: dict[str, dict[str, int]] = env.dlbook_counts
    return found


def count(app: Sphinx, doctree: nodes.document) -> None:
    """Count a page that was just read."""
    env: Any = app.env
    found = {"cells": 0, "figures": 0}
    if "exec_data" in getattr(env, "nb_metadata", {}).get(env.docname, {}):
        boxes = doctree.findall(nodes.container)
        found["cells"] = sum(box.get("nb_element") == "cell_code" for box in boxes)
        images = doctree.findall(nodes.image)
        found["figures"] = sum("figure-light" in image["classes"] for image in images)
    counts(env)[env.docname] = found


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a page that is removed or about to be read again."""
    counts(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: Any) -> None:
    """Take over what a parallel reader counted."""
    counts(env).update({name: counts(other)[name] for name in docnames if name in counts(other)})


def setup(app: Sphinx) -> None:
    """Count every page."""
    app.connect("doctree-read", count)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
