"""Penalties on the weights: L2, L1, and the max-norm constraint.

All act on the flat vector ``theta``, ``(P,)`` or ``(R, P)``, with a ``mask`` ``(P,)`` that is 1
for weights and 0 for biases (:attr:`dlbook.MLP.weight_mask`): biases are left free. They move
a boundary without bending it, and are too few to overfit with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlbook._checks import check_number

Array = NDArray[Any]


class Penalty:
    """What :func:`dlbook.train` and :meth:`dlbook.MLP.loss` ask of a penalty."""

    def value(self, theta: Array, mask: Array) -> Any:
        """Return what is added to the loss: a number, or one per replicate."""
        return np.zeros(theta.shape[:-1], theta.dtype)[()]

    def gradient(self, theta: Array, mask: Array) -> Array | None:
        """Return what is added to the gradient, in the shape of ``theta``; None for nothing."""
        return None

    def project(self, weights: Iterable[Array]) -> None:
        """Change the weight matrices ``(…, n_in, n_out)`` in place after an update."""


class L2(Penalty):
    r"""Add half the squared weights to the loss.

    .. math:: \frac{\lambda}{2} \sum_w w^2, \qquad \text{gradient } \lambda w

    with :math:`\lambda` = ``strength`` and the sum over all weights, not biases. Courses that
    write :math:`\frac{\lambda'}{2m} \sum w^2` for ``m`` training rows mean
    ``strength`` :math:`= \lambda' / m`.

    Parameters
    ----------
    strength : float
        At least 0.

    References
    ----------
    Krogh and Hertz (1991), A simple weight decay can improve generalization.

    Examples
    --------
    >>> import numpy as np
    >>> theta, mask = np.array([3.0, 4.0, 5.0]), np.array([1.0, 1.0, 0.0])
    >>> float(L2(0.1).value(theta, mask))
    1.25
    >>> L2(0.1).gradient(theta, mask)
    array([0.3, 0.4, 0. ])
    """

    def __init__(self, strength: float) -> None:
        self.strength = check_number("strength", strength, at_least=0)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.strength:g})"

    def value(self, theta: Array, mask: Array) -> Any:
        return self.strength / 2 * (mask * theta * theta).sum(axis=-1)

    def gradient(self, theta: Array, mask: Array) -> Array:
        return np.asarray(self.strength * mask * theta)


class L1(Penalty):
    r"""Add the absolute weights to the loss.

    .. math:: \lambda \sum_w |w|, \qquad \text{gradient } \lambda \operatorname{sign}(w)

    (0 at w = 0). Plain gradient steps make weights small, not exactly 0.

    Parameters
    ----------
    strength : float
        At least 0.

    References
    ----------
    Tibshirani (1996), Regression shrinkage and selection via the lasso.

    Examples
    --------
    >>> import numpy as np
    >>> float(L1(0.1).value(np.array([3.0, -4.0]), np.ones(2)))
    0.7
    """

    def __init__(self, strength: float) -> None:
        self.strength = check_number("strength", strength, at_least=0)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.strength:g})"

    def value(self, theta: Array, mask: Array) -> Any:
        return self.strength * (mask * theta * np.sign(theta.real)).sum(axis=-1)

    def gradient(self, theta: Array, mask: Array) -> Array:
        return np.asarray(self.strength * mask * np.sign(theta))


class MaxNorm(Penalty):
    r"""Keep the incoming weights of each unit within a ball.

    After every update the column :math:`w_j` of each weight matrix becomes
    :math:`w_j \min(1, c / \lVert w_j \rVert_2)` with :math:`c` = ``limit``.

    Parameters
    ----------
    limit : float
        Above 0.

    References
    ----------
    Srebro and Shraibman (2005), Rank, trace-norm and max-norm; as used with dropout by
    Srivastava et al. (2014), section 5.1.

    Examples
    --------
    >>> import numpy as np
    >>> W = np.array([[3.0, 0.3], [4.0, 0.4]])
    >>> MaxNorm(1.0).project([W])
    >>> W
    array([[0.6, 0.3],
           [0.8, 0.4]])
    """

    def __init__(self, limit: float) -> None:
        self.limit = check_number("limit", limit, above=0)

    def __repr__(self) -> str:
        return f"MaxNorm({self.limit:g})"

    def project(self, weights: Iterable[Array]) -> None:
        for W in weights:
            norm = np.sqrt((W * W).sum(axis=-2, keepdims=True))
            W *= self.limit / np.maximum(norm, self.limit)


def as_penalties(penalty: Penalty | Sequence[Penalty] | None) -> tuple[Penalty, ...]:
    """Return no, one or several penalties as a tuple.

    Raises
    ------
    TypeError
        If an entry is not a penalty.

    Examples
    --------
    >>> as_penalties([L2(0.1), MaxNorm(3)])
    (L2(0.1), MaxNorm(3))
    """
    if penalty is None:
        return ()
    several = penalty if isinstance(penalty, list | tuple) else (penalty,)
    for each in several:
        if not isinstance(each, Penalty):
            raise TypeError(f"penalty is {each!r}: L2, L1, MaxNorm or a list of them is needed")
    return tuple(several)
