"""What a page consists of: its words, lines of code, figures, equations and cells, counted.

From these counts follow the time to read a page and the number of cells that the footer states.
Nobody types them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

#: Minutes for one of each. With them a chapter page takes what its authors had estimated, on
#: average: text that is studied goes by slower than a novel, and code slower than text.
MINUTES = {"words": 1 / 200, "lines": 1 / 10, "figures": 1 / 4, "equations": 1 / 2}
SKIPPED = (nodes.raw, nodes.comment)


def store(env: Any) -> dict[str, dict[str, int]]:
    """Return the counts of all documents."""
    if not hasattr(env, "dlbook_measures"):
        env.dlbook_measures = {}
    found: dict[str, dict[str, int]] = env.dlbook_measures
    return found


def count(node: nodes.Node, found: Counter[str]) -> None:
    """Add what a part of a document holds; of a cell's outputs only the figures are read."""
    if isinstance(node, nodes.Text):
        found["words"] += len(node.split())
    elif isinstance(node, nodes.literal_block):
        found["lines"] += sum(bool(line.strip()) for line in node.astext().splitlines())
    elif isinstance(node, nodes.math_block):
        found["equations"] += 1
    elif isinstance(node, nodes.math):
        found["words"] += 1
    elif isinstance(node, nodes.image):
        found["figures"] += "figure-dark" not in node["classes"]
    elif isinstance(node, nodes.Element) and not isinstance(node, SKIPPED):
        output = node.get("nb_element") == "cell_code_output"
        for child in node.findall(nodes.image) if output else node.children:
            count(child, found)


def minutes(counts: dict[str, int]) -> int:
    """Return how many minutes a page takes, at least one."""
    return max(1, round(sum(counts.get(kind, 0) * each for kind, each in MINUTES.items())))


def cells_run(env: Any, docname: str) -> int:
    """Return how many cells of a document were run, from its executed notebook."""
    if "exec_data" not in getattr(env, "nb_metadata", {}).get(docname, {}):
        return 0
    executed = Path(env.mystnb_config.output_folder, f"{docname}.ipynb")
    notebook = json.loads(executed.read_text(encoding="utf-8"))
    return sum(cell["cell_type"] == "code" for cell in notebook["cells"])


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Count a page that was just read."""
    found: Counter[str] = Counter()
    count(doctree, found)
    found["cells"] = cells_run(app.env, app.env.docname)
    store(app.env)[app.env.docname] = dict(found)


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a page that is removed or about to be read again."""
    store(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: Any) -> None:
    """Take over what a parallel reader counted."""
    theirs = store(other)
    store(env).update({docname: theirs[docname] for docname in docnames if docname in theirs})


def setup(app: Sphinx) -> None:
    """Connect the counting."""
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
