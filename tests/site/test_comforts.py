"""Reading comforts in the built book: previews, keys, copies, progress, footers, no page."""

from __future__ import annotations

import doctest
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from reader import Reader

from dlbook import Momentum

PAGE = "optimization/momentum"
CHAPTER = "optimization"
#: What the browser keeps for the book, as an object by name.
KEPT = "Object.fromEntries(Object.entries(localStorage).filter(([name]) => name.startsWith('dl:')))"
#: A browser in which a page may keep nothing.
NOTHING_KEPT = """
for (const method of ["getItem", "setItem", "removeItem"]) {
  const real = Storage.prototype[method];
  Storage.prototype[method] = function (name, ...more) {
    if (name.startsWith("dl:")) throw new DOMException("denied", "SecurityError");
    return real.call(this, name, ...more);
  };
}
"""
#: Where else than in a cell someone may write.
FIELDS = """
["input", "p"].map((name) => {
  return Object.assign(document.createElement(name), { contentEditable: "true" });
})
"""
NO_CLIPBOARD = """
Object.defineProperty(Navigator.prototype, "clipboard", { get: () => undefined });
"""


def preview(tab: Page) -> Locator:
    return tab.get_by_role("tooltip")


def term(tab: Page, name: str) -> Locator:
    return tab.locator(f"article a[href$='#term-{name}']").first


@pytest.fixture
def tab(reader: Reader) -> Page:
    return reader.open(PAGE).tab


# Previews


def test_a_term_shows_what_it_means(tab: Page) -> None:
    link = term(tab, "gradient-descent")
    where = link.bounding_box()
    height = tab.evaluate("document.documentElement.scrollHeight")
    assert not tab.evaluate("Boolean(self.dlPreviews)"), "loaded before anyone asked"
    link.hover()
    expect(preview(tab)).to_contain_text("Repeating steps against the gradient")
    expect(link).to_have_accessible_description(re.compile("against the gradient"))
    assert link.bounding_box() == where
    assert tab.evaluate("document.documentElement.scrollHeight") == height
    formula = preview(tab).locator(".katex-html").first
    assert "KaTeX" in formula.evaluate("node => getComputedStyle(node).fontFamily")
    # it stays while the mouse is on it, and goes with the mouse
    preview(tab).hover()
    tab.wait_for_timeout(500)
    expect(preview(tab)).to_be_visible()
    tab.mouse.move(1, 1)
    expect(preview(tab)).to_be_hidden()
    # and it hides nothing for good
    link.hover()
    expect(preview(tab)).to_be_visible()
    tab.keyboard.press("Escape")
    expect(preview(tab)).to_be_hidden()
    expect(link).to_have_accessible_description("")


def test_an_equation_of_the_page_shows_when_its_link_has_the_focus(tab: Page) -> None:
    link = tab.locator("article a.reference[href='#equation-eq-opt-momentum']").first
    ids = "new Set([...document.querySelectorAll('[id]')].map((node) => node.id)).size"
    assert tab.evaluate(ids) == tab.locator("[id]").count()
    link.evaluate("node => node.focus({ focusVisible: true })")
    expect(preview(tab).locator("math")).to_be_visible()
    numbers = "nodes => nodes.map((node) => node.textContent.replace('#', ''))"
    (shown,) = preview(tab).locator(".eqno").evaluate_all(numbers)
    assert shown == link.text_content()
    assert tab.evaluate(ids) == tab.locator("[id]").count()
    assert preview(tab).locator("a, [tabindex]").count() == 0
    tab.keyboard.press("Tab")
    expect(preview(tab)).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_source_and_a_figure_fit_into_the_window(
    new_reader: Callable[..., Reader], width: int
) -> None:
    tab = new_reader(viewport={"width": width, "height": 800}).open("optimization/ravine").tab
    for start, part in (("#fig-", "figure img"), ("../back/bibliography.html#", "p")):
        tab.locator(f"article a.reference[href^='{start}']").first.hover()
        expect(preview(tab).locator(part).first).to_be_visible()
        box = preview(tab).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        tab.keyboard.press("Escape")
        expect(preview(tab)).to_be_hidden()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_a_tap_follows_the_link(new_reader: Callable[..., Reader]) -> None:
    tab = new_reader(has_touch=True, viewport={"width": 390, "height": 800}).open(PAGE).tab
    term(tab, "gradient-descent").tap()
    tab.wait_for_url("**/glossary.html#term-gradient-descent")


def test_previews_from_a_file(browser: Browser, built_book: Any) -> None:
    context = browser.new_context()
    tab = context.new_page()
    tab.goto((built_book.html / "book" / f"{PAGE}.html").as_uri())
    term(tab, "gradient-descent").hover()
    expect(preview(tab)).to_contain_text("Repeating steps against the gradient")
    context.close()


# Keys


def dialog(tab: Page) -> Locator:
    return tab.get_by_role("dialog", name="Keyboard shortcuts")


def test_keys_turn_pages(tab: Page) -> None:
    tab.keyboard.press("n")
    tab.wait_for_url("**/momentum-myth.html")
    tab.keyboard.press("p")
    tab.wait_for_url(f"**/{PAGE}.html")
    tab.keyboard.press("Control+n")
    tab.keyboard.press("x")
    tab.keyboard.press("g")
    tab.keyboard.press("g")
    tab.wait_for_url("**/glossary.html")


def test_keys_do_nothing_while_someone_types(reader: Reader) -> None:
    page = reader.open(PAGE)
    tab = page.tab
    page.control("edit", 1).click()
    expect(page.cell(1).locator(".cm-content")).to_be_focused()
    tab.keyboard.type("n?")
    expect(page.cell(1).locator(".cm-content")).to_contain_text("n?")
    tab.evaluate(f"document.querySelector('article').prepend(...{FIELDS.strip()})")
    for field in ("article > input", "article > p[contenteditable]"):
        tab.locator(field).focus()
        tab.keyboard.type("np?")
    expect(tab.locator("article > input")).to_have_value("np?")
    expect(tab.locator("article > p[contenteditable]")).to_have_text("np?")
    tab.wait_for_timeout(200)
    expect(dialog(tab)).to_be_hidden()
    assert tab.url.endswith(f"{PAGE}.html")


def test_help_lists_the_keys_and_gives_the_focus_back(tab: Page) -> None:
    button = tab.get_by_role("button", name="Keyboard shortcuts")
    button.focus()
    tab.keyboard.press("?")
    expect(dialog(tab)).to_be_visible()
    assert dialog(tab).evaluate("node => node.contains(document.activeElement)")
    for key in ("?", "/", "n", "p", "t", "m", "Shift+Enter"):
        expect(
            dialog(tab).locator("kbd", has_text=re.compile(f"^{re.escape(key)}$"))
        ).to_be_visible()
    tab.keyboard.press("n")
    tab.keyboard.press("Escape")
    expect(dialog(tab)).to_be_hidden()
    expect(button).to_be_focused()
    assert tab.url.endswith(f"{PAGE}.html")
    button.click()
    expect(dialog(tab)).to_be_visible()


def test_other_keys_do_what_the_list_says(tab: Page) -> None:
    scheme = "document.documentElement.dataset.mode"
    before = tab.evaluate(scheme)
    tab.keyboard.press("t")
    assert tab.evaluate(scheme) != before
    tab.evaluate("document.addEventListener('dl:search', () => { self.searched = true; })")
    tab.keyboard.press("/")
    tab.wait_for_function("self.searched")


def test_keys_can_be_turned_off_for_good(tab: Page) -> None:
    tab.keyboard.press("?")
    dialog(tab).get_by_role("checkbox").uncheck()
    tab.keyboard.press("Escape")
    for _ in range(2):
        tab.keyboard.press("?")
        tab.keyboard.press("n")
        tab.wait_for_timeout(200)
        expect(dialog(tab)).to_be_hidden()
        assert tab.url.endswith(f"{PAGE}.html")
        tab.reload()
    tab.get_by_role("button", name="Keyboard shortcuts").click()
    dialog(tab).get_by_role("checkbox").check()
    dialog(tab).get_by_role("button", name="Close").click()
    tab.keyboard.press("n")
    tab.wait_for_url("**/momentum-myth.html")


# Progress


def read_to_the_end(tab: Page) -> None:
    expect(tab.locator(".dl-page-line")).to_be_visible()
    assert tab.evaluate(KEPT) == {} or PAGE not in json.dumps(tab.evaluate(KEPT))
    tab.evaluate("document.querySelector('.prev-next-footer').scrollIntoView()")


def marks(tab: Page) -> list[str]:
    found: list[str] = tab.locator(".dl-marks .dl-read").evaluate_all(
        "nodes => nodes.map((node) => node.dataset.page)"
    )
    return found


def test_pages_read_to_the_end_are_marked(tab: Page) -> None:
    assert marks(tab) == []
    read_to_the_end(tab)
    sidebar = tab.locator(".bd-sidebar-primary")
    expect(sidebar.get_by_role("link", name="Momentum (read)", exact=True)).to_have_count(1)
    assert marks(tab) == [f"book/{PAGE}"]
    tab.goto(tab.url.replace("momentum.html", "nesterov.html"))
    expect(sidebar.get_by_role("link", name="Momentum (read)", exact=True)).to_have_count(1)
    assert sidebar.locator(".dl-read-mark").count() == 1
    assert marks(tab) == [f"book/{PAGE}"]
    tab.keyboard.press("?")
    dialog(tab).get_by_role("button", name="Forget").click()
    expect(dialog(tab).get_by_role("status")).to_contain_text("Forgotten")
    assert marks(tab) == []
    assert sidebar.locator(".dl-read-mark").count() == 0
    assert tab.evaluate(KEPT) == {}


def test_a_chapter_is_marked_when_all_its_pages_are_read(tab: Page, built_book: Any) -> None:
    names = tab.locator(".dl-marks [data-page]").evaluate_all(
        "nodes => nodes.map((node) => node.dataset.page)"
    )
    folder: Path = built_book.html / "book" / CHAPTER
    assert sorted(names) == sorted(f"book/{CHAPTER}/{f.stem}" for f in folder.glob("*.html"))
    chapter = tab.locator(".bd-sidebar-primary li.current.has-children > a")
    root = tab.evaluate("new URL(document.documentElement.dataset.content_root, location).pathname")
    for read, count in ((names[:-1], 0), (names, 1)):
        tab.evaluate(
            "([key, names]) => localStorage.setItem(key, JSON.stringify(names))",
            [f"dl:{root}:read", read],
        )
        tab.reload()
        expect(tab.locator(".dl-marks .dl-read")).to_have_count(len(read))
        expect(chapter.locator(".dl-read-mark")).to_have_count(count)


def test_a_browser_that_keeps_nothing(new_reader: Callable[..., Reader]) -> None:
    reader = new_reader()
    reader.context.add_init_script(NOTHING_KEPT)
    tab = reader.open(PAGE).tab
    read_to_the_end(tab)
    tab.wait_for_timeout(1500)
    assert marks(tab) == []
    tab.keyboard.press("?")
    dialog(tab).get_by_role("checkbox").uncheck()
    expect(dialog(tab).get_by_role("status")).to_contain_text("keeps nothing")
    tab.keyboard.press("Escape")
    tab.keyboard.press("?")
    tab.wait_for_timeout(200)
    expect(dialog(tab)).to_be_hidden()
    term(tab, "gradient-descent").hover()
    expect(preview(tab)).to_be_visible()


def test_without_scripts_the_words_are_there(new_reader: Callable[..., Reader]) -> None:
    tab = new_reader(java_script_enabled=False).open(PAGE).tab
    expect(tab.locator("article .dl-page-line")).to_contain_text("Page 7 of 19 in Optimization")
    expect(tab.locator(".dl-trust")).to_contain_text("cells run")
    expect(tab.get_by_role("button", name="Keyboard shortcuts")).to_be_hidden()
    tab.locator(".dl-cite summary").click()
    expect(tab.locator(".dl-cite pre").first).to_contain_text("@misc{")


# Copies


def clipboard(tab: Page) -> str:
    text: str = tab.evaluate("navigator.clipboard.readText()")
    return text


def said(tab: Page) -> Locator:
    return tab.locator("main > [role=status]")


def test_examples_are_copied_without_prompts(reader: Reader) -> None:
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = reader.open("back/api/optimizers").tab
    example = tab.locator("dl:has(> dt[id='dlbook.Momentum']) .highlight:has-text('>>>')").first
    example.hover()
    example.get_by_role("button", name="Copy").click()
    expect(said(tab)).to_have_text("Copied")
    examples = doctest.DocTestParser().get_examples(Momentum.__doc__ or "")
    assert clipboard(tab) == "".join(each.source for each in examples).removesuffix("\n")


PROMPTS = {
    "$ make book\nThe book is built.\n$ make serve\n": "make book\nmake serve",
    ">>> for k in x:\n...     k\n...\n1\n": "for k in x:\n    k\n",
    "print('>>> no prompt')\n\n$x\n": "print('>>> no prompt')\n\n$x",
    "a = 1\n\n\n": "a = 1",
}


def test_what_is_a_prompt(reader: Reader) -> None:
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = reader.open("start/how-to").tab
    block = tab.locator("article .highlight").first
    block.hover()
    for shown, copied in PROMPTS.items():
        block.locator("pre").evaluate("(node, text) => { node.textContent = text; }", shown)
        tab.evaluate("navigator.clipboard.writeText('nothing yet')")
        block.locator(".copybtn").click()
        tab.wait_for_function("async () => await navigator.clipboard.readText() !== 'nothing yet'")
        assert clipboard(tab) == copied


def test_copying_without_the_clipboard(new_reader: Callable[..., Reader]) -> None:
    """The old way works without a permission; where it does not, the page says what to do."""
    reader = new_reader()
    reader.context.add_init_script(NO_CLIPBOARD)
    tab = reader.open(PAGE).tab
    block = tab.locator("article .highlight").first
    block.hover()
    button = block.get_by_role("button", name="Copy, cell 1", exact=True)
    copied = "document.addEventListener('copy', () => { self.copied = String(getSelection()); })"
    tab.evaluate(copied)
    button.click()
    expect(said(tab)).to_have_text("Copied")
    expect(button).to_be_focused()
    tab.evaluate("document.execCommand = () => false")
    button.click()
    expect(said(tab)).to_contain_text("press Ctrl+C")
    code = block.locator("pre").text_content() or ""
    assert tab.evaluate("String(getSelection())").strip() == code.strip()


def test_links_to_places_are_copied_and_followed(reader: Reader) -> None:
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = reader.open(PAGE).tab
    for name in (
        "Link to this heading: From scratch",
        "Link to this equation: 76",
        "Link to this claim: optimization.momentum-conventions",
    ):
        link = tab.get_by_role("link", name=name, exact=True)
        tab.keyboard.press("Tab")  # from here on the focus is shown
        link.focus()
        expect(link).to_have_css("opacity", "1")
        tab.keyboard.press("Enter")
        expect(said(tab)).to_have_text("Link copied")
        assert clipboard(tab) == tab.url
        anchor = tab.url.partition("#")[2]
        assert tab.locator(f"[id='{anchor}']").count() == 1


# The foot of every page


def cells(built_book: Any, name: str) -> int:
    return sum(cell["cell_type"] == "code" for cell in built_book.notebook(name)["cells"])


@pytest.fixture(scope="module")
def pages(built_book: Any) -> dict[str, str]:
    """The text of each page's footer, by the page's path below ``book/``."""
    found = {}
    for file in sorted((built_book.html / "book").rglob("*.html")):
        html = file.read_text("utf-8")
        (foot,) = re.findall(r'<p class="dl-trust">(.*?)</p>', html)
        name = file.relative_to(built_book.html / "book").with_suffix("").as_posix()
        found[name] = re.sub("<.*?>", "", foot)
    return found


def test_footers_tell_what_was_run_and_verified(pages: dict[str, str], built_book: Any) -> None:
    claims = built_book.results["claims"]
    counts = {name: cells(built_book, name) for name in pages}
    total = f"The whole book: {sum(counts.values()):,} cells run, {len(claims)} claims verified."
    for name, text in pages.items():
        here, of_book = re.fullmatch(r"(?:This page: (.*?)\. )?(The whole book: .*)", text).groups()  # type: ignore[union-attr]
        assert of_book == total, name
        run = re.match(r"([\d,]+) cells? run", here or "0 cells run")
        verified = re.search(r"(\d+) claims? verified", here or "")
        assert run is not None
        assert int(run[1]) == counts[name], name
        own = sum(claim["page"] == name for claim in claims)
        assert int(verified[1] if verified else 0) == own, name
    assert sum(counts.values()) > 500


def test_every_chapter_page_says_how_long_it_takes(built_book: Any) -> None:
    for file in (built_book.html / "book" / CHAPTER).glob("*.html"):
        (line,) = re.findall(r'<span class="dl-time">(.*?)</span>', file.read_text("utf-8"))
        minutes = re.match(r"(\d+) minutes to read", line)
        assert minutes, file
        assert 5 <= int(minutes[1]) <= 40, file


# No page


@pytest.fixture
def stranger(browser: Browser, site: str) -> Iterator[Page]:
    """Someone with a wrong address. The page looks for its root, so much is asked in vain."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(
    "address", ["nothing.html", "book/optimization/nothing.html", "book/x/y/z"]
)
def test_missing_pages_lead_back(stranger: Page, site: str, address: str) -> None:
    """The book under test was built by someone who did not say where it would be."""
    answer = stranger.goto(site + address)
    assert answer is not None
    assert answer.status == 404
    expect(stranger.get_by_role("heading", name="Page not found")).to_be_visible()
    contents = stranger.get_by_role("navigation", name="Table of contents")
    link = contents.get_by_role("link", name="Nesterov momentum")
    expect(link).to_have_attribute("href", re.compile(r"^/a/b/book/book/"))
    stranger.wait_for_function(
        "[...document.styleSheets].some((sheet) => sheet.href?.includes('/a/b/book/_static/'))"
    )
    link.click()
    expect(stranger.locator("article h1")).to_contain_text("Nesterov momentum")
    stranger.goto(site + address)
    search = stranger.get_by_role("search").get_by_role("searchbox")
    search.fill("ravine")
    search.press("Enter")
    stranger.wait_for_url(f"{site}search.html?q=ravine")
