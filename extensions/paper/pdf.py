"""The whole book as a PDF, printed by Chromium.

The builder writes one HTML file; the browser sets it twice. After the first time the pages are
known on which everything lies, so the numbers of the table of contents can be filled in, and the
second time must confirm them.
"""

from __future__ import annotations

import json
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import Fit, IndirectObject
from sphinx.errors import ExtensionError
from sphinx.util import logging

from tools.browser import CHROMIUM, MissingBrowserError, ready

from ..origin import origin
from . import fonts
from .chapters import Leaf, PaperBuilder
from .lines import break_code, plain

HERE = Path(__file__).parent
SIZE = "189mm 246mm"
SMALLEST = 0.7  # how far a wide table or equation may shrink
#: Writes the numbers into the contents, and puts empty pages before what starts on a right page.
ARRANGE = """({pages, blanks}) => {
  for (const place of document.querySelectorAll("[data-page-of]"))
    place.textContent = pages[place.dataset.pageOf];
  for (const blank of document.querySelectorAll(".blank"))
    blank.hidden = !blanks.includes(blank.dataset.before);
}"""

logger = logging.getLogger(__name__)


class PdfBuilder(PaperBuilder):
    """``make pdf``."""

    name = "pdf"
    supported_image_types = ["image/svg+xml", "image/png", "image/jpeg"]  # noqa: RUF012
    epilog = "The PDF is in %(outdir)s."

    def bind(self, leaves: list[Leaf]) -> None:
        """Write the HTML file, and print it."""
        out = Path(self.outdir)
        for leaf in leaves:
            # KaTeX's spaces of no width are for another browser, and in none of the book's fonts.
            leaf.html = break_code(leaf.html.replace("\u200b", ""))
            leaf.html = leaf.html.replace("<details", "<details open")
        for name, source in self.image_files().items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, out / name)
        file = out / "book.html"
        file.write_text(self.document(leaves), encoding="utf-8")
        data = printed(file, leaves)
        known = origin(self.config)
        target = out / f"{self.config.paper_name}.pdf"
        title, author = self.config.html_title, self.config.author
        day = known.date.replace("-", "") or "19800101"
        target.write_bytes(finished(data, leaves, title, author, day))

    def document(self, leaves: list[Leaf]) -> str:
        """Return all that is printed, in one document."""
        templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=False)
        templates.filters["css"] = lambda text: text.replace("\\", r"\\").replace('"', r"\"")
        text = plain("".join(leaf.html for leaf in leaves)) + "↪→–0123456789"
        style = (HERE / "print.css").read_text(encoding="utf-8")
        faces = fonts.install(Path(self.outdir, "fonts"), text)
        root = self.env.metadata[self.config.root_doc]
        return templates.get_template("book.html").render(
            leaves=leaves,
            language=self.config.language,
            title=self.config.html_title,
            size=SIZE,
            author=self.config.author,
            promise=root.get("description", ""),
            styles="\n".join([faces, fonts.katex_style(), style]),
            **vars(origin(self.config)),
        )


def printed(file: Path, leaves: list[Leaf]) -> bytes:
    """Print a file in Chromium, with the pages of the leaves in the table of contents."""
    try:
        program = ready(CHROMIUM)
    except MissingBrowserError as error:
        raise ExtensionError(str(error)) from error
    places = [leaf.place for leaf in leaves]
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        page = browser.new_page()
        page.set_default_timeout(600_000)
        page.goto(file.as_uri())
        fit(page)
        first = pages_of(page.pdf(prefer_css_page_size=True), places)
        pages, blanks = arranged(leaves, first)
        page.evaluate(ARRANGE, {"pages": pages, "blanks": blanks})
        data = page.pdf(tagged=True, prefer_css_page_size=True)
        browser.close()
    if pages_of(data, places) != pages:
        raise ExtensionError("The pages of the PDF moved when their numbers were filled in.")
    return data


def arranged(leaves: list[Leaf], first: dict[str, int]) -> tuple[dict[str, int], list[str]]:
    """Return the pages of all leaves, and the leaves that need an empty page before them.

    Parts and chapters start on a right page; Chromium knows no ``break-before: right``.
    """
    pages: dict[str, int] = {}
    blanks: list[str] = []
    for leaf in leaves:
        number = first[leaf.place] + len(blanks)
        if leaf.opens and number % 2 == 0:
            blanks.append(leaf.place)
            number += 1
        pages[leaf.place] = number
    return pages, blanks


def fit(page: Page) -> None:
    """Shrink what is too wide for the text block; a warning where that is not enough."""
    page.emulate_media(media="print")
    page.evaluate("document.fonts.ready")
    found = page.evaluate((HERE / "fit.js").read_text(encoding="utf-8"), SMALLEST)
    Path(page.url.removeprefix("file://")).with_name("fit.json").write_text(
        json.dumps(found, indent=1)
    )
    for place in found["wide"]:
        logger.warning("too wide for the page of the PDF: %s", place)


def pages_of(data: bytes, names: list[str]) -> dict[str, int]:
    """Return the number of the page on which each name lies, counted from 1."""
    reader = PdfReader(BytesIO(data))
    numbers = {
        page.indirect_reference.idnum: n
        for n, page in enumerate(reader.pages, 1)
        if page.indirect_reference
    }
    places = reader.named_destinations
    found = {}
    for name in names:
        page: Any = places[f"/{name}"].page
        assert isinstance(page, IndirectObject)
        found[name] = numbers[page.idnum]
    return found


def finished(data: bytes, leaves: list[Leaf], title: str, author: str, day: str) -> bytes:
    """Add the outline and the facts about the book; take out what no two runs share."""
    reader = PdfReader(BytesIO(data))
    pages = pages_of(data, [leaf.place for leaf in leaves])
    places = reader.named_destinations
    writer = PdfWriter(clone_from=reader)
    above: dict[int, Any] = {}
    for leaf in leaves:
        top = places[f"/{leaf.place}"].top
        parents = [above[d] for d in range(leaf.depth) if d in above]
        item = writer.add_outline_item(
            title=leaf.title,
            page_number=pages[leaf.place] - 1,
            parent=parents[-1] if parents else None,
            fit=Fit.xyz(0, top),
            is_open=leaf.depth == 0,
        )
        above = {d: i for d, i in above.items() if d < leaf.depth} | {leaf.depth: item}
    writer.pdf_header = "%PDF-1.7"  # pypdf would claim the version of 1999
    writer.page_mode = "/UseOutlines"
    date = f"D:{day}000000Z"
    writer.metadata = {"/Title": title, "/Author": author, "/CreationDate": date, "/ModDate": date}
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
