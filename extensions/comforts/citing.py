"""How to cite a page: its own title and address, and for the rest what CITATION.cff says."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ..origin import Origin

CITATION = Path(__file__).parents[2] / "CITATION.cff"
MONTHS = "January February March April May June July August September October November December"
SPECIAL = re.compile(r"[&%$#_{}]")


@cache
def citation(path: Path = CITATION) -> dict[str, Any]:
    """Read what the project says of itself."""
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def full_name(author: dict[str, str]) -> str:
    """Return the name of a person or of a group."""
    return author.get("name") or f"{author['given-names']} {author['family-names']}"


def authors() -> list[str]:
    """Return the names of all authors."""
    return [full_name(author) for author in citation()["authors"]]


def day(known: Origin) -> str:
    """Return the day of what was built, as 2026-11-23."""
    return known.date or str(citation()["date-released"])


def spelled(date: str) -> str:
    """Spell a date out: 23 November 2026."""
    year, month, number = date.split("-")
    return f"{int(number)} {MONTHS.split()[int(month) - 1]} {year}"


def edition(known: Origin) -> str:
    """Say which state of the book is cited."""
    commit = f", commit {known.commit[:7]}" if known.commit else ""
    return f"Version {known.version}{commit}"


def tex(text: str) -> str:
    """Protect what BibTeX and LaTeX would take for their own."""
    return SPECIAL.sub(lambda match: f"\\{match[0]}", text)


def bibtex(known: Origin, name: str, title: str, address: str) -> str:
    """Return an entry for a page named by its path below ``book/``."""
    book = citation()["title"]
    people = (
        tex(full_name(author)) if "family-names" in author else f"{{{tex(full_name(author))}}}"
        for author in citation()["authors"]
    )
    date = day(known)
    fields = {
        "author": " and ".join(people),
        "title": f"{{{tex(title)}}}",
        "howpublished": f"Page of {{\\emph{{{tex(book)}}}}}",
        "year": date[:4],
        "month": MONTHS.split()[int(date[5:7]) - 1][:3].lower(),
        "note": edition(known),
        "url": address,
    }
    if title == book:
        del fields["howpublished"]
    lines = (
        f"  {field} = {value if field == 'month' else f'{{{value}}}'},"
        for field, value in fields.items()
        if value
    )
    key = re.sub(r"[^a-z0-9]+", "-", f"{book} {name.removesuffix('index')}".lower()).strip("-")
    return "\n".join([f"@misc{{{key},", *lines, "}"])


def plain(known: Origin, title: str, address: str) -> str:
    """Return the same in a sentence."""
    book = citation()["title"]
    where = "" if title == book else f" In: {book}."
    date = f" {spelled(day(known))}."
    return f"{', '.join(authors())}: {title}.{where} {edition(known)},{date}" + (
        f" {address}" if address else ""
    )
