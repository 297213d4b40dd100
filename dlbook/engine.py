"""Backpropagation at speed: one pass for fixed shapes, every buffer made once.

:class:`dlbook.MLP` writes the same formulas plainly, one line each; here they are arranged for
speed. Four things bring it. Samples are columns, so that a layer's output is the right operand
of the next product. Every layer's input ends in a row of ones, so that one product gives
``W.T a + b``, and one more the gradients of ``W`` and ``b`` together. All hidden layers lie in
one stack ``(units, replicates, rows)``, so that slopes and dropout masks are made once a step and
not once a layer, and the units of a layer are one block of memory. And nothing is decided or
allocated in a step: a pass is a list of calls, bound to their buffers beforehand.
"""

from __future__ import annotations

import sys
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlbook._checks import Generator
from dlbook.activations import Activation, Call, Scratch
from dlbook.dropout import Dropout
from dlbook.losses import Loss

Array = NDArray[Any]
HAS_BLAS = sys.platform != "emscripten"  # in a browser NumPy has none, and only matmul is quick


def layer_blocks(sizes: tuple[int, ...], vector: Array) -> list[Array]:
    """Return views ``(…, n_in + 1, n_out)`` of a flat vector: weights, and biases as last row."""
    blocks, start = [], 0
    for n_in, n_out in pairwise(sizes):
        stop = start + (n_in + 1) * n_out
        block = vector[..., start:stop].reshape(*vector.shape[:-1], n_in + 1, n_out)
        blocks.append(block)
        start = stop
    return blocks


def with_ones(X: Array, dtype: np.dtype[Any]) -> Array:
    """Return ``X`` ``(…, rows, features)`` with a last column of ones, the input of an engine."""
    augmented = np.ones((*X.shape[:-1], X.shape[-1] + 1), dtype)
    augmented[..., :-1] = X
    return augmented


def _product(a: Array, b: Array, out: Array) -> Call:
    """Return a call that writes the matrix product of two buffers to a third."""
    if a.ndim == b.ndim == 2 and HAS_BLAS:
        return partial(a.dot, b, out)  # a third of the overhead of matmul
    if a.shape[-1] == 1:
        return partial(np.multiply, a, b, out)
    return partial(np.matmul, a, b, out)


def _matrices(buffer: Array) -> Array:
    """Turn a buffer ``(units, …, rows)`` into matrices ``(…, units, rows)`` for products."""
    return np.moveaxis(buffer, 0, -2)


def _noisy(
    inputs: Array, lead: tuple[int, ...], deviation: float, rng: Generator
) -> tuple[Array, Call]:
    """Return a buffer for noisy inputs, each replicate's its own, and the call that fills it."""
    noisy = np.ones((*lead, *inputs.shape[-2:]), inputs.dtype)
    noisy_features, features = noisy[..., :-1], inputs[..., :-1]
    scale = np.asarray(deviation, inputs.dtype)

    def blur() -> None:
        noise = rng.standard_normal(noisy_features.shape)
        np.multiply(noise, scale, noisy_features, casting="same_kind")
        np.add(noisy_features, features, noisy_features)

    return noisy, blur


class Engine:
    """Forward and backward pass of a network bound to one parameter vector and one batch.

    Parameters
    ----------
    sizes : tuple of int
        Units of each layer, the input's first.
    activation, loss : Activation, Loss
        Of the hidden layers; on the logits.
    theta : array (P,) or (replicates, P)
        Read anew in every pass; update it in place between passes.
    gradient : array like theta
        Written by :meth:`backward`.
    inputs : array (…, rows, features + 1)
        The batch, made by :func:`with_ones`; overwrite it in place for the next batch.
    target : array (…, rows, outputs)
        The encoded labels of the batch.
    dropout : Dropout, optional
        Applied to every hidden layer in :meth:`forward`.
    input_noise : float
        Standard deviation of the Gaussian noise added to the inputs in :meth:`forward`.
    rng : generator, optional
        Where dropout's masks and the noise come from.
    """

    def __init__(
        self,
        sizes: tuple[int, ...],
        activation: Activation,
        loss: Loss,
        theta: Array,
        gradient: Array,
        inputs: Array,
        target: Array,
        dropout: Dropout | None = None,
        input_noise: float = 0.0,
        rng: Generator | None = None,
    ) -> None:
        lead, dtype, rows = theta.shape[:-1], theta.dtype, inputs.shape[-2]
        self.loss, self.target, self.gradient = loss, target, gradient
        self.sizes, self.activation = sizes, activation
        self._per_row = np.asarray(loss.scale / rows, dtype)

        # the stack: for each hidden layer its units and a row of ones
        tops = np.cumsum([0, *(n + 1 for n in sizes[1:-1])])
        self._units = [slice(start, stop - 1) for start, stop in pairwise(tops)]
        shape = (int(tops[-1]), *lead, rows)
        self._stack = np.ones(shape, dtype)
        # what the activations gave, before dropout; without it, the stack itself
        self._active = np.ones(shape, dtype) if dropout else self._stack
        self._mask = np.ones(shape, dtype) if dropout else None
        self._scratch = Scratch(shape, dtype)

        self._signals = [np.empty((n, *lead, rows), dtype) for n in sizes[1:]]
        self.logits = np.moveaxis(self._signals[-1], 0, -1)
        self._forward = self._refresh(dropout, rng) if dropout and rng else []
        if input_noise and rng:
            inputs, blur = _noisy(inputs, lead, input_noise, rng)
            self._forward.append(blur)
        layers = [self._stack[start:stop] for start, stop in pairwise(tops)]
        layer_inputs = [inputs.swapaxes(-1, -2), *map(_matrices, layers)]
        blocks = layer_blocks(sizes, theta)
        self._forward += self._bind_forward(blocks, layer_inputs)
        self._backward = self._bind_backward(blocks, layer_inputs)
        #: Forward and backward pass in one, for loops that look at nothing in between.
        self.calls = [*self._forward, *self._backward]

    def _refresh(self, dropout: Dropout, rng: Generator) -> list[Call]:
        """Return the call that draws a new dropout mask."""
        assert self._mask is not None
        # ones are never dropped
        rates = np.zeros((len(self._mask), *[1] * (self._mask.ndim - 1)))
        for layer, units in enumerate(self._units):
            rates[units] = dropout.rate_of(layer, len(self._units))
        return [dropout.refresher(self._mask, rates, rng)]

    def _bind_forward(self, blocks: list[Array], layer_inputs: list[Array]) -> list[Call]:
        """Return the calls from the inputs to the logits, which go to the last signal."""
        calls = []
        for block, inputs, units in zip(blocks, layer_inputs, self._units, strict=False):
            active = self._active[units]
            calls.append(_product(block.swapaxes(-1, -2), inputs, _matrices(active)))
            calls += self.activation.forward(active, self._scratch[units])
            if self._mask is not None:
                calls.append(partial(np.multiply, active, self._mask[units], self._stack[units]))
        logits = _matrices(self._signals[-1])
        calls.append(_product(blocks[-1].swapaxes(-1, -2), layer_inputs[-1], logits))
        return calls

    def _bind_backward(self, blocks: list[Array], layer_inputs: list[Array]) -> list[Call]:
        """Return the calls from the logits to the gradient, the last layer first."""
        slopes = np.empty_like(self._stack)
        calls = self.loss.residual(self.logits, self.target)
        if self._units:
            calls += self.activation.slope(self._active, slopes, self._scratch)
        if self._mask is not None:
            calls.append(partial(np.multiply, slopes, self._mask, slopes))
        gradients = layer_blocks(self.sizes, self.gradient)
        for layer in reversed(range(len(blocks))):
            if layer < len(blocks) - 1:
                above, signal = self._signals[layer + 1], self._signals[layer]
                weights, slope = blocks[layer + 1][..., :-1, :], slopes[self._units[layer]]
                calls.append(_product(weights, _matrices(above), _matrices(signal)))
                calls.append(partial(np.multiply, signal, slope, signal))
            by_row = np.moveaxis(self._signals[layer], 0, -1)
            calls.append(_product(layer_inputs[layer], by_row, gradients[layer]))
        calls.append(partial(np.multiply, self.gradient, self._per_row, self.gradient))
        return calls

    def forward(self) -> Array:
        """Return the logits ``(…, rows, outputs)``, a buffer that :meth:`backward` overwrites."""
        for call in self._forward:
            call()
        return self.logits

    def backward(self) -> Array:
        """Return the gradient of the mean loss of the batch, written to ``gradient``."""
        for call in self._backward:
            call()
        return self.gradient

    def batch_loss(self) -> Any:
        """Return the mean loss of the batch; call it between forward and backward."""
        return self.loss.value(self.logits, self.target)

    def signals(self) -> list[Array]:
        """Return the derivative of the mean loss by each layer's pre-activation.

        One array ``(…, rows, units)`` a layer; call it after :meth:`backward`.
        """
        return [np.moveaxis(signal, 0, -1) * self._per_row for signal in self._signals]
