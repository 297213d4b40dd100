"""The markup of a figure's numbers: closed at first, below the figure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from .tables import Table, panels, shown

SUMMARY = "The numbers of this figure"
FIRST = "The numbers of this figure, as it is at first"


def details(figure: Sequence[dict[str, Any]], name: str, file: str, rows: int, moves: bool) -> str:
    """Return the tables of a figure, and a link to its file.

    Parameters
    ----------
    figure : list of dict
        What its axes show.
    name : str
        Its name in the page.
    file : str
        Where the file with all numbers lies, seen from the page.
    rows : int
        How many rows that has.
    moves : bool
        Whether readers can change the figure: the numbers are those of its first settings.
    """
    parts: list[str] = []
    for panel in panels(figure):
        for held in panel.tables:
            parts.append(table(held, f"{name}-numbers-{len(parts) + 1}"))
        parts += [f"<p>{escape(sentence)}</p>\n" for sentence in panel.sentences]
    what = f"All numbers as a file (CSV, {rows:,} {'row' if rows == 1 else 'rows'})"
    return (
        f'<details class="dl-figure-data" id="{escape(name)}-numbers">'
        f"<summary>{FIRST if moves else SUMMARY}</summary>\n{''.join(parts)}"
        f'<p><a href="{escape(file)}" download>{what}</a></p>\n</details>\n'
    )


def table(held: Table, name: str) -> str:
    """Return a table in a box of its own, which scrolls if it has to."""
    caption = escape(held.caption)
    if len(held.rows) < held.of:
        caption += f" <span>({len(held.rows)} of {held.of} rows)</span>"
    head = "".join(
        f'<th scope="col">{escape(shown(word))}</th>' if word != "" else "<td></td>"
        for word in held.header
    )
    body = "".join(
        f'<tr><th scope="row">{escape(shown(first))}</th>'
        + "".join(f"<td>{escape(shown(value))}</td>" for value in rest)
        + "</tr>\n"
        for first, *rest in held.rows
    )
    return (
        f'<div class="dl-figure-table" role="group" tabindex="0" aria-labelledby="{escape(name)}">'
        f'<table><caption id="{escape(name)}">{caption}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>\n"
    )
