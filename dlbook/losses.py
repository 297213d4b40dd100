"""Losses computed from logits, with their derivatives.

A logit is the last layer's output before any squashing. From logits, cross-entropies need no
``log`` of a probability that has been rounded to 0: they stay exact for logits of ±10⁴.
All losses are means over the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import as_array, one_of

Array = NDArray[Any]
Call = Callable[[], Any]


class Loss:
    """A mean loss over rows, computed from logits.

    Call it as ``loss(logits, y)``. Its three kinds state their equations.
    """

    name = ""
    #: The derivative of the summed loss by a logit is this times the residual.
    scale = 1.0

    def __call__(self, logits: ArrayLike, y: ArrayLike) -> Any:
        """Return the mean loss.

        Parameters
        ----------
        logits : array (rows, outputs) or (replicates, rows, outputs)
            The last layer's output.
        y : array (rows,) or (replicates, rows)
            Labels, or targets for the squared error.

        Returns
        -------
        float or array (replicates,)

        Raises
        ------
        ValueError, TypeError
            If the labels do not fit the logits.
        """
        z, target = self._arrays(logits, y)
        return self.value(z, target)

    def derivative(self, logits: ArrayLike, y: ArrayLike) -> Array:
        """Return the derivative of the mean loss by each logit, in the shape of the logits."""
        z, target = self._arrays(logits, y)
        out = np.array(np.broadcast_to(z, np.broadcast_shapes(z.shape, target.shape)))
        for call in self.residual(out, target):
            call()
        return np.asarray(out * (self.scale / z.shape[-2]))

    def _arrays(self, logits: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
        z = np.asarray(logits)
        if z.dtype.kind not in "fc":
            z = z.astype(np.float64)
        if z.ndim not in (2, 3):
            raise ValueError(
                f"logits has shape {z.shape}: (rows, outputs) or (replicates, rows, outputs) "
                "is needed"
            )
        target = self.encode(y, z.shape[-1], z.real.dtype)
        if target.shape[-2] != z.shape[-2]:
            raise ValueError(
                f"y has {target.shape[-2]} rows, logits have {z.shape[-2]}: one label per row "
                "is needed"
            )
        return z, target

    def encode(self, y: ArrayLike, outputs: int, dtype: np.dtype[Any]) -> Array:
        """Return ``y`` as targets ``(…, rows, outputs)`` after checking them."""
        raise NotImplementedError

    def value(self, z: Array, target: Array) -> Any:
        """Return the mean loss for logits and encoded targets."""
        raise NotImplementedError

    def residual(self, z: Array, target: Array) -> list[Call]:
        """Return the calls, bound to both arrays, that replace logits ``z`` by residuals."""
        raise NotImplementedError

    def predict(self, z: Array) -> Array:
        """Return the predicted label (for the squared error: the value) of each row."""
        raise NotImplementedError

    def probabilities(self, z: Array) -> Array:
        """Return class probabilities ``(…, rows, outputs)``."""
        raise NotImplementedError


class BinaryCrossEntropy(Loss):
    r"""Binary cross-entropy of one logit a row.

    With logit :math:`z` and label :math:`y \in \{0, 1\}`, the mean over rows of

    .. math:: \max(z, 0) - z y + \log(1 + e^{-|z|}),

    which equals :math:`-y \log p - (1 - y) \log(1 - p)` with :math:`p = 1 / (1 + e^{-z})`,
    without ever forming :math:`p`. Its derivative by the logit is :math:`p - y`.
    Labels may also be numbers between 0 and 1 (probabilities, as in label smoothing).

    Examples
    --------
    >>> from dlbook.losses import binary_cross_entropy
    >>> round(float(binary_cross_entropy([[0.0]], [1])), 6)
    0.693147
    >>> float(binary_cross_entropy([[1e4], [-1e4]], [0, 0]))
    5000.0
    """

    name = "binary_cross_entropy"
    scale = 0.5

    def encode(self, y: ArrayLike, outputs: int, dtype: np.dtype[Any]) -> Array:
        if outputs != 1:
            raise ValueError(
                f"the network has {outputs} outputs: binary_cross_entropy needs exactly 1 "
                "(softmax_cross_entropy takes several)"
            )
        labels = _labels_or_probabilities(y)
        if labels.ndim not in (1, 2):
            raise ValueError(f"y has shape {labels.shape}: (rows,) or (replicates, rows) is needed")
        if labels.dtype.kind == "f":
            _refuse_outside(labels, 0.0, 1.0, "numbers between 0 and 1")
        else:
            _refuse_outside(labels, 0, 1, "labels 0 and 1")
        return (2 * labels.astype(dtype) - 1)[..., None]

    def value(self, z: Array, target: Array) -> Any:
        positive = z.real > 0
        magnitude = np.where(positive, z, -z)
        # as small integers: in a browser much faster to multiply by than Booleans
        softplus = z * positive.view(np.int8) + np.log1p(np.exp(-magnitude))
        return (softplus - z * (target + 1) / 2).mean(axis=(-2, -1))

    def residual(self, z: Array, target: Array) -> list[Call]:
        # 2 (p - y) = tanh(z / 2) - (2 y - 1): three calls that cannot overflow
        half = np.array(0.5, z.dtype)
        return [
            partial(np.multiply, z, half, z),
            partial(np.tanh, z, z),
            partial(np.subtract, z, target, z),
        ]

    def predict(self, z: Array) -> Array:
        return (z[..., 0] > 0).astype(np.int64)

    def probabilities(self, z: Array) -> Array:
        with np.errstate(over="ignore"):
            return np.asarray(1 / (1 + np.exp(-z)))


class SoftmaxCrossEntropy(Loss):
    r"""Cross-entropy of several logits a row, one for each class.

    With logits :math:`z_k` and label :math:`y`, the mean over rows of

    .. math:: \log \sum_k e^{z_k - \max_j z_j} - (z_y - \max_j z_j).

    Its derivative by :math:`z_k` is :math:`p_k - [k = y]` with :math:`p` the softmax of the
    logits. Targets may also be rows of class probabilities ``(rows, classes)`` (floats).

    Examples
    --------
    >>> from dlbook.losses import softmax_cross_entropy
    >>> float(softmax_cross_entropy([[1e4, 0.0, 0.0]], [0]))
    0.0
    """

    name = "softmax_cross_entropy"

    def encode(self, y: ArrayLike, outputs: int, dtype: np.dtype[Any]) -> Array:
        if outputs < 2:
            raise ValueError(
                f"the network has {outputs} output: softmax_cross_entropy needs one for each of "
                "2 or more classes (binary_cross_entropy takes one)"
            )
        labels = _labels_or_probabilities(y)
        if labels.dtype.kind == "f":
            if labels.ndim not in (2, 3) or labels.shape[-1] != outputs:
                raise ValueError(
                    f"y has dtype {labels.dtype} and shape {labels.shape}: integer labels "
                    f"(rows,) or class probabilities (rows, {outputs}) are needed"
                )
            _refuse_outside(labels, 0.0, 1.0, "probabilities between 0 and 1")
            if not np.allclose(labels.sum(axis=-1), 1.0, atol=1e-6):
                raise ValueError("y has rows whose probabilities do not add up to 1")
            return labels.astype(dtype)
        if labels.ndim not in (1, 2):
            raise ValueError(f"y has shape {labels.shape}: (rows,) or (replicates, rows) is needed")
        _refuse_outside(labels, 0, outputs - 1, f"labels from 0 to {outputs - 1}")
        return np.eye(outputs, dtype=dtype)[labels.astype(np.int64)]

    def value(self, z: Array, target: Array) -> Any:
        shifted = z - z.real.max(axis=-1, keepdims=True)
        logsum = np.log(np.exp(shifted).sum(axis=-1))
        return (logsum * target.sum(axis=-1) - (shifted * target).sum(axis=-1)).mean(axis=-1)

    def residual(self, z: Array, target: Array) -> list[Call]:
        total = np.empty((*z.shape[:-1], 1), z.dtype)
        return [
            partial(np.max, z, -1, total, keepdims=True),
            partial(np.subtract, z, total, z),
            partial(np.exp, z, z),
            partial(np.sum, z, -1, out=total, keepdims=True),
            partial(np.divide, z, total, z),
            partial(np.subtract, z, target, z),
        ]

    def predict(self, z: Array) -> Array:
        return np.asarray(z.argmax(axis=-1))

    def probabilities(self, z: Array) -> Array:
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        return np.asarray(e / e.sum(axis=-1, keepdims=True))


class SquaredError(Loss):
    r"""Half the squared distance between output and target.

    The mean over rows of :math:`\tfrac12 \sum_k (z_k - t_k)^2`; its derivative by
    :math:`z_k` is :math:`z_k - t_k`.

    Examples
    --------
    >>> from dlbook.losses import squared_error
    >>> float(squared_error([[3.0], [1.0]], [1.0, 1.0]))
    1.0
    """

    name = "squared_error"

    def encode(self, y: ArrayLike, outputs: int, dtype: np.dtype[Any]) -> Array:
        target = as_array(y, "y")
        if target.dtype.kind not in "fiub" or target.dtype == np.float16:
            raise TypeError(f"y has dtype {target.dtype}: real targets are needed")
        if not np.isfinite(target).all():
            raise ValueError("y has NaN or infinite targets: finite numbers are needed")
        if target.ndim == 1:
            target = target[:, None]
        if target.ndim not in (2, 3) or target.shape[-1] != outputs:
            raise ValueError(
                f"y has shape {np.shape(y)}: (rows, {outputs}) or (replicates, rows, {outputs}) "
                "is needed"
            )
        return target.astype(dtype)

    def value(self, z: Array, target: Array) -> Any:
        error = z - target
        return 0.5 * (error * error).sum(axis=-1).mean(axis=-1)

    def residual(self, z: Array, target: Array) -> list[Call]:
        return [partial(np.subtract, z, target, z)]

    def predict(self, z: Array) -> Array:
        return z

    def probabilities(self, z: Array) -> Array:
        raise TypeError("a network with squared_error predicts values: it has no probabilities")


def _labels_or_probabilities(y: ArrayLike) -> Array:
    labels = as_array(y, "y")
    if labels.dtype.kind not in "iubf" or labels.dtype == np.float16:
        raise TypeError(f"y has dtype {labels.dtype}: integer labels are needed")
    if labels.size == 0:
        raise ValueError(f"y has shape {labels.shape}: at least one label is needed")
    return labels


def _refuse_outside(labels: Array, low: float, high: float, wanted: str) -> None:
    inside = (labels >= low) & (labels <= high)
    if not inside.all():
        raise ValueError(f"y has the label {labels[~inside][0]}: {wanted} are needed")


binary_cross_entropy = BinaryCrossEntropy()
softmax_cross_entropy = SoftmaxCrossEntropy()
squared_error = SquaredError()

LOSSES = {f.name: f for f in (binary_cross_entropy, softmax_cross_entropy, squared_error)}


def get(loss: str | Loss) -> Loss:
    """Return a loss by its name, or the loss itself.

    Raises
    ------
    ValueError
        If the name is unknown.

    Examples
    --------
    >>> get("squared_error").name
    'squared_error'
    """
    if isinstance(loss, Loss):
        return loss
    return LOSSES[one_of("loss", loss, LOSSES)]
