"""Batches: which rows each step sees, and how they reach the engine quickly."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlbook._checks import Generator, Rng, as_generator, check_count
from dlbook.engine import Engine

Array = NDArray[Any]
Order = Callable[[int], Array]

_GATHER_BYTES = 1 << 18  # shuffled rows kept ready for several batches


def minibatches(
    rows: int, batch_size: int | None, rng: Rng | None = None, order: Array | None = None
) -> Iterator[Array]:
    """Yield the row numbers of each batch of one pass over the data, the last one smaller.

    Parameters
    ----------
    rows : int
        How many rows there are.
    batch_size : int or None
        Rows of a batch; None is all of them.
    rng : Generator, RandomState or int, optional
        Draws a new order; without it, and without ``order``, rows keep theirs.
    order : array (rows,), optional
        The order itself.

    Examples
    --------
    >>> [len(batch) for batch in minibatches(300, 64, rng=0)]
    [64, 64, 64, 64, 44]
    """
    check_count("rows", rows)
    size = rows if batch_size is None else check_count("batch_size", batch_size)
    if order is None:
        order = np.arange(rows) if rng is None else as_generator(rng).permutation(rows)
    for start in range(0, rows, size):
        yield order[start : start + size]


class Shuffle:
    """The order of rows in each pass: drawn anew, or given.

    Parameters
    ----------
    rows : int
        How many rows there are.
    rng : Generator or RandomState
        Draws the orders, one a pass.
    order : callable, optional
        ``order(k)`` gives the order of pass ``k`` instead.
    """

    def __init__(self, rows: int, rng: Generator, order: Order | None = None) -> None:
        self.rows, self.rng, self.order = rows, rng, order
        self._current, self._drawn = np.arange(rows), 0

    def of_pass(self, number: int) -> Array:
        """Return the order of pass ``number``; ask for passes one after the other."""
        if number == self._drawn:
            self._current, self._drawn = self._next(number), number + 1
        return self._current

    def _next(self, number: int) -> Array:
        if self.order is None:
            return self.rng.permutation(self.rows)
        order = np.asarray(self.order(number))
        if order.shape != (self.rows,) or (np.sort(order) != np.arange(self.rows)).any():
            raise ValueError(
                f"order({number}) has shape {order.shape}: a permutation of the {self.rows} rows "
                "is needed"
            )
        return order.astype(np.intp, copy=False)  # 32 bits in a browser


class Feed:
    """Hands out an engine loaded with the batch of each step.

    Shuffled rows are gathered for as many batches at once as fit a small buffer, and every
    batch in it has an engine of its own, so that a step on small data gathers nothing.

    Parameters
    ----------
    make_engine : callable
        From ``inputs`` and ``target`` of a batch to an engine bound to these buffers.
    inputs, target : array (…, rows, columns)
        All data, as the engine takes them.
    batch_size : int
        Rows of a batch; as many as there are make every step use all rows in their order.
    shuffle : Shuffle
    """

    def __init__(
        self,
        make_engine: Callable[[Array, Array], Engine],
        inputs: Array,
        target: Array,
        batch_size: int,
        shuffle: Shuffle,
    ) -> None:
        self._shuffle, self._size = shuffle, batch_size
        rows = inputs.shape[-2]
        self._per_pass = -(-rows // batch_size)
        if self._per_pass == 1:
            self._engines = [make_engine(inputs, target)]
            return
        batch_bytes = inputs[..., :batch_size, :].nbytes
        ready = self._ready = min(self._per_pass, max(1, _GATHER_BYTES // batch_bytes))
        self._data = [(data, _rows_like(data, batch_size * ready)) for data in (inputs, target)]

        def engine_at(start: int, size: int) -> Engine:
            part = np.s_[..., start : start + size, :]
            return make_engine(*(buffer[part] for _, buffer in self._data))

        engines = [engine_at(k * batch_size, batch_size) for k in range(ready)]
        self._engines = [engines[k % ready] for k in range(self._per_pass)]
        if rest := rows % batch_size:
            self._engines[-1] = engine_at((self._per_pass - 1) % ready * batch_size, rest)

    def engines_from(self, step: int) -> Iterator[Engine]:
        """Yield the engine of this step with its batch, then that of the next, without end."""
        if self._per_pass == 1:
            yield from itertools.repeat(self._engines[0])
        number, position = divmod(step, self._per_pass)
        block = position // self._ready * self._ready
        while True:
            order = self._shuffle.of_pass(number)
            for start in range(block, self._per_pass, self._ready):
                self._gather(order, start)
                stop = start + self._ready
                yield from self._engines[max(start, position) : stop]
            number, position, block = number + 1, 0, 0

    def _gather(self, order: Array, first: int) -> None:
        index = order[first * self._size : (first + self._ready) * self._size]
        for data, buffer in self._data:
            # mode="clip" lets take write straight to the buffer; the indices are known to fit
            data.take(index, -2, buffer[..., : index.size, :], "clip")


def _rows_like(array: Array, rows: int) -> Array:
    return np.empty((*array.shape[:-2], rows, array.shape[-1]), array.dtype)
