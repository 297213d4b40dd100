"""What makes reading comfortable: where one is, what a link leads to, how to copy and to cite.

The build writes all that it can know into the pages. One small script adds what needs the hand:
previews of links, buttons that copy, keys, and marks for the pages that were read.
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from ..equations import NODE
from ..files import written
from ..finishing import FinishedPage
from . import anchors, footer, heading, measures, notfound, previews
from .chapters import by_page

HERE = Path(__file__).parent
#: Jupyter Book loads another script for copying on every page; ours does it.
REPLACED = ("clipboard.min.js", "copybutton.js", "copybutton.css")


def configure(app: Sphinx, config: Config) -> None:
    """Let our templates go before the theme's, and pages be written anew when we change."""
    config.comforts_version = version()
    config.templates_path = [*config.templates_path, str(HERE / "templates")]


def version() -> str:
    """Return a digest of all that this extension is made of."""
    digest = hashlib.sha256()
    for path in written(HERE):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def bundle(app: Sphinx) -> None:
    """Put the scripts and the style sheet among the site's files, unless they are unchanged."""
    if app.builder.name != "html":
        return
    target = Path(app.outdir, "_static", "comforts")
    made, stamp = version(), target / "version.txt"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == made:
        return
    target.mkdir(parents=True, exist_ok=True)
    command = [str(part) for part in (NODE, HERE / "bundle.mjs", target)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise ExtensionError(f"The script for readers could not be bundled:\n{done.stderr}")
    stamp.write_text(made, encoding="utf-8")


def leave_out(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Drop what our script replaces."""
    if app.builder.name != "html":
        return
    for kind in ("script_files", "css_files"):
        context[kind] = [
            asset
            for asset in context[kind]
            if Path(str(getattr(asset, "filename", asset))).name not in REPLACED
        ]


def name_neighbours(app: Sphinx, page: str, context: Any) -> None:
    """Tell the template in which chapters the pages before and after this one are."""
    relations: dict[str, Any] = getattr(app.builder, "relations", {})
    _, before, after = relations.get(page) or (None, None, None)
    for name, docname in (("prev_chapter", before), ("next_chapter", after)):
        chapter = by_page(app).get(docname) if docname else None
        context[name] = chapter.title if chapter else ""


def prepare(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Give a page of the site what it needs; other builders' pages stay as they are."""
    if app.builder.name != "html":
        return
    app.add_css_file("comforts/comforts.css")
    app.add_js_file("comforts/comforts.js", loading_method="defer")
    name_neighbours(app, page, context)
    footer.add_context(context)
    anchors.name_links(app, page, context, doctree)


def finish(app: Sphinx, page: FinishedPage) -> None:
    """Write what only the whole book knows into a page."""
    heading.write(app, page)
    footer.write(app, page)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.setup_extension("extensions.finishing")
    app.setup_extension("extensions.results")
    app.add_config_value("comforts_version", "", "html")
    measures.setup(app)
    app.connect("config-inited", configure)
    app.connect("builder-inited", bundle)
    app.connect("html-collect-pages", notfound.collect)
    app.connect("html-page-context", prepare)
    # Late: by then all others have added their scripts.
    app.connect("html-page-context", leave_out, priority=900)
    app.connect("build-finished", previews.write, priority=800)
    app.connect("page-finishing", finish)
    # Every address of that page has to be there by then.
    app.connect("page-finishing", notfound.finish, priority=950)
    return {
        "version": "1",
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
