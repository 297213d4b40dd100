"""How the book looks, and how it is shown by others: one identity for all pages.

The colours (`tokens`), the style sheet and the fonts; the mark (`mark`) in the sidebar and as icon;
what the head of a page says of it (`head`) and the picture that goes with a link to it (`cards`);
and what the front page shows of the chapters (`chapters`).
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from ..files import written
from . import cards, chapters, head, mark
from .fonts import CSS_FONTS, FONTS, write_web_font
from .tokens import style

HERE = Path(__file__).parent
WITH_PAGES = ("html", "dirhtml")


def version() -> str:
    """Return a digest of all that the looks are made of."""
    digest = hashlib.sha256()
    for path in written(HERE):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def prepare(app: Sphinx, config: Config) -> None:
    """Find the templates, and have every page written again when the looks change."""
    config.templates_path = [*config.templates_path, str(HERE / "templates")]
    config.identity_version = version()


def write(app: Sphinx) -> None:
    """Put the style sheet, the fonts with their licence, and the icons among the site's files."""
    if app.builder.name not in WITH_PAGES:
        return
    target = Path(app.outdir, "_static", "identity")
    target.mkdir(parents=True, exist_ok=True)
    sheet = style() + (HERE / "identity.css").read_text(encoding="utf-8")
    (target / "identity.css").write_text(sheet, encoding="utf-8")
    for name in CSS_FONTS:
        if not (FONTS / "files" / name).is_file():
            raise ExtensionError("The fonts are not in node_modules: run `make env` first.")
        write_web_font(name, target / name)
    shutil.copyfile(FONTS / "LICENSE", target / "LICENSE-fonts.txt")
    (target / "mark.svg").write_text(mark.svg(), encoding="utf-8")
    (target / "tile.png").write_bytes(mark.tile())
    Path(app.outdir, "favicon.ico").write_bytes(mark.icon())


def leave_out(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Drop the theme's two sheets of colours for code: ours are in the style sheet."""
    files = context.get("css_files", [])
    unused = "pygments.css"
    context["css_files"] = [f for f in files if unused not in str(getattr(f, "filename", f))]
    context["dl_mark"] = mark.shapes()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.setup_extension("extensions.origin")
    app.add_config_value("identity_version", "", "html")
    app.connect("config-inited", prepare)
    app.connect("builder-inited", write)
    app.connect("html-page-context", leave_out, priority=800)
    app.add_css_file("identity/identity.css", priority=900)  # after all others
    for part in (head, cards, chapters):
        part.setup(app)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True}
