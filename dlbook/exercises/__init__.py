"""Exercises that say what is wrong: hand an answer to `check`, and it answers with a hint.

One module a chapter holds the exercises; each knows the mistakes that people usually make and hints
at the cause without giving the answer away. Nothing is sent anywhere and nothing is counted.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from dlbook.exercises import gradient_checking, optimization
from dlbook.exercises.grading import Exercise, Hint, Verdict

__all__ = ["EXERCISES", "Exercise", "Hint", "Verdict", "check"]

#: Every exercise that has a checker, by its name.
EXERCISES: dict[str, Exercise] = {
    each.name: each for chapter in (gradient_checking, optimization) for each in chapter.EXERCISES
}


def check(name: str, answer: Any = ...) -> Verdict:
    """Say whether an answer is right, and if not, what kind of wrong it is.

    Make it the last expression of its cell: the page then shows the verdict as a badge.

    Parameters
    ----------
    name : str
        The exercise, ``<chapter>-<number>``.
    answer : object
        What the exercise asks for: a function (itself, not its result), a number, a word.
        ``...`` stands for an answer that is still missing.

    Returns
    -------
    Verdict
        Print it, or ask for ``right``, ``state`` and ``text``.

    Raises
    ------
    ValueError
        If there is no such exercise.

    Examples
    --------
    >>> from dlbook.exercises import check
    >>> check("gradient-checking-1", lambda f, x, h: (f(x + h) - f(x)) / h).right
    True
    >>> check("gradient-checking-1", lambda f, x, h: f(x + h) - f(x) / h).state
    'wrong'
    >>> check("gradient-checking-1").state
    'open'
    """
    if name not in EXERCISES:
        near = get_close_matches(str(name), EXERCISES, n=3, cutoff=0.6) or list(EXERCISES)[:1]
        raise ValueError(f"name is {name!r}: an exercise such as {', '.join(near)} is needed")
    return EXERCISES[name].check(answer)
