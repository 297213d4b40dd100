"""Remove from the site what an earlier build wrote and no page uses any more.

Sphinx adds files and removes none, so the site of a second build would differ from that of a first:
figures that were drawn anew have new names, and pages that were taken out stay.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx


def remove(app: Sphinx, exception: Exception | None) -> None:
    """Drop images that no document has, and what belongs to documents that are gone."""
    if exception is not None or app.builder.name != "html":
        return
    root = Path(app.outdir)
    images = {name for _, name in app.env.images.values()}
    for image in (root / app.builder.imagedir).glob("*"):
        if image.name not in images:
            image.unlink()
    for folder in {Path(name).parts[0] for name in app.env.found_docs if "/" in name}:
        for page in (root / folder).rglob("*.html"):
            if page.relative_to(root).with_suffix("").as_posix() not in app.env.found_docs:
                for file in page.parent.glob(f"{page.stem}.*"):
                    file.unlink()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("build-finished", remove)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
