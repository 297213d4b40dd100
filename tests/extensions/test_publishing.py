"""What others read of a site: with an address, and without one."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from tiny_book import TinyBook, tiny_book

SETTINGS = """
extensions += ["extensions.downloads", "extensions.publishing"]
html_title = "Tiny"
"""
INDEX = """---
description: What it is about.
---

# Book

```{toctree}
:caption: First

a
b
```

```{toctree}
claims
```
"""
SITE = "https://it.example/sub/"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    """A site that knows its address."""
    book = tiny_book(tmp_path_factory.mktemp("publishing"))
    with (book.root / "conf.py").open("a") as conf:
        conf.write(SETTINGS)
    (book.root / "book" / "index.md").write_text(INDEX)
    page = book.root / "book" / "b.md"
    text = page.read_text().replace("file_format", "description: It says & <b>.\nfile_format", 1)
    page.write_text(text.replace("Some prose.", "See [that page](a.md)."))
    return book


@pytest.fixture(scope="module")
def known(book: TinyBook) -> dict[str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DLBOOK_SITE", SITE.rstrip("/"))
        return built(book)


@pytest.fixture
def unknown(book: TinyBook, known: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The same site, built again without an address."""
    monkeypatch.delenv("DLBOOK_SITE", raising=False)
    return built(book)


def built(book: TinyBook) -> dict[str, str]:
    code, log = book.build()
    assert code == 0, log
    kinds = {".html", ".txt", ".xml", ".md", ".ipynb"}
    root = book.html.parent
    return {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for path in root.rglob("*")
        if path.suffix in kinds and "_static" not in path.parts
    }


def canonical(page: str) -> list[str]:
    links = BeautifulSoup(page, "html.parser").select("link[rel=canonical]")
    return [link["href"] for link in links]


def test_a_site_with_an_address_says_it(known: dict[str, str]) -> None:
    assert canonical(known["book/a.html"]) == [f"{SITE}book/a.html"]
    assert canonical(known["search.html"]) == []
    urls = ElementTree.fromstring(known["sitemap.xml"])
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    found = [url.text for url in urls.findall("s:url/s:loc", names)]
    assert found == [f"{SITE}book/{page}.html" for page in ("a", "b", "claims", "index")]
    assert known["robots.txt"] == (
        f"User-agent: *\nDisallow: /sub/_sources/\n\nSitemap: {SITE}sitemap.xml\n"
    )
    assert f"[that page]({SITE}book/a.html)" in known["book/b.md"]
    assert f"[that page]({SITE}book/a.html)" in known["book/b.ipynb"]
    assert "_static/downloads/{wheel}" in known["book/b.ipynb"]
    assert f"'{SITE}'" in known["book/b.ipynb"]


def test_a_site_without_one_says_nothing(unknown: dict[str, str]) -> None:
    assert canonical(unknown["book/a.html"]) == []
    assert "sitemap.xml" not in unknown
    assert unknown["robots.txt"] == "User-agent: *\nDisallow: /_sources/\n"
    assert not [name for name, text in unknown.items() if SITE in text]
    assert "[that page](a.ipynb)" in unknown["book/b.ipynb"]


def test_the_guide_lists_all_pages_as_markdown(known: dict[str, str]) -> None:
    """Its form is that of https://llmstxt.org: a title, a summary, and lists of links."""
    lines = known["llms.txt"].splitlines()
    assert lines[:3] == ["# Tiny", "", "> What it is about."]
    heads = [line for line in lines if line.startswith("#")]
    assert heads == ["# Tiny", "## Begin", "## First", "## Pages"]
    links = [re.fullmatch(r"- \[(.+?)\]\((\S+?)\)(: .+)?", x) for x in lines if x[:2] == "- "]
    assert [match and match.groups() for match in links] == [
        ("Book", f"{SITE}book/index.md", ": What it is about."),
        ("Page a", f"{SITE}book/a.md", None),
        ("Page b", f"{SITE}book/b.md", ": It says & <b>."),
        ("Claims", f"{SITE}book/claims.md", None),
    ]
    for match in links:
        assert match
        assert match[2].removeprefix(SITE) in known
    whole = known["llms-full.txt"]
    heads = [line for line in whole.splitlines() if re.match(r"# \w", line)]
    assert heads == ["# Book", "# Page a", "# Page b", "# Claims"]


def test_a_page_built_later_does_not_shorten_the_lists(
    book: TinyBook, unknown: dict[str, str]
) -> None:
    page = book.root / "book" / "b.md"
    page.write_text(page.read_text() + "\nMore.\n")
    again = built(book)
    assert again["llms.txt"] == unknown["llms.txt"]
    assert again["llms-full.txt"] != unknown["llms-full.txt"]
