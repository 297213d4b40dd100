"""The book's sources, as the tests see them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).parent / "expected"


@dataclass(frozen=True)
class Page:
    """A page named by its path below ``book/``, such as ``initialization/symmetry``."""

    name: str

    @property
    def path(self) -> Path:
        return ROOT / "book" / f"{self.name}.md"

    @property
    def expected(self) -> Path:
        return EXPECTED / f"{self.name}.txt"

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def front_matter(self) -> dict[str, Any]:
        match = re.match(r"---\n(.*?)\n---\n", self.text, re.DOTALL)
        return yaml.safe_load(match[1]) if match else {}

    @property
    def is_executed(self) -> bool:
        return "```{code-cell}" in self.text

    @property
    def is_chapter_page(self) -> bool:
        return self.front_matter.get("kind") == "chapter"

    @cached_property
    def cells(self) -> list[Any]:
        """Its code cells."""
        config = MdParserConfig(enable_extensions={"colon_fence", "dollarmath"})
        notebook = read_myst_markdown_notebook(self.text, config)
        return [cell for cell in notebook.cells if cell.cell_type == "code"]

    @cached_property
    def prose(self) -> str:
        """The text without front matter, code, mathematics, roles, links and directive options."""
        text = re.sub(r"\A---\n.*?\n---\n", "", self.text, flags=re.DOTALL)
        text = re.sub(r"^(`{3,})\{code-cell\}.*?^\1\s*$", "", text, flags=re.DOTALL | re.MULTILINE)
        text = re.sub(r"^(`{3,}|~{3,})(\w|\{math\}).*?^\1\s*$", "", text, flags=re.S | re.M)
        text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+(\n[^$\n]+)*\$", "", text, flags=re.DOTALL)
        text = re.sub(r"\{[\w:.-]+\}`[^`]*`|`[^`]*`", "", text)
        text = re.sub(r"^:[\w-]+:.*$|^\(.*\)=$|^%.*$", "", text, flags=re.MULTILINE)
        return re.sub(r"\]\([^)]*\)|https?://\S+", "]", text)


def table_of_contents() -> list[str]:
    """Names of all pages in ``_toc.yml``, in reading order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))

    def names(entry: Any) -> list[str]:
        if isinstance(entry, list):
            return [name for item in entry for name in names(item)]
        if not isinstance(entry, dict):
            return []
        own = [entry[key] for key in ("root", "file") if key in entry]
        return own + [name for value in entry.values() for name in names(value)]

    return [name.removeprefix("book/") for name in names(toc)]


PAGES = [Page(name) for name in table_of_contents()]
EXECUTED = [page for page in PAGES if page.path.is_file() and page.is_executed]
