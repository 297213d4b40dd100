"""Diagrams: where nodes and arrows come to lie, what is drawn, and bad input."""

import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from dlbook._figure import COLORS
from dlbook.diagrams import flow
from dlbook.plotting import dark

NETWORK = {name: name for name in ("X", "W1", "product", "b1", "sum", "relu", "W2", "logits")}
FLOWS = [
    ("X", "product"),
    ("W1", "product"),
    ("product", "sum"),
    ("b1", "sum"),
    ("sum", "relu"),
    ("relu", "logits"),
    ("W2", "logits"),
]


def texts(figure):
    return {text.get_text(): text for text in figure.axes[0].texts}


def places(figure):
    return {label: np.array(text.get_position()) for label, text in texts(figure).items()}


def arrows(figure):
    """Return the first and the last point of every arrow, in the order of the edges."""
    drawn = [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
    return [patch._path_original.vertices[[0, -1]] for patch in drawn]


def lines(figure):
    drawn = [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
    return [patch._path_original for patch in drawn]


def boxes(figure):
    """Return left, bottom, right and top of every box, by its label."""
    drawn = [p for p in figure.axes[0].patches if isinstance(p, FancyBboxPatch)]
    found = {}
    for label, patch in zip(texts(figure), drawn, strict=True):
        x, y, pad = patch.get_x(), patch.get_y(), 4
        wide, tall = patch.get_width(), patch.get_height()
        found[label] = np.array([x - pad, y - pad, x + wide + pad, y + tall + pad])
    return found


def test_all_labels_and_arrows_are_drawn():
    figure = flow(NETWORK, FLOWS, title="network")
    assert set(texts(figure)) == set(NETWORK)
    assert len(arrows(figure)) == len(FLOWS)
    assert figure.axes[0].get_title() == "network"


def test_arrows_point_down_from_rim_to_rim():
    figure = flow(NETWORK, FLOWS)
    box = boxes(figure)
    for (a, b), (start, end) in zip(FLOWS, arrows(figure), strict=True):
        assert start[1] == pytest.approx(box[a][1])
        assert end[1] == pytest.approx(box[b][3])
        assert box[a][0] < start[0] < box[a][2]
        assert box[b][0] < end[0] < box[b][2]
        assert start[1] > end[1]


def test_a_node_stands_below_its_first_input_and_a_parameter_above_its_user():
    at = places(flow(NETWORK, FLOWS))
    spine = ["X", "product", "sum", "relu", "logits"]
    assert len({at[name][0] for name in spine}) == 1
    assert len({at[name][1] for name in spine}) == 5
    assert at["W2"][1] == at["relu"][1]
    assert at["b1"][1] == at["product"][1]


def test_boxes_do_not_overlap():
    nodes = {f"n{k}": "o" * (k % 3 + 1) + str(k) for k in range(12)}
    edges = [(f"n{a}", f"n{b}") for a in range(12) for b in range(a + 1, 12) if (a * b) % 5 == 1]
    box = list(boxes(flow(nodes, edges)).values())
    for k, a in enumerate(box):
        for b in box[k + 1 :]:
            apart = a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
            assert apart


def test_a_long_arrow_goes_around_the_boxes_between():
    chain = {name: f"node {name}" for name in "abcde"}
    edges = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"), ("a", "e")]
    figure = flow(chain, edges)
    box = boxes(figure)
    points = lines(figure)[-1].interpolated(20).vertices
    for name in "bcd":
        left, bottom, right, top = box[f"node {name}"]
        x = points[(points[:, 1] > bottom) & (points[:, 1] < top), 0]
        assert len(x)
        assert ((x < left) | (x > right)).all()


def test_layers_are_sorted_so_that_fewer_arrows_cross():
    nodes = {name: name for name in ("a", "b", "c", "x", "y", "z")}
    figure = flow(nodes, [("a", "z"), ("b", "y"), ("c", "x")])
    ends = np.array(arrows(figure))[:, :, 0]
    assert (np.argsort(ends[:, 0]) == np.argsort(ends[:, 1])).all()


def test_a_repeated_edge_is_drawn_once():
    assert len(arrows(flow({"a": "a", "b": "b"}, [("a", "b"), ("a", "b")]))) == 1


def test_groups_are_coloured_outlined_and_explained():
    figure = flow(NETWORK, FLOWS, groups={"input": ["X"], "parameters": ["W1", "b1", "W2"]})
    svg = figure.to_svg()
    assert COLORS[0] in svg
    assert COLORS[1] in svg
    assert dark(svg) != svg
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["input", "parameters"]


def test_the_same_graph_gives_the_same_file():
    assert flow(NETWORK, FLOWS).to_svg() == flow(NETWORK, FLOWS).to_svg()


def test_text_shrinks_before_a_layer_is_refused():
    wide = {f"n{k}": "a label of some length" for k in range(3)}
    assert texts(flow(wide, []))["a label of some length"].get_fontsize() < 10
    with pytest.raises(ValueError, match="points wide"):
        flow(wide | {"n4": "a label of some length"}, [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (({}, []), "nodes is"),
        (({"a": "a"}, [("a", "b")]), "names of two nodes"),
        (({"a": "a", "b": "b"}, [("a", "b"), ("b", "a")]), "circle"),
        (({"a": "a"}, [("a", "a")]), "circle"),
    ],
)
def test_bad_graphs(arguments, said):
    with pytest.raises(ValueError, match=said):
        flow(*arguments)


@pytest.mark.parametrize("groups", [{"g": ["b"]}, {"g": ["a"], "h": ["a"]}])
def test_bad_groups(groups):
    with pytest.raises(ValueError, match="no other group"):
        flow({"a": "a"}, [], groups=groups)


def test_too_many_groups():
    nodes = {str(k): str(k) for k in range(7)}
    with pytest.raises(ValueError, match="at most 6"):
        flow(nodes, [], groups={name: [name] for name in nodes})
