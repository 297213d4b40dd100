r"""How fast optimizers converge on a quadratic: predicted from eigenvalues, measured on runs.

Along an eigenvector of the Hessian with eigenvalue :math:`\lambda`, the gradient at distance
:math:`x` from the minimum is :math:`\lambda x`, and every method here becomes a recursion of two
terms, :math:`x_{t+1} = \tau x_t - \delta x_{t-1}`. With :math:`\alpha` the learning rate:

.. math::
    \text{gradient descent: } & \tau = 1 - \alpha\lambda, & \delta &= 0 \\
    \text{momentum: } & \tau = 1 + \beta - \alpha\lambda, & \delta &= \beta \\
    \text{damped momentum: } & \tau = 1 + \beta - (1 - \beta) \alpha\lambda, & \delta &= \beta \\
    \text{Nesterov: } & \tau = (1 + \beta)(1 - \alpha\lambda), & \delta &= \beta(1 - \alpha\lambda)

Momentum's line follows from :math:`v_{t+1} = \beta v_t + \lambda x_t` and
:math:`x_{t+1} = x_t - \alpha v_{t+1}` by putting :math:`\alpha v_t = x_{t-1} - x_t`. A step maps
:math:`(x_t, x_{t-1})` to :math:`(x_{t+1}, x_t)` by the matrix of :func:`step_matrix`, and the
larger absolute value of its two eigenvalues, its spectral radius, is the factor by which the
distance shrinks a step in the long run: the rate of convergence. Below 1 the run converges, the
smaller the faster; above 1 it diverges.

References
----------
Polyak (1964), Some methods of speeding up the convergence of iteration methods; Nesterov (1983),
A method of solving a convex programming problem with convergence rate O(1/k²); Goh (2017), Why
momentum really works.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import as_array, check_number, one_of

Array = NDArray[Any]

#: What the functions of this module predict.
METHODS = ("gradient_descent", "momentum", "damped_momentum", "nesterov")


def _coefficients(
    method: str, learning_rate: ArrayLike, eigenvalue: ArrayLike, beta: ArrayLike
) -> tuple[Array, Array]:
    """Return tau and delta of the recursion, broadcast to one shape."""
    one_of("method", method, METHODS)
    alpha = _numbers("learning_rate", learning_rate, least=0)
    lam, b = _numbers("eigenvalues", eigenvalue), _numbers("beta", beta, least=0, below=1)
    if method == "gradient_descent" and b.any():
        raise ValueError(f"beta is {beta!r}: gradient_descent has none, 0 is needed")
    reach = alpha * lam
    if method == "nesterov":
        tau, delta = (1 + b) * (1 - reach), b * (1 - reach)
    else:
        tau, delta = 1 + b - (1 - b if method == "damped_momentum" else 1) * reach, b
    both = np.broadcast_arrays(tau, delta)
    return both[0], both[1]


def _numbers(
    name: str, values: ArrayLike, least: float = -np.inf, below: float = np.inf
) -> NDArray[np.float64]:
    array = as_array(values, name)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} has dtype {array.dtype}: real numbers are needed")
    wrong = ~(np.isfinite(array) & (array >= least) & (array < below))
    if wrong.any() or not array.size:
        came = array[wrong].ravel()[0] if array.size else "empty"
        words = [f"at least {least:g}"] if np.isfinite(least) else []
        words += [f"below {below:g}"] if np.isfinite(below) else []
        wanted = "finite numbers" + (" of " + " and ".join(words) if words else "")
        raise ValueError(f"{name} has the value {came}: {wanted} are needed")
    return array.astype(np.float64)


def step_matrix(
    method: str, learning_rate: float, eigenvalue: float, beta: float = 0.0
) -> NDArray[np.float64]:
    r"""Return the matrix of a step along one eigenvector.

    .. math::
        \begin{pmatrix} x_{t+1} \\ x_t \end{pmatrix} =
        \begin{pmatrix} \tau & -\delta \\ 1 & 0 \end{pmatrix}
        \begin{pmatrix} x_t \\ x_{t-1} \end{pmatrix}

    with :math:`\tau` and :math:`\delta` as at the top of this module. The run starts at rest:
    :math:`x_{-1} = x_0` for both kinds of momentum, and :math:`x_{-1} = x_0 / (1 - \alpha\lambda)`
    for Nesterov's, whose velocity belongs to another point than its gradient.

    Parameters
    ----------
    method : {"gradient_descent", "momentum", "damped_momentum", "nesterov"}
    learning_rate : float
        :math:`\alpha`, at least 0.
    eigenvalue : float
        :math:`\lambda` of the Hessian.
    beta : float
        :math:`\beta`, from 0 to below 1.

    Returns
    -------
    array (2, 2)

    Raises
    ------
    ValueError, TypeError
        For an unknown method, or numbers out of range.

    Examples
    --------
    >>> step_matrix("momentum", 0.1, eigenvalue=2.0, beta=0.5)
    array([[ 1.3, -0.5],
           [ 1. ,  0. ]])
    """
    for name, value in (("learning_rate", learning_rate), ("eigenvalue", eigenvalue)):
        check_number(name, value)
    check_number("beta", beta)
    tau, delta = _coefficients(method, learning_rate, eigenvalue, beta)
    return np.array([[float(tau), -float(delta)], [1.0, 0.0]])


def convergence_rate(
    method: str, learning_rate: ArrayLike, eigenvalues: ArrayLike, beta: ArrayLike = 0.0
) -> Any:
    r"""Return the factor by which the distance to the minimum shrinks a step, in the long run.

    The spectral radius of :func:`step_matrix`, the worst over all eigenvalues:

    .. math::
        \rho = \max_\lambda \begin{cases}
        \sqrt{\delta} & \text{if } \tau^2 < 4 \delta \text{ (the run oscillates)} \\
        \tfrac12 \left(|\tau| + \sqrt{\tau^2 - 4 \delta}\right) & \text{otherwise}
        \end{cases}

    The loss shrinks by :math:`\rho^2`.

    Parameters
    ----------
    method : {"gradient_descent", "momentum", "damped_momentum", "nesterov"}
    learning_rate : float or array (…)
        :math:`\alpha`, at least 0.
    eigenvalues : float or array (K,)
        The spectrum of the Hessian. An eigenvalue of 0 keeps its distance forever: rate 1.
    beta : float or array (…)
        :math:`\beta`, from 0 to below 1; broadcast against ``learning_rate``, so that
        ``beta[:, None]`` gives a map ``(betas, rates)``.

    Returns
    -------
    float or array (…)

    Raises
    ------
    ValueError, TypeError
        For an unknown method, numbers out of range, or shapes that do not fit.

    References
    ----------
    Goh (2017), Why momentum really works; Polyak (1964), section 3.

    Examples
    --------
    >>> convergence_rate("gradient_descent", 0.5, [0.05, 1.0])
    0.975
    >>> convergence_rate("momentum", [0.5, 1.0], [0.05, 1.0], beta=0.81).round(3)
    array([0.9, 0.9])
    """
    spectrum = as_array(eigenvalues, "eigenvalues")
    if spectrum.ndim > 1:
        raise ValueError(f"eigenvalues has shape {spectrum.shape}: a number or (K,) is needed")
    alpha, b = as_array(learning_rate, "learning_rate"), as_array(beta, "beta")
    try:
        np.broadcast_shapes(alpha.shape, b.shape)
    except ValueError:
        raise ValueError(
            f"beta has shape {b.shape}, learning_rate {alpha.shape}: shapes that broadcast are "
            "needed"
        ) from None
    tau, delta = _coefficients(method, alpha[..., None], spectrum.reshape(-1), b[..., None])
    inside = tau * tau - 4 * delta
    radius = np.where(
        inside < 0,
        np.sqrt(np.maximum(delta, 0)),
        (np.abs(tau) + np.sqrt(np.maximum(inside, 0))) / 2,
    ).max(axis=-1)
    return float(radius) if radius.ndim == 0 else radius


class Setting(NamedTuple):
    """A learning rate and beta, and the rate of convergence they reach."""

    learning_rate: float
    beta: float
    rate: float


def best_setting(method: str, smallest: float, largest: float) -> Setting:
    r"""Return the learning rate and beta that converge fastest, for eigenvalues in a range.

    With :math:`\mu` and :math:`L` the smallest and largest eigenvalue and
    :math:`\kappa = L / \mu`:

    .. math::
        \text{gradient descent: } & \alpha = \frac{2}{L + \mu}, &
        \rho &= \frac{\kappa - 1}{\kappa + 1} \\
        \text{momentum: } & \alpha = \left(\frac{2}{\sqrt L + \sqrt\mu}\right)^2,\
        \beta = \left(\frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}\right)^2, &
        \rho &= \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1} \\
        \text{Nesterov: } & \alpha = \frac{4}{3 L + \mu},\
        \beta = \frac{\sqrt{3 \kappa + 1} - 2}{\sqrt{3 \kappa + 1} + 2}, &
        \rho &= 1 - \frac{2}{\sqrt{3 \kappa + 1}}

    Damped momentum needs :math:`1 / (1 - \beta)` times the rate of momentum. Nesterov's own
    setting for all convex functions, :math:`\alpha = 1 / L` and
    :math:`\beta = (\sqrt\kappa - 1) / (\sqrt\kappa + 1)`, gives :math:`1 - 1 / \sqrt\kappa`.

    Parameters
    ----------
    method : {"gradient_descent", "momentum", "damped_momentum", "nesterov"}
    smallest, largest : float
        :math:`\mu` above 0 and :math:`L`, at least as large.

    Returns
    -------
    Setting
        With ``learning_rate``, ``beta`` and ``rate``.

    Raises
    ------
    ValueError, TypeError
        For an unknown method, or numbers out of range.

    References
    ----------
    Polyak (1964), section 3, for momentum; Lessard, Recht and Packard (2016), Analysis and design
    of optimization algorithms via integral quadratic constraints, table 1, for all three.

    Examples
    --------
    >>> best_setting("gradient_descent", 1.0, 9.0)
    Setting(learning_rate=0.2, beta=0.0, rate=0.8)
    >>> best_setting("momentum", 1.0, 9.0)
    Setting(learning_rate=0.25, beta=0.25, rate=0.5)
    """
    one_of("method", method, METHODS)
    mu = check_number("smallest", smallest, above=0)
    top = check_number("largest", largest, at_least=mu)
    if method == "gradient_descent":
        return Setting(2 / (top + mu), 0.0, (top - mu) / (top + mu))
    if method == "nesterov":
        root = sqrt(3 * top / mu + 1)
        return Setting(4 / (3 * top + mu), (root - 2) / (root + 2), 1 - 2 / root)
    rate = (sqrt(top) - sqrt(mu)) / (sqrt(top) + sqrt(mu))
    alpha = (2 / (sqrt(top) + sqrt(mu))) ** 2
    return Setting(alpha / (1 - rate**2) if method == "damped_momentum" else alpha, rate**2, rate)


def stability_limit(method: str, largest: float, beta: float = 0.0) -> float:
    r"""Return the learning rate above which a quadratic's steepest direction grows.

    .. math::
        \text{gradient descent: } \frac{2}{L}, \quad
        \text{momentum: } \frac{2 (1 + \beta)}{L}, \quad
        \text{damped momentum: } \frac{2 (1 + \beta)}{(1 - \beta) L}, \quad
        \text{Nesterov: } \frac{2 (1 + \beta)}{(1 + 2 \beta) L}

    There one eigenvalue of :func:`step_matrix` is -1: :math:`1 + \tau + \delta = 0`.

    Parameters
    ----------
    method : {"gradient_descent", "momentum", "damped_momentum", "nesterov"}
    largest : float
        :math:`L`, the largest eigenvalue of the Hessian, above 0.
    beta : float
        :math:`\beta`, from 0 to below 1.

    Returns
    -------
    float

    Raises
    ------
    ValueError, TypeError
        For an unknown method, or numbers out of range.

    References
    ----------
    Polyak (1964), section 3; Goh (2017), Why momentum really works.

    Examples
    --------
    >>> stability_limit("gradient_descent", 4.0), stability_limit("momentum", 4.0, beta=0.5)
    (0.5, 0.75)
    """
    top = check_number("largest", largest, above=0)
    check_number("beta", beta)
    # tau and delta are linear in the rate, so two of them tell where the sum vanishes
    at_zero, at_one = (sum(_coefficients(method, a / top, top, beta)) for a in (0.0, 1.0))
    return float((1 + at_zero) / (at_zero - at_one) / top)


def measured_rate(values: ArrayLike, *, losses: bool = False, floor: float = 1e-13) -> float:
    r"""Return the factor a step that a run shows in its second half.

    Runs with momentum swing, and where their swing passes the minimum the distance is small by
    accident. So the slope of the logarithm of the distance is the median over all pairs of steps
    half a window apart, which a few such steps do not move (after Theil and Sen). The end of a run,
    where rounding has taken over, is left out.

    Parameters
    ----------
    values : array (steps + 1,)
        Distances to the minimum, from the start on; or losses above the lowest possible.
    losses : bool
        Whether values are losses: they fall with the square of the distance, and the root of
        their factor is returned.
    floor : float
        How small a value may be, relative to the first, before it counts as rounding. 0 is right
        where the minimum is the origin: distances to it keep all their digits.

    Returns
    -------
    float
        Comparable with :func:`convergence_rate`.

    Raises
    ------
    ValueError
        If a value is negative, or fewer than 8 are above rounding and finite.

    References
    ----------
    Sen (1968), Estimates of the regression coefficient based on Kendall's tau.

    Examples
    --------
    >>> import numpy as np
    >>> round(measured_rate(5 * 0.9 ** np.arange(50)), 6)
    0.9
    """
    array = as_array(values, "values")
    if array.ndim != 1 or array.dtype.kind not in "iuf":
        raise ValueError(
            f"values has shape {array.shape} and dtype {array.dtype}: one number a step is needed"
        )
    if (array < 0).any():
        raise ValueError(f"values has {array[array < 0][0]}: distances of at least 0 are needed")
    lowest = check_number("floor", floor, at_least=0, below=1)
    broken = np.flatnonzero(~np.isfinite(array))
    distances = array[: broken[0] if len(broken) else None].astype(np.float64)
    # a single small value is the swing; rounding has taken over where all later ones are small
    alive = np.flatnonzero(distances > lowest * distances[:1])
    distances = distances[: alive[-1] + 1 if len(alive) else 0]
    if len(distances) < 8:
        raise ValueError(
            f"values has {len(distances)} numbers above rounding and finite: at least 8 are needed"
        )
    window = distances[len(distances) // 2 :]
    apart = len(window) // 2
    with np.errstate(divide="ignore", invalid="ignore"):
        heights = np.log(window)
        slopes = (heights[apart:] - heights[:-apart]) / apart
    slopes = slopes[np.isfinite(slopes)]
    if not slopes.size:
        raise ValueError("values has too many zeros: distances to the minimum are needed")
    slope = float(np.median(slopes))
    return float(np.exp(slope / 2 if losses else slope))


def largest_stable_rate(
    run: Callable[[float], ArrayLike], guess: float = 1.0, tolerance: float = 0.01
) -> float:
    r"""Find by experiment the largest learning rate at which a run does not grow.

    From ``guess`` the rate is doubled or halved until one is stable and the next is not; then the
    gap is halved, on the logarithmic scale, until it is within ``tolerance``. A run is unstable if
    it is not finite, or if the largest value of its last quarter is above that of the half
    before. On a quadratic the answer is :math:`2 / \lambda_{max}` for gradient descent,
    :math:`2 (1 + \beta) / \lambda_{max}` for momentum, if the run is long enough for the growth
    along the steepest direction, and not just a swing, to show. A network whose run
    grows may leave for a flatter place and be stable there: keep its runs short.

    Parameters
    ----------
    run : callable
        From a learning rate to the distances or losses of a run with it, ``(steps + 1,)``.
    guess : float
        Where to begin, above 0.
    tolerance : float
        How close, relative to the rate; from 1e-12 to below 1.

    Returns
    -------
    float
        The largest rate that was seen to be stable. One at most ``tolerance`` higher was not.

    Raises
    ------
    ValueError, TypeError
        If ``run`` gives no such values, or all rates within a factor of a million are stable, or
        none is.

    References
    ----------
    Polyak (1964), section 3, for the bounds.

    Examples
    --------
    >>> import numpy as np
    >>> def run(rate):
    ...     return np.abs(1 - rate * 4.0) ** np.arange(40)
    >>> round(largest_stable_rate(run, tolerance=1e-6), 5)
    0.5
    """
    if not callable(run):
        raise TypeError(f"run is {run!r}: a function of the learning rate is needed")
    rate = check_number("guess", guess, above=0)
    closeness = check_number("tolerance", tolerance, at_least=1e-12, below=1)
    good = _is_stable(run, rate)
    for _ in range(20):
        following = rate * 2 if good else rate / 2
        if _is_stable(run, following) != good:
            break
        rate = following
    else:
        raise ValueError(
            f"guess is {float(guess)!r}: every rate from there to {rate:.3g} is "
            f"{'stable' if good else 'unstable'}; one closer to the edge is needed"
        )
    low, high = min(rate, following), max(rate, following)
    while high > low * (1 + closeness):
        middle = sqrt(low * high)
        if _is_stable(run, middle):
            low = middle
        else:
            high = middle
    return low


def _is_stable(run: Callable[[float], ArrayLike], rate: float) -> bool:
    with np.errstate(all="ignore"):
        values = as_array(run(rate), "run(rate)")
    if values.ndim != 1 or len(values) < 8 or values.dtype.kind not in "iuf":
        raise ValueError(
            f"run({rate:.3g}) has shape {values.shape} and dtype {values.dtype}: at least 8 "
            "distances or losses of one run are needed"
        )
    if not np.isfinite(values).all():
        return False
    quarter = len(values) // 4
    return bool(values[-quarter:].max() <= values[-3 * quarter : -quarter].max())
