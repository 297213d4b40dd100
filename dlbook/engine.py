"""Backpropagation at speed: one pass for fixed shapes, every buffer made once.

:class:`dlbook.MLP` writes the same formulas plainly, one line each; here they are arranged for
speed. Four things bring it. Samples are columns, so that a layer's output is the right operand
of the next product. Every layer's input ends in a row of ones, so that one product gives
``W.T a + b``, and one more the gradients of ``W`` and ``b`` together. All hidden layers lie in
one stack, so that slopes and dropout masks are made once a step and not once a layer. And
nothing is allocated in a step: results go to buffers, and calls are bound to them beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlbook._checks import Generator
from dlbook.activations import Activation, Scratch
from dlbook.dropout import Dropout
from dlbook.losses import Loss

Array = NDArray[Any]
Call = Callable[[], Any]


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
    if a.ndim == b.ndim == 2:
        return partial(a.dot, b, out)  # a third of the overhead of matmul
    return partial(np.matmul, a, b, out)


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
    rng : generator, optional
        Where dropout's masks come from.
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
        rng: Generator | None = None,
    ) -> None:
        lead, dtype, rows = theta.shape[:-1], theta.dtype, inputs.shape[-2]
        self.loss, self.target, self.gradient = loss, target, gradient
        self._slope = activation.slope
        self._per_row = np.asarray(1 / rows, dtype)
        self.dropout = dropout if len(sizes) > 2 else None

        # the stack: for each hidden layer its units and a row of ones
        tops = np.cumsum([0, *(n + 1 for n in sizes[1:-1])])
        shape = (*lead, int(tops[-1]), rows)
        self._stack = np.ones(shape, dtype)
        # what the activations gave, before dropout; without it, the stack itself
        self._active = np.ones(shape, dtype) if self.dropout else self._stack
        self._slopes, self._scratch = np.empty(shape, dtype), Scratch(shape, dtype)
        self._mask = np.empty(0)
        if self.dropout:
            assert rng is not None
            rates = np.zeros((shape[-2], 1))  # ones are never dropped
            for layer, (start, stop) in enumerate(pairwise(tops)):
                rates[start : stop - 1] = self.dropout.rate_of(layer, len(sizes) - 2)
            self._draw_mask = self.dropout.sampler(shape, rates, rng, dtype)

        blocks, self._forward = layer_blocks(sizes, theta), list[Call]()
        self._backward: list[Call] = []
        signals = [np.empty((*lead, n, rows), dtype) for n in sizes[1:]]
        layer_inputs = [inputs.swapaxes(-1, -2)]
        for layer, (start, stop) in enumerate(pairwise(tops)):
            units, whole = np.s_[..., start : stop - 1, :], np.s_[..., start:stop, :]
            active, scratch = self._active[units], self._scratch[units]
            forward = _product(blocks[layer].swapaxes(-1, -2), layer_inputs[layer], active)
            self._forward += [forward, partial(activation.forward, active, scratch)]
            if self.dropout:
                self._forward.append(partial(self._drop, units))
            layer_inputs.append(self._stack[whole])
        self._forward.append(_product(blocks[-1].swapaxes(-1, -2), layer_inputs[-1], signals[-1]))

        for layer in range(len(blocks) - 1, -1, -1):
            signal = signals[layer]
            if layer < len(blocks) - 1:
                weights, above = blocks[layer + 1][..., :-1, :], signals[layer + 1]
                self._backward.append(_product(weights, above, signal))
                slope = self._slopes[..., tops[layer] : tops[layer + 1] - 1, :]
                self._backward.append(partial(np.multiply, signal, slope, signal))
            by_row = signal.swapaxes(-1, -2)
            block = layer_blocks(sizes, gradient)[layer]
            self._backward.append(_product(layer_inputs[layer], by_row, block))
        self._signals = [signal.swapaxes(-1, -2) for signal in signals]
        self.logits = self._signals[-1]

    def _drop(self, units: Any) -> None:
        np.multiply(self._active[units], self._mask[units], out=self._stack[units])

    def forward(self) -> Array:
        """Return the logits ``(…, rows, outputs)``, a buffer that :meth:`backward` overwrites."""
        if self.dropout:
            self._mask = self._draw_mask()
        for call in self._forward:
            call()
        return self.logits

    def backward(self) -> Array:
        """Return the gradient of the mean loss of the batch, written to ``gradient``."""
        self.loss.residual(self.logits, self.target)
        self._slope(self._active, self._slopes, self._scratch)
        if self.dropout:
            np.multiply(self._slopes, self._mask, out=self._slopes)
        for call in self._backward:
            call()
        np.multiply(self.gradient, self._per_row, self.gradient)
        return self.gradient

    def batch_loss(self) -> Any:
        """Return the mean loss of the batch; call it between forward and backward."""
        return self.loss.value(self.logits, self.target)

    def signals(self) -> list[Array]:
        """Return the derivative of the mean loss by each layer's pre-activation.

        One array ``(…, rows, units)`` a layer; call it after :meth:`backward`.
        """
        return [signal * self._per_row for signal in self._signals]
