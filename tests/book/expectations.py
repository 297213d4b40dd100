"""What a page is expected to print, and how it is compared with what it prints.

A pure module: it needs no Sphinx and no kernel, so tests of the built book and tests in a browser
share it. An expectation file is text, one block a code cell:

    [03] W = initializers.zeros(2, 5, rng)
      tolerance: rtol=1e-06
      text:
        loss 0.693147181

Outside numbers, text is compared exactly, but for the width of blanks within a line. A number is
compared by kind (with or without a decimal point) and by value: relative difference at most 1e-9,
so that every printed digit counts, unless the cell states another tolerance and the machine
computes otherwise than the one on which the expectations were written. A cell that shows times says
``measured: true``: no machine repeats them, so its numbers and its glued values are compared by
kind alone.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from dataclasses import dataclass, field, replace
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

CLAIM = "application/vnd.dlbook.claim+json"
VALUE = "application/vnd.dlbook.value+json"
NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:\d+\.\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\d+)(?!\w)"
)
MOST_DIGITS = 9


@dataclass(frozen=True)
class Tolerance:
    """How far numbers of a cell may lie from those expected."""

    rtol: float = 1e-9
    atol: float = 0.0
    integers: int = 0
    measured: bool = False

    @classmethod
    def of(cls, metadata: dict[str, Any]) -> Tolerance:
        """Read the tolerance from a cell's ``expect`` option; an unknown key is an error."""
        return cls(**metadata.get("expect", {}))

    @classmethod
    def parse(cls, text: str) -> Tolerance:
        pairs = (item.split("=") for item in text.split(", "))
        kinds = {"integers": int, "measured": lambda word: word == "True"}
        return cls(**{key: kinds.get(key, float)(n) for key, n in pairs})

    def __str__(self) -> str:
        usual = vars(Tolerance())
        return ", ".join(f"{key}={n}" for key, n in vars(self).items() if n != usual[key])

    @property
    def is_stated(self) -> bool:
        return self != Tolerance()


@dataclass
class Cell:
    """A code cell and what it shows, as (kind, text) pairs in order."""

    number: int
    source: str
    tolerance: Tolerance = Tolerance()
    parts: list[tuple[str, str]] = field(default_factory=list)


# Reading executed cells


class _Text(HTMLParser):
    """HTML as plain lines: a row or paragraph a line, table cells divided by bars."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in ("style", "script"):
            self.hidden += 1
        elif tag in ("tr", "p", "div", "li", "dt", "h1", "h2", "h3", "h4", "caption", "pre", "br"):
            self.pieces.append("\n")
        elif tag in ("td", "th", "dd"):
            self.pieces.append(" | ")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.pieces.append(data)


def text_of_html(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    lines = (
        " ".join(line.split()).removeprefix("| ") for line in "".join(parser.pieces).split("\n")
    )
    return "\n".join(line for line in lines if line)


def size_of_image(mime: str, data: str) -> str:
    """Kind of an image and its size in pixels; 'empty' where nothing is drawn."""
    if mime == "image/png":
        width, height = struct.unpack(">II", base64.b64decode(data)[16:24])
        return f"png, {width} x {height} px" if width * height else "png, empty"
    drawn = re.search(r"<(path|image|rect|circle|line|polyline|polygon|text|use)\b", data)
    tag = re.search(r"<svg\b[^>]*>", data)
    if not drawn or not tag:
        return "svg, empty"
    sizes = []
    for name in ("width", "height"):
        found = re.search(rf'\b{name}="([\d.]+)(pt|px)?"', tag.group())
        sizes.append(round(float(found[1]) * (4 / 3 if found[2] == "pt" else 1)) if found else 0)
    return f"svg, {sizes[0]} x {sizes[1]} px" if sizes[0] * sizes[1] else "svg, no size"


def joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def part_of(output: dict[str, Any], metadata: dict[str, Any]) -> tuple[str, str]:
    """One output of a cell as (kind, text)."""
    if output["output_type"] == "stream":
        kind = "text" if output["name"] == "stdout" else output["name"]
        return kind, joined(output["text"])
    if output["output_type"] == "error":
        return "error", f"{output['ename']}: {output['evalue']}"
    data, label = output["data"], output.get("metadata", {}).get("scrapbook")
    if label:
        prefix = label["mime_prefix"]
        value = data.get(prefix + VALUE, joined(data.get(prefix + "text/plain", "")))
        return f"value {label['name']}", json.dumps(value, ensure_ascii=False)
    if CLAIM in data:
        claim = data[CLAIM]
        evidence = (
            f"{key} = {json.dumps(value, ensure_ascii=False)}"
            for key, value in sorted(claim["evidence"].items())
        )
        verdict = "holds" if claim["holds"] else "does not hold"
        return f"claim {claim['name']}", "\n".join([claim["statement"], verdict, *evidence])
    for mime in ("image/svg+xml", "image/png"):
        if mime in data:
            options = metadata.get("mystnb", {})
            alt = options.get("image", {}).get("alt", "(none)")
            caption = options.get("figure", {}).get("caption", "(none)")
            lines = [size_of_image(mime, joined(data[mime])), f"alt: {alt}", f"caption: {caption}"]
            return "figure", "\n".join(" ".join(line.split()) for line in lines)
    if "text/html" in data:
        return "html", text_of_html(joined(data["text/html"]))
    for mime in ("text/markdown", "text/latex", "text/plain"):
        if mime in data:
            return "text", joined(data[mime])
    return "text", ""


def read_cell(number: int, cell: dict[str, Any]) -> Cell:
    """What an executed code cell of a notebook shows."""
    source = next((line for line in joined(cell["source"]).splitlines() if line.strip()), "")
    metadata = cell["metadata"]
    shown = Cell(number, source.strip(), Tolerance.of(metadata))
    for output in cell.get("outputs", []):
        kind, text = part_of(output, metadata)
        if (
            shown.parts
            and kind == shown.parts[-1][0] == "text"
            and output["output_type"] == "stream"
        ):
            text = shown.parts.pop()[1] + text
        shown.parts.append((kind, text))
    shown.parts = [(kind, tidy(text)) for kind, text in shown.parts]
    return shown


def tidy(text: str) -> str:
    """Drop blanks at line ends and empty lines at either end."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def read_notebook(notebook: dict[str, Any]) -> list[Cell]:
    """What all code cells of an executed notebook show, numbered from 1."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [read_cell(number, cell) for number, cell in enumerate(cells, 1)]


# The file format


def dump(cells: list[Cell]) -> str:
    """Cells as the text of an expectation file."""
    lines = []
    for cell in cells:
        lines.append(f"[{cell.number:02}] {cell.source}".rstrip())
        if cell.tolerance.is_stated:
            lines.append(f"  tolerance: {cell.tolerance}")
        for kind, text in cell.parts:
            lines.append(f"  {kind}:")
            lines += [f"    {line}".rstrip() for line in text.split("\n")]
        lines.append("")
    return "\n".join(lines)


def parse(text: str) -> list[Cell]:
    """Read an expectation file; the inverse of `dump`."""
    cells: list[Cell] = []
    for line in text.splitlines():
        if head := re.match(r"\[(\d+)\] ?(.*)", line):
            cells.append(Cell(int(head[1]), head[2]))
        elif line.startswith("    ") or not line:
            if cells and cells[-1].parts:
                kind, text = cells[-1].parts[-1]
                cells[-1].parts[-1] = kind, text + line[4:] + "\n"
        elif line.startswith("  tolerance: "):
            cells[-1].tolerance = Tolerance.parse(line.removeprefix("  tolerance: "))
        else:
            cells[-1].parts.append((line.strip().removesuffix(":"), ""))
    for cell in cells:
        cell.parts = [(kind, tidy(text)) for kind, text in cell.parts]
    return cells


# Comparing


def split(line: str) -> tuple[list[str], list[str]]:
    """Divide a line into the text between its numbers and its numbers."""
    line = re.sub(r"(?<=[\[(]) +| +(?=[\])])", "", re.sub(r"[ \t]+", " ", line.strip()))
    return NUMBER.split(line), NUMBER.findall(line)


def is_integer(number: str) -> bool:
    return number.lstrip("+-").isdigit()


def same_number(expected: str, actual: str, tolerance: Tolerance) -> bool:
    if expected == actual:
        return True
    if is_integer(expected) != is_integer(actual):
        return False
    if tolerance.measured:
        return True
    a, b = Decimal(expected), Decimal(actual)
    if is_integer(expected):
        return a != b and abs(a - b) <= tolerance.integers
    if not a and not b and not tolerance.atol:
        return a.is_signed() == b.is_signed()
    bound = max(Decimal(tolerance.atol), Decimal(str(tolerance.rtol)) * max(abs(a), abs(b)))
    return abs(a - b) <= bound


def same_line(expected: str, actual: str, tolerance: Tolerance) -> bool:
    (texts, numbers), (texts_now, numbers_now) = split(expected), split(actual)
    return texts == texts_now and all(
        same_number(a, b, tolerance) for a, b in zip(numbers, numbers_now, strict=True)
    )


def compare_text(expected: str, actual: str, tolerance: Tolerance) -> list[str]:
    """Return one sentence for every line that differs."""
    old, new = expected.split("\n"), actual.split("\n")
    problems = [
        f"line {number}: expected {a!r}, got {b!r}"
        for number, (a, b) in enumerate(zip(old, new, strict=False), 1)
        if not same_line(a, b, tolerance)
    ]
    if len(old) != len(new):
        problems.append(f"expected {len(old)} lines, got {len(new)}:\n{actual}")
    return problems


def significant_digits(number: str) -> int:
    return len(re.split("[eE]", number)[0].replace(".", "").lstrip("+-0"))


def long_numbers(cell: Cell) -> list[str]:
    """Return the numbers printed with more digits than may be compared without a tolerance."""
    if cell.tolerance.is_stated:
        return []
    return [
        number
        for kind, text in cell.parts
        if kind in ("text", "html", "error")
        for number in NUMBER.findall(text)
        if not is_integer(number) and significant_digits(number) > MOST_DIGITS
    ]


def same_kind(expected: str, actual: str) -> bool:
    """Whether two glued values are both numbers, both strings, …"""
    return type(json.loads(expected)) is type(json.loads(actual))


def compare(expected: Cell, actual: Cell, exact: bool = False) -> list[str]:
    """Return all differences between a reviewed cell and an executed one, as sentences.

    With ``exact`` the tolerance that the cell states is not granted: every printed digit counts.
    """
    tolerance = Tolerance(measured=actual.tolerance.measured) if exact else actual.tolerance
    problems = []
    if expected.source != actual.source:
        problems.append(f"expected the cell {expected.source!r}, got {actual.source!r}")
    if expected.tolerance != actual.tolerance:
        problems.append(
            f"the expectation says {expected.tolerance}, the cell says {actual.tolerance}"
        )
    kinds, kinds_now = [k for k, _ in expected.parts], [k for k, _ in actual.parts]
    if kinds != kinds_now:
        problems.append(f"expected outputs {kinds}, got {kinds_now}")
    for (kind, text), (_, now) in zip(expected.parts, actual.parts, strict=False):
        if tolerance.measured and kind.startswith("value ") and same_kind(text, now):
            continue
        for problem in compare_text(text, now, tolerance):
            problems.append(f"{kind}, {problem}")
    for number in long_numbers(actual):
        problems.append(f"{number} has over {MOST_DIGITS} digits: round it or state a tolerance")
    return problems


def renew(old: list[Cell], new: list[Cell]) -> list[Cell]:
    """Return `new`, keeping the old wording of every output that agrees in all its digits."""
    known = {cell.source: cell for cell in old} | {(c.number, c.source): c for c in old}
    renewed = []
    for cell in new:
        before = known.get((cell.number, cell.source)) or known.get(cell.source) or cell
        tolerance = Tolerance(measured=cell.tolerance.measured)
        kept = [
            (kind, was if kind == kind_was and not compare_text(was, now, tolerance) else now)
            for (kind, now), (kind_was, was) in zip(cell.parts, before.parts, strict=False)
        ]
        renewed.append(replace(cell, parts=kept + cell.parts[len(kept) :]))
    return renewed
