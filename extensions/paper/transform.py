"""What paper does another way: nothing to open, and answers at the end of the book.

Cells that are closed on a page stand open. The solution of an exercise, with all that follows it in
its section, and the replies of a quiz become a ``Solution``, which the builders of paper take out
and print in an appendix.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from ..quizzes import Option, Quiz, title_of

BUILDERS = ("pdf", "epub")


class Solution(nodes.General, nodes.Element):
    """What belongs into the appendix; ``title`` holds the heading, ``word`` what it is called."""


class QuizOnPaper(SphinxPostTransform):
    """Turn the options of a quiz into a list with letters, and the replies into a solution."""

    builders = BUILDERS
    default_priority = 2  # before the quiz becomes a list with the replies in it

    def run(self, **kwargs: Any) -> None:
        """Replace the questions of this page."""
        for quiz in list(self.document.findall(Quiz)):
            question, *options = quiz.children
            assert isinstance(question, nodes.Element)
            choices, replies = lettered(), lettered()
            for option in options:
                assert isinstance(option, Option)
                choice, *feedback = option.children
                assert isinstance(choice, nodes.Element)
                choices += nodes.list_item("", nodes.paragraph("", "", *choice.children))
                replies += nodes.list_item("", *feedback)
            words = title_of(quiz)
            title = nodes.paragraph("", "", nodes.strong("", words), classes=["quiz-title"])
            asked = nodes.container("", title, *question.children, choices, classes=["quiz"])
            asked["ids"] = quiz["ids"]
            heading = nodes.inline("", words)
            answer = Solution("", replies, title=heading, word="Answer")
            quiz.replace_self([asked, answer])


def lettered() -> nodes.enumerated_list:
    """Return an empty list that counts A, B, C."""
    return nodes.enumerated_list(enumtype="upperalpha", prefix="", suffix=".")


class SolutionsApart(SphinxPostTransform):
    """Open what is closed, and mark what answers an exercise."""

    builders = BUILDERS
    default_priority = 150  # before myst-nb closes the cells

    def run(self, **kwargs: Any) -> None:
        """Change the cells of this page."""
        cells: list[Any] = list(self.document.findall(is_cell))
        for cell in cells:
            cell.attributes.pop("hide_mode", None)
            section = cell.parent
            if "tag_solution" not in cell["classes"] or isinstance(section, Solution):
                continue
            start = section.index(cell)
            rest = [n for n in section.children[start:] if not isinstance(n, nodes.section)]
            for node in rest:
                section.remove(node)
            title = section.next_node(nodes.title)
            words = title.children if title else [nodes.Text("Exercise")]
            heading = nodes.inline("", "", *[node.deepcopy() for node in words])
            answer = Solution("", *rest, title=heading, word="Solution")
            section.insert(start, answer)


def is_cell(node: nodes.Node) -> bool:
    """Tell whether a node is a code cell of a notebook."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"
