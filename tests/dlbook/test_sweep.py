"""The race: its budget, its choice, its seal; each run against a call of train."""

import math
import pickle
import signal

import numpy as np
import pytest

from dlbook import (
    L2,
    MLP,
    Adam,
    EarlyStopping,
    GradientDescent,
    Momentum,
    datasets,
    schedules,
    train,
)
from dlbook.jobs import run_job
from dlbook.search import log_uniform, near_one
from dlbook.sweep import Entrant, Race, race

NETWORK = MLP((2, 4, 1))
ENTRANTS = {
    "plain": Entrant(GradientDescent, learning_rate=log_uniform(1e-2, 1e1)),
    "momentum": Entrant(Momentum, learning_rate=log_uniform(1e-3, 1e0), beta=near_one(0.5, 0.99)),
    "default": Entrant(Adam),
}
OPTIONS = {"candidates": 4, "replicates": 5, "tuning_replicates": 3, "steps": 40, "batch_size": 32}


def deal(rng=0, n=200):
    return datasets.split(*datasets.moons(n, rng=rng), rng=rng)


def noisy():
    """Labels that are often wrong: whoever learns them by heart pays in loss first."""
    return datasets.split(*datasets.pitch(150, rng=4), rng=4)


def run(split=None, entrants=ENTRANTS, network=NETWORK, **changed):
    return race(network, split or deal(), entrants, **{**OPTIONS, **changed})


@pytest.fixture(scope="module")
def finished():
    return run()


class Listing:
    """An executor that keeps what it was handed and runs it at once."""

    def __init__(self):
        self.jobs = []

    def submit(self, function, job):
        self.jobs.append(job)
        result = function(job)
        return type("Done", (), {"result": lambda self: result, "cancel": lambda self: False})()


# ---------------------------------------------------------------------------------- the protocol


def test_every_entrant_gets_the_same_budget_and_one_with_nothing_to_tune_one(finished):
    assert {name: len(tried) for name, tried in finished.candidates.items()} == {
        "plain": 4,
        "momentum": 4,
        "default": 1,
    }
    for tried in finished.candidates.values():
        for each in tried:
            assert each.theta.shape == each.start.shape == (3, NETWORK.n_parameters)
            assert each.loss.shape == each.accuracy.shape == each.diverged.shape == (3,)
    for final in finished.finals.values():
        assert final.theta.shape == (5, NETWORK.n_parameters)
        assert final.history.loss.shape == final.history.validation_accuracy.shape == (41, 5)
    assert set(finished.candidates["momentum"][0].settings) == {"learning_rate", "beta"}


def test_all_candidates_share_their_starts_and_finals_have_new_ones(finished):
    tuning = [each.start for tried in finished.candidates.values() for each in tried]
    final = [each.start for each in finished.finals.values()]
    assert all((start == tuning[0]).all() for start in tuning)
    assert all((start == final[0]).all() for start in final)
    assert not np.isin(final[0], tuning[0][tuning[0] != 0]).any()


def test_each_run_is_what_train_gives_from_its_start():
    """The batches follow from the job alone, and all jobs of a stage have the same ones."""
    split, listing = deal(), Listing()
    result = run(split, executor=listing)
    outcomes = [each for tried in result.candidates.values() for each in tried]
    outcomes += result.finals.values()
    assert len(listing.jobs) == len(outcomes) == 12
    for job, outcome in zip(listing.jobs, outcomes, strict=True):
        of_stage = listing.jobs[0 if job.replicates == 3 else -1]
        again = train(
            NETWORK,
            outcome.start,
            *split.train,
            job.optimizer,
            steps=40,
            batch_size=32,
            rng=of_stage.rng(1),
        )
        np.testing.assert_array_equal(outcome.theta, again.theta)
        assert job.optimizer.learning_rate == outcome.settings.get("learning_rate", 0.001)
        np.testing.assert_array_equal(
            outcome.accuracy, NETWORK.accuracy(again.theta, *split.validation)
        )
        np.testing.assert_allclose(
            outcome.loss, NETWORK.loss(again.theta, *split.validation), rtol=1e-15
        )


@pytest.mark.parametrize("select", ["accuracy", "loss"])
def test_the_validation_set_chooses_and_of_equal_accuracies_the_lower_loss(select):
    split = noisy()
    result = run(split, candidates=12, steps=400, select=select)
    assert result.select == select
    for name, tried in result.candidates.items():
        merits = []
        for each in tried:
            p = 1 / (1 + np.exp(-NETWORK.forward(each.theta, split.validation.X)[..., 0]))
            right = ((p > 0.5) == split.validation.y).sum()
            likelihood = np.log(np.where(split.validation.y, p, 1 - p)).mean()
            merits.append((right, likelihood) if select == "accuracy" else (likelihood,))
        best = tried[merits.index(max(merits))]
        if select == "accuracy" and name == "plain":
            assert [each[0] for each in merits].count(max(merits)[0]) > 1  # a tie, to be broken
        assert result.chosen[name] is best
        assert result.finals[name].settings == best.settings


def test_the_two_ways_to_choose_differ_somewhere():
    """Else the test above could not tell one from the other."""
    chosen = {
        select: run(noisy(), candidates=12, steps=400, select=select).chosen["plain"].settings
        for select in ("accuracy", "loss")
    }
    assert chosen["accuracy"] != chosen["loss"]


def test_the_race_neither_sees_nor_needs_the_test_set(finished):
    split, listing = deal(), Listing()
    split._sealed.y[:] = 1 - split._sealed.y
    split._sealed.X[:] = 123.0
    blind = run(split, executor=listing)
    assert blind.fingerprint == finished.fingerprint
    assert split.test_openings == 0
    needle = np.float64(123.0).tobytes() * 2
    assert needle in pickle.dumps(split._sealed.X)
    assert not any(needle in pickle.dumps(job) for job in listing.jobs)


def test_the_test_set_is_asked_once():
    split = deal()
    result = run(split)
    assert result.test is None
    first = result.open_test()
    assert split.test_openings == 1
    X, y = split._sealed
    for name, final in result.finals.items():
        logits = NETWORK.forward(final.theta, X)[..., 0]
        np.testing.assert_array_equal(first[name], ((logits > 0) == y).mean(axis=1))
    assert result.open_test() is first is result.test
    assert split.test_openings == 1


def test_a_second_race_may_not_open_the_same_test_set():
    split = deal()
    run(split).open_test()
    second = run(split, seed=1)
    words = r"the test part was opened before, Split\(.*opened once\): what was chosen since"
    with pytest.raises(RuntimeError, match=words):
        second.open_test()
    assert second.test is None
    assert split.test_openings == 1


def test_a_look_by_hand_counts_too():
    split = deal()
    split.open_test()
    with pytest.raises(RuntimeError, match="deal a new split"):
        run(split).open_test()


# ------------------------------------------------------------------------------------ the numbers


def test_the_same_seed_gives_the_same_race_and_another_one_another(finished):
    assert run().fingerprint == finished.fingerprint
    assert run(seed=1).fingerprint != finished.fingerprint


def test_another_entrant_changes_nothing_for_the_others(finished):
    alone = run(entrants={"plain": ENTRANTS["plain"]})
    pairs = list(zip(alone.candidates["plain"], finished.candidates["plain"], strict=True))
    pairs.append((alone.finals["plain"], finished.finals["plain"]))
    for one, other in pairs:
        assert one.settings == other.settings
        np.testing.assert_array_equal(one.theta, other.theta)


@pytest.mark.parametrize("where", ["theta", "start", "loss", "history", "settings", "finals"])
def test_the_fingerprint_notices_the_last_bit(where):
    result = run()
    before = result.fingerprint
    outcome = result.candidates["momentum"][2]
    if where == "settings":
        outcome.settings["beta"] = np.nextafter(outcome.settings["beta"], 0)
    elif where == "history":
        last = outcome.history._lists["validation_loss"][-1]
        last[1] = np.nextafter(last[1], 0)
    else:
        if where == "finals":
            outcome, where = result.finals["default"], "theta"
        values = getattr(outcome, where).reshape(-1)
        values[1] = np.nextafter(values[1], 0)
    assert result.fingerprint != before


def test_settings_reach_train():
    split, calls = deal(), []

    def watched(learning_rate):
        calls.append(learning_rate)
        return GradientDescent(schedules.cosine(learning_rate, 40))

    entrants = {"cosine": Entrant(watched, learning_rate=log_uniform(0.1, 1.0))}
    result = run(split, entrants, penalty=L2(0.1), record_every=10, search="grid")
    final = result.finals["cosine"]
    again = train(
        NETWORK,
        final.start,
        *split.train,
        GradientDescent(schedules.cosine(final.settings["learning_rate"], 40)),
        steps=40,
        batch_size=32,
        penalty=L2(0.1),
        rng=np.random.default_rng(np.random.SeedSequence(0, spawn_key=(1, 1))),
    )
    np.testing.assert_array_equal(final.theta, again.theta)
    assert final.history.step.tolist() == [0, 10, 20, 30, 40]
    assert result.candidates["cosine"][0].history.step.tolist() == [0, 40]
    np.testing.assert_allclose(calls[:4], np.geomspace(0.1, 1.0, 4))


def test_early_stopping_looks_as_often_in_tuning():
    result = run(early_stopping=EarlyStopping(2), record_every=5, passes=50, steps=None)
    for each in [*result.candidates["plain"], result.finals["plain"]]:
        assert each.history.step[:3].tolist() == [0, 5, 10]
        # each start stands where its validation loss was best, not where the batch of runs ended
        for start in range(len(each.loss)):
            path = np.asarray(each.history.validation_loss)[:, start]
            rounds = [k for k in range(3, len(path) + 1) if path[:k].argmin() <= k - 3]
            stop = rounds[0] if rounds else len(path)
            assert each.loss[start] == pytest.approx(path[:stop].min(), rel=1e-12)


# ------------------------------------------------------------------------------------- divergence


def wild(**changed):
    X = np.random.default_rng(0).normal(size=(60, 2))
    split = datasets.split(X, X[:, 0], rng=0)
    network = MLP((2, 6, 1), loss="squared_error")
    entrants = {"plain": Entrant(GradientDescent, learning_rate=log_uniform(1e-3, 1e2))}
    options = {"candidates": 11, "search": "grid", "steps": 400, "tuning_replicates": 8}
    return split, run(split, entrants, network, **{**options, **changed})


@pytest.mark.filterwarnings("error")
def test_starts_that_diverge_are_worst_and_the_others_go_on():
    split, result = wild()
    tried, network = result.candidates["plain"], result.network
    share = [each.diverged.mean() for each in tried]
    assert share[0] == 0
    assert share[-1] == 1
    assert any(0 < each < 1 for each in share)
    for each in tried:
        assert each.accuracy is None
        assert (each.loss[each.diverged] == math.inf).all()
        stayed = ~each.diverged
        np.testing.assert_allclose(
            each.loss[stayed], network.loss(each.theta[stayed], *split.validation), rtol=1e-14
        ) if stayed.any() else None
        assert len(each.history) == (0 if each.diverged.all() else 2)
    assert result.select == "loss"
    assert not result.chosen["plain"].diverged.any()
    assert result.open_test()["plain"].shape == (5,)


@pytest.mark.filterwarnings("error")
def test_an_accuracy_of_a_start_that_diverged_is_0():
    X, y = datasets.moons(60, rng=0)
    split = datasets.split(X * 1e200, y, rng=0)
    plain = {"plain": Entrant(GradientDescent, learning_rate=log_uniform(1e200, 1e210))}
    result = run(split, plain, search="grid")
    for each in [*result.candidates["plain"], result.finals["plain"]]:
        assert each.diverged.any()
        assert (each.accuracy[each.diverged] == 0).all()
    assert "at the edge" in str(result)
    assert (result.open_test()["plain"][result.finals["plain"].diverged] == 0).all()


# ---------------------------------------------------------------------------------- what it tells


def test_sensitivity_has_every_candidate_in_order(finished):
    rates, scores = finished.sensitivity("momentum")
    betas, same = finished.sensitivity("momentum", "beta")
    assert (np.diff(rates) > 0).all()
    assert (np.diff(betas) > 0).all()
    expected = {
        each.settings["learning_rate"]: each.accuracy.tolist()
        for each in finished.candidates["momentum"]
    }
    assert dict(zip(rates.tolist(), scores.tolist(), strict=True)) == expected
    assert sorted(same.tolist()) == sorted(scores.tolist())
    assert scores.shape == (4, 3)


def test_a_choice_at_the_edge_is_said():
    slow = {"slow": Entrant(GradientDescent, learning_rate=log_uniform(1e-5, 1e-3))}
    fine = {"fine": Entrant(GradientDescent, learning_rate=log_uniform(1e-3, 1e3))}
    result = run(entrants=slow, search="grid", select="loss")
    assert result.chosen["slow"].settings["learning_rate"] == pytest.approx(1e-3)
    assert result.edges("slow") == ["learning_rate"]
    assert "learning_rate 0.001 (at the edge)" in str(result)
    result = run(entrants=fine, search="grid", candidates=7, steps=200, select="loss")
    assert result.edges("fine") == []
    assert "edge" not in str(result)


def test_a_race_as_text(finished):
    lines = str(finished).splitlines()
    assert lines[0].split() == [
        *("entrant", "tried", "diverged", "validation", "accuracy", "chosen")
    ]
    assert lines[1].startswith("plain     4      0         0.")
    assert lines[3].endswith("as is")
    assert repr(finished) == "Race(3 entrants, 9 candidates, test set sealed)"
    asked = run()
    means = [f"{scores.mean():.4g}" for scores in asked.open_test().values()]
    after = [line.split() for line in str(asked).splitlines()]
    assert [row[4 if k else 5] for k, row in enumerate(after)] == ["test", *means]
    entrant = Entrant(Momentum, learning_rate=log_uniform(0.1, 1.0), beta=0.9)
    assert repr(entrant) == (
        "Entrant(Momentum, learning_rate=log_uniform(low=0.1, high=1.0), beta=0.9)"
    )


# ------------------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"network": "MLP"}, "network is str: a dlbook.MLP is needed"),
        ({"split": datasets.moons(30)}, "split is Part: what datasets.split returns is needed"),
        (
            {"split": datasets.split(*datasets.moons(30), sizes=(20, 0, 10))},
            "validation: 0, test: 10, opened 0 times.: validation rows are needed to choose by",
        ),
        ({"entrants": {}}, "entrants is empty: a dictionary from a name to an Entrant"),
        ({"entrants": [Entrant(Adam)]}, "entrants is list: a dictionary from a name"),
        ({"entrants": {"Adam": Adam}}, "entrants has 'Adam': <class .*: a dictionary"),
        ({"entrants": {"bad": Entrant(dict)}}, "make returned dict: an optimizer is needed"),
        ({"candidates": 0}, "count is 0: a whole number of at least 1 is needed"),
        ({"search": "guess"}, "search is 'guess': one of random, grid is needed"),
        ({"replicates": 0}, "replicates is 0"),
        ({"tuning_replicates": 2.5}, "tuning_replicates is 2.5"),
        ({"select": "test"}, "select is 'test': one of accuracy, loss is needed"),
        ({"seed": np.random.default_rng(0)}, "seed is Generator.*: a whole number of at least 0"),
        ({"executor": 2}, "executor is 2: something with submit is needed"),
        ({"rng": 1}, "training has 'rng': the race sets it by itself"),
        ({"validation": None}, "training has 'validation': the race sets it by itself"),
        ({"passes": 3}, "steps is 40 and passes is 3: exactly one is needed"),
    ],
)
def test_bad_input_stops_with_a_sentence(changed, words):
    with pytest.raises((ValueError, TypeError), match=words):
        run(**changed)


def test_more_bad_input(finished):
    with pytest.raises(
        TypeError, match=r"make is 0\.1: an optimizer's class such as Adam is needed"
    ):
        Entrant(0.1)
    with pytest.raises(ValueError, match="name is 'Adam': one of plain, momentum, default"):
        finished.sensitivity("Adam")
    with pytest.raises(ValueError, match="setting is 'beta': plain was tuned over learning_rate"):
        finished.sensitivity("plain", "beta")
    with pytest.raises(ValueError, match="default was tuned over nothing"):
        finished.sensitivity("default")
    squared = MLP((2, 4, 1), loss="squared_error")
    with pytest.raises(ValueError, match="select is 'accuracy': one of loss is needed"):
        run(network=squared, select="accuracy")


def test_half_a_run_never_passes_for_a_whole_one():
    """On Ctrl-C, train hands back what it has; a race has to stop."""

    def rate(step):
        if step == 60:
            signal.raise_signal(signal.SIGINT)
        return 0.1

    interrupted = {"plain": Entrant(GradientDescent, learning_rate=rate)}
    with pytest.raises(KeyboardInterrupt):
        run(entrants=interrupted, steps=400)


def test_after_an_error_the_rest_is_cancelled():
    cancelled = []

    class Future:
        def __init__(self, number):
            self.number = number

        def result(self):
            raise OSError("the cluster is gone")

        def cancel(self):
            cancelled.append(self.number)

    class Broken:
        submitted = 0

        def submit(self, function, job):
            assert function is run_job
            self.submitted += 1
            return Future(self.submitted)

    with pytest.raises(OSError, match="the cluster is gone"):
        run(executor=Broken())
    assert cancelled == list(range(1, 10))


def test_a_bar_counts_every_job(monkeypatch):
    seen = []

    class Bar:
        def __init__(self, total, label, show):
            seen.append((total, label, show))

        def update(self, done):
            seen.append(done)

        def close(self):
            seen.append("closed")

    monkeypatch.setattr("dlbook.sweep.Progress", Bar)
    run(progress=True)
    assert seen == [(12, "race", True), *range(1, 13), "closed"]


def test_a_race_can_be_kept(finished):
    copy = pickle.loads(pickle.dumps(finished))
    assert isinstance(copy, Race)
    assert copy.fingerprint == finished.fingerprint
