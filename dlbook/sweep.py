"""A fair race: every optimizer gets the same budget of tuning, and the test set is asked once.

1. Every entrant gets as many candidates, from the ranges it states (:mod:`dlbook.search`).
2. Each candidate trains R replicates, all from the same starts and with the same batches.
3. The validation set chooses one candidate for each entrant.
4. The chosen train once more, from R starts that no choice has seen.
5. :meth:`Race.open_test` asks the test set about those, once.

The runs of a race are independent jobs that carry all they need, their seed included. Hand in any
executor of ``concurrent.futures`` and they run there: ``ProcessPoolExecutor(2)`` for two cores,
``Client(…).get_executor()`` of ``dask.distributed`` for a cluster. Neither who runs a job, nor in
which order, nor how often it is repeated after a worker died can change a number, as long as NumPy,
the processor and the number of threads of its BLAS are the same everywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dlbook._checks import check_count, one_of
from dlbook.datasets import Split
from dlbook.history import History
from dlbook.jobs import Job, Outcome, judge, run_job
from dlbook.network import MLP
from dlbook.optimizers import Optimizer
from dlbook.progress import Progress
from dlbook.search import Range, propose

if TYPE_CHECKING:  # browsers have no threads, and need no executor
    from concurrent.futures import Executor

__all__ = ["Entrant", "Race", "race"]

Floats = NDArray[np.float64]

_TUNING, _FINAL = 0, 1  # streams of random numbers
_SET_BY_THE_RACE = ("validation", "rng", "order", "divergence", "progress")


class Entrant:
    """An optimizer that enters a race, with the settings to tune and those that stay.

    Parameters
    ----------
    make : callable
        An optimizer's class, or a function from the settings to an optimizer, such as
        ``lambda learning_rate: Adam(cosine(learning_rate, 600))``.
    **settings
        A range of :mod:`dlbook.search` for what is tuned, a value for what is fixed.

    Raises
    ------
    TypeError
        If `make` cannot be called.

    Examples
    --------
    >>> from dlbook import Momentum
    >>> from dlbook.search import log_uniform
    >>> from dlbook.sweep import Entrant
    >>> entrant = Entrant(Momentum, learning_rate=log_uniform(0.001, 1.0), beta=0.9)
    >>> entrant.optimizer({"learning_rate": 0.1})
    Momentum(learning_rate=0.1, beta=0.9, damped=False)
    """

    def __init__(self, make: Callable[..., Optimizer], /, **settings: Any) -> None:
        if not callable(make):
            raise TypeError(f"make is {make!r}: an optimizer's class such as Adam is needed")
        self.make = make
        self.ranges = {name: s for name, s in settings.items() if isinstance(s, Range)}
        self.fixed = {name: s for name, s in settings.items() if name not in self.ranges}

    def __repr__(self) -> str:
        parts = [getattr(self.make, "__name__", repr(self.make))]
        parts += [f"{name}={value!r}" for name, value in {**self.ranges, **self.fixed}.items()]
        return f"Entrant({', '.join(parts)})"

    def optimizer(self, settings: Mapping[str, Any]) -> Optimizer:
        """Return the optimizer with these values for what is tuned."""
        made = self.make(**self.fixed, **settings)
        if not isinstance(made, Optimizer):
            raise TypeError(f"make returned {type(made).__name__}: an optimizer is needed")
        return made


class Race:
    """A finished race, its test set still sealed; made by :func:`race`.

    Attributes
    ----------
    candidates : dict
        Name of an entrant to the list of its candidates' :class:`Outcome`.
    chosen : dict
        Name to the outcome of the candidate that the validation set chose.
    finals : dict
        Name to the outcome of the chosen settings from new starts. All entrants share these, so
        replicates can be compared in pairs.
    select : str
        What was chosen by: accuracy or loss.
    test : dict or None
        What :meth:`open_test` gave.
    """

    def __init__(
        self,
        network: MLP,
        split: Split,
        select: str,
        candidates: dict[str, list[Outcome]],
        chosen: dict[str, Outcome],
        finals: dict[str, Outcome],
    ) -> None:
        self.network, self.split, self.select = network, split, select
        self.candidates, self.chosen, self.finals = candidates, chosen, finals
        self.test: dict[str, Floats] | None = None

    def __repr__(self) -> str:
        tried = sum(len(tried) for tried in self.candidates.values())
        asked = "sealed" if self.test is None else "asked"
        return f"Race({len(self.candidates)} entrants, {tried} candidates, test set {asked})"

    def __str__(self) -> str:
        rows = [["entrant", "tried", "diverged", f"validation {self.select}", "chosen"]]
        for name, tried in self.candidates.items():
            best, edges = self.chosen[name], self.edges(name)
            values = [
                f"{setting} {value:.3g}{' (at the edge)' if setting in edges else ''}"
                for setting, value in best.settings.items()
            ]
            diverged = sum(bool(each.diverged.any()) for each in tried)
            mean = f"{best.scores(self.select).mean():.4g}"
            rows.append([name, f"{len(tried)}", f"{diverged}", mean, ", ".join(values) or "as is"])
        if self.test is not None:
            for row, text in zip(
                rows, ["test", *(f"{v.mean():.4g}" for v in self.test.values())], strict=True
            ):
                row.insert(4, text)
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )

    def open_test(self) -> dict[str, Floats]:
        """Ask the test set about the finals, once; later calls give the same answer.

        Returns
        -------
        dict
            Name to the accuracies ``(replicates,)``, or losses where networks do not classify.

        Raises
        ------
        RuntimeError
            If the test part of the split was opened before this race asked for it: by hand, or by
            another race, whose result may have led to this one.
        """
        if self.test is None:
            if self.split.test_openings:
                raise RuntimeError(
                    f"the test part was opened before, {self.split}: what was chosen since may "
                    "rest on it, so deal a new split for this race"
                )
            part = self.split.open_test()
            scores = {n: judge(self.network, f.theta, part) for n, f in self.finals.items()}
            self.test = {n: loss if a is None else a for n, (loss, a) in scores.items()}
        return self.test

    def sensitivity(self, name: str, setting: str = "learning_rate") -> tuple[Floats, Floats]:
        """Return how the result depends on a setting: who forgives a bad choice.

        Parameters
        ----------
        name : str
            Of the entrant.
        setting : str
            A setting that was tuned.

        Returns
        -------
        values : array (candidates,)
            What was tried, sorted.
        scores : array (candidates, replicates)
            What came of each start on the validation set, as :func:`dlbook.plotting.curves` takes
            it; accuracies of diverged starts are 0, losses infinite.
        """
        tried = self.candidates[one_of("name", name, self.candidates)]
        known = ", ".join(tried[0].settings) or "nothing"
        if setting not in tried[0].settings:
            raise ValueError(f"setting is {setting!r}: {name} was tuned over {known}")
        tried = sorted(tried, key=lambda each: each.settings[setting])
        values = np.array([each.settings[setting] for each in tried])
        return values, np.stack([each.scores(self.select) for each in tried])

    def edges(self, name: str) -> list[str]:
        """Return the settings whose chosen value is the least or the largest of those tried.

        A better value may lie outside: widen the range, or say so.
        """
        tried = self.candidates[one_of("name", name, self.candidates)]
        best, edges = self.chosen[name].settings, []
        for setting, value in best.items():
            values = [each.settings[setting] for each in tried]
            if value in (min(values), max(values)):
                edges.append(setting)
        return edges

    @property
    def fingerprint(self) -> str:
        """Return a short hash of every number in it: equal for races that agree to the last bit."""
        digest = hashlib.sha256()
        for outcomes in (self.candidates, {name: [f] for name, f in self.finals.items()}):
            for name, listed in outcomes.items():
                for each in listed:
                    digest.update(f"{name} {each.settings}".encode())
                    arrays = [each.start, each.theta, each.diverged, each.loss, each.accuracy]
                    arrays += [getattr(each.history, column) for column in History.columns]
                    for array in arrays:
                        digest.update(b"" if array is None else np.ascontiguousarray(array).data)
        return digest.hexdigest()[:16]


def race(
    network: MLP,
    split: Split,
    entrants: Mapping[str, Entrant],
    *,
    candidates: int = 16,
    search: str = "random",
    replicates: int = 32,
    tuning_replicates: int | None = None,
    select: str | None = None,
    initializer: Any = "he_normal",
    seed: int = 0,
    executor: Executor | None = None,
    progress: bool | None = None,
    **training: Any,
) -> Race:
    """Tune every entrant with the same budget, then let the chosen run from new starts.

    Parameters
    ----------
    network : MLP
    split : Split
        Data with a validation part, see :func:`dlbook.datasets.split`. Its test part stays sealed.
    entrants : dict
        Name to :class:`Entrant`.
    candidates : int
        The budget: candidates of each entrant. One with nothing to tune has a single candidate.
    search : {"random", "grid"}
        How they are chosen, see :func:`dlbook.search.propose`.
    replicates : int
        Starts of each final run.
    tuning_replicates : int, optional
        Starts of each candidate; by default as many. Fewer save time and choose less surely.
    select : {"accuracy", "loss"}, optional
        What the validation set chooses by: the mean over starts at the end, of the accuracy where
        the network classifies, else of the loss. Of equal accuracies the lower loss wins.
    initializer : str or callable
        Of the starts, as for :meth:`dlbook.MLP.initialize`.
    seed : int
        Of everything random: candidates, starts, batches. A generator will not do, because a job
        that is repeated must find its numbers again.
    executor : Executor, optional
        Where the jobs run: anything with the ``submit`` of ``concurrent.futures``. By default here.
    progress : bool, optional
        A bar while it runs; by default in a terminal or notebook.
    **training
        Further arguments of :func:`dlbook.train`: `steps` or `passes`, `batch_size`, `penalty` and
        so on. Curves are recorded in the finals only.

    Returns
    -------
    Race

    Raises
    ------
    ValueError, TypeError
        For arguments that do not fit.

    References
    ----------
    Schmidt, Schneider and Hennig (2021), Descending through a crowded valley: benchmarking deep
    learning optimizers; Dahl et al. (2023), Benchmarking neural network training algorithms.

    Examples
    --------
    >>> from dlbook import MLP, Adam, GradientDescent, datasets
    >>> from dlbook.search import log_uniform
    >>> from dlbook.sweep import Entrant, race
    >>> split = datasets.split(*datasets.moons(300, rng=0), rng=0)
    >>> entrants = {
    ...     "gradient descent": Entrant(GradientDescent, learning_rate=log_uniform(1e-3, 1e1)),
    ...     "Adam": Entrant(Adam, learning_rate=log_uniform(1e-4, 1e0)),
    ... }
    >>> result = race(
    ...     MLP((2, 5, 1)), split, entrants, candidates=4, replicates=3, passes=20, batch_size=32
    ... )
    >>> result
    Race(2 entrants, 8 candidates, test set sealed)
    >>> values, scores = result.sensitivity("Adam")
    >>> values.shape, scores.shape
    ((4,), (4, 3))
    >>> result.open_test()["Adam"].shape, split.test_openings
    ((3,), 1)
    """
    if not isinstance(network, MLP):
        raise TypeError(f"network is {type(network).__name__}: a dlbook.MLP is needed")
    if not isinstance(split, Split):
        raise TypeError(f"split is {type(split).__name__}: what datasets.split returns is needed")
    if not len(split.validation.y):
        raise ValueError(f"split is {split}: validation rows are needed to choose by")
    entrants = _check_entrants(entrants)
    if executor is not None and not hasattr(executor, "submit"):
        raise TypeError(
            f"executor is {executor!r}: something with submit is needed, such as a "
            "ProcessPoolExecutor"
        )
    for name in _SET_BY_THE_RACE:
        if name in training:
            raise TypeError(f"training has {name!r}: the race sets it by itself")
    labelled = network.classifies and split.validation.y.dtype.kind != "f"
    if select is None:
        select = "accuracy" if labelled else "loss"
    one_of("select", select, ("accuracy", "loss") if labelled else ("loss",))
    check_count("replicates", replicates)
    if tuning_replicates is None:
        tuning_replicates = replicates
    check_count("tuning_replicates", tuning_replicates)

    def job(name: str, settings: dict[str, Any], stream: int) -> Job:
        optimizer = entrants[name].optimizer(settings)
        options = dict(training)
        if stream == _TUNING and options.get("early_stopping") is None:
            # a look at all rows costs as much as many steps, and nobody reads these curves
            options["record_every"] = 2**62
        starts = replicates if stream == _FINAL else tuning_replicates
        return Job(
            network,
            split.train,
            split.validation,
            optimizer,
            settings,
            initializer,
            starts,
            seed,
            stream,
            options,
        )

    settings = {
        name: propose(each.ranges, candidates, search, seed) for name, each in entrants.items()
    }
    jobs = [job(name, values, _TUNING) for name in entrants for values in settings[name]]
    bar = Progress(len(jobs) + len(entrants), label="race", show=progress)
    try:
        outcomes = iter(_run_all(jobs, executor, bar, 0))
        tried = {name: [next(outcomes) for _ in settings[name]] for name in entrants}
        chosen = {name: _choose(listed, select) for name, listed in tried.items()}
        jobs_left = [job(name, chosen[name].settings, _FINAL) for name in entrants]
        finals = dict(zip(entrants, _run_all(jobs_left, executor, bar, len(jobs)), strict=True))
    finally:
        bar.close()
    return Race(network, split, select, tried, chosen, finals)


def _check_entrants(entrants: Mapping[str, Entrant]) -> dict[str, Entrant]:
    wanted = "a dictionary from a name to an Entrant is needed"
    if not isinstance(entrants, Mapping):
        raise TypeError(f"entrants is {type(entrants).__name__}: {wanted}")
    for name, each in entrants.items():
        if not isinstance(name, str) or not isinstance(each, Entrant):
            raise TypeError(f"entrants has {name!r}: {each!r}: {wanted}")
    if not entrants:
        raise ValueError(f"entrants is empty: {wanted}")
    return dict(entrants)


def _run_all(
    jobs: Sequence[Job], executor: Executor | None, bar: Progress, done: int
) -> list[Outcome]:
    """Return the outcomes in the order of the jobs, wherever and whenever these run."""
    outcomes = []
    if executor is None:
        for job in jobs:
            outcomes.append(run_job(job))
            bar.update(done + len(outcomes))
        return outcomes
    futures = [executor.submit(run_job, job) for job in jobs]
    try:
        for future in futures:
            outcomes.append(future.result())
            bar.update(done + len(outcomes))
    finally:
        for future in futures:  # after an error or Ctrl-C nobody wants the rest
            future.cancel()
    return outcomes


def _choose(tried: Sequence[Outcome], select: str) -> Outcome:
    """Return the best on the validation set; of equals the lower loss, then the first."""

    def worse(outcome: Outcome) -> tuple[float, float]:
        sign = -1 if select == "accuracy" else 1
        return float(sign * outcome.scores(select).mean()), float(outcome.loss.mean())

    return min(tried, key=worse)
