"""The multilayer perceptron: one flat parameter vector, named views, any number of replicates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from dlbook import activations, initializers, losses
from dlbook._checks import (
    Rng,
    as_array,
    as_generator,
    check_count,
    check_data,
    check_dtype,
    check_number,
)
from dlbook.activations import Activation
from dlbook.engine import Engine, layer_blocks, with_ones
from dlbook.losses import Loss
from dlbook.penalties import Penalty, as_penalties

Array = NDArray[Any]


class Parameter(NamedTuple):
    """Where a named parameter lies in the flat vector, and its shape."""

    where: slice
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """What one layer computed: see :meth:`MLP.layers`.

    Attributes
    ----------
    pre_activation : array (…, rows, units)
        ``z = a W + b`` with ``a`` the layer before.
    activation : array (…, rows, units)
        ``f(z)``; for the last layer, the logits again.
    signal : array (…, rows, units) or None
        The derivative of the mean loss by ``z``, where labels were given.
    """

    pre_activation: Array
    activation: Array
    signal: Array | None = None


class MLP:
    r"""A fully connected network, described by its layer sizes.

    Layer :math:`l` computes :math:`z_l = a_{l-1} W_l + b_l` and :math:`a_l = f(z_l)`; the last
    layer's :math:`z` are the logits. Rows of ``X`` are samples, ``W_l`` is ``(n_in, n_out)``.
    The network holds no parameters: they are one vector ``theta``, ``(P,)``, passed to every
    method, or ``(R, P)`` for ``R`` replicates at once. Every result then has a leading axis
    ``R``.

    Parameters
    ----------
    sizes : sequence of int
        Units of each layer from input to output, such as ``(2, 10, 5, 1)``.
    activation : str or Activation
        Of the hidden layers: relu, leaky_relu, tanh, sigmoid or identity.
    loss : str or Loss, optional
        binary_cross_entropy (one output), softmax_cross_entropy (one output a class) or
        squared_error. If left out, the first for one output and the second for several.
    dtype : dtype
        float64 or float32.

    Raises
    ------
    ValueError, TypeError
        For sizes below 1, fewer than two layers, an unknown name or dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from dlbook import MLP
    >>> network = MLP((2, 3, 1))
    >>> theta = network.initialize("he_normal", rng=0, replicates=4)
    >>> theta.shape
    (4, 13)
    >>> X, y = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0, 1])
    >>> network.loss(theta, X, y).shape, network.gradient(theta, X, y).shape
    ((4,), (4, 13))
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str | Activation = "relu",
        loss: str | Loss | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        wanted = "a list with an input and an output size is needed"
        if not isinstance(sizes, list | tuple | np.ndarray):
            raise TypeError(f"sizes is {sizes!r}: {wanted}")
        if len(sizes) < 2:
            raise ValueError(f"sizes is {sizes!r}: {wanted}")
        self.sizes = tuple(check_count("sizes", n) for n in sizes)
        self.activation = activations.get(activation)
        if loss is None:
            loss = "binary_cross_entropy" if self.sizes[-1] == 1 else "softmax_cross_entropy"
        self.loss_function = losses.get(loss)
        self.dtype = check_dtype(dtype)
        self.layout: dict[str, Parameter] = {}
        start = 0
        for layer, (n_in, n_out) in enumerate(pairwise(self.sizes), start=1):
            middle, stop = start + n_in * n_out, start + (n_in + 1) * n_out
            self.layout[f"W{layer}"] = Parameter(slice(start, middle), (n_in, n_out))
            self.layout[f"b{layer}"] = Parameter(slice(middle, stop), (n_out,))
            start = stop
        self.n_parameters = start
        self.weight_mask = np.zeros(start, self.dtype)
        for name, (where, _) in self.layout.items():
            self.weight_mask[where] = name.startswith("W")

    def __repr__(self) -> str:
        return (
            f"MLP({self.sizes}, activation={self.activation.name!r}, "
            f"loss={self.loss_function.name!r}, dtype={self.dtype.name!r})"
        )

    def __str__(self) -> str:
        lines = ["layer  computes            W             b        parameters"]
        last = len(self.sizes) - 1
        for layer in range(1, last + 1):
            n_in, n_out = self.sizes[layer - 1 : layer + 1]
            computes = "logits" if layer == last else self.activation.name
            lines.append(
                f"{layer:<5}  {n_in} -> {n_out} {computes}".ljust(27)
                + f"({n_in}, {n_out})".ljust(14)
                + f"({n_out},)".ljust(9)
                + f"{(n_in + 1) * n_out:>10,}"
            )
        total = f"loss: {self.loss_function.name}, {self.dtype.name}"
        return "\n".join([*lines, total.ljust(50) + f"{self.n_parameters:>10,}"])

    def initialize(
        self,
        initializer: str | Callable[..., Array] = "he_normal",
        rng: Rng = 0,
        replicates: int | None = None,
        bias: float = 0.0,
    ) -> Array:
        """Return new parameters: weights drawn layer by layer, biases constant.

        Parameters
        ----------
        initializer : str or callable
            A name in :mod:`dlbook.initializers`, or ``f(n_in, n_out, rng, replicates, dtype)``.
        rng : Generator, RandomState or int
            Where the weights come from.
        replicates : int, optional
            How many independent starts; none gives a plain vector.
        bias : float
            The value of all biases.

        Returns
        -------
        array (P,) or (replicates, P)
        """
        draw = initializers.get(initializer)
        generator = as_generator(rng)
        if replicates is not None:
            check_count("replicates", replicates)
        theta = np.empty(
            (self.n_parameters,) if replicates is None else (replicates, self.n_parameters),
            self.dtype,
        )
        theta[...] = check_number("bias", bias)
        for W in self.weights(theta):
            W[...] = draw(*W.shape[-2:], generator, replicates, self.dtype)
        return theta

    def views(self, theta: Array) -> dict[str, Array]:
        """Return the named parameters ``W1, b1, W2, …`` as views: writing to one changes theta."""
        theta = self._check_theta(theta)
        return {
            name: theta[..., where].reshape(*theta.shape[:-1], *shape)
            for name, (where, shape) in self.layout.items()
        }

    def weights(self, theta: Array) -> list[Array]:
        """Return the weight matrices ``(…, n_in, n_out)`` as views."""
        return [block[..., :-1, :] for block in layer_blocks(self.sizes, self._check_theta(theta))]

    def layers(self, theta: Array, X: ArrayLike, y: ArrayLike | None = None) -> list[Layer]:
        """Return every layer's values, and with labels ``y`` also what flows back through it.

        Returns
        -------
        list of Layer
            The first hidden layer first, the logits last.
        """
        theta, a = self._check(theta, X)
        steps, last = [], len(self.sizes) - 2
        for layer, block in enumerate(layer_blocks(self.sizes, theta)):
            W, b = block[..., :-1, :], block[..., -1:, :]
            z = a @ W + b
            a = z if layer == last else self.activation(z)
            steps.append((z, a))
        if y is None:
            return [Layer(z, a) for z, a in steps]
        engine = self._run_engine(theta, X, y)
        engine.backward()
        return [Layer(z, a, d) for (z, a), d in zip(steps, engine.signals(), strict=True)]

    def forward(self, theta: Array, X: ArrayLike) -> Array:
        """Return the logits ``(rows, n_out)`` or ``(replicates, rows, n_out)``."""
        return self.layers(theta, X)[-1].pre_activation

    def loss(
        self,
        theta: Array,
        X: ArrayLike,
        y: ArrayLike,
        penalty: Penalty | Sequence[Penalty] | None = None,
    ) -> Any:
        """Return the mean loss, penalties included: a number, or ``(replicates,)``."""
        theta, X = self._check(theta, X, y)
        total = self.loss_function(self.forward(theta, X), y)
        for each in as_penalties(penalty):
            total = total + each.value(theta, self.weight_mask)
        return total

    def gradient(
        self,
        theta: Array,
        X: ArrayLike,
        y: ArrayLike,
        penalty: Penalty | Sequence[Penalty] | None = None,
    ) -> Array:
        """Return the gradient of :meth:`loss` by backpropagation, in the shape of theta."""
        return self.loss_and_gradient(theta, X, y, penalty)[1]

    def loss_and_gradient(
        self,
        theta: Array,
        X: ArrayLike,
        y: ArrayLike,
        penalty: Penalty | Sequence[Penalty] | None = None,
    ) -> tuple[Any, Array]:
        """Return both at the price of one pass."""
        engine = self._run_engine(theta, X, y)
        total, gradient = engine.batch_loss(), engine.backward()
        for each in as_penalties(penalty):
            total = total + each.value(theta, self.weight_mask)
            extra = each.gradient(theta, self.weight_mask)
            if extra is not None:
                gradient += extra
        return total, gradient

    def predict(self, theta: Array, X: ArrayLike) -> Array:
        """Return predicted labels ``(…, rows)``; with squared_error, values ``(…, rows, n_out)``.

        One logit counts as class 1 where it is above 0 (probability above one half).
        """
        return np.asarray(self.loss_function.predict(self.forward(theta, X)))

    def probabilities(self, theta: Array, X: ArrayLike) -> Array:
        """Return class probabilities ``(…, rows, n_out)``; for one output, of class 1."""
        return self.loss_function.probabilities(self.forward(theta, X))

    def accuracy(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Any:
        """Return the fraction of rows predicted right: a number, or ``(replicates,)``.

        Raises
        ------
        TypeError
            With squared_error, which predicts no labels.
        """
        if not self.classifies:
            raise TypeError("a network with squared_error predicts values: it has no accuracy")
        X = check_data(X, self.sizes[0])
        labels = self._check_labels(y, X)
        if labels.dtype.kind == "f":
            raise TypeError(f"y has dtype {labels.dtype}: accuracy needs integer labels")
        self.loss_function.encode(labels, self.sizes[-1], self.dtype)  # refuses unknown classes
        return (self.predict(theta, X) == labels).mean(axis=-1)

    @property
    def classifies(self) -> bool:
        """Whether it predicts classes, not values."""
        return self.loss_function.name != losses.squared_error.name

    def encode(self, X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
        """Return data and labels as an engine takes them: with ones, and as targets."""
        X = check_data(X, self.sizes[0])
        target = self.loss_function.encode(self._check_labels(y, X), self.sizes[-1], self.dtype)
        return with_ones(X, self.dtype), target

    def engine(
        self, theta: Array, gradient: Array, inputs: Array, target: Array, **options: Any
    ) -> Engine:
        """Return the fast pass bound to all four arrays; see :class:`dlbook.engine.Engine`."""
        arrays = theta, gradient, inputs, target
        return Engine(self.sizes, self.activation, self.loss_function, *arrays, **options)

    def check(self, theta: Array, X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
        """Raise a sentence where parameters, data and labels do not fit; else encode the data."""
        theta, _ = self._check(theta, X, y)
        if theta.dtype.kind == "c":
            raise TypeError("theta is complex: backpropagation takes real numbers")
        return self.encode(X, y)

    def _run_engine(self, theta: Array, X: ArrayLike, y: ArrayLike) -> Engine:
        inputs, target = self.check(theta, X, y)
        lead = np.broadcast_shapes(theta.shape[:-1], inputs.shape[:-2], target.shape[:-2])
        theta = np.array(np.broadcast_to(theta, (*lead, theta.shape[-1])))
        engine = self.engine(theta, np.empty_like(theta), inputs, target)
        with np.errstate(over="ignore"):
            engine.forward()
        return engine

    def _check(self, theta: Array, X: ArrayLike, y: ArrayLike | None = None) -> tuple[Array, Array]:
        theta = self._check_theta(theta)
        X = check_data(X, self.sizes[0])
        counts = {"X": X.shape[:-2], "theta": theta.shape[:-1]}
        if y is not None:
            labels = self._check_labels(y, X)
            counts["y"] = labels.shape[: labels.ndim - (2 if self._is_target(labels, X) else 1)]
        known = {name: count[0] for name, count in counts.items() if count}
        if len(set(known.values())) > 1:
            said = ", ".join(f"{name} {count}" for name, count in known.items())
            said = said.replace(" ", " has ", 1).replace(",", " replicates,", 1)
            raise ValueError(f"{said}: as many are needed everywhere")
        if X.dtype != self.dtype:
            X = X.astype(self.dtype)
        return theta, X

    def _check_theta(self, theta: Array) -> Array:
        if not isinstance(theta, np.ndarray) or theta.dtype.kind not in "fc":
            raise TypeError(
                f"theta is {type(theta).__name__}: an array of {self.n_parameters} real numbers "
                "is needed"
            )
        if theta.dtype.kind == "f" and theta.dtype != self.dtype:
            raise TypeError(
                f"theta has dtype {theta.dtype}, the network {self.dtype}: the same is needed"
            )
        if theta.ndim not in (1, 2) or theta.shape[-1] != self.n_parameters:
            raise ValueError(
                f"theta has shape {theta.shape}: ({self.n_parameters},) or "
                f"(replicates, {self.n_parameters}) is needed"
            )
        return theta

    def _check_labels(self, y: ArrayLike, X: Array) -> Array:
        labels, rows = as_array(y, "y"), X.shape[-2]
        per_row = labels.ndim in (1, 2) and labels.shape[-1] == rows
        if not per_row and not self._is_target(labels, X):
            raise ValueError(
                f"y has shape {labels.shape}, X has {rows} rows: one label per row is needed"
            )
        return labels

    def _is_target(self, labels: Array, X: Array) -> bool:
        """Tell whether labels are rows of targets: values or probabilities."""
        takes = not self.classifies or (self.sizes[-1] > 1 and labels.dtype.kind == "f")
        return takes and labels.ndim > 1 and labels.shape[-2] == X.shape[-2]
