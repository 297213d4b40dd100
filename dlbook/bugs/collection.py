"""All bugs in one dictionary, in the order in which pages show them."""

from __future__ import annotations

import difflib

from dlbook.bugs.amounts import AMOUNTS
from dlbook.bugs.bug import Bug
from dlbook.bugs.paths import PATHS
from dlbook.bugs.places import PLACES
from dlbook.bugs.unseen import UNSEEN

#: From the name of each bug to the bug: those that a gradient check can see first.
gallery: dict[str, Bug] = {bug.name: bug for bug in [*AMOUNTS, *PLACES, *PATHS, *UNSEEN]}


def find(name: str) -> Bug:
    """Return the bug of that name.

    Parameters
    ----------
    name : str

    Returns
    -------
    Bug

    Raises
    ------
    ValueError
        If there is none; the nearest names are given.

    Examples
    --------
    >>> find("bias-averaged").parameters
    ('b3',)
    """
    if not isinstance(name, str) or name not in gallery:
        near = difflib.get_close_matches(str(name), gallery, 3, 0.3) or list(gallery)[:3]
        raise ValueError(
            f"name is {name!r}: the name of a bug in the gallery, such as {', '.join(near)}, "
            "is needed"
        )
    return gallery[name]
