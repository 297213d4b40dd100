"""The code of a cell: commands of Jupyter passed over, the last value found."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from types import CodeType

_COMMAND = re.compile(r"(?P<indent>\s*)(?P<command>[%!].*)")
_TIMED = re.compile(r"%%?time\b\s*")
_QUESTION = re.compile(r"(?P<indent>\s*)(?:\?{1,2}(?P<before>[\w.]+)|(?P<after>[\w.]+)\?{1,2})\s*$")
#: Figures are shown in any case, so nobody needs to be told that this does nothing.
_SILENT = re.compile(r"%(matplotlib|config)\b")
#: Commands for a whole cell whose rest is Python.
_OF_PYTHON = re.compile(r"%%(time|timeit|capture|prun)\b")


def python_of(code: str) -> tuple[str, list[str]]:
    """Return a cell as Python, line for line, and a note on each command that was passed over.

    A line is a command if Python refuses it and it starts with ``%`` or ``!``, so a formatted
    string or a remainder that starts a line within brackets stays.
    """
    lines, notes = code.split("\n"), []
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%") and not _OF_PYTHON.match(lines[first]):
        word = lines[first].split()[0]
        notes.append(f"This cell was passed over: {word} is a command of Jupyter, not Python.")
        return "", notes
    for _ in range(len(lines)):
        try:
            ast.parse("\n".join(lines))
        except SyntaxError as error:
            number = (error.lineno or 0) - 1
            if not 0 <= number < len(lines) or not _replace(lines, number, notes):
                break
        except ValueError:  # a null byte: compiling says so
            break
        else:
            break
    return "\n".join(lines), notes


def _replace(lines: list[str], number: int, notes: list[str]) -> bool:
    """Put Python in the place of a line that is a command; tell whether it was one."""
    line = lines[number]
    if question := _QUESTION.match(line):
        name = question["before"] or question["after"]
        lines[number] = f"{question['indent']}help({name})"
        return True
    found = _COMMAND.match(line)
    if not found:
        return False
    command = found["command"]
    rest = _TIMED.sub("", command) if _TIMED.match(command) else "pass"
    lines[number] = found["indent"] + (rest or "pass")
    if rest == "pass" and not _SILENT.match(command):
        notes.append(f"Passed over: {command.strip()} (a command of Jupyter, not Python).")
    return True


def compile_cell(code: str, label: str) -> tuple[list[CodeType], bool]:
    """Compile a cell: its statements, then its last expression; tell whether to show the value."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(code, label, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    assert isinstance(tree, ast.Module)
    trees: list[ast.Module | ast.Expression] = [tree]
    if tree.body and isinstance(last := tree.body[-1], ast.Expr):
        tree.body.pop()
        trees.append(ast.Expression(last.value))
    parts = [
        compile(part, label, mode, flags, dont_inherit=True)
        for part, mode in zip(trees, ("exec", "eval"), strict=False)
    ]
    return parts, len(parts) == 2 and not _ends_with_semicolon(code)


def _ends_with_semicolon(code: str) -> bool:
    blank = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER)
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return [token.string for token in tokens if token.type not in blank][-1] == ";"
