"""How far two gradients may lie apart and still agree."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def norm(vector: Array) -> float:
    """Return the Euclidean norm, also where squares leave the range of a float."""
    largest = float(np.abs(vector).max())
    return largest * float(np.linalg.norm(vector / largest)) if largest > 0 else 0.0


def allowance(analytic: Array, numeric: Array, tolerance: float, floors: Array) -> float:
    """Return how far two gradients may lie apart and still pass, as a Euclidean norm."""
    return tolerance * (norm(analytic) + norm(numeric)) + norm(floors)
