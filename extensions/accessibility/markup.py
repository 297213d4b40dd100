"""Markup of the theme, of Sphinx and of outputs that does not say what it is, put right.

Each function mends one kind of fault and changes nothing where it is already right, so a page may
pass any number of times. They look for the least that tells a fault, and not for whole passages:
other extensions exchange icons and scripts in the same pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

TAGS = re.compile(r"<[^>]*>")
CHAPTER = re.compile(
    r'(<a class="(?:current )?reference internal" href="[^"]*">((?:(?!</a>).)*)</a>\s*'
    r"<details[^>]*>\s*)<summary>",
    re.DOTALL,
)
TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
HEAD = re.compile(r"<thead\b.*?</thead>", re.DOTALL)
HEADER = re.compile(r"<th\b(?![^>]*\bscope=)")
COLUMN = 'scope="col"'
#: Dialogs of the theme, and what they are called.
DIALOGS = {
    "pst-search-dialog": "Search",
    "pst-primary-sidebar-modal": "The book",
    "pst-secondary-sidebar-modal": "On this page",
}
PRINTED_CONTENTS = re.compile(r'<div id="jb-print-docs-body".*?(?=<div id="searchbox">)', re.DOTALL)
LANDMARKS = re.compile(r'<(header|footer) (class="bd-\1(?: [^"]*)?")>\s*</\1>')


def text(html: str) -> str:
    """Return the words of a piece of markup."""
    return " ".join(unescape(TAGS.sub("", html)).split())


def name_summaries(html: str) -> str:
    """Say what opens: a chapter of the sidebar; what a hidden cell's own words say."""

    def named(match: re.Match[str]) -> str:
        label = escape(f"Pages of {text(match[2])}")
        return f'{match[1]}<summary aria-label="{label}">'

    return CHAPTER.sub(named, html).replace(
        '<summary aria-label="Toggle hidden content">', "<summary>"
    )


def name_buttons(html: str) -> str:
    """Let the words on a button be its name: who speaks to the computer says what is seen."""
    html = re.sub(
        r'(<button class="btn search-button-field[^>]*?) title="Search" aria-label="Search"',
        r"\1",
        html,
    )
    return re.sub(r'(<i class="theme-switch [^>]*?) title="[^"]*"', r"\1", html)


def name_landmarks(html: str) -> str:
    """Name the sidebar and the dialogs; make an empty header or footer no landmark."""
    html = LANDMARKS.sub(r"<div hidden \2></div>", html)  # the theme's script looks for them
    html = html.replace(
        '<div id="pst-primary-sidebar" class=',
        '<div id="pst-primary-sidebar" role="region" aria-label="The book" class=',
    )
    for dialog, label in DIALOGS.items():
        html = html.replace(
            f'<dialog id="{dialog}">', f'<dialog id="{dialog}" aria-label="{label}">'
        )
    return html


def single_heading(html: str) -> str:
    """Drop the second title and contents that the theme keeps for paper, where pages have none."""
    return PRINTED_CONTENTS.sub("", html)


def lists_of_sources(html: str) -> str:
    """Make entries of the bibliography items of its list, and footnotes no landmark."""
    html = html.replace('role="doc-biblioentry"', 'role="listitem"')
    return re.sub(
        r'<aside class="footnote-list([^">]*)">',
        r'<aside class="footnote-list\1" role="none">',
        html,
    )


def _scoped(match: re.Match[str]) -> str:
    """Say of each header cell of a table whether it heads a column or a row."""
    table = match[0]
    if "genindextable" in table.partition(">")[0]:  # columns of text, and no table
        return (
            table
            if "role=" in table.partition(">")[0]
            else table.replace("<table", '<table role="presentation"', 1)
        )
    table = HEAD.sub(lambda head: HEADER.sub(f"<th {COLUMN}", head[0]), table)

    def row(found: re.Match[str]) -> str:
        return HEADER.sub('<th scope="row"' if "<td" in found[0] else f"<th {COLUMN}", found[0])

    return ROW.sub(row, table)


def head_tables(html: str) -> str:
    """Give every header cell its scope."""
    return TABLE.sub(_scoped, html)


MENDERS: tuple[Callable[[str], str], ...] = (
    name_summaries,
    name_buttons,
    name_landmarks,
    single_heading,
    lists_of_sources,
    head_tables,
)


def mend(html: str) -> str:
    """Mend a page."""
    for mender in MENDERS:
        html = mender(html)
    return html
