"""What an exercise is made of: a checker that raises a hint, and the verdict that comes of it."""

from __future__ import annotations

import html
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_WORDS = {"right": "Right", "wrong": "Not yet", "open": "To do"}


class Hint(Exception):  # noqa: N818 - nothing went wrong but an answer
    """Why an answer is not right, as a sentence for the reader; checkers raise it.

    Parameters
    ----------
    text : str
        The sentence; words in backticks are shown as code.
    open : bool
        Whether there is no answer yet, rather than a wrong one.
    """

    def __init__(self, text: str, open: bool = False) -> None:  # noqa: A002
        super().__init__(text)
        self.open = open


@dataclass(frozen=True)
class Verdict:
    """What :func:`check` says of an answer.

    Attributes
    ----------
    exercise : str
        The name of the exercise.
    state : {"right", "wrong", "open"}
        ``open`` where nothing was handed over yet.
    text : str
        What to learn from it: of a wrong answer, a hint at the cause.
    """

    exercise: str
    state: Literal["right", "wrong", "open"]
    text: str

    @property
    def right(self) -> bool:
        """Whether the answer is right."""
        return self.state == "right"

    def __repr__(self) -> str:
        return f"{_WORDS[self.state]}: {self.text} [{self.exercise}]"

    def _repr_html_(self) -> str:
        text = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(self.text, quote=False))
        return (
            f'<div class="dl-exercise dl-exercise-{self.state}" role="note">'
            f'<p><span class="dl-exercise-mark">{_WORDS[self.state]}</span> {text} '
            f'<code class="dl-exercise-name">{html.escape(self.exercise)}</code></p></div>'
        )


@dataclass(frozen=True)
class Exercise:
    """A task and what judges the answers to it.

    Parameters
    ----------
    name : str
        ``<chapter>-<number>``.
    task : str
        One sentence: what is to be handed over.
    checker : callable
        Takes the answer; raises :class:`Hint` unless it is right.
    praise : str
        What is said of a right answer.

    Examples
    --------
    >>> def is_even(answer):
    ...     if answer % 2:
    ...         raise Hint("Divide it by two.")
    >>> exercise = Exercise("numbers-1", "Hand over an even number.", is_even, "It is even.")
    >>> exercise.check(3)
    Not yet: Divide it by two. [numbers-1]
    >>> exercise.check(4)
    Right: It is even. [numbers-1]
    >>> exercise.check(...)
    To do: Hand over an even number. [numbers-1]
    """

    name: str
    task: str
    checker: Callable[[Any], None]
    praise: str

    def check(self, answer: Any) -> Verdict:
        """Judge an answer."""
        if answer is None or answer is ...:
            return Verdict(self.name, "open", self.task)
        try:
            self.checker(answer)
        except Hint as hint:
            return Verdict(self.name, "open" if hint.open else "wrong", str(hint))
        return Verdict(self.name, "right", self.praise)


def ask(answer: Any, *arguments: Any, given: str) -> Any:
    """Call the reader's function and return what it returns.

    Parameters
    ----------
    answer : object
        What was handed over; anything that cannot be called is a hint.
    *arguments
        What the function is called with.
    given : str
        The same in words, for the reader.

    Returns
    -------
    object

    Raises
    ------
    Hint
        If it is no function, stops with an error, or returns nothing.

    Examples
    --------
    >>> ask(lambda x: 2 * x, 3, given="x = 3")
    6
    >>> ask(lambda x: x / 0, 3, given="x = 3")
    Traceback (most recent call last):
    dlbook.exercises.grading.Hint: Given x = 3, your function stops with ZeroDivisionError: ...
    """
    if not callable(answer):
        raise Hint(
            f"A function is needed, and something of type {type(answer).__name__} came: hand over "
            "the function itself, without calling it."
        )
    with warnings.catch_warnings():  # the hint says what is wrong; NumPy need not say it, too
        warnings.simplefilter("ignore")
        try:
            value = answer(*arguments)
        except Hint:
            raise
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise Hint(f"Given {given}, your function stops with {said}.") from error
    if value is None or value is ...:
        raise Hint(f"Your function returns nothing yet (given {given}): write it.", open=True)
    try:
        np.shape(value)
    except ValueError:
        raise Hint(f"Given {given}, your function returns rows of different lengths.") from None
    return value


def number(value: Any, given: str) -> float:
    """Return a single finite real number as a float, or raise a hint.

    Parameters
    ----------
    value : object
        What the reader's function returned.
    given : str
        What it was called with, in words.

    Returns
    -------
    float

    Raises
    ------
    Hint
        For anything else than one finite real number.

    Examples
    --------
    >>> number([[2]], "x = 1")
    2.0
    """
    return float(vector(value, 1, given)[0])


def vector(value: Any, size: int, given: str) -> Array:
    """Return an array (size,) of finite real numbers, or raise a hint.

    Parameters
    ----------
    value : object
        What the reader's function returned.
    size : int
        How many numbers are expected.
    given : str
        What it was called with, in words.

    Returns
    -------
    array (size,)

    Raises
    ------
    Hint
        For anything else than so many finite real numbers.

    Examples
    --------
    >>> vector((1, 2), 2, "x = 1")
    array([1., 2.])
    """
    wanted = "a single number is" if size == 1 else f"a vector of {size} numbers is"
    came: Any = np.asarray(value) if not isinstance(value, str) else np.empty(0, object)
    if came.dtype.kind not in "fiub":
        name = type(value).__name__
        kind = "complex numbers" if came.dtype.kind == "c" else f"something of type {name}"
        raise Hint(f"Given {given}, your function returns {kind}: {wanted} needed, and real.")
    if came.size != size or (came.ndim > 1 and size > 1):
        raise Hint(f"Given {given}, your function returns shape {came.shape}: {wanted} needed.")
    if not np.isfinite(came).all():
        raise Hint(f"Given {given}, your function returns {came}: where does that come from?")
    return np.asarray(came.reshape(size), dtype=np.float64)


def same(a: Any, b: Any, tolerance: float = 1e-9) -> bool:
    """Tell whether two results agree but for rounding.

    Parameters
    ----------
    a, b : array_like
        Numbers or arrays of one shape.
    tolerance : float
        Of the largest difference, relative to the largest entry.

    Returns
    -------
    bool

    Examples
    --------
    >>> same(1 / 3, 0.333), same([1.0, 0.0], [1.0, 1e-12])
    (False, True)
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    return bool(np.abs(a - b).max() <= tolerance * max(np.abs(a).max(), np.abs(b).max()))


def refuse(value: Any, mistakes: Iterable[tuple[Any, str]], tolerance: float = 1e-9) -> None:
    """Raise the hint of the first mistake that leads to this value.

    Parameters
    ----------
    value : array_like
        What the reader's function returned.
    mistakes : iterable of pairs
        What a mistake leads to, and the hint for it.
    tolerance : float
        As of :func:`same`.

    Raises
    ------
    Hint
        If the value is that of a mistake.

    Examples
    --------
    >>> refuse(3.0, [(2.0, "Too small.")])
    """
    for wrong, hint in mistakes:
        if same(value, wrong, tolerance):
            raise Hint(hint)
