"""A search that knows the beginnings of words, the code, and the place.

The build notes what each page says, and Node makes an index of it. A page loads a small script;
the index comes when the search is opened, and the texts of pages when something is found in them.
Sphinx's own search is not built. Index and texts are scripts, since pages opened from files may
load those.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from ..equations import NODE
from ..files import written
from ..results import claim_id, store
from .records import Record, records

HERE = Path(__file__).parent
LOCK = HERE.parents[1] / "package-lock.json"
BUILDER = "html"
#: What Sphinx copies for its own search.
UNUSED = ("searchindex.js", "_static/searchtools.js", "_static/language_data.js")


def add_templates(app: Sphinx, config: Config) -> None:
    """Put our buttons, field and page of results before those of the theme."""
    folder = os.path.relpath(HERE / "components", app.confdir)
    config.templates_path = [folder, *config.templates_path]


def note_version(app: Sphinx, config: Config) -> None:
    """Have every page written, and noted, again when what is noted of it changes."""
    parts = (HERE / "records.py", HERE / "formulas.py")
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in parts))
    config["search_records"] = digest.hexdigest()[:12]


def prepare(app: Sphinx) -> None:
    """Make the scripts, and keep Sphinx from making an index of its own."""
    if app.builder.name == BUILDER:
        app.builder.search = False  # type: ignore[attr-defined]
        bundle(Path(app.outdir, "_static", "search"))


def note(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Keep what a page says until the index is made, in this build or one after it."""
    if app.builder.name != BUILDER:
        return
    names: dict[str, list[str]] = {}
    for name, entry in app.env.domaindata["py"]["objects"].items():
        if entry.docname == docname:
            names.setdefault(entry.node_id, []).append(name)
    target = kept(app, docname)
    target.parent.mkdir(parents=True, exist_ok=True)
    said = records(doctree, names)
    target.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")


def kept(app: Sphinx, docname: str) -> Path:
    """Return the file that keeps a page's records, beside its doctree."""
    return Path(app.doctreedir, f"{docname}.search.json")


def chapters(app: Sphinx) -> dict[str, str]:
    """Return the title of the chapter that each page stands in."""
    env, root = app.env, app.config.root_doc
    return {
        page: env.titles[above].astext()
        for above, below in env.toctree_includes.items()
        if above != root
        for page in below
    }


def everything(app: Sphinx) -> Iterator[dict[str, Any]]:
    """Yield the pages with their records, in the order of their names."""
    chapter, claims = chapters(app), store(app.env)["claims"]
    for page in sorted(app.env.found_docs):
        file = kept(app, page)
        if not file.is_file():  # written by a build that knew no search
            app.env.get_and_resolve_doctree(page, app.builder)
        said: list[Record] = json.loads(file.read_text(encoding="utf-8"))
        for claim in claims.get(page, []):
            anchor = claim_id(claim["name"])
            found = {"kind": "claim", "title": claim["statement"], "anchor": anchor, "path": []}
            said.append({**found, "names": [claim["name"]], "text": "", "code": ""})
        yield {
            "url": app.builder.get_target_uri(page),
            "title": app.env.titles[page].astext(),
            "chapter": chapter.get(page, ""),
            "records": said,
        }


def collect_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Have the page of results written, as Sphinx does not."""
    if app.builder.name == BUILDER:
        yield "search", {"title": "Search"}, "search.html"


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write the index of all pages, unless it would be the same as before."""
    if exception is not None or app.builder.name != BUILDER:
        return
    for name in UNUSED:
        Path(app.outdir, name).unlink(missing_ok=True)
    target = Path(app.outdir, "_static", "search")
    text = json.dumps(list(everything(app)), ensure_ascii=False)
    made = hashlib.sha256((version() + text).encode()).hexdigest()[:12]
    stamp = target / "index.txt"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == made:
        return
    shutil.rmtree(target / "text", ignore_errors=True)
    node("index.mjs", target, text)
    stamp.write_text(made, encoding="utf-8")


def version() -> str:
    """Return a digest of all that the scripts are made of."""
    digest = hashlib.sha256(LOCK.read_bytes())
    for path in written(HERE):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def bundle(target: Path) -> None:
    """Put the scripts and the style sheet among the site's files, unless they are unchanged."""
    made, stamp = version(), target / "version.txt"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == made:
        return
    target.mkdir(parents=True, exist_ok=True)
    node("bundle.mjs", target)
    stamp.write_text(made, encoding="utf-8")


def node(script: str, target: Path, text: str = "") -> None:
    """Run one of our scripts for Node, which writes into a folder."""
    command = [str(part) for part in (NODE, HERE / script, target)]
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise ExtensionError(f"The search could not be made:\n{done.stderr}")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_config_value("search_records", "", "html")
    app.connect("config-inited", add_templates)
    app.connect("config-inited", note_version)
    app.connect("builder-inited", prepare)
    app.connect("doctree-resolved", note)
    app.connect("html-collect-pages", collect_pages)
    app.connect("build-finished", finish)
    app.add_css_file("search/search.css")
    app.add_js_file("search/open.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
