"""How the book looks: contrasts as computed, icons, cards, heads of pages, nothing that moves."""

from __future__ import annotations

import io
import json
import re
import struct
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser
from pygments.token import STANDARD_TYPES

from extensions import identity
from extensions.identity.tokens import style

SHEET = Path(identity.__file__).with_name("identity.css")
#: One of each kind.
KINDS = (
    "book/index",
    "book/optimization/index",
    "book/optimization/momentum",
    "book/gradient-checking/differences",
    "book/tensorflow/tape-details",
    "book/back/claims",
    "book/back/glossary",
    "book/back/bibliography",
    "book/back/api/optimizers",
    "genindex",
    "search",
)

#: Of all texts of a page: those with too little contrast to the ground they stand on.
LOW = """
async () => {
  document.querySelectorAll("details").forEach((box) => (box.open = true));
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const light = (rgb) => rgb.slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, k) => sum + c * [0.2126, 0.7152, 0.0722][k], 0);
  const grounds = new Map();
  const ground = (element) => {
    if (!element) return rgba(getComputedStyle(document.documentElement).backgroundColor);
    if (!grounds.has(element)) {
      const [r, g, b, a] = rgba(getComputedStyle(element).backgroundColor);
      const under = a < 1 ? ground(element.parentElement) : [0, 0, 0, 1];
      grounds.set(element, [r, g, b].map((c, k) => c * a + under[k] * (1 - a)).concat(1));
    }
    return grounds.get(element);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = {}, seen = new Set();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || seen.has(element)) continue;
    seen.add(element);
    if (element.closest("[aria-hidden], [aria-disabled], [disabled], script, style, svg, noscript"))
      continue;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const style = getComputedStyle(element);
    const [low, high] = [light(rgba(style.color)), light(ground(element))].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) found[`${element.tagName}.${element.className}`] = ratio.toFixed(2);
  }
  return { seen: seen.size, found };
}
"""

#: What moved after it was first painted.
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries())
    window.shifts.push([value, ...sources.map(({ node }) => node?.outerHTML?.slice(0, 80))]);
}).observe({ type: "layout-shift", buffered: true });
"""


class Head(HTMLParser):
    """The tags of a page's head that say something of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.links: list[dict[str, str]] = []
        self.title = ""
        self.feed(text.split("</head>")[0])

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "meta" and (name := found.get("property") or found.get("name")):
            self.meta[name] = found.get("content", "")
        if tag == "link":
            self.links.append(found)

    def handle_data(self, data: str) -> None:
        if self.lasttag == "title" and not self.title:
            self.title = data.strip()


def heads(html: Path) -> dict[str, Head]:
    pages = [p for p in sorted(html.rglob("*.html")) if "_static" not in p.parts]
    return {p.relative_to(html).as_posix(): Head(p.read_text(encoding="utf-8")) for p in pages}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_and_code_stand_out_from_their_ground(new_reader: Any, scheme: str) -> None:
    reader, problems = new_reader(color_scheme=scheme), {}
    page = reader.context.new_page()
    for name in KINDS:
        page.goto(f"{reader.root}{name}.html")
        dark = (
            page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
        )
        assert dark == (scheme == "dark")
        result = page.evaluate(LOW)
        assert result["seen"] > 20, name
        problems |= {f"{name} {what}": ratio for what, ratio in result["found"].items()}
    assert problems == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_of_word_in_code_stands_out_on_marked_lines_too(
    new_reader: Any, scheme: str
) -> None:
    kinds = sorted({kind for kind in STANDARD_TYPES.values() if kind})
    words = "".join(f'<span class="{kind}">word</span> ' for kind in kinds)
    reader = new_reader(color_scheme=scheme)
    page = reader.context.new_page()
    page.goto(f"{reader.root}book/start/network.html")
    # The site keeps the rules for kinds that occur: here are all.
    sheet = re.sub(r"@font-face\s*{[^}]*}", "", SHEET.read_text(encoding="utf-8"))
    page.add_style_tag(content=style() + sheet)
    page.evaluate(
        """(words) => document.querySelector("article").innerHTML =
        `<div class="highlight"><pre>${words}<span class="hll">${words}</span></pre></div>`""",
        words,
    )
    colours = page.eval_on_selector_all(
        ".highlight span", "all => all.map((e) => getComputedStyle(e).color)"
    )
    assert len(set(colours)) >= 6  # keywords, texts, numbers, names, comments and the rest
    grounds = page.eval_on_selector_all(
        "pre, .hll", "all => all.map((e) => getComputedStyle(e).backgroundColor)"
    )
    assert len(set(grounds)) == 2
    assert page.evaluate(LOW)["found"] == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_scripts_a_page_follows_the_system(
    browser: Browser, site: str, scheme: str
) -> None:
    context = browser.new_context(java_script_enabled=False, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{site}book/optimization/index.html")
    shown = page.locator(f"article img.figure-{scheme}").first
    other = "dark" if scheme == "light" else "light"
    assert shown.is_visible()
    assert not page.locator(f"article img.figure-{other}").first.is_visible()
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_stand_still_while_they_load(new_reader: Any, width: int) -> None:
    reader = new_reader(viewport={"width": width, "height": 900})
    reader.context.add_init_script(SHIFTS)
    moved = {}
    for name in KINDS:
        page = reader.context.new_page()
        page.goto(f"{reader.root}{name}.html")
        page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
        shifts = page.evaluate("shifts")
        if shifts:
            moved[name] = shifts
        page.close()
    assert moved == {}


def test_text_is_set_in_the_books_own_face(new_reader: Any) -> None:
    reader = new_reader()
    page = reader.context.new_page()
    fonts: list[str] = []
    page.on("requestfinished", lambda r: fonts.append(r.url) if "woff2" in r.url else None)
    page.goto(f"{reader.root}book/start/network.html")
    page.reload()
    page.evaluate("document.fonts.ready.then(() => 1)")
    loaded = page.evaluate(
        "[...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)"
    )
    assert "BookSerif" in loaded
    family = page.eval_on_selector("article p:not([class])", "e => getComputedStyle(e).fontFamily")
    assert family.startswith("BookSerif")


def test_prose_has_about_seventy_characters_a_line(new_reader: Any) -> None:
    reader = new_reader(viewport={"width": 1280, "height": 900})
    page = reader.context.new_page()
    page.goto(f"{reader.root}book/optimization/momentum.html")
    lines = page.evaluate(
        """() => [...document.querySelectorAll("article section > p")].map((p) => {
        const range = document.createRange(); range.selectNodeContents(p);
        const rows = new Set([...range.getClientRects()].map((r) => Math.round(r.bottom / 14)));
        return [p.textContent.length, p.getBoundingClientRect().height
          / parseFloat(getComputedStyle(p).lineHeight), p.querySelector(".katex")]})"""
    )
    full = [length / rows for length, rows, formula in lines if rows > 3.5 and not formula]
    assert full
    assert all(52 < characters < 78 for characters in full)


def test_the_icons_are_drawn_and_asked_for_where_they_are(built_book: Any, new_reader: Any) -> None:
    html = built_book.html
    reader = new_reader()
    page = reader.context.new_page()
    for path, head in heads(html).items():
        if path == "index.html":  # goes on to the front page by itself
            continue
        icons = [link for link in head.links if link.get("rel") in ("icon", "apple-touch-icon")]
        assert len(icons) == 3, path
        for link in icons:
            below = re.sub(r"^/.*?(?=_static/|favicon)", "", link["href"])  # that of missing pages
            assert (html / path).parent.joinpath(below).is_file(), (path, link)
    sizes = set(Image.open(html / "favicon.ico").info["sizes"])
    assert sizes == {(16, 16), (32, 32), (48, 48)}
    tile = Image.open(html / "_static" / "identity" / "tile.png")
    assert tile.size == (180, 180)
    page.goto(f"{reader.root}book/index.html")
    assert page.locator("a.logo").first.inner_text() == "Deep Learning, Verified"
    mark = page.locator("a.logo svg.dl-mark").first
    assert mark.locator("path").count() == 2
    drawn = "img => { const i = new Image(); i.src = img; return i.decode().then(() => i.width) }"
    for name in ("favicon.ico", "_static/identity/mark.svg"):
        assert page.evaluate(drawn, f"{reader.root}{name}") > 0


def test_every_page_says_what_it_is_about(built_book: Any) -> None:
    found = heads(built_book.html)
    documents = {path: head for path, head in found.items() if path.startswith("book/")}
    assert len(documents) > 80
    descriptions = [head.meta["description"] for head in documents.values()]
    assert len(set(descriptions)) == len(descriptions)
    for path, head in found.items():
        if path == "index.html":  # goes on to the front page by itself
            continue
        assert 30 <= len(head.meta["description"]) <= 200, path
        assert head.title.count("Deep Learning, Verified") == 1, path
        assert head.meta["og:description"] == head.meta["description"], path
        assert head.meta["og:site_name"] == "Deep Learning, Verified"
        assert head.meta["og:title"], path
        assert head.meta["twitter:card"] in ("summary", "summary_large_image")
        for name in ("og:image", "og:url"):
            assert head.meta.get(name, "https://").startswith("https://"), path


def test_a_chapters_card_shows_a_figure_of_its_own_pages(built_book: Any, new_reader: Any) -> None:
    html = built_book.html
    front = (html / "book" / "index.html").read_text(encoding="utf-8")
    cards = re.findall(r'<div class="dl-chapter docutils.*?</p>\n</div>', front, re.DOTALL)
    chapters = []
    for card in cards:
        (link,) = re.findall(r'href="([^"]+)"', card)
        chapter = link.split("/")[0]
        chapters.append(chapter)
        pages = "".join(
            p.read_text(encoding="utf-8") for p in (html / "book" / chapter).glob("*.html")
        )
        pictures = re.findall(r'<img class="([^"]+)" src="([^"]+)"([^>]+)>', card)
        assert [("figure-light" in c, "figure-dark" in c) for c, _, _ in pictures] == [
            (True, False),
            (False, True),
        ]
        for _, source, attributes in pictures:
            name = source.rpartition("/")[2]
            assert f"/_images/{name}" in pages, (chapter, name)
            assert (html / "_images" / name).is_file()
            assert 'loading="lazy"' in attributes
            assert re.search(r'width="\d+"\s+height="\d+"', attributes)
            assert re.search(r'alt="[^"]{40,}"', attributes)
    topics = ["initialization", "regularization", "optimization", "gradient-checking", "tensorflow"]
    assert chapters == topics
    reader = new_reader()
    page = reader.context.new_page()
    page.goto(f"{reader.root}book/index.html")
    for picture in page.locator(".dl-chapter img.figure-light").all():
        picture.scroll_into_view_if_needed()
        assert picture.evaluate("i => i.decode().then(() => i.naturalWidth > 100)")


def test_the_front_page_counts_what_the_build_did(built_book: Any) -> None:
    front = (built_book.html / "book" / "index.html").read_text(encoding="utf-8")
    shown = dict(re.findall(r"<dt>([\w ]+)</dt><dd>(\d+)</dd>", front))
    results = json.loads((built_book.html / "results.json").read_text(encoding="utf-8"))
    assert int(shown["claims verified"]) == len([c for c in results["claims"] if c["holds"]])
    folder = built_book.build / "jupyter_execute"
    notebooks = [json.loads(p.read_text(encoding="utf-8")) for p in folder.rglob("*.ipynb")]
    cells = [sum(c["cell_type"] == "code" for c in n["cells"]) for n in notebooks]
    assert int(shown["code cells run"]) == sum(cells)
    assert int(shown["pages executed"]) == sum(count > 0 for count in cells)


def test_icons_are_a_list_of_png(built_book: Any) -> None:
    data = (built_book.html / "favicon.ico").read_bytes()
    _, kind, count = struct.unpack_from("<HHH", data)
    assert kind == 1
    for k in range(count):
        width, _, _, _, _, _, size, start = struct.unpack_from("<BBBBHHII", data, 6 + 16 * k)
        assert Image.open(io.BytesIO(data[start : start + size])).size == (width, width)
