"""Read what fills an area: pictures, meshes and lines of equal height."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex
from matplotlib.contour import ContourSet
from matplotlib.image import AxesImage
from matplotlib.path import Path

from .words import hue, number, numbers, plain

Series = dict[str, Any]
SMALL = 32  # rows or columns that are kept as they are
COARSE = 24  # rows and columns of what is larger
COLOURS = 12  # of regions; what has more is a photograph
EDGE = 60  # points of a line of equal height


def kept(count: int) -> Any:
    """Return which rows or columns stand for all."""
    if count <= SMALL:
        return np.arange(count)
    return np.linspace(0, count - 1, COARSE).round().astype(int)


def middles(low: float, high: float, count: int) -> Any:
    """Return the middles of equal parts."""
    return low + (np.arange(count) + 0.5) * (high - low) / count


def image(
    picture: AxesImage,
    ax: Axes,
    colours: Mapping[str, str],
    rows: Mapping[float, str],
    columns: Mapping[float, str],
) -> Iterator[Series]:
    """Yield the values of a picture: those in its cells, its colours and their strength, a grid."""
    array: Any = np.ma.asarray(picture.get_array())
    left, right, bottom, top = picture.get_extent()
    tall, wide = array.shape[:2]
    x = middles(left, right, wide)
    # The first row of the array lies at the bottom or at the top, as `origin` says.
    y = middles(bottom, top, tall) if picture.origin == "lower" else middles(top, bottom, tall)
    written = written_in(ax, x, y)
    alpha: Any = picture.get_alpha()
    if written is not None:
        x = np.array([columns.get(float(at), number(at)) for at in x], dtype=object)
        y = np.array([rows.get(float(at), number(at)) for at in y], dtype=object)
        yield condensed({"kind": "cells", "name": "", "rows": written}, x, y)
        return
    if array.ndim == 3 and len(np.unique(array[..., :3].reshape(-1, 3), axis=0)) > COLOURS:
        yield condensed(
            {"kind": "grid", "name": "brightness", "rows": array[..., :3].mean(2)}, x, y
        )
        return
    if array.ndim == 2 and np.ndim(alpha) < 2:
        values = np.ma.filled(array.astype(float), np.nan)
        yield condensed({"kind": "grid", "name": "", "rows": values}, x, y)
        return
    pixels: Any = array if array.ndim == 3 else picture.cmap(picture.norm(array))
    if np.ndim(alpha) == 2:
        pixels = np.dstack([pixels[..., :3], np.asarray(alpha)])
    names, which, strength = regions(np.asarray(pixels), colours)
    shares = {name: number((which == k).mean()) for k, name in enumerate(names)}
    words = np.array([*names, ""], dtype=object)[which]
    yield condensed({"kind": "regions", "name": "", "rows": words, "shares": shares}, x, y)
    if len(np.unique(strength)) > 1:
        strength = strength / strength.max()
        yield condensed({"kind": "grid", "name": "strength of the colour", "rows": strength}, x, y)


def condensed(series: Series, x: Any, y: Any) -> Series:
    """Return an area with few enough rows and columns, its range and its size."""
    grid = series["rows"]
    if series["kind"] == "grid":
        finite = grid[np.isfinite(grid)]
        series["lowest"] = number(finite.min()) if finite.size else None
        series["highest"] = number(finite.max()) if finite.size else None
    down, across = kept(grid.shape[0]), kept(grid.shape[1])
    few = grid[np.ix_(down, across)]
    series["rows"] = few.tolist() if few.dtype == object else [numbers(row) for row in few]
    series["x"], series["y"] = places(x[across]), places(y[down])
    if len(down) * len(across) < grid.size:
        series["of"] = list(grid.shape)
    return series


def places(values: Any) -> list[Any]:
    """Return coordinates, or names as they are."""
    return list(values) if values.dtype == object else numbers(values)


def written_in(ax: Axes, x: Any, y: Any) -> Any:
    """Return the numbers that stand in the cells of a picture, if there is one in each."""
    found = np.full((len(y), len(x)), np.nan)
    if len(ax.texts) < found.size:
        return None
    for text in ax.texts:
        at, up = text.get_position()
        where = np.flatnonzero(np.isclose(y, up)), np.flatnonzero(np.isclose(x, at))
        try:
            found[np.ix_(*where)] = float(plain(text.get_text()).replace("−", "-").rstrip("%"))
        except ValueError:
            continue
    return found if np.isfinite(found).all() else None


def regions(pixels: Any, colours: Mapping[str, str]) -> tuple[list[str], Any, Any]:
    """Return the names of a picture's colours, which each pixel has (-1: none), and how strongly.

    A colour has the name of the points or lines of the axes that are drawn in it.
    """
    if pixels.dtype.kind in "ui":
        pixels = pixels / 255.0
    strength = pixels[..., 3] if pixels.shape[2] == 4 else np.ones(pixels.shape[:2])
    found, which = np.unique(pixels[..., :3].reshape(-1, 3), axis=0, return_inverse=True)
    which = which.reshape(strength.shape)
    seen = [k for k in range(len(found)) if (strength[which == k] > 0).any()]
    names = [colours.get(to_hex(found[k]), hue(to_hex(found[k]))) for k in seen]
    places = np.full(len(found), -1)
    places[seen] = np.arange(len(seen))
    return names, np.where(strength > 0, places[which], -1), strength


def outlines(path: Path) -> list[Any]:
    """Return the pieces of a line."""
    return [np.asarray(piece) for piece in path.to_polygons(closed_only=False)]


def surface(collection: Any, name: str) -> Iterator[Series]:
    """Yield the lines of equal height, or a mesh of colours."""
    if isinstance(collection, ContourSet):
        # What is filled lies between two levels; it has the name of the upper one.
        steps = list(collection.levels)[1 if collection.filled else 0 :]
        pieces: list[Any] = [
            (
                level,
                piece[np.linspace(0, len(piece) - 1, min(len(piece), EDGE)).round().astype(int)],
            )
            for level, path in zip(steps, collection.get_paths(), strict=False)
            for piece in outlines(path)
            if len(piece)
        ]
        if pieces:
            points = np.concatenate([piece for _, piece in pieces])
            heights = np.repeat([level for level, _ in pieces], [len(p) for _, p in pieces])
            columns = {"level": heights, "x": points[:, 0], "y": points[:, 1]}
            listed = {key: numbers(values) for key, values in columns.items()}
            yield {"kind": "levels", "name": name, **listed}
    elif isinstance(collection, QuadMesh) and (given := collection.get_array()) is not None:
        corners = np.asarray(collection.get_coordinates())
        middle = (corners[:-1, :-1] + corners[1:, :-1] + corners[:-1, 1:] + corners[1:, 1:]) / 4
        shape = middle.shape[:2] if given.size == middle[..., 0].size else None
        if shape:
            grid: Any = np.ma.filled(np.ma.asarray(given, float), np.nan)
            series = {"kind": "grid", "name": name, "rows": grid.reshape(shape)}
            yield condensed(series, middle[0, :, 0], middle[:, 0, 1])
