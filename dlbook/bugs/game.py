"""A game: a bug drawn at random, for readers to find."""

from __future__ import annotations

from typing import Any

from dlbook._checks import Rng, as_generator
from dlbook.bugs.bug import Bug
from dlbook.bugs.collection import find, gallery
from dlbook.textbook import Textbook


class HiddenBug:
    """A broken network whose bug is yours to find: see :func:`dlbook.bugs.hidden_bug`.

    Attributes
    ----------
    loss, gradient, row_gradients : callable
        As of :class:`dlbook.textbook.Textbook`: all that the tools of this book need.
    theta, layout, X, y, masks
        As of :class:`dlbook.textbook.Textbook`.
    guesses : int
        How often :meth:`guess` was called.
    """

    def __init__(self, bug: Bug, book: Textbook) -> None:
        self._bug = bug
        self.loss, self.gradient = book.loss, book.gradient
        self.row_gradients = book.row_gradients
        self.theta, self.layout = book.theta, book.layout
        self.X, self.y, self.masks = book.X, book.y, book.masks
        self.guesses = 0

    def __repr__(self) -> str:
        return f"HiddenBug({self.guesses} guesses so far)"

    def guess(self, name: str) -> str:
        """Say whether the bug is the one of this name, or how near it is.

        Raises
        ------
        ValueError
            If the gallery has no bug of that name.
        """
        guessed, bug = find(name), self._bug
        self.guesses += 1
        if guessed == bug:
            times = "1 guess" if self.guesses == 1 else f"{self.guesses} guesses"
            return f"Right, after {times}: {bug.title.lower()}."
        same_place = guessed.parameters == bug.parameters
        if guessed.kind == bug.kind:
            place = "in the same parameters: it is a sister" if same_place else "but elsewhere"
            return f"Not quite: the kind is right, {place}."
        if same_place:
            return "Not quite: the parameters are right, the kind is not."
        return "No: neither its kind nor its parameters."

    def reveal(self) -> Bug:
        """Give up, or make sure: return the bug."""
        return self._bug


def hidden_bug(rng: Rng = 0, **options: Any) -> HiddenBug:
    """Draw a bug that a gradient check can see, and hide it.

    Parameters
    ----------
    rng : Generator, RandomState or int
        Draws the bug and what it runs on.
    **options
        As of :class:`dlbook.textbook.Textbook`; not all bugs run with other sizes.

    Returns
    -------
    HiddenBug

    Examples
    --------
    >>> from dlbook import check_gradient
    >>> hidden = hidden_bug(rng=3)
    >>> check_gradient(hidden.loss, hidden.theta, hidden.gradient, names=hidden.layout).failed
    ['W2']
    >>> hidden.guess("product-transposed")
    'Not quite: the parameters are right, the kind is not.'
    """
    generator = as_generator(rng)
    names = [bug.name for bug in gallery.values() if bug.visible]
    bug = gallery[names[int(generator.random() * len(names))]]
    return HiddenBug(bug, bug.plant(rng=generator, **options))
