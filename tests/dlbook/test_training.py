import copy
import pickle
import signal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import (
    L2,
    MLP,
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    DivergenceError,
    Dropout,
    EarlyStopping,
    GradientDescent,
    MaxNorm,
    Momentum,
    Nesterov,
    RMSprop,
    datasets,
    minibatches,
    schedules,
    train,
)

ROWS = 23  # batches of 8 leave a last one of 7


def problem(replicates=3, outputs=1, rows=ROWS, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    network = MLP((2, 6, 4, outputs), "tanh", dtype=dtype)
    theta = network.initialize("glorot_normal", rng=rng, replicates=replicates)
    X = rng.normal(size=(rows, 2)).astype(dtype)
    y = rng.integers(0, max(outputs, 2), rows)
    return network, theta, X, y


def held_out(seed=9, rows=15):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, 2)), rng.integers(0, 2, rows)


def same_history(one, other):
    for column in ("step", "loss", "accuracy", "validation_loss", "validation_accuracy"):
        np.testing.assert_array_equal(getattr(one, column), getattr(other, column))


# -------------------------------------------------------------------------------- the loop


@pytest.mark.parametrize("replicates", [None, 3])
def test_full_batch_training_is_the_loop_one_would_write(replicates):
    network, theta, X, y = problem(replicates)
    run = train(network, theta, X, y, GradientDescent(0.3), steps=40, penalty=L2(0.01))
    expected = theta.copy()
    for _ in range(40):
        expected -= 0.3 * network.gradient(expected, X, y, L2(0.01))
    np.testing.assert_allclose(run.theta, expected, rtol=1e-10, atol=1e-12)
    assert run.step == 40
    assert run.passes == 40


@pytest.mark.parametrize("replicates", [None, 3])
def test_minibatch_training_is_the_loop_one_would_write(replicates):
    network, theta, X, y = problem(replicates)
    orders = [np.random.default_rng(k).permutation(ROWS) for k in range(4)]
    options = {"passes": 4, "batch_size": 8, "order": orders.__getitem__, "penalty": MaxNorm(1.5)}
    run = train(network, theta, X, y, GradientDescent(0.3), **options)
    expected = theta.copy()
    for order in orders:
        for rows in (order[:8], order[8:16], order[16:]):
            expected -= 0.3 * network.gradient(expected, X[rows], y[rows])
            for W in network.weights(expected):
                W *= np.minimum(1, 1.5 / np.linalg.norm(W, axis=-2, keepdims=True))
    np.testing.assert_allclose(run.theta, expected, rtol=1e-10, atol=1e-12)
    assert run.step == 12
    assert run.steps_per_pass == 3
    assert run.passes == 4


@pytest.mark.parametrize("own_data", [False, True])
@pytest.mark.parametrize("batch_size", [64, 100, 500, 900])
def test_data_larger_than_a_buffer_is_met_in_the_same_order(batch_size, own_data):
    # 60 features and 1,300 rows: a pass takes several gathers, some of them of one batch
    rng, rows = np.random.default_rng(0), 1300
    network = MLP((60, 3, 1), "tanh")
    theta = network.initialize(rng=rng, replicates=2)
    lead = (2,) if own_data else ()
    X, y = rng.normal(size=(*lead, rows, 60)), rng.integers(0, 2, (*lead, rows))
    orders = [rng.permutation(rows) for _ in range(3)]
    options = {"batch_size": batch_size, "order": orders.__getitem__, "record_every": 10}
    run = train(network, theta, X, y, GradientDescent(0.3), passes=3, **options)
    parts = train(network, theta, X, y, GradientDescent(0.3), steps=0, **options)
    for steps in (1, 1, 4, run.step - 6):
        parts.resume(steps=steps)
    expected = theta.copy()
    for order in orders:
        for start in range(0, rows, batch_size):
            picked = order[start : start + batch_size]
            expected -= 0.3 * network.gradient(expected, X[..., picked, :], y[..., picked])
    np.testing.assert_allclose(run.theta, expected, rtol=0, atol=1e-10)
    np.testing.assert_array_equal(run.theta, parts.theta)


def rows_met(batch_size, passes, rng=0, rows=ROWS, **options):
    """Return the rows of each batch, read off at the weights of a linear network.

    Row k is the unit vector k and its target 1, so a step of rate 1 from zero moves the weights
    of exactly the rows of the batch.
    """
    network = MLP((rows, 1), "identity", "squared_error")
    run = train(
        network,
        np.zeros(rows + 1),
        np.eye(rows),
        np.ones(rows),
        GradientDescent(1e-9),
        steps=0,
        batch_size=batch_size,
        rng=rng,
        **options,
    )
    batches, before = [], run.theta.copy()
    for _ in range(passes * run.steps_per_pass):
        run.resume(steps=1)
        batches.append(np.flatnonzero(run.theta[:rows] != before[:rows]))
        before = run.theta.copy()
    return batches


@given(rows=st.integers(1, 12), batch_size=st.integers(1, 15), seed=st.integers(0, 50))
def test_every_pass_meets_every_row_once_and_its_last_batch_is_smaller(rows, batch_size, seed):
    batches = rows_met(batch_size, 2, rng=seed, rows=rows)
    size = min(batch_size, rows)
    per_pass = -(-rows // size)
    sizes = [size] * (rows // size) + ([rows % size] if rows % size else [])
    for part in (batches[:per_pass], batches[per_pass:]):
        assert [len(batch) for batch in part] == sizes
        assert sorted(np.concatenate(part)) == list(range(rows))


def test_rows_are_reshuffled_every_pass_and_by_the_seed():
    batches = rows_met(8, 2)
    assert not np.array_equal(batches[0], batches[3])
    for one, other in zip(batches, rows_met(8, 2), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(batches[0], rows_met(8, 1, rng=1)[0])


def test_a_given_order_is_kept():
    order = np.arange(ROWS)[::-1]
    batches = rows_met(8, 1, order=lambda k: order)
    assert [batch.min() for batch in batches] == [15, 7, 0]


@given(rows=st.integers(1, 40), batch_size=st.one_of(st.none(), st.integers(1, 50)))
def test_minibatches_partition_the_rows(rows, batch_size):
    for rng in (None, 3):
        batches = list(minibatches(rows, batch_size, rng))
        assert sorted(np.concatenate(batches)) == list(range(rows))
        size = rows if batch_size is None else min(batch_size, rows)
        assert {len(batch) for batch in batches[:-1]} <= {size}
        assert 1 <= len(batches[-1]) <= size
    np.testing.assert_array_equal(np.concatenate(list(minibatches(rows, batch_size))), range(rows))


def test_schedules_are_counted_in_steps():
    network, theta, X, y = problem()
    schedule = schedules.step_decay(0.5, every=4, factor=0.1)
    run = train(network, theta, X, y, GradientDescent(schedule), steps=10)
    expected = theta.copy()
    for step in range(10):
        expected -= [0.5, 0.05, 0.005][step // 4] * network.gradient(expected, X, y)
    np.testing.assert_allclose(run.theta, expected, rtol=1e-10, atol=1e-12)


def test_each_replicate_may_have_its_learning_rate():
    network, theta, X, y = problem()
    rates = [0.0, 0.1, 0.4]
    run = train(network, theta, X, y, Momentum(rates), steps=30)
    np.testing.assert_array_equal(run.theta[0], theta[0])
    for r, rate in enumerate(rates):
        lone = train(network, theta[r], X, y, Momentum(rate), steps=30)
        np.testing.assert_allclose(run.theta[r], lone.theta, rtol=1e-10, atol=1e-12)


def test_what_you_pass_in_is_left_alone():
    network, theta, X, y = problem()
    rng = np.random.default_rng(5)
    kept = [a.copy() for a in (theta, X, y)]
    state = copy.deepcopy(rng.bit_generator.state)
    options = {"batch_size": 8, "dropout": Dropout(0.5), "penalty": MaxNorm(0.1)}
    first = train(network, theta, X, y, Adam(0.1), passes=3, rng=rng, **options)
    for now, before in zip((theta, X, y), kept, strict=True):
        np.testing.assert_array_equal(now, before)
    assert rng.bit_generator.state == state
    again = train(network, theta, X, y, Adam(0.1), passes=3, rng=rng, **options)
    np.testing.assert_array_equal(first.theta, again.theta)
    assert not np.shares_memory(first.theta, theta)


def test_a_seed_and_its_generator_are_the_same():
    network, theta, X, y = problem()
    options = {"passes": 2, "batch_size": 8, "dropout": Dropout(0.2)}
    results = [
        train(network, theta, X, y, GradientDescent(0.1), rng=rng, **options).theta
        for rng in (7, np.random.default_rng(7), 8)
    ]
    np.testing.assert_array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])


@pytest.mark.parametrize("batch_size", [None, 8])
@pytest.mark.parametrize(
    "optimizer",
    [
        GradientDescent(schedules.cosine(0.1, 20)),
        Momentum([0.1, 0.2, 0.3]),
        Nesterov(0.1),
        Adagrad(0.1),
        RMSprop(0.1),
        AdamW(0.1),
        AMSGrad(0.1),
    ],
    ids=lambda o: type(o).__name__,
)
def test_float32_runs_stay_float32(optimizer, batch_size):
    network, theta, X, y = problem(dtype=np.float32)
    run = train(
        network,
        theta,
        X,
        y,
        optimizer,
        steps=20,
        batch_size=batch_size,
        dropout=Dropout(0.2),
        penalty=[L2(0.01), MaxNorm(2.0)],
        validation=(X, y),
    )
    assert run.theta.dtype == np.float32
    assert run.history.loss.dtype == np.float32
    assert run.history.validation_loss.dtype == np.float32


def test_float32_goes_where_float64_goes():
    results = []
    for dtype in (np.float32, np.float64):
        network, theta, X, y = problem(dtype=dtype)
        results.append(train(network, theta, X, y, Momentum(0.05), steps=50).theta)
    np.testing.assert_allclose(results[0], results[1], atol=1e-3)


# ----------------------------------------------------------------------------- the history


@pytest.mark.parametrize("replicates", [None, 3])
def test_history_holds_the_losses_of_the_networks_as_they_were(replicates):
    network, theta, X, y = problem(replicates)
    Xv, yv = held_out()
    run = train(
        network, theta, X, y, GradientDescent(0.3), steps=25, record_every=10,
        validation=(Xv, yv), penalty=L2(0.1),
    )  # fmt: skip
    history = run.history
    np.testing.assert_array_equal(history.step, [0, 10, 20, 25])
    assert len(history) == 4
    thetas = [theta]
    for steps in (10, 20, 25):
        thetas.append(
            train(network, theta, X, y, GradientDescent(0.3), steps=steps, penalty=L2(0.1)).theta
        )
    for t, then in enumerate(thetas):
        np.testing.assert_allclose(history.loss[t], network.loss(then, X, y, L2(0.1)), rtol=1e-12)
        np.testing.assert_allclose(
            history.validation_loss[t], network.loss(then, Xv, yv), rtol=1e-12
        )
        np.testing.assert_array_equal(history.accuracy[t], network.accuracy(then, X, y))
        np.testing.assert_array_equal(
            history.validation_accuracy[t], network.accuracy(then, Xv, yv)
        )
    assert history.loss.shape == (4,) if replicates is None else (4, 3)


def test_by_default_there_are_about_a_hundred_records():
    network, theta, X, y = problem()
    for steps, step in ((250, 2), (30, 1), (0, 1)):
        history = train(network, theta, X, y, GradientDescent(0.1), steps=steps).history
        np.testing.assert_array_equal(history.step, np.arange(0, steps + 1, step))


@pytest.mark.parametrize("replicates", [None, 3])
def test_batch_records_are_of_the_batch_about_to_be_used(replicates):
    network, theta, X, y = problem(replicates)
    order = np.random.default_rng(0).permutation(ROWS)
    run = train(
        network, theta, X, y, GradientDescent(0.3), passes=1, batch_size=8, record="batch",
        record_every=1, order=lambda k: order, penalty=L2(0.1),
    )  # fmt: skip
    np.testing.assert_array_equal(run.history.step, [0, 1, 2])
    for t, rows in enumerate((order[:8], order[8:16], order[16:])):
        np.testing.assert_allclose(
            run.history.loss[t], network.loss(theta, X[rows], y[rows], L2(0.1)), rtol=1e-10
        )
        theta = theta - 0.3 * network.gradient(theta, X[rows], y[rows], L2(0.1))


def test_squared_error_has_no_accuracy_to_record():
    network = MLP((2, 3, 1), "tanh", "squared_error")
    X, _ = held_out()
    target = X.sum(axis=1)
    run = train(
        network, network.initialize(), X, target, Adam(0.05), steps=300, validation=(X, target)
    )
    assert run.history.accuracy.size == 0
    assert run.history.loss[-1] < 0.2 * run.history.loss[0]
    np.testing.assert_allclose(run.history.loss, run.history.validation_loss, rtol=1e-12)


def test_probabilities_as_labels_are_taken_for_training_and_validation():
    network, theta, X, y = problem()
    soft = np.where(y == 1, 0.9, 0.1)
    run = train(network, theta, X, soft, GradientDescent(0.1), steps=5, validation=(X, soft))
    np.testing.assert_allclose(run.history.loss, run.history.validation_loss, rtol=1e-12)
    assert run.history.accuracy.size == run.history.validation_accuracy.size == 0


def test_a_run_describes_itself():
    network, theta, X, y = problem()
    run = train(network, theta, X, y, GradientDescent(0.1), steps=1200, record_every=600)
    assert "1,200 steps" in repr(run)
    assert "3 records" in repr(run)


# --------------------------------------------------------------------------- stopping early


def overfitting(replicates=4):
    """Return a run that learns random labels, so that validation soon gets worse."""
    rng = np.random.default_rng(3)
    network = MLP((2, 20, 1), "tanh")
    theta = network.initialize("glorot_normal", rng=rng, replicates=replicates)
    X, y = rng.normal(size=(20, 2)), rng.integers(0, 2, 20)
    return network, theta, X, y, rng.normal(size=(30, 2)), rng.integers(0, 2, 30)


@pytest.mark.parametrize("batch_size", [None, 8])
def test_each_replicate_stops_where_its_lone_run_would(batch_size):
    network, theta, X, y, Xv, yv = overfitting()
    options = {
        "steps": 600, "record_every": 5, "validation": (Xv, yv), "batch_size": batch_size,
        "early_stopping": EarlyStopping(patience=6, min_improvement=1e-4),
    }  # fmt: skip
    run = train(network, theta, X, y, Adam(0.05), **options)
    lengths = []
    for r in range(4):
        lone = train(network, theta[r], X, y, Adam(0.05), **options)
        assert lone.stopped
        np.testing.assert_allclose(run.theta[r], lone.theta, rtol=0, atol=1e-10)
        lengths.append(lone.step)
    assert run.stopped.all()
    assert len(set(lengths)) > 1  # they did not all stop together
    assert run.step == max(lengths)


def test_early_stopping_goes_back_to_the_best_record():
    network, theta, X, y, Xv, yv = overfitting(None)
    options = {"steps": 600, "record_every": 5, "validation": (Xv, yv)}
    patience = 6
    stopped = train(
        network, theta, X, y, Adam(0.05), early_stopping=EarlyStopping(patience), **options
    )
    free = train(network, theta, X, y, Adam(0.05), **options).history
    best, since = 0, 0
    for record in range(1, len(free)):
        better = free.validation_loss[record] < free.validation_loss[best]
        best, since = (record, 0) if better else (best, since + 1)
        if since == patience:
            break
    assert 0 < best < record < len(free) - 1
    assert stopped.step == free.step[record]
    assert len(stopped.history) == record + 1
    at_best = train(network, theta, X, y, Adam(0.05), steps=int(free.step[best]))
    np.testing.assert_array_equal(stopped.theta, at_best.theta)


def test_a_stopped_run_stays_stopped():
    network, theta, X, y, Xv, yv = overfitting()
    run = train(
        network, theta, X, y, Adam(0.05), steps=600, record_every=5, validation=(Xv, yv),
        early_stopping=EarlyStopping(3),
    )  # fmt: skip
    step, kept, records = run.step, run.theta.copy(), len(run.history)
    run.resume(steps=20)
    assert (run.step, len(run.history)) == (step, records)
    np.testing.assert_array_equal(run.theta, kept)


def test_a_replicate_that_has_stopped_may_diverge_unnoticed():
    network = MLP((2, 6, 1), "relu", "squared_error")
    X, _ = held_out()
    theta = network.initialize(rng=0, replicates=2)
    options = {
        "steps": 300,
        "record_every": 1,
        "validation": (X, X[:, 0]),
        "early_stopping": EarlyStopping(2),
    }
    lone = train(network, theta[1], X, X[:, 0], GradientDescent(5.0), **options)
    both = train(network, theta, X, X[:, 0], GradientDescent([0.01, 5.0]), **options)
    assert lone.step < 10
    np.testing.assert_allclose(both.theta[1], lone.theta, rtol=0, atol=1e-10)


# -------------------------------------------------------------- breaks that leave no trace

RUNS = {
    "full batch": (GradientDescent(0.2), {}),
    "momentum": (Momentum(0.1), {"penalty": [L2(0.01), MaxNorm(1.0)]}),
    "mini-batches, dropout, Adam": (Adam(0.02), {"batch_size": 8, "dropout": Dropout([0.2, 0.5])}),
    "noise": (Adam(0.02), {"batch_size": 8, "input_noise": 0.5}),
    "a generator of 32 bits": (
        AMSGrad(0.02),
        {"batch_size": 8, "dropout": Dropout(0.3), "rng": np.random.RandomState(3)},
    ),
    "a schedule": (Nesterov(schedules.cosine(0.2, 120)), {"batch_size": 5}),
    "early stopping": (
        Adam(0.05),
        {"validation": held_out(), "early_stopping": EarlyStopping(100), "batch_size": 8},
    ),
}


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("first", [0, 1, 8, 40, 120])
def test_two_calls_are_one(name, first):
    network, theta, X, y = problem()
    optimizer, options = RUNS[name]
    whole = train(network, theta, X, y, optimizer, steps=120, record_every=4, **options)
    parts = train(network, theta, X, y, optimizer, steps=first, record_every=4, **options)
    assert parts.resume(steps=120 - first) is parts
    np.testing.assert_array_equal(whole.theta, parts.theta)
    if first % 4 == 0:
        same_history(whole.history, parts.history)


def test_a_break_between_two_records_does_not_change_where_early_stopping_stops():
    network, theta, X, y, Xv, yv = overfitting()
    options = {
        "record_every": 50, "validation": (Xv, yv), "early_stopping": EarlyStopping(patience=2),
    }  # fmt: skip
    whole = train(network, theta, X, y, Adam(0.05), steps=500, **options)
    parts = train(network, theta, X, y, Adam(0.05), steps=1, **options)
    for _ in range(499):
        parts.resume(steps=1)
    np.testing.assert_array_equal(whole.theta, parts.theta)


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("save", ["pickle", "deepcopy"])
def test_a_saved_run_goes_on_as_if_nothing_had_been(name, save):
    network, theta, X, y = problem()
    optimizer, options = RUNS[name]
    run = train(network, theta, X, y, optimizer, steps=40, record_every=4, **options)
    saved = pickle.loads(pickle.dumps(run)) if save == "pickle" else copy.deepcopy(run)
    run.resume(steps=30)
    saved.resume(steps=30)
    np.testing.assert_array_equal(run.theta, saved.theta)
    same_history(run.history, saved.history)
    assert not np.shares_memory(run.theta, saved.theta)


def interrupt_at(step):
    """Return a learning rate of 0.02 that presses Ctrl-C when it is asked for a step's."""

    def schedule(now):
        if now == step:
            signal.raise_signal(signal.SIGINT)
        return 0.02

    return schedule


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("step", [3, 77])
def test_an_interrupted_run_resumed_is_an_uninterrupted_one(name, step):
    network, theta, X, y = problem()
    options = RUNS[name][1]
    whole = train(network, theta, X, y, Adam(0.02), steps=200, record_every=5, **options)
    handler = signal.getsignal(signal.SIGINT)
    broken = train(
        network, theta, X, y, Adam(interrupt_at(step)), steps=200, record_every=5, **options
    )
    assert broken.interrupted
    assert step < broken.step < 200
    assert "interrupted" in repr(broken)
    assert signal.getsignal(signal.SIGINT) is handler
    broken.resume(steps=200 - broken.step)
    assert not broken.interrupted
    np.testing.assert_array_equal(broken.theta, whole.theta)
    same_history(broken.history, whole.history)


def test_a_second_interrupt_is_a_real_one():
    def impatient(step):
        if step == 3:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
        return 0.1

    network, theta, X, y = problem()
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(network, theta, X, y, GradientDescent(impatient), steps=200)
    assert signal.getsignal(signal.SIGINT) is handler


def test_an_interrupt_in_the_last_steps_is_not_lost():
    # a loop over many short runs could not be stopped otherwise
    network, theta, X, y = problem()
    try:
        run = train(network, theta, X, y, GradientDescent(interrupt_at(3)), steps=20)
    except KeyboardInterrupt:
        return
    assert run.interrupted


# ------------------------------------------------------------------------------ divergence


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("replicates", [None, 3])
@pytest.mark.parametrize("batch_size", [None, 8])
def test_divergence_is_an_error_and_not_a_page_of_warnings(replicates, batch_size):
    network = MLP((2, 6, 1), "relu", "squared_error")
    X, _ = held_out()
    theta = network.initialize(rng=0, replicates=replicates)
    with pytest.raises(DivergenceError) as error:
        train(network, theta, X, X[:, 0], GradientDescent(50.0), steps=1000, batch_size=batch_size)
    message = str(error.value)
    assert "\n" not in message
    step = int(message.split("by step ")[1].split(" ")[0].rstrip(":").replace(",", ""))
    assert 0 < step < 1000
    if replicates is None:
        assert "replicates" not in message
    else:
        assert "3 of 3 replicates" in message


@pytest.mark.filterwarnings("error")
def test_divergence_counts_the_replicates_that_left():
    network = MLP((2, 6, 1), "relu", "squared_error")
    X, _ = held_out()
    theta = network.initialize(rng=0, replicates=5)
    rates = [0.01, 50.0, 0.01, 50.0, 0.01]
    with pytest.raises(DivergenceError, match="2 of 5 replicates"):
        train(network, theta, X, X[:, 0], GradientDescent(rates), steps=1000)
    assert issubclass(DivergenceError, ArithmeticError)


@pytest.mark.filterwarnings("error")
def test_divergence_in_the_last_steps_is_seen():
    network = MLP((2, 6, 1), "relu", "squared_error")
    X, _ = held_out()
    theta = network.initialize(rng=0)
    with pytest.raises(DivergenceError, match="by step 30"):
        train(network, theta, X, X[:, 0], GradientDescent(1e12), steps=30)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_start_that_is_not_finite_diverged_by_step_0(bad):
    network, theta, X, y = problem()
    theta[1, 4] = bad
    with pytest.raises(DivergenceError, match=r"step 0 in 1 of 3 replicates"):
        train(network, theta, X, y, GradientDescent(0.1), steps=10)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("batch_size", [None, 8])
def test_the_others_go_on_as_if_nobody_had_diverged(batch_size):
    network = MLP((2, 6, 1), "relu", "squared_error")
    X, _ = held_out()
    theta = network.initialize(rng=0, replicates=5)
    options = {"steps": 300, "batch_size": batch_size, "record_every": 30}
    options["validation"] = (X[:4], X[:4, 0])
    rates = np.array([0.01, 50.0, 0.02, 50.0, 0.03])
    run = train(network, theta, X, X[:, 0], GradientDescent(rates), divergence="keep", **options)
    calm = rates < 1
    alone = train(network, theta[calm], X, X[:, 0], GradientDescent(rates[calm]), **options)
    np.testing.assert_array_equal(run.theta[calm], alone.theta)
    assert not np.isfinite(run.theta[~calm]).all(axis=1).any()
    for column in ("loss", "validation_loss"):
        values = getattr(run.history, column)
        np.testing.assert_array_equal(values[:, calm], getattr(alone.history, column))
        assert np.isfinite(values[0]).all()
        assert np.isnan(values[-1, ~calm]).all()


def test_a_replicate_that_diverged_has_no_accuracy():
    network, theta, X, y = problem()
    theta[1] = np.nan  # its predictions, were they taken for some, would all be class 0
    run = train(
        network,
        theta,
        X,
        y,
        GradientDescent(0.1),
        steps=10,
        validation=held_out(),
        divergence="keep",
    )
    for column in ("accuracy", "validation_accuracy"):
        np.testing.assert_array_equal(
            np.isnan(getattr(run.history, column)).any(axis=0), [False, True, False]
        )


def test_when_all_have_diverged_it_is_an_error_all_the_same():
    network = MLP((2, 6, 1), "relu", "squared_error")
    X, _ = held_out()
    for replicates in (None, 3):
        theta = network.initialize(rng=0, replicates=replicates)
        with pytest.raises(DivergenceError):
            train(network, theta, X, X[:, 0], GradientDescent(50.0), steps=500, divergence="keep")
    with pytest.raises(ValueError, match="divergence is 'ignore': 'raise' or 'keep' is needed"):
        train(network, theta, X, X[:, 0], GradientDescent(0.1), steps=5, divergence="ignore")


@pytest.mark.parametrize("lead", [(), (3,)])
@pytest.mark.parametrize("generator", [np.random.default_rng, np.random.RandomState])
def test_noise_on_inputs_is_fresh_gaussian_noise(lead, generator):
    # With an output of w x and targets 0, the gradient by w of one step tells the noisy x exactly.
    network = MLP((1, 1), loss="squared_error")
    X, y, sigma = np.zeros((1, 1)), np.zeros((1, 1)), 0.3
    theta = np.broadcast_to([1.0, 0.0], (*lead, 2))
    rng, seen = generator(0), []
    for _ in range(400):
        run = train(network, theta, X, y, GradientDescent(1.0), steps=1, input_noise=sigma, rng=rng)
        rng = run.rng
        # dL/dw = (w x) x = x², dL/db = w x = x
        w_step, x = 1 - run.theta[..., 0], -run.theta[..., 1]
        np.testing.assert_allclose(w_step, x**2, rtol=0, atol=1e-15)
        seen.append(x)
    noise = np.array(seen).ravel()
    error = sigma / np.sqrt(noise.size)
    assert abs(noise.mean()) < 4 * error
    assert abs(noise.std() - sigma) < 4 * error
    assert np.unique(noise).size == noise.size  # each step and each replicate draws its own


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_noise_trains_as_the_penalty_that_it_equals(dtype):
    # A linear model with squared error under noise has the expected loss of L2 with strength σ²
    # (Bishop 1995); the mean of the noisy path comes close to the closed form.
    rng = np.random.default_rng(1)
    X = rng.normal(size=(40, 2))
    y = X @ [[1.0], [-2.0]] + 0.5
    network = MLP((2, 1), loss="squared_error", dtype=dtype)
    theta = network.initialize("zeros", rng=0, replicates=64)
    run = train(
        network, theta, X, y, GradientDescent(0.05), steps=600, input_noise=0.7, batch_size=20
    )
    A = np.column_stack([X, np.ones(40)])
    ridge = np.linalg.solve(A.T @ A / 40 + np.diag([0.49, 0.49, 0]), A.T @ y / 40)[:, 0]
    error = run.theta.std(axis=0) / 8
    assert run.theta.dtype == dtype
    assert (np.abs(run.theta.mean(axis=0) - ridge) < 4 * error + 0.01).all()


def test_records_and_the_data_are_free_of_noise():
    X, y = datasets.moons(50, rng=0)
    network = MLP((2, 3, 1))
    theta, before = network.initialize(rng=1), X.copy()
    options = {"steps": 5, "batch_size": 20, "record_every": 1}
    run = train(network, theta, X, y, GradientDescent(0.1), input_noise=2.0, **options)
    np.testing.assert_array_equal(X, before)
    np.testing.assert_allclose(run.history.loss[-1], network.loss(run.theta, X, y), rtol=1e-12)
    again = train(network, theta, X, y, GradientDescent(0.1), input_noise=2.0, **options)
    np.testing.assert_array_equal(run.theta, again.theta)
    silent = train(network, theta, X, y, GradientDescent(0.1), **options)
    zero = train(network, theta, X, y, GradientDescent(0.1), input_noise=0, **options)
    np.testing.assert_array_equal(silent.theta, zero.theta)
    assert np.abs(silent.theta - run.theta).max() > 1e-3
