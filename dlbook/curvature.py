r"""The curvature of a network's loss: Hessian times vector, extreme eigenpairs, slices of the loss.

The Hessian :math:`H` of a network with P parameters has P² entries, but its product with a vector
costs about as much as two gradients. That is enough to find its extreme eigenvalues, and with them
the largest stable learning rate, :math:`2 / \lambda_{max}`::

    product = partial(hessian_vector_product, network, theta, X, y)
    pairs = extreme_eigenpairs(product, theta.size)
    pairs.values[-1], pairs.vectors[-1]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import Rng, as_array, as_generator, check_count, check_number
from dlbook.network import MLP

Array = NDArray[Any]

_STEP = 1e-20  # nothing is subtracted, so no step is too small
_VECTORS_AT_A_TIME = 64  # each needs the memory of a replicate


def hessian_vector_product(
    network: MLP, theta: Array, X: ArrayLike, y: ArrayLike, vectors: ArrayLike
) -> NDArray[np.float64]:
    r"""Return the Hessian of a network's loss times a vector, exact to rounding.

    The gradient's derivative along :math:`v`, by a complex step:

    .. math:: H v = \operatorname{Im} \nabla L(\theta + i h v) / h, \qquad h = 10^{-20}

    It crosses no kink, so for ReLU it is the Hessian of the piece on which theta lies, where a
    difference of two gradients may mix two pieces. A penalty is not included; L2 adds
    :math:`\lambda v` for the weights.

    Parameters
    ----------
    network : MLP
    theta : array (P,)
    X : array (rows, n_in)
    y : array (rows,)
    vectors : array (P,) or (K, P)
        :math:`v`, one or several.

    Returns
    -------
    array (P,) or (K, P)
        float64, also for a network in float32.

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit.

    References
    ----------
    Pearlmutter (1994), Fast exact multiplication by the Hessian; Squire and Trapp (1998), Using
    complex variables to estimate derivatives of real functions.

    Examples
    --------
    >>> import numpy as np
    >>> from dlbook import MLP
    >>> line = MLP((1, 1), loss="squared_error")      # half the mean of (w x + b - y)²
    >>> hessian_vector_product(line, np.zeros(2), [[1.0], [3.0]], [0.0, 0.0], np.eye(2))
    array([[5., 2.],
           [2., 1.]])
    """
    theta = _one_vector(network, theta)
    network.check(theta, X, y)
    v = as_array(vectors, "vectors")
    if v.ndim not in (1, 2) or v.shape[-1] != theta.size or v.dtype.kind not in "iuf":
        raise ValueError(
            f"vectors has shape {v.shape} and dtype {v.dtype}: real numbers ({theta.size},) or "
            f"(vectors, {theta.size}) are needed"
        )
    if not np.isfinite(v).all():
        raise ValueError("vectors has NaN or infinity: finite numbers are needed")
    rows = v.reshape(-1, theta.size)
    parts = [
        _complex_gradient(network, theta + _STEP * 1j * rows[k : k + _VECTORS_AT_A_TIME], X, y)
        for k in range(0, len(rows), _VECTORS_AT_A_TIME)
    ]
    return np.asarray(np.concatenate(parts).imag / _STEP).reshape(v.shape)


def _one_vector(network: MLP, theta: Array) -> Array:
    if not isinstance(network, MLP):
        raise TypeError(f"network is {type(network).__name__}: a dlbook.MLP is needed")
    if np.shape(theta) != (network.n_parameters,):
        raise ValueError(
            f"theta has shape {np.shape(theta)}: one vector ({network.n_parameters},) is needed"
        )
    return theta


def _complex_gradient(network: MLP, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
    """Return the gradient ``(K, P)`` at complex points, which the engine does not take."""
    gradient = np.empty_like(theta)
    parts, weights = network.views(gradient), network.weights(theta)
    layers = network.layers(theta, X)
    inputs = [np.asarray(X), *(layer.activation for layer in layers[:-1])]
    signal = network.loss_function.derivative(layers[-1].pre_activation, y)
    for number in range(len(layers), 0, -1):
        parts[f"W{number}"][...] = inputs[number - 1].swapaxes(-1, -2) @ signal
        parts[f"b{number}"][...] = signal.sum(axis=-2)
        if number > 1:
            slope = network.activation.derivative(layers[number - 2].pre_activation)
            signal = signal @ weights[number - 1].swapaxes(-1, -2) * slope
    return gradient


def hessian(network: MLP, theta: Array, X: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    """Return the whole Hessian of a network's loss, for a few hundred parameters.

    Parameters
    ----------
    network : MLP
    theta : array (P,)
    X : array (rows, n_in)
    y : array (rows,)

    Returns
    -------
    array (P, P)
        Symmetric to the last bit.

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from dlbook import MLP
    >>> network = MLP((1, 1))                         # logistic regression: p (1 - p) x²
    >>> hessian(network, np.zeros(2), [[2.0]], [1])
    array([[1.  , 0.5 ],
           [0.5 , 0.25]])
    """
    _one_vector(network, theta)
    rows = hessian_vector_product(network, theta, X, y, np.eye(network.n_parameters))
    return np.asarray((rows + rows.T) / 2)


class Eigenpairs(NamedTuple):
    """What :func:`extreme_eigenpairs` found.

    Attributes
    ----------
    values : array (K,)
        The smallest eigenvalues and the largest, in ascending order.
    vectors : array (K, P)
        Their eigenvectors as rows of length 1, orthogonal to each other.
    residuals : array (K,)
        The length of ``A v - value v``: an eigenvalue lies at least so close to each value.
    products : int
        How many products with a vector it took.
    """

    values: NDArray[np.float64]
    vectors: NDArray[np.float64]
    residuals: NDArray[np.float64]
    products: int


def extreme_eigenpairs(
    product: Callable[[Array], ArrayLike],
    size: int,
    count: int = 1,
    *,
    tolerance: float = 1e-8,
    rng: Rng = 0,
) -> Eigenpairs:
    r"""Find the smallest and largest eigenvalues of a symmetric matrix from products alone.

    Lanczos' method: the vectors :math:`q, Aq, A^2 q, …` made orthonormal are a basis in which
    :math:`A` is tridiagonal, and the extreme eigenvalues of a small corner of it are soon those of
    :math:`A`. Every new vector is made orthogonal to all before it, twice, for rounding would
    otherwise bring found eigenvectors back.

    Parameters
    ----------
    product : callable
        From a vector ``(P,)`` to the matrix times that vector.
    size : int
        Length of a vector, P.
    count : int
        How many at each end; all of them if P is at most twice as many.
    tolerance : float
        How large residuals may be, relative to the largest absolute eigenvalue.
    rng : Generator, RandomState or int
        For the vector to start from. A value that occurs several times may be found once.

    Returns
    -------
    Eigenpairs

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit, or if the matrix turns out not to be symmetric.

    References
    ----------
    Lanczos (1950), An iteration method for the solution of the eigenvalue problem; Golub and Van
    Loan (2013), Matrix computations, section 10.1.

    Examples
    --------
    >>> import numpy as np
    >>> spectrum = np.linspace(-1, 3, 101)
    >>> pairs = extreme_eigenpairs(lambda v: spectrum * v, 101, count=2)
    >>> pairs.values.round(6)
    array([-1.  , -0.96,  2.96,  3.  ])
    """
    check_count("size", size)
    check_count("count", count)
    check_number("tolerance", tolerance, above=0)
    if not callable(product):
        raise TypeError(f"product is {product!r}: a function of a vector is needed")
    generator = as_generator(rng)
    basis = np.empty((0, size))
    diagonal: list[float] = []
    beside: list[float] = []
    new = _fresh(basis, generator)
    while True:
        basis = np.vstack([basis, new])
        image = _image(product, new)
        diagonal.append(float(new @ image))
        corner = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
        values, inside = np.linalg.eigh(corner)
        rest = _orthogonal(image, basis)
        length = float(np.linalg.norm(rest))
        scale = float(np.abs(values).max())
        ends = _ends(len(values), count)
        wanted = len(ends) == min(2 * count, size)
        close = length * np.abs(inside[-1, ends]).max() <= tolerance * scale
        if len(basis) == size or (wanted and close):
            break
        if length <= 1e-12 * scale:  # the basis is complete in itself: go on in another part
            length, new = 0.0, _fresh(basis, generator)
        else:
            new = rest / length
        beside.append(length)
    vectors = inside[:, ends].T @ basis
    images = np.array([_image(product, vector) for vector in vectors])
    residuals = np.linalg.norm(images - values[ends, None] * vectors, axis=1)
    if residuals.max() > 100 * tolerance * scale + 1e-10 * scale:
        raise ValueError(
            f"product leaves a residual of {residuals.max():.2g}: the products of one symmetric "
            "matrix are needed"
        )
    return Eigenpairs(values[ends], vectors, residuals, len(basis) + len(vectors))


def _ends(length: int, count: int) -> NDArray[np.intp]:
    """Return the places of the first and the last of so many values, each once."""
    places = np.arange(length)
    return places if length <= 2 * count else np.concatenate([places[:count], places[-count:]])


def _orthogonal(vector: Array, basis: Array) -> Array:
    for _ in range(2):  # twice is enough (Kahan; Parlett, The symmetric eigenvalue problem, 6.9)
        vector = vector - (basis @ vector) @ basis
    return vector


def _fresh(basis: Array, generator: Any) -> Array:
    vector = _orthogonal(generator.standard_normal(basis.shape[1]), basis)
    return np.asarray(vector / np.linalg.norm(vector))


def _image(product: Callable[[Array], ArrayLike], vector: Array) -> Array:
    image = np.asarray(product(vector))
    if image.shape != vector.shape or not np.isfinite(image).all():
        raise ValueError(
            f"product gives shape {image.shape} for a vector {vector.shape}, or numbers that are "
            "not finite: a finite vector like it is needed"
        )
    return image


class Slice:
    r"""A loss along a line, or over a plane, through a point: :math:`f(\theta + \sum_k c_k d_k)`.

    Parameters
    ----------
    f : callable
        From parameters ``(K, P)`` to losses ``(K,)``, such as
        ``lambda theta: network.loss(theta, X, y)``.
    origin : array (P,)
        :math:`\theta`.
    directions : array (P,) or (D, P)
        :math:`d_k`, one for a line and two for a plane.

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit, or directions that depend on each other.

    References
    ----------
    Goodfellow, Vinyals and Saxe (2015), Qualitatively characterizing neural network optimization
    problems; Li et al. (2018), Visualizing the loss landscape of neural nets.

    Examples
    --------
    >>> import numpy as np
    >>> plane = Slice(lambda t: (t**2).sum(axis=-1), np.ones(3), np.eye(3)[:2])
    >>> plane([[0.0, 0.0], [1.0, -1.0]])
    array([3., 5.])
    >>> plane.project(np.array([1.5, 0.0, 7.0]))
    array([ 0.5, -1. ])
    """

    def __init__(
        self, f: Callable[[Array], ArrayLike], origin: ArrayLike, directions: ArrayLike
    ) -> None:
        if not callable(f):
            raise TypeError(f"f is {f!r}: a function of parameters (K, P) is needed")
        self.f, self.origin = f, as_array(origin, "origin")
        self.directions = np.atleast_2d(as_array(directions, "directions"))
        for name, array in (("origin", self.origin), ("directions", self.directions)):
            if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
                raise ValueError(f"{name} has dtype {array.dtype}: finite real numbers are needed")
        if self.origin.ndim != 1 or self.directions.shape[1:] != self.origin.shape:
            raise ValueError(
                f"directions has shape {self.directions.shape}, origin {self.origin.shape}: one "
                "vector as origin, and directions as long, are needed"
            )
        if np.linalg.matrix_rank(self.directions) < len(self.directions):
            raise ValueError("directions depend on each other: independent ones are needed")

    def __call__(self, coordinates: ArrayLike) -> NDArray[Any]:
        """Return the losses ``(…)`` at coordinates ``(…, D)``; for a line, ``(…)`` will do too."""
        where = as_array(coordinates, "coordinates")
        if len(self.directions) == 1 and where.shape[-1:] != (1,):
            where = where[..., None]
        if where.ndim == 0 or where.shape[-1] != len(self.directions):
            raise ValueError(
                f"coordinates has shape {where.shape}: {len(self.directions)} along the last axis "
                "are needed"
            )
        points = self.origin + where.reshape(-1, len(self.directions)) @ self.directions
        values = np.asarray(self.f(points.astype(self.origin.dtype, copy=False)))
        if values.shape != points.shape[:1]:
            raise ValueError(
                f"f gives shape {values.shape} for parameters {points.shape}: one loss for each "
                "is needed"
            )
        return values.reshape(where.shape[:-1])

    def project(self, theta: ArrayLike) -> NDArray[np.float64]:
        """Return the coordinates ``(…, D)`` of the points nearest to parameters ``(…, P)``."""
        points = as_array(theta, "theta")
        if points.shape[-1:] != self.origin.shape:
            raise ValueError(
                f"theta has shape {points.shape}: {self.origin.size} parameters along the last "
                "axis are needed"
            )
        return np.asarray((points - self.origin) @ np.linalg.pinv(self.directions))
