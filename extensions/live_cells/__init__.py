"""Run and edit the code of a page in the page itself.

The build writes the controls into the pages and bundles the scripts; nothing of Python is loaded
before a reader asks for it. The controls carry the hooks that tools and tests rely on
(CONTRIBUTING.md lists them).
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

from ..equations import NODE
from ..execution import page_name
from . import markup, runtime

HERE = Path(__file__).parent
LOCK = HERE.parents[1] / "package-lock.json"
BUILDER = "html"
#: No browser has TensorFlow, and none starts the processes in which a page may run it.
ELSEWHERE = re.compile(r"^\s*(import|from)\s+(tensorflow|subprocess)\b", re.MULTILINE)

logger = logging.getLogger(__name__)


class LiveCell(nodes.container):
    """A code cell with its number."""


class Controls(nodes.General, nodes.Element):
    """Markup for the reader's hand; no text of the page, so the search does not find it."""


def visit_cell(visitor: Any, node: LiveCell) -> None:
    """Write a cell as before, with the hooks."""
    hooks = {"data-live-cell": node["number"], "data-live-state": "idle"}
    visitor.body.append(visitor.starttag(node, "div", CLASS="docutils container", **hooks))


def depart_cell(visitor: Any, node: LiveCell) -> None:
    """Close it."""
    visitor.body.append("</div>\n")


def visit_controls(visitor: Any, node: Controls) -> None:
    """Write the markup as it is."""
    visitor.body.append(node["html"])
    raise nodes.SkipNode


def is_cell(node: nodes.Node) -> bool:
    """Tell whether a node is a code cell of a notebook."""
    return is_part(node, "cell_code")


def is_part(node: nodes.Node, kind: str) -> bool:
    """Tell whether a node is a cell, or such a part of one."""
    return isinstance(node, nodes.container) and node.get("nb_element") == kind


def code_of(cell: nodes.Element) -> str:
    """Return the code that a cell shows."""
    return next(cell.findall(nodes.literal_block)).astext()


def add_controls(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the controls of a page before its first cell, and those of each cell below its code."""
    cells: list[Any] = list(doctree.findall(is_cell))
    if app.builder.name != BUILDER or not cells:
        return
    in_browser = not any(ELSEWHERE.search(code_of(cell)) for cell in cells)
    name, notebook = page_name(docname), f"{Path(docname).name}.ipynb"
    lighter = any("lighter" in cell["cell_metadata"].get("live", {}) for cell in cells)
    bar = markup.bar(name, in_browser, notebook, lighter, **runtime_facts(app))
    cells[0].parent.insert(cells[0].parent.index(cells[0]), Controls(html=bar))
    for number, cell in enumerate(cells, 1):
        live = LiveCell("", *cell.children, number=number, **cell.attributes)
        cell.replace_self(live)
        options = cell["cell_metadata"].get("live", {})
        for problem in markup.problems(options, code_of(live)):
            logger.warning("cell %d: %s", number, problem, location=(docname, cell.line))
        above: Any = next(live.findall(lambda node: is_part(node, "cell_code_source")))
        if live.get("hide_mode", "all") != "all" and above.parent is not live:
            above = above.parent  # closed code can be run without opening it
        controls = Controls(html=markup.controls(number, in_browser, options))
        above.parent.insert(above.parent.index(above) + 1, controls)


def runtime_facts(app: Sphinx) -> dict[str, Any]:
    """Return what the bar says of the runtime: how much it loads, or why there is none."""
    manifest = Path(app.outdir, "_static", "live", "manifest.json")
    facts = json.loads(manifest.read_text(encoding="utf-8")) if manifest.is_file() else {}
    size = sum(file["size"] for file in facts.get("files", []))
    return {"megabytes": size / 1e6, "off": facts.get("off", "")}


def add_assets(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Load the script and the style sheet where there are cells to run."""
    if doctree is not None and any(doctree.findall(LiveCell)):
        app.add_css_file("live/live.css")
        app.add_js_file("live/live.js", loading_method="defer")


def prepare(app: Sphinx) -> None:
    """Put the scripts and the runtime among the site's files."""
    if app.builder.name == BUILDER:
        target = Path(app.outdir, "_static", "live")
        bundle(target)
        if app.config.live_runtime:
            runtime.install(target)


def bundle(target: Path) -> None:
    """Make the scripts that browsers load from those in ``page``, unless they are unchanged."""
    digest = hashlib.sha256(LOCK.read_bytes())
    shared = HERE.parent / "licences.mjs"
    for source in sorted([shared, *HERE.glob("*.*js"), *HERE.glob("*.css"), *HERE.glob("page/*")]):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    version, stamp = digest.hexdigest()[:12], target / "version.txt"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == version:
        return
    command = [str(part) for part in (NODE, HERE / "bundle.mjs", target, version)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise ExtensionError(f"The scripts of live cells could not be bundled:\n{done.stderr}")
    stamp.write_text(version, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_config_value("live_runtime", True, "html")
    app.add_node(LiveCell, html=(visit_cell, depart_cell))
    app.add_node(Controls, html=(visit_controls, None))
    app.connect("builder-inited", prepare)
    app.connect("doctree-resolved", add_controls)
    app.connect("html-page-context", add_assets)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
