"""Every page as a notebook and as Markdown, and all of them in one archive.

Both are written from the page as Sphinx resolved it: what readers see is what they get. A notebook
lies beside its page, opens in any Jupyter, and fetches the book's package by its first cell.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import shutil
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from ..files import written
from ..origin import origin
from . import bundle, first_cell, menu, notebook
from .addresses import Addresses
from .markdown import Blocks, Writer, fence, quoted

HERE = Path(__file__).parent
BUILDER = "html"
ASSETS = ("downloads.css", "page/downloads.js")
TENSORFLOW = re.compile(r"^\s*(import|from)\s+tensorflow\b", re.MULTILINE)
BUTTONS = "article-header-buttons.html"
#: The theme's own menus, which these take the place of.
REPLACED = {"download-buttons", "launch-buttons", "source-buttons", "source-repository-button"}


def is_output(node: nodes.Node) -> bool:
    """Tell whether a node holds what a cell put out."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code_output"


def with_cells(app: Sphinx) -> set[str]:
    """Return the pages that have code cells."""
    found: set[str] = {
        docname
        for docname, data in getattr(app.env, "nb_metadata", {}).items()
        if "exec_data" in data
    }
    return found


def files_of(app: Sphinx, docname: str) -> tuple[str, ...]:
    """Return the files that the code of a page reads: its option ``files``, as seen from it."""
    given = app.env.metadata.get(docname, {}).get("files") or "[]"
    return tuple(yaml.safe_load(given) if isinstance(given, str) else given)


def write_page(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the page in both forms beside its HTML."""
    if app.builder.name != BUILDER:
        return
    numbers = app.env.toc_fignumbers.get(docname, {})
    files, cells = files_of(app, docname), with_cells(app)
    executed: dict[str, Any] = {"cells": []}
    if docname in cells:
        env: Any = app.env
        path = Path(env.mystnb_config.output_folder, f"{docname}.ipynb")
        executed = json.loads(path.read_text(encoding="utf-8"))
    target = Path(app.outdir, f"{docname}.md")
    target.parent.mkdir(parents=True, exist_ok=True)

    def as_text(writer: Writer, node: Any) -> Blocks:
        return cell_as_text(writer, node, executed["cells"][node["cell_index"]])

    near = Addresses(app, docname, cells, files, alone=False)
    writer = Writer(near.link, near.picture, as_text, numbers, near.home)
    blocks = [*writer.blocks(doctree.children), "---", colophon(app, near.home)]
    target.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    if docname not in cells:
        return

    def as_place(writer: Writer, node: Any) -> Blocks:
        captions = [
            block for figure in node.findall(nodes.figure) for block in writer.caption(figure)
        ]
        return [notebook.PLACE.format(node["cell_index"]), *captions]

    alone = Addresses(app, docname, cells, files, alone=True)
    writer = Writer(alone.link, alone.picture, as_place, numbers, alone.home)
    blocks = [*writer.blocks(doctree.children), "---", colophon(app, alone.home)]
    first = first_cell.code(**needs(app, docname, executed, files))
    target.with_suffix(".ipynb").write_text(notebook.make(blocks, executed, first), "utf-8")
    for file in files:
        kept = Path(app.outdir, docname).parent / file
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path(app.srcdir, docname).parent / file, kept)


def cell_as_text(writer: Writer, node: Any, ran: dict[str, Any]) -> Blocks:
    """Write a cell and what it put out; instead of HTML, the words that stand for it."""
    blocks = [fence("".join(ran["source"]), "python")]
    words = [
        "".join(output["data"].get("text/plain", ""))
        for output in ran.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    for part in node.findall(is_output):
        for child in part.children:
            if isinstance(child, nodes.raw):
                blocks += [quoted([writer.paragraph([nodes.Text(words.pop(0))])])] if words else []
            else:
                blocks += writer.blocks([child])
    return blocks


def needs(
    app: Sphinx, docname: str, executed: dict[str, Any], files: tuple[str, ...]
) -> dict[str, Any]:
    """Return what the first cell of a page is told."""
    known, versions = origin(app.config), bundle.locked()
    folder = Path(app.srcdir, docname).parent
    texts = ["".join(cell["source"]) for cell in executed["cells"]]
    texts += [(folder / file).read_text(encoding="utf-8") for file in files if file.endswith(".py")]
    names = ["numpy", "matplotlib"] + ["tensorflow"] * any(map(TENSORFLOW.search, texts))
    return {
        "version": known.version,
        "site": known.site,
        "page": docname,
        "versions": {name: versions[name] for name in names},
        "files": files,
    }


def colophon(app: Sphinx, home: str) -> str:
    """Say where a page is from, and what may be done with it."""
    book = f"[{app.config.html_title}]({home})" if home else str(app.config.html_title)
    terms = "Text and figures: CC BY 4.0. Code: BSD 3-Clause licence."
    return f"*From {book}, version {origin(app.config).version}. {terms}*"


def add_menus(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Hand the menus of a page to its template."""
    if app.builder.name != BUILDER:
        return
    app.add_css_file("downloads/downloads.css")
    app.add_js_file("downloads/downloads.js", loading_method="defer")
    if doctree is None:
        return
    known, has_cells = origin(app.config), page in with_cells(app)
    source = context.get("sourcename") if app.config.html_copy_source else ""
    address = context["pathto"](f"_sources/{source}", 1) if source else ""
    configured = bool(app.config.html_theme_options.get("repository_url"))
    context["downloads"] = menu.of_page(page, has_cells, address)
    launch = menu.has_branch(known, configured)
    context["elsewhere"] = menu.elsewhere(page, has_cells, known, launch)


def leave_out(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Drop the theme's menus of the same kind."""
    buttons = context.get("header_buttons", [])
    context["header_buttons"] = [b for b in buttons if b.get("label") not in REPLACED]


def finish_menus(app: Sphinx, page: Any) -> None:
    """Offer the whole book in the forms that are there by now."""
    page.html = menu.with_books(page.html, page.path, Path(app.outdir))


def prepare(app: Sphinx) -> None:
    """Put the wheel, the script and the style sheet among the site's files."""
    if app.builder.name == BUILDER:
        site = Path(app.outdir)
        bundle.put_wheel(site, origin(app.config).version)
        target = site / "_static" / "downloads"
        for name in ASSETS:
            shutil.copyfile(HERE / name, target / Path(name).name)


def write_archive(app: Sphinx, exception: Exception | None) -> None:
    """Pack all notebooks, the pages without code, and the files that they need."""
    if exception is not None or app.builder.name != BUILDER:
        return
    site, cells, known = Path(app.outdir), with_cells(app), origin(app.config)
    pages = {d + (".ipynb" if d in cells else ".md") for d in app.env.found_docs}
    for docname in cells:
        for file in files_of(app, docname):
            place = posixpath.join(posixpath.dirname(docname), file)
            pages.add(posixpath.normpath(place))
    files = bundle.contents(site, known.site, known.version, sorted(pages))
    bundle.pack(site / bundle.ARCHIVE, files)


def note_version(app: Sphinx, config: Config) -> None:
    """Make Sphinx write every page again when what writes the downloads changes."""
    digest = hashlib.sha256(repr(bundle.locked()).encode())
    for path in written(HERE):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    config["downloads_version"] = digest.hexdigest()[:12]


def use_template(app: Sphinx, config: Config) -> None:
    """Put the menus before the theme's own buttons."""
    if config.html_theme != "sphinx_book_theme":
        return
    config.templates_path.append(str(HERE / "templates"))
    options = config.html_theme_options
    given = options.get("article_header_end") or [BUTTONS]
    given = given.split(",") if isinstance(given, str) else given
    options["article_header_end"] = ["downloads.html", *(part.strip() for part in given)]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension, to see pages after all others have written into them."""
    app.setup_extension("extensions.finishing")
    app.add_config_value("downloads_version", "", "html")
    app.connect("config-inited", note_version)
    app.connect("config-inited", use_template)
    app.connect("builder-inited", prepare)
    app.connect("doctree-resolved", write_page, priority=900)
    app.connect("html-page-context", add_menus, priority=400)  # the theme looks what is empty
    app.connect("html-page-context", leave_out, priority=600)
    app.connect("build-finished", write_archive, priority=800)
    app.connect("page-finishing", finish_menus)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
