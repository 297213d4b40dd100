"""Questions in a built page, as readers without JavaScript and other builders get them."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from tiny_book import TinyBook, tiny_book

from extensions import quizzes

ONE = """
```{quiz}
Why is *this* so?

- [ ] Because of `rounding`.

  Rounding falls here.

- [x] Because of truncation.

  It does. And more:

  - a list

- [ ] For no reason.

      code
```
"""

MANY = """
```{quiz}
Which numbers are even?

* [x] two
  2 = 1 + 1.
* [ ] three
  3 = 1 + 2.
* [x] four

  4 = 2 + 2.
```
"""


PROBLEMS = {
    "Why?": "ends in a list",
    "": "ends in a list",
    "Why?\n\n- so\n\n  It is.": "ends in a list",
    "Why?\n\n- [x] so\n\n  It is.\n- not\n\n  No.": "ends in a list",
    "Why?\n\n- [x] so\n\n  It is.\n- [ ] not\n\n  No.\n\nWhat follows.": "ends in a list",
    "- [x] so\n\n  It is.\n- [ ] not\n\n  No.": "starts with a question",
    "Why?\n\n- [x] so\n\n  It is.\n- [x] not\n\n  No.": "one that is not",
    "Why?\n\n- [ ] so\n\n  It is.\n- [ ] not\n\n  No.": "an option that is right",
    "Why?\n\n- [x] so\n- [ ] not\n\n  No.": "the option 'so' has no feedback",
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    book = tiny_book(tmp_path_factory.mktemp("quizzes"))
    with (book.root / "conf.py").open("a") as conf:
        conf.write('\nextensions.append("extensions.quizzes")\n')
    write(book, "a", ONE + MANY)
    write(book, "b", "Nothing is asked.")
    return book


@pytest.fixture(scope="module")
def asking(book: TinyBook) -> BeautifulSoup:
    """The page with two questions."""
    code, log = book.build()
    assert code == 0, log
    return soup(book, "a")


def write(book: TinyBook, name: str, text: str) -> None:
    """Write a page that runs nothing."""
    (book.root / "book" / f"{name}.md").write_text(f"# Page {name}\n\n{text}\n", encoding="utf-8")


def soup(book: TinyBook, name: str) -> BeautifulSoup:
    return BeautifulSoup((book.html / f"{name}.html").read_text("utf-8"), "html.parser")


def words(node: Any) -> str:
    return " ".join(node.get_text().split())


def test_options_open_without_a_script(asking: BeautifulSoup) -> None:
    one, many = asking.select(".quiz")
    assert words(one.find(class_="quiz-title")) == "Question 1"
    question = one.find(class_="quiz-question")
    assert words(question) == "Why is this so?"
    assert question.em.text == "this"
    options = one.find_all("details", recursive=False)
    assert [words(option.summary) for option in options] == [
        "Because of rounding.",
        "Because of truncation.",
        "For no reason.",
    ]
    assert options[0].summary.code.text == "rounding"
    assert not any(option.has_attr("open") for option in options)
    feedback = [option.find(class_="quiz-feedback", recursive=False) for option in options]
    assert [words(each) for each in feedback] == [
        "Not quite. Rounding falls here.",
        "Right. It does. And more: a list",
        "Not quite. code",
    ]
    assert feedback[1].li.text.strip() == "a list"
    assert feedback[2].pre.text.strip() == "code"
    assert [each.strong["class"] for each in feedback] == [
        ["quiz-wrong"],
        ["quiz-right"],
        ["quiz-wrong"],
    ]
    title = "Question 2 (more than one answer is right)"
    assert words(many.find(class_="quiz-title")) == title
    assert len(many.select(".quiz-right")) == 2


def test_questions_have_names_of_their_own(asking: BeautifulSoup) -> None:
    one, many = asking.select(".quiz")
    assert (one["id"], many["id"]) == ("quiz-1", "quiz-2")
    assert (one["data-quiz"], many["data-quiz"]) == ("one", "many")
    ids = [tag["id"] for tag in asking.find_all(id=True)]
    assert len(ids) == len(set(ids))
    for quiz in (one, many):
        assert quiz["role"] == "group"
        assert words(asking.find(id=quiz["aria-labelledby"])).startswith("Question")
        assert quiz.find(id=f"{quiz['id']}-question")["class"] == ["quiz-question"]


def test_files_are_loaded_where_something_is_asked(book: TinyBook, asking: BeautifulSoup) -> None:
    (script,) = asking.select("script[src*=quizzes]")
    assert script.has_attr("defer")
    (style,) = asking.select("link[href*=quizzes]")
    for address in (script["src"], style["href"]):
        path, version = address.split("?v=")
        assert (book.html / path).is_file()
        assert version
    assert "quizzes" not in str(soup(book, "b"))


def test_nothing_of_a_question_is_script_or_style_in_the_page(asking: BeautifulSoup) -> None:
    # a content security policy may forbid both
    for quiz in asking.select(".quiz"):
        assert not quiz.find_all(["script", "style"])
        attributes = {name for tag in [quiz, *quiz.find_all(True)] for name in tag.attrs}
        assert attributes <= {"class", "id", "role", "aria-labelledby", "data-quiz"}
    source = (Path(quizzes.__file__).parent / "quizzes.js").read_text("utf-8")
    assert not {
        word for word in ("innerHTML", ".style", "eval(", "fetch(", "http") if word in source
    }


def test_the_script_is_small() -> None:
    source = Path(quizzes.__file__).with_name("quizzes.js").read_bytes()
    assert len(gzip.compress(source)) < 3000


def test_other_books_get_a_list(book: TinyBook) -> None:
    code, log = book.build("epub")
    assert code == 0, log
    page = book.root / "_build" / "epub" / "book" / "a.xhtml"
    html = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    assert not html.select("details, .quiz")
    body = words(html.body)
    assert "Question 1 Why is this so?" in body
    assert "Question 2 (more than one answer is right) Which numbers are even?" in body
    items = html.body.select_one("#quiz-1").find_next("ul").find_all("li", recursive=False)
    assert [words(item)[:40] for item in items] == [
        "Because of rounding. Not quite. Rounding",
        "Because of truncation. Right. It does. A",
        "For no reason. Not quite. code",
    ]
    code, log = book.build("text")
    assert code == 0, log
    text = (book.root / "_build" / "text" / "book" / "a.txt").read_text("utf-8")
    assert "**Right.** It does." in text


def test_what_is_no_question_stops_the_build(book: TinyBook) -> None:
    write(book, "a", "\n\n".join(f"```{{quiz}}\n{body}\n```" for body in PROBLEMS))
    try:
        code, log = book.build("text")
    finally:
        write(book, "a", ONE + MANY)
    assert code != 0
    said = [line for line in log.splitlines() if "a.md:" in line]
    assert len(said) == len(PROBLEMS), log
    for line, problem in zip(said, PROBLEMS.values(), strict=True):
        assert problem in line
