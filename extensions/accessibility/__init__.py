"""What the theme's pages lack for readers who hear them, use keys, zoom, or print.

The markup is mended in every finished page, since some of it comes from the theme, some from
Sphinx and some from the outputs of cells (``markup.py``). The style sheet is for focus, for narrow
and zoomed pages and for paper; the script lets keys reach what scrolls sideways, where it does.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from ..finishing import FinishedPage
from .markup import mend

HERE = Path(__file__).parent
WITH_SCRIPTS = ("html", "dirhtml")
SCRIPTS = ("boxes.js", "paper.js")
FILES = ("accessibility.css", *SCRIPTS)


def copy_files(app: Sphinx) -> None:
    """Put the style sheet and the script among the site's files."""
    if app.builder.name in WITH_SCRIPTS:
        target = Path(app.outdir, "_static", "accessibility")
        target.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(HERE / name, target / name)


def add_files(app: Sphinx) -> None:
    """Load them in every page."""
    if app.builder.name in WITH_SCRIPTS:
        # Behind the style sheets of single parts, which do not know of paper or of narrow pages.
        app.add_css_file("accessibility/accessibility.css", priority=800)
        for name in SCRIPTS:
            app.add_js_file(f"accessibility/{name}", loading_method="defer")


def finish(app: Sphinx, page: FinishedPage) -> None:
    """Mend a page of the site."""
    page.html = mend(page.html)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("builder-inited", copy_files)
    app.connect("builder-inited", add_files)
    app.connect("page-finishing", finish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
