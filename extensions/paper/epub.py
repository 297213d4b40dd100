"""The whole book as an EPUB 3: one XHTML file a page, zipped into the same bytes every time."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from jinja2 import Environment, FileSystemLoader
from sphinx.errors import ExtensionError

from ..origin import origin
from .chapters import Leaf, PaperBuilder
from .cover import cover

HERE = Path(__file__).parent
LINK = re.compile(r' href="#([^"]*)"')
NAME = re.compile(r' id="([^"]*)"')
#: What stands around a drawing of matplotlib and no reader needs: a document type of 1999.
PROLOGUE = re.compile(r"<\?xml.*?\?>\s*|<!DOCTYPE.*?>\s*", re.DOTALL)
TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}
FOLDER = "book"


class EpubBuilder(PaperBuilder):
    """``make epub``; it takes the place of Sphinx's own builder of that name."""

    name = "epub"
    supported_image_types = ["image/svg+xml", "image/png", "image/jpeg"]  # noqa: RUF012
    epilog = "The EPUB is in %(outdir)s."

    def level(self, leaf: Leaf) -> int:
        """Each page is a file, so it starts with a heading of the first level."""
        return 1

    def bind(self, leaves: list[Leaf]) -> None:
        """Write the pages, what lists them, and the zip file of all."""
        templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=False)
        known = origin(self.config)
        root = self.env.metadata[self.config.root_doc]
        facts: dict[str, Any] = {
            "title": self.config.html_title,
            "author": self.config.author,
            "language": self.config.language,
            "promise": root.get("description", ""),
            "identifier": uuid5(
                NAMESPACE_URL, f"{self.config.html_title} {known.version} {known.commit}"
            ),
            **vars(known),
        }
        linked(leaves)
        files = {"book.css": (HERE / "epub.css").read_text(encoding="utf-8").encode()}
        for leaf in leaves:
            files[f"{leaf.name}.xhtml"] = self.page(templates, leaf, facts)
        for page in ("cover", "imprint"):
            files[f"{page}.xhtml"] = templates.get_template(f"{page}.xhtml").render(facts).encode()
        files["cover.png"] = cover(facts["title"], facts["promise"], facts["author"])
        for name, source in self.image_files().items():
            data = source.read_bytes()
            files[name] = (
                PROLOGUE.sub("", data.decode()).encode() if source.suffix == ".svg" else data
            )
        contents = {"leaves": list(nested(leaves)), "first": leaves[0], **facts}
        files["nav.xhtml"] = templates.get_template("nav.xhtml").render(contents).encode()
        items = [manifest_item(name, data) for name, data in sorted(files.items())]
        contents |= {"items": items, "spine": leaves}
        files["package.opf"] = templates.get_template("package.opf").render(contents).encode()
        target = Path(self.outdir, f"{self.config.paper_name}.epub")
        target.write_bytes(zipped(files, (HERE / "templates" / "container.xml").read_bytes()))

    def page(self, templates: Environment, leaf: Leaf, facts: dict[str, Any]) -> bytes:
        """Return a page; one that is no XML is an error here, and not in somebody's reader."""
        text = templates.get_template("page.xhtml").render(leaf=leaf, **facts)
        try:
            ElementTree.fromstring(text)
        except ElementTree.ParseError as error:
            line = text.splitlines()[error.position[0] - 1][:2000]
            raise ExtensionError(f"{leaf.name} is no XHTML: {error}\n{line}") from error
        return text.encode()


def linked(leaves: list[Leaf]) -> None:
    """Put the file before the name in every link."""
    files = {leaf.name: leaf.name for leaf in leaves}
    for leaf in leaves:
        files |= dict.fromkeys(NAME.findall(leaf.html), leaf.name)
    for leaf in leaves:
        leaf.html = LINK.sub(
            lambda found: f' href="{files.get(found[1], "missing")}.xhtml#{found[1]}"', leaf.html
        )


def nested(leaves: list[Leaf]) -> Iterator[tuple[Leaf, bool, int]]:
    """Yield each leaf, whether a list below it begins, and how many end after it."""
    depths = [0 if leaf is leaves[0] else leaf.depth for leaf in leaves]
    open_at: list[int] = []
    for k, leaf in enumerate(leaves):
        while open_at and open_at[-1] >= depths[k]:
            open_at.pop()
        following = depths[k + 1] if k + 1 < len(leaves) else 0
        begins = following > depths[k]
        ends = 0
        if begins:
            open_at.append(depths[k])
        else:
            ends = (
                sum(depth >= following for depth in open_at)
                if k + 1 < len(leaves)
                else len(open_at)
            )
        yield leaf, begins, ends


def manifest_item(name: str, data: bytes) -> dict[str, str]:
    """Return what the package says of a file."""
    kind = TYPES.get(
        Path(name).suffix, "application/xhtml+xml" if name.endswith("xhtml") else "text/css"
    )
    properties = {"nav.xhtml": "nav", "cover.png": "cover-image"}.get(name, "")
    if name.endswith(".xhtml") and b"<math" in data:
        properties = "mathml"
    key = re.sub(r"\W", "-", name)
    return {"name": name, "key": f"f-{key}", "kind": kind, "properties": properties}


def zipped(files: dict[str, bytes], container: bytes) -> bytes:
    """Return the zip file: the same bytes for the same files, whenever it is made."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entries = {"mimetype": b"application/epub+zip", "META-INF/container.xml": container}
        entries |= {f"{FOLDER}/{name}": data for name, data in sorted(files.items())}
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data, compresslevel=9)
    return out.getvalue()
