"""Diagrams: a small directed graph as boxes and arrows, in layers from top to bottom.

The layout follows Sugiyama, Tagawa and Toda (1981): give every node a layer below all its inputs,
order each layer so that few arrows cross, then find places. Places are those of Brandes and Köpf
(2002), with one of their four alignments: a node stands straight below its first input, if it can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from dlbook._figure import COLORS, DASHES, INK, WIDTH, Figure, style, subplots

__all__ = ["flow"]

Edge = tuple[str, str]
Point = tuple[float, float]

# Points (1/72 inch): the figure is as wide as the page's column, so text has its true size.
LARGEST, SMALLEST = 10.0, 7.0  # sizes of text
BETWEEN, PADDING, ROW = 12.0, 7.0, 40.0
ROOM = 72 * WIDTH - 10


def flow(
    nodes: Mapping[str, str],
    edges: Sequence[Edge],
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw a directed graph without cycles: what flows into what, from top to bottom.

    A node stands lower than all that flows into it, straight below its first input where that is
    possible. A node without inputs stands just above its first user.

    Parameters
    ----------
    nodes : dict
        Name to label; a label may have several lines.
    edges : sequence of (str, str)
        From which node to which, by name. The order of the edges into a node is that of its inputs.
    groups : dict, optional
        What a group is called to the names of its nodes, at most six: each gets a colour and a
        kind of outline, explained below the diagram. Other nodes stay plain.
    title : str, optional
        A title above the diagram.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no node, an edge or a group names one that is not there, a node is in two
        groups, edges run in a circle, or a layer is too wide to be read.

    References
    ----------
    K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system
    structures", 1981. U. Brandes, B. Köpf, "Fast and simple horizontal coordinate assignment",
    2002, sections 4.1 and 4.2.

    Examples
    --------
    >>> from dlbook.diagrams import flow
    >>> flow({"x": "x", "w": "w", "y": "y = w x"}, [("w", "y"), ("x", "y")])
    <Figure of 5.2 by 1.09 inches>
    """
    looks = _looks(nodes, edges, groups)
    parts = _Layout(list(nodes), list(dict.fromkeys(edges)))
    tall = 1 + max(label.count("\n") for label in nodes.values())
    for size in np.arange(LARGEST, SMALLEST - 0.5, -0.5):
        widths = {name: _text_width(label, size) + 2 * PADDING for name, label in nodes.items()}
        x = parts.places(widths)
        left = min(x[name] - widths[name] / 2 for name in nodes)
        right = max(x[name] + widths[name] / 2 for name in nodes)
        if right - left <= ROOM:
            break
    else:
        raise ValueError(
            f"the diagram is {right - left:.0f} points wide, {ROOM:.0f} are there: shorter labels "
            "or fewer nodes side by side are needed"
        )
    box = 1.25 * size * tall + 8
    step = ROW + box - 20.5
    shift = ROOM / 2 - (left + right) / 2
    at = {name: (x[name] + shift, -step * parts.layer[name]) for name in x}
    bottom = -step * max(parts.layer.values()) - box / 2 - 4
    legend = 0.28 * -(-len(groups) // 3) if groups else 0.0
    above = 0.3 if title else 0.0
    figure, ax = subplots(height=(box / 2 + 4 - bottom + 10) / 72 + legend + above)
    with style():
        ax.set(xlim=(-2, ROOM + 2), ylim=(bottom, box / 2 + 4), title=title or "")
        ax.set_axis_off()
        for line in parts.routes(at, widths, box):
            arrow = FancyArrowPatch(
                path=line, arrowstyle="-|>", mutation_scale=9, color=INK, linewidth=1
            )
            ax.add_patch(arrow)
        for name, label in nodes.items():
            (middle, y), wide, k = at[name], widths[name], looks.get(name)
            patch = FancyBboxPatch(
                (middle - wide / 2 + 4, y - box / 2 + 4),
                wide - 8,
                box - 8,
                boxstyle="round,pad=4,rounding_size=5",
                facecolor="none" if k is None else to_rgba(COLORS[k], 0.12),
                edgecolor=INK if k is None else COLORS[k],
                linestyle="-" if k is None else DASHES[k],
                linewidth=1.2,
            )
            ax.add_patch(patch)
            ax.text(middle, y, label, ha="center", va="center_baseline", fontsize=size)
        if groups:
            marks = []
            for k, label in enumerate(groups):
                look: dict[str, Any] = {"color": COLORS[k], "linestyle": DASHES[k]}
                marks.append(Line2D([], [], label=label, **look))
            figure.legend(handles=marks, loc="outside lower center", ncols=min(3, len(marks)))
    return figure


def _looks(
    nodes: Mapping[str, str], edges: Sequence[Edge], groups: Mapping[str, Sequence[str]] | None
) -> dict[str, int]:
    """Check all names, and return the number of each node's group."""
    if not isinstance(nodes, Mapping) or not nodes:
        raise ValueError(f"nodes is {nodes!r}: a dictionary from name to label is needed")
    for edge in edges:
        if len(edge) != 2 or not set(edge) <= set(nodes):
            raise ValueError(f"edges has {edge!r}: the names of two nodes are needed")
    looks: dict[str, int] = {}
    if groups and len(groups) > len(COLORS):
        raise ValueError(f"groups has {len(groups)} entries: at most {len(COLORS)} are possible")
    for k, (label, members) in enumerate((groups or {}).items()):
        for name in members:
            if name not in nodes or name in looks:
                raise ValueError(
                    f"groups[{label!r}] has {name!r}: the name of a node in no other group is "
                    "needed"
                )
            looks[name] = k
    return looks


def _text_width(label: str, size: float) -> float:
    lines = [line for line in label.split("\n") if line.strip()]
    return max((TextPath((0, 0), line, size=size).get_extents().width for line in lines), default=0)


class _Layout:
    """Layers, orders and places. An edge over several layers is a chain of thin extra nodes."""

    def __init__(self, names: list[str], edges: list[Edge]) -> None:
        self.layer = _layers(names, edges)
        self.chains: list[list[str]] = []
        self.inputs: dict[str, list[str]] = {name: [] for name in names}
        for a, b in edges:
            between = range(self.layer[a] + 1, self.layer[b])
            chain = [a, *(f"{a}\n{b}\n{k}" for k in between), b]
            self.layer |= dict(zip(chain[1:-1], between, strict=True))
            self.chains.append(chain)
            for above, below in pairwise(chain):
                self.inputs.setdefault(below, []).append(above)
        self.users: dict[str, list[str]] = {name: [] for name in self.layer}
        for name, given in self.inputs.items():
            for each in given:
                self.users[each].append(name)
        self.rows: list[list[str]] = [[] for _ in range(max(self.layer.values()) + 1)]
        for name, k in self.layer.items():
            self.rows[k].append(name)
        self._order()

    def _order(self) -> None:
        """Sort each layer by the mean place of its neighbours, down and up; keep the best."""
        best, fewest = [list(row) for row in self.rows], self._crossings()
        for sweep in range(8):
            near = self.users if sweep % 2 else self.inputs
            for row in self.rows[:: -1 if sweep % 2 else 1]:
                place = {n: k for each in self.rows for k, n in enumerate(each)}
                mean = {n: np.mean([place[m] for m in near[n]] or [place[n]]) for n in row}
                row.sort(key=mean.__getitem__)
            if (now := self._crossings()) < fewest:
                best, fewest = [list(row) for row in self.rows], now
        self.rows = best

    def _crossings(self) -> int:
        place = {name: k for row in self.rows for k, name in enumerate(row)}
        count = 0
        for row in self.rows[1:]:
            ends = [(place[a], place[b]) for b in row for a in self.inputs[b]]
            count += sum((a - c) * (b - d) < 0 for a, b in ends for c, d in ends)
        return count // 2

    def places(self, widths: Mapping[str, float]) -> dict[str, float]:
        """Return the middle of every node: blocks of aligned nodes, each as far left as it fits."""
        block: dict[str, str] = {}
        for above, row in pairwise([[], *self.rows]):
            place = {name: k for k, name in enumerate(above)}
            free = 0  # alignments of a layer must not cross
            for name in row:
                block[name] = name
                for each in self.inputs[name][:1]:
                    if place[each] >= free:
                        block[name] = block[each]
                        free = place[each] + 1
        x = dict.fromkeys(block.values(), 0.0)
        for _ in x:  # longest paths: each round settles at least one more block
            before = dict(x)
            for row in self.rows:
                for a, b in pairwise(row):
                    gap = (widths.get(a, 0) + widths.get(b, 0)) / 2 + BETWEEN
                    x[block[b]] = max(x[block[b]], x[block[a]] + gap)
            if x == before:
                break
        return {name: x[root] for name, root in block.items()}

    def routes(
        self, at: Mapping[str, Point], widths: Mapping[str, float], box: float
    ) -> list[Path]:
        """Return the line of every edge: straight beside boxes, bent between the layers."""
        lines = []
        for a, *between, b in self.chains:
            first, last = [*between, b][0], [a, *between][-1]
            points = [(_meets(a, first, self.users[a], at, widths[a]), at[a][1] - box / 2)]
            for name in between:
                x, y = at[name]
                points += [(x, y + box / 2), (x, y - box / 2)]
            points.append((_meets(b, last, self.inputs[b], at, widths[b]), at[b][1] + box / 2))
            lines.append(_curve(points))
        return lines


def _meets(
    name: str, other: str, neighbours: list[str], at: Mapping[str, Point], width: float
) -> float:
    """Return where the line to ``other`` meets a box: in its middle if it is straight there."""
    x = at[name][0]
    places = [at[each][0] for each in neighbours]
    order = sorted(range(len(places)), key=places.__getitem__)
    straight = [k for k, each in enumerate(order) if places[each] == x]
    middle = straight[0] if straight else (len(places) - 1) / 2
    rank = order.index(neighbours.index(other))
    return x + (rank - middle) * min(14.0, 0.7 * width / len(places))


def _curve(points: list[Point]) -> Path:
    """Return a line through the points, a bow down to every second one."""
    vertices, codes = [points[0]], [Path.MOVETO]
    for k, ((x0, y0), (x1, y1)) in enumerate(pairwise(points)):
        if k % 2:
            vertices.append((x1, y1))
            codes.append(Path.LINETO)
        else:
            half = (y0 - y1) / 2
            vertices += [(x0, y0 - half), (x1, y1 + half), (x1, y1)]
            codes += [Path.CURVE4] * 3
    return Path(np.array(vertices), codes)


def _layers(names: list[str], edges: list[Edge]) -> dict[str, int]:
    """Give each node the layer below its last input; then move those without inputs down."""
    layer = dict.fromkeys(names, 0)
    for _ in range(len(names) + 1):
        before = dict(layer)
        for a, b in edges:
            layer[b] = max(layer[b], layer[a] + 1)
        if layer == before:
            break
    else:
        raise ValueError("edges run in a circle: a graph without cycles is needed")
    below: dict[str, Any] = {name: [layer[b] for a, b in edges if a == name] for name in names}
    given = {b for _, b in edges}
    return {
        name: min(below[name]) - 1 if below[name] and name not in given else layer[name]
        for name in names
    }
