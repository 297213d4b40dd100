"""Runs a page's cells in Python inside the browser, and shows what they show, as Jupyter would.

    import interpreter
    finished = await interpreter.run("1 + 1", "cell 1", emit)

`emit` takes every output when it comes: the JSON text of an output of the notebook format, version
4. Nothing here needs Pyodide, so tests run it under any Python. It is loaded before the memory of
the started interpreter is saved: between two runs it holds no object of JavaScript.
"""

from __future__ import annotations

import builtins
import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

from . import display, outputs, pyplot, stand_in
from .errors import error_output, register
from .source import compile_cell, python_of

__all__ = ["fresh", "run"]

#: Where cells' names live, from the first run on.
_main: types.ModuleType | None = None
#: The `_` that was set here; a page that uses this name itself keeps its own.
_last: Any = None


def fresh() -> None:
    """Start anew: an empty `__main__`, and what cells expect of Jupyter around it."""
    global _main
    _main = types.ModuleType("__main__")
    vars(_main).update(
        __builtins__=builtins, display=display.display, get_ipython=stand_in.get_ipython
    )
    sys.modules["__main__"] = _main
    stand_in.install()
    pyplot.install()
    if "" not in sys.path:
        sys.path.insert(0, "")  # modules that lie beside the page, as in a notebook


async def run(code: str, label: str, emit: Callable[[str], object]) -> bool:
    """Run a cell and tell whether it came to its end.

    Parameters
    ----------
    code : str
        The cell. It may use ``await``; commands of Jupyter (``%…``, ``!…``) are passed over.
    label : str
        What tracebacks call the cell, such as ``cell 3``.
    emit : callable
        Takes each output as JSON text.
    """
    if _main is None:
        fresh()
    with outputs.sent_to(emit):
        try:
            await _run(code, label)
        except BaseException as error:  # an interrupt or sys.exit() too ends the cell alone
            # Readers change code. A claim that fails then is a result, not an accident.
            if isinstance(error, AssertionError) and (claim := getattr(error, "claim", None)):
                outputs.show(claim, "execute_result")
                return True
            outputs.send(error_output(error))
            return False
        return True


async def _run(code: str, label: str) -> None:
    python, notes = python_of(code)
    register(label, python)
    for note in notes:
        print(note)
    parts, shows_value = compile_cell(python, label)
    names = vars(_main)
    names.pop("__warningregistry__", None)  # so that a cell that runs again warns again
    value = None
    try:
        for part in parts:
            value = eval(part, names)
            if part.co_flags & inspect.CO_COROUTINE:
                value = await value
        if shows_value and value is not None:
            _remember(value, names)
            outputs.show(value, "execute_result")
    finally:
        pyplot.show_open(shown=value)


def _remember(value: Any, names: dict[str, Any]) -> None:
    """Keep a cell's value as `_`."""
    global _last
    if names.get("_", _last) is _last:
        names["_"] = _last = value
