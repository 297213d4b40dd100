"""The site for readers who hear it, use keys alone, zoom, or need more contrast."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe
import pytest
from every_page import Findings, look_at_all, pages_of
from playwright.sync_api import Browser, BrowserContext, Page, expect
from reader import PATIENCE, LivePage

#: A page with figures that answer, a quiz, live cells, equations, tables and a claim.
RICH = "book/optimization/nesterov.html"
KINDS = (
    RICH,
    "book/index.html",
    "book/back/api/network.html",
    "book/back/claims.html",
    "genindex.html",
    "search.html",
)
SCHEMES = ("light", "dark")
SIZES = ({"width": 1280, "height": 900}, {"width": 390, "height": 844})


@pytest.fixture(scope="module")
def findings(settings: dict[str, Any], site: str, built_book: Any) -> Findings:
    """Everything that is wrong on any page."""
    names = pages_of(built_book.html)
    assert len(names) > 100
    return look_at_all(settings, site, names)


@pytest.mark.parametrize(
    "topic", ["axe", "pictures", "at 640", "at 320", "spaced", "dark"], ids=lambda t: t
)
def test_every_page(findings: Findings, topic: str) -> None:
    assert not findings[topic], "\n".join(findings[topic])


def test_axe_knows_the_rules_that_matter(context: BrowserContext, site: str) -> None:
    """And finds a fault that is planted."""
    page = opened(context, site, "search.html")
    names = axe.rules(page)
    assert {"color-contrast", "target-size", "region", "label-content-name-mismatch"} <= names
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert any("image-alt" in line for line in axe.violations(page, "planted"))


def test_colours_do_not_depend_on_width(built_book: Any) -> None:
    """Which is why no page is looked at in all four of light and dark, wide and narrow."""
    for sheet in (built_book.html / "_static").rglob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
        for block in re.findall(r"@media[^{]*width[^{]*\{((?:[^{}]|\{[^{}]*\})*)\}", text):
            assert "data-theme" not in block, f"{sheet.name}: {block[:200]}"


@pytest.fixture(scope="module")
def contexts(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Light and dark, wide and narrow."""
    made = []
    for scheme in SCHEMES:
        for size in SIZES:
            context = browser.new_context(
                bypass_csp=True, color_scheme=scheme, viewport=size, reduced_motion="reduce"
            )
            context.set_default_timeout(PATIENCE)
            context.add_init_script(axe.source())
            made.append(context)
    yield made
    for context in made:
        context.close()


@pytest.fixture
def context(contexts: list[BrowserContext]) -> BrowserContext:
    """Light and wide."""
    return contexts[0]


def opened(context: BrowserContext, site: str, name: str) -> Page:
    page = context.new_page()
    page.goto(site + name)
    page.wait_for_timeout(400)  # the theme notes what scrolls a moment after a page is there
    return page


def about(page: Page) -> str:
    return page.evaluate("`${document.documentElement.dataset.theme}, ${innerWidth}`")


@pytest.mark.parametrize("name", KINDS)
def test_kinds_of_pages_in_all_four(contexts: list[BrowserContext], site: str, name: str) -> None:
    faults = []
    for context in contexts[1:3]:  # the two that `every_page` leaves out
        page = opened(context, site, name)
        faults += axe.violations(page, f"{name}, {about(page)}")
        page.close()
    assert not faults, "\n".join(faults)


#: What opens, by a click where it is seen, and what is seen then.
MENUS = {
    "download": (".dl-menu > summary", ".dl-menu ul"),
    "search": (".search-button__button", "#pst-search-dialog"),
    "sidebar": (".primary-toggle", ".bd-sidebar-primary, #pst-primary-sidebar-modal"),
    "on this page": (".secondary-toggle", ".bd-sidebar-secondary, #pst-secondary-sidebar-modal"),
}


@pytest.mark.parametrize("menu", MENUS)
def test_open_menus(contexts: list[BrowserContext], site: str, menu: str) -> None:
    button, opens = MENUS[menu]
    faults, seen = [], 0
    # On a wide screen the two at the sides stand open, and their buttons close them.
    for context in contexts[1::2] if menu in ("sidebar", "on this page") else contexts:
        page = opened(context, site, RICH)
        for one in page.locator(button).all():
            if one.is_visible():
                one.click()
                expect(page.locator(opens).locator("visible=true").first).to_be_visible()
                page.wait_for_timeout(300)
                faults += axe.violations(page, f"{menu}, {about(page)}")
                seen += 1
                break
        page.close()
    assert seen >= 2
    assert not faults, "\n".join(faults)


def test_hints_of_buttons(contexts: list[BrowserContext], site: str) -> None:
    """Also of the links of headings, and below the first screen, where a button back appears."""
    faults = []
    for context in (contexts[0], contexts[2]):
        page = opened(context, site, RICH)
        page.locator("article h2").nth(3).scroll_into_view_if_needed()
        page.mouse.wheel(0, 1500)
        page.mouse.wheel(0, -200)
        page.locator("article h2").nth(3).hover()
        faults += axe.violations(page, f"heading, {about(page)}")
        page.locator(".theme-switch-button").first.hover()
        page.wait_for_timeout(400)
        faults += axe.violations(page, f"hint, {about(page)}")
        page.close()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("number", [0, 3], ids=["light, wide", "dark, narrow"])
def test_a_page_in_use(contexts: list[BrowserContext], site: str, number: int) -> None:
    """A question answered wrong and right, a figure moved, a cell that ran, an editor open."""
    tab = opened(contexts[number], site, RICH)
    page = LivePage(tab, RICH)
    for quiz in tab.locator("[data-quiz]").all():
        quiz.locator("input").first.check()
        quiz.locator(".quiz-check").click()
    tab.locator("[data-explorable] input[type=range]").first.focus()
    for _ in range(5):
        tab.keyboard.press("ArrowRight")
    for select in tab.locator("[data-explorable] select").all()[:1]:
        select.select_option(index=1)
    first = int(tab.locator("div.cell[data-live-cell]").first.get_attribute("data-live-cell") or 1)
    page.run(first)
    page.control("edit", first).click()
    expect(page.cell(first).locator(".cm-content")).to_be_focused()
    tab.evaluate("document.querySelectorAll('article details').forEach((d) => { d.open = true })")
    tab.wait_for_timeout(400)
    faults = axe.violations(tab, f"in use, {about(tab)}")
    tab.close()
    assert not faults, "\n".join(faults)


#: The place that has the focus: its ring, the contrast of the ring with what lies around it, and
#: whether it lies in the window.
RING = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const style = getComputedStyle(node);
  const channels = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return { rgb: [r, g, b], a };
  };
  let ground = node.parentElement;
  while (ground && channels(getComputedStyle(ground).backgroundColor).a < 1)
    ground = ground.parentElement;
  const light = ({ rgb }) => {
    const [r, g, b] = rgb.map((c) => c / 255)
      .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ends = [light(channels(style.outlineColor)),
    ground ? light(channels(getComputedStyle(ground).backgroundColor)) : 1].sort((a, b) => b - a);
  const { left, top, right, bottom } = node.getBoundingClientRect();
  return {
    what: `${node.tagName.toLowerCase()}.${node.className?.baseVal ?? node.className} ` +
      `"${(node.getAttribute("aria-label") ?? node.textContent).trim().slice(0, 30)}"`,
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    contrast: (ends[0] + 0.05) / (ends[1] + 0.05),
    seen: right > 0 && bottom > 0 && left < innerWidth && top < innerHeight,
    other: Boolean(node.closest(".explorable-picture")), // has a ring in the picture
  };
}"""


@pytest.mark.parametrize("number", [0, 3], ids=["light, wide", "dark, narrow"])
def test_the_focus_is_always_seen(contexts: list[BrowserContext], site: str, number: int) -> None:
    """Keys alone go through a whole page; each stop has a ring in 3:1 contrast."""
    page = opened(contexts[number], site, RICH)
    faults, stops = [], 0
    for _ in range(400):
        page.keyboard.press("Tab")
        found = page.evaluate(RING)
        if found is None:
            break
        stops += 1
        if found["other"]:
            continue
        if not (found["ring"] and found["contrast"] >= 3 and found["seen"]):
            faults.append(f"{found['what']}: {found}")
    page.close()
    assert stops > 60
    assert not faults, "\n".join(faults[:20])


def test_the_skip_link_leads_to_the_text(context: BrowserContext, site: str) -> None:
    page = opened(context, site, RICH)
    page.keyboard.press("Tab")
    expect(page.locator("#pst-skip-link a")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    page.close()


def test_keys_reach_what_scrolls_and_nothing_else(
    contexts: list[BrowserContext], site: str
) -> None:
    boxes = "article :is(.equation, pre, .pst-scrollable-table-container, .output, .text_html)"
    counts = """(nodes) => nodes.filter((n) => n.checkVisibility()).map((n) => [
      n.tabIndex === 0, /auto|scroll/.test(getComputedStyle(n).overflowX) &&
      n.scrollWidth > n.clientWidth + 1, n.getAttribute("aria-label") ?? "", n.className])"""
    stops = 0
    for context in contexts[:2]:
        page = opened(context, site, RICH)
        for reached, scrolls, label, name in page.eval_on_selector_all(boxes, counts):
            assert reached == scrolls, name
            assert label or not scrolls, name
            stops += reached
        page.close()
    assert stops > 0


def test_nothing_moves_for_those_who_ask(context: BrowserContext, site: str) -> None:
    page = opened(context, site, RICH)
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((node) => {
          const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(node);
          return animationName !== "none" || scrollBehavior === "smooth" ||
            parseFloat(transitionDuration) > 0.01;
        }).map((node) => node.tagName + "." + node.className).slice(0, 5)"""
    )
    page.close()
    assert moving == []


def fills(text: str) -> set[str]:
    """Colours in which a figure writes."""
    found = set()
    for group in re.findall(r'<g id="text_\d+">(.*?)</g>\s*</g>', text, re.DOTALL):
        found |= {m.lower() for m in re.findall(r"fill: ?(#[0-9a-fA-F]{6})", group)}
    for style in re.findall(r"<text\b([^>]*)>", text):
        found |= {m.lower() for m in re.findall(r"fill: ?(#[0-9a-fA-F]{6})", style)}
    return found


def luminance(colour: str) -> float:
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def drawings(built_book: Any) -> Iterator[tuple[Path, str]]:
    for path in sorted((built_book.html / "_images").glob("*.svg")):
        yield path, path.read_text(encoding="utf-8")


def test_words_in_figures_can_be_read(built_book: Any) -> None:
    faults, read = set(), 0
    for path, text in drawings(built_book):
        paper = "#14181e" if path.stem.endswith("-dark") else "#ffffff"
        for colour in fills(text):
            read += 1
            if contrast(colour, paper) < 4.5 and colour != paper:  # paper: words on a filled place
                faults.add(f"{path.name}: {colour} on {paper} is {contrast(colour, paper):.2f}")
    assert read > 100
    assert not faults, "\n".join(sorted(faults)[:20])


def test_dark_figures_have_no_light_ground(built_book: Any) -> None:
    dark = [(path, text) for path, text in drawings(built_book) if path.stem.endswith("-dark")]
    assert len(dark) > 50
    for path, text in dark:
        assert not re.search(r"#fff(fff)?\b|fill: ?white", text, re.IGNORECASE), path.name
