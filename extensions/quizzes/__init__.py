"""Questions with options, and feedback for each option.

The build writes every option as something to open, so that a page works without JavaScript. The
script turns the options into a form: choose, check, read why. Nothing is sent or stored. Builders
of other books (EPUB, print) get a list.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

HERE = Path(__file__).parent
FILES = ("quizzes.js", "quizzes.css")
WITH_SCRIPTS = ("html", "dirhtml")  # where each page has its own questions 1, 2, …
OPTION = re.compile(r"^([-*+] )\[([ x])\] ")
VERDICTS = {True: "Right.", False: "Not quite."}


class Quiz(nodes.General, nodes.Element):
    """A question: what is asked, and then the options."""


class Question(nodes.General, nodes.Element):
    """What is asked."""


class Option(nodes.General, nodes.Element):
    """A choice, and the feedback to it; ``right`` says whether it is right."""


class Choice(nodes.General, nodes.TextElement):
    """What can be chosen."""


class QuizDirective(SphinxDirective):
    """``{quiz}``: a question, then a list of options, each with feedback below it.

    A right option starts with ``[x]``, a wrong one with ``[ ]``. It takes one line, or as many as
    there are before an empty one.
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Read the question and its options."""
        matches = [OPTION.match(line) for line in self.content]
        plain = [OPTION.sub(r"\1", line) for line in self.content]
        body = nodes.Element()
        content = StringList(plain, items=self.content.items)
        self.state.nested_parse(content, self.content_offset, body)
        marks = [match[2] == "x" for match in matches if match]
        options = body.children[-1] if body.children else None
        if not isinstance(options, nodes.bullet_list) or len(options) != len(marks):
            raise self.error("a quiz ends in a list whose every item starts with [x] or [ ]")
        if len(body) < 2:
            raise self.error("a quiz starts with a question")
        if len(set(marks)) < 2:
            raise self.error("a quiz has an option that is right, [x], and one that is not, [ ]")
        number = self.env.new_serialno("quiz") + 1
        quiz = Quiz(number=number, many=sum(marks) > 1, ids=[f"quiz-{number}"])
        self.set_source_info(quiz)
        quiz += Question("", *body.children[:-1])
        for item, right in zip(options.children, marks, strict=True):
            quiz += self.option(item, right)
        return [quiz]

    def option(self, item: Any, right: bool) -> Option:
        """Turn an item of the list into an option."""
        choice, *feedback = item.children
        ends = [k for k, node in enumerate(choice.children) if node.astext() == "\n"]
        if isinstance(choice, nodes.paragraph) and ends and not feedback:
            feedback = [nodes.paragraph("", "", *choice.children[ends[0] + 1 :])]
            choice = nodes.paragraph("", "", *choice.children[: ends[0]])
        if not isinstance(choice, nodes.paragraph) or not feedback:
            said = " ".join(item.astext().split())
            raise self.error(
                f"the option {said[:40]!r} has no feedback: write it below the option, indented"
            )
        if not isinstance(feedback[0], nodes.paragraph):
            feedback.insert(0, nodes.paragraph())
        verdict = nodes.strong("", VERDICTS[right])
        verdict["classes"].append("quiz-right" if right else "quiz-wrong")
        feedback[0].insert(0, [verdict, nodes.Text(" ")])
        return Option("", Choice("", "", *choice.children), *feedback, right=right)


class AsList(SphinxPostTransform):
    """Make a list of the options where there are no scripts."""

    default_priority = 3

    def run(self, **kwargs: Any) -> None:
        """Replace the questions of this page."""
        if self.app.builder.name in WITH_SCRIPTS:
            return
        for quiz in list(self.document.findall(Quiz)):
            question, *options = quiz.children
            items = nodes.bullet_list()
            for option in options:
                assert isinstance(option, Option)
                choice, *feedback = option.children
                items += nodes.list_item("", nodes.paragraph("", "", *choice.children), *feedback)
            title = nodes.paragraph("", "", nodes.strong("", title_of(quiz)), ids=quiz["ids"])
            quiz.replace_self([title, *question.children, items])


def title_of(quiz: Quiz) -> str:
    """Say which question of the page it is, and whether one answer is enough."""
    more = " (more than one answer is right)" if quiz["many"] else ""
    return f"Question {quiz['number']}{more}"


def visit_quiz(visitor: Any, node: Quiz) -> None:
    """Open a question."""
    name = node["ids"][0]
    hooks = {"role": "group", "aria-labelledby": f"{name}-title"}
    hooks["data-quiz"] = "many" if node["many"] else "one"
    visitor.body.append(visitor.starttag(node, "div", CLASS="quiz", **hooks))
    visitor.body.append(f'<p class="quiz-title" id="{name}-title">{title_of(node)}</p>\n')


def visit_question(visitor: Any, node: Question) -> None:
    """Open what is asked, which names the options."""
    name = node.parent["ids"][0]
    visitor.body.append(f'<div class="quiz-question" id="{name}-question">\n')


def depart_division(visitor: Any, node: nodes.Element) -> None:
    """Close a question, or what is asked."""
    visitor.body.append("</div>\n")


def visit_option(visitor: Any, node: Option) -> None:
    """Open an option."""
    visitor.body.append('<details class="quiz-option">\n')


def depart_option(visitor: Any, node: Option) -> None:
    """Close it, and the feedback."""
    visitor.body.append("</div></details>\n")


def visit_choice(visitor: Any, node: Choice) -> None:
    """Open what can be chosen."""
    visitor.body.append("<summary>")


def depart_choice(visitor: Any, node: Choice) -> None:
    """Close it, and open the feedback."""
    visitor.body.append('</summary>\n<div class="quiz-feedback">\n')


def copy_files(app: Sphinx) -> None:
    """Put the script and the style sheet among the site's files."""
    if app.builder.name in WITH_SCRIPTS:
        target = Path(app.outdir, "_static", "quizzes")
        target.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(HERE / name, target / name)


def add_files(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Load them where there are questions."""
    if doctree is not None and any(doctree.findall(Quiz)):
        app.add_css_file("quizzes/quizzes.css")
        app.add_js_file("quizzes/quizzes.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_directive("quiz", QuizDirective)
    app.add_node(Quiz, html=(visit_quiz, depart_division))
    app.add_node(Question, html=(visit_question, depart_division))
    app.add_node(Option, html=(visit_option, depart_option))
    app.add_node(Choice, html=(visit_choice, depart_choice))
    app.add_post_transform(AsList)
    app.connect("builder-inited", copy_files)
    app.connect("html-page-context", add_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
