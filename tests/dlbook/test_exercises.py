"""Checkers of exercises: they accept every right answer, and tell wrong ones apart."""

import re
import warnings

import answers_gradient_checking
import answers_optimization
import numpy as np
import pytest
from bs4 import BeautifulSoup

from dlbook.exercises import EXERCISES, Exercise, Hint, Verdict, check
from dlbook.exercises.grading import ask, number, refuse, same, vector

#: In the order of the book: each exercise's right answers, wrong ones with hints, and secrets.
CHAPTERS = {"gradient-checking": answers_gradient_checking, "optimization": answers_optimization}
ANSWERS = {name: entry for chapter in CHAPTERS.values() for name, entry in chapter.ANSWERS.items()}
NEARLY = [case for chapter in CHAPTERS.values() for case in chapter.NEARLY]
RIGHT = [(name, answer) for name, (right, _, _) in ANSWERS.items() for answer in right]
WRONG = [(name, *case) for name, (_, wrong, _) in ANSWERS.items() for case in wrong]
NAMES = list(EXERCISES)


def test_chapters_have_their_exercises_in_order():
    assert [f"{chapter}-{k}" for chapter in CHAPTERS for k in range(1, 13)] == NAMES
    assert list(ANSWERS) == NAMES
    assert all(name == exercise.name for name, exercise in EXERCISES.items())


# ------------------------------------------------------------------------------- the checkers


@pytest.mark.parametrize(("name", "answer"), RIGHT, ids=lambda value: getattr(value, "__name__", 0))
def test_right_answers_are_accepted(name, answer):
    verdict = check(name, answer)
    assert verdict.right, verdict
    assert (verdict.state, verdict.text) == ("right", EXERCISES[name].praise)


@pytest.mark.parametrize(("name", "answer", "hint"), WRONG, ids=lambda value: str(value)[:30])
def test_wrong_answers_get_the_hint_of_their_mistake(name, answer, hint):
    verdict = check(name, answer)
    assert verdict.state == "wrong", verdict
    assert hint in verdict.text


@pytest.mark.parametrize(("name", "where", "change"), NEARLY)
def test_an_answer_that_is_off_in_one_case_is_refused(name, where, change):
    answer = ANSWERS[name][0][0]
    right, *rest = answer if isinstance(answer, tuple) else [answer]
    met = []

    def nearly(*given):
        value = right(*given)
        if where(*given):
            met.append(value)
            return change(value)
        return value

    assert check(name, (nearly, *rest) if rest else nearly).state == "wrong"
    assert met


@pytest.mark.parametrize("name", NAMES)
def test_there_are_answers_of_every_kind(name):
    right, wrong, _ = ANSWERS[name]
    assert len(right) >= 2
    assert len({check(name, answer).text for answer, _ in wrong}) >= 3


@pytest.mark.parametrize("name", NAMES)
def test_a_hint_is_for_one_mistake(name):
    # what tells hints apart in the list of answers stands in one hint only, or in kin of it
    _, wrong, _ = ANSWERS[name]
    texts = {check(name, answer).text for answer, _ in wrong}
    said = {hint: {text for text in texts if hint in text} for _, hint in wrong}
    assert {hint: len(found) for hint, found in said.items()} == dict.fromkeys(said, 1)


@pytest.mark.parametrize("name", NAMES)
def test_no_hint_gives_the_answer_away(name):
    _, wrong, secrets = ANSWERS[name]
    assert secrets
    for answer, _ in wrong:
        # the message of an error is Python's, and quotes what the reader wrote
        text = re.sub(r"stops with .*", "", check(name, answer).text)
        found = [secret for secret in secrets if re.search(secret, text)]
        assert not found, text


@pytest.mark.parametrize("name", NAMES)
def test_hints_are_sentences(name):
    exercise, (_, wrong, _) = EXERCISES[name], ANSWERS[name]
    for text in [exercise.task, exercise.praise, *(check(name, a).text for a, _ in wrong)]:
        assert re.fullmatch(r"[\"'A-Z0-9].*[.?]", text, re.DOTALL), text
        assert len(text) < 260, text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("answer", [..., None], ids=str)
def test_an_answer_that_is_missing_is_no_mistake(name, answer):
    verdict = check(name, answer)
    assert (verdict.state, verdict.text) == ("open", EXERCISES[name].task)
    assert check(name).state == "open"


@pytest.mark.parametrize("name", [n for n in NAMES if callable(ANSWERS[n][0][0])])
def test_a_function_that_is_still_empty_is_no_mistake(name):
    assert check(name, lambda *given: ...).state == "open"
    verdict = check(name, lambda *given: None)
    assert verdict.state == "open"
    assert "returns nothing yet" in verdict.text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "answer",
    [
        object(),
        [],
        {},
        np.nan,
        "",
        0,
        -1,
        lambda: 0,
        lambda *g: "a",
        lambda *g: [[1, 2], [3]],
        type,
    ],
    ids=str,
)
def test_whatever_is_handed_over_there_is_a_verdict(name, answer):
    assert check(name, answer).state == "wrong"


@pytest.mark.parametrize(("name", "answer", "hint"), WRONG, ids=lambda value: str(value)[:30])
def test_nothing_is_written_beside_the_verdict(name, answer, hint, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(name, answer)
    assert capfd.readouterr() == ("", "")


def test_the_reader_may_stop_a_check():
    def endless(f, x, h):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("gradient-checking-1", endless)


# ---------------------------------------------------------------------------------- verdicts


def test_a_verdict_reads_as_a_sentence():
    verdict = Verdict("a-1", "wrong", "Look at `h`.")
    assert repr(verdict) == str(verdict) == "Not yet: Look at `h`. [a-1]"
    assert not verdict.right
    assert repr(Verdict("a-1", "right", "Yes.")) == "Right: Yes. [a-1]"
    assert repr(Verdict("a-1", "open", "Do it.")) == "To do: Do it. [a-1]"


@pytest.mark.parametrize("state", ["right", "wrong", "open"])
def test_a_badge_says_its_verdict_in_words(state):
    verdict = Verdict("a-<1>", state, "Where is `f<x>` & `h`?")
    badge = BeautifulSoup(verdict._repr_html_(), "html.parser").div
    assert badge["class"] == ["dl-exercise", f"dl-exercise-{state}"]
    assert badge["role"] == "note"
    mark = badge.find(class_="dl-exercise-mark").text
    assert repr(verdict).startswith(f"{mark}: ")
    assert [code.text for code in badge.find_all("code")] == ["f<x>", "h", "a-<1>"]
    assert " ".join(badge.text.split()) == f"{mark} Where is f<x> & h? a-<1>"


def test_checkers_of_ones_own():
    def positive(answer):
        if number(answer, "this") <= 0:
            raise Hint("Above 0.")

    exercise = Exercise("a-1", "A number.", positive, "Good.")
    assert exercise.check(2) == Verdict("a-1", "right", "Good.")
    assert exercise.check(-2) == Verdict("a-1", "wrong", "Above 0.")
    assert exercise.check(...) == Verdict("a-1", "open", "A number.")


# ------------------------------------------------------------------------------- unknown names


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("gradient-checking-13", "gradient-checking-1"),
        ("optimization-0", "optimization-1"),
        ("optimisation-7", "optimization-7"),
        ("gradient-cheking-3", "gradient-checking-3"),
        ("Gradient checking 2", "gradient-checking-2"),
        ("", "gradient-checking-1"),
        (3, "gradient-checking-1"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest_ones(name, near):
    with pytest.raises(ValueError, match="name is") as error:
        check(name, 1)
    assert f"name is {name!r}: an exercise such as " in str(error.value)
    assert near in str(error.value)
    assert "\n" not in str(error.value)


# ----------------------------------------------------------------------------- what they share


def test_an_answer_is_called_and_its_errors_are_told():
    assert ask(lambda a, b: a - b, 3, 1, given="") == 2
    cases = [
        (3, "A function is needed, and something of type int came"),
        (lambda x: 1 / 0, "Given x = 1, your function stops with ZeroDivisionError: division"),
        (lambda x: None, r"returns nothing yet \(given x = 1\)"),
    ]
    for answer, hint in cases:
        with pytest.raises(Hint, match=hint):
            ask(answer, 1, given="x = 1")


def test_a_hint_from_within_a_function_comes_through():
    def inner(x):
        raise Hint("From within.")

    with pytest.raises(Hint, match=r"^From within\.$"):
        ask(lambda x: inner(x), 1, given="x = 1")


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), [2], np.array([[2.0]]), True + 1])
def test_numbers_in_any_dress(value):
    assert number(value, "") == 2.0
    assert isinstance(number(value, ""), float)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (1j, "complex numbers"),
        ("a", "type str"),
        ([1, 2], r"shape \(2,\)"),
        (np.inf, "inf"),
        ({}, "type dict"),
        ([1, "a"], "type list"),
    ],
)
def test_what_is_no_number(value, hint):
    with pytest.raises(Hint, match=hint):
        number(value, "")


def test_vectors_have_their_size_and_one_axis():
    assert vector(range(3), 3, "").dtype == np.float64
    for value in (np.ones((3, 1)), np.ones(4), 1.0, [np.nan, 1, 1]):
        with pytest.raises(Hint):
            vector(value, 3, "")


def test_the_same_but_for_rounding():
    assert same(0.1 + 0.2, 0.3)
    assert same(0.0, 0.0)
    assert not same(1.0, 1.0 + 1e-6)
    assert not same(1.0, 1.0 + 3e-9)
    assert same(1.0, 1.0 + 3e-10)
    assert same(1.0, 1.0 + 1e-6, 1e-5)
    assert not same([1.0, 2.0], [1.0])
    assert not same([1.0, 2.0], [1.0, 2.1])
    refuse(1.0, [(2.0, "no"), (3.0, "no"), (1.0 + 3e-9, "no")])
    with pytest.raises(Hint, match="second"):
        refuse(3.0, [(2.0, "first"), (3.0, "second"), (3.0, "third")])
