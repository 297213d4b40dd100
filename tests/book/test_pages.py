"""Rules for pages: what their sources must have, and what must be right in the built site."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from expectations import CLAIM, part_of
from pages import EXECUTED, PAGES, Page

from dlbook.exercises import EXERCISES

LONGEST_PAGE = 320
LONGEST_SCRATCH_CELL = 15
FEWEST_WORDS_IN_ALT = 4

# Spellings that are not ours, and ours. Case and line breaks do not matter.
SPELLING = {
    r"mini ?batch": "mini-batch",
    r"hyper-parameter": "hyperparameter",
    r"back-propagat": "backpropagat…",
    r"over-fit": "overfit…",
    r"under-fit": "underfit…",
    r"data ?sets?\b(?<!dataset)(?<!datasets)": "dataset",
    r"learning-rate\b(?! )": "learning rate",
    r"drop-out": "dropout",
    r"soft-max": "softmax",
    r"cross entropy": "cross-entropy",
    r"non-linear": "nonlinear",
    r"initiali[s]": "initializ…",
    r"regulari[s]": "regulariz…",
    r"optimi[s][ei]": "optimiz…",
    r"\bRelu\b|\brelu\b": "ReLU",
    r"float ?point": "floating-point",
    r"\bnumpy\b": "NumPy",
    r"\btensorflow\b|\bTensorflow\b": "TensorFlow",
}
CASE_MATTERS = {r"\bRelu\b|\brelu\b", r"\bnumpy\b", r"\btensorflow\b|\bTensorflow\b"}

CHAPTER_PAGES = [page for page in PAGES if page.is_chapter_page]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
each_executed = pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.name)
each_chapter_page = pytest.mark.parametrize("page", CHAPTER_PAGES, ids=lambda page: page.name)


# Sources


@each_page
def test_file_exists(page: Page) -> None:
    assert page.path.is_file()


@each_page
def test_front_matter(page: Page) -> None:
    front = page.front_matter
    assert isinstance(front.get("description"), str), "say in one sentence what the page is about"
    assert front["description"].endswith(".")
    assert 40 <= len(front["description"]) <= 200
    if page.is_executed:
        assert front.get("file_format") == "mystnb"
        assert front.get("kernelspec") == {"name": "python3", "display_name": "Python 3"}
    unknown = set(front) - {
        "description",
        "file_format",
        "files",
        "kernelspec",
        "kind",
        "myst",
        "plain_numbers",
    }
    assert not unknown


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "back/glossary"], ids=lambda page: page.name
)
def test_length(page: Page) -> None:
    # the glossary is a list to look up a word in, as long as there are words
    assert len(page.text.splitlines()) <= LONGEST_PAGE


@each_page
def test_spelling(page: Page) -> None:
    prose = " ".join(page.prose.split())
    wrong = [
        f"{match[0]!r}: write {ours!r}"
        for pattern, ours in SPELLING.items()
        for match in re.finditer(pattern, prose, 0 if pattern in CASE_MATTERS else re.IGNORECASE)
    ]
    assert not wrong


@each_executed
def test_numbers_in_prose_are_glued(page: Page) -> None:
    allowed = {str(number) for number in page.front_matter.get("plain_numbers", [])}
    prose = re.sub(r"(Python|NumPy|TensorFlow|version)\s+[\d.]+", "", page.prose)
    decimals = re.findall(r"(?<![\w.])\d+\.\d+(?![\w]*\.\d)", prose)
    typed = {number for number in decimals if len(number) > 3} - allowed
    assert not typed, (
        "glue these numbers, or list them under plain_numbers if nothing computes them"
    )


@each_executed
def test_cells_from_scratch_are_short(page: Page) -> None:
    scratch = [c.source for c in page.cells if "from-scratch" in c.metadata.get("tags", [])]
    assert all(len(source.splitlines()) <= LONGEST_SCRATCH_CELL for source in scratch)


@each_chapter_page
def test_parts_of_a_chapter_page(page: Page) -> None:
    assert "You will learn" in page.text
    for heading in ("Exercises", "Summary", "Further reading"):
        assert re.search(rf"^## {heading}$", page.text, re.MULTILINE), f"no section {heading}"


@each_chapter_page
def test_exercises_have_solutions(page: Page) -> None:
    exercises = re.split(r"^### Exercise", page.text, flags=re.MULTILINE)[1:]
    assert len(exercises) >= 2
    for exercise in exercises:
        cells = re.findall(r"```\{code-cell\}.*?^```$", exercise, re.DOTALL | re.MULTILINE)
        tags = [re.search(r"^:tags: (.*)$|^tags: (.*)$", cell, re.MULTILINE) for cell in cells]
        solved = [t for t in tags if t and "solution" in t[0] and "hide-cell" in t[0]]
        assert solved, f"no cell tagged [solution, hide-cell] in exercise {exercise[:40]!r}"


# The built site


def html_pages(built_book) -> dict[Path, BeautifulSoup]:
    # a server shows 404.html under any address: tests/site/test_comforts.py follows its links
    return {
        path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(built_book.html.rglob("*.html"))
        if "_static" not in path.parts and path.name != "404.html"
    }


@pytest.fixture(scope="session")
def site(built_book) -> dict[Path, BeautifulSoup]:
    return html_pages(built_book)


def test_links_inside_the_book(site, built_book) -> None:
    anchors = {
        path: {tag["id"] for tag in soup.find_all(id=True)} | {""} for path, soup in site.items()
    }
    broken = []
    for path, soup in site.items():
        for tag in soup.find_all(["a", "link", "script", "img"]):
            url = urlsplit(tag.get("href") or tag.get("src") or "")
            if url.scheme or url.netloc or not (url.path or url.fragment):
                continue
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            if not target.is_file() or unquote(url.fragment) not in anchors.get(target, {""}):
                broken.append(f"{path.relative_to(built_book.html)}: {url.geturl()}")
    assert not broken, "\n".join(sorted(set(broken)))


def test_no_page_asks_another_host_for_anything(site, built_book) -> None:
    outside = []
    for path, soup in site.items():
        for tag in soup.select(
            "script, img, iframe, source, link[rel=stylesheet], link[rel=preload]"
        ):
            url = urlsplit(tag.get("src") or tag.get("href") or "")
            hosts = re.findall(r"(?:https?:)?//[\w.-]+\.\w+/[\w@./-]*\.js", tag.string or "")
            if url.netloc or hosts:
                outside.append(f"{path.relative_to(built_book.html)}: {url.geturl() or hosts}")
    assert not outside, "\n".join(outside)


def test_images_have_alt_texts(site, built_book) -> None:
    poor = []
    for path, soup in site.items():
        for image in soup.select("article img"):
            alt = image.get("alt", "")
            file_name = re.search(r"\.(svg|png|jpe?g)$|[0-9a-f]{16}|/", alt)
            if file_name or len(alt.split()) < FEWEST_WORDS_IN_ALT:
                poor.append(f"{path.relative_to(built_book.html)}: alt {alt!r}")
    assert not poor, "\n".join(poor)


@each_executed
def test_figures_have_captions(page: Page, built_book) -> None:
    bare = [
        number
        for number, cell in enumerate(built_book.notebook(page.name)["cells"])
        if cell["cell_type"] == "code"
        and any(part_of(o, cell["metadata"])[0] == "figure" for o in cell["outputs"])
        and "caption" not in cell["metadata"].get("mystnb", {}).get("figure", {})
    ]
    assert not bare


@each_executed
def test_nothing_on_stderr(page: Page, built_book) -> None:
    said = [
        output["text"]
        for cell in built_book.notebook(page.name)["cells"]
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]
    assert not said


def verdicts(page: Page, built_book) -> list[tuple[str, str, bool]]:
    """Return what checkers of exercises said: the name, the verdict, and if of a solution."""
    found = []
    for cell in built_book.notebook(page.name)["cells"]:
        solved = "solution" in cell["metadata"].get("tags", [])
        for output in cell.get("outputs", []):
            text = "".join(output.get("data", {}).get("text/plain", ""))
            match = re.fullmatch(r"(Right|Not yet|To do): .* \[([a-z-]+-\d+)\]", text, re.DOTALL)
            if match:
                found.append((match[2], match[1], solved))
    return found


@each_executed
def test_checkers_accept_solutions_and_leave_the_rest_to_the_reader(page: Page, built_book) -> None:
    wrong = [each for each in verdicts(page, built_book) if (each[1] == "Right") != each[2]]
    assert not wrong


@pytest.mark.parametrize("chapter", sorted({name.rsplit("-", 1)[0] for name in EXERCISES}))
def test_a_chapter_asks_and_solves_each_of_its_exercises_once(chapter: str, built_book) -> None:
    pages = [page for page in EXECUTED if page.name.split("/")[0] == chapter]
    said = [each for page in pages for each in verdicts(page, built_book)]
    ours = sorted(name for name in EXERCISES if name.rsplit("-", 1)[0] == chapter)
    assert sorted(name for name, _, solved in said if solved) == ours
    assert sorted(name for name, _, solved in said if not solved) == ours


def test_results_are_complete(built_book) -> None:
    values: dict[str, set[str]] = {}
    claims = set()
    for page in EXECUTED:
        for cell in built_book.notebook(page.name)["cells"]:
            for output in cell.get("outputs", []):
                if label := output.get("metadata", {}).get("scrapbook"):
                    values.setdefault(page.name, set()).add(label["name"])
                if claim := output.get("data", {}).get(CLAIM):
                    claims.add((page.name, claim["name"]))
    results = built_book.results
    assert {page: set(found) for page, found in results["pages"].items()} == values
    assert {(claim["page"], claim["name"]) for claim in results["claims"]} == claims
    assert set(results) == {"pages", "claims"}
    json.dumps(results, allow_nan=False)


def test_names_of_results(built_book) -> None:
    results = built_book.results
    names = [name for values in results["pages"].values() for name in values]
    names += [claim["name"] for claim in results["claims"]]
    wrong = [name for name in names if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9_-]+)+", name)]
    assert not wrong, "names are <topic>.<what>"


def test_claims_hold(built_book) -> None:
    claims = built_book.results["claims"]
    assert all(claim["holds"] is True for claim in claims)
    assert all(claim["statement"].endswith(".") for claim in claims)


def test_claims_page_lists_all(built_book, site) -> None:
    if not (path := built_book.html / "book" / "back" / "claims.html").is_file():
        pytest.fail("the book has no page back/claims")
    links = {a["href"].split("#")[-1] for a in site[path].select("article a[href*='#claim-']")}
    assert links == {f"claim-{claim['name']}" for claim in built_book.results["claims"]}
