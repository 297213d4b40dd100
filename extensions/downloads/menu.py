"""What stands in the menus of a page: links to its files, and to it in other places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..origin import ROOT, Origin, git
from .bundle import ARCHIVE

#: What `make pdf` and `make epub` leave in the site's folder.
BOOKS = {"deep-learning-verified.pdf": "PDF", "deep-learning-verified.epub": "EPUB"}
#: Where publish.yml puts what the archive holds.
BRANCH = "notebooks"
MARKED = re.compile(r"(<!-- whole book -->).*?(<!-- /whole book -->)", re.DOTALL)


@dataclass(frozen=True)
class Entry:
    """An entry of a menu: its words, where it leads, and whether that is a file to keep."""

    words: str
    address: str
    keep: bool = True
    name: str = ""
    """Under which name it is kept, if not under its own."""


def of_page(docname: str, has_cells: bool, source: str) -> list[Entry]:
    """Return the files of a page, seen from it.

    Parameters
    ----------
    docname : str
        The page.
    has_cells : bool
        Whether there is a notebook of it.
    source : str
        Where its source lies, or nothing.
    """
    name = docname.rpartition("/")[2]
    entries = [Entry("Notebook (.ipynb)", f"{name}.ipynb")] if has_cells else []
    entries.append(Entry("Markdown (.md)", f"{name}.md"))
    if source:
        entries.append(Entry("Source (MyST)", source, name=f"{name}.myst.md"))
    return entries


def elsewhere(docname: str, has_cells: bool, origin: Origin, launch: bool) -> list[Entry]:
    """Return the places of a page outside of the site: none without a repository.

    Parameters
    ----------
    docname : str
        The page.
    has_cells : bool
        Whether there is a notebook of it.
    origin : Origin
        What is known of this copy.
    launch : bool
        Whether the repository has the branch with the notebooks.
    """
    home = origin.repository
    if not home:
        return []
    entries = []
    owner = home.removeprefix("https://github.com/")
    if has_cells and launch and owner != home:
        notebook = f"{docname}.ipynb"
        colab = f"https://colab.research.google.com/github/{owner}/blob/{BRANCH}/{notebook}"
        binder = f"https://mybinder.org/v2/gh/{owner}/{BRANCH}?urlpath=lab/tree/{notebook}"
        entries += [Entry("Run in Colab", colab, keep=False)]
        entries += [Entry("Run in Binder", binder, keep=False)]
    entries.append(Entry("Edit this page", f"{home}/edit/{origin.branch}/{docname}.md", keep=False))
    return [*entries, Entry("Repository", home, keep=False)]


def has_branch(origin: Origin, configured: bool, root: Path = ROOT) -> bool:
    """Tell whether the branch with the notebooks can be relied on.

    The workflow that publishes the site pushes it. So it is there if somebody set the repository,
    if the site's address is known, or if git has seen it; a fork that was cloned has none of these.
    """
    known = configured or bool(origin.site)
    return known or bool(git("rev-parse", "--verify", f"refs/remotes/origin/{BRANCH}", root=root))


def with_books(html: str, page: str, site: Path) -> str:
    """Return a page with links to the whole book in the forms that lie in the site's folder."""
    up = "../" * page.count("/")
    found = {ARCHIVE: "All notebooks (.zip)"} if (site / ARCHIVE).is_file() else {}
    for name, kind in BOOKS.items():
        if (site / name).is_file():
            found[name] = f"The book as {kind}"
    items = [f'<li><a href="{up}{name}" download>{words}</a></li>' for name, words in found.items()]
    return MARKED.sub(lambda marks: "\n".join([marks[1], *items, marks[2]]), html)
