"""One visit to every page of the site, and all that is looked at on the way.

A visit takes most of its time to load and lay out a page, so each page is opened once, in one of
two browsers, and is narrowed, darkened and spaced out there.

axe applies all of its rules twice: wide and light, narrow and dark. The other two of the four are
left out, since colours do not depend on the width, nor places on the colours: a test reads that
from the style sheets. Single pages are seen in all four (test_accessibility.py).
"""

from __future__ import annotations

import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import axe
from playwright.sync_api import Page, expect, sync_playwright

BROWSERS = 2
Findings = dict[str, list[str]]

#: What a reader sets who needs more room between letters, words and lines (WCAG 1.4.12).
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important }
p { margin-block-end: 2em !important }"""

#: Everything that leaves the page at its side, and text that is cut off in a box without a way to
#: scroll. What stands in a box that scrolls is not lost.
LOST = """() => {
  const unseen = ".katex-mathml, .visually-hidden, .live-announcer, svg, [aria-hidden]";
  const lost = [], width = document.documentElement.clientWidth;
  const over = document.documentElement.scrollWidth - width;
  if (over > 0) lost.push(`the page scrolls sideways by ${over} pixels`);
  const named = (node) => node.tagName.toLowerCase() + (node.id ? "#" + node.id : "") +
    [...node.classList].slice(0, 3).map((name) => "." + name).join("") +
    ` "${node.textContent.trim().slice(0, 40)}"`;
  const inside = (node) => {
    for (let box = node.parentElement; box; box = box.parentElement) {
      const { overflowX } = getComputedStyle(box);
      if (overflowX === "auto" || overflowX === "scroll") return true;
    }
    return false;
  };
  for (const node of document.querySelectorAll("main *, #pst-primary-sidebar *")) {
    if (node.closest(unseen)) continue;
    const text = [...node.childNodes].some((part) => part.nodeType === 3 && part.data.trim());
    if (!text && !/^(IMG|BUTTON|INPUT|SELECT)$/.test(node.tagName)) continue;
    if (!node.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) continue;
    const { left, right, width: own } = node.getBoundingClientRect();
    if (own < 2) continue;
    if ((right > width + 1 || left < -1) && !inside(node))
      lost.push("beyond the edge: " + named(node));
    const { overflowX, overflowY, display } = getComputedStyle(node);
    const cut = (value) => value === "hidden" || value === "clip";
    if (display === "inline") continue;
    if (cut(overflowX) && node.scrollWidth > node.clientWidth + 1)
      lost.push("cut at its side: " + named(node));
    if (cut(overflowY) && node.scrollHeight > node.clientHeight + 2)
      lost.push("cut below: " + named(node));
  }
  return lost.slice(0, 4);
}"""

#: Light grounds in a dark page, and pictures that have no dark form.
BRIGHT = """() => {
  const bright = [];
  const luminance = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return a < 0.5 ? 0 : (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
  };
  for (const node of document.querySelectorAll("body, body *:not(svg *)")) {
    if (!node.checkVisibility({ visibilityProperty: true })) continue;
    const { width, height } = node.getBoundingClientRect();
    if (width * height < 1500) continue; // marks and buttons have the colours of their meaning
    const { backgroundColor } = getComputedStyle(node);
    if (luminance(backgroundColor) > 0.75)
      bright.push(`${node.tagName.toLowerCase()}.${node.className} on ${backgroundColor}`);
    if (node.matches("article img.figure-light")) bright.push(`light figure ${node.src}`);
  }
  return bright.slice(0, 4);
}"""

#: Pictures: what is said of them, and what stands below them.
PICTURES = """() => Array.from(document.querySelectorAll("article img"), (image) => ({
  source: new URL(image.src).pathname.split("/").pop(),
  alt: image.getAttribute("alt"),
  caption: image.closest("figure")?.querySelector("figcaption .caption-text, figcaption")
    ?.textContent.trim() ?? "",
}))"""


def pages_of(folder: Path) -> list[str]:
    """Paths of all pages of a site, but for one that only leads to another."""
    found = []
    for path in sorted(folder.rglob("*.html")):
        name = path.relative_to(folder)
        leads_on = 'http-equiv="refresh"' in path.read_text(encoding="utf-8")[:2000].lower()
        if name.parts[0] not in ("_static", "_downloads") and not leads_on:
            found.append(name.as_posix())
    return found


def about_pictures(page: Page) -> list[str]:
    """Say what is wrong with the words for those who do not see a picture."""
    faults = []
    for picture in page.evaluate(PICTURES):
        alt, source = picture["alt"], picture["source"]
        if alt is None:
            faults.append(f"{source} has no alt text")
        elif len(alt) < 40 or source in alt or alt.endswith((".svg", ".png")):
            faults.append(f"{source} is called {alt!r}")
        elif alt.strip(" .") == picture["caption"].strip(" .#"):
            faults.append(f"{source}: the alt text repeats the caption")
    return faults


def look(page: Page, address: str, name: str) -> Findings:
    """Open a page and note all faults, by topic."""
    found: Findings = {}
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(address + name)
    found["axe"] = axe.violations(page, f"{name}, light, 1280")
    found["pictures"] = about_pictures(page)
    for width in (640, 320):
        page.set_viewport_size({"width": width, "height": 900})
        found[f"at {width}"] = page.evaluate(LOST)
    spaced = page.add_style_tag(content=SPACED)
    found["spaced"] = page.evaluate(LOST)
    spaced.evaluate("(node) => node.remove()")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.set_viewport_size({"width": 390, "height": 900})
    found["dark"] = page.evaluate(BRIGHT)
    page.wait_for_timeout(350)  # the theme notes what scrolls 0.3 s after a new size
    found["axe"] += axe.violations(page, f"{name}, dark, 390")
    return found


def look_at_all(settings: dict[str, Any], address: str, names: list[str]) -> Findings:
    """Visit all pages, with two browsers, and gather the faults, each with its page."""
    left, findings, lock = iter(names), defaultdict(list), threading.Lock()

    def visit() -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(**settings)
            context = browser.new_context(bypass_csp=True, reduced_motion="reduce")
            context.add_init_script(axe.source())
            page = context.new_page()
            while True:
                with lock:
                    name = next(left, None)
                if name is None:
                    break
                for topic, faults in look(page, address, name).items():
                    prefix = "" if topic == "axe" else f"{name}: "
                    findings[topic] += [prefix + fault for fault in faults]
            browser.close()

    with ThreadPoolExecutor(BROWSERS) as visitors:
        for visitor in [visitors.submit(visit) for _ in range(BROWSERS)]:
            visitor.result()
    return dict(findings)
