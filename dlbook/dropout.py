"""Inverted dropout: drop units at random while training, touch nothing at test time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from dlbook._checks import Generator, Rng, as_generator, check_dtype, check_number

_WORDS = 1 << 16
_GENERATORS_OF_64_BITS = (
    np.random.PCG64,
    np.random.PCG64DXSM,
    np.random.Philox,
    np.random.SFC64,
)


class Dropout:
    r"""Inverted dropout on the hidden layers.

    During training each hidden unit's output :math:`a` becomes :math:`a \, m / (1 - p)` with
    :math:`m = 0` with probability :math:`p` (``rate``) and 1 otherwise, drawn anew for every
    unit, row, replicate and step. Dividing by the keep probability :math:`1 - p` leaves the
    expected output as it was, so nothing changes at test time.

    Parameters
    ----------
    rate : float or sequence of floats
        The fraction dropped, at least 0 and below 1: one for all hidden layers, or one each.
        It is rounded to a multiple of 2⁻¹⁶, and the scale follows the rounded rate.

    Raises
    ------
    ValueError
        If a rate is out of range.

    References
    ----------
    Srivastava et al. (2014), Dropout: a simple way to prevent neural networks from overfitting,
    Journal of Machine Learning Research 15, section 4 (there, units are scaled at test time).

    Examples
    --------
    >>> import numpy as np
    >>> mask = Dropout(0.5).mask((2, 1000), rng=0)
    >>> np.unique(mask)
    array([0., 2.])
    """

    def __init__(self, rate: float | Sequence[float]) -> None:
        self._shared = not isinstance(rate, list | tuple | np.ndarray)
        rates: Any = [rate] if self._shared else rate
        self.rates = tuple(check_number("rate", r, at_least=0, below=1) for r in rates)

    def __repr__(self) -> str:
        return f"Dropout({self.rates[0] if self._shared else list(self.rates)})"

    def rate_of(self, layer: int, hidden_layers: int) -> float:
        """Return the rate of hidden layer ``layer`` (0 is the first)."""
        if self._shared:
            return self.rates[0]
        if len(self.rates) != hidden_layers:
            raise ValueError(
                f"rate has {len(self.rates)} entries, the network {hidden_layers} hidden layers: "
                "one rate each is needed"
            )
        return self.rates[layer]

    def mask(self, shape: tuple[int, ...], rng: Rng, dtype: DTypeLike = np.float64) -> NDArray[Any]:
        """Return a fresh mask of zeros and ``1 / (1 - rate)`` for one layer's activations.

        Parameters
        ----------
        shape : tuple of ints
            Shape of the activations to be masked.
        rng : Generator, RandomState or int
            Where the mask comes from.
        dtype : dtype
            float64 or float32.
        """
        mask = np.empty(shape, check_dtype(dtype))
        self.refresher(mask, np.array(self.rate_of(0, 1)), as_generator(rng))()
        return mask

    def refresher(
        self, mask: NDArray[Any], rates: NDArray[Any], rng: Generator
    ) -> Callable[[], None]:
        """Return the call that draws the mask of the next training step.

        Override it to study other masks, such as one that never changes.

        Parameters
        ----------
        mask : array
            A buffer for the mask of all hidden layers' activations.
        rates : array that broadcasts to ``mask``
            The fraction dropped of each.
        rng : Generator or RandomState
            Where masks come from.

        Returns
        -------
        callable
            Without arguments; it writes a fresh mask to ``mask``.
        """
        threshold = np.minimum(np.rint(rates * _WORDS), _WORDS - 1)
        # whole arrays, not one number a row: twice as fast
        scale = _whole(_WORDS / (_WORDS - threshold), mask.shape, mask.dtype)
        limit = _whole(threshold, mask.shape, np.dtype(np.uint16))
        draw_words, keep = _word_source(mask.shape, rng), np.empty(mask.shape, bool)
        kept = keep.view(np.int8)  # in a browser much faster to convert than Booleans

        def refresh() -> None:
            np.greater_equal(draw_words(), limit, keep)
            mask[...] = kept
            np.multiply(mask, scale, mask)

        return refresh


def _whole(values: NDArray[Any], shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    return np.array(np.broadcast_to(values, shape), dtype, order="C")


def _word_source(shape: tuple[int, ...], rng: Any) -> Callable[[], NDArray[np.uint16]]:
    """Return a call for random 16-bit words: four from each raw draw of a 64-bit generator."""
    size = math.prod(shape)
    if isinstance(getattr(rng, "bit_generator", None), _GENERATORS_OF_64_BITS):
        raw, draws = rng.bit_generator.random_raw, -(-size // 4)
        return lambda: raw(draws).view(np.uint16)[:size].reshape(shape)
    draw = rng.integers if isinstance(rng, np.random.Generator) else rng.randint
    return partial(draw, 0, _WORDS, shape, np.uint16)
