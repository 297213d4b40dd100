"""A gallery of bugs that people make, each one changed place in the textbook's text.

:data:`~dlbook.bugs.gallery` goes from a bug's name to the :class:`Bug`. Most are found by a
gradient check; those that it cannot see come last, with the reason. :func:`hidden_bug` draws one
and keeps quiet.
"""

from __future__ import annotations

from dlbook.bugs.bug import Bug
from dlbook.bugs.collection import find, gallery
from dlbook.bugs.game import HiddenBug, hidden_bug

__all__ = ["Bug", "HiddenBug", "find", "gallery", "hidden_bug"]
