"""Write what stands inside of a line as plain Markdown: words, code, formulas, links."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from docutils import nodes

#: What Markdown would take for markup. Inside of words and numbers most of it is harmless.
SPECIAL = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])|`|\$|(?<!\s)\*|\*(?!\s)|(?<![^\W_])_(?=\S)|(?<=\S)_(?![^\W_])|~(?=~)"
    r"|<(?=[A-Za-z/!?])|\](?=\()|(?<=!)\[|&(?=#?\w+;)"
)
#: The same at the start of a block.
LEADING = re.compile(r"^(?:(#{1,6}|[-+>])(?=\s|$)|(\d+)([.)])(?=\s|$))")
BRACKETS = re.compile(r"[\[\]]")
BAR = {r"\|": r"\Vert ", "|": r"\vert "}


def escaped(found: re.Match[str]) -> str:
    """Return what was found, so that it means itself."""
    return f"\\{found[0]}"


class Inline:
    """Writes inline nodes; see `Writer` for its arguments."""

    def __init__(
        self, link: Callable[[nodes.Element], str], picture: Callable[[nodes.image], str]
    ) -> None:
        self.link = link
        self.picture = picture
        self.in_table = 0
        self.in_link = 0

    def paragraph(self, children: Iterable[nodes.Node]) -> str:
        """Write nodes as a block of one line."""
        text = self.line(children)
        return LEADING.sub(lambda m: f"{m[2]}\\{m[3]}" if m[2] else f"\\{m[1]}", text)

    def line(self, children: Iterable[nodes.Node]) -> str:
        """Write nodes as one line."""
        return " ".join("".join(self.inline(child) for child in children).split())

    def inline(self, node: nodes.Node) -> str:
        """Write one node, by the method for its class or a class above it."""
        for kind in type(node).__mro__:
            if method := getattr(self, f"inline_{kind.__name__}", None):
                text: str = method(node)
                return text
        return self.within(node)

    def within(self, node: nodes.Node) -> str:
        """Write what is inside of a node."""
        return "".join(self.inline(child) for child in node.children)

    def inline_Text(self, node: nodes.Text) -> str:  # noqa: N802
        text = SPECIAL.sub(escaped, node.astext())
        return text.replace("|", r"\|") if self.in_table else text

    def marked(self, node: nodes.Node, mark: str) -> str:
        """Write a node between marks, which may not touch a space on the inside."""
        text = self.within(node)
        inner = text.strip()
        if not inner:
            return text
        before, after = text[: text.index(inner)], text[text.index(inner) + len(inner) :]
        return f"{before}{mark}{inner}{mark}{after}"

    def inline_strong(self, node: nodes.strong) -> str:
        return self.marked(node, "**")

    def inline_emphasis(self, node: nodes.emphasis) -> str:
        return self.marked(node, "*")

    inline_title_reference = inline_emphasis

    def inline_literal_emphasis(self, node: nodes.Node) -> str:  # a type, in several pieces
        return self.within(node)

    def inline_literal(self, node: nodes.Node) -> str:
        text = " ".join(node.astext().split())
        if not text:
            return ""
        if self.in_table:
            text = text.replace("|", r"\|")
        ticks = "`" * (max([0, *(len(run) for run in re.findall(r"`+", text))]) + 1)
        space = " " if text[0] == "`" or text[-1] == "`" else ""
        return f"{ticks}{space}{text}{space}{ticks}"

    def inline_math(self, node: nodes.math) -> str:
        text = " ".join(node.astext().split())
        if self.in_table:  # a bar would end the cell
            text = re.sub(r"\\?\|", lambda bar: BAR[bar[0]], text)
        return f"${text}$"

    def inline_reference(self, node: nodes.Element) -> str:
        self.in_link += 1
        text = self.within(node)
        self.in_link -= 1
        address = "" if self.in_link else self.link(node)
        if not address or not text.strip():
            return text
        if node.astext() == address:
            return f"<{address}>"
        if " " in address or "(" in address or ")" in address:
            address = f"<{address}>"
        return f"[{text}]({address})"

    inline_download_reference = inline_reference

    def inline_footnote_reference(self, node: nodes.Element) -> str:
        return rf"\[{node.astext()}\]"

    def inline_image(self, node: Any) -> str:
        if "figure-dark" in node["classes"] or not (address := self.picture(node)):
            return ""
        words = " ".join(str(node.get("alt", "")).split())
        return f"![{BRACKETS.sub(escaped, words)}]({address})"

    def inline_superscript(self, node: nodes.Node) -> str:
        return f"<sup>{self.within(node)}</sup>"

    def inline_subscript(self, node: nodes.Node) -> str:
        return f"<sub>{self.within(node)}</sub>"

    def inline_raw(self, node: nodes.Node) -> str:
        return ""

    inline_Controls = inline_raw  # noqa: N815
    inline_Thumbnail = inline_raw  # noqa: N815
    inline_comment = inline_raw
    inline_index = inline_raw
