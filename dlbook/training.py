"""Train a network: batches, loop, history; interrupted runs go on as if nothing had been."""

from __future__ import annotations

import copy
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import Generator, Rng, as_generator, check_count, check_number
from dlbook.batches import Feed, Order, Shuffle
from dlbook.dropout import Dropout
from dlbook.engine import Engine
from dlbook.history import History
from dlbook.network import MLP
from dlbook.optimizers import Optimizer, State
from dlbook.penalties import Penalty, as_penalties
from dlbook.progress import Progress

Array = NDArray[Any]

_WATCH = 50  # steps between two looks at the numbers and at the reader's patience


class DivergenceError(ArithmeticError):
    """Training left the finite numbers; the message says by which step and in which replicates."""


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when the validation loss has not improved for a while, and go back to its best.

    Each replicate stops by itself, so it ends where its lone run would have.

    Parameters
    ----------
    patience : int
        How many records in a row may pass without an improvement.
    min_improvement : float
        What counts as one: a loss lower than the best by more than this.

    Examples
    --------
    >>> EarlyStopping(patience=5)
    EarlyStopping(patience=5, min_improvement=0.0)
    """

    patience: int = 10
    min_improvement: float = 0.0

    def __post_init__(self) -> None:
        check_count("patience", self.patience)
        check_number("min_improvement", self.min_improvement, at_least=0)


class Run:
    """A training run and all it needs to go on; made by :func:`train`.

    Attributes
    ----------
    history : History
    step : int
        Updates made.
    interrupted : bool
        Whether the reader stopped the last call; :meth:`resume` goes on.
    stopped : array of bool or None
        With early stopping, which replicates have stopped.
    """

    def __init__(
        self,
        network: MLP,
        theta: Array,
        X: ArrayLike,
        y: ArrayLike,
        optimizer: Optimizer,
        *,
        batch_size: int | None,
        rng: Rng,
        order: Order | None,
        validation: tuple[ArrayLike, ArrayLike] | None,
        penalty: Penalty | Sequence[Penalty] | None,
        dropout: Dropout | None,
        input_noise: float,
        early_stopping: EarlyStopping | None,
        record_every: int,
        record: str,
        divergence: str,
    ) -> None:
        self.network, self.optimizer = network, optimizer
        self.penalties, self.dropout = as_penalties(penalty), dropout
        self.input_noise = check_number("input_noise", input_noise, at_least=0)
        self.history, self.step, self.interrupted = History(), 0, False
        self.rng: Generator = copy.deepcopy(as_generator(rng))
        self._inputs, self._target = network.check(theta, X, y)
        self._X, self._y = np.asarray(X), np.asarray(y)
        self.rows = self._inputs.shape[-2]
        self.batch_size = self.rows if batch_size is None else min(batch_size, self.rows)
        self._shuffle = Shuffle(self.rows, self.rng, order)
        self._validation, self._early = validation, early_stopping
        self._record_every, self._record_kind = record_every, record
        self._keeps_going = divergence == "keep"

        arrays = (theta[..., None], self._inputs, self._target)
        lead = np.broadcast_shapes(*(array.shape[:-2] for array in arrays))
        self._theta = np.array(np.broadcast_to(theta, (*lead, theta.shape[-1])), network.dtype)
        self._state: State = optimizer.start(self._theta)
        self._best_loss = np.full(lead, np.inf)
        self._best = self._theta.copy()
        self._since_best = np.zeros(lead, int)
        self.stopped = np.zeros(lead, bool) if early_stopping else None

    @property
    def theta(self) -> Array:
        """Parameters ``(P,)`` or ``(replicates, P)`` now, as a copy.

        With early stopping, each replicate's best.
        """
        return (self._best if self._early and len(self.history) else self._theta).copy()

    @property
    def passes(self) -> float:
        """How many passes over the data have been made."""
        return self.step / self.steps_per_pass

    @property
    def steps_per_pass(self) -> int:
        """Batches in a pass, the last smaller one counted."""
        return int(-(-self.rows // self.batch_size))

    def __repr__(self) -> str:
        state = " (interrupted)" if self.interrupted else ""
        return f"Run({self.step:,} steps, {self.passes:,.6g} passes{state}, {self.history!r})"

    def resume(
        self,
        *,
        steps: int | None = None,
        passes: int | None = None,
        progress: bool | None = None,
    ) -> Run:
        """Go on for so many more steps or passes, as if there had been no break.

        Returns
        -------
        Run
            This run.
        """
        last = self.step + _count_steps(steps, passes, self.steps_per_pass)
        bar = Progress(last, show=progress, already=self.step)
        self.interrupted = False
        with np.errstate(all="ignore"), _asked_to_stop() as asked:
            try:
                self._advance(last, bar, asked)
            finally:
                bar.close()
        return self

    def _advance(self, last: int, bar: Progress, asked: Callable[[], bool]) -> None:
        theta, gradient = self._theta, np.empty_like(self._theta)
        make = partial(
            self.network.engine,
            theta,
            gradient,
            dropout=self.dropout,
            input_noise=self.input_noise,
            rng=self.rng,
        )
        feed = Feed(make, self._inputs, self._target, self.batch_size, self._shuffle)
        engines = feed.engines_from(self.step)

        def update() -> None:
            for penalty in self.penalties:
                extra = penalty.gradient(theta, self.network.weight_mask)
                if extra is not None:
                    np.add(gradient, extra, gradient)
            self.optimizer.unchecked_step(theta, gradient, self._state)
            for penalty in self.penalties:
                penalty.project(self.network.weights(theta))

        if not self.penalties:
            update = partial(self.optimizer.unchecked_step, theta, gradient, self._state)
        self._check_finite()
        while self.step < last:
            engine = next(engines)
            engine.forward()
            if self.step % self._record_every == 0 and self._write_record(engine):
                break
            engine.backward()
            update()
            self.step += 1
            # between here and the next pause there is nothing to look at
            pause = min(last, _next(self.step, self._record_every), _next(self.step, _WATCH))
            for engine in islice(engines, pause - self.step):
                for call in engine.calls:
                    call()
                update()
            self.step = pause
            if pause % _WATCH == 0:
                self._check_finite()
                bar.update(pause)
                if asked():
                    self.interrupted = True
                    return
        self.interrupted = asked()
        self._check_finite()
        if self._record_kind == "all":
            self._write_record(None)

    def _write_record(self, engine: Engine | None) -> bool:
        """Add a record; tell whether every replicate has stopped."""
        if self.history.ends_at(self.step):
            return bool(self.stopped is not None and self.stopped.all())
        network, theta = self.network, self._theta
        values: dict[str, Any] = {"step": self.step}
        if self._record_kind == "batch" and engine is not None:
            values["loss"] = engine.batch_loss() + self._penalty_value()
        else:
            logits = network.forward(theta, self._X)
            loss = network.loss_function.value(logits, self._target)
            values["loss"] = loss + self._penalty_value()
            if network.classifies and self._y.dtype.kind != "f":
                predicted = network.loss_function.predict(logits)
                values["accuracy"] = (predicted == self._y).mean(axis=-1)
        if self._validation is not None:
            X, y = self._validation
            values["validation_loss"] = network.loss(theta, X, y)
            if network.classifies and np.asarray(y).dtype.kind != "f":
                values["validation_accuracy"] = network.accuracy(theta, X, y)
        if self._keeps_going:
            # NaN is above 0 nowhere, so it would pass for the first class
            finite = np.isfinite(theta).all(axis=-1)
            for name in values.keys() - {"step"}:
                values[name] = np.where(finite, values[name], np.nan)
        self.history.append(**values)
        # the extra record at the end of a call is no turn of early stopping: a run in two calls
        # ends where one call would have ended
        due = self._early is not None and self.step % self._record_every == 0
        return due and self._note_best(values["validation_loss"])

    def _penalty_value(self) -> Any:
        mask = self.network.weight_mask
        return sum((p.value(self._theta, mask) for p in self.penalties), start=0.0)

    def _note_best(self, loss: Any) -> bool:
        assert self._early is not None
        assert self.stopped is not None
        better = (loss < self._best_loss - self._early.min_improvement) & ~self.stopped
        np.copyto(self._best, self._theta, where=np.asarray(better)[..., None])
        self._best_loss = np.where(better, loss, self._best_loss)
        self._since_best = np.where(better, 0, self._since_best + 1)
        self.stopped = self.stopped | (self._since_best >= self._early.patience)
        return bool(self.stopped.all())

    def _check_finite(self) -> None:
        broken = ~np.isfinite(self._theta).all(axis=-1)
        if self.stopped is not None:
            broken &= ~self.stopped
        if broken.all() if self._keeps_going else broken.any():
            where = f" in {broken.sum()} of {broken.size} replicates" if broken.ndim else ""
            raise DivergenceError(
                f"training diverged by step {self.step:,}{where}: parameters are no longer "
                "finite; a smaller learning_rate or smaller initial weights may help"
            )


def _next(step: int, every: int) -> int:
    """Return the first multiple of ``every`` that is not below ``step``."""
    return -(-step // every) * every


def _count_steps(steps: int | None, passes: int | None, steps_per_pass: int) -> int:
    if (steps is None) == (passes is None):
        raise TypeError(f"steps is {steps!r} and passes is {passes!r}: exactly one is needed")
    if steps is not None:
        return check_count("steps", steps, at_least=0)
    return check_count("passes", passes, at_least=0) * steps_per_pass


@contextmanager
def _asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C into a question answered between two steps; the second is real."""
    asked: list[bool] = []
    previous: Any = None

    def note(number: int, frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(True)

    if threading.current_thread() is threading.main_thread():
        try:
            previous = signal.signal(signal.SIGINT, note)
        except ValueError:  # no signals here, as in a browser
            previous = None
    try:
        yield lambda: bool(asked)
    finally:
        if previous is not None:
            signal.signal(signal.SIGINT, previous)


def train(
    network: MLP,
    theta: Array,
    X: ArrayLike,
    y: ArrayLike,
    optimizer: Optimizer,
    *,
    steps: int | None = None,
    passes: int | None = None,
    batch_size: int | None = None,
    rng: Rng = 0,
    order: Order | None = None,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    penalty: Penalty | Sequence[Penalty] | None = None,
    dropout: Dropout | None = None,
    input_noise: float = 0.0,
    early_stopping: EarlyStopping | None = None,
    record_every: int | None = None,
    record: str = "all",
    divergence: str = "raise",
    progress: bool | None = None,
) -> Run:
    """Train from ``theta`` and return the run; ``theta`` itself is left alone.

    Parameters
    ----------
    network : MLP
    theta : array (P,) or (replicates, P)
        Where to start; every replicate sees the same batches.
    X : array (rows, n_in) or (replicates, rows, n_in)
        Training data, shared by all replicates or one set each.
    y : array (rows,) or (replicates, rows)
        Labels (targets for squared error).
    optimizer : Optimizer
    steps, passes : int
        How long: updates, or passes over the data. Exactly one is needed.
    batch_size : int, optional
        Rows of a mini-batch; all rows if left out. Rows are reshuffled every pass, and the last
        batch of a pass may be smaller.
    rng : Generator, RandomState or int
        For the shuffling, dropout and noise. A copy is used, so yours stays as it is.
    order : callable, optional
        ``order(k)`` gives the row order of pass ``k`` instead of ``rng``.
    validation : tuple (X, y), optional
        Recorded along the way.
    penalty : Penalty or list of them, optional
        Added to the loss and its gradient; see :mod:`dlbook.penalties`.
    dropout : Dropout, optional
        On the hidden layers, while training only.
    input_noise : float
        Standard deviation of Gaussian noise on the inputs, in their units, while training only:
        drawn anew for every number, row, replicate and step. 0 is none.
    early_stopping : EarlyStopping, optional
        Needs ``validation``.
    record_every : int, optional
        Updates between two records; by default about 100 records in all. Only a record costs a
        look at the loss.
    record : {"all", "batch"}
        The loss of the whole training set, or of the batch about to be used.
    divergence : {"raise", "keep"}
        What happens when parameters are no longer finite: an error, or the other replicates go on
        to the end, as they would have without it, and NaN is recorded for those that diverged.
        When all have diverged, it is an error all the same.
    progress : bool, optional
        A bar while it runs; by default in a terminal or notebook.

    Returns
    -------
    Run
        With ``theta``, ``history`` and ``resume``. If you interrupt it (Ctrl-C), the run so far
        comes back with ``interrupted`` set.

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit.
    DivergenceError
        When parameters are no longer finite; see ``divergence``.

    Examples
    --------
    >>> from dlbook import MLP, GradientDescent, datasets, train
    >>> X, y = datasets.circles(rng=0)
    >>> network = MLP((2, 10, 1))
    >>> start = network.initialize("he_normal", rng=1, replicates=3)
    >>> run = train(network, start, X, y, GradientDescent(0.1), steps=100, record_every=50)
    >>> run.history.step, run.history.loss.shape
    (array([  0,  50, 100]), (3, 3))
    """
    if not isinstance(network, MLP):
        raise TypeError(f"network is {type(network).__name__}: a dlbook.MLP is needed")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"optimizer is {optimizer!r}: an optimizer such as GradientDescent(0.1) is needed"
        )
    if batch_size is not None:
        check_count("batch_size", batch_size)
    if record_every is not None:
        check_count("record_every", record_every)
    if record not in ("all", "batch"):
        raise ValueError(f"record is {record!r}: 'all' or 'batch' is needed")
    if divergence not in ("raise", "keep"):
        raise ValueError(f"divergence is {divergence!r}: 'raise' or 'keep' is needed")
    if dropout is not None and not isinstance(dropout, Dropout):
        raise TypeError(f"dropout is {dropout!r}: Dropout(rate) is needed")
    if early_stopping is not None and not isinstance(early_stopping, EarlyStopping):
        raise TypeError(f"early_stopping is {early_stopping!r}: EarlyStopping(patience) is needed")
    if validation is not None and not (isinstance(validation, tuple) and len(validation) == 2):
        raise TypeError(f"validation is {type(validation).__name__}: a tuple (X, y) is needed")
    if order is not None and not callable(order):
        raise TypeError(
            f"order is {type(order).__name__}: a callable from the pass to its order is needed"
        )
    if early_stopping is not None and validation is None:
        raise ValueError("early_stopping is set, validation is not: give validation=(X, y)")
    if validation is not None:
        network.check(theta, *validation)
    run = Run(
        network,
        theta,
        X,
        y,
        optimizer,
        batch_size=batch_size,
        rng=rng,
        order=order,
        validation=validation,
        penalty=penalty,
        dropout=dropout,
        input_noise=input_noise,
        early_stopping=early_stopping,
        record_every=record_every or 1,
        record=record,
        divergence=divergence,
    )
    total = _count_steps(steps, passes, run.steps_per_pass)
    if record_every is None:
        run._record_every = max(1, total // 100)
    return run.resume(steps=total, progress=progress)
