"""Checkers for exercises 5 and 7 to 9: comparing gradients, and reading what comes of it."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

import numpy as np

from dlbook.exercises.grading import Array, Hint, ask, number, refuse, same, vector
from dlbook.network import MLP


def relative_difference(answer: Any) -> None:
    """Judge exercise 5."""
    a, b, given = np.array([3.0, 4.0]), np.array([0.0, 12.0]), "a = (3, 4) and b = (0, 12)"
    norm = np.linalg.norm
    apart, total, both = norm(a - b), norm(a) + norm(b), np.hypot(norm(a), norm(b))
    value = ask(answer, a, b, given=given)
    if np.size(value) > 1:
        raise Hint("You return a number for each entry: which norm makes one number of them?")
    found = number(value, given)
    if not same(found, apart / total, 1e-6):
        by_entry = abs(a - b) / (abs(a) + abs(b))
        entries = "Entries are compared one by one: compare the vectors as wholes."
        refuse(
            found,
            [
                (apart, "That is the absolute difference: it grows with the gradient."),
                (apart / norm(a), "Only one of the two vectors stands below: swap them."),
                (apart / norm(b), "Only one of the two vectors stands below: swap them."),
                (apart / norm(a + b), "You add the vectors before you measure them."),
                (apart / total * 2, "Below stands the mean, not the sum."),
                (
                    abs(a - b).sum() / (a + b).sum(),
                    "That is a sum of absolute values: the formula asks for lengths.",
                ),
                (by_entry.sum(), entries),
                (by_entry.mean(), entries),
                (by_entry.max(), entries),
                ((apart / both) ** 2, "You forgot the square roots."),
                (apart / both, "Below, the two lengths are added, not their squares."),
                (norm(a + b) / total, "A sum stands above: what is compared?"),
            ],
        )
        raise Hint(f"Given {given}, you return {found:.6g}: draw both vectors and measure.")
    tiny = number(ask(answer, 1e-12 * a, 1e-12 * b, given="the same times 1e-12"), "the same")
    if not same(tiny, apart / total, 1e-6):
        raise Hint(
            f"For gradients a million million times smaller you return {tiny:.2g} instead of the "
            "same: what did you add below to be safe?"
        )
    zero = np.zeros(2)
    try:
        found = number(ask(answer, zero, zero, given="two zero vectors"), "two zero vectors")
    except Hint as hint:
        raise Hint(f"{hint} How different are they?") from hint
    if abs(found) > 1e-12:
        raise Hint(f"Two zero vectors differ by {found:.3g}, you say: how different are they?")
    high = number(ask(answer, np.ones(3), -np.ones(3), given="a and -a"), "a and -a")
    if not same(high, 1.0):
        raise Hint(f"Of a and -a you say {high:.3g}: this difference should be the largest of all.")


_LAYOUT = MLP((2, 3, 1)).layout


def _pair(**factors: float) -> tuple[Array, Array]:
    """Return numeric gradients, and analytic ones with some parameters scaled."""
    rng = np.random.default_rng(5)
    numeric = rng.normal(size=13)
    analytic = numeric * (1 + 5e-9 * rng.normal(size=13))
    for name, factor in factors.items():
        analytic[_LAYOUT[name].where] *= factor
    return analytic, numeric


def wrong_parameters(answer: Any) -> None:
    """Judge exercise 7."""

    def names(pair: tuple[Array, Array]) -> set[str]:
        given = "two gradients and the layout of MLP((2, 3, 1))"
        value = ask(answer, *pair, _LAYOUT, given=given)
        if isinstance(value, str):
            raise Hint(f"You return the text {value!r}: a list of names is needed, if only of one.")
        try:
            found = set(value)
        except TypeError:
            raise Hint(
                f"You return something of type {type(value).__name__}: a list is needed."
            ) from None
        if not found <= set(_LAYOUT):
            raise Hint(f"Your list holds {found - set(_LAYOUT)!r}: names such as 'W1' are needed.")
        return found

    everything = set(_LAYOUT)
    found = names(_pair(W2=2))
    if found == everything - {"W2"}:
        raise Hint("You list the parameters that agree.")
    if names(_pair()):
        raise Hint("Gradients that differ by less than 1e-7 count as right here.")
    if found == everything:
        raise Hint("One parameter is wrong and you name all: judge each by its own numbers.")
    if found != {"W2"}:
        raise Hint(f"W2 has twice its gradient, and you list {sorted(found)}.")
    if names(_pair(W1=1 + 1e-6)) != {"W1"}:
        raise Hint("W1 is off by one part in a million, and you let it pass: what do you allow?")
    if names(_pair(W1=-1, b2=2)) != {"W1", "b2"}:
        raise Hint("Two parameters are wrong: does your loop end at the first?")
    small = _pair(b2=2)
    for gradient in small:
        gradient[_LAYOUT["b2"].where] *= 1e-9
        gradient[_LAYOUT["W1"].where] *= 1e3
    if names(small) != {"b2"}:
        raise Hint(
            "A bias with a tiny gradient has twice that gradient, and you miss it: what do you "
            "compare its difference with?"
        )
    dead = _pair()
    for gradient in dead:
        gradient[_LAYOUT["b1"].where] = 0
    if names(dead):
        raise Hint("Where both gradients vanish they agree: what is 0/0, and what follows?")
    noise = _pair()
    noise[0][0], noise[1][0] = 0.0, 1e-11
    if names(noise):
        raise Hint(
            "One weight has slope 0, and rounding made 1e-11 of it. By itself that looks like "
            "a large relative difference: judge a parameter as one vector."
        )


_SUSPECTS = {
    "no penalty": None,
    "penalty twice": "Then the slopes would be off in the other direction: which gradient has the "
    "larger share of the weight, the analytic or the numeric one?",
    "penalty subtracted": "The right size would then be twice as large: divide the difference at "
    "the worst entry by the weight there.",
    "penalty on biases": "Then b1 and b2 would be wrong. Which parameters does the report name?",
    "no division by rows": "Then all slopes would be too large by one factor, those of the biases, "
    "too.",
    "transposed product": "Then the shapes would rarely fit, and only one layer would be wrong.",
    "no tanh derivative": "Then the biases of the hidden layer would be wrong, too: they get the "
    "same signal as its weights.",
}


def which_bug(answer: Any) -> None:
    """Judge exercise 8."""
    names = list(_SUSPECTS)
    if not isinstance(answer, str):
        raise Hint("A word is needed: one of " + ", ".join(sorted(names)) + ".")
    said = re.sub(r"[\W_]+", " ", answer).strip().lower()
    if said not in names:
        near = get_close_matches(said, names, n=1, cutoff=0.6)
        guess = f" Do you mean {near[0]!r}?" if near else ""
        raise Hint(f"{answer!r} is not among {', '.join(sorted(names))}.{guess}")
    if hint := _SUSPECTS[said]:
        raise Hint(hint)


def gradient_with_penalty(answer: Any) -> None:
    """Judge exercise 9."""
    network, strength = MLP((2, 3, 1), "tanh"), 0.3
    rng = np.random.default_rng(9)
    theta = network.initialize("glorot_normal", rng=rng, bias=0.4)
    X, y = rng.normal(size=(7, 2)), rng.integers(0, 2, 7)
    given = "MLP((2, 3, 1)) with tanh, 7 rows, strength 0.3"
    before = theta.copy()
    found = vector(ask(answer, theta, X.copy(), y.copy(), strength, given=given), theta.size, given)
    if not np.array_equal(theta, before):
        raise Hint("Your function changes theta: whoever called it still needs it.")
    data = network.gradient(theta, X, y)
    pull = strength * network.weight_mask * theta
    first, last = network.layers(theta, X, y)
    below = last.signal @ network.views(theta)["W2"].T
    through = data.copy()
    views = network.views(through)
    views["W1"][...], views["b1"][...] = X.T @ below, below.sum(axis=0)
    squares = data.copy()
    views = network.views(squares)
    slope = below * (1 - first.pre_activation**2)
    views["W1"][...], views["b1"][...] = X.T @ slope, slope.sum(axis=0)
    if same(found, data + pull, 1e-7):
        return
    refuse(
        found,
        [
            (data, "The loss's slopes are right. What else is in the sum that you differentiate?"),
            (
                data + strength * theta,
                "The weights are right, the biases are not: what is penalized?",
            ),
            (data + 2 * pull, "The pull on the weights is twice too strong: differentiate λ/2 w²."),
            (data + pull / 2, "The pull on the weights is too weak by half: differentiate λ/2 w²."),
            (data + pull / 7, "Here the strength is not divided by the number of rows."),
            (data - pull, "The penalty pushes weights away from 0: mind its sign."),
            (7 * data + pull, "The loss is a mean over rows: your slopes grow with their number."),
            (7 * (data + pull), "All slopes are too large by one factor: which, and why?"),
            (-data + pull, "The signal starts with the wrong sign: probability and label."),
            (through + pull, "Layer 1 is wrong: does the signal pass through tanh on its way?"),
            (squares + pull, "Layer 1 is wrong: of which quantity is the derivative 1 - (…)²?"),
        ],
        1e-7,
    )
    off = [
        name
        for name, (where, _) in network.layout.items()
        if not same(found[where], (data + pull)[where], 1e-7)
    ]
    raise Hint(
        f"The slopes of {', '.join(off)} are wrong. Check them against central differences of "
        "`network.loss` to see how."
    )
