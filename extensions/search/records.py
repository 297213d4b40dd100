"""What the search knows of a page: a record for each section, function, class, term and claim.

Records are made of the resolved document, so that they say what the page says, numbers included.
Equations in a block, outputs and the feedback of quizzes are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes

from ..live_cells import is_part
from ..quizzes import Choice, Option
from .formulas import plain

CODE = (nodes.literal_block, nodes.doctest_block)
WITHOUT_TEXT = (
    nodes.Invisible,
    nodes.raw,
    nodes.image,
    nodes.math_block,
    nodes.title,
    addnodes.index,
)
#: Around a formula, unseen: its text is ours, so a link to the words of the page has to avoid it.
FORMULA = "\u2060"
Record = dict[str, Any]


class Section:
    """A part of a page that can be found and has an anchor."""

    def __init__(self, kind: str, title: str, anchor: str, path: list[str]) -> None:
        self.kind, self.title, self.anchor, self.path = kind, title, anchor, path
        self.names: list[str] = []
        self.text: list[str] = []
        self.code: list[str] = []

    def record(self) -> Record:
        """Return it as the index wants it."""
        text = " ".join("".join(self.text).split())
        return {
            "kind": self.kind,
            "title": self.title,
            "anchor": self.anchor,
            "path": self.path,
            "names": self.names,
            "text": text,
            "code": "\n\n".join(self.code),
        }


def records(doctree: nodes.document, names: dict[str, list[str]]) -> list[Record]:
    """Return the records of a page in reading order; ``names`` are other names of an anchor."""
    found: list[Section] = []
    for section in doctree.children:
        if isinstance(section, nodes.section):
            read_section(section, [], found)
    for one in found:
        one.names += [name for name in names.get(one.anchor, []) if name != one.title]
    return [one.record() for one in found]


def read_section(node: nodes.section, path: list[str], found: list[Section]) -> None:
    """Read a section and those in it."""
    title = words(node[0]) if isinstance(node[0], nodes.title) else ""
    # The first heading is the page: no need for an anchor, it starts at the top.
    anchor = node["ids"][0] if found and node["ids"] else ""
    section = Section("section" if found else "page", title, anchor, path)
    found.append(section)
    for child in node.children:
        read(child, section, found)


def read(node: nodes.Node, section: Section, found: list[Section]) -> None:
    """Add a node to the section where it stands, or begin another."""
    if isinstance(node, nodes.section):
        path = [*section.path, section.title] if section.kind != "page" else []
        read_section(node, path, found)
    elif isinstance(node, addnodes.desc):
        read_object(node, section, found)
    elif isinstance(node, nodes.definition_list) and "glossary" in node["classes"]:
        read_terms(node, found)
    elif isinstance(node, CODE):
        section.code.append(node.astext())
    elif is_part(node, "cell_code_output"):
        for caption in node.findall(nodes.caption):
            read(caption, section, found)
    elif isinstance(node, nodes.math):
        section.text.append(FORMULA + plain(node.astext()) + FORMULA)
    elif isinstance(node, nodes.Text):
        section.text.append(node.astext())
    elif isinstance(node, Option):
        for choice in node.findall(Choice):
            section.text += [" ", words(choice), " "]
    elif not isinstance(node, WITHOUT_TEXT) and not listed_elsewhere(node):
        for child in node.children:
            read(child, section, found)
        if not isinstance(node, nodes.Inline):
            section.text.append(" ")


def listed_elsewhere(node: nodes.Node) -> bool:
    """Tell whether a node repeats what other records say: tables of contents and of claims."""
    classes = node["classes"] if isinstance(node, nodes.Element) else []
    return "toctree-wrapper" in classes or "dl-claims" in classes


def read_object(node: addnodes.desc, section: Section, found: list[Section]) -> None:
    """Read the description of a function, class or method."""
    signature, content = node.children[0], node.children[-1]
    if not isinstance(signature, addnodes.desc_signature) or not signature["ids"]:
        return
    title = signature["ids"][0]
    entry = Section("member" if section.kind == "api" else "api", title, title, [])
    found.append(entry)
    entry.text += [signature.astext(), " "]
    for child in content.children if isinstance(content, addnodes.desc_content) else []:
        read(child, entry, found)


def read_terms(node: nodes.definition_list, found: list[Section]) -> None:
    """Read the terms of a glossary."""
    for item in node.children:
        terms = list(item.findall(nodes.term))
        entry = Section("term", words(terms[0]), terms[0]["ids"][0], [])
        entry.names += [words(term) for term in terms[1:]]
        found.append(entry)
        for definition in item.findall(nodes.definition):
            read(definition, entry, found)


def words(node: nodes.Element) -> str:
    """Return the text of a heading, a term or a choice."""
    return " ".join("".join(pieces(node)).split())


def pieces(node: nodes.Node) -> Iterator[str]:
    """Yield the texts of a node, formulas as text."""
    if isinstance(node, nodes.math):
        yield plain(node.astext())
    elif isinstance(node, nodes.Text):
        yield node.astext()
    elif not isinstance(node, WITHOUT_TEXT) or isinstance(node, nodes.title):
        for child in node.children:
            yield from pieces(child)
