"""The book as one sequence of leaves, for builders that make one file of all pages.

Every name in the book becomes unique (``gradient-checking-check--exercises``), so a link needs to
say nothing but the name, and text can move: the solutions go to an appendix behind the pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.io import StringOutput
from sphinx import addnodes
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util.display import status_iterator
from sphinx.util.docutils import new_document
from sphinx.writers.html import HTMLWriter

from ..execution import page_name
from .transform import Solution

NAMES = re.compile(r' (id|for|aria-labelledby|aria-describedby|href)="(#?)([^"]*)"')
#: Settings of scripts, styles for the site's pages, and a role that EPUB has dropped.
UNUSED = re.compile(r'<script.*?</script>|<style.*?</style>| role="doc-biblioentry"', re.DOTALL)
#: The first row of a table that a cell wrote without a head.
HEAD = re.compile(r"(<table[^>]*>\s*)(<tr>(?:(?!<tr).)*?</tr>)(?=\s*<tbody)", re.DOTALL)
BLOCKS = (nodes.bullet_list, nodes.enumerated_list, nodes.definition_list, nodes.literal_block)
APPENDIX = "Solutions and answers"


@dataclass
class Leaf:
    """A page, or the title of a part: its name, its depth (0 is a part), its title, its text."""

    name: str
    depth: int
    title: str
    """Without markup."""
    title_html: str
    html: str = ""
    chapter: str = ""
    """The title of the chapter around it, or its own."""
    solutions: bool = False
    within: bool = False
    """Whether it follows the page before without a new sheet: the reference does."""

    @property
    def opens(self) -> bool:
        """Whether it starts on a right page: a part does, and what stands directly in one."""
        return self.depth < 2 and not self.within

    @property
    def of(self) -> str:
        """The page that asked what solutions answer."""
        return self.name.removesuffix("--solutions")

    @property
    def place(self) -> str:
        """A name that is linked to: the first of its solutions, or the page itself."""
        return f"{self.of}--solution-1" if self.solutions else self.name


def slug(docname: str) -> str:
    """Return the name of a page in the one file."""
    return page_name(docname).replace("/", "-")


def make_unique(tree: nodes.Node, prefix: str, pages: Set[str]) -> None:
    """Put a page's name before the names in it, and turn its links to match."""
    for node in tree.findall(nodes.Element):
        node["ids"] = [f"{prefix}--{name}" for name in node["ids"]]
        if node.get("backrefs"):
            node["backrefs"] = [f"{prefix}--{name}" for name in node["backrefs"]]
        if "refid" in node:
            node["refid"] = f"{prefix}--{node['refid']}"
        uri = node.get("refuri", "")
        if uri.startswith("#"):
            page, _, name = uri[1:].rpartition("#")
            if page or name not in pages:
                node["refuri"] = f"#{page or prefix}--{name}"
        if isinstance(node, nodes.raw):
            text = NAMES.sub(lambda found: unique_attribute(found, prefix), node.astext())
            node.children = [nodes.Text(text)]


def unique_attribute(found: re.Match[str], prefix: str) -> str:
    """Do the same for an attribute of HTML that a cell wrote."""
    attribute, mark, name = found.groups()
    if attribute == "href" and not mark:
        return found[0]
    names = " ".join(f"{prefix}--{part}" for part in name.split())
    return f' {attribute}="{mark}{names}"'


class PaperBuilder(StandaloneHTMLBuilder):
    """What the builders of one file have in common."""

    format = "html"  # of the nodes that extensions define
    search = False
    copysource = False
    add_permalinks = False
    embedded = True
    download_support = False
    html_scaled_image_link = False
    supported_remote_images = False
    allow_parallel = False

    def get_outdated_docs(self) -> str:  # type: ignore[override]
        """One file is made of all pages."""
        return "all pages"

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Return the name of a page; `make_unique` adds that of a place in it."""
        return f"#{slug(docname)}"

    def get_relative_uri(self, from_: str, to: str, typ: str | None = None) -> str:
        """Return the same: all is in one file."""
        return self.get_target_uri(to, typ)

    def write(self, *ignored: Any) -> None:
        """Write all pages, then what is made of them."""
        self.docwriter = HTMLWriter(self)
        self.prepare_writing(set())
        self.imgpath, self.dlpath = "images", "downloads"
        Path(self.outdir, "_static").mkdir(parents=True, exist_ok=True)  # myst-nb writes there
        self.names = {slug(docname) for docname in self.env.all_docs}
        self.apart: list[Leaf] = []
        pages = []
        order = list(self.order())
        steps = status_iterator(
            order,
            "writing pages... ",
            "darkgreen",
            len(order),
            stringify_func=lambda pair: pair[1].name,
        )
        for docname, leaf in steps:
            if docname:
                self.write_leaf(docname, leaf)
            pages.append(leaf)
        if self.apart:
            pages.append(Leaf("solutions", 0, APPENDIX, APPENDIX, chapter=APPENDIX))
        self.bind(pages + self.apart)

    def level(self, leaf: Leaf) -> int:
        """Return the level of a page's heading: below its part and its chapter."""
        return leaf.depth + 1

    def bind(self, leaves: list[Leaf]) -> None:
        """Make the file."""
        raise NotImplementedError

    def finish(self) -> None:
        """Nothing of a site is needed."""

    def order(self) -> Iterator[tuple[str, Leaf]]:
        """Yield all pages in the order of the table of contents; parts have no page."""
        root = self.config.root_doc
        yield root, self.leaf(root, 1, "")
        for tree in self.env.get_doctree(root).findall(addnodes.toctree):
            if caption := tree.get("caption"):
                name = "part-" + re.sub(r"\W+", "-", caption.lower())
                yield "", Leaf(name, 0, caption, escape(caption), chapter=caption)
            for docname in tree["includefiles"]:
                yield from self.below(docname, 1, "")

    def below(self, docname: str, depth: int, chapter: str) -> Iterator[tuple[str, Leaf]]:
        """Yield a page and the pages below it."""
        leaf = self.leaf(docname, depth, chapter)
        yield docname, leaf
        for child in self.env.toctree_includes.get(docname, []):
            yield from self.below(child, depth + 1, leaf.chapter)

    def leaf(self, docname: str, depth: int, chapter: str) -> Leaf:
        """Return a page without its text."""
        title = self.env.titles[docname]
        markup = self.render_partial(title)["title"]
        text = title.astext()
        within = depth > 1 and "/api/" in docname
        return Leaf(slug(docname), depth, text, markup, chapter=chapter or text, within=within)

    def write_leaf(self, docname: str, leaf: Leaf) -> None:
        """Write the text of a page, and its solutions on a leaf of their own."""
        tree = self.env.get_and_resolve_doctree(docname, self)
        self.post_process_images(tree)
        make_unique(tree, leaf.name, self.names)
        numbers = self.env.toc_fignumbers.get(docname, {})
        self.fignumbers = {
            kind: {f"{leaf.name}--{name}": number for name, number in found.items()}
            for kind, found in numbers.items()
        }
        self.secnumbers = {}
        self.current_docname = docname
        unnest(tree)
        answers = take_solutions(tree, leaf.name)
        leaf.html = self.fragment(tree, self.level(leaf))
        if answers:
            apart = Leaf(f"{leaf.name}--solutions", 2, leaf.title, leaf.title_html, solutions=True)
            apart.chapter, apart.within = APPENDIX, bool(self.apart)
            gathered = new_document("")
            gathered += answers
            apart.html = self.fragment(gathered, self.level(apart) + 1)
            self.apart.append(apart)

    def fragment(self, tree: nodes.document, level: int) -> str:
        """Return a document as HTML, the first heading being of a level."""
        self.docsettings.initial_header_level = level
        tree.settings = self.docsettings
        self.docwriter.write(tree, StringOutput(encoding="utf-8"))
        self.docwriter.assemble_parts()
        html = UNUSED.sub("", self.docwriter.parts["fragment"])
        return HEAD.sub(r"\1<thead>\2</thead>", html)

    def image_files(self) -> dict[str, Path]:
        """Return the pictures of all pages, by the path in the file."""
        return {
            f"{self.imgpath}/{name}": Path(self.srcdir, source)
            for source, name in self.images.items()
        }


def unnest(tree: nodes.Node) -> None:
    """Take lists out of paragraphs, which cannot hold them: fields of docstrings put them there."""
    for paragraph in list(tree.findall(nodes.paragraph)):
        if not any(isinstance(child, BLOCKS) for child in paragraph.children):
            continue
        parts: list[nodes.Element] = []
        for child in paragraph.children:
            if isinstance(child, BLOCKS):
                parts.append(child)
            elif not parts or isinstance(parts[-1], BLOCKS):
                parts.append(nodes.paragraph("", "", child))
            else:
                parts[-1] += child
        paragraph.replace_self(parts)


def take_solutions(tree: nodes.document, page: str) -> list[nodes.section]:
    """Take the solutions out of a page; return them as sections that link back."""
    taken = []
    for number, solution in enumerate(list(tree.findall(Solution)), 1):
        place, name = f"{page}--asked-{number}", f"{page}--solution-{number}"
        word = nodes.reference("", solution["word"], internal=True, refid=name)
        link = nodes.paragraph("", "", word, classes=["to-solution"], ids=[place])
        solution.replace_self(link)
        back = nodes.reference("", "", *solution["title"].children, internal=True, refid=place)
        section = nodes.section("", nodes.title("", "", back), *solution.children, ids=[name])
        taken.append(section)
    return taken
