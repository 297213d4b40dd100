"""Values as text, laid out as IPython lays them out."""

from __future__ import annotations

import inspect
import types
from typing import Any

WIDTH, MOST_ITEMS = 79, 1000
NOWHERE = float("-inf")  # a column from which every text fits in a line
BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    dict: ("{", "}"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}


def pretty(value: Any) -> str:
    """Return a value's text: a container that is too long for a line has one item a line.

    Examples
    --------
    >>> print(pretty({"rate": 0.5, "starts": (1, 2)}))
    {'rate': 0.5, 'starts': (1, 2)}
    """
    return _text(value, 0, 0, 0, ())


def _text(value: Any, indent: int, column: float, after: int, around: tuple[int, ...]) -> str:
    """Lay out what starts in `column`, with `after` more characters behind it in its line."""
    kind = type(value)
    if kind not in BRACKETS or (not value and kind in (set, frozenset)):
        return ("\n" + " " * indent).join(_plain(value).splitlines())
    opening, closing = BRACKETS[kind]
    if id(value) in around:
        return f"{opening}...{closing}"
    around = (*around, id(value))
    if kind is tuple and len(value) == 1:
        closing = ",)"
    items = _items(value, around)
    flat = ", ".join(head + _text(item, 0, NOWHERE, 0, around) for head, item in items)
    flat = opening + ("..." if not items and value else flat) + closing
    indent += len(opening)
    if "\n" not in flat and column + len(flat) + after <= WIDTH:
        return flat
    lines: list[str] = []
    for number, (head, item) in enumerate(items, 1):
        behind = 1 if number < len(items) else len(closing) + after
        start = (indent if lines else column + len(opening)) + len(head)
        lines.append(head + _text(item, indent, start, behind, around))
    return opening + (",\n" + " " * indent).join(lines) + closing


class _Dots:
    """Stands for the items of a long container that are left out."""

    def __repr__(self) -> str:
        return "..."


def _items(value: Any, around: tuple[int, ...]) -> list[tuple[str, Any]]:
    """Items of a container, those of a dictionary with their key as text before them."""
    if isinstance(value, dict):
        pairs = [(_text(k, 0, NOWHERE, 0, around) + ": ", v) for k, v in value.items()]
    else:
        members = list(value)
        if isinstance(value, set | frozenset) and len(members) < MOST_ITEMS:
            try:
                members.sort()
            except TypeError:
                members.sort(key=str)
        pairs = [("", member) for member in members]
    return pairs if len(pairs) <= MOST_ITEMS else [*pairs[:MOST_ITEMS], ("", _Dots())]


def _plain(value: Any) -> str:
    """Return the text of a value that is no container; functions and classes with their module."""
    name = getattr(value, "__qualname__", "")
    module = getattr(value, "__module__", "")
    full = name if module in (None, "builtins") else f"{module}.{name}"
    if isinstance(value, type) and type(value).__repr__ is type.__repr__:
        return full
    if isinstance(value, types.FunctionType | types.BuiltinFunctionType):
        try:
            return f"<function {full}{inspect.signature(value)}>"
        except ValueError:
            return f"<function {full}>"
    kind: Any = type(value)
    if kind.__repr__ is object.__repr__:
        return f"<{_plain(kind)} at {id(value):#x}>"
    return repr(value)
