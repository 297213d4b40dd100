"""The loss of a network after moving one parameter, for every parameter: the quick way.

Moving ``W_l[i, j]`` by ``h`` moves one unit of one layer: its pre-activation, ``z_l[:, j]``,
grows by ``h a_{l-1}[:, i]``. All layers below stay as they are, and the next one grows by an
outer product. So a loss costs a part of a forward pass, and many share one wide product. Only
forward passes are used, with the network's own activation and loss: nothing here knows of
backpropagation, which this is there to check.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import as_array
from dlbook.engine import layer_blocks, with_ones
from dlbook.network import MLP
from dlbook.penalties import L1, L2, MaxNorm, Penalty, as_penalties

Array = NDArray[Any]
Penalties = Penalty | Sequence[Penalty] | None

# 120 kB: in the cache, and below the 128 kB from which on malloc asks the system for fresh pages
_NUMBERS_AT_A_TIME = 15_000
_SUMS_OVER_WEIGHTS = (L2, L1, MaxNorm)


class Moved(NamedTuple):
    """What :func:`coordinate_losses` returns.

    Attributes
    ----------
    losses : array (S, K)
        The loss at theta moved by each of ``S`` shifts along each of ``K`` directions.
    distances : array (S, K)
        How far that is: shifts as they were rounded.
    crossings : array (S, K) of int
        How many pre-activations, over rows and units, passed a kink of the activation on the way
        (and, with an L1 penalty, how many weights passed zero).
    """

    losses: Array
    distances: Array
    crossings: Array


class ForwardPass:
    """A network's forward pass at one point, kept to start again from any layer.

    Parameters
    ----------
    network : MLP
    theta : array (P,)
    X : array (rows, features)
    y : array (rows,) or (rows, outputs)
    penalty : Penalty or a list of them, optional
    masks : sequence of arrays (rows, units), optional
        What each hidden layer's activations are multiplied by: dropout's masks, held fixed.

    Raises
    ------
    ValueError, TypeError
        Where they do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from dlbook import MLP
    >>> network = MLP((2, 3, 1))
    >>> theta, X = network.initialize(rng=0), np.ones((4, 2))
    >>> there = ForwardPass(network, theta, X, np.ones(4, int))
    >>> bool(np.isclose(there.loss, network.loss(theta, X, np.ones(4, int))))
    True
    """

    def __init__(
        self,
        network: MLP,
        theta: Array,
        X: ArrayLike,
        y: ArrayLike,
        penalty: Penalties = None,
        masks: Sequence[ArrayLike] | None = None,
    ) -> None:
        a, self.target = network.check(theta, X, y)
        for name, array, axes in (("theta", theta, 1), ("X", a, 2), ("y", self.target, 2)):
            if array.ndim != axes:
                raise ValueError(f"{name} has an axis of replicates: one network is needed")
        self.network, self.theta = network, theta
        self.penalties = as_penalties(penalty)
        self.masks = _check_masks(masks, network, len(a))
        self.blocks = layer_blocks(network.sizes, theta)
        self.inputs: list[Array] = []
        self.pre_activations: list[Array] = []
        for layer, block in enumerate(self.blocks):
            self.inputs.append(a)
            z = a @ block
            self.pre_activations.append(z)
            if layer < len(self.blocks) - 1:
                a = with_ones(self.activate(z, layer), z.dtype)
        # by unit, so that picking units gives rows that lie close in memory
        self.inputs_by_unit = [np.ascontiguousarray(a.T) for a in self.inputs]
        self.pre_activations_by_unit = [np.ascontiguousarray(z.T) for z in self.pre_activations]
        self.loss: Any = self.losses_from(z[None])[0]
        for each in self.penalties:
            self.loss = self.loss + each.value(theta, network.weight_mask)

    def activate(self, z: Array, layer: int) -> Array:
        """Return the output of a hidden layer for pre-activations of any leading shape."""
        a = self.network.activation(z)
        return a if self.masks is None else a * self.masks[layer]

    def losses_from(self, logits: Array) -> Array:
        """Return the mean losses ``(…)``, without penalties, of logits ``(…, rows, outputs)``."""
        *lead, rows, outputs = logits.shape
        flat = logits.reshape(-1, rows, outputs)
        if outputs > 1:  # sums over outputs are much faster when those lie far apart in memory
            flat = np.ascontiguousarray(flat.transpose(2, 0, 1)).transpose(1, 2, 0)
        return np.asarray(self.network.loss_function.value(flat, self.target)).reshape(lead)

    def crossings_of(self, z: Array, layer: int, unit: Array | None = None) -> Any:
        """Count the pre-activations ``(…, rows, units)`` on another side of a kink than here."""
        here, count = self.pre_activations[layer], 0
        mask = None if self.masks is None else self.masks[layer] != 0
        if unit is not None:  # one unit for each leading entry: (…, rows)
            here = self.pre_activations_by_unit[layer][unit]
            mask = None if mask is None else mask.T[unit]
        axes = -1 if unit is not None else (-2, -1)
        for kink in self.network.activation.kinks:
            passed = (z.real > kink) != (here > kink)
            if mask is not None:
                passed &= mask
            count += np.count_nonzero(passed, axis=axes)
        return count

    def along_coordinates(self, coordinates: Array, shifts: Sequence[complex]) -> Moved:
        """Move one parameter at a time: see :func:`coordinate_losses`."""
        here = self.theta[coordinates]
        points = here + self._column(shifts)
        distances = points - here
        losses, crossings = np.empty(points.shape, points.dtype), np.zeros(points.shape, np.int64)
        start = 0
        for layer, block in enumerate(self.blocks):
            inside = np.flatnonzero((coordinates >= start) & (coordinates < start + block.size))
            sources, units = np.divmod(coordinates[inside] - start, block.shape[1])
            above = min(layer + 1, len(self.blocks) - 1)  # of this layer only one unit moves
            for part in self._chunks(len(inside), above, len(points)):
                where = inside[part]
                found = self._move_units(
                    layer, sources[part], units[part], distances.take(where, 1)
                )
                losses[:, where], crossings[:, where] = found
            start += block.size
        penalties, passed = self._penalties_of(coordinates, points)
        return Moved(losses + penalties, distances, crossings + passed)

    def along_directions(self, directions: Array, shifts: Sequence[complex]) -> Moved:
        """Move all parameters at once along each of ``directions (K, P)``."""
        column = self._column(shifts)
        lengths = (directions * directions).sum(axis=-1)
        found = []
        for part in self._chunks(len(directions), 0, len(column), directions.shape[-1]):
            along = directions[part]
            points = self.theta + column[..., None] * along
            distances = ((points - self.theta) * along).sum(axis=-1) / lengths[part]
            blocks = layer_blocks(self.network.sizes, points)
            losses, crossings = self._climb(self.inputs[0] @ blocks[0], 0, blocks)
            crossings = crossings + np.zeros(losses.shape, np.int64)
            for each in self.penalties:
                losses = losses + each.value(points, self.network.weight_mask)
                crossings += self._zeros_passed(each, points, self.theta, self.network.weight_mask)
            found.append((losses, distances, crossings))
        return Moved(*(np.concatenate(arrays, axis=1) for arrays in zip(*found, strict=True)))

    def _column(self, shifts: Sequence[complex]) -> Array:
        kind = np.complex64 if np.iscomplexobj(shifts) else self.theta.dtype
        return np.asarray(shifts, np.result_type(self.theta.dtype, kind))[:, None]

    def _chunks(self, count: int, layer: int, shifts: int, least: int = 1) -> list[slice]:
        """Split so many moves in parts whose widest array stays small."""
        widest = max(least, *(z.size for z in self.pre_activations[layer:]))
        size = max(1, _NUMBERS_AT_A_TIME // (shifts * widest))
        return [slice(start, start + size) for start in range(0, count, size)]

    def _move_units(
        self, layer: int, sources: Array, units: Array, distances: Array
    ) -> tuple[Array, Any]:
        """Return losses and crossings ``(S, k)`` after moving one weight into each unit."""
        change = distances[..., None] * self.inputs_by_unit[layer][sources]
        if layer == len(self.blocks) - 1:
            outgoing, crossings = np.eye(self.network.sizes[-1], dtype=self.theta.dtype), 0
        else:
            z = self.pre_activations_by_unit[layer][units] + change
            crossings = self.crossings_of(z, layer, units)
            change = self.network.activation(z)
            if self.masks is not None:
                change *= self.masks[layer].T[units]
            layer += 1
            change -= self.inputs_by_unit[layer][units]
            outgoing = self.blocks[layer]
        z = change[..., None] * outgoing[units][:, None, :]
        z += self.pre_activations[layer]
        losses, more = self._climb(z, layer, self.blocks)
        return losses, crossings + more

    def _climb(self, z: Array, layer: int, blocks: list[Array]) -> tuple[Array, Any]:
        """Return losses and crossings from pre-activations ``(…, rows, units)`` of a layer."""
        crossings: Any = 0
        for above in range(layer + 1, len(blocks)):
            crossings = crossings + self.crossings_of(z, above - 1)
            a, block = self.activate(z, above - 1), blocks[above]
            if block.ndim == 2:  # one wide product
                z = (a.reshape(-1, a.shape[-1]) @ block[:-1]).reshape(*a.shape[:-1], -1)
                z += block[-1]
            else:
                z = a @ block[..., :-1, :] + block[..., -1:, :]
        return self.losses_from(z), crossings

    def _penalties_of(self, coordinates: Array, points: Array) -> tuple[Any, Any]:
        """Return all penalties, and weights that passed a penalty's kink, for moved parameters."""
        mask, here = self.network.weight_mask, self.theta[coordinates]
        total, passed = np.zeros(points.shape, points.dtype), 0
        for each in self.penalties:
            if type(each) in _SUMS_OVER_WEIGHTS:  # a sum: only the moved parameter's term changes
                own = mask[coordinates, None]
                total += each.value(points[..., None], own) - each.value(here[:, None], own)
                total += each.value(self.theta, mask)
                passed = passed + self._zeros_passed(each, points[..., None], here[:, None], own)
            else:
                for k, coordinate in enumerate(coordinates):
                    vectors = np.tile(self.theta.astype(points.dtype), (len(points), 1))
                    vectors[:, coordinate] = points[:, k]
                    total[:, k] += each.value(vectors, mask)
        return total, passed

    @staticmethod
    def _zeros_passed(penalty: Penalty, points: Array, here: Array, mask: Array) -> Any:
        if not isinstance(penalty, L1):
            return 0
        return np.count_nonzero((np.sign(points.real) != np.sign(here)) & (mask != 0), axis=-1)


def coordinate_losses(
    network: MLP,
    theta: Array,
    X: ArrayLike,
    y: ArrayLike,
    shifts: Sequence[complex],
    coordinates: ArrayLike | None = None,
    *,
    penalty: Penalties = None,
    masks: Sequence[ArrayLike] | None = None,
) -> Moved:
    r"""Return the loss after moving one parameter, for every parameter and every shift.

    With :math:`e_k` the vector that is 1 at parameter :math:`k`: the losses at
    :math:`\theta + s e_k`, equal to ``network.loss`` of the moved vectors up to rounding.

    Parameters
    ----------
    network : MLP
    theta : array (P,)
    X : array (rows, features)
    y : array (rows,) or (rows, outputs)
    shifts : sequence of ``S`` numbers
        How far to move, such as ``(h, -h)``; complex numbers for a complex step.
    coordinates : array (K,) of int, optional
        The numbers of the parameters to move; by default all.
    penalty : Penalty or a list of them, optional
    masks : sequence of arrays (rows, units), optional
        What each hidden layer's activations are multiplied by: dropout's masks, held fixed.

    Returns
    -------
    Moved

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from dlbook import MLP
    >>> network = MLP((2, 3, 1))
    >>> theta, X, y = network.initialize(rng=0), np.ones((4, 2)), np.array([0, 1, 1, 1])
    >>> moved = coordinate_losses(network, theta, X, y, (1e-5, -1e-5))
    >>> slopes = (moved.losses[0] - moved.losses[1]) / 2e-5
    >>> bool(np.allclose(slopes, network.gradient(theta, X, y)))
    True
    """
    there = ForwardPass(network, theta, X, y, penalty, masks)
    if np.ndim(shifts) != 1 or len(shifts) == 0:
        raise ValueError(f"shifts is {shifts!r}: a list of at least one number is needed")
    chosen = np.arange(theta.size) if coordinates is None else as_array(coordinates, "coordinates")
    if chosen.ndim != 1 or chosen.dtype.kind not in "iu":
        raise ValueError(
            f"coordinates has shape {chosen.shape} and dtype {chosen.dtype}: a list of parameters' "
            "numbers is needed"
        )
    if chosen.size and (chosen.min() < 0 or chosen.max() >= theta.size):
        raise ValueError(
            f"coordinates has numbers from {chosen.min()} to {chosen.max()}: numbers from 0 to "
            f"{theta.size - 1} are needed"
        )
    return there.along_coordinates(chosen, shifts)


def _check_masks(masks: Sequence[ArrayLike] | None, network: MLP, rows: int) -> list[Array] | None:
    if masks is None:
        return None
    hidden = network.sizes[1:-1]
    if len(masks) != len(hidden):
        raise ValueError(
            f"masks has {len(masks)} arrays, the network {len(hidden)} hidden layers: one mask "
            "each is needed"
        )
    checked = []
    for k, (mask, units) in enumerate(zip(masks, hidden, strict=True)):
        array = as_array(mask, f"masks[{k}]")
        if array.shape != (rows, units) or array.dtype.kind not in "fiub":
            raise ValueError(
                f"masks[{k}] has shape {array.shape} and dtype {array.dtype}: ({rows}, {units}) "
                "numbers are needed"
            )
        checked.append(array.astype(network.dtype))
    return checked
