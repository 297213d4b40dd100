"""The book's figures: one look, safe for colour-blind readers, on light and on dark pages.

Every helper draws and returns the `Figure`; make it the last expression of a cell. With ``ax=`` it
draws into given axes from `subplots`. Colour is never the only cue: lines differ in their dashes,
points in their markers, classes in both.

The palette has the hues of Okabe and Ito's, adjusted so that each colour has at least 3:1 contrast
with the page; `DARK` gives every colour's twin for dark pages, `dark` exchanges them in an SVG.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import check_count, check_data, check_number, one_of
from dlbook._figure import (
    COLORS,
    DARK,
    DASHES,
    INK,
    MARKERS,
    PAPER,
    Figure,
    axes_for,
    dark,
    field,
    style,
    subplots,
)
from dlbook.evidence import bootstrap_interval

__all__ = [
    "COLORS",
    "DARK",
    "Figure",
    "curves",
    "dark",
    "decision_regions",
    "intervals",
    "layer_distributions",
    "loss_curves",
    "matrix",
    "style",
    "subplots",
    "surface_trajectories",
]

Limits = tuple[float, float]


def _labelled(name: str, items: Any) -> dict[str, Any]:
    if not isinstance(items, Mapping) or not items:
        raise ValueError(f"{name} is {items!r}: a dictionary from label to values is needed")
    if len(items) > len(COLORS):
        raise ValueError(
            f"{name} has {len(items)} entries: at most {len(COLORS)} can be told apart"
        )
    return {str(label): values for label, values in items.items()}


def _limits(name: str, pair: Any) -> Limits:
    low, high = (float(end) for end in pair)
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"{name} is {pair!r}: two finite numbers, low and high, are needed")
    return low, high


def _points(X: NDArray[Any], y: NDArray[Any], ax: Axes) -> None:
    for k in range(int(y.max()) + 1):
        chosen = X[y == k]
        if len(chosen):
            ax.plot(
                chosen[:, 0],
                chosen[:, 1],
                linestyle="none",
                marker=MARKERS[k],
                markersize=4.2,
                markeredgewidth=0.5,
                markeredgecolor=PAPER,
                color=COLORS[k],
                label=f"class {k}",
            )


def decision_regions(
    network: Any,
    theta: ArrayLike,
    X: ArrayLike,
    y: ArrayLike,
    *,
    extent: tuple[Limits, Limits] | None = None,
    resolution: int = 100,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Show which class a network gives to every point of the plane, with the data on top.

    One network: the regions of its classes. Replicates: each point has the colour of the class that
    most of them choose, the stronger the more of them agree; where they are split the page shows
    through. The line is the border of the (majority's) regions.

    Parameters
    ----------
    network : MLP
        Anything with ``predict(theta, X)`` that gives integer labels (n,) or (replicates, n).
    theta : array_like
        Parameters of shape (P,) or (replicates, P).
    X : array_like
        Points of shape (n, 2).
    y : array_like
        Labels of shape (n,), at most six classes.
    extent : ((float, float), (float, float)), optional
        Limits of both axes; by default the data with a margin.
    resolution : int
        Grid points along each axis.
    title : str, optional
        A title for the panel.
    ax : Axes, optional
        Axes to draw into.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If `X` does not have two columns, `y` does not fit, or there are more than six classes.

    Examples
    --------
    >>> from dlbook.plotting import decision_regions
    >>> class Halves:
    ...     def predict(self, theta, X):
    ...         return (X[:, 0] > theta[0]).astype(int)
    >>> decision_regions(Halves(), [0.0], [[-1.0, 0.0], [1.0, 0.5]], [0, 1])
    <Figure of 5.2 by 3.4 inches>
    """
    data, labels = check_data(X, 2), np.asarray(y)
    if data.ndim != 2 or labels.shape != data.shape[:1]:
        raise ValueError(
            f"y has shape {labels.shape}, X has shape {data.shape}: (n,) and (n, 2) are needed"
        )
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= len(COLORS):
        raise ValueError(f"y has other labels than the integers 0 to {len(COLORS) - 1}")
    check_count("resolution", resolution, at_least=2)
    if extent is None:
        low, high = data.min(axis=0), data.max(axis=0)
        margin = 0.08 * np.maximum(high - low, 1e-9)
        extent = tuple(zip(low - margin, high + margin, strict=True))  # type: ignore[assignment]
    assert extent is not None
    (left, right), (bottom, top) = (_limits("extent", pair) for pair in extent)
    xs, ys = np.linspace(left, right, resolution), np.linspace(bottom, top, resolution)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    # In blocks, so that many replicates stay small in memory.
    blocks = np.array_split(grid, max(1, len(grid) // 2000))
    votes = np.concatenate([np.asarray(network.predict(theta, b)) for b in blocks], axis=-1)
    votes = votes.reshape(-1, len(grid))
    classes = max(int(votes.max()), int(labels.max())) + 1
    if classes > len(COLORS):
        raise ValueError(f"the network gives {classes} classes: at most {len(COLORS)} can be shown")
    shares = np.stack([(votes == k).mean(axis=0) for k in range(classes)])
    shares = shares.reshape(classes, resolution, resolution)
    chosen = shares.argmax(axis=0)
    agreement = (shares.max(axis=0) - 1 / classes) / (1 - 1 / classes)

    figure, ax = axes_for(ax)
    with style():
        ax.imshow(
            field(0.34 * agreement, chosen),
            origin="lower",
            extent=(left, right, bottom, top),
            aspect="auto",
            interpolation="none",
        )
        for k in range(1 if classes == 2 else 0, classes):
            # The class's lead over the best other one is 0 on its border.
            lead = shares[k] - np.delete(shares, k, axis=0).max(axis=0)
            if lead.min() < 0 < lead.max():
                ax.contour(xs, ys, lead, levels=[0.0], colors=[INK], linewidths=1.1)
        _points(data, labels, ax)
        ax.set(xlim=(left, right), ylim=(bottom, top), xlabel="$x_1$", ylabel="$x_2$")
        ax.grid(False)
        if title is not None:
            ax.set_title(title)
    return figure


def curves(
    lines: Mapping[str, ArrayLike],
    x: ArrayLike | Mapping[str, ArrayLike] | None = None,
    *,
    xlabel: str = "",
    ylabel: str = "",
    logx: bool = False,
    logy: bool = False,
    center: str = "mean",
    level: float = 0.95,
    markers: bool | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw labelled curves, with a band where there are replicates.

    Parameters
    ----------
    lines : dict
        Label to values, at most six: shape (T,), or (T, R) for R replicates.
    x : array_like or dict, optional
        Where the values lie, shape (T,); by default 0, 1, 2, … A dictionary gives each label its
        own.
    xlabel, ylabel : str
        Names of the axes, with units.
    logx, logy : bool
        Logarithmic axes.
    center : {"mean", "median"}
        The line of replicates. Around the mean the band is its bootstrap interval, around the
        median it holds the middle share `level` of the replicates.
    level : float
        Level of the band, between 0 and 1.
    markers : bool, optional
        Mark the single values; by default if there are at most 15.
    title : str, optional
        A title for the panel.
    ax : Axes, optional
        Axes to draw into.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a shape does not fit, or there are no lines or too many.

    Notes
    -----
    Of more than 250 values an even choice of 250 is drawn, so that the figure stays small. Values
    that are not finite leave a gap.

    Examples
    --------
    >>> from dlbook.plotting import curves
    >>> curves({"square": [0, 1, 4, 9]}, xlabel="side", ylabel="area")
    <Figure of 5.2 by 3.4 inches>
    """
    one_of("center", center, ("mean", "median"))
    check_number("level", level, above=0, below=1)
    drawn = {}
    for label, values in _labelled("lines", lines).items():
        array = np.asarray(values, dtype=np.float64)
        own = x.get(label) if isinstance(x, Mapping) else x
        where = np.arange(len(array)) if x is None and array.ndim else np.asarray(own, dtype=float)
        if array.ndim not in (1, 2) or array.size == 0 or where.shape != array.shape[:1]:
            raise ValueError(
                f"lines[{label!r}] has shape {array.shape}, x has shape {where.shape}: (T,) or "
                "(T, replicates), and (T,), are needed"
            )
        kept = np.unique(np.linspace(0, len(array) - 1, min(len(array), 250)).round().astype(int))
        drawn[label] = where[kept], array[kept]
    figure, ax = axes_for(ax)
    with style():
        for k, (label, (where, array)) in enumerate(drawn.items()):
            marked = len(where) <= 15 if markers is None else markers
            line, band = _line_and_band(array, center, level)
            ax.plot(
                where,
                line,
                color=COLORS[k],
                linestyle=DASHES[k],
                marker=MARKERS[k] if marked else None,
                label=label,
            )
            if band is not None:
                ax.fill_between(where, *band, color=COLORS[k], alpha=0.2, linewidth=0)
        ax.set(xlabel=xlabel, ylabel=ylabel)
        if logx:
            ax.set_xscale("log")
        if logy:
            ax.set_yscale("log")
        if title is not None:
            ax.set_title(title)
        if len(drawn) > 1:
            ax.legend()
    return figure


def _line_and_band(
    array: NDArray[np.float64], center: str, level: float
) -> tuple[NDArray[np.float64], tuple[Any, Any] | None]:
    if array.ndim == 1:
        return array, None
    if center == "median":
        low, line, high = np.nanquantile(array, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=1)
        return line, (low, high)
    finite = np.isfinite(array).all(axis=1)
    line = np.where(finite, array.mean(axis=1), np.nan)
    if array.shape[1] < 2 or not finite.any():
        return line, None
    band = np.full((2, len(array)), np.nan)
    found = bootstrap_interval(array[finite], level, resamples=1000, axis=1)
    band[:, finite] = found.low, found.high
    return line, (band[0], band[1])


def loss_curves(
    runs: Mapping[str, Any],
    *,
    steps: ArrayLike | None = None,
    log: bool = True,
    quantity: str = "loss",
    center: str = "mean",
    level: float = 0.95,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw how the loss falls, one line a run, with a band where there are replicates.

    Parameters
    ----------
    runs : dict
        Label to a `History` (or a run that has one), or to values of shape (T,) or (T, R).
    steps : array_like, optional
        Steps of the values, shape (T,); a history brings its own.
    log : bool
        Logarithmic loss axis.
    quantity : str
        Attribute of a history to draw, such as ``"loss"`` or ``"validation_accuracy"``.
    center, level, title, ax
        As for `curves`.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the runs were not recorded at the same steps, or a shape does not fit.

    Examples
    --------
    >>> from dlbook.plotting import loss_curves
    >>> loss_curves({"slow": [1.0, 0.9, 0.8], "fast": [1.0, 0.5, 0.2]}, steps=[0, 100, 200])
    <Figure of 5.2 by 3.4 inches>
    """
    lines: dict[str, Any] = {}
    for label, run in _labelled("runs", runs).items():
        history = getattr(run, "history", run)
        lines[label] = getattr(history, quantity, history)
        if hasattr(history, "step"):
            if steps is None:
                steps = history.step
            elif not np.array_equal(steps, history.step):
                raise ValueError(f"runs[{label!r}] was recorded at other steps than those before")
    return curves(
        lines,
        steps,
        xlabel="step",
        ylabel=quantity.replace("_", " "),
        logy=log,
        center=center,
        level=level,
        markers=False,
        title=title,
        ax=ax,
    )


def layer_distributions(
    values: Sequence[ArrayLike],
    labels: Sequence[str] | None = None,
    *,
    xlabel: str = "value",
    bins: int = 60,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw one histogram a layer, the first layer on top, all on the same axis.

    Each histogram is scaled to the same height; the layer's standard deviation stands beside it.

    Parameters
    ----------
    values : sequence of array_like
        One array a layer, of any shape; at most 12.
    labels : sequence of str, optional
        Names of the layers; by default "layer 1", "layer 2", …
    xlabel : str
        Name of what is shown.
    bins : int
        Number of bins over the middle 99.8 % of all values.
    title : str, optional
        A title for the panel.
    ax : Axes, optional
        Axes to draw into.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a layer is empty or has values that are not finite, there are no layers or more than 12,
        or `labels` does not fit.

    Examples
    --------
    >>> from dlbook.plotting import layer_distributions
    >>> layer_distributions([[0.0, 1.0, 1.0], [0.2, 0.3, 0.1]])
    <Figure of 5.2 by 2.05 inches>
    """
    layers = [np.asarray(layer, dtype=np.float64).ravel() for layer in values]
    names = [f"layer {k + 1}" for k in range(len(layers))] if labels is None else list(labels)
    if not 1 <= len(layers) <= 12 or len(names) != len(layers):
        raise ValueError(
            f"values has {len(layers)} layers, labels has {len(names)}: 1 to 12 layers and a label "
            "for each are needed"
        )
    check_count("bins", bins)
    for k, layer in enumerate(layers):
        if layer.size == 0 or not np.isfinite(layer).all():
            raise ValueError(f"values[{k}] is empty or not finite: finite numbers are needed")
    low = min(float(np.quantile(layer, 0.001)) for layer in layers)
    high = max(float(np.quantile(layer, 0.999)) for layer in layers)
    if high <= low:
        low, high = low - 0.5, low + 0.5
    edges = np.linspace(low, high, bins + 1)
    figure, ax = axes_for(ax, height=1.15 + 0.45 * len(layers))
    with style():
        for k, layer in enumerate(layers):
            counts = np.histogram(layer, edges)[0]
            base = len(layers) - 1 - k
            heights = base + 0.85 * counts / max(int(counts.max()), 1)
            face = to_rgba(COLORS[0], 0.45)
            ax.stairs(heights, edges, baseline=base, fill=True, fc=face, ec=COLORS[0], lw=1)
            ax.annotate(
                f"sd {layer.std():.2g}",
                (1.02, base + 0.12),
                xycoords=ax.get_yaxis_transform(),
                fontsize=9,
            )
        ax.set_yticks(range(len(layers))[::-1], names, va="bottom")
        ax.set(xlabel=xlabel, ylim=(-0.05, len(layers)))
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        if title is not None:
            ax.set_title(title)
    return figure


def surface_trajectories(
    f: Callable[[NDArray[np.float64]], ArrayLike],
    paths: Mapping[str, ArrayLike],
    xlim: Limits,
    ylim: Limits,
    *,
    levels: int = 14,
    xlabel: str = r"$\theta_1$",
    ylabel: str = r"$\theta_2$",
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw the paths of optimizers over the contour lines of a function of two parameters.

    A ring marks the start of a path, its marker repeats along the way, and a larger one ends it.

    Parameters
    ----------
    f : callable
        Takes points of shape (n, 2), gives values of shape (n,).
    paths : dict
        Label to points of shape (T, 2), at most six.
    xlim, ylim : (float, float)
        Limits of the two parameters.
    levels : int
        Number of contour lines; each level leaves out an equal share of the area.
    xlabel, ylabel : str
        Names of the two parameters.
    title : str, optional
        A title for the panel.
    ax : Axes, optional
        Axes to draw into.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a path is not (T, 2), `f` gives another shape, or the limits are not in order.

    Examples
    --------
    >>> from dlbook.plotting import surface_trajectories
    >>> bowl = lambda w: w[..., 0] ** 2 + 4 * w[..., 1] ** 2
    >>> path = [[2.0, 1.0], [1.0, 0.2], [0.5, 0.0]]
    >>> surface_trajectories(bowl, {"descent": path}, (-3, 3), (-2, 2))
    <Figure of 5.2 by 3.4 inches>
    """
    (left, right), (bottom, top) = _limits("xlim", xlim), _limits("ylim", ylim)
    check_count("levels", levels)
    routes = {}
    for label, path in _labelled("paths", paths).items():
        route = np.asarray(path, dtype=np.float64)
        if route.ndim != 2 or route.shape[1] != 2 or len(route) == 0:
            raise ValueError(f"paths[{label!r}] has shape {route.shape}: (T, 2) is needed")
        kept = np.linspace(0, len(route) - 1, min(len(route), 400)).round().astype(int)
        routes[label] = route[np.unique(kept)]
    xs, ys = np.linspace(left, right, 81), np.linspace(bottom, top, 81)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    heights = np.asarray(f(grid), dtype=np.float64)
    if heights.shape != grid.shape[:1]:
        raise ValueError(
            f"f gives shape {heights.shape} for points of shape {grid.shape}: one value a point "
            "is needed"
        )
    finite = heights[np.isfinite(heights)]
    lines = np.unique(np.quantile(finite, np.linspace(0, 1, levels + 2)[1:-1]))
    figure, ax = axes_for(ax)
    with style():
        ax.contour(xs, ys, heights.reshape(81, 81), lines, colors=[INK], linewidths=0.7, alpha=0.4)
        for k, (label, route) in enumerate(routes.items()):
            look: dict[str, Any] = {"color": COLORS[k], "marker": MARKERS[k]}
            every = max(1, len(route) // 12)
            ax.plot(*route.T, linestyle=DASHES[k], markevery=every, label=label, **look)
            ax.plot(*route[0], **(look | {"marker": "o"}), markerfacecolor="none", markersize=9)
            ax.plot(*route[-1], **look, markersize=9, markeredgecolor=PAPER)
        ax.set(xlim=(left, right), ylim=(bottom, top), xlabel=xlabel, ylabel=ylabel)
        ax.grid(False)
        if title is not None:
            ax.set_title(title)
        ax.legend(frameon=True, facecolor=PAPER, edgecolor="none", framealpha=0.8)
    return figure


def intervals(
    rows: Mapping[str, Any],
    *,
    xlabel: str = "",
    reference: float | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw one dot with its interval a row, the first on top.

    Parameters
    ----------
    rows : dict
        Label to an `Interval` or `Difference`: anything with ``mean``, ``low`` and ``high``, or
        those three numbers.
    xlabel : str
        Name of what is measured, with its unit.
    reference : float, optional
        A value to compare with, such as 0 for differences: a dashed line.
    title : str, optional
        A title for the panel.
    ax : Axes, optional
        Axes to draw into.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no row, or a row's three numbers are not finite and in order.

    Examples
    --------
    >>> from dlbook.plotting import intervals
    >>> intervals({"He": (0.96, 0.95, 0.97), "Glorot": (0.94, 0.92, 0.96)}, xlabel="accuracy")
    <Figure of 5.2 by 1.75 inches>
    """
    if not isinstance(rows, Mapping) or not rows:
        raise ValueError(f"rows is {rows!r}: a dictionary from label to interval is needed")
    ends = {}
    for label, row in rows.items():
        three = (row.mean, row.low, row.high) if hasattr(row, "low") else tuple(row)
        numbers = np.asarray(three, dtype=np.float64)
        if numbers.shape != (3,) or not np.isfinite(numbers).all() or numbers[1] > numbers[2]:
            raise ValueError(f"rows[{label!r}] is {row!r}: mean, low and high are needed")
        ends[str(label)] = numbers
    figure, ax = axes_for(ax, height=0.95 + 0.4 * len(ends))
    with style():
        if reference is not None:
            ax.axvline(check_number("reference", reference), color=INK, linewidth=1, linestyle="--")
        for k, (mean, low, high) in enumerate(ends.values()):
            ax.plot([low, high], [k, k], color=COLORS[0], linestyle="-", linewidth=2.4)
            ax.plot(mean, k, marker="o", color=COLORS[0], markersize=7)
        ax.set_yticks(range(len(ends)), list(ends))
        ax.set(ylim=(len(ends) - 0.5, -0.5), xlabel=xlabel)
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.grid(axis="y", visible=False)
        if title is not None:
            ax.set_title(title)
    return figure


def matrix(
    array: ArrayLike,
    *,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    fmt: str = ".2f",
    xlabel: str = "",
    ylabel: str = "",
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Show a small matrix as coloured cells with their values.

    Positive values are blue, negative ones orange, the deeper the further from 0.

    Parameters
    ----------
    array : array_like
        Finite values of shape (rows, columns), at most 12 by 12.
    rows, columns : sequence of str, optional
        Names of the rows and columns; by default their numbers.
    fmt : str
        Format of a value, as for `format`.
    xlabel, ylabel : str
        Names of the axes.
    title : str, optional
        A title for the panel.
    ax : Axes, optional
        Axes to draw into.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the shape is not (rows, columns), is over 12 by 12, or does not fit the names; or if a
        value is not finite.

    Examples
    --------
    >>> from dlbook.plotting import matrix
    >>> matrix([[1.0, -0.5], [0.0, 0.25]], rows=["W1", "W2"])
    <Figure of 5.2 by 1.7 inches>
    """
    values = np.asarray(check_data(array, name="array"), dtype=np.float64)
    if values.ndim != 2 or max(values.shape) > 12:
        raise ValueError(f"array has shape {values.shape}: (rows, columns) up to 12 is needed")
    names = []
    for name, given, count in zip(("rows", "columns"), (rows, columns), values.shape, strict=True):
        names.append([str(i) for i in range(count)] if given is None else list(given))
        if len(names[-1]) != count:
            raise ValueError(f"{name} has {len(names[-1])} names, array has {count} {name}")
    strength = np.abs(values) / max(float(np.abs(values).max()), 1e-300)
    figure, ax = axes_for(ax, height=0.9 + 0.4 * len(values))
    with style():
        ax.imshow(field(0.6 * strength, (values < 0).astype(int)), aspect="auto")
        size = 10 if values.shape[1] <= 6 else 8
        for (i, j), value in np.ndenumerate(values):
            ax.text(j, i, format(value, fmt), ha="center", va="center", fontsize=size)
        ax.set_yticks(range(len(names[0])), names[0])
        ax.set_xticks(range(len(names[1])), names[1])
        ax.set(xlabel=xlabel, ylabel=ylabel)
        ax.grid(False)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        if title is not None:
            ax.set_title(title)
    return figure
