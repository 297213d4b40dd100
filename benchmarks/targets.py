"""What dlbook must reach, and the rows of the result."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

PEERS = {
    "textbook": "textbook NumPy",
    "textbook_without_cost": "textbook without cost",
    "torch_eager": "PyTorch eager",
    "keras_fit": "Keras fit",
    "tensorflow_function": "TensorFlow tf.function",
    "jax_scan": "JAX jit(scan)",
    "jax_scan_pinned": "JAX on one core",
    "numba_loops": "numba loops",
    "lone": "dlbook, its own lone run",
    "torch_gradcheck": "torch.autograd.gradcheck",
    "scipy_check_grad": "scipy.optimize.check_grad",
    "jax_check_grads": "jax.test_util.check_grads",
}
"""Every peer's name in the table; `lone` is dlbook on one replicate."""

SPEED: dict[tuple[str, str], tuple[float, str]] = {
    ("full-batch", "textbook"): (2.8, "≥ 2.8 times as fast"),
    ("dropout", "textbook"): (3.0, "≥ 3 times as fast"),
    ("mini-batch", "textbook"): (5.0, "≥ 5 times as fast"),
    ("adam", "textbook"): (6.0, "≥ 6 times as fast"),
    ("full-batch", "torch_eager"): (10.0, "≥ 10 times as fast"),
    ("mini-batch", "torch_eager"): (20.0, "≥ 20 times as fast"),
    ("full-batch", "keras_fit"): (500.0, "≥ 500 times as fast"),
    ("adam", "keras_fit"): (250.0, "≥ 250 times as fast"),
    ("full-batch", "jax_scan"): (1 / 1.2, "≤ 1.2 times its time"),
    ("mini-batch", "jax_scan"): (1 / 2.0, "≤ 2 times its time"),
    ("dropout", "jax_scan"): (2.0, "≥ 2 times as fast"),
    ("full-batch-32", "jax_scan"): (1.0, "no slower"),
    ("adam-32", "lone"): (5.0, "≥ 5 times as fast"),
    ("cold-start", "jax_scan"): (2.5, "≥ 2.5 times as fast"),
    ("check-1000", "torch_gradcheck"): (20.0, "≥ 20 times as fast"),
}
"""Smallest ratio of the peer's time to dlbook's, and how the table says it."""


@dataclass(frozen=True)
class Row:
    """One line of the table.

    `kind` "speed" compares times in microseconds a `unit`: `ratio` is the median over the rounds
    of the peer's time by dlbook's, `low` and `high` its quartiles. `kind` "limit" is one measured
    `value` in `unit`. `met` is None without a target or without a measurement; `note` says what
    was checked, or why there are no numbers.
    """

    kind: str
    job: str
    title: str
    unit: str
    peer: str | None = None
    ours_us: float | None = None
    peer_us: float | None = None
    ratio: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    target: str | None = None
    met: bool | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return what goes to results.json; numbers with five digits."""
        return {
            name: float(f"{value:.5g}") if isinstance(value, float) else value
            for name, value in asdict(self).items()
            if value is not None
        }


def speed_row(
    job: str, title: str, unit: str, peer: str, ours: list[float], theirs: list[float], note: str
) -> Row:
    """Return the row of paired times."""
    low, ratio, high = np.percentile(np.array(theirs) / np.array(ours), [25, 50, 75])
    least, text = SPEED.get((job, peer), (None, None))
    return Row(
        "speed", job, title, unit, PEERS[peer], float(np.median(ours)), float(np.median(theirs)),
        float(ratio), None, float(low), float(high), text,
        None if least is None else bool(ratio >= least), note,
    )  # fmt: skip


def failed_row(job: str, title: str, unit: str, peer: str, reason: str) -> Row:
    """Return the row of a peer that could not take part; its target stays open."""
    _, text = SPEED.get((job, peer), (None, None))
    return Row("speed", job, title, unit, PEERS[peer], target=text, note=reason)


def limit_row(
    job: str, title: str, unit: str, values: list[float], target: str | None = None,
    least: float = -np.inf, most: float = np.inf, note: str = "",
) -> Row:  # fmt: skip
    """Return the row of one measured value and its bounds."""
    low, value, high = (float(v) for v in np.percentile(values, [25, 50, 75]))
    met = None if target is None else bool(least <= value <= most)
    return Row(
        "limit", job, title, unit, value=value, low=low, high=high, target=target, met=met,
        note=note,
    )  # fmt: skip


def table(rows: list[Row]) -> str:
    """Return the rows as text in columns."""
    lines = [
        f"{'job':<16} {'peer':<25} {'ours':>10} {'peer':>12} {'ratio (quartiles)':>24}  target"
    ]
    marks = {True: "met", False: "MISSED", None: "NOT MEASURED"}
    for row in rows:
        goal = f"{row.target}  {marks[row.met]}" if row.target else ""
        if row.kind == "limit":
            span = f"({row.low:.3g}–{row.high:.3g})"
            lines.append(
                f"{row.job:<16} {row.title:<48} {row.value:>7.3g} {row.unit} {span}  {goal}"
            )
        elif row.ratio is None:
            lines.append(f"{row.job:<16} {row.peer:<25} {row.note}  {goal}")
        else:
            span = f"{row.ratio:.3g} ({row.low:.3g}–{row.high:.3g})"
            lines.append(
                f"{row.job:<16} {row.peer:<25} {row.ours_us:>10,.1f} {row.peer_us:>12,.1f} "
                f"{span:>24}  {goal}"
            )
    return "\n".join(lines)
