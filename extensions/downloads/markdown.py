"""Write a resolved page as plain Markdown, which reads well without Sphinx.

What stands in the page is taken as readers see it: numbers that were glued in, labels as words,
equations with their numbers. The blocks are CommonMark with tables and ``$``-mathematics, which
Jupyter, Colab and GitHub show alike. ``inline.py`` writes what stands inside of a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from docutils import nodes
from sphinx import addnodes

from ..equations import display_text
from .inline import Inline

Blocks = list[str]
#: In ``$$ … $$`` an environment of its own is nesting that MathJax refuses beside a ``\tag``.
ENVIRONMENTS = (
    (re.compile(r"\\(begin|end)\{(?:align|flalign)\*?\}"), r"\\\1{aligned}"),
    (re.compile(r"\\(begin|end)\{gather\*?\}"), r"\\\1{gathered}"),
    (re.compile(r"\\(begin|end)\{alignat\*?\}"), r"\\\1{alignedat}"),
    (re.compile(r"\\(begin|end)\{(?:equation|multline)\*?\}"), ""),
)
LANGUAGES = {"ipython3": "python", "ipython": "python", "default": "", "none": ""}
SILENT = {
    "Controls",  # what runs a cell
    "Thumbnail",  # a figure of another page, on a card
    "colspec",
    "comment",
    "index",
    "meta",
    "raw",
    "substitution_definition",
    "system_message",
    "target",
    "title",  # written with its section
    "toctree",
}


def fence(code: str, language: str = "") -> str:
    """Return a block of code, between more backticks than it has itself."""
    ticks = max([2, *(len(run) for run in re.findall(r"`+", code))]) + 1
    return f"{'`' * ticks}{language}\n{code.rstrip()}\n{'`' * ticks}"


def quoted(blocks: Iterable[str]) -> str:
    """Return blocks as a quotation."""
    lines = "\n\n".join(blocks).split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines)


def item(mark: str, blocks: Blocks) -> str:
    """Return blocks as an item of a list."""
    lines = "\n\n".join(blocks).split("\n")
    rest = [f"{' ' * len(mark)}{line}".rstrip() for line in lines[1:]]
    return "\n".join([mark + lines[0], *rest])


def bullets(items: Iterable[Blocks], tight: bool = True) -> str:
    """Return a list; tight if every item is one block."""
    items = list(items)
    loose = any(len(blocks) > 1 for blocks in items) or not tight
    return ("\n\n" if loose else "\n").join(item("- ", blocks) for blocks in items)


class Writer(Inline):
    """Writes the blocks of a page.

    Parameters
    ----------
    link : callable
        Gives the address for a reference, or nothing where plain words have to do.
    picture : callable
        Gives the address for an image, or nothing where it is left out.
    cell : callable
        Writes a code cell, given this writer and the node.
    numbers : dict, optional
        Sphinx's numbers of figures and equations in this page, by kind and then by anchor.
    home : str, optional
        The address of the page in the site.
    """

    def __init__(
        self,
        link: Callable[[nodes.Element], str],
        picture: Callable[[nodes.image], str],
        cell: Callable[[Writer, Any], Blocks],
        numbers: dict[str, dict[str, Any]] | None = None,
        home: str = "",
    ) -> None:
        super().__init__(link, picture)
        self.cell = cell
        self.numbers = numbers or {}
        self.home = home
        self.level = 0

    def blocks(self, children: Iterable[nodes.Node]) -> Blocks:
        """Write blocks one after the other."""
        return [block for child in children for block in self.block(child) if block.strip()]

    def block(self, node: nodes.Node) -> Blocks:
        """Write one node, by the method for its class or a class above it."""
        for kind in type(node).__mro__:
            if kind.__name__ in SILENT:
                return []
            if method := getattr(self, f"block_{kind.__name__}", None):
                written: Blocks = method(node)
                return written
        if isinstance(node, nodes.Text | nodes.Inline | nodes.TextElement):
            return [self.paragraph([node])]
        return self.blocks(node.children)

    def number(self, kind: str, node: nodes.Element) -> str:
        """Return the number of a figure or an equation, such as ``3`` or ``2.1``."""
        known = self.numbers.get(kind, {})
        found = next((known[name] for name in node["ids"] if name in known), ())
        return ".".join(map(str, found))

    def block_section(self, node: nodes.section) -> Blocks:
        self.level += 1
        titles = [child for child in node.children if isinstance(child, nodes.title)]
        marks = "#" * min(self.level, 6)
        heading = [f"{marks} {self.line(title.children)}" for title in titles]
        blocks = heading + self.blocks(node.children)
        self.level -= 1
        return blocks

    def block_paragraph(self, node: nodes.Element) -> Blocks:
        return [self.paragraph(node.children)]

    block_compact_paragraph = block_paragraph

    def block_rubric(self, node: nodes.rubric) -> Blocks:
        line = self.line(node.children)
        return [f"{'#' * node['level']} {line}" if "level" in node else f"**{line}**"]

    def block_container(self, node: nodes.container) -> Blocks:
        if node.get("nb_element") == "cell_code":
            return self.cell(self, node)
        if "sd-card" in node["classes"]:
            return self.card(node)
        return self.blocks(node.children)

    def card(self, node: nodes.container) -> Blocks:
        """Write a card: its title, which links to where a click on the card leads, and its text."""
        node = node.deepcopy()  # the page is still to be written from this one
        links = [r for r in node.findall(nodes.reference) if "sd-stretched-link" in r["classes"]]
        titles = [
            n
            for n in node.findall()
            if "sd-card-title" in getattr(n, "attributes", {}).get("classes", [])
        ]
        for part in [*(link.parent for link in links), *titles]:
            if part.parent is not None:
                part.parent.remove(part)
        words = " ".join(self.line(title.children) for title in titles)
        address = next((a for link in links if (a := self.link(link))), "")
        title = f"[{words}]({address})" if address and words else words
        return (
            [f"**{title}**", *self.blocks(node.children)] if title else self.blocks(node.children)
        )

    def block_PassthroughTextElement(self, node: nodes.Element) -> Blocks:  # noqa: N802
        return [self.paragraph(node.children)]

    def block_literal_block(self, node: nodes.literal_block) -> Blocks:
        language = str(node.get("language", ""))
        language = "text" if "ansi" in language else LANGUAGES.get(language, language)
        return [fence(node.astext(), language)]

    def block_doctest_block(self, node: nodes.doctest_block) -> Blocks:
        return [fence(node.astext(), "python")]

    def block_math_block(self, node: nodes.math_block) -> Blocks:
        text = display_text(node).strip()
        for pattern, replacement in ENVIRONMENTS:
            text = pattern.sub(replacement, text)
        lines = [line for line in text.strip().splitlines() if line.strip()]
        if number := self.number("displaymath", node) if node.get("number") else "":
            lines.append(rf"\tag{{{number}}}")
        return ["\n".join(["$$", *lines, "$$"])]

    def block_bullet_list(self, node: nodes.bullet_list) -> Blocks:
        return [bullets(self.blocks(child.children) for child in node.children)]

    def block_enumerated_list(self, node: nodes.enumerated_list) -> Blocks:
        first = int(node.get("start", 1))
        written = [self.blocks(child.children) for child in node.children]
        gap = "\n\n" if any(len(blocks) > 1 for blocks in written) else "\n"
        return [gap.join(item(f"{k}. ", blocks) for k, blocks in enumerate(written, first))]

    def block_definition_list(self, node: nodes.definition_list) -> Blocks:
        return [bullets(self.defined(child) for child in node.children)]

    def defined(self, node: Any) -> Blocks:
        """Write a term, or the name of a field, in bold and what is said of it behind."""
        name, *bodies = node.deepcopy().children  # the page is still to be written from these
        while bodies and isinstance(bodies[0], nodes.term | nodes.classifier):
            name += [nodes.Text(", "), *bodies.pop(0).children]
        blocks = self.blocks(bodies)
        words = self.line(name.children)
        term = f"**{words}**" if words[-1:] in ".?!" else f"**{words}:**"
        plain = blocks and not blocks[0].startswith(("- ", "1. ", "```", "|", "> ", "$$", "#"))
        return [f"{term} {blocks[0]}", *blocks[1:]] if plain else [term, *blocks]

    def block_field_list(self, node: nodes.field_list) -> Blocks:
        return [bullets(self.defined(child) for child in node.children)]

    def block_desc(self, node: addnodes.desc) -> Blocks:
        self.level += 1
        marks, blocks = "#" * min(self.level, 6), Blocks()
        for child in node.children:
            if isinstance(child, addnodes.desc_signature):
                blocks.append(f"{marks} `{' '.join(child.astext().split())}`")
            else:
                blocks += self.block(child)
        self.level -= 1
        return blocks

    def block_Admonition(self, node: Any) -> Blocks:  # noqa: N802
        titles = [child for child in node.children if isinstance(child, nodes.title)]
        words = self.line(titles[0].children) if titles else type(node).__name__.capitalize()
        return [quoted([f"**{words}**", *self.blocks(node.children)])]

    def block_Dropdown(self, node: Any) -> Blocks:  # noqa: N802
        summary, *content = node.children
        return [quoted([f"**{self.line(summary.children)}**", *self.blocks(content)])]

    def block_block_quote(self, node: nodes.block_quote) -> Blocks:
        return [quoted(self.blocks(node.children))]

    def block_transition(self, node: nodes.transition) -> Blocks:
        return ["---"]

    def block_image(self, node: nodes.image) -> Blocks:
        return [self.inline_image(node)]

    def block_figure(self, node: nodes.figure) -> Blocks:
        blocks = self.blocks(c for c in node.children if not isinstance(c, nodes.caption))
        return [*blocks, *self.caption(node)]

    def block_Explorable(self, node: Any) -> Blocks:  # noqa: N802
        page = f"[the page of the book]({self.home})" if self.home else "the page of the book"
        return [f"*In {page} this figure answers to the hand.*"]

    def caption(self, figure: nodes.figure) -> Blocks:
        """Write the caption of a figure with its number."""
        captions = [c for c in figure.children if isinstance(c, nodes.caption)]
        number = self.number("figure", figure)
        mark = f"**Fig. {number}.** " if number else ""
        return [mark + self.line(caption.children) for caption in captions]

    def block_caption(self, node: nodes.caption) -> Blocks:
        return [f"**{self.line(node.children)}**"]

    def block_footnote(self, node: nodes.Element) -> Blocks:
        label = next((c.astext() for c in node.children if isinstance(c, nodes.label)), "")
        blocks = self.blocks(c for c in node.children if not isinstance(c, nodes.label))
        return [item("- ", [f"[{label}] {' '.join(blocks[:1])}", *blocks[1:]])]

    block_citation = block_footnote

    def block_table(self, node: nodes.table) -> Blocks:
        titles = [part for part in node.children if isinstance(part, nodes.title)]
        head = [row for part in node.findall(nodes.thead) for row in part.findall(nodes.row)]
        rows = [row for part in node.findall(nodes.tbody) for row in part.findall(nodes.row)]
        cells = [[self.entry(e) for e in row.children] for row in (head[:1] or rows[:1])]
        wide = len(cells[0]) if cells else 0
        first: list[Any] = list((head or rows)[0].children) if wide else []
        right = ["text-right" in entry["classes"] for entry in first]
        top = cells[0] if head else [""] * wide
        rule = ["--:" if flush else "---" for flush in right]
        body = [[self.entry(e) for e in row.children] for row in [*head[1:], *rows]]
        words = [f"**{self.line(title.children)}**" for title in titles]
        return [*words, "\n".join(f"| {' | '.join(row)} |" for row in [top, rule, *body])]

    def entry(self, node: Any) -> str:
        """Write a cell of a table in one line."""
        self.in_table += 1
        text = "<br>".join(block.replace("\n", " ") for block in self.blocks(node.children))
        self.in_table -= 1
        return text

    def block_Quiz(self, node: Any) -> Blocks:  # noqa: N802
        """Write a question and its options; what is said of each is folded below."""
        question, *options = node.children
        many = " (more than one answer is right)" if node["many"] else ""
        asked = [f"**Question {node['number']}{many}**", *self.blocks(question.children)]
        letters = [f"**{chr(ord('a') + k)}.** " for k in range(len(options))]
        choices = [
            [letter + self.line(option.children[0].children)]
            for letter, option in zip(letters, options, strict=True)
        ]
        answers = []
        for letter, option in zip(letters, options, strict=True):
            first, *more = self.blocks(option.children[1:])
            answers.append([letter + first, *more])
        start, end = "<details>\n<summary>Answers</summary>", "</details>"
        return [*asked, bullets(choices), start, bullets(answers), end]
