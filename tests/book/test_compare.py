"""The comparer itself: whatever changes in an output, it says so."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from expectations import (
    Cell,
    Tolerance,
    compare,
    compare_text,
    dump,
    long_numbers,
    parse,
    read_cell,
    renew,
)
from hypothesis import given
from hypothesis import strategies as st

OUTPUT = """\
theta has shape (32, 81), dtype float64
loss 0.693147181 after 2000 steps, rate 1e-05
[[ 0.5   -0.25 ]
 [ 1.     3.125]]

nan inf True W1 -0.0"""


def same(expected: str, actual: str, **tolerance: float) -> bool:
    return not compare_text(expected, actual, Tolerance(**tolerance))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(32, 81)", "(32, 82)"),
        ("(32, 81)", "(81, 32)"),
        ("(32, 81)", "(32, 81, 1)"),
        ("float64", "float32"),
        ("0.693147181", "0.693147182"),
        ("0.693147181", "-0.693147181"),
        ("1e-05", "1e-06"),
        ("2000", "2000."),
        ("1. ", "1  "),
        ("-0.25", " 0.25"),
        ("-0.0", "0.0"),
        ("nan", "0.0"),
        ("inf", "-inf"),
        ("True", "False"),
        ("W1", "W2"),
        ("loss ", "lose "),
        ("\n\n", "\n"),
        ("\nnan inf True W1 -0.0", ""),
        ("-0.0", "-0.0\nmore"),
    ],
)
def test_any_change_is_seen(old: str, new: str) -> None:
    assert old in OUTPUT
    assert same(OUTPUT, OUTPUT)
    assert not same(OUTPUT, OUTPUT.replace(old, new, 1))


numbers = st.one_of(
    st.integers(-(10**12), 10**12).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map("{:.9g}".format),
    st.floats(-1e6, 1e6).map("{:.3f}".format),
    st.sampled_from(["float64", "W1", "(3, 2)", "x = ", "[", "]", "v2.4.6", "1e999", "0.0"]),
)


@given(st.lists(numbers, min_size=1, max_size=8), st.data())
def test_every_digit_counts(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    places = [match.start() for match in re.finditer(r"\d", text)]
    if not places or long_numbers(Cell(1, "", parts=[("text", text)])):
        return
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != text[place]]))
    assert same(text, text)
    assert not same(text, text[:place] + digit + text[place + 1 :])


def test_stated_tolerance() -> None:
    assert same("loss 0.69314", "loss 0.69313", rtol=1e-4)
    assert not same("loss 0.69314", "loss 0.69300", rtol=1e-4)
    assert same("1.2e-17", "-3.4e-18", atol=1e-12)
    assert same("[ 0.5 -0.25]", "[ 0.50000001 -0.25      ]", rtol=1e-6)
    assert not same("(300, 2)", "(301, 2)", rtol=0.1)
    assert same("312 steps", "313 steps", integers=1)


def test_long_numbers_need_a_tolerance() -> None:
    cell = Cell(1, "x", parts=[("text", "0.1234567891")])
    assert compare(cell, cell)
    loose = replace(cell, tolerance=Tolerance(rtol=1e-6))
    assert not compare(loose, loose)
    assert compare(cell, loose), "the file and the cell must state the same tolerance"


def cell(*outputs: dict, **metadata: object) -> dict:
    return {"source": "\nrun()\n", "metadata": metadata, "outputs": list(outputs)}


def display(data: dict, **metadata: object) -> dict:
    return {"output_type": "display_data", "data": data, "metadata": metadata}


SVG = '<svg width="72pt" height="36pt"><path d="M0 0"/></svg>'


def test_outputs_become_text() -> None:
    prefix = "application/papermill.record/"
    label = {"name": "he.ratio", "mime_prefix": prefix}
    claim = {"name": "he.best", "statement": "It is.", "holds": True, "evidence": {"n": 32}}
    shown = read_cell(
        3,
        cell(
            {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]},
            {"output_type": "stream", "name": "stdout", "text": " c \n\n"},
            display({prefix + "application/vnd.dlbook.value+json": 0.5}, scrapbook=label),
            display({"application/vnd.dlbook.claim+json": claim, "text/html": "x"}),
            display({"image/svg+xml": SVG, "text/plain": "<Figure>"}),
            display({"text/html": "<table><tr><th>a</th><td>1</td></tr></table>"}),
            display({"text/markdown": "| a | 2 |", "text/plain": "<Markdown object>"}),
            {"output_type": "error", "ename": "ValueError", "evalue": "no"},
            expect={"rtol": 1e-6},
            mystnb={"image": {"alt": "A line."}},
        ),
    )
    assert shown.source == "run()"
    assert shown.tolerance == Tolerance(rtol=1e-6)
    assert shown.parts == [
        ("text", "a\nb c"),
        ("value he.ratio", "0.5"),
        ("claim he.best", "It is.\nholds\nn = 32"),
        ("figure", "svg, 96 x 48 px\nalt: A line.\ncaption: (none)"),
        ("html", "a | 1"),
        ("text", "| a | 2 |"),
        ("error", "ValueError: no"),
    ]
    assert parse(dump([shown])) == [shown]


def test_empty_figure_is_seen() -> None:
    drawn = read_cell(1, cell(display({"image/svg+xml": SVG})))
    blank = read_cell(1, cell(display({"image/svg+xml": SVG.replace('<path d="M0 0"/>', "")})))
    assert compare(drawn, blank)


def test_file_keeps_everything() -> None:
    cells = [Cell(1, "a = 1"), Cell(2, "", Tolerance(atol=1e-3), [("text", OUTPUT), ("html", "")])]
    assert parse(dump(cells)) == cells


def test_renewal_keeps_what_agrees() -> None:
    old = [Cell(1, "f()", Tolerance(rtol=1e-3), [("text", "loss 0.5000\n[ 1 ]")])]
    near = [replace(old[0], parts=[("text", "loss 0.500\n[1]")])]
    far = [replace(old[0], parts=[("text", "loss 0.5001\n[ 1 ]")])]
    assert renew(old, near) == old
    assert renew(old, far) == far
    moved = [replace(near[0], number=7)]
    assert renew(old, moved)[0].parts == old[0].parts


def test_where_machines_compute_alike_every_digit_counts():
    stated = Tolerance(atol=0.01)
    was = Cell(1, "x", stated, [("text", "accuracy 0.933")])
    now = Cell(1, "x", stated, [("text", "accuracy 0.934")])
    assert not compare(was, now)
    assert compare(was, now, exact=True)


def test_times_are_compared_by_kind_only() -> None:
    parts = [("text", "12.5 ms, 3 runs"), ("value t.fastest", '"NumPy"'), ("value t.ratio", "2.5")]
    cell = Cell(1, "time()", Tolerance(measured=True), parts)
    assert parse(dump([cell])) == [cell]
    other = [("text", "7.25 ms, 4 runs"), ("value t.fastest", '"XLA"'), ("value t.ratio", "0.5")]
    assert not compare(cell, replace(cell, parts=other), exact=True)
    assert renew([cell], [replace(cell, parts=other)])[0].parts[0] == parts[0]
    for number, (kind, text) in enumerate([("text", "7 ms, 4 runs"), ("value t.fastest", "1")]):
        wrong = [*other[:number], (kind, text), *other[number + 1 :]]
        assert compare(cell, replace(cell, parts=wrong), exact=True)
    assert compare(cell, replace(cell, tolerance=Tolerance(), parts=other), exact=True)
