r"""The noise in a mini-batch gradient: measured, predicted, and the floor it leaves in the loss.

With :math:`g_i` the gradient of row :math:`i` alone and :math:`\bar g` their mean, the full
gradient, the scatter of single rows is :math:`S = \frac1N \sum_i \lVert g_i - \bar g \rVert^2`.
The gradient of a random batch of :math:`B` rows has the mean :math:`\bar g` and scatters by

.. math::
    \operatorname{E} \lVert g_B - \bar g \rVert^2 = \frac{S}{B} \text{ (with replacement)}, \qquad
    \frac{S}{B} \cdot \frac{N - B}{N - 1} \text{ (without)}

The second factor is 0 for a batch of all rows: shuffled passes draw without replacement.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import Rng, as_array, as_generator, check_count
from dlbook.network import MLP

Array = NDArray[Any]

_NUMBERS_AT_A_TIME = 1 << 20  # row gradients, and counts of drawn rows, made in one go


def row_gradients(network: MLP, theta: Array, X: ArrayLike, y: ArrayLike) -> Array:
    """Return the gradient of each row's own loss; their mean is the full gradient.

    Every row is handed to the network as the data of a replicate.

    Parameters
    ----------
    network : MLP
    theta : array (P,)
    X : array (rows, n_in)
    y : array (rows,)

    Returns
    -------
    array (rows, P)

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from dlbook import MLP
    >>> line = MLP((1, 1), loss="squared_error")      # (w x + b - y) times x, and times 1
    >>> row_gradients(line, np.array([1.0, 0.0]), [[2.0], [3.0]], [1.0, 0.0])
    array([[2., 1.],
           [9., 3.]])
    """
    if not isinstance(network, MLP):
        raise TypeError(f"network is {type(network).__name__}: a dlbook.MLP is needed")
    data, labels = as_array(X, "X"), as_array(y, "y")
    if np.shape(theta) != (network.n_parameters,) or data.ndim != 2:
        raise ValueError(
            f"theta has shape {np.shape(theta)} and X {data.shape}: ({network.n_parameters},) and "
            "(rows, features) are needed"
        )
    inputs, target = network.check(theta, data, labels)
    if target.ndim != 2:
        raise ValueError(f"y has shape {labels.shape}: the labels of one set of rows are needed")
    found, at_a_time = [], max(1, _NUMBERS_AT_A_TIME // theta.size)
    for start in range(0, len(data), at_a_time):
        part = slice(start, start + at_a_time)
        copies = np.tile(theta, (len(data[part]), 1))
        alone = inputs[part, None], target[part, None]
        engine = network.engine(copies, np.empty_like(copies), *alone)
        with np.errstate(over="ignore"):
            engine.forward()
        found.append(engine.backward())
    return np.concatenate(found)


def _check_rows(gradients: ArrayLike) -> Array:
    array = as_array(gradients, "gradients")
    if array.ndim != 2 or len(array) < 2 or array.dtype.kind not in "iuf":
        raise ValueError(
            f"gradients has shape {array.shape} and dtype {array.dtype}: the real gradients of at "
            "least 2 rows, (rows, P), are needed"
        )
    if not np.isfinite(array).all():
        raise ValueError("gradients has NaN or infinity: finite numbers are needed")
    return array


def batch_gradients(
    gradients: ArrayLike,
    batch_size: int,
    draws: int,
    *,
    replace: bool = False,
    rng: Rng = 0,
) -> Array:
    """Return the gradients of random batches.

    Parameters
    ----------
    gradients : array (rows, P)
        Of single rows: see :func:`row_gradients`.
    batch_size : int
        At most ``rows`` unless they are drawn with replacement.
    draws : int
        How many batches.
    replace : bool
        Whether a row may be in a batch more than once.
    rng : Generator, RandomState or int

    Returns
    -------
    array (draws, P)

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[1.0], [2.0], [4.0], [8.0]])
    >>> sorted(set(batch_gradients(rows, 3, 100).ravel().round(3).tolist()))
    [2.333, 3.667, 4.333, 4.667]
    """
    array = _check_rows(gradients)
    rows = len(array)
    _check_batch(batch_size, rows, replace)
    check_count("draws", draws)
    generator = as_generator(rng)
    found, at_a_time = [], max(1, _NUMBERS_AT_A_TIME // rows)
    for start in range(0, draws, at_a_time):
        shape = (min(at_a_time, draws - start), rows)
        if replace:
            share: Array = generator.multinomial(batch_size, np.full(rows, 1 / rows), shape[0])
        else:
            # the rows with the smallest of as many random numbers are a random batch
            places = generator.random(shape).argpartition(batch_size - 1, axis=1)[:, :batch_size]
            share = np.zeros(shape)
            np.put_along_axis(share, places, 1.0, axis=1)
        found.append(share @ array / batch_size)
    return np.concatenate(found)


def _check_batch(batch_size: Any, rows: int, replace: bool) -> int:
    size = check_count("batch_size", batch_size)
    if size > rows and not replace:
        raise ValueError(
            f"batch_size is {size} for {rows} rows: at most as many are needed, or replace=True"
        )
    return size


def predicted_variance(
    gradients: ArrayLike, batch_size: int | ArrayLike, *, replace: bool = False
) -> Any:
    r"""Return how far batch gradients scatter about the full one, from those of single rows.

    The mean squared distance, which is the sum of the variances of all P parameters:
    :math:`S / B`, and without replacement :math:`\frac{N - B}{N - 1}` times that.

    Parameters
    ----------
    gradients : array (rows, P)
    batch_size : int or array (…)
        :math:`B`.
    replace : bool

    Returns
    -------
    float or array (…)

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit.

    References
    ----------
    Cochran (1977), Sampling techniques, theorem 2.2, for the factor of a finite population.

    Examples
    --------
    >>> predicted_variance([[1.0], [2.0], [4.0], [8.0]], [1, 2, 4]).round(4)
    array([7.1875, 2.3958, 0.    ])
    """
    array = _check_rows(gradients)
    rows, sizes = len(array), as_array(batch_size, "batch_size")
    for size in sizes.ravel().tolist():
        _check_batch(size, rows, replace)
    single = float(((array - array.mean(axis=0)) ** 2).sum(axis=1).mean())
    variance = single / sizes * (1 if replace else (rows - sizes) / (rows - 1))
    return float(variance) if sizes.ndim == 0 else variance


class GradientNoise(NamedTuple):
    """What :func:`gradient_noise` found, for each batch size.

    Attributes
    ----------
    batch_sizes : array (K,)
    measured : array (K,)
        Mean squared distance of batch gradients to the full one.
    standard_error : array (K,)
        Of ``measured``, from the scatter of the draws.
    predicted : array (K,)
        The same by :func:`predicted_variance`.
    """

    batch_sizes: NDArray[np.int64]
    measured: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    predicted: NDArray[np.float64]


def gradient_noise(
    gradients: ArrayLike,
    batch_sizes: ArrayLike,
    draws: int = 1000,
    *,
    replace: bool = False,
    rng: Rng = 0,
) -> GradientNoise:
    """Measure how far gradients of random batches scatter about the full one.

    Parameters
    ----------
    gradients : array (rows, P)
        Of single rows: see :func:`row_gradients`.
    batch_sizes : array (K,)
    draws : int
        Batches of each size, at least 2.
    replace : bool
        Whether a row may be in a batch more than once.
    rng : Generator, RandomState or int

    Returns
    -------
    GradientNoise

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.random.default_rng(0).normal(size=(100, 5))
    >>> noise = gradient_noise(rows, [1, 10, 50], draws=2000)
    >>> bool((abs(noise.measured - noise.predicted) < 4 * noise.standard_error).all())
    True
    """
    array = _check_rows(gradients)
    sizes = as_array(batch_sizes, "batch_sizes")
    if sizes.ndim != 1 or not sizes.size:
        raise ValueError(f"batch_sizes has shape {sizes.shape}: a list of sizes is needed")
    predicted = predicted_variance(array, sizes, replace=replace)
    check_count("draws", draws, at_least=2)
    generator, full = as_generator(rng), array.mean(axis=0)
    squares = np.array(
        [
            ((batch_gradients(array, size, draws, replace=replace, rng=generator) - full) ** 2).sum(
                axis=1
            )
            for size in sizes.tolist()
        ]
    )
    error = squares.std(axis=1, ddof=1) / np.sqrt(draws)
    return GradientNoise(sizes.astype(np.int64), squares.mean(axis=1), error, predicted)


def noise_scale(gradients: ArrayLike) -> float:
    r"""Return the batch size at which noise and gradient are of equal length.

    .. math:: B_{simple} = S / \lVert \bar g \rVert^2

    Well below it, twice the batch is worth nearly twice the steps; well above, hardly any.

    Parameters
    ----------
    gradients : array (rows, P)
        Of single rows: see :func:`row_gradients`.

    Returns
    -------
    float
        Infinite where the full gradient is zero.

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit.

    References
    ----------
    McCandlish et al. (2018), An empirical model of large-batch training, equation 2.9.

    Examples
    --------
    >>> noise_scale([[1.0], [3.0]])
    0.25
    """
    array = _check_rows(gradients)
    length = float((array.mean(axis=0) ** 2).sum())
    return float(predicted_variance(array, 1, replace=True)) / length if length else float("inf")


def noise_floor(
    learning_rate: ArrayLike, eigenvalues: ArrayLike, variance: ArrayLike, beta: ArrayLike = 0.0
) -> Any:
    r"""Return the mean loss at which descent with noisy gradients hovers over a quadratic.

    With independent noise of variance :math:`\sigma^2` in the gradient along each eigenvector, and
    a constant rate, the distance :math:`x` from the minimum settles at

    .. math::
        \operatorname{E} x^2 = \frac{\alpha \sigma^2}{\lambda}
        \cdot \frac{1 + \beta}{(1 - \beta) (2 (1 + \beta) - \alpha \lambda)}, \qquad
        \operatorname{E} f = \tfrac12 \sum_\lambda \lambda \operatorname{E} x^2

    For gradient descent, :math:`\beta = 0`, this is
    :math:`\operatorname{E} x^2 = (1 - \alpha\lambda)^2 \operatorname{E} x^2 + \alpha^2 \sigma^2`
    solved for :math:`\operatorname{E} x^2`. For small rates the floor is
    :math:`\frac{\alpha}{1 - \beta}`, the effective rate, times a quarter of the summed variance:
    a smaller rate, or decay, lowers it.

    Parameters
    ----------
    learning_rate : float or array (…)
        :math:`\alpha`, below :math:`2 (1 + \beta) / \lambda`.
    eigenvalues : float or array (K,)
        :math:`\lambda`, above 0.
    variance : float or array (K,)
        :math:`\sigma^2` along each eigenvector.
    beta : float or array (…)
        :math:`\beta` of undamped momentum; 0 is gradient descent.

    Returns
    -------
    float or array (…)

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit, or a rate at which the run diverges.

    References
    ----------
    Mandt, Hoffman and Blei (2017), Stochastic gradient descent as approximate Bayesian inference,
    for the same in continuous time.

    Examples
    --------
    >>> noise_floor(0.5, 2.0, 0.01)
    0.0025
    >>> noise_floor([0.1, 0.01], [1.0, 2.0], 0.01).round(7)
    array([5.409e-04, 5.040e-05])
    """
    given = {
        "learning_rate": learning_rate,
        "eigenvalues": eigenvalues,
        "variance": variance,
        "beta": beta,
    }
    arrays = {name: as_array(value, name) for name, value in given.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
            raise ValueError(f"{name} is {given[name]!r}: finite real numbers are needed")
        if (array < 0).any() or (name == "eigenvalues" and not array.all()):
            raise ValueError(f"{name} is {given[name]!r}: numbers above 0 are needed")
    alpha, b = arrays["learning_rate"][..., None], arrays["beta"][..., None]
    spectrum = np.atleast_1d(arrays["eigenvalues"])
    reach = 2 * (1 + b) - alpha * spectrum
    if (b >= 1).any() or (reach <= 0).any():
        raise ValueError(
            f"learning_rate is {learning_rate!r} and beta is {beta!r}: a beta below 1 and a rate "
            "below 2 (1 + beta) / eigenvalue, where runs converge, are needed"
        )
    share = alpha * arrays["variance"] * (1 + b) / ((1 - b) * reach)
    floor = np.broadcast_to(share, np.broadcast_shapes(share.shape, reach.shape)).sum(axis=-1) / 2
    return float(floor) if floor.ndim == 0 else floor
