"""Figures: colours by the contrast formula, SVG text, what is drawn, and bad input."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure as MatplotlibFigure

from dlbook import plotting
from dlbook._figure import DASHES, INK, MARKERS, PAPER
from dlbook.evidence import Interval
from dlbook.plotting import (
    COLORS,
    DARK,
    curves,
    dark,
    decision_regions,
    intervals,
    layer_distributions,
    loss_curves,
    matrix,
    subplots,
    surface_trajectories,
)


class Disc:
    """A stand-in for a network: class 1 inside the radius ``theta``."""

    def predict(self, theta, X):
        theta = np.asarray(theta)
        return (np.linalg.norm(X, axis=-1) < theta).astype(np.int64)


def linear(color):
    channel = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)


def contrast(a, b):
    """Contrast ratio of WCAG 2.1."""
    light = sorted(float([0.2126, 0.7152, 0.0722] @ linear(color)) for color in (a, b))
    return (light[1] + 0.05) / (light[0] + 0.05)


def lab(rgb):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = xyz @ rgb / [0.95047, 1, 1.08883]
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


# Machado, Oliveira and Fernandes 2009, severity 1.
SIGHT = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def test_the_contrast_formula():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("color", [*COLORS, INK])
def test_every_colour_stands_out_on_its_page(color):
    assert contrast(color, "#ffffff") >= 3
    assert contrast(DARK[color], "#14181e") >= 3
    assert DARK[PAPER] == "#14181e"


def test_text_is_easy_to_read():
    assert contrast(INK, "#ffffff") >= 7
    assert contrast(DARK[INK], "#14181e") >= 7


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("colors", [COLORS, [DARK[color] for color in COLORS]])
def test_no_two_colours_look_alike(sight, colors):
    seen = [lab(np.clip(np.array(SIGHT[sight]) @ linear(color), 0, 1)) for color in colors]
    gaps = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(gaps) > 10  # a difference of 2 can be seen side by side


def test_colour_is_never_the_only_cue():
    assert len(set(COLORS)) == len(set(MARKERS)) == len(set(DASHES)) == len(COLORS)


def figures():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    y = (np.linalg.norm(X, axis=1) < 1).astype(int)
    many = rng.uniform(0.5, 1.5, (32, 1))
    falling = np.exp(-np.arange(2000)[:, None] / rng.uniform(100, 500, 32))
    path = np.stack([np.linspace(-2, 0, 300), np.linspace(1, 0, 300)], axis=1)
    _, (left, right) = subplots(1, 2)
    decision_regions(Disc(), 1.0, X, y, ax=left, title="one")
    return {
        "one": decision_regions(Disc(), 1.0, X, y),
        "two panels": decision_regions(Disc(), many, X, y, ax=right, title="many"),
        "loss": loss_curves({"a": falling, "b": falling**2}),
        "median": loss_curves({"a": falling, "b": falling[:, 0]}, center="median", level=0.8),
        "curves": curves({f"line {k}": np.arange(1, 11) * k for k in range(6)}, xlabel="depth"),
        "layers": layer_distributions([rng.normal(size=(300, 10)) for _ in range(12)]),
        "surface": surface_trajectories(
            lambda w: w[..., 0] ** 2 + 9 * w[..., 1] ** 2, {"a": path}, (-3, 3), (-2, 2)
        ),
        "intervals": intervals({"He": Interval(0.9, 0.8, 1.0), "B": (0.5, 0.4, 0.6)}, reference=0),
        "matrix": matrix(rng.normal(size=(4, 6)), title="gradient of W1"),
    }


@pytest.fixture(scope="module")
def drawn():
    return figures()


NAMES = [
    "one",
    "two panels",
    "loss",
    "median",
    "curves",
    "layers",
    "surface",
    "intervals",
    "matrix",
]


@pytest.mark.parametrize("name", NAMES)
def test_svg(drawn, name):
    figure = drawn[name]
    assert isinstance(figure, plotting.Figure)
    assert isinstance(figure, MatplotlibFigure)
    svg = figure._repr_svg_()
    assert len(svg) < 75_000
    assert "<dc:date>" not in svg
    assert "<text" not in svg
    # Nothing but the palette, so that the dark twin is complete.
    used = set(re.findall(r"#[0-9a-fA-F]{6}\b", svg))
    assert used <= set(DARK)
    assert INK in used
    twin = dark(svg)
    assert set(re.findall(r"#[0-9a-fA-F]{6}\b", twin)) <= set(DARK.values())
    assert re.sub(r"#[0-9a-f]{6}\b", "", twin) == re.sub(r"#[0-9a-f]{6}\b", "", svg)
    # The width of the column, and no background.
    assert figure.get_size_inches()[0] == 5.2
    assert 'id="patch_1"' in svg
    assert svg.split('id="patch_1"')[1].split("</g>")[0].count("fill: none") == 1


def test_the_same_code_gives_the_same_text():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_plotting as t; "
        "print(*(t.digest(figure) for figure in t.figures().values()))"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.split() == [digest(figure) for figure in figures().values()]


def digest(figure):
    return hashlib.sha256(figure.to_svg().encode()).hexdigest()


def test_compacting_keeps_the_picture():
    figure = curves({"a": np.sin(np.arange(100))}, markers=True)
    figure.axes[0].set_ylim(-2, 2)
    svg = figure.to_svg()
    placed = re.findall(r'<use xlink:href="#m\w+" x="([\d.]+)" y="([\d.]+)"/>', svg)[-100:]
    points = figure.axes[0].transData.transform(figure.axes[0].lines[0].get_xydata())
    height = figure.get_size_inches()[1] * 72
    scale = 72 / figure.dpi
    expected = np.stack([points[:, 0] * scale, height - points[:, 1] * scale], axis=1)
    np.testing.assert_allclose(np.array(placed, dtype=float), expected, atol=0.02)


def test_black_text_follows_the_page():
    figure, ax = subplots()
    ax.text(0.5, 0.5, "plain", color="black")
    assert "#000000" not in figure.to_svg()


def test_regions_of_one_network():
    X = np.array([[0.0, 0.0], [2.0, 0.0], [-2.0, 0.0], [0.0, 2.0], [0.0, -2.0]])
    y = np.array([1, 0, 0, 0, 0])
    figure = decision_regions(Disc(), 1.0, X, y, extent=((-2, 2), (-2, 2)), resolution=81)
    image = figure.axes[0].images[0].get_array()
    inside = np.all(np.isclose(image[..., :3], linear_rgb(COLORS[1])), axis=-1)
    assert inside[40, 40]
    assert not inside[0, 0]
    # The share of the square that the unit disc covers.
    assert inside.mean() == pytest.approx(np.pi / 16, abs=0.01)
    assert len(np.unique(image[..., 3])) == 1
    assert [line.get_marker() for line in figure.axes[0].lines] == ["o", "s"]


def linear_rgb(color):
    return [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def test_replicates_show_their_agreement():
    X, y = [[0.0, 0.0], [2.0, 2.0]], [1, 0]
    radii = np.array([[0.5], [1.0], [1.5], [1.6]])
    figure = decision_regions(Disc(), radii, X, y, extent=((0, 2), (0, 2)), resolution=101)
    opacity = figure.axes[0].images[0].get_array().data[0, :, 3]  # along the x axis
    x = np.linspace(0, 2, 101)
    full = opacity[0]
    assert opacity[x < 0.49] == pytest.approx(full)
    assert opacity[(x > 0.52) & (x < 0.98)] == pytest.approx(full / 2, abs=1 / 32)  # 3 of 4
    assert opacity[(x > 1.02) & (x < 1.48)] == pytest.approx(0)  # 2 of 4
    assert opacity[x > 1.62] == pytest.approx(full)


def test_loss_curves_take_histories():
    history = SimpleNamespace(
        step=np.arange(5), loss=np.ones((5, 3)), validation_loss=np.full((5, 3), 2.0)
    )
    figure = loss_curves({"a": SimpleNamespace(history=history), "b": history})
    assert len(figure.axes[0].lines) == 2
    assert figure.axes[0].get_yscale() == "log"
    figure = loss_curves({"a": history}, quantity="validation_loss", log=False)
    assert figure.axes[0].lines[0].get_ydata().tolist() == [2.0] * 5
    assert figure.axes[0].get_ylabel() == "validation loss"
    other = SimpleNamespace(step=np.arange(5) * 2, loss=np.ones(5))
    with pytest.raises(ValueError, match="other steps"):
        loss_curves({"a": history, "b": other})


def test_each_curve_may_stand_at_places_of_its_own():
    rates = {"a": [0.1, 0.2, 0.4], "b": [1.0, 3.0]}
    ax = curves({"a": np.ones((3, 4)), "b": [5, 6]}, rates, logx=True).axes[0]
    for line, (label, where) in zip(ax.lines, rates.items(), strict=True):
        assert line.get_label() == label
        assert line.get_xdata().tolist() == where
    edge = ax.collections[0].get_paths()[0].vertices[:, 0]
    assert (edge.min(), edge.max()) == (0.1, 0.4)


def test_bands():
    values = np.random.default_rng(0).normal(size=(6, 40))
    ax = curves({"a": values}).axes[0]
    np.testing.assert_allclose(ax.lines[0].get_ydata(), values.mean(axis=1))
    edge = ax.collections[0].get_paths()[0].vertices
    half = 1.96 * values[0].std() / np.sqrt(40)
    low, high = edge[edge[:, 0] == 0][:, 1].min(), edge[edge[:, 0] == 0][:, 1].max()
    assert high - low == pytest.approx(2 * half, rel=0.15)
    ax = curves({"a": values}, center="median", level=0.5).axes[0]
    edge = ax.collections[0].get_paths()[0].vertices
    high = edge[edge[:, 0] == 0][:, 1].max()
    assert high == pytest.approx(np.quantile(values[0], 0.75))


def test_values_that_are_not_finite_leave_a_gap():
    values = np.ones((4, 3))
    values[2, 1] = np.inf
    line = curves({"a": values}).axes[0].lines[0].get_ydata()
    assert np.isnan(line).tolist() == [False, False, True, False]


def test_layers_name_their_spread():
    figure = layer_distributions([np.array([-1.0, 1.0]), np.zeros(5)], ["first", "dead"])
    ax = figure.axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "dead"]
    assert [text.get_text() for text in ax.texts] == ["sd 1", "sd 0"]
    assert ax.get_yticks()[0] > ax.get_yticks()[1]


def test_intervals_and_matrix_show_their_values():
    ax = intervals({"a": (0.5, 0.25, 1.0)}, reference=0).axes[0]
    assert list(ax.lines[1].get_xdata()) == [0.25, 1.0]
    assert list(ax.lines[2].get_xdata()) == [0.5]
    ax = matrix([[1.0, -2.0], [0.5, 0.0]], columns=["x", "y"]).axes[0]
    assert [text.get_text() for text in ax.texts] == ["1.00", "-2.00", "0.50", "0.00"]
    image = ax.images[0].get_array()
    assert image[..., 3].ravel().tolist() == pytest.approx([0.3, 0.6, 0.15, 0], abs=1 / 32)
    assert image[0, 1, :3].tolist() == pytest.approx(linear_rgb(COLORS[1]))


def test_never_pyplot():
    code = "import sys, dlbook.plotting; print('matplotlib.pyplot' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
    code = "import sys, dlbook; print('matplotlib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def bowl(w):
    return (w**2).sum(axis=-1)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: subplots(1, 3), ValueError, "columns is 3"),
        (lambda: subplots(0), ValueError, "rows is 0"),
        (lambda: subplots(height=-1.0), ValueError, "height is -1.0"),
        (lambda: decision_regions(Disc(), 1.0, np.ones((3, 3)), [0, 1, 0]), ValueError, "X has"),
        (lambda: decision_regions(Disc(), 1.0, np.ones((3, 2)), [0, 1]), ValueError, "y has shape"),
        (lambda: decision_regions(Disc(), 1.0, np.ones((2, 2)), [0, 9]), ValueError, "labels"),
        (
            lambda: decision_regions(Disc(), 1.0, np.ones((1, 2)), [0], extent=((1, 0), (0, 1))),
            ValueError,
            "extent is",
        ),
        (lambda: curves({}), ValueError, "lines is {}"),
        (lambda: curves([1, 2]), ValueError, "lines is"),
        (lambda: curves({str(k): [1, 2] for k in range(7)}), ValueError, "7 entries"),
        (lambda: curves({"a": [1, 2]}, [1, 2, 3]), ValueError, r"\(2,\), x has shape \(3,\)"),
        (lambda: curves({"a": [1, 2]}, {"b": [1, 2]}), ValueError, r"\(2,\), x has shape \(\)"),
        (lambda: curves({"a": [1, 2]}, center="mode"), ValueError, "center is 'mode'"),
        (lambda: curves({"a": [1, 2]}, level=2), ValueError, "level is 2"),
        (lambda: curves({"a": [1, 2]}, ax=3), TypeError, "ax is 3"),
        (lambda: loss_curves({"a": 1.0}, steps=[1]), ValueError, r"has shape \(\)"),
        (lambda: layer_distributions([]), ValueError, "0 layers"),
        (lambda: layer_distributions([[1.0]], ["a", "b"]), ValueError, "labels has 2"),
        (lambda: layer_distributions([[np.nan]]), ValueError, r"values\[0\]"),
        (
            lambda: surface_trajectories(bowl, {"a": [1, 2]}, (0, 1), (0, 1)),
            ValueError,
            r"shape \(2,\)",
        ),
        (
            lambda: surface_trajectories(bowl, {"a": [[1, 2]]}, (1, 0), (0, 1)),
            ValueError,
            "xlim is",
        ),
        (
            lambda: surface_trajectories(lambda w: 1.0, {"a": [[1, 2]]}, (0, 1), (0, 1)),
            ValueError,
            "f gives shape",
        ),
        (lambda: intervals({}), ValueError, "rows is {}"),
        (lambda: intervals({"a": (1.0, 2.0)}), ValueError, r"rows\['a'\]"),
        (lambda: intervals({"a": (1.0, 2.0, 0.0)}), ValueError, r"rows\['a'\]"),
        (lambda: matrix(np.ones((13, 2))), ValueError, "array has shape"),
        (lambda: matrix([[np.inf]]), ValueError, "array has inf"),
        (lambda: matrix([[1.0]], rows=["a", "b"]), ValueError, "rows has 2 names"),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
