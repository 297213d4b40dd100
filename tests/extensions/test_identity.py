"""The looks in a tiny book: what others are told of a page, cards of links and of chapters."""

from __future__ import annotations

import re
import shutil
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from tiny_book import TinyBook, tiny_book

from extensions.identity import cards
from extensions.identity.tokens import CODE, COLOURS

CONF = """
extensions += ["extensions.identity"]
project = "A tiny book"
html_theme = "sphinx_book_theme"
"""

FRONT = """---
description: The front page says "quoted" & what it is about.
---
# A tiny book

```{chapters}
- page: topic/index
  figure: fig-own
  text: What the topic asks.
```

```{numbers}
```

```{toctree}
topic/index
a
```
"""

TOPIC = """---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
description: What the topic is about, in one sentence.
---
# The topic

```{code-cell} ipython3
---
mystnb:
  image:
    alt: A line that rises.
  figure:
    caption: A line.
    name: fig-own
---
from IPython.display import SVG

SVG('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 60" width="120pt" height="60pt">'
    '<path d="M0 60L120 0" stroke="#111111"/></svg>')
```
"""

PAGE = """---
description: Another page.
---
# Page a

Text.
"""


def write(book: TinyBook, front: str = FRONT, more: str = "") -> None:
    with (book.root / "conf.py").open("a") as conf:
        conf.write(CONF + more)
    (book.root / "book" / "topic").mkdir()
    for name, text in (("index", front), ("topic/index", TOPIC), ("a", PAGE)):
        (book.root / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    for name in ("b", "claims"):
        (book.root / "book" / f"{name}.md").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    book = tiny_book(tmp_path_factory.mktemp("identity"))
    write(book, more='html_baseurl = "https://example.org/a/"\n')
    return book


@pytest.fixture(scope="module")
def html(book: TinyBook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as it was first built."""
    code, log = book.build()
    assert code == 0, log
    kept = tmp_path_factory.mktemp("site") / "html"
    shutil.copytree(book.root / "_build" / "html", kept)
    return kept


def meta(page: Path) -> dict[str, str]:
    head = page.read_text(encoding="utf-8").split("</head>")[0]
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', head)
    return {name: unescape(content) for name, content in found}


def test_with_an_address_a_page_names_itself_and_its_picture(html: Path) -> None:
    found = meta(html / "book" / "topic" / "index.html")
    assert found["og:url"] == "https://example.org/a/book/topic/index.html"
    assert found["og:title"] == "The topic"
    assert found["og:type"] == "article"
    assert found["twitter:card"] == "summary_large_image"
    assert found["og:image:alt"].startswith("The topic. What the topic is about")
    front = meta(html / "book" / "index.html")
    assert front["og:type"] == "website"
    assert front["og:description"] == 'The front page says "quoted" & what it is about.'
    pictures = {}
    for name in ("index", "topic/index", "a"):
        address = meta(html / "book" / f"{name}.html")["og:image"]
        file = html / address.removeprefix("https://example.org/a/")
        with Image.open(file) as image:
            assert image.size == (1200, 630)
        pictures[name] = file.read_bytes()
    assert len(set(pictures.values())) == 3
    assert len(list((html / "_static" / "identity" / "cards").iterdir())) == 3


def test_a_card_is_drawn_to_the_same_bytes_and_keeps_within_its_margins() -> None:
    long = 3 * "A long title that has no room "
    for card in (
        cards.Card("Book", "Chapter", "Title", "About.", 1, 0),
        cards.Card("Book", "", long, 8 * "Many words about it, ", 12, 30),
    ):
        image = cards.draw(card)
        assert image.tobytes() == cards.draw(card).tobytes()
        assert cards.path_of(card) == cards.path_of(card)
        ground = Image.new("RGB", image.size, "#ffffff")
        left, top, right, bottom = ImageChops.difference(image, ground).getbbox() or (0, 0, 0, 0)
        assert left >= cards.MARGIN - 4
        assert right <= cards.WIDTH - cards.MARGIN + 4
        assert top >= 40
        assert bottom <= cards.HEIGHT - 25
    assert cards.Card("B", "", "T", "D", 1, 2).facts == (
        "1 claim and 2 code cells run and verified by the build"
    )
    assert cards.Card("B", "", "T", "D", 0, 0).facts == ""
    other = cards.Card("Book", "Chapter", "Title", "About.", 2, 0)
    assert cards.path_of(other) != cards.path_of(
        cards.Card("Book", "Chapter", "Title", "About.", 1, 0)
    )


def test_a_chapter_shows_its_figure_small_and_links_once(html: Path) -> None:
    front = (html / "book" / "index.html").read_text(encoding="utf-8")
    card = front.split('class="dl-chapter ')[1].split("</section>")[0]
    light, dark = re.findall(r"<img [^>]+>", card)
    assert 'class="dark-light figure-light"' in light
    assert 'class="dark-light figure-dark"' in dark
    for image in (light, dark):
        assert 'alt="A line that rises." width="160" height="80" loading="lazy"' in image
        source = re.search(r'src="([^"]+)"', image)
        assert source
        assert (html / "book" / source[1]).is_file()
    assert 'href="topic/index.html">The topic</a>' in card
    assert "What the topic asks." in card
    assert re.findall(r"<dt>([\w ]+)</dt><dd>(\d+)</dd>", front) == [
        ("claims verified", "0"),
        ("code cells run", "1"),
        ("figures drawn", "1"),
        ("pages executed", "1"),
    ]


def test_the_front_page_follows_its_chapters(html: Path, book: TinyBook) -> None:
    before = set((html / "_static" / "identity" / "cards").iterdir())
    topic = book.root / "book" / "topic" / "index.md"
    changed = TOPIC.replace("# The topic", "# Another title").replace("M0 60L120 0", "M0 0L120 60")
    topic.write_text(changed, encoding="utf-8")
    code, log = book.build()
    assert code == 0, log
    built = book.root / "_build" / "html"
    front = (built / "book" / "index.html").read_text(encoding="utf-8")
    source = re.findall(r'<img class="dark-light figure-light" src="([^"]+)"', front)
    assert "M0 0L120 60" in (built / "book" / source[0]).read_text(encoding="utf-8")
    assert ">Another title</a></h3>" in front
    after = {file.name for file in (built / "_static" / "identity" / "cards").iterdir()}
    assert len(after) == 3
    assert len(after & {file.name for file in before}) == 2


def test_without_an_address_nothing_is_told_that_needs_one(
    html: Path, book: TinyBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DLBOOK_SITE", raising=False)
    conf = book.root / "conf.py"
    conf.write_text(re.sub("html_baseurl.*", "", conf.read_text("utf-8")), encoding="utf-8")
    front = FRONT.replace("fig-own", "fig-other")
    (book.root / "book" / "index.md").write_text(front, encoding="utf-8")
    code, log = book.build()
    assert code == 1
    assert "no figure 'fig-other' in the chapter of 'book/topic/index'" in log
    built = book.root / "_build" / "html"
    found = meta(built / "book" / "topic" / "index.html")
    assert found["description"] == "What the topic is about, in one sentence."
    assert found["og:description"] == found["description"]
    assert not [name for name in found if name.startswith(("og:image", "og:url"))]
    assert found["twitter:card"] == "summary"
    assert list((built / "_static" / "identity" / "cards").iterdir()) == []


def light_of(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1])
def test_colours_that_meet_stand_out_from_each_other(scheme: int) -> None:
    def ratio(one: str, other: str) -> float:
        low, high = sorted((light_of(one), light_of(other)))
        return (high + 0.05) / (low + 0.05)

    def of(name: str) -> str:
        return COLOURS[name][scheme]

    inks = "text-base text-muted heading primary secondary link link-hover success warning danger"
    pairs: Any = {(ink, ground) for ink in inks.split() for ground in ("background", "surface")}
    kinds = ("primary", "secondary", "success", "warning", "danger")
    pairs |= {(f"{kind}-text", kind) for kind in kinds} | {(k, f"{k}-bg") for k in kinds}
    pairs |= {
        ("text-base", "target"),
        ("text-base", "table-row-hover-bg"),
        ("background", "text-muted"),
    }
    low = {pair: ratio(*map(of, pair)) for pair in pairs if ratio(*map(of, pair)) < 4.5}
    assert low == {}
    words = {name: pair[scheme] for name, pair in CODE.items() if name != "marked"}
    for ground in (of("surface"), CODE["marked"][scheme]):
        assert {name: c for name, c in words.items() if ratio(c, ground) < 4.5} == {}
