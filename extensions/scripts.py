"""Leave out what Jupyter Book loads on every page and this book does not use.

Its extension for live cells, Thebe, writes its settings twice, which is an error in every browser,
and names a server and a script of others. No page of ours may ask another host for anything.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

UNUSED = "thebe"
SETTINGS = re.compile(r'<script type="text/x-thebe-config">.*?</script>', re.DOTALL)


def is_unused(asset: Any) -> bool:
    """Tell whether a script or style sheet, or what stands in it, belongs to Thebe."""
    body = getattr(asset, "attributes", {}).get("body", "")
    return UNUSED in f"{getattr(asset, 'filename', asset)} {body}"


def leave_out(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Drop its scripts, its style sheet and its settings from a page."""
    for kind in ("script_files", "css_files"):
        context[kind] = [asset for asset in context[kind] if not is_unused(asset)]
    if "body" in context:
        context["body"] = SETTINGS.sub("", context["body"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension, to act after all others."""
    app.connect("html-page-context", leave_out, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
