"""The benchmark's programs do what they say; nothing here is timed, no peer beyond NumPy."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import checks, harness, targets
from benchmarks.jobs import JOBS
from benchmarks.peers import ours, ours_check, textbook

BENCHMARKS = Path(harness.__file__).parent
EVERY_JOB = pytest.mark.parametrize("job", JOBS.values(), ids=list(JOBS))


def run_ours(job, count, orders, seed):
    return ours.prepare(job)(count, orders, seed)


def run_textbook(job, count, orders, seed):
    return textbook.prepare(job)(count, orders, seed)


@EVERY_JOB
def test_dlbook_and_the_textbook_do_the_same_work(job):
    note = harness.check(job, run_ours, run_textbook, harness.tolerance("ours", job))
    assert "same" in note


@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 0.0101},
        {"rows": 299},
        {"sizes": (2, 10, 4, 1)},
        {"optimizer": "adam"},
        {"replicate": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_program_that_does_other_work_is_refused(change):
    def other(job, count, orders, seed):
        return run_textbook(replace(job, **change), count, orders, seed)

    with pytest.raises((harness.PeerError, IndexError)):
        harness.check(JOBS["full-batch"], other, run_textbook, 1e-9)


def test_a_dropout_that_drops_nothing_is_refused():
    def other(job, count, orders, seed):
        return run_textbook(replace(job, dropout=0.0), count, orders, seed)

    with pytest.raises(harness.PeerError, match="with dropout its loss is"):
        harness.check(JOBS["dropout"], other, run_textbook, 1e-9)


def test_the_textbook_gradient_is_that_of_the_job_s_loss():
    job = replace(JOBS["full-batch"], learning_rate=1.0)
    (W_after, _), *_ = textbook.prepare(job)(1)
    start, step = job.start(), 1e-6
    W = start[0][0]
    for i, j in [(0, 0), (1, 3), (0, 9)]:
        loss = []
        for sign in (1, -1):
            moved = W.copy()
            moved[i, j] += sign * step
            loss.append(job.loss([(moved, start[0][1]), *start[1:]]))
        np.testing.assert_allclose(
            W[i, j] - W_after[i, j], (loss[0] - loss[1]) / (2 * step), rtol=1e-6
        )


@EVERY_JOB
def test_a_pass_covers_every_row_once(job):
    rows = np.concatenate([np.arange(job.rows)[batch] for batch in job.batches()])
    assert (rows == np.arange(job.rows)).all()
    assert (np.sort(job.orders(3)) == np.arange(job.rows)).all()


def test_flops_of_a_step_by_hand():
    # 784-128-64-10 on 128 rows: three forward products, three for the weights, two for the signals
    forward, weights, signals = 784 * 128 + 128 * 64 + 64 * 10, None, 128 * 64 + 64 * 10
    weights = forward
    assert JOBS["wide"].flops() == 2 * 128 * (forward + weights + signals)


def test_replicates_of_a_job_are_its_lone_starts():
    job = JOBS["full-batch-32"]
    for (W, b), (W_lone, b_lone) in zip(job.start(), job.lone(5).start(), strict=True):
        assert (W[5] == W_lone).all()
        assert (b[5] == b_lone).all()


class InThisProcess:
    """A worker of a peer that is imported here, or of a function instead of one."""

    jobs = checks.SHARED

    def __init__(self, prepare):
        self.prepare = prepare

    def ask(self, request):
        job, *arguments = request
        return 0.0, self.prepare(job)(*arguments)


@pytest.mark.parametrize("job", checks.CHECKS.values(), ids=list(checks.CHECKS))
def test_our_check_accepts_the_right_gradient_and_refuses_the_wrong(job):
    assert "refuses" in checks.accepts_and_refuses(InThisProcess(ours_check.prepare), job)


@pytest.mark.parametrize("verdict", [True, False])
def test_a_check_that_always_says_the_same_is_refused(verdict):
    worker = InThisProcess(lambda job: lambda *arguments: verdict)
    said = "accepts a wrong gradient" if verdict else "refuses the right gradient"
    with pytest.raises(harness.PeerError, match=said):
        checks.accepts_and_refuses(worker, checks.CHECKS["check-1000"])


def test_checked_networks_have_as_many_parameters_as_their_titles_say():
    for job in checks.CHECKS.values():
        count = sum(part.size for layer in job.start() for part in layer)
        assert f"{count:,} parameters" in job.title


def test_a_row_takes_the_median_of_paired_ratios():
    row = targets.speed_row("full-batch", "", "step", "textbook", [1, 2, 4], [3, 8, 10], "")
    assert (row.ratio, row.low, row.high, row.met) == (3.0, 2.75, 3.5, True)
    assert not targets.speed_row("dropout", "", "step", "jax_scan", [2.0], [3.0], "").met


def test_a_missing_peer_gets_a_row_and_its_target_stays_open():
    row = targets.failed_row("full-batch", "", "step", "torch_eager", "No module named 'torch'")
    assert row.met is None
    line = targets.table([row]).splitlines()[1]
    assert "No module named 'torch'" in line
    assert "NOT MEASURED" in line


def test_a_worker_reports_a_peer_that_cannot_be_imported():
    with pytest.raises(harness.PeerError, match="No module named"):
        harness.Worker("absent")


def test_every_target_belongs_to_a_job_and_a_peer():
    for job, peer in targets.SPEED:
        assert job in {*JOBS, *checks.CHECKS, "cold-start"}
        assert peer in targets.PEERS


def test_committed_results_say_machine_versions_and_date():
    path = BENCHMARKS / "results.json"
    if not path.exists():
        pytest.skip("no results committed yet")
    results = json.loads(path.read_text())
    assert {"date", "machine", "versions", "rows"} <= set(results)
    shown = {(row["job"], row.get("peer")) for row in results["rows"]}
    for job, peer in targets.SPEED:
        assert (job, targets.PEERS[peer]) in shown
    assert set(checks.CHECKS) <= {row["job"] for row in results["rows"]}
