"""What others read of the site: search engines, and programs that read for people.

``sitemap.xml`` and the canonical address of each page need to know where the site lies, so they
are left out where that is unknown. ``llms.txt`` lists the pages as Markdown, and ``llms-full.txt``
holds all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config

from ..origin import origin
from ..results import in_reading_order

BUILDER = "html"
#: Not for people who come from a search.
HIDDEN = ("/_sources/",)


def note_address(app: Sphinx, config: Config) -> None:
    """Tell Sphinx where the site lies, so that it writes the canonical address into every page."""
    config.html_baseurl = origin(config).site


def only_pages(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Leave the canonical address out of what is no page of the book: the search, the index."""
    if doctree is None:
        context.pop("pageurl", None)


def robots(site: str) -> str:
    """Return the rules for programs that visit the site."""
    path = "/" + "/".join(site.split("/")[3:]) if site else "/"
    lines = ["User-agent: *", *(f"Disallow: {path.rstrip('/')}{hidden}" for hidden in HIDDEN)]
    if site:
        lines += ["", f"Sitemap: {site}sitemap.xml"]
    return "\n".join(lines) + "\n"


def sitemap(site: str, pages: list[str]) -> str:
    """Return the list of all pages for search engines."""
    urls = [f"  <url><loc>{escape(f'{site}{page}.html')}</loc></url>" for page in pages]
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return "\n".join([head, f'<urlset xmlns="{space}">', *urls, "</urlset>"]) + "\n"


def described(app: Sphinx, docname: str) -> str:
    """Return a page as an entry of a list: a link to its Markdown, and its description."""
    title = " ".join(app.env.titles[docname].astext().split())
    said = app.env.metadata.get(docname, {}).get("description", "")
    address = f"{origin(app.config).site}{docname}.md"
    return f"- [{title}]({address})" + (f": {said}" if said else "")


def parts(app: Sphinx) -> Iterator[tuple[str, list[str]]]:
    """Yield the parts of the table of contents: their captions, and their pages in order."""
    root = app.config.root_doc
    seen = {root}
    for tree in app.env.get_doctree(root).findall(addnodes.toctree):
        pages = [
            page for entry in tree["includefiles"] for page in in_reading_order(app.env, entry)
        ]
        pages = [page for page in dict.fromkeys(pages) if page not in seen]
        seen.update(pages)
        if pages:
            yield tree.get("caption") or "Pages", pages


def llms(app: Sphinx) -> str:
    """Return the guide to the book for programs, after https://llmstxt.org."""
    root = app.config.root_doc
    summary = app.env.metadata.get(root, {}).get("description", "")
    blocks = [f"# {app.config.html_title}"]
    blocks += [f"> {summary}"] if summary else []
    blocks.append(
        "Each page is given as Markdown. Its outputs and numbers were computed by the build that "
        "made it. The whole book in one file: "
        f"[llms-full.txt]({origin(app.config).site}llms-full.txt)."
    )
    blocks += ["## Begin", described(app, root)]
    for caption, pages in parts(app):
        blocks += [f"## {caption}", "\n".join(described(app, page) for page in pages)]
    return "\n\n".join(blocks) + "\n"


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the files at the site's root."""
    if exception is not None or app.builder.name != BUILDER:
        return
    root, site = Path(app.outdir), origin(app.config).site
    order = [app.config.root_doc, *(page for _, pages in parts(app) for page in pages)]
    files = {"robots.txt": robots(site), "llms.txt": llms(app)}
    texts = [root / f"{page}.md" for page in order]
    files["llms-full.txt"] = "\n".join(t.read_text("utf-8") for t in texts if t.is_file())
    if site:
        files["sitemap.xml"] = sitemap(site, sorted(app.env.found_docs))
    else:
        (root / "sitemap.xml").unlink(missing_ok=True)
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension, to write when the Markdown of all pages is there."""
    app.connect("config-inited", note_address)
    app.connect("html-page-context", only_pages, priority=600)
    app.connect("build-finished", write, priority=800)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
