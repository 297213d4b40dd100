"""What links show before they are followed: terms, sources and equations of other pages.

What stands on the same page is shown from there. For the rest the build writes one small script for
each page that others link to, such as ``previews/book.back.glossary.js``, which is loaded when the
first preview is asked for; as a script it loads from files too, where nothing else does.
"""

from __future__ import annotations

import json
import posixpath
import re
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx

#: Anchors that have a preview: terms, equations, figures, sources. The script has the same pattern.
LINK = re.compile(
    r'<a class="reference internal" href="([^"#]+\.html)#((?:term-|equation-|fig-|id\d)[^"]*)"'
)
#: What makes no sense in a copy.
CONTROLS = ".headerlink, .explorable, .copybtn, button, script, .eqno a"


def linked(html: Path) -> dict[str, set[str]]:
    """Find the anchors that pages link to on other pages, by the page that has them."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted(html.rglob("*.html")):
        here = file.relative_to(html).as_posix()
        for path, anchor in LINK.findall(file.read_text(encoding="utf-8")):
            page = posixpath.normpath(posixpath.join(posixpath.dirname(here), unquote(path)))
            found[page].add(unquote(anchor))
    return found


def without_hooks(part: Tag, page: str) -> str:
    """Return the markup of a part without ids, links and controls; pictures start at the root."""
    for control in part.select(CONTROLS):
        control.decompose()
    for link in part.find_all("a"):
        link.unwrap()
    for tag in [part, *part.find_all(True)]:
        for hook in ("id", "tabindex", "role", "aria-label"):
            del tag[hook]
        if source := tag.get("src"):
            tag["src"] = posixpath.normpath(posixpath.join(posixpath.dirname(page), str(source)))
    return str(part)


def preview(soup: BeautifulSoup, anchor: str, page: str) -> str:
    """Return what is shown for an anchor; nothing if it is no place that has a preview."""
    place = soup.find(id=anchor)
    if not isinstance(place, Tag):
        return ""
    if place.name == "dt":
        meaning: Any = place.find_next_sibling("dd")
        if meaning is None:
            return ""
        term = without_hooks(place, page).replace("<dt>", "<p>").replace("</dt>", "</p>")
        return term.replace("<p>", '<p class="dl-preview-title">') + "".join(
            without_hooks(child, page) for child in meaning.find_all(True, recursive=False)
        )
    if place.name == "figure" or {"citation", "math"} & set(place.get("class") or []):
        return without_hooks(place, page)
    return ""


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the scripts, from the pages as they are after this build."""
    if exception is not None or app.builder.name != "html":
        return
    html = Path(app.outdir)
    folder = html / "_static" / "comforts" / "previews"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for page, anchors in linked(html).items():
        if not (html / page).is_file():
            continue
        soup = BeautifulSoup((html / page).read_text(encoding="utf-8"), "html.parser")
        shown = {anchor: preview(soup, anchor, page) for anchor in sorted(anchors)}
        name = page.removesuffix(".html")
        data = json.dumps({a: s for a, s in shown.items() if s}, ensure_ascii=False, indent=0)
        script = f"(self.dlPreviews ??= {{}})[{json.dumps(name)}] = {data};\n"
        (folder / f"{name.replace('/', '.')}.js").write_text(script, encoding="utf-8")
