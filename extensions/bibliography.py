"""Label the entries of the bibliography as the pages cite them: Glorot and Bengio, 2010."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pybtex.database import Entry
from pybtex.plugin import register_plugin
from pybtex.style.formatting.plain import Style
from pybtex.style.labels import BaseLabelStyle
from sphinx.application import Sphinx
from sphinx.config import Config


def cited_as(entry: Entry) -> str:
    """Return authors and year of an entry, in the words of a citation."""
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [" ".join([*person.prelast_names, *person.last_names]) for person in people]
    authors = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return ", ".join(part for part in (authors, entry.fields.get("year")) if part)


class Labels(BaseLabelStyle):  # type: ignore[misc]
    """Authors and year, and a letter where several entries share both."""

    def format_labels(self, sorted_entries: Iterable[Entry]) -> Iterator[str]:
        """Yield one label an entry."""
        labels = [cited_as(entry) for entry in sorted_entries]
        seen: Counter[str] = Counter()
        for label in labels:
            seen[label] += 1
            yield label + (chr(ord("a") + seen[label] - 1) if labels.count(label) > 1 else "")


class AuthorYear(Style):  # type: ignore[misc]
    """The style ``plain``, sorted by author and year, without numbers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.format_labels = Labels().format_labels


def note_entries(app: Sphinx, config: Config) -> None:
    """Make Sphinx write every page again when an entry changes: its anchors are numbered."""
    files = [Path(app.srcdir, name).read_bytes() for name in config.bibtex_bibfiles]
    config["bibliography_entries"] = hashlib.sha256(b"".join(files)).hexdigest()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the style ``author_year``."""
    register_plugin("pybtex.style.formatting", "author_year", AuthorYear)
    app.add_config_value("bibliography_entries", "", "env")
    app.connect("config-inited", note_entries)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
