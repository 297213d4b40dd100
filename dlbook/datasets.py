"""Small datasets, and what is done to them before training.

Every generator returns ``X`` of shape (n, features) in float64 and integer labels ``y`` of shape
(n,). `rng` is a `numpy.random.Generator`, a seed for one, or a `numpy.random.RandomState`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import Generator, Rng, as_generator, check_count, check_data, check_number

__all__ = [
    "Part",
    "Split",
    "circles",
    "digits",
    "moons",
    "pitch",
    "spirals",
    "split",
    "standardize",
]

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]  # integers that count and index on every machine: 32 bits in a browser


class Part(NamedTuple):
    """Some rows of a dataset: data `X` of shape (n, features) and labels `y` of shape (n,)."""

    X: NDArray[Any]
    y: NDArray[Any]


def _two_curves(outer: Floats, inner: Floats, noise: float, generator: Generator) -> Part:
    """Stack two curves, shuffle the rows, then add noise, in scikit-learn's order of draws."""
    points = np.concatenate([outer, inner])
    labels = np.repeat(np.array([0, 1], dtype=np.intp), [len(outer), len(inner)])
    order = np.arange(len(points))
    generator.shuffle(order)
    return Part(
        points[order] + generator.normal(scale=noise, size=points.shape),
        labels[order],
    )


def circles(n: int = 300, noise: float = 0.05, factor: float = 0.8, rng: Rng = 0) -> Part:
    """Draw points on two circles, one inside the other.

    Parameters
    ----------
    n : int
        Number of points; the larger half is on the inner circle if `n` is odd.
    noise : float
        Standard deviation of the normal noise added to both coordinates.
    factor : float
        Radius of the inner circle, between 0 and 1. The outer radius is 1.
    rng : Generator, int or RandomState
        Source of the random numbers. A ``RandomState(seed)`` gives the points of scikit-learn's
        ``make_circles(n, noise=noise, factor=factor, random_state=seed)``.

    Returns
    -------
    Part
        ``X`` of shape (n, 2); ``y`` is 0 on the outer circle and 1 on the inner.

    Raises
    ------
    ValueError
        If `n` is below 2, `noise` negative or `factor` outside [0, 1).

    Examples
    --------
    >>> from dlbook.datasets import circles
    >>> X, y = circles(300, rng=1)
    >>> X.shape, int(y.sum())
    ((300, 2), 150)
    """
    outside = check_count("n", n, at_least=2) // 2
    noise = check_number("noise", noise, at_least=0)
    factor = check_number("factor", factor, at_least=0, below=1)

    def circle(count: int) -> Floats:
        angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
        return np.stack([np.cos(angle), np.sin(angle)], axis=1)

    return _two_curves(circle(outside), circle(n - outside) * factor, noise, as_generator(rng))


def moons(n: int = 300, noise: float = 0.2, rng: Rng = 0) -> Part:
    """Draw points on two half circles that reach into each other.

    Parameters
    ----------
    n : int
        Number of points; the larger half is on the lower moon if `n` is odd.
    noise : float
        Standard deviation of the normal noise added to both coordinates.
    rng : Generator, int or RandomState
        Source of the random numbers. A ``RandomState(seed)`` gives the points of scikit-learn's
        ``make_moons(n, noise=noise, random_state=seed)``.

    Returns
    -------
    Part
        ``X`` of shape (n, 2); ``y`` is 0 on the upper moon and 1 on the lower.

    Raises
    ------
    ValueError
        If `n` is below 2 or `noise` negative.

    Examples
    --------
    >>> from dlbook.datasets import moons
    >>> X, y = moons(300, rng=3)
    >>> X.shape, int(y.sum())
    ((300, 2), 150)
    """
    upper = check_count("n", n, at_least=2) // 2
    noise = check_number("noise", noise, at_least=0)
    a, b = np.linspace(0, np.pi, upper), np.linspace(0, np.pi, n - upper)
    return _two_curves(
        np.stack([np.cos(a), np.sin(a)], axis=1),
        # Kept in this order so that the last bit agrees with scikit-learn.
        np.stack([1 - np.cos(b), 1 - np.sin(b) - 0.5], axis=1),
        noise,
        as_generator(rng),
    )


def spirals(
    n: int = 300, classes: int = 3, noise: float = 0.2, turns: float = 0.65, rng: Rng = 0
) -> Part:
    r"""Draw points on spiral arms, one arm a class.

    A point at radius :math:`r` on arm :math:`k` of :math:`K` has the angle

    .. math:: \varphi = 2\pi\left(\frac{k}{K} + t\, r\right) + \varepsilon,
              \qquad \varepsilon \sim \mathcal{N}(0, s^2)

    Parameters
    ----------
    n : int
        Number of points, shared out evenly over the arms.
    classes : int
        Number of arms :math:`K`, at least 2.
    noise : float
        Standard deviation :math:`s` of the angle, in radians.
    turns : float
        Turns :math:`t` of an arm from its start at 0 to its end at radius 1.
    rng : Generator, int or RandomState
        Source of the random numbers.

    Returns
    -------
    Part
        ``X`` of shape (n, 2), ``y`` in 0 … `classes` - 1; rows are shuffled.

    Raises
    ------
    ValueError
        If there are fewer points than classes, fewer than two classes, or `noise` is negative.

    Examples
    --------
    >>> import numpy as np
    >>> from dlbook.datasets import spirals
    >>> X, y = spirals(300, classes=3, rng=0)
    >>> np.bincount(y).tolist()
    [100, 100, 100]
    """
    classes = check_count("classes", classes, at_least=2)
    n = check_count("n", n, at_least=classes)
    noise = check_number("noise", noise, at_least=0)
    turns = check_number("turns", turns)
    generator = as_generator(rng)
    y = np.arange(n, dtype=np.intp) % classes
    last = np.maximum(np.bincount(y) - 1, 1)
    radius = (np.arange(n) // classes) / last[y]
    angle = 2 * np.pi * (y / classes + turns * radius) + generator.normal(scale=noise, size=n)
    X = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    order = generator.permutation(n)
    return Part(X[order], y[order])


def pitch(n: int = 411, label_noise: float = 0.05, overlap: float = 0.1, rng: Rng = 0) -> Part:
    r"""Draw a field of two classes that no line separates cleanly.

    Points are uniform on a field of length 2 and width 1.3, centred on 0. The border runs
    diagonally and is slightly curved. A point at signed height :math:`h` above it,

    .. math:: h = x_2 - 0.6\,x_1 - 0.35\,(x_1^2 - 0.3),

    belongs to class 1 with probability :math:`\eta + (1 - 2\eta) / (1 + e^{-4h/w})`: near the
    border the classes mix, and far from it a share :math:`\eta` of the labels is still wrong.

    Parameters
    ----------
    n : int
        Number of points.
    label_noise : float
        Share :math:`\eta` of labels that are wrong wherever the point lies, from 0 to 0.5.
    overlap : float
        Width :math:`w` of the band in which the classes mix, above 0, in the units of the field.
    rng : Generator, int or RandomState
        Source of the random numbers.

    Returns
    -------
    Part
        ``X`` of shape (n, 2); ``y`` is 0 or 1.

    Raises
    ------
    ValueError
        If `n` is below 2, `label_noise` outside [0, 0.5] or `overlap` not above 0.

    Examples
    --------
    >>> from dlbook.datasets import pitch
    >>> X, y = pitch(rng=0)
    >>> X.shape, sorted(set(y.tolist()))
    ((411, 2), [0, 1])
    """
    n = check_count("n", n, at_least=2)
    label_noise = check_number("label_noise", label_noise, at_least=0, at_most=0.5)
    overlap = check_number("overlap", overlap, above=0)
    generator = as_generator(rng)
    X = generator.uniform(-1, 1, (n, 2)) * np.array([1.0, 0.65])
    height = X[:, 1] - 0.6 * X[:, 0] - 0.35 * (X[:, 0] ** 2 - 0.3)
    # The logistic function by tanh does not overflow.
    chance = label_noise + (1 - 2 * label_noise) * (0.5 + 0.5 * np.tanh(2 * height / overlap))
    return Part(X, (generator.uniform(size=n) < chance).astype(np.intp))


@lru_cache(maxsize=1)
def _stored_digits() -> Part:
    with np.load(Path(__file__).parent / "data" / "digits.npz") as stored:
        return Part(stored["images"], stored["labels"])


def digits() -> Part:
    """Load 1,797 handwritten digits of 8 × 8 pixels.

    The test part of "Optical Recognition of Handwritten Digits" by E. Alpaydin and C. Kaynak
    (1998), UCI Machine Learning Repository, doi 10.24432/C50P49, CC BY 4.0.

    Returns
    -------
    Part
        ``X`` of shape (1797, 64), pixels from 0 (paper) to 16 (ink), row by row; ``y`` in 0 … 9.

    Examples
    --------
    >>> from dlbook.datasets import digits
    >>> X, y = digits()
    >>> X.shape, X.min(), X.max(), y[:5].tolist()
    ((1797, 64), np.float64(0.0), np.float64(16.0), [0, 1, 2, 3, 4])
    """
    images, labels = _stored_digits()
    return Part(images.astype(np.float64), labels.astype(np.intp))


class Split:
    """Training, validation and test rows of one dataset.

    The training and the validation part lie open. The test part is sealed, so that no choice is
    made on it by accident: only `open_test` hands it out, and `test_openings` counts how often.

    Attributes
    ----------
    train : Part
        For fitting.
    validation : Part
        For choosing; may be empty.
    test_openings : int
        How often the test part was handed out. One, at the very end, is what you want.
    """

    def __init__(self, train: Part, validation: Part, test: Part) -> None:
        self.train = train
        self.validation = validation
        self.test_openings = 0
        self._sealed = test

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Rows of the training, validation and test part."""
        return len(self.train.y), len(self.validation.y), len(self._sealed.y)

    @property
    def test(self) -> Part:
        """Refuse: the test part is handed out by `open_test` only."""
        raise AttributeError(
            "test is sealed: choose on .validation, and call open_test() once all choices are made"
        )

    def open_test(self) -> Part:
        """Hand out the test part and count it."""
        self.test_openings += 1
        return self._sealed

    def standardized(self) -> Split:
        """Return the split with every part standardized by the training part (`standardize`)."""
        parts = (self.train, self.validation, self._sealed)
        scaled = standardize(*(part.X for part in parts))
        return Split(*(Part(X, part.y) for X, part in zip(scaled, parts, strict=True)))

    def __repr__(self) -> str:
        train, validation, test = self.sizes
        times = "once" if self.test_openings == 1 else f"{self.test_openings} times"
        return f"Split(train: {train}, validation: {validation}, test: {test}, opened {times})"


def split(
    X: ArrayLike,
    y: ArrayLike,
    sizes: Sequence[float] = (0.6, 0.2, 0.2),
    rng: Rng = 0,
    stratify: bool = False,
) -> Split:
    """Deal the rows out at random to training, validation and test.

    Parameters
    ----------
    X : array_like
        Data of shape (n, features).
    y : array_like
        Labels of shape (n,).
    sizes : sequence of three numbers
        Training, validation and test: whole numbers of rows, or shares of all rows (floats that
        sum to at most 1). Rows left over are not used. The validation or the test part may be 0.
    rng : Generator, int or RandomState
        Source of the random numbers.
    stratify : bool
        Keep the shares of the classes the same in every part, up to rounding.

    Returns
    -------
    Split
        With the parts ``train`` and ``validation``, and the test part behind ``open_test()``.

    Raises
    ------
    ValueError
        If `X` and `y` do not fit, or `sizes` asks for more rows than there are, or for no
        training rows.

    Examples
    --------
    >>> from dlbook.datasets import pitch, split
    >>> X, y = pitch(411, rng=0)
    >>> split(X, y, sizes=(211, 100, 100), rng=0)
    Split(train: 211, validation: 100, test: 100, opened 0 times)
    """
    data, labels = check_data(X), np.asarray(y)
    if data.ndim != 2 or labels.shape != data.shape[:1]:
        raise ValueError(
            f"y has shape {labels.shape}, X has shape {data.shape}: (n,) and (n, features) are "
            "needed"
        )
    counts = _row_counts(sizes, len(data))
    generator = as_generator(rng)
    order = generator.permutation(len(data))
    if stratify:
        # Every row's place within its class, from 0 to 1; sorted by it, any run of rows holds
        # the classes in their proportions.
        place = np.empty(len(data))
        for label in np.unique(labels):
            rows = order[labels[order] == label]
            place[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
        order = order[np.argsort(place[order], kind="stable")]
    ends = np.cumsum(counts)
    parts = [order[end - count : end] for end, count in zip(ends, counts, strict=True)]
    if stratify:
        parts = [generator.permutation(rows) for rows in parts]
    return Split(*(Part(data[rows], labels[rows]) for rows in parts))


def _row_counts(sizes: Sequence[float], n: int) -> list[int]:
    values = list(sizes)
    shares = any(isinstance(v, float | np.floating) for v in values)
    total = 1.0 if shares else n
    wanted = "three row counts, or three shares that sum to at most 1, are needed"
    good = len(values) == 3 and all(
        isinstance(v, int | float | np.integer | np.floating) and 0 <= v <= total for v in values
    )
    if not good or sum(values) > total * (1 + 1e-12):
        raise ValueError(f"sizes is {sizes!r} for {n} rows: {wanted}")
    if shares:
        ends = [round(float(end) * n) for end in np.cumsum(values)]
        values = [ends[0], ends[1] - ends[0], ends[2] - ends[1]]
    if values[0] < 1:
        raise ValueError(f"sizes is {sizes!r} for {n} rows: at least one training row is needed")
    return [int(v) for v in values]


def standardize(train: ArrayLike, *others: ArrayLike) -> tuple[Floats, ...]:
    r"""Shift and scale every column to mean 0 and standard deviation 1 on the training data.

    .. math:: x'_{ij} = \frac{x_{ij} - \mu_j}{\sigma_j}

    with the mean :math:`\mu_j` and the standard deviation :math:`\sigma_j` (divided by n) of column
    j of `train` alone: nothing leaks from the other parts. A column that is constant in `train` is
    left as it is, in every part.

    Parameters
    ----------
    train : array_like
        Training data of shape (n, features).
    *others : array_like
        More data with the same columns, such as validation and test.

    Returns
    -------
    tuple of numpy.ndarray
        The standardized `train` and `others`, float64, in the order given.

    Raises
    ------
    ValueError
        If `train` has no rows, a value is not finite or the numbers of columns differ.

    Examples
    --------
    >>> from dlbook.datasets import standardize
    >>> train, test = standardize([[0.0, 5.0], [2.0, 5.0]], [[4.0, 6.0]])
    >>> train.tolist(), test.tolist()
    ([[-1.0, 5.0], [1.0, 5.0]], [[3.0, 6.0]])
    """
    base = np.asarray(check_data(train, name="train"), dtype=np.float64)
    if base.ndim != 2:
        raise ValueError(f"train has shape {base.shape}: (n, features) is needed")
    constant = (base == base[0]).all(axis=0)
    shift = np.where(constant, 0.0, base.mean(axis=0))
    scale = np.where(constant, 1.0, base.std(axis=0))
    parts = [base]
    for number, other in enumerate(others, start=1):
        part = np.asarray(other, dtype=np.float64)
        if part.shape != (0, base.shape[1]):
            part = check_data(part, base.shape[1], name=f"others[{number - 1}]")
        parts.append(part)
    return tuple((part - shift) / scale for part in parts)
