"""Collect what the pages found: glued values and claims.

After reading, every value glued by a page and every claim made in it go to ``results.json`` beside
the site's index, and the directive ``{claims}`` lists the claims from the same data. A name used
twice in the book is a warning, which fails the build.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.ext.glue.utils import PendingGlueReference
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from dlbook.evidence import CLAIM_MIME, VALUE_MIME, readable

from .execution import page_name

logger = logging.getLogger(__name__)


class ClaimsList(nodes.General, nodes.Element):
    """Where the directive ``{claims}`` stood."""


class ClaimsDirective(SphinxDirective):
    """``{claims}``: every claim of the book, by chapter."""

    def run(self) -> list[nodes.Node]:
        """Leave a place that is filled when everything is known."""
        store(self.env)["lists"].add(self.env.docname)
        return [ClaimsList()]


def store(env: Any) -> dict[str, Any]:
    """Return what was collected: values and claims by document, and who shows those of others."""
    if not hasattr(env, "dlbook_results"):
        env.dlbook_results = {"values": {}, "claims": {}, "lists": set(), "shown": ""}
    found: dict[str, Any] = env.dlbook_results
    return found


def claim_id(name: str) -> str:
    """Name the anchor of a claim's badge."""
    return f"claim-{name}"


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the results of a page that was just read and give its claims a label."""
    env: Any = app.env
    docname, found = env.docname, store(env)
    if any(doctree.findall(PendingGlueReference)):
        found["lists"].add(docname)
    if "exec_data" not in getattr(env, "nb_metadata", {}).get(docname, {}):
        return
    executed = Path(env.mystnb_config.output_folder, f"{docname}.ipynb")
    notebook = json.loads(executed.read_text(encoding="utf-8"))
    number = 0
    for cell in notebook["cells"]:
        number += cell["cell_type"] == "code"
        for output in cell.get("outputs", []):
            if glued := glued_value(output):
                found["values"].setdefault(docname, {}).update([glued])
            if claim := output.get("data", {}).get(CLAIM_MIME):
                entry = {**claim, "page": page_name(docname), "cell": number}
                found["claims"].setdefault(docname, []).append(entry)
                anchor = claim_id(claim["name"])
                env.get_domain("std").note_hyperlink_target(
                    f"claim:{claim['name']}", docname, anchor, claim["name"]
                )


def glued_value(output: dict[str, Any]) -> tuple[str, Any] | None:
    """Name and value of an output made by ``glue``."""
    label = output.get("metadata", {}).get("scrapbook")
    if not label:
        return None
    data, prefix = output["data"], label["mime_prefix"]
    value = data.get(prefix + VALUE_MIME, data.get(prefix + "text/plain"))
    return label["name"], value


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a page that is removed or about to be read again."""
    store(env)["values"].pop(docname, None)
    store(env)["claims"].pop(docname, None)
    store(env)["lists"].discard(docname)


def merge(app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: Any) -> None:
    """Take over what a parallel reader collected."""
    mine, theirs = store(env), store(other)
    for docname in docnames:
        for kind in ("values", "claims"):
            if docname in theirs[kind]:
                mine[kind][docname] = theirs[kind][docname]
        mine["lists"] |= theirs["lists"] & {docname}


def summary(env: BuildEnvironment) -> dict[str, Any]:
    """Return the content of ``results.json``."""
    found = store(env)
    pages = {page_name(d): dict(sorted(v.items())) for d, v in sorted(found["values"].items())}
    fields = ("name", "page", "statement", "holds", "evidence")
    claims = [{f: c[f] for f in fields} for d in found["claims"].values() for c in d]
    return {"pages": pages, "claims": sorted(claims, key=lambda c: (c["page"], c["name"]))}


def check(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Refuse names used twice; return the documents that show results and are now outdated."""
    results = summary(env)
    named = [("glued value", n, page) for page, values in results["pages"].items() for n in values]
    named += [("claim", claim["name"], claim["page"]) for claim in results["claims"]]
    owner: dict[tuple[str, str], str] = {}
    for kind, name, page in named:
        if (kind, name) in owner:
            first = owner[kind, name]
            logger.warning("the %s %r of page %s is already in page %s", kind, name, page, first)
        owner[kind, name] = page
    shown = json.dumps(store(env)["claims"], sort_keys=True) + json.dumps(results, sort_keys=True)
    if shown == store(env)["shown"]:
        return []
    store(env)["shown"] = shown
    return sorted(store(env)["lists"])


def in_reading_order(env: BuildEnvironment, docname: str) -> Iterator[str]:
    """Walk a document and all below it in the table of contents."""
    yield docname
    for child in env.toctree_includes.get(docname, []):
        yield from in_reading_order(env, child)


def show_claims(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the list of claims where the directive stood."""
    env = app.env
    for place in list(doctree.findall(ClaimsList)):
        lists: dict[str, nodes.definition_list] = {}
        sections: list[nodes.Node] = []
        for source in in_reading_order(env, app.config.root_doc):
            chapter = page_name(source).split("/")[0]
            for claim in store(env)["claims"].get(source, []):
                if chapter not in lists:
                    alone = chapter in (page_name(source), "back")
                    home = source if alone else f"book/{chapter}/index"
                    title = env.titles.get(home)
                    words = title.astext() if title else chapter.replace("-", " ").capitalize()
                    lists[chapter] = nodes.definition_list(classes=["dl-claims"])
                    heading = nodes.title("", words)
                    sections.append(
                        nodes.section("", heading, lists[chapter], ids=[f"claims-{chapter}"])
                    )
                lists[chapter].append(claim_item(app, docname, source, claim))
        place.replace_self(sections or [nodes.paragraph("", "No claims yet.")])


def claim_item(app: Sphinx, here: str, source: str, claim: dict[str, Any]) -> nodes.Node:
    """One claim: its statement, its evidence, and a link to the cell that makes it."""
    uri = f"{app.builder.get_relative_uri(here, source)}#{claim_id(claim['name'])}"
    where = f"{app.env.titles[source].astext()}, cell {claim['cell']}"
    link = nodes.reference("", where, internal=True, refuri=uri)
    verdict = "holds" if claim["holds"] else "does not hold"
    evidence = nodes.paragraph("", "Evidence: " + readable(claim["evidence"]))
    evidence["classes"].append("dl-evidence")
    source_line = nodes.paragraph("", "", nodes.Text(f"It {verdict}. "), link)
    term = nodes.term("", claim["statement"])
    return nodes.definition_list_item("", term, nodes.definition("", evidence, source_line))


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write ``results.json`` beside the index."""
    if exception is None and app.builder.format == "html":
        text = json.dumps(summary(app.env), indent=1, ensure_ascii=False, allow_nan=False)
        Path(app.outdir, "results.json").write_text(text + "\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_directive("claims", ClaimsDirective)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", check)
    app.connect("doctree-resolved", show_claims)
    app.connect("build-finished", write)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True}
