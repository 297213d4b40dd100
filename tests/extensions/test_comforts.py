"""What the build writes into pages for readers: time, place, names, previews, footer, citation."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from comforts_book import REPOSITORY, SITE, comforts_book
from docutils import nodes
from docutils.utils import new_document
from pybtex.database import parse_string
from tiny_book import ROOT, TinyBook

from dlbook.evidence import claim
from extensions.comforts import anchors, citing, footer, heading, measures
from extensions.origin import Origin

DOCTREE = "_build/doctrees/book/b.doctree"
KNOWN = Origin("1.2", "0123456789abcdef", False, "2026-03-05", "", "main", "")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    """Build the book twice: at first without any cell."""
    book = comforts_book(tmp_path_factory.mktemp("comforts"))
    a = book.root / "book" / "a.md"
    whole = a.read_text("utf-8")
    for text in (whole.partition("```{code-cell}")[0], whole):
        a.write_text(text, encoding="utf-8")
        code, log = book.build()
        assert code == 0, log
        if text != whole:
            shutil.copy2(book.html / "b.html", book.root / "first.html")
            shutil.copy2(book.root / DOCTREE, book.root / "first.doctree")
    return book


def page(book: TinyBook, name: str) -> BeautifulSoup:
    return BeautifulSoup((book.html / f"{name}.html").read_text("utf-8"), "html.parser")


def only(soup: BeautifulSoup, selector: str) -> Tag:
    (found,) = soup.select(selector)
    return found


# Time


def document(*children: nodes.Node) -> nodes.document:
    made = new_document("page")
    made.extend(children)
    return made


def counted(*children: nodes.Node) -> Counter[str]:
    found: Counter[str] = Counter()
    measures.count(document(*children), found)
    return +found


def test_what_is_read_is_counted() -> None:
    output = nodes.container("", nodes.literal_block("", "1\n2"), nodes.image(uri="x.svg"))
    output["nb_element"] = "cell_code_output"
    twin = nodes.image(uri="x-dark.svg", classes=["figure-dark"])
    assert counted(
        nodes.section("", nodes.title("", "Two words"), nodes.paragraph("", "and three more")),
        nodes.paragraph("", "", nodes.Text("where "), nodes.math("", r"a + b \le c")),
        nodes.literal_block("", "a = 1\n\nb = 2\n"),
        nodes.math_block("", "a"),
        output,
        twin,
        nodes.raw("", "<p>not for people</p>", format="html"),
        nodes.comment("", "nor this"),
    ) == {"words": 7, "lines": 2, "equations": 1, "figures": 1}


def test_minutes_by_hand() -> None:
    assert measures.minutes({"words": 200, "lines": 10, "figures": 4, "equations": 2}) == 4
    assert measures.minutes({"words": 1000, "lines": 110, "cells": 99}) == 16
    assert measures.minutes({"words": 3}) == 1


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (20, "half an hour"),
        (50, "1 hour"),
        (62, "1 hour"),
        (90, "1½ hours"),
        (361, "6 hours"),
        (380, "6½ hours"),
    ],
)
def test_hours_of_a_chapter(minutes: int, words: str) -> None:
    assert heading.in_hours(minutes) == f"about {words}"


# Place


def test_line_below_the_title(built: TinyBook) -> None:
    line = only(page(built, "a"), "article h1 + .dl-page-line")
    assert " ".join(line.text.split()) == "Page 2 of 3 in Chapter & verse 1 minute to read"
    assert only(line, "a")["href"] == "chapter.html"
    marks = line.select(".dl-marks[aria-hidden=true] [data-page]")
    assert [m["data-page"] for m in marks] == ["book/chapter", "book/a", "book/b"]
    assert [m["data-page"] for m in marks if m.get("class") == ["dl-here"]] == ["book/a"]
    assert line["data-page"] == "book/a"


def test_chapter_page_tells_of_the_whole_chapter(built: TinyBook) -> None:
    line = only(page(built, "chapter"), ".dl-page-line")
    words = "Page 1 of 3 in Chapter & verse 1 minute to read, about half an hour for the chapter"
    assert " ".join(line.text.split()) == words
    assert not line.select("a")


@pytest.mark.parametrize("name", ["index", "glossary", "claims"])
def test_no_line_where_nobody_reads_from_start_to_end(built: TinyBook, name: str) -> None:
    assert not page(built, name).select(".dl-page-line")


def test_neighbours_are_named_with_their_chapters(built: TinyBook) -> None:
    before, after = page(built, "b").select(".prev-next-area a")
    assert (before["href"], after["href"]) == ("a.html", "glossary.html")
    assert before.text.split() == [
        "Previous,",
        "in",
        "Chapter",
        "&",
        "verse",
        "100",
        "%",
        "of",
        "#1",
    ]
    assert after.text.split() == ["Next,", "in", "Look", "it", "up", "Glossary"]


# Names of links


def test_links_to_places_have_names(built: TinyBook) -> None:
    found = {a["href"]: a["aria-label"] for a in page(built, "a").select("a.headerlink")}
    assert found == {
        "#of-1": "Link to this heading: 100 % of #1",
        "#equation-eq-step": "Link to this equation: 1",
        "#a-second-part": "Link to this heading: A second part",
    }
    terms = {a["href"]: a["aria-label"] for a in page(built, "glossary").select("dt a.headerlink")}
    assert terms["#term-step-size"] == "Link to this term: step size"


def test_claims_have_links() -> None:
    made = claim("topic.what", "It holds.", True, {"n": 32})._repr_html_()
    soup = BeautifulSoup(anchors.named(made, {}), "html.parser")
    link = only(soup, ".dl-claim a.headerlink")
    assert link["href"] == "#" + str(only(soup, ".dl-claim")["id"]) == "#claim-topic.what"
    assert link["aria-label"] == "Link to this claim: topic.what"


# Previews


def previews(book: TinyBook, name: str) -> dict[str, str]:
    folder = book.html.parent / "_static" / "comforts" / "previews"
    text = (folder / f"book.{name}.js").read_text("utf-8")
    start = f'(self.dlPreviews ??= {{}})["book/{name}"] = '
    assert text.startswith(start)
    found: dict[str, str] = json.loads(text.removeprefix(start).removesuffix(";\n"))
    return found


def test_previews_of_terms(built: TinyBook) -> None:
    found = previews(built, "glossary")
    assert set(found) == {"term-rate", "term-step", "term-step-size"}
    soup = BeautifulSoup(found["term-step-size"], "html.parser")
    assert only(soup, ".dl-preview-title").text == "step size"
    assert "How far a step goes" in soup.text
    assert soup.select(".katex-html")
    assert not soup.select("a, [id], button, [tabindex]")
    assert "rate" not in only(soup, ".dl-preview-title").text


def test_previews_of_equations_of_other_pages(built: TinyBook) -> None:
    (anchor,) = found = previews(built, "a")
    assert anchor == "equation-eq-step"
    soup = BeautifulSoup(found[anchor], "html.parser")
    assert only(soup, "annotation").text.split() == ["a", "=", "b"]
    assert not soup.select("a, [id], [tabindex]")


def test_pages_that_nobody_links_to_have_no_previews(built: TinyBook) -> None:
    folder = built.html.parent / "_static" / "comforts" / "previews"
    assert {path.name for path in folder.iterdir()} == {"book.glossary.js", "book.a.js"}


# The foot of a page


def foot(soup: BeautifulSoup, name: str) -> str:
    return " ".join(only(soup, f".dl-footer .dl-{name}").text.split())


def test_figures_of_trust(built: TinyBook) -> None:
    assert foot(page(built, "a"), "trust") == (
        "This page: 2 cells run, 1 claim verified. The whole book: 2 cells run, 1 claim verified."
    )
    for name in ("b", "glossary"):
        text = foot(page(built, name), "trust")
        assert text == "The whole book: 2 cells run, 1 claim verified."


def test_footer_grows_with_the_book_in_pages_that_did_not_change(built: TinyBook) -> None:
    """The fixture's second build wrote the page ``a`` anew, and left ``b`` as it was."""
    first = (built.root / "first.html").read_text("utf-8")
    assert foot(BeautifulSoup(first, "html.parser"), "trust") == (
        "The whole book: 0 cells run, 0 claims verified."
    )
    unchanged = (built.root / "first.doctree").stat().st_mtime_ns
    assert (built.root / DOCTREE).stat().st_mtime_ns == unchanged


def test_a_build_without_news_leaves_every_byte(built: TinyBook) -> None:
    files = {path: path.read_bytes() for path in built.html.parent.rglob("*.html")}
    files |= {path: path.read_bytes() for path in built.html.parent.rglob("previews/*.js")}
    assert len(files) > 9
    assert built.build()[0] == 0
    assert [path.name for path in files if path.read_bytes() != files[path]] == []


def git(*words: str) -> str:
    command = ["git", "-C", str(ROOT), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return done.stdout.strip()


def test_version_commit_and_date(built: TinyBook) -> None:
    commit = git("rev-parse", "HEAD")
    spelled = git("log", "-1", "--date=format:%-d %B %Y", "--format=%cd")
    soup = page(built, "glossary")
    text = foot(soup, "origin")
    assert f"commit {commit[:7]} of {spelled}" in text
    assert text.endswith(", with changes.") == bool(git("status", "--porcelain"))
    assert only(soup, ".dl-origin a")["href"] == f"{REPOSITORY}/commit/{commit}"


def test_a_report_says_what_it_is_about(built: TinyBook) -> None:
    address = urlsplit(only(page(built, "a"), ".dl-report a")["href"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{REPOSITORY}/issues/new"
    fields = parse_qs(address.query, strict_parsing=True)
    assert set(fields) == {"title", "body"}
    assert fields["title"] == ["100 % of #1: "]
    assert "Page: book/a.html\n" in fields["body"][0]
    assert f"Version: {citing.citation()['version']}\n" in fields["body"][0]
    assert f"Commit: {git('rev-parse', 'HEAD')}" in fields["body"][0]


def test_nothing_leads_to_a_repository_that_is_not_known() -> None:
    assert footer.report(KNOWN, "book/a.html", "A") == ""
    assert "<a" not in footer.built_from(KNOWN)
    alone = Origin("1.2", "", False, "", "", "main", "")
    assert footer.built_from(alone) == '<p class="dl-origin">Version 1.2.</p>'


def test_changes_are_admitted() -> None:
    changed = Origin("1.2", "0123456789", True, "2026-03-05", "", "main", "")
    assert footer.built_from(changed).endswith("of 5 March 2026, with changes.</p>")


# Citation


def test_bibtex_is_read_by_others(built: TinyBook) -> None:
    forms = [pre.text for pre in page(built, "a").select(".dl-cite pre")]
    ((key, entry),) = parse_string(forms[0], "bibtex").entries.items()
    assert key == "deep-learning-verified-a"
    assert entry.fields["url"] == f"{SITE}book/a.html"
    assert entry.fields["title"] == r"{100 \% of \#1}"
    assert entry.fields["year"] == git("log", "-1", "--format=%cd", "--date=format:%Y")
    (person,) = entry.persons["author"]
    assert str(person).strip("{}") == citing.citation()["authors"][0]["name"]
    assert f"{SITE}book/a.html" in forms[1]


def test_citation_of_people_and_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [{"given-names": "Ada", "family-names": "Lovelace"}, {"name": "A & B"}]
    book = {"title": "The Book", "authors": people, "date-released": "2025-01-01"}
    monkeypatch.setattr(citing, "citation", lambda: book)
    entry = parse_string(citing.bibtex(KNOWN, "index", "The Book", ""), "bibtex").entries[
        "the-book"
    ]
    assert [person.last_names for person in entry.persons["author"]] == [
        ["Lovelace"],
        [r"{A \& B}"],
    ]
    assert dict(entry.fields) == {
        "title": "{The Book}",
        "year": "2026",
        "month": "March",
        "note": "Version 1.2, commit 0123456",
    }
    assert citing.plain(KNOWN, "One", "") == (
        "Ada Lovelace, A & B: One. In: The Book. Version 1.2, commit 0123456, 5 March 2026."
    )
    undated = Origin("1.2", "", False, "", "", "main", "")
    assert "2025" in citing.bibtex(undated, "a", "One", "")


# Copying


def test_one_script_copies(built: TinyBook) -> None:
    soup = page(built, "b")
    loaded = [str(tag.get("src") or tag.get("href")) for tag in soup.select("script, link")]
    assert not [address for address in loaded if "copybutton" in address or "clipboard" in address]
    assert [a.split("?")[0] for a in loaded if a.split("?")[0].endswith("comforts.js")] == [
        "../_static/comforts/comforts.js"
    ]


# Missing pages


def test_the_page_for_missing_addresses_starts_at_the_root(built: TinyBook) -> None:
    html = (built.html.parent / "404.html").read_text("utf-8")
    soup = BeautifulSoup(html, "html.parser")
    addresses = [
        tag[name]
        for name in ("href", "src", "action")
        for tag in soup.find_all(attrs={name: True})
        if not tag[name].startswith(("#", "https://"))
    ]
    root = urlsplit(SITE).path
    assert len(addresses) > 20
    assert [address for address in addresses if not address.startswith(root)] == []
    for address in addresses:
        file = urlsplit(address).path.removeprefix(root)
        assert (built.html.parent / file).is_file(), address
    assert only(soup, "html")["data-content_root"] == root
    assert only(soup, "article form")["action"] == f"{root}search.html"
    contents = {a["href"] for a in soup.select("article nav a")}
    assert contents >= {f"{root}book/{name}.html" for name in ("a", "b", "glossary")}
    assert not soup.select("[data-finds-root]")
