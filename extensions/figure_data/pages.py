"""Put the numbers of every figure below it, and a file with all of them among the site's files."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform

from ..execution import page_name
from ..files import written
from .files import as_csv
from .markup import details
from .notebooks import take_figure_data

HERE = Path(__file__).parent
BUILDER = "html"
FOLDER = "_static/figure-data"


class FigureData(nodes.General, nodes.Element):
    """The numbers of the figure before it; no text of the page, so the search does not find it."""


def note_version(app: Sphinx, config: Config) -> None:
    """Make Sphinx write every page again when the tables change."""
    digest = hashlib.sha256()
    for path in written(HERE):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    config["figure_data_version"] = digest.hexdigest()[:12]


def executed_data(app: Sphinx) -> dict[str, Any]:
    """Take the numbers out of the executed notebook of the page that was just read."""
    env: Any = app.env
    path = Path(env.mystnb_config.output_folder, f"{env.docname}.ipynb")
    if "exec_data" not in getattr(env, "nb_metadata", {}).get(env.docname, {}):
        return {}
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    found = take_figure_data(notebook)
    if found:
        text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
        path.write_text(text, encoding="utf-8")
    return found


def add_data(app: Sphinx, doctree: nodes.document) -> None:
    """Put the numbers behind each figure, in print and search as if there were none."""
    known = executed_data(app)
    names: set[str] = set()
    for image in list(doctree.findall(nodes.image)):
        moving = image.attributes.pop("numbers", None)
        numbers = moving or known.get(PurePosixPath(image["uri"]).stem)
        if not numbers or "figure-dark" in image["classes"]:
            continue
        shell = frame(image)
        name = re.sub(r"[^\w-]+", "-", (shell.get("names") or [""])[0])
        if not name or name in names:
            name = f"figure-{len(names) + 1}"
        names.add(name)
        siblings = shell.parent.children
        after: nodes.Node = shell
        while (k := siblings.index(after) + 1) < len(siblings) and is_twin(siblings[k]):
            after = siblings[k]
        node = FigureData(figure=numbers, name=name, moves=bool(moving))
        shell.parent.insert(siblings.index(after) + 1, node)


def frame(image: nodes.image) -> nodes.Element:
    """Return the figure that an image stands in, or the image."""
    parent: Any = image.parent
    while parent is not None and parent.get("nb_element") != "cell_code_output":
        if isinstance(parent, nodes.figure):
            return parent
        parent = parent.parent
    return image


def is_twin(node: nodes.Node) -> bool:
    """Tell whether it is the dark twin of the picture before it."""
    return isinstance(node, nodes.image) and "figure-dark" in node["classes"]


class OnlyOnPages(SphinxPostTransform):
    """Drop the numbers from other formats than the site's pages."""

    default_priority = 3

    def run(self, **kwargs: Any) -> None:
        """Remove them from this page."""
        if self.app.builder.name != BUILDER:
            for node in list(self.document.findall(FigureData)):
                node.parent.remove(node)


def write_files(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the files of a page, and what the page says of them."""
    if app.builder.name != BUILDER:
        return
    folder = Path(app.outdir, FOLDER, page_name(docname))
    for old in folder.glob("*.csv"):
        old.unlink()
    for node in doctree.findall(FigureData):
        text, rows = as_csv(node["figure"])
        target = folder / f"{node['name']}.csv"
        folder.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        here = Path(app.outdir, docname).parent
        link = PurePosixPath(os.path.relpath(target, here).replace(os.sep, "/"))
        node["html"] = details(node["figure"], node["name"], str(link), rows, node["moves"])


def visit_data(visitor: Any, node: FigureData) -> None:
    """Write the markup as it is."""
    visitor.body.append(node["html"])
    raise nodes.SkipNode


def copy_files(app: Sphinx) -> None:
    """Put the style sheet among the site's files."""
    if app.builder.name == BUILDER:
        target = Path(app.outdir, FOLDER)
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HERE / "figure_data.css", target / "figure_data.css")


def add_files(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Load it where there are figures with numbers."""
    if doctree is not None and any(doctree.findall(FigureData)):
        app.add_css_file("figure-data/figure_data.css")


def register(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_config_value("figure_data_version", "", "html")
    app.add_node(FigureData, html=(visit_data, None))
    app.add_post_transform(OnlyOnPages)
    app.connect("config-inited", note_version)
    app.connect("builder-inited", copy_files)
    # After the notebook is written and the twins are drawn, before others read the notebook.
    app.connect("doctree-read", add_data, priority=150)
    app.connect("doctree-resolved", write_files)
    app.connect("html-page-context", add_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
