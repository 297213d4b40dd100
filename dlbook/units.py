"""Units that have gone silent: which are dead, and which networks they cut in two."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook.network import MLP

__all__ = ["blocked", "dead_units"]

Array = NDArray[Any]
Bools = NDArray[np.bool_]


def dead_units(network: MLP, theta: Array, X: ArrayLike) -> list[Bools]:
    r"""Tell which hidden units are dead: no row of the data gets a gradient through them.

    Unit :math:`j` of layer :math:`l` is dead if :math:`f'(z_{lj}) = 0` on every row. For ReLU that
    is :math:`z_{lj} \le 0`: the unit puts out 0 everywhere, and the gradient by its weights and its
    bias is 0. It lives again only if a layer below it moves, or if what is left of a velocity or
    weight decay pushes it back. A sigmoid or tanh unit counts as dead where its slope rounds to 0
    on every row.

    Parameters
    ----------
    network : MLP
    theta : array (P,) or (replicates, P)
        Its parameters.
    X : array (rows, n_in) or (replicates, rows, n_in)
        The rows to look at, usually those of training.

    Returns
    -------
    list of array of bool, (units,) or (replicates, units)
        True for dead units, one array for each hidden layer, the first layer first.

    Raises
    ------
    ValueError, TypeError
        If the shapes do not fit the network.

    References
    ----------
    Lu, Shin, Su and Karniadakis (2020), Dying ReLU and initialization: theory and numerical
    examples.

    Examples
    --------
    >>> import numpy as np
    >>> from dlbook import MLP
    >>> network, X = MLP((1, 2, 1)), np.array([[-1.0], [1.0], [2.0]])
    >>> theta = np.array([1.0, 1.0, 0.0, -3.0, 1.0, 1.0, 0.0])  # W1, b1, W2, b2
    >>> dead_units(network, theta, X)
    [array([False,  True])]
    """
    hidden = network.layers(theta, X)[:-1]
    return [(network.activation.derivative(each.pre_activation) == 0).all(-2) for each in hidden]


def blocked(network: MLP, theta: Array, X: ArrayLike) -> Any:
    """Tell whether a hidden layer is dead as a whole, so that nothing gets through.

    Where every unit of a ReLU layer is dead, all rows get the same logits: the best such a network
    can do is to name the most frequent class. No gradient reaches the layer or what lies below it,
    so a start that is blocked stays so under every optimizer (weight decay, or other rows, may free
    it; in the middle of a run, so may what is left of a velocity).

    Parameters
    ----------
    network, theta, X
        As for :func:`dead_units`.

    Returns
    -------
    bool or array of bool (replicates,)

    Raises
    ------
    ValueError, TypeError
        If the shapes do not fit the network.

    Examples
    --------
    How many of 1,000 starts of a narrow network never had a chance?

    >>> from dlbook import MLP, datasets
    >>> X, y = datasets.moons(300, rng=0)
    >>> network = MLP((2, 2, 2, 1))
    >>> int(blocked(network, network.initialize(rng=0, replicates=1000), X).sum())
    81
    """
    whole = [layer.all(axis=-1) for layer in dead_units(network, theta, X)]
    found = np.logical_or.reduce([np.zeros(theta.shape[:-1], dtype=bool), *whole])
    return found if found.ndim else bool(found)
