"""What is read from figures whose numbers the test knows."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dlbook import diagrams, plotting
from extensions.figure_data.reading.artists import MOST, read
from extensions.figure_data.reading.words import hue, number, plain


def axes() -> Axes:
    return Figure().subplots()


def only(ax: Axes) -> dict[str, Any]:
    """What the only axes of a figure shows, as it passes through a notebook."""
    (found,) = json.loads(json.dumps(read(ax.get_figure(root=True)), allow_nan=False))
    return found


def series(ax: Axes, kind: str) -> list[dict[str, Any]]:
    return [one for one in only(ax)["series"] if one["kind"] == kind]


def test_lines_with_their_names_labels_and_scales() -> None:
    ax = axes()
    ax.plot([1, 10, 100], [0.5, np.nan, 2 / 3], label="loss $J_1$")
    ax.plot([1, 10], [3, 4], color="#d55e00", linestyle="--")
    ax.set(title="run", xlabel="step", ylabel=r"$\|\theta\|$", xscale="log")
    found = only(ax)
    assert found["title"] == "run"
    assert found["x"] == {"label": "step", "scale": "log"}
    assert found["y"] == {"label": "‖θ‖", "scale": "linear"}
    first, second = found["series"]
    assert first == {
        "kind": "line",
        "name": "loss J₁",
        "x": [1, 10, 100],
        "y": [0.5, None, 0.666667],
    }
    assert (second["name"], second["y"]) == ("dashed orange line", [3, 4])
    assert found["unread"] == []


def test_lines_of_reference_are_named_as_such() -> None:
    ax = axes()
    ax.plot([0, 1], [0, 1])
    ax.axhline(0.5, label="chance")
    ax.axvline(2)
    ax.axline((0, 1), slope=3)
    assert [(m["kind"], m["at"], m["name"]) for m in only(ax)["marks"]] == [
        ("horizontal", 0.5, "chance"),
        ("vertical", 2, ""),
        ("sloping", [0, 1], ""),
    ]
    assert len(only(ax)["series"]) == 1


def test_band_belongs_to_the_line_of_its_colour() -> None:
    ax = axes()
    x = np.arange(4.0)
    ax.plot(x, x**2, color="#0072b2", label="mean")
    ax.fill_between(x, x**2 - 1, x**2 + 2, color="#0072b2", alpha=0.2)
    (band,) = series(ax, "band")
    assert band["name"] == "mean"
    assert (band["x"], band["low"], band["high"]) == ([0, 1, 2, 3], [-1, 0, 3, 8], [2, 3, 6, 11])


def test_band_with_a_gap() -> None:
    ax = axes()
    x = np.arange(5.0)
    low = np.array([0, 1, np.nan, 3, 4])
    ax.fill_between(x, low, low + 1)
    (band,) = series(ax, "band")
    assert (band["x"], band["low"], band["high"]) == ([0, 1, 3, 4], [0, 1, 3, 4], [1, 2, 4, 5])


def test_points_and_their_values() -> None:
    ax = axes()
    ax.scatter([1, 2], [3, 4], c=[0.1, 0.9], label="rows")
    ax.plot([5, 6], [7, 8], "o", label="marks")
    marked, scattered = series(ax, "points")
    assert (scattered["name"], scattered["x"], scattered["y"]) == ("rows", [1, 2], [3, 4])
    assert scattered["value"] == [0.1, 0.9]
    assert (marked["name"], marked["x"], marked["y"]) == ("marks", [5, 6], [7, 8])


def test_error_bars_both_ways() -> None:
    ax = axes()
    ax.errorbar([1, 2], [10, 20], yerr=[[1, 2], [3, 4]], xerr=0.5, label="measured", capsize=3)
    (found,) = only(ax)["series"]
    assert (found["kind"], found["name"], found["x"], found["y"]) == (
        "errors",
        "measured",
        [1, 2],
        [10, 20],
    )
    assert (found["low"], found["high"]) == ([9, 18], [13, 24])
    assert (found["left"], found["right"]) == ([0.5, 1.5], [1.5, 2.5])


def test_bars_have_the_names_of_their_ticks() -> None:
    upright, level, named = axes(), axes(), axes()
    upright.bar(["SGD", "Adam"], [3, 5])
    level.barh(["L1", "L2"], [2, 4])
    named.bar([0, 1], [7, 8])
    named.set_xticks([0, 1], ["before", "after"])
    (bars,) = series(upright, "bars")
    assert (bars["x"], bars["y"]) == (["SGD", "Adam"], [3, 5])
    (bars,) = series(level, "bars")
    assert (bars["y"], bars["x"]) == (["L1", "L2"], [2, 4])
    (bars,) = series(named, "bars")
    assert (bars["x"], bars["y"]) == (["before", "after"], [7, 8])


def test_histograms() -> None:
    bars, steps = axes(), axes()
    bars.hist([0.5, 0.6, 1.5, 3.5], bins=[0, 1, 2, 4])
    steps.stairs([2, 1, 1], [0, 1, 2, 4], fill=True, label="counts")
    for ax in (bars, steps):
        (found,) = series(ax, "histogram")
        assert (found["low"], found["high"], found["y"]) == ([0, 1, 2], [1, 2, 4], [2, 1, 1])
    assert found["name"] == "counts"


def test_upright_pieces_are_spans() -> None:
    ax = axes()
    ax.vlines([1, 2], [0, 1], [5, 6])
    (found,) = series(ax, "spans")
    assert (found["x"], found["low"], found["high"]) == ([1, 2], [0, 1], [5, 6])


@pytest.mark.parametrize("origin", ["lower", "upper"])
def test_values_of_a_picture_lie_where_they_are_drawn(origin: Any) -> None:
    ax = axes()
    ax.imshow([[1.0, 2.0], [3.0, np.nan]], origin=origin, extent=(0, 4, 10, 30), aspect="auto")
    (found,) = series(ax, "grid")
    rows = dict(zip(found["y"], found["rows"], strict=True))
    at = {(x, y): row[k] for y, row in rows.items() for k, x in enumerate(found["x"])}
    first, second = (15, 25) if origin == "lower" else (25, 15)
    assert at == {(1, first): 1, (3, first): 2, (1, second): 3, (3, second): None}
    assert (found["lowest"], found["highest"]) == (1, 3)


def test_mesh_and_large_grids() -> None:
    ax = axes()
    x, y = np.linspace(0, 1, 101), np.linspace(0, 2, 51)
    ax.pcolormesh(x, y, np.add.outer(100 * (y[:-1] + 0.02), x[:-1] + 0.005))
    (found,) = series(ax, "grid")
    assert found["of"] == [50, 100]
    assert (found["x"][0], found["x"][-1], found["y"][0], found["y"][-1]) == (
        0.005,
        0.995,
        0.02,
        1.98,
    )
    for y_at, row in zip(found["y"], found["rows"], strict=True):
        assert row == pytest.approx([100 * y_at + at for at in found["x"]], rel=1e-5)


def test_lines_of_equal_height() -> None:
    ax = axes()
    at = np.linspace(-2, 2, 81)
    ax.contour(at, at, np.hypot(*np.meshgrid(at, at)), levels=[0.5, 1.5])
    (found,) = series(ax, "levels")
    assert set(found["level"]) == {0.5, 1.5}
    places = zip(found["level"], found["x"], found["y"], strict=True)
    assert all(np.hypot(x, y) == pytest.approx(level, abs=0.01) for level, x, y in places)


def test_regions_have_the_names_of_the_points_on_them() -> None:
    class Quarter:
        def predict(self, theta: Any, X: Any) -> Any:
            return ((X[:, 0] > 0) & (X[:, 1] > 0)).astype(int)

    corners = [[-1.0, -1.0], [1.0, 1.0]]
    extent = ((-1, 1), (-1, 1))
    figure = plotting.decision_regions(Quarter(), [0.0], corners, [0, 1], extent=extent)
    ax = figure.axes[0]
    (found,) = series(ax, "regions")
    assert found["shares"] == {"class 0": 0.75, "class 1": 0.25}
    for y, row in zip(found["y"], found["rows"], strict=True):
        assert row == ["class 1" if x > 0 and y > 0 else "class 0" for x in found["x"]]
    assert [one["name"] for one in series(ax, "points")] == ["class 0", "class 1"]


def test_strength_of_colour_where_replicates_disagree() -> None:
    class Votes:
        def predict(self, theta: Any, X: Any) -> Any:
            return np.array([(X[:, 0] > edge).astype(int) for edge in theta])

    theta = [-0.5, 0.5, 0.5, 0.5]
    points = [[-1.0, -1.0], [1.0, 1.0]]
    figure = plotting.decision_regions(
        Votes(), theta, points, [0, 1], extent=((-1, 1), (-1, 1)), resolution=20
    )
    (found,) = series(figure.axes[0], "grid")
    row = dict(zip(found["x"], found["rows"][0], strict=True))
    # All four agree outside; three of four between the edges, so half of what there can be.
    assert all(v == (1 if abs(x) > 0.5 else pytest.approx(0.5, abs=0.05)) for x, v in row.items())


def test_written_matrix() -> None:
    figure = plotting.matrix([[1.0, -0.5], [0.0, 0.25]], rows=["W1", "W2"], columns=["a", "b"])
    found = only(figure.axes[0])
    (cells,) = found["series"]
    assert (cells["kind"], cells["x"], cells["y"]) == ("cells", ["a", "b"], ["W1", "W2"])
    assert cells["rows"] == [[1, -0.5], [0, 0.25]]
    assert found["texts"] == []


def test_intervals() -> None:
    rows = {"He": (0.96, 0.95, 0.97), "Glorot": (0.94, 0.92, 0.96)}
    found = only(plotting.intervals(rows, xlabel="accuracy", reference=0.5).axes[0])
    (one,) = found["series"]
    assert (one["y"], one["x"]) == (["He", "Glorot"], [0.96, 0.94])
    assert (one["low"], one["high"]) == ([0.95, 0.92], [0.97, 0.96])
    assert found["marks"] == [{"kind": "vertical", "at": 0.5, "name": ""}]


def test_distributions_of_layers() -> None:
    rng = np.random.default_rng(0)
    layers = [rng.normal(size=500), rng.uniform(-1, 1, size=500)]
    found = only(plotting.layer_distributions(layers, ["first", "second"], bins=20).axes[0])
    first, second = found["series"]
    assert (first["name"], second["name"]) == ("first", "second")
    counts = np.histogram(layers[1], [*second["low"], second["high"][-1]])[0]
    assert second["y"] == pytest.approx(counts / counts.max(), abs=0.02)
    said = [(text["row"], text["text"]) for text in found["texts"]]
    assert said == [("first", f"sd {layers[0].std():.2g}"), ("second", f"sd {layers[1].std():.2g}")]


def test_paths_have_no_doubles_of_their_ends() -> None:
    path = [[2.0, 1.0], [1.0, 0.2], [0.5, 0.0]]
    figure = plotting.surface_trajectories(
        lambda w: w[..., 0] ** 2 + 4 * w[..., 1] ** 2, {"descent": path}, (-3, 3), (-2, 2)
    )
    found = only(figure.axes[0])
    line, levels = found["series"]
    assert (line["kind"], line["name"], levels["kind"]) == ("line", "descent", "levels")
    assert np.column_stack([line["x"], line["y"]]).tolist() == path


def test_panels_in_a_row_share_label_and_names() -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    for ax in (left, right):
        ax.plot([1, 2], [0, 0], color="k")
        ax.plot([1.5], [0], "o", color="k")
        ax.set_yticks([0], ["row"])
        ax.set_ylim(-1, 1)
    left.set_ylabel("loss")
    right.set_yticks([0], [])
    found = read(figure)
    assert [one["y"]["label"] for one in found] == ["loss", "loss"]
    assert [one["series"][0]["y"] for one in found] == [["row"], ["row"]]


def test_a_line_without_label_has_the_name_of_its_like_in_another_panel() -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    for ax, label in ((left, "Adam"), (right, None)):
        ax.plot([1, 2], [3, 4], color="#0072b2", linestyle="--", label=label)
    right.plot([1, 2], [5, 6], color="#0072b2", linestyle=":")
    names = [one["name"] for one in read(figure)[1]["series"]]
    assert names == ["Adam", "dotted blue line"]


def test_words_and_their_places() -> None:
    ax = axes()
    ax.plot([0, 1], [0, 1])
    ax.text(0.5, 0.25, "diverges")
    ax.annotate("best", (1, 2), xytext=(0, 7), textcoords="offset points")
    ax.text(0.1, 0.9, "corner", transform=ax.transAxes)
    assert only(ax)["texts"] == [
        {"text": "diverges", "x": 0.5, "y": 0.25},
        {"text": "best", "x": 1, "y": 2},
        {"text": "corner"},
    ]


def test_long_series_are_thinned_evenly() -> None:
    ax = axes()
    ax.plot(np.arange(3 * MOST), np.arange(3 * MOST))
    (line,) = series(ax, "line")
    assert (len(line["x"]), line["of"]) == (MOST, 3 * MOST)
    assert (line["x"][0], line["x"][-1]) == (0, 3 * MOST - 1)
    assert set(np.diff(line["x"])) <= {2, 3, 4}


def test_a_drawing_has_no_data_and_says_what_was_not_read() -> None:
    assert read(diagrams.flow({"x": "x", "y": "y"}, [("x", "y")])) == []
    ax = axes()
    ax.plot([0, 1], [0, 1])
    ax.arrow(0, 0, 1, 1)
    assert only(ax)["unread"] == ["FancyArrow"]


def test_reading_changes_nothing() -> None:
    def svg(look: bool) -> str:
        figure = plotting.curves({"a": [1, 2, 4], "b": [3, 1, 2]}, logy=True)
        if look:
            read(figure)
        return figure.to_svg()

    assert svg(look=True) == svg(look=False)


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("plain", "plain"),
        (r"$10^{-3}$ of $\hat{y}$", "10⁻³ of ŷ"),
        (r"rate / ($2 / \lambda_{max}$)", "rate / (2 / λₘₐₓ)"),
        (r"$\mathrm{E}[g^2]$", "E[g²]"),
        (r"costs \$5", "costs $5"),
        (r"$x^{Q}_{W}$", "x^Q_W"),
        ("two\nlines", "two lines"),
    ],
)
def test_labels_without_tex(label: str, text: str) -> None:
    assert plain(label) == text


def test_numbers_have_six_digits() -> None:
    assert number(1 / 3) == 0.333333
    assert number(1234567.8) == 1234570
    assert number(float("nan")) is None
    assert number(np.inf) is None


def test_colours_have_common_words() -> None:
    assert [hue(code) for code in (*plotting.COLORS, "#ffffff")] == [
        "blue",
        "orange",
        "green",
        "brown",
        "purple",
        "grey",
        "white",
    ]
