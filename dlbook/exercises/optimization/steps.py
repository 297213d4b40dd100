"""What checkers of an optimizer's step share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlbook.exercises.grading import Array, Hint, ask, refuse, same, vector

Case = dict[str, Any]
Step = Callable[..., tuple[Array, ...]]
Mistakes = list[tuple[Step, str]]

_CHANGED = {
    "theta": "Your function changes theta itself. Whoever keeps the points of a path in a list "
    "then has one point many times over: where could the new point be kept?",
    "gradient": "Your function changes the gradient that it was given: others still need it.",
}


def _in_words(case: Case) -> str:
    """Write what a function is given so that a reader can try it."""

    def shown(value: Any) -> str:
        if isinstance(value, np.ndarray):
            return "(" + ", ".join(f"{entry:g}" for entry in value) + ")"
        return f"{value:g}"

    return ", ".join(f"{name} = {shown(value)}" for name, value in case.items())


def _parts(value: Any, names: Sequence[str], size: int, given: str) -> list[Array]:
    """Return the vectors that a step hands back: theta, and what it has to remember."""
    if len(names) == 1:
        return [vector(value, size, given)]
    if np.shape(value) == (size,):
        raise Hint("You return one vector alone: what does the next step have to know besides?")
    if np.ndim(value) == 0 or len(value) != len(names):
        raise Hint(f"Return {', '.join(names[:-1])} and {names[-1]}, in this order.")
    return [vector(part, size, given) for part in value]


def judge_step(
    answer: Any,
    right: Step,
    names: Sequence[str],
    cases: list[Case],
    mistakes: Mistakes,
    keeps: Sequence[str] = ("gradient",),
) -> None:
    """Hold a step against the right one: in the first case, against usual mistakes, too.

    Parameters
    ----------
    answer : object
        What was handed over.
    right : callable
        The step: takes a case's values, returns a vector for each name.
    names : sequence of str
        What the step returns, in this order.
    cases : list of dict
        What it is given, by name, in this order; a function is left out of the words.
    mistakes : list of pairs
        A wrong step, and its hint.
    keeps : sequence of str
        Which arrays must not change.
    """
    for number, case in enumerate(cases):
        given = _in_words({name: value for name, value in case.items() if not callable(value)})
        own = {n: v.copy() if isinstance(v, np.ndarray) else v for n, v in case.items()}
        try:
            value = ask(answer, *own.values(), given=given)
        except Hint as hint:
            if hint.open and not np.array_equal(own["theta"], case["theta"]):
                raise Hint("You change theta and return nothing: hand the result back.") from hint
            raise
        found = _parts(value, names, case["theta"].size, given)
        wanted = right(*case.values())
        if not same(found, wanted):
            if number:
                raise Hint(f"It is right in one case, but not given {given}: what did you fix?")
            refuse(found, [(wrong(*case.values()), hint) for wrong, hint in mistakes])
            off = [name for name, f, w in zip(names, found, wanted, strict=True) if not same(f, w)]
            raise Hint(
                f"Given {given}, {' and '.join(off)} should come out otherwise: compute it on "
                "paper."
            )
        for name in keeps:
            if not np.array_equal(own[name], case[name]):
                raise Hint(_CHANGED[name])
