"""Errors of cells, told briefly."""

from __future__ import annotations

import linecache
import re
import traceback
from pathlib import PurePath
from typing import Any

_HERE = str(PurePath(__file__).parent)
#: Cells that ran, by the name under which tracebacks know them.
_labels: set[str] = set()


def register(label: str, code: str) -> None:
    """Keep a cell's lines for tracebacks and warnings."""
    _labels.add(label)
    linecache.cache[label] = (len(code), None, code.splitlines(keepends=True), label)


class _Frames(traceback.StackSummary):
    """Frames of cells with their source, and in one line where in a library it ended."""

    def format_frame_summary(  # type: ignore[override]
        self, frame: traceback.FrameSummary, **options: Any
    ) -> str:
        if frame.filename in _labels:
            return super().format_frame_summary(frame, **options)
        return f"  {_short(frame.filename)}, line {frame.lineno}, in {frame.name}\n"


def _without_quotes(line: str) -> str:
    """Name a cell as a place, not as a file."""
    found = re.match(r'( +)File "(.*)", (line \d+)(?:, in <module>)?(.*)', line)
    return "{}{}, {}{}".format(*found.groups()) if found and found[2] in _labels else line


def _short(path: str) -> str:
    """Return the path of a library's file from the folder of libraries on."""
    return re.sub(r".*/(?:site-packages|python\d[.\d]*|python\d+\.zip)/", "", path)


def _shorten(error: traceback.TracebackException) -> None:
    """Leave out the frames of libraries but the last, in the error and those that led to it."""
    frames = [
        frame
        for number, frame in enumerate(error.stack, 1)
        if frame.filename in _labels
        or (number == len(error.stack) and not frame.filename.startswith(_HERE))
    ]
    # Without a stack the line 'Traceback …' is left out too.
    error.stack = _Frames(frames) if frames else None  # type: ignore[assignment]
    for other in (error.__cause__, error.__context__, *(error.exceptions or ())):
        if other is not None:
            _shorten(other)


def error_output(error: BaseException) -> dict[str, Any]:
    """Return an error as an output of the notebook format, without colours."""
    told = traceback.TracebackException.from_exception(error, compact=True)
    _shorten(told)
    lines = [_without_quotes(line) for line in "".join(told.format()).rstrip().split("\n")]
    value = str(error)
    if isinstance(error, KeyboardInterrupt):
        value = "Interrupted"
        lines[-1] = "Interrupted"
    elif isinstance(error, SystemExit):
        lines.append("The cell ended itself. What the page has defined so far is kept.")
    return {
        "output_type": "error",
        "ename": type(error).__name__,
        "evalue": value,
        "traceback": lines,
    }
