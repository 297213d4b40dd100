"""Differences of a function and of a network, and what becomes of them across a kink."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dlbook.coordinates import ForwardPass
from dlbook.differences import SHIFTS, Evaluator, combine, default_step

Array = NDArray[Any]

_CLOSER = 100  # where a kink is suspected, the step is made so many times smaller
_NOTHING = (np.zeros(0, np.int64), np.zeros(0), np.zeros(0))


class Part(NamedTuple):
    """One named parameter: where its entries stand among those checked, and in itself."""

    places: Array
    entries: Array
    shape: tuple[int, ...]


class Plan(NamedTuple):
    """What is to be compared, and how closely."""

    analytic: Array
    along: Array
    parts: dict[str, Part]
    method: str
    step: float
    tolerance: float


class OfFunction:
    """Differences of any function; kinks are found by their slopes to both sides."""

    def __init__(self, evaluator: Evaluator, theta: Array) -> None:
        self.evaluator, self.theta = evaluator, theta
        self.center: Any = evaluator.at(theta[None])[0]

    @property
    def count(self) -> int:
        """How often the function was evaluated."""
        return self.evaluator.count

    def look(self, along: Array, shifts: Sequence[complex]) -> tuple[Array, Array, Array]:
        """Return values, distances and crossings ``(S, K)``."""
        values, moved = self.evaluator.along(self.theta, along, tuple(shifts))
        self.values, self.moved = values, moved
        return values, moved, np.zeros(values.shape, np.int64)

    def ask_again(self) -> None:
        """Refuse a function with two values at one place: each difference would be of two.

        Raises
        ------
        ValueError
        """
        again = self.evaluator.at(self.theta[None])[0]
        if abs(again - self.center) > 4 * np.finfo(self.theta.dtype).eps * abs(self.center):
            raise ValueError(
                f"f returned {self.center:.6g} and then {again:.6g} for the same theta: a function "
                "of theta alone is needed, one that draws the same numbers in each call"
            )

    def settle(
        self, plan: Plan, numeric: Array, suspects: Array, floor: float
    ) -> tuple[Array, Array, Array]:
        """Return which suspects have a kink, their derivatives without it, and what rounding does.

        A kink at ``t`` within the step ``h`` makes the slopes to both sides differ and puts the
        difference between them; near a smooth point they agree a hundred times better once the
        step is a hundred times smaller.
        """
        if len(SHIFTS[plan.method]) < 2:
            return _NOTHING
        (above, below), (right, left) = self.values[:2, suspects], self.moved[:2, suspects]
        spread = np.abs((above - self.center) / right - (below - self.center) / left)
        wide = (above - below) / (right - left)
        within = np.abs(plan.analytic[suspects] - numeric[suspects]) <= spread + 2 * floor
        suspects, spread, wide = suspects[within], spread[within], wide[within]
        if not suspects.size:
            return _NOTHING
        closer, noise = plan.step / _CLOSER, floor * _CLOSER
        (above, below), (right, left) = self.evaluator.along(
            self.theta, plan.along[suspects], (closer, -closer)
        )
        slopes = np.sort([(above - self.center) / right, (below - self.center) / left], axis=0)
        narrow = (above - below) / (right - left)
        still = slopes[1] - slopes[0] > 2 * noise + spread / 10
        gone = np.abs(narrow - wide) > np.maximum(2 * noise, spread / 4)
        found = still | gone
        settled = np.where(still, np.clip(plan.analytic[suspects], *slopes), narrow)
        return suspects[found], settled[found], np.full(found.sum(), noise)


class OfNetwork:
    """Differences of a network's loss; kinks are counted where pre-activations pass them."""

    def __init__(self, there: ForwardPass) -> None:
        self.there, self.center, self.count = there, self._finite(there.loss), 1

    def look(self, along: Array, shifts: Sequence[complex]) -> tuple[Array, Array, Array]:
        """Return losses, distances and crossings ``(S, K)``."""
        move = self.there.along_coordinates if along.ndim == 1 else self.there.along_directions
        found = move(along, shifts)
        self.crossings = found.crossings.sum(axis=0)
        self.count += found.losses.size
        return self._finite(found.losses), found.distances, found.crossings

    def settle(
        self, plan: Plan, numeric: Array, suspects: Array, floor: float
    ) -> tuple[Array, Array, Array]:
        """Return which suspects crossed a kink, and their derivatives by a complex step."""
        found = suspects[self.crossings[suspects] > 0]
        if not found.size:
            return _NOTHING
        shifts = [shift * default_step("complex") for shift in SHIFTS["complex"]]
        values, moved, _ = self.look(plan.along[found], shifts)
        return found, combine("complex", values, moved), np.full(len(found), floor)

    def ask_again(self) -> None:
        """Do nothing: a network's loss is the same in each call."""

    @staticmethod
    def _finite(losses: Any) -> Any:
        if not np.isfinite(losses).all():
            raise ValueError("the loss is NaN or infinite near theta: a finite number is needed")
        return losses
