"""What a training run recorded along the way."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class History:
    """What was recorded during a run, one entry a record.

    Attributes
    ----------
    step : array (T,)
        Updates made before the record; 0 is the start.
    loss, accuracy : array (T,) or (T, replicates)
        On the training set, penalties included in the loss (accuracy is absent for squared
        error). With ``record="batch"`` the loss is that of the batch about to be used.
    validation_loss, validation_accuracy : array (T,) or (T, replicates)
        On the validation set, without penalties; empty if there is none.
    """

    columns = ("step", "loss", "accuracy", "validation_loss", "validation_accuracy")

    def __init__(self) -> None:
        self._lists: dict[str, list[Any]] = {name: [] for name in self.columns}

    def append(self, **values: Any) -> None:
        """Add one record."""
        for name, value in values.items():
            self._lists[name].append(value)

    def ends_at(self, step: int) -> bool:
        """Whether the last record was made at this step."""
        steps = self._lists["step"]  # not the array: making it anew for each record adds up
        return bool(steps) and bool(steps[-1] == step)

    def __len__(self) -> int:
        return len(self._lists["step"])

    def __getattr__(self, name: str) -> Array:
        if name.startswith("_") or name not in self.columns:
            raise AttributeError(name)
        return np.asarray(self._lists[name])

    def __repr__(self) -> str:
        filled = [name for name in self.columns if self._lists[name]]
        return f"History({len(self)} records of {', '.join(filled)})"
