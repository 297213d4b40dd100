"""Starting values for the weights of one layer.

Every initializer is called alike, ``f(n_in, n_out, rng, replicates=None, dtype=np.float64)``:

- `n_in` (int, the fan-in) counts the inputs of a unit, `n_out` (int, the fan-out) the units.
- `rng` is a `numpy.random.Generator`, a seed for one, or a `numpy.random.RandomState`.
- `replicates` (int, optional) asks for that many independent sets of weights.
- `dtype` is float64 or float32.

It returns weights of shape ``(n_in, n_out)``, or ``(replicates, n_in, n_out)``. A size below 1 is a
ValueError, a size that is no whole number or another dtype a TypeError.

Random entries are drawn unit by unit, as ``(n_out, n_in)``, and turned over. So a
``RandomState(seed)`` gives the same weights as code that keeps a layer's weights as
``randn(n_out, n_in)``. They are drawn in float64 and then rounded to `dtype`.

No distribution is truncated. Keras cuts its normal initializers off at two standard deviations and
widens them so that the variance stays the same; ours are plain normal distributions.

References
----------
.. [1] Y. LeCun, L. Bottou, G. B. Orr, K.-R. Müller, "Efficient BackProp", 1998, section 4.6.
.. [2] X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
   networks", AISTATS 2010, section 4.2, equations 12 and 16.
.. [3] K. He, X. Zhang, S. Ren, J. Sun, "Delving Deep into Rectifiers", ICCV 2015, section 2.2,
   equations 10 and 14.
.. [4] A. M. Saxe, J. L. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics of
   learning in deep linear neural networks", ICLR 2014, section 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from dlbook._checks import Rng, as_generator, check_count, check_dtype, check_number, one_of

__all__ = [
    "constant",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "orthogonal",
    "zeros",
]

Weights = NDArray[np.floating[Any]]
Initializer = Callable[..., Weights]


def _shape(n_in: int, n_out: int, replicates: int | None) -> tuple[int, ...]:
    """Check the sizes and return the shape in which units come first."""
    shape = (check_count("n_out", n_out), check_count("n_in", n_in))
    return shape if replicates is None else (check_count("replicates", replicates), *shape)


def _weights(units_first: NDArray[np.float64], dtype: DTypeLike) -> Weights:
    turned = np.swapaxes(units_first, -1, -2)
    return np.ascontiguousarray(turned, dtype=check_dtype(dtype))


def _normal(variance: float, shape: tuple[int, ...], rng: Rng, dtype: DTypeLike) -> Weights:
    return _weights(math.sqrt(variance) * as_generator(rng).standard_normal(shape), dtype)


def _uniform(variance: float, shape: tuple[int, ...], rng: Rng, dtype: DTypeLike) -> Weights:
    # The uniform distribution on [-a, a] has variance a^2 / 3.
    limit = math.sqrt(3.0 * variance)
    return _weights(as_generator(rng).uniform(-limit, limit, shape), dtype)


@dataclass(frozen=True)
class constant:
    """Give every weight the same value.

    All units of a layer then compute the same thing and stay the same under gradient descent.

    Parameters
    ----------
    value : float
        The value of every weight.

    Raises
    ------
    ValueError
        If `value` is not finite, or a size is not a positive whole number.

    Examples
    --------
    >>> from dlbook.initializers import constant
    >>> constant(0.5)(2, 3, rng=0)
    array([[0.5, 0.5, 0.5],
           [0.5, 0.5, 0.5]])
    """

    value: float

    def __post_init__(self) -> None:
        check_number("value", self.value)

    def __call__(
        self,
        n_in: int,
        n_out: int,
        rng: Rng | None = None,
        replicates: int | None = None,
        dtype: DTypeLike = np.float64,
    ) -> Weights:
        """Return the weights of one layer."""
        filled = np.full(_shape(n_in, n_out, replicates), float(self.value))
        return _weights(filled, dtype)


@dataclass(frozen=True)
class normal:
    r"""Draw weights from the normal distribution with mean 0 and a given standard deviation.

    .. math:: W_{ij} \sim \mathcal{N}(0, s^2)

    Parameters
    ----------
    scale : float
        The standard deviation :math:`s`, at least 0.

    Raises
    ------
    ValueError
        If `scale` is negative or not finite, or a size is not a positive whole number.

    Examples
    --------
    >>> from dlbook.initializers import normal
    >>> normal(10.0)(2, 3, rng=0).shape
    (2, 3)
    """

    scale: float

    def __post_init__(self) -> None:
        check_number("scale", self.scale, at_least=0)

    def __call__(
        self,
        n_in: int,
        n_out: int,
        rng: Rng,
        replicates: int | None = None,
        dtype: DTypeLike = np.float64,
    ) -> Weights:
        """Return the weights of one layer."""
        shape = _shape(n_in, n_out, replicates)
        return _normal(float(self.scale) ** 2, shape, rng, dtype)


def zeros(
    n_in: int,
    n_out: int,
    rng: Rng | None = None,
    replicates: int | None = None,
    dtype: DTypeLike = np.float64,
) -> Weights:
    r"""Give every weight the value 0.

    The textbook way to fail: with zero weights no unit differs from its neighbour.

    Examples
    --------
    >>> from dlbook.initializers import zeros
    >>> zeros(2, 3)
    array([[0., 0., 0.],
           [0., 0., 0.]])
    """
    return constant(0.0)(n_in, n_out, rng, replicates, dtype)


def lecun_normal(
    n_in: int,
    n_out: int,
    rng: Rng,
    replicates: int | None = None,
    dtype: DTypeLike = np.float64,
) -> Weights:
    r"""Draw LeCun weights from a normal distribution.

    .. math:: W_{ij} \sim \mathcal{N}\left(0, \sigma^2\right), \qquad \sigma^2 = \frac{1}{n_{in}}

    Inputs of variance 1 give pre-activations of variance 1.
    Source: LeCun et al. 1998, section 4.6, equation 16.

    Examples
    --------
    >>> from dlbook.initializers import lecun_normal
    >>> W = lecun_normal(200, 100, rng=0)
    >>> bool(abs(W.var() / (1 / 200) - 1) < 0.05)
    True
    """
    shape = _shape(n_in, n_out, replicates)
    return _normal(1 / n_in, shape, rng, dtype)


def lecun_uniform(
    n_in: int,
    n_out: int,
    rng: Rng,
    replicates: int | None = None,
    dtype: DTypeLike = np.float64,
) -> Weights:
    r"""Draw LeCun weights from a uniform distribution.

    .. math:: W_{ij} \sim \mathcal{U}(-a, a), \qquad a = \sqrt{\frac{3}{n_{in}}}, \qquad
              \operatorname{Var} W_{ij} = \frac{a^2}{3} = \frac{1}{n_{in}}

    Inputs of variance 1 give pre-activations of variance 1.
    Source: LeCun et al. 1998, section 4.6, equation 16.

    Examples
    --------
    >>> from dlbook.initializers import lecun_uniform
    >>> W = lecun_uniform(200, 100, rng=0)
    >>> bool(abs(W).max() <= (3 / 200) ** 0.5)
    True
    """
    shape = _shape(n_in, n_out, replicates)
    return _uniform(1 / n_in, shape, rng, dtype)


def glorot_normal(
    n_in: int,
    n_out: int,
    rng: Rng,
    replicates: int | None = None,
    dtype: DTypeLike = np.float64,
) -> Weights:
    r"""Draw Glorot weights from a normal distribution.

    .. math:: W_{ij} \sim \mathcal{N}\left(0, \sigma^2\right), \qquad
              \sigma^2 = \frac{2}{n_{in} + n_{out}}

    A compromise: forward signals ask for :math:`1/n_{in}`, backward gradients for
    :math:`1/n_{out}`, in a network that is nearly linear at its start (tanh).
    Source: Glorot and Bengio 2010, section 4.2, equations 12 and 16.

    Examples
    --------
    >>> from dlbook.initializers import glorot_normal
    >>> W = glorot_normal(200, 100, rng=0)
    >>> bool(abs(W.var() / (2 / (200 + 100)) - 1) < 0.05)
    True
    """
    shape = _shape(n_in, n_out, replicates)
    return _normal(2 / (n_in + n_out), shape, rng, dtype)


def glorot_uniform(
    n_in: int,
    n_out: int,
    rng: Rng,
    replicates: int | None = None,
    dtype: DTypeLike = np.float64,
) -> Weights:
    r"""Draw Glorot weights from a uniform distribution.

    .. math:: W_{ij} \sim \mathcal{U}(-a, a), \qquad a = \sqrt{\frac{6}{n_{in} + n_{out}}}, \qquad
              \operatorname{Var} W_{ij} = \frac{a^2}{3} = \frac{2}{n_{in} + n_{out}}

    A compromise: forward signals ask for :math:`1/n_{in}`, backward gradients for
    :math:`1/n_{out}`, in a network that is nearly linear at its start (tanh).
    Source: Glorot and Bengio 2010, section 4.2, equations 12 and 16.

    Examples
    --------
    >>> from dlbook.initializers import glorot_uniform
    >>> W = glorot_uniform(200, 100, rng=0)
    >>> bool(abs(W).max() <= (6 / (200 + 100)) ** 0.5)
    True
    """
    shape = _shape(n_in, n_out, replicates)
    return _uniform(2 / (n_in + n_out), shape, rng, dtype)


def he_normal(
    n_in: int,
    n_out: int,
    rng: Rng,
    replicates: int | None = None,
    dtype: DTypeLike = np.float64,
) -> Weights:
    r"""Draw He weights from a normal distribution.

    .. math:: W_{ij} \sim \mathcal{N}\left(0, \sigma^2\right), \qquad \sigma^2 = \frac{2}{n_{in}}

    A ReLU halves the mean square of what passes through it; the factor 2 makes up for that.
    Source: He et al. 2015, section 2.2, equation 10.

    Examples
    --------
    >>> from dlbook.initializers import he_normal
    >>> W = he_normal(200, 100, rng=0)
    >>> bool(abs(W.var() / (2 / 200) - 1) < 0.05)
    True
    """
    shape = _shape(n_in, n_out, replicates)
    return _normal(2 / n_in, shape, rng, dtype)


def he_uniform(
    n_in: int,
    n_out: int,
    rng: Rng,
    replicates: int | None = None,
    dtype: DTypeLike = np.float64,
) -> Weights:
    r"""Draw He weights from a uniform distribution.

    .. math:: W_{ij} \sim \mathcal{U}(-a, a), \qquad a = \sqrt{\frac{6}{n_{in}}}, \qquad
              \operatorname{Var} W_{ij} = \frac{a^2}{3} = \frac{2}{n_{in}}

    A ReLU halves the mean square of what passes through it; the factor 2 makes up for that.
    Source: He et al. 2015, section 2.2, equation 10.

    Examples
    --------
    >>> from dlbook.initializers import he_uniform
    >>> W = he_uniform(200, 100, rng=0)
    >>> bool(abs(W).max() <= (6 / 200) ** 0.5)
    True
    """
    shape = _shape(n_in, n_out, replicates)
    return _uniform(2 / n_in, shape, rng, dtype)


def orthogonal(
    n_in: int,
    n_out: int,
    rng: Rng,
    replicates: int | None = None,
    dtype: DTypeLike = np.float64,
) -> Weights:
    r"""Draw weights whose rows or columns are orthonormal.

    .. math:: W^\top W = I \;\text{ if } n_{in} \ge n_{out}, \qquad W W^\top = I \;\text{ otherwise}

    The matrix is uniform over all such matrices: the Q of a QR decomposition of normal draws, with
    the signs of R's diagonal put right. Each entry has mean 0 and variance
    :math:`1/\max(n_{in}, n_{out})`. Source: Saxe et al. 2014, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from dlbook.initializers import orthogonal
    >>> W = orthogonal(5, 3, rng=0)
    >>> bool(np.allclose(W.T @ W, np.eye(3)))
    True
    """
    shape = _shape(n_in, n_out, replicates)
    tall = (*shape[:-2], max(n_in, n_out), min(n_in, n_out))
    q, r = np.linalg.qr(as_generator(rng).standard_normal(tall))
    q = q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., None, :]
    return _weights(q if n_out >= n_in else np.swapaxes(q, -1, -2), dtype)


_NAMED: dict[str, Initializer] = {
    f.__name__: f
    for f in (
        zeros,
        lecun_normal,
        lecun_uniform,
        glorot_normal,
        glorot_uniform,
        he_normal,
        he_uniform,
        orthogonal,
    )
}


def get(name: str | Initializer) -> Initializer:
    """Find an initializer by its name; an initializer itself is given back unchanged.

    Raises ValueError if `name` is neither callable nor one of the names of this module.

    Examples
    --------
    >>> from dlbook.initializers import get, he_normal
    >>> get("he_normal") is he_normal
    True
    """
    if callable(name):
        return name
    return _NAMED[one_of("initializer", name, _NAMED)]
