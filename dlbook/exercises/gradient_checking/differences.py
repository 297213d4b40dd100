"""Checkers for exercises 1 to 4 and 6: derivatives by differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlbook.exercises.grading import Array, Hint, ask, number, refuse, same, vector

Quotient = Callable[[Callable[[Any], Any], float, float], Any]

_GIVEN = "f(x) = x³, x = 2, h = 1/4"
#: A right formula holds for these, too: other functions, points and steps.
_MORE: list[tuple[str, Callable[[Any], Any], float, float]] = [
    ("f(x) = sin(x), x = 1, h = 0.001", np.sin, 1.0, 1e-3),
    ("f(x) = exp(x), x = -2, h = 1/2", np.exp, -2.0, 0.5),
]


def _cube(x: Any) -> Any:
    return x**3


def _judge(answer: Any, right: Quotient, mistakes: list[tuple[Quotient, str]]) -> None:
    """Hold a formula for a derivative against the right one, and against the usual mistakes."""
    f: Callable[[Any], Any] = _cube
    x, h = 2.0, 0.25
    found = number(ask(answer, f, x, h, given=_GIVEN), _GIVEN)
    if not same(found, right(f, x, h)):
        refuse(found, [(wrong(f, x, h), hint) for wrong, hint in mistakes])
        if same(found, number(ask(answer, f, x, 2 * h, given=_GIVEN), _GIVEN)):
            raise Hint("Twice the step gives the same result: where does your function use `h`?")
        raise Hint(
            f"Given {_GIVEN}, your function returns {found:.10g}, and the formula something else. "
            "Work this case out on paper and compare the parts."
        )
    for given, f, x, h in _MORE:
        found = number(ask(answer, f, x, h, given=given), given)
        if not same(found, right(f, x, h)):
            raise Hint(f"It is right given {_GIVEN}, but not given {given}: what did you fix?")


def _forward(f: Any, x: Any, h: Any) -> Any:
    return (f(x + h) - f(x)) / h


def _backward(f: Any, x: Any, h: Any) -> Any:
    return (f(x) - f(x - h)) / h


def _central(f: Any, x: Any, h: Any) -> Any:
    return (f(x + h) - f(x - h)) / (2 * h)


def _complex_step(f: Any, x: Any, h: Any) -> Any:
    return f(x + 1j * h).imag / h


def forward_difference(answer: Any) -> None:
    """Judge exercise 1."""
    _judge(
        answer,
        _forward,
        [
            (
                lambda f, x, h: f(x + h) - f(x),
                "That is how much f rises, not how steep it is: what is missing from a slope?",
            ),
            (
                lambda f, x, h: f(x + h) - f(x) / h,
                "Python divides before it subtracts: what should stand in brackets?",
            ),
            (
                lambda f, x, h: (f(x) + h - f(x)) / h,
                "You raised the value of f, not the place where f is asked.",
            ),
            (_backward, "That looks back: it compares f here with f a step before, not after."),
            (_central, "That looks both ways. It is a good formula, but the next exercise's."),
            (
                lambda f, x, h: (f(x + h) - f(x)) / (2 * h),
                "You divide by more than the distance between your two points.",
            ),
            (lambda f, x, h: (f(x) - f(x + h)) / h, "The sign is wrong: f rises at this place."),
            (lambda f, x, h: (f(x + h) - f(x)) * h, "You multiply where a slope divides."),
        ],
    )


def central_difference(answer: Any) -> None:
    """Judge exercise 2."""
    _judge(
        answer,
        _central,
        [
            (
                lambda f, x, h: (f(x + h) - f(x - h)) / h,
                "Twice too large: how far apart are the two points at which you ask f?",
            ),
            (
                lambda f, x, h: (f(x + h) - f(x - h)) / 2 * h,
                "Read your formula as Python does, from left to right: what does it divide by?",
            ),
            (
                lambda f, x, h: f(x + h) - f(x - h) / (2 * h),
                "Only the second value is divided: mind the order in which Python computes.",
            ),
            (_forward, "That uses f at x itself and above: a central difference leaves x out."),
            (_backward, "That uses f at x itself and below: a central difference leaves x out."),
            (
                lambda f, x, h: (f(x + h / 2) - f(x - h / 2)) / h,
                "Your two points are `h` apart: here each of them lies `h` away from x.",
            ),
            (lambda f, x, h: (f(x - h) - f(x + h)) / (2 * h), "The sign is wrong: f rises here."),
            (lambda f, x, h: (f(x + h) + f(x - h)) / (2 * h), "A sum of values is no difference."),
        ],
    )


def complex_step(answer: Any) -> None:
    """Judge exercise 4."""
    asked: list[Any] = []

    def noted(x: Any) -> Any:
        asked.append(x)
        return x**3

    f, x, h = noted, 2.0, 0.25
    try:
        value = ask(answer, f, x, h, given=_GIVEN)
    except Hint as hint:
        if "complex" in str(hint):
            raise Hint(
                f"{hint} A cast to a real number forgets what you came for: where is it?"
            ) from hint
        raise
    if np.iscomplexobj(value):
        raise Hint("You return a complex number. Which part of it carries the slope?")
    found = number(value, _GIVEN)
    if not any(np.iscomplexobj(point) for point in asked):
        raise Hint("You asked f for real numbers only: in which direction does this step go?")
    refuse(
        found,
        [
            (0.0, "You get 0: the imaginary part was lost before you read it."),
            (
                f(x + 1j * h).real,
                "That is a value of f, without the part you want (a cast to float drops it).",
            ),
            (f(x + 1j * h).imag, "The right part of f, but how far did you step to get it?"),
            (abs(f(x + 1j * h)) / h, "The absolute value mixes the two parts: take only one."),
            (abs(f(x + 1j * h) - f(x)) / h, "The absolute value mixes both parts: take one."),
        ],
    )
    _judge(answer, _complex_step, [])
    given = "f(x) = sin(x), x = 1, h = 1e-20"
    if not same(number(ask(answer, np.sin, 1.0, 1e-20, given=given), given), np.cos(1.0), 1e-14):
        raise Hint("With h = 1e-20 digits are lost: does your formula still subtract something?")


def best_step(answer: Any) -> None:
    """Judge exercise 3: the step of a central difference of exp at 1 in float32."""
    if isinstance(answer, complex | np.complexfloating):
        raise Hint("A real number is needed: central differences step along the real line.")
    if isinstance(answer, bool) or not isinstance(answer, int | float | np.number):
        raise Hint("A single number is needed: the step itself.")
    step, eps = float(answer), float(np.finfo(np.float32).eps)
    if not np.isfinite(step) or step <= 0:
        raise Hint(f"The step is {step:g}: a distance above 0 is needed.")
    if 3e-3 <= step <= 1e-2:
        return  # conventions differ in how large a rounding is, by a factor of two or so
    double = float(np.finfo(np.float64).eps)
    for low, high, hint in (
        (
            (double / 4) ** (1 / 3),
            (12 * double) ** (1 / 3),
            "That would be right for another precision: how many bits has a float32?",
        ),
        (
            (eps / 4) ** 0.5,
            (12 * eps) ** 0.5,
            "That balances the errors of a one-sided difference: with which power of the step "
            "does the truncation of a central one fall?",
        ),
        (
            (double / 4) ** 0.5,
            (12 * double) ** 0.5,
            "That is for one-sided differences in double precision: check both assumptions.",
        ),
        (
            eps / 4,
            12 * eps,
            "That is the size of the rounding itself: you still have to solve for the step.",
        ),
        (0.0, 1e-12, "So small a step changes nothing in float32: 1 + h is 1."),
        (
            0.02,
            0.1,
            "Somewhat too large: the truncation has taken over. Which derivative is in its term, "
            "and with which power of the step?",
        ),
    ):
        if low <= step <= high:
            raise Hint(hint)
    if step > 1e-2:
        raise Hint("Too large: write down the truncation at this step and compare with rounding.")
    raise Hint("Too small: write down the rounding at this step and compare with truncation.")


def _power(t: Any) -> Any:
    """Couple all entries, so that a move that is not undone is felt by the next entry."""
    if np.shape(t) != (3,):
        raise Hint(f"You called f with shape {np.shape(t)}: it takes one vector of shape (3,).")
    return (t @ np.array([1.0, 2.0, -1.0])) ** 3


def _by_entry(quotient: Quotient, theta: Array, h: float) -> Array:
    def along(axis: Array) -> Any:
        return quotient(lambda s: _power(theta + s * axis), 0.0, h)

    return np.array([along(axis) for axis in np.eye(theta.size)])


def numerical_gradient(answer: Any) -> None:
    """Judge exercise 6."""
    h, start = 0.1, [1.0, -2.0, 0.5]
    theta, given = np.array(start), "a vector of 3 entries and h = 0.1"
    value = ask(answer, _power, theta, h, given=given)
    moved = np.abs(theta - start).max()
    if moved > 1e-12:
        raise Hint("After your function ran, my theta has other values: who put them back?")
    if moved > 0:
        raise Hint(
            "My theta comes back changed in its last digits: adding a step and taking it away "
            "again rounds. Where could the old value be kept?"
        )
    if np.ndim(value) == 0:
        raise Hint("You return one number: f has a slope along each entry.")
    found = vector(value, 3, given)
    right = _by_entry(_central, theta, h)
    if not same(found, right):
        refuse(
            found,
            [
                (_by_entry(_forward, theta, h), "One-sided: you look above each entry, not below."),
                (_by_entry(_backward, theta, h), "One-sided: you look below, but not above."),
                (2 * right, "Twice too large: how far apart are the two points?"),
                (np.round(right), "Whole numbers: what dtype has the array that you fill?"),
                (np.trunc(right), "Whole numbers: what dtype has the array that you fill?"),
            ],
        )
        if same(found, np.full(3, found[0])):
            raise Hint("All slopes are equal: do you move all entries together?")
        if same(found[0], right[0]):
            raise Hint("The first slope is right, the next is not: was the first entry put back?")
        raise Hint(
            "Other slopes than those of central differences: print what your function hands "
            "to f, entry by entry."
        )
    whole = np.array([1, -2, 3])
    given = "a theta of whole numbers"
    hint = "With a theta of whole numbers it goes wrong: what becomes of 1 + 0.1 in such an array?"
    try:
        found = vector(ask(answer, _power, whole, h, given=given), 3, given)
    except Hint as stopped:
        raise Hint(hint) from stopped
    if not same(found, _by_entry(_central, whole, h)):
        raise Hint(hint)
