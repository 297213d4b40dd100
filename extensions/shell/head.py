"""What a page loads: its scripts, style sheets, metas and policy, put in order.

Sphinx, the theme and the extensions each add to a page's head what they need, and the theme to the
page's end. Here the scripts that every page has become one, ``book.js``, and all style sheets one,
``book.css``; others stay, and wait until the page is read. A page remembers the sheets it asked
for (``data-sheets``), because a later build finds only what this one left.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from sphinx.errors import ExtensionError

START = (Path(__file__).parent / "page" / "start.js").read_text(encoding="utf-8").strip()
#: Part of ``book.js`` (assets.py), in this order.
BUNDLED = (
    "documentation_options.js",
    "scripts/sphinx-book-theme.js",
    "scripts/pydata-sphinx-theme.js",
)
#: What this book does not use, on pages that do not search by Sphinx's own scripts.
FOR_SEARCH = ("doctools.js", "sphinx_highlight.js")
SEARCH = ("searchtools.js", "searchindex.js")
#: The theme, too, hears Ctrl+K, and would open an empty dialog.
EARLY = "search/open.js"
UNUSED = (
    "scripts/fontawesome.js",
    "scripts/bootstrap.js",  # three tooltips, and page/contents.js does the rest
    "sphinx-thebe.js",
    "sphinx-thebe.css",
    "togglebutton.js",
    "togglebutton.css",
    "design-tabs.js",
    "pygments.css",  # extensions/identity colours code
)
#: Inline scripts of the theme and of extensions that nothing here reads.
UNUSED_INLINE = re.compile(
    r"document\.documentElement\.dataset|DOCUMENTATION_OPTIONS|toggle(Hint|Open|button)|"
    r"THEBE_|thebe|kernelName|Activate the search field"
)
SCRIPT = re.compile(r"[ \t]*<script\b([^>]*)>(.*?)</script>\n?", re.DOTALL)
LINK = re.compile(r"[ \t]*<link\b([^>]*?)\s*/?>\n?")
META = re.compile(r"[ \t]*<meta\b([^>]*?)\s*/?>\n?")
DROPPED_META = re.compile(r'name="(viewport|docsearch:[^"]*|generator)"|http-equiv="Content-Sec')
NOSCRIPT = re.compile(
    r"\s*<!--[^>]*?js is disabled\s*-->\s*<noscript>\s*<style>.*?</noscript>", re.S
)
COMMENT = re.compile(r"[ \t]*<!--(?:(?!-->).)*-->\n?", re.DOTALL)
#: What bootstrap.js would read; its tooltips become titles.
BOOTSTRAP = re.compile(r'\s+data-(?:bs-(?!title=)[\w-]+|offset)="[^"]*"')
HTML = re.compile(r"<html[^>]*>")
#: Fonts of texts and formulas, and what tells that a page has some. What comes before a page is
#: painted moves nothing later, and no text does without; from files, browsers load nothing early.
FONTS = {
    "identity/source-serif-4-latin-wght-normal.woff2": "<h1",
    "identity/source-serif-4-latin-wght-italic.woff2": "<em",
    "katex/fonts/KaTeX_Main-Regular.woff2": 'class="katex"',
    "katex/fonts/KaTeX_Math-Italic.woff2": "mathnormal",
}
VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1" />'
#: What pages say whose cells run, and those whose cells a server of the reader's own runs.
LIVE = 'data-live-kernel="'
SERVER = 'data-live-kernel="jupyter"'
LOOPBACK = " ".join(
    f"{scheme}://{host}:*"
    for scheme in ("http", "https", "ws", "wss")
    for host in ("127.0.0.1", "localhost")
)


@dataclass
class Head:
    """What was found while a page passed."""

    path: str
    root: str = ""
    """The way from the page to the site's root."""
    sheets: list[str] = field(default_factory=list)
    """Addresses of style sheets below ``_static``, in order."""
    scripts: list[tuple[str, str]] = field(default_factory=list)
    """Addresses below the root, and further attributes."""


def attribute(text: str, name: str) -> str:
    """Return the value of an attribute; empty where there is none."""
    found = re.search(rf'\b{name}="([^"]*)"', text)
    return found[1] if found else ""


def policy(html: str) -> str:
    """Return what a page may load and do, as the value of a ``Content-Security-Policy``."""
    digest = base64.b64encode(hashlib.sha256(START.encode()).digest()).decode()
    rules = {
        "default-src": "'self'",  # Firefox loads the next page before it is asked for
        "object-src": "'none'",
        "frame-src": "'none'",
        "media-src": "'none'",
        "script-src": f"'self' 'sha256-{digest}'",
        "worker-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",  # KaTeX and CodeMirror set styles
        "img-src": "'self' data: blob:",
        "font-src": "'self'",
        "connect-src": connections(html),
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def connections(html: str) -> str:
    """Return where a page's scripts may send requests to."""
    if SERVER in html:
        return f"'self' blob: {LOOPBACK}"
    return "'self' blob:" if LIVE in html else "'self'"  # blob: what a cell has drawn


def read(path: str, html: str) -> tuple[Head, str]:
    """Take scripts, style sheets and superfluous metas out of a page; say what there was."""
    head = Head(path, "../" * path.count("/"))

    def take_script(found: re.Match[str]) -> str:
        attributes, body = found.groups()
        source = attribute(attributes, "src")
        if source:
            head.scripts.append((source.partition("?")[0], attributes))
        elif "json" in attributes:
            return found[0]
        elif body.strip() not in ("", START) and not UNUSED_INLINE.search(attributes + body):
            text = " ".join(body.split())[:80]
            raise ExtensionError(f"{path} has an inline script, which no browser will run: {text}")
        return ""

    def take_sheet(found: re.Match[str]) -> str:
        attributes = found[1]
        if attribute(attributes, "rel") == "preload" and attribute(attributes, "as") == "script":
            return ""
        if attribute(attributes, "rel") != "stylesheet":
            return found[0]
        if made_of := attribute(attributes, "data-sheets"):
            head.sheets += made_of.split()
            return ""
        address = attribute(attributes, "href").partition("?")[0]
        root, below, name = address.rpartition("_static/")
        if not below:
            raise ExtensionError(f"{path} asks for a style sheet elsewhere: {address}")
        head.root = root
        head.sheets.append(name)
        return ""

    html = SCRIPT.sub(take_script, NOSCRIPT.sub("", html))
    start, end, rest = html.partition("</head>")
    start = COMMENT.sub("", LINK.sub(take_sheet, start))
    start = META.sub(lambda m: "" if DROPPED_META.search(m[1]) else m[0], start)
    html = BOOTSTRAP.sub("", start + end + rest).replace("data-bs-title=", "title=")
    head.scripts = wanted(head)
    head.sheets = [name for name in dict.fromkeys(head.sheets) if name not in UNUSED]
    return head, html


def wanted(head: Head) -> list[tuple[str, str]]:
    """Return the scripts that a page loads beside ``book.js``, each once and in order."""
    names = {address.rpartition("_static/")[2] for address, _ in head.scripts}
    left_out = {*BUNDLED, *UNUSED, "book.js"}
    if "searchtools.js" not in names:
        left_out |= {*FOR_SEARCH}
    kept = {a: t for a, t in head.scripts if a.rpartition("_static/")[2] not in left_out}
    # Sphinx's search reads the words of the language when it starts.
    return sorted(kept.items(), key=lambda item: item[0].endswith(SEARCH))


def in_tags(head: Head, version: Callable[[str], str]) -> list[str]:
    """Return the tags of a page's scripts: what hears keys before the theme does stands first."""
    tags = [("_static/book.js", f"{head.root}_static/book.js", "")]
    for address, attributes in head.scripts:
        more = re.sub(r'\s*\b(src|defer|async)(="[^"]*")?', "", attributes)
        tags.append((address.removeprefix(head.root), address, more))
    tags.sort(key=lambda tag: not tag[0].endswith(EARLY))
    return [
        f'<script defer src="{address}?v={version(name)}"{more}></script>'
        for name, address, more in tags
    ]


def write(
    html: str, head: Head, description: str, version: Callable[[str], str], sheet: str
) -> str:
    """Put a page's head together.

    Parameters
    ----------
    html : str
        The page without scripts and sheets.
    head : Head
        What it had.
    description : str
        What it says of itself, if no extension has said it.
    version : callable
        Gives the digest of a file below the site's root.
    sheet : str
        Digest of the style sheet.
    """
    static = f"{head.root}_static/"
    fonts = [
        f"{static}{name}"
        for name, sign in FONTS.items()
        if sign in html and version(f"_static/{name}")
    ]
    lines = [
        f'<meta http-equiv="Content-Security-Policy" content="{policy(html)}" />',
        VIEWPORT,
        f'<script data-fonts="{" ".join(fonts)}">{START}</script>',
        f'<link rel="stylesheet" href="{static}book.css?v={sheet}" '
        f'data-sheets="{" ".join(head.sheets)}" />',
        *in_tags(head, version),
    ]
    if description and 'name="description"' not in html:
        lines.append(f'<meta name="description" content="{escape(description)}" />')
    charset = re.search(r"<meta charset=[^>]*>\n?", html)
    if charset is None:
        raise ExtensionError(f"{head.path} names no charset")
    html = html[: charset.end()] + "\n".join(lines) + "\n" + html[charset.end() :].lstrip()
    # Without scripts the theme's light colours apply, which it gives pages that name no scheme.
    return HTML.sub(lambda found: found[0].replace(' data-theme="auto"', ""), html, count=1)
