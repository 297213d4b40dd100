"""The book as a PDF and as an EPUB: ``make pdf`` and ``make epub``.

Both come from the same pages and the same run of their cells as the site.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from myst_nb.core.render import base_render_priority
from sphinx.application import Sphinx
from sphinx.config import Config

from ..origin import origin
from .epub import EpubBuilder
from .pdf import PdfBuilder
from .transform import QuizOnPaper, SolutionsApart


def configure(app: Sphinx, config: Config) -> None:
    """Print the form of an output that the site shows; Sphinx wants an EPUB to have a version.

    All builders get the same settings, so that they share what was read.
    """
    config["version"] = config["version"] or origin(config).version
    as_in_html = base_render_priority()["html"].items()
    config["nb_mime_priority_overrides"] = [
        *(("pdf", form, priority) for form, priority in as_in_html),
        *config["nb_mime_priority_overrides"],
    ]


def offer(app: Sphinx, exception: Exception | None) -> None:
    """Put the books that were made beside the site's index, for its download menu."""
    if exception is None and app.builder.name == "html":
        build = Path(app.outdir).parent
        for kind in ("pdf", "epub"):
            made = build / kind / f"{app.config.paper_name}.{kind}"
            if made.is_file():
                shutil.copyfile(made, Path(app.outdir, made.name))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_config_value("paper_name", "deep-learning-verified", "")
    app.add_builder(PdfBuilder)
    app.add_builder(EpubBuilder, override=True)
    app.add_post_transform(QuizOnPaper)
    app.add_post_transform(SolutionsApart)
    app.connect("config-inited", configure)
    app.connect("build-finished", offer)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
