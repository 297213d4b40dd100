"""Checks at the door: one sentence names the argument, what came and what was expected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Generator = np.random.Generator | np.random.RandomState
Rng = int | Generator


def as_generator(rng: Rng) -> Generator:
    """Return the generator itself, or a new one from an integer seed."""
    if isinstance(rng, np.random.Generator | np.random.RandomState):
        return rng
    if isinstance(rng, int | np.integer) and not isinstance(rng, bool) and rng >= 0:
        return np.random.default_rng(int(rng))
    raise TypeError(
        f"rng is {rng!r}: a numpy.random.Generator, a RandomState or a seed (an integer "
        "of 0 or more) is needed"
    )


def check_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """Return float64 or float32 as a NumPy dtype and refuse the rest."""
    try:
        kind = np.dtype(dtype)
    except TypeError:
        kind = np.dtype(object)
    if kind.name not in ("float32", "float64"):
        raise TypeError(f"dtype is {dtype!r}: float32 or float64 is needed")
    return kind


def check_number(
    name: str,
    value: Any,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
) -> float:
    """Return a finite number inside the range as a float."""
    words = []
    if above is not None:
        words.append(f"above {above:g}")
    if at_least is not None:
        words.append(f"of at least {at_least:g}")
    if below is not None:
        words.append(f"below {below:g}")
    if at_most is not None:
        words.append(f"of at most {at_most:g}")
    wanted = "a finite number" + (" " + " and ".join(words) if words else "")
    if isinstance(value, bool | np.bool_) or not isinstance(
        value, int | float | np.integer | np.floating
    ):
        raise TypeError(f"{name} is {value!r}: {wanted} is needed")
    number = float(value)
    inside = (
        np.isfinite(number)
        and (above is None or number > above)
        and (at_least is None or number >= at_least)
        and (below is None or number < below)
        and (at_most is None or number <= at_most)
    )
    if not inside:
        raise ValueError(f"{name} is {value!r}: {wanted} is needed")
    return number


def check_count(name: str, value: Any, *, at_least: int = 1) -> int:
    """Return a whole number of at least ``at_least`` as an int."""
    wanted = f"a whole number of at least {at_least} is needed"
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} is {value!r}: {wanted}")
    if value < at_least:
        raise ValueError(f"{name} is {value!r}: {wanted}")
    return int(value)


def one_of(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return the value if it is one of the known names."""
    known = list(choices)
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} is {value!r}: one of {', '.join(known)} is needed")
    return value


def as_array(values: ArrayLike, name: str) -> NDArray[Any]:
    """Return an array, or say that the rows differ in length."""
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} has rows of different lengths: equal ones are needed") from None


def check_data(X: ArrayLike, n_features: int | None = None, name: str = "X") -> NDArray[Any]:
    """Return finite data ``(rows, features)`` or ``(replicates, rows, features)`` as an array."""
    array = as_array(X, name)
    features = "features" if n_features is None else str(n_features)
    if array.dtype.kind not in "fiub" or array.dtype == np.float16:
        raise TypeError(
            f"{name} has dtype {array.dtype}: real numbers in float32, float64 or integers are "
            "needed"
        )
    if array.ndim not in (2, 3) or (n_features is not None and array.shape[-1] != n_features):
        raise ValueError(
            f"{name} has shape {array.shape}: (rows, {features}) or "
            f"(replicates, rows, {features}) is needed"
        )
    if array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}: at least one row is needed")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(array))[0]
        where = ", ".join(str(int(i)) for i in bad)
        raise ValueError(
            f"{name} has {array[tuple(bad)]} at [{where}]: finite numbers are needed everywhere"
        )
    return array
