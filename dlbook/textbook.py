"""A network written as textbooks write it: a short text that is shown, changed and run.

:class:`dlbook.MLP` is arranged for any number of layers and for speed. The text :data:`SOURCE` is
neither: two hidden layers of tanh with dropout, softmax and L2, a line for each equation, so that
a bug is one changed line. :mod:`dlbook.bugs` changes lines; this module runs what came out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import CodeType, SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from dlbook._checks import Rng, as_generator, check_count, check_number
from dlbook.network import MLP
from dlbook.penalties import L2

Array = NDArray[Any]

#: The text of the unbroken network. ``theta`` may have a leading axis in all but the gradient.
SOURCE = '''\
import numpy as np

SIZES, KEEP, DECAY, RATE, BATCH = (4, 5, 5, 3), 0.8, 0.5, 0.5, 20


def split(theta):
    """Cut the vector into W1, b1, W2, b2, W3, b3; a bias is a row."""
    parts, start = [], 0
    for n_in, n_out in zip(SIZES, SIZES[1:]):
        for shape in [(n_in, n_out), (1, n_out)]:
            stop = start + shape[0] * shape[1]
            parts.append(theta[..., start:stop].reshape(*theta.shape[:-1], *shape))
            start = stop
    return parts


def forward(theta, X, masks):
    W1, b1, W2, b2, W3, b3 = split(theta)
    A1 = np.tanh(X @ W1 + b1)
    D1 = A1 * masks[0]
    A2 = np.tanh(D1 @ W2 + b2)
    D2 = A2 * masks[1]
    Z3 = D2 @ W3 + b3
    S = Z3 - Z3.real.max(axis=-1, keepdims=True)
    log_P = S - np.log(np.exp(S).sum(axis=-1, keepdims=True))
    return A1, D1, A2, D2, log_P


def loss(theta, X, y, masks):
    W1, b1, W2, b2, W3, b3 = split(theta)
    m, log_P = len(X), forward(theta, X, masks)[-1]
    errors = -log_P[..., np.arange(m), y]
    squares = sum((W * W).sum(axis=(-2, -1)) for W in (W1, W2, W3))
    return errors.sum(axis=-1) / m + DECAY / (2 * m) * squares


def gradient(theta, X, y, masks):
    W1, b1, W2, b2, W3, b3 = split(theta)
    m = len(X)
    A1, D1, A2, D2, log_P = forward(theta, X, masks)

    dZ3 = np.exp(log_P)
    dZ3[np.arange(m), y] -= 1
    dZ3 = dZ3 / m
    dW3 = D2.T @ dZ3 + DECAY / m * W3
    db3 = dZ3.sum(axis=0)

    dD2 = dZ3 @ W3.T
    dA2 = dD2 * masks[1]
    dZ2 = dA2 * (1 - A2 * A2)
    dW2 = D1.T @ dZ2 + DECAY / m * W2
    db2 = dZ2.sum(axis=0)

    dD1 = dZ2 @ W2.T
    dA1 = dD1 * masks[0]
    dZ1 = dA1 * (1 - A1 * A1)
    dW1 = X.T @ dZ1 + DECAY / m * W1
    db1 = dZ1.sum(axis=0)

    return np.concatenate([d.ravel() for d in (dW1, db1, dW2, db2, dW3, db3)])


def initialize(rng):
    theta = np.zeros(sum((n_in + 1) * n_out for n_in, n_out in zip(SIZES, SIZES[1:])))
    for W in split(theta)[::2]:
        W[...] = rng.normal(size=W.shape) / np.sqrt(len(W))
    return theta


def draw_masks(rows, rng):
    return [(rng.random((rows, n)) < KEEP) / KEEP for n in SIZES[1:-1]]


def train(theta, X, y, passes, rng):
    for _ in range(passes):
        order = rng.permutation(len(X))
        for start in range(0, len(X), BATCH):
            rows = order[start : start + BATCH]
            masks = draw_masks(len(rows), rng)
            theta = theta - RATE * gradient(theta, X[rows], y[rows], masks)
    return theta


def predict(theta, X):
    masks = [np.ones((len(X), n)) for n in SIZES[1:-1]]
    return forward(theta, X, masks)[-1].argmax(axis=-1)
'''


def run_source(source: str, **constants: Any) -> SimpleNamespace:
    """Run a text and return the names that it defines.

    Parameters
    ----------
    source : str
        Python: :data:`SOURCE`, or what somebody made of it.
    **constants
        Values for its names in capitals, such as ``DECAY=0``.

    Returns
    -------
    types.SimpleNamespace
        With the functions ``loss``, ``gradient``, ``train`` and the others as attributes.

    Raises
    ------
    ValueError
        If the text is not Python.

    Examples
    --------
    >>> import numpy as np
    >>> code = run_source(SOURCE, KEEP=0.5)
    >>> np.unique(code.draw_masks(100, np.random.default_rng(0))[0])
    array([0., 2.])
    """
    names: dict[str, Any] = {"__name__": "textbook"}
    exec(_compiled(source), names)
    names.update(constants)  # the functions look them up when they are called
    return SimpleNamespace(**{name: each for name, each in names.items() if name[0] != "_"})


@lru_cache(maxsize=128)
def _compiled(source: str) -> CodeType:
    try:
        return compile(source, "textbook", "exec")
    except SyntaxError as error:
        raise ValueError(f"source is not Python: {error}") from None


class Textbook:
    """The textbook's network, or a broken copy of it, with data to run on.

    The rows of ``X`` are normal, the labels ``y`` the largest of as many random products as there
    are classes. ``theta`` is a random point where no parameter is 0, because a bug in the penalty
    of a bias does not show where all biases are 0. The masks are drawn once and serve in every
    evaluation, which makes the loss a function.

    As many rows as hidden units, and two hidden layers of one size, are chosen to be hard on you:
    products of the wrong matrices run. Give ``sizes`` and ``rows`` that all differ, and they
    no longer fit.

    Parameters
    ----------
    source : str, optional
        The text, by default :data:`SOURCE`.
    sizes : sequence of 4 ints
        Units of the input, of two hidden layers, and classes.
    rows : int
        How many samples.
    keep : float
        The fraction of hidden units that dropout keeps, ``KEEP`` in the text; 1 for no dropout.
    decay : float
        ``DECAY`` in the text: the penalty is this by ``2 rows`` times the squared weights.
    rng : Generator, RandomState or int
        Draws data, masks and ``theta``.
    dtype : dtype
        float64 or float32.

    Attributes
    ----------
    code : types.SimpleNamespace
        What the text defines: ``code.train(theta, X, y, passes, rng)`` and the others.
    network : MLP
        The same network; its ``layout`` is that of ``theta``.
    penalty : L2
        The same penalty, as :meth:`dlbook.MLP.loss` takes it.
    layout : dict
        From W1, b1, … to where they lie in ``theta``.
    X, y, masks, theta
        See above.

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit.

    Examples
    --------
    >>> from dlbook import check_gradient
    >>> book = Textbook()
    >>> check_gradient(book.loss, book.theta, book.gradient, names=book.layout).passed
    True
    """

    def __init__(
        self,
        source: str | None = None,
        *,
        sizes: Sequence[int] = (4, 5, 5, 3),
        rows: int = 5,
        keep: float = 0.8,
        decay: float = 0.5,
        rng: Rng = 0,
        dtype: DTypeLike = np.float64,
    ) -> None:
        self.network = MLP(sizes, "tanh", "softmax_cross_entropy", dtype)
        if len(self.network.sizes) != 4 or self.network.sizes[-1] < 2:
            raise ValueError(
                f"sizes is {sizes!r}: an input, two hidden layers and at least 2 classes are needed"
            )
        check_count("rows", rows)
        self.constants = {
            "SIZES": self.network.sizes,
            "KEEP": check_number("keep", keep, above=0, at_most=1),
            "DECAY": check_number("decay", decay, at_least=0),
        }
        self.source = SOURCE if source is None else source
        self.layout = self.network.layout
        self.code = run_source(self.source, **self.constants)
        self.penalty = L2(decay / rows)
        generator, dtype = as_generator(rng), self.network.dtype
        X = generator.normal(size=(rows, self.network.sizes[0]))
        rule = generator.normal(size=(self.network.sizes[0], self.network.sizes[-1]))
        # centred, so that no class can have all the rows
        self.y = ((X - X.mean(axis=0)) @ rule).argmax(axis=1)
        self.X = X.astype(dtype)
        # not by the text's own draw_masks: a bug in it would reach the check
        units = self.network.sizes[1:-1]
        kept = [generator.random((rows, n)) < keep for n in units]
        self.masks = [(each / keep).astype(dtype) for each in kept]
        self.theta = (0.6 * generator.normal(size=self.network.n_parameters)).astype(dtype)

    def loss(self, theta: Array) -> Any:
        """Return the loss at ``theta``: a number, or one for each of several, ``(K, P)``."""
        return self.code.loss(theta, self.X, self.y, self.masks)

    def gradient(self, theta: Array) -> Array:
        """Return what the text takes for the gradient at ``theta``, ``(P,)``."""
        return np.asarray(self.code.gradient(theta, self.X, self.y, self.masks))

    def row_gradients(self, theta: Array) -> Array:
        """Return the gradient of each row's own loss, without penalty, ``(rows, P)``.

        By complex steps, so no mistake in the text's ``gradient`` touches it.
        """
        steps = theta + 1e-20j * np.eye(theta.size, dtype=theta.dtype)
        alone = run_source(self.source, **{**self.constants, "DECAY": 0.0})
        rows = [slice(i, i + 1) for i in range(len(self.X))]
        losses = (
            alone.loss(steps, self.X[i], self.y[i], [mask[i] for mask in self.masks]) for i in rows
        )
        return np.array([loss.imag / 1e-20 for loss in losses], theta.dtype)
