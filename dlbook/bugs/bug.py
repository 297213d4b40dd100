"""A bug: one changed place in the textbook's text."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from dlbook.textbook import SOURCE, Textbook

ALL = ("W1", "b1", "W2", "b2", "W3", "b3")
WEIGHTS = ("W1", "W2", "W3")
UP_TO_2, UP_TO_1 = ALL[:4], ALL[:2]


@dataclass(frozen=True)
class Bug:
    """A mistake: the right text, the wrong one in its place, and what comes of it.

    Parameters
    ----------
    name : str
        By which :data:`dlbook.bugs.gallery` knows it.
    title : str
        What is wrong, in a sentence.
    kind : str
        One of :data:`dlbook.diagnosis.KINDS`; of bugs that a check cannot see, where they sit:
        update, data, dropout, start, cache or range.
    parameters : tuple of str
        Whose gradients a check finds wrong, in the order of the layout.
    old, new : str
        ``old`` stands exactly once in :data:`dlbook.textbook.SOURCE`; ``new`` takes its place.
    story : str
        How people come to make it; for bugs that a check cannot see, also what betrays them.
    reason : str
        Why a gradient check cannot see it; empty if it can.

    Examples
    --------
    >>> from dlbook import check_gradient
    >>> from dlbook.bugs import gallery
    >>> bug = gallery["bias-averaged"]
    >>> print(bug)
    The bias takes the mean of the rows
      46 -     db3 = dZ3.sum(axis=0)
      46 +     db3 = dZ3.mean(axis=0)
    >>> book = bug.plant()
    >>> check_gradient(book.loss, book.theta, book.gradient, names=book.layout).failed
    ['b3']
    """

    name: str
    title: str
    kind: str
    parameters: tuple[str, ...]
    old: str
    new: str
    story: str
    reason: str = ""

    def __post_init__(self) -> None:
        count = SOURCE.count(self.old)
        if count != 1:
            raise ValueError(f"old stands {count} times in the textbook's text: once is needed")

    @property
    def visible(self) -> bool:
        """Whether a gradient check at a random point can see it."""
        return not self.reason

    @property
    def source(self) -> str:
        """The whole text with the bug in it."""
        return SOURCE.replace(self.old, self.new)

    def plant(self, **options: Any) -> Textbook:
        """Return the textbook's network with this bug; options are those of Textbook."""
        return Textbook(self.source, **options)

    def __str__(self) -> str:
        before, after = SOURCE.splitlines(), self.source.splitlines()
        lines = [self.title]
        for action, a, b, c, d in difflib.SequenceMatcher(None, before, after).get_opcodes():
            if action != "equal":
                lines += [f"{i + 1:>4} - {before[i]}" for i in range(a, b)]
                lines += [f"{i + 1:>4} + {after[i]}" for i in range(c, d)]
        return "\n".join(lines)
