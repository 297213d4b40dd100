"""Intervals against theory and a plain loop, claims, and glue in a real kernel."""

import json
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlbook.evidence import (
    CLAIM_MIME,
    VALUE_MIME,
    Claim,
    ClaimError,
    Difference,
    Interval,
    bootstrap_interval,
    claim,
    glue,
    mean,
    paired_difference,
)


def test_mean():
    assert mean([1, 2, 6]) == 3.0
    assert type(mean([1, 2, 6])) is float
    assert mean([[1, 2], [3, 4]]).tolist() == [2, 3]
    assert mean([[1, 2], [3, 4]], axis=1).tolist() == [1.5, 3.5]


def test_interval_agrees_with_a_plain_loop():
    x = np.random.default_rng(5).exponential(size=20)
    rng = np.random.default_rng(6)
    means = [rng.choice(x, size=20).mean() for _ in range(20_000)]
    found = bootstrap_interval(x, level=0.9, resamples=20_000)
    width = found.high - found.low
    assert found.mean == pytest.approx(x.mean(), rel=1e-14)
    assert found.low == pytest.approx(np.quantile(means, 0.05), abs=0.02 * width)
    assert found.high == pytest.approx(np.quantile(means, 0.95), abs=0.02 * width)


def test_interval_of_many_replicates_is_the_normal_one():
    x = np.random.default_rng(0).normal(size=400)
    found = bootstrap_interval(x, level=0.95)
    half = 1.959964 * x.std() / math.sqrt(400)
    assert found.low == pytest.approx(x.mean() - half, abs=0.04 * half)
    assert found.high == pytest.approx(x.mean() + half, abs=0.04 * half)


def test_coverage_is_as_documented():
    draws = np.random.default_rng(1).normal(size=(32, 2000))
    found = bootstrap_interval(draws, resamples=1000)
    covered = ((found.low <= 0) & (found.high >= 0)).mean()
    assert 0.92 <= covered <= 0.955


@given(
    count=st.integers(2, 9),
    length=st.integers(1, 6),
    level=st.floats(0.05, 0.99),
    seed=st.integers(0, 99),
)
@settings(max_examples=30, deadline=None)
def test_curves_are_bands_of_lone_intervals(count, length, level, seed):
    x = np.random.default_rng(seed).normal(size=(count, length))
    band = bootstrap_interval(x, level, resamples=200, rng=seed)
    turned = bootstrap_interval(x.T, level, resamples=200, rng=seed, axis=1)
    assert band.mean.shape == band.low.shape == band.high.shape == (length,)
    assert (band.low <= band.high).all()
    for part, other in zip(band, turned, strict=True):
        np.testing.assert_allclose(part, other, rtol=1e-12)
    alone = bootstrap_interval(x[:, -1], level, resamples=200, rng=seed)
    np.testing.assert_allclose([band.low[-1], band.high[-1]], [alone.low, alone.high], rtol=1e-9)


def test_many_curves_are_worked_off_in_blocks():
    x = np.random.default_rng(0).normal(size=(4, 450))
    band = bootstrap_interval(x, resamples=10_000)  # blocks of 200
    alone = bootstrap_interval(x[:, 449], resamples=10_000)
    assert (band.low[449], band.high[449]) == pytest.approx((alone.low, alone.high))


def test_higher_levels_are_wider_and_seeds_decide():
    x = np.random.default_rng(0).normal(size=16)
    narrow, wide = bootstrap_interval(x, 0.5), bootstrap_interval(x, 0.99)
    assert wide.low < narrow.low < x.mean() < narrow.high < wide.high
    assert bootstrap_interval(x, rng=1) == bootstrap_interval(x, rng=np.random.default_rng(1))
    assert bootstrap_interval(x, rng=1) != bootstrap_interval(x, rng=2)
    assert bootstrap_interval(x, rng=np.random.RandomState(1)).low < x.mean()


def test_equal_replicates_have_no_width():
    assert bootstrap_interval([0.1] * 5) == pytest.approx((0.1, 0.1, 0.1))


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval(0.9123, 0.9051, 0.9182), "0.912 [0.905, 0.918]"),
        (Interval(12.0, 3.0, 21.0), "12 [3, 21]"),
        (Interval(0.5, 0.5, 0.5), "0.500 [0.500, 0.500]"),
        (Interval(1e-5, 0.9e-5, 1.1e-5), "0.0000100 [0.0000090, 0.0000110]"),
        (Interval(np.array([1, 2.0]), np.array([0.5, 1]), np.array([1.5, 3])),
         "1.0 [0.5, 1.5]\n2.0 [1.0, 3.0]"),
        (Difference(0.01, -0.02, 0.04, False, 3, 1, 2),
         "+0.010 [-0.020, +0.040], 3 up, 1 equal, 2 down"),
    ],
)  # fmt: skip
def test_text(interval, text):
    assert str(interval) == text


def test_paired_difference():
    rng = np.random.default_rng(0)
    start = rng.normal(size=32)
    a, b = start + 0.1 + 0.01 * rng.normal(size=32), start
    found = paired_difference(a, b)
    assert found[:3] == pytest.approx(bootstrap_interval(a - b))
    assert found.excludes_zero is True
    assert (found.wins, found.ties, found.losses) == (32, 0, 0)
    # Unpaired, the same data decide nothing.
    assert bootstrap_interval(a).low < bootstrap_interval(b).high
    turned = paired_difference(b, a)
    assert turned.excludes_zero is True
    assert turned.mean == pytest.approx(-found.mean)
    assert turned.losses == 32
    even = paired_difference([1, 2, 3, 5], [1, 3, 2, 5])
    assert even.excludes_zero is False
    assert (even.wins, even.ties, even.losses) == (1, 2, 1)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: mean([]), ValueError, "0 replicates"),
        (lambda: mean(3.0), ValueError, "axis is 0"),
        (lambda: mean([1.0], axis=1), ValueError, "axis is 1"),
        (lambda: mean(["a"]), TypeError, "x has dtype"),
        (lambda: bootstrap_interval([1.0]), ValueError, "1 replicates: at least 2"),
        (lambda: bootstrap_interval([1.0, np.nan]), ValueError, "NaN or infinite"),
        (lambda: bootstrap_interval([1.0, 2.0], level=1.0), ValueError, "level is 1.0"),
        (lambda: bootstrap_interval([1.0, 2.0], resamples=0), ValueError, "resamples is 0"),
        (lambda: paired_difference([1.0, 2.0], [1.0, 2.0, 3.0]), ValueError, r"\(2,\).*\(3,\)"),
        (lambda: claim("a b", "It holds.", True), ValueError, "name is 'a b'"),
        (lambda: claim("a:b", "It holds.", True), ValueError, "name is 'a:b'"),
        (lambda: claim("a.b", " ", True), ValueError, "statement is ' '"),
        (lambda: claim("a.b", "It holds.", 1), TypeError, "holds is 1"),
        (lambda: claim("a.b", "It holds.", np.array([True])), TypeError, "holds is array"),
        (lambda: claim("a.b", "It holds.", True, [1]), TypeError, "evidence is"),
        (lambda: claim("a.b", "It holds.", True, {"f": print}), TypeError, "evidence\\['f'\\]"),
        (lambda: glue("", 1), ValueError, "name is ''"),
        (lambda: glue("a.b", object()), TypeError, "value has a object"),
        (lambda: glue("a.b", 1, text=2), TypeError, "text is 2"),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_claim_keeps_plain_evidence():
    found = claim(
        "demo.all",
        "All kinds of numbers are kept.",
        np.bool_(True),
        {
            "int": np.int64(3),
            "float": np.float32(0.5),
            "array": np.arange(3),
            "interval": Interval(0.1, 0.0, 0.2),
            "bad": [math.inf, np.nan],
            "nested": {"a": (1, 2)},
        },
    )
    assert isinstance(found, Claim)
    assert found.holds is True
    bundle = found._repr_mimebundle_()
    data = json.loads(json.dumps(bundle[CLAIM_MIME], allow_nan=False))
    assert data == {
        "name": "demo.all",
        "statement": "All kinds of numbers are kept.",
        "holds": True,
        "evidence": {
            "int": 3,
            "float": 0.5,
            "array": [0, 1, 2],
            "interval": [0.1, 0.0, 0.2],
            "bad": ["inf", "nan"],
            "nested": {"a": [1, 2]},
        },
    }
    assert bundle["text/plain"] == repr(found)
    assert repr(found).startswith("Holds: All kinds of numbers are kept. [demo.all] (int: 3;")


def test_the_badge_escapes_and_has_no_style():
    badge = claim("a.<b>", "x < y & z", True, {"<k>": "<script>"})._repr_html_()
    assert "x &lt; y &amp; z" in badge
    assert "<script" not in badge
    assert "<b>" not in badge
    assert "<k>" not in badge
    assert 'class="dl-claim"' in badge
    assert "style" not in badge
    assert "#" not in badge


def test_a_claim_that_fails_stops_the_page():
    with pytest.raises(ClaimError, match=r"a\.b does not hold: Up is down\. \(evidence: up: 1\.5"):
        claim("a.b", "Up is down.", np.bool_(False), {"up": 1.5})
    assert issubclass(ClaimError, AssertionError)


def test_a_claim_that_fails_can_still_be_shown():
    with pytest.raises(ClaimError) as raised:
        claim("a.b", "Up is down.", np.bool_(False), {"up": 1.5})
    failed = raised.value.claim
    assert failed.holds is False
    assert repr(failed) == "Does not hold: Up is down. [a.b] (up: 1.5)"
    assert "dl-claim-refuted" in failed._repr_html_()
    assert failed._repr_mimebundle_()[CLAIM_MIME]["holds"] is False
    assert "refuted" not in claim("a.b", "Down is down.", True)._repr_html_()


def test_outside_a_notebook_glue_is_silent(capsys):
    assert glue("a.b", 1.0) is None
    assert capsys.readouterr().out == ""


def test_glue_and_claim_in_a_kernel():
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    cells = [
        "import numpy as np\nfrom dlbook.evidence import claim, glue",
        "glue('a.number', np.float64(0.91234))\nglue('a.words', 1, text='1,000 steps')\n"
        "glue('a.list', np.arange(3))\nglue('a.flag', np.bool_(True))",
        "claim('a.claim', 'It holds.', True, {'n': 3})",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    nbformat.validate(notebook)
    assert notebook.cells[2].outputs[0].data[CLAIM_MIME]["evidence"] == {"n": 3}

    extract = pytest.importorskip("myst_nb.ext.glue").extract_glue_data_cell
    from myst_nb.core.variables import format_plain_text

    glued = {key: output["data"] for key, output in extract(notebook.cells[1])}
    assert glued["a.number"][VALUE_MIME] == 0.91234
    assert glued["a.list"][VALUE_MIME] == [0, 1, 2]
    assert glued["a.flag"][VALUE_MIME] is True
    assert format_plain_text(glued["a.number"]["text/plain"], ".2f") == "0.91"
    assert format_plain_text(glued["a.words"]["text/plain"], "s") == "1,000 steps"
    # The value of the prose is no output of the cell.
    assert notebook.cells[1].outputs == []


def test_needs_numpy_only():
    code = (
        "import sys, dlbook.evidence; "
        "print([m for m in ('matplotlib', 'IPython', 'myst_nb', 'scipy') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
