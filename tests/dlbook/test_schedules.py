"""Schedules against values worked out by hand and against their own shape."""

import itertools
import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import schedules
from dlbook.schedules import (
    constant,
    cosine,
    exponential,
    inverse_time,
    one_cycle,
    step_decay,
    warmup,
)

EVERY = [
    constant(0.1),
    step_decay(0.1, every=10, factor=0.5),
    exponential(0.1, factor=0.5, every=10),
    inverse_time(0.1, decay=0.1),
    cosine(0.1, steps=100),
    warmup(cosine(0.1, steps=100), steps=10),
    one_cycle(0.1, steps=100),
]


@pytest.mark.parametrize(
    ("schedule", "step", "rate"),
    [
        (constant(0.1), 10**6, 0.1),
        (step_decay(0.8, every=10, factor=0.5), 0, 0.8),
        (step_decay(0.8, every=10, factor=0.5), 9, 0.8),
        (step_decay(0.8, every=10, factor=0.5), 10, 0.4),
        (step_decay(0.8, every=10, factor=0.5), 29, 0.2),
        (exponential(0.8, factor=0.25, every=10), 5, 0.4),
        (exponential(0.8, factor=0.5), 3, 0.1),
        (inverse_time(0.8, decay=0.5), 0, 0.8),
        (inverse_time(0.8, decay=0.5), 6, 0.2),
        (cosine(0.8, steps=60, final=0.2), 0, 0.8),
        (cosine(0.8, steps=60, final=0.2), 20, 0.65),  # 0.2 + 0.3 (1 + cos 60°)
        (cosine(0.8, steps=60, final=0.2), 30, 0.5),
        (cosine(0.8, steps=60, final=0.2), 60, 0.2),
        (cosine(0.8, steps=60, final=0.2), 1000, 0.2),
        (warmup(0.8, steps=4), 0, 0.2),
        (warmup(0.8, steps=4), 2, 0.6),
        (warmup(0.8, steps=4), 3, 0.8),
        (warmup(inverse_time(0.8, decay=1.0), steps=4), 1, 0.2),  # 2/4 of 0.4
        (warmup(inverse_time(0.8, decay=1.0), steps=4), 7, 0.1),
        (one_cycle(0.5, 100, peak=0.2, start_divisor=5, final_divisor=10), 0, 0.1),
        (one_cycle(0.5, 100, peak=0.2, start_divisor=5, final_divisor=10), 10, 0.3),
        (one_cycle(0.5, 100, peak=0.2, start_divisor=5, final_divisor=10), 20, 0.5),
        (one_cycle(0.5, 100, peak=0.2, start_divisor=5, final_divisor=10), 60, 0.255),
        (one_cycle(0.5, 100, peak=0.2, start_divisor=5, final_divisor=10), 100, 0.01),
        (one_cycle(0.5, 100, peak=0.2, start_divisor=5, final_divisor=10), 500, 0.01),
    ],
)
def test_values(schedule, step, rate):
    assert schedule(step) == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize("schedule", EVERY, ids=lambda s: type(s).__name__)
@given(step=st.integers(0, 10**5))
def test_every_schedule_gives_a_plain_rate(schedule, step):
    rate = schedule(step)
    assert type(rate) is float
    assert math.isfinite(rate)
    assert 0 <= rate <= 0.1 + 1e-15


@pytest.mark.parametrize("schedule", EVERY, ids=lambda s: type(s).__name__)
def test_every_schedule_can_be_kept(schedule):
    again = pickle.loads(pickle.dumps(schedule))
    assert again == schedule
    assert again(7) == schedule(7)
    assert type(schedule).__name__ in repr(schedule)
    with pytest.raises(AttributeError):
        schedule.rate = 1.0
    with pytest.raises(ValueError, match="step is -1"):
        schedule(-1)


@pytest.mark.parametrize("schedule", EVERY[:5], ids=lambda s: type(s).__name__)
def test_decays_never_rise(schedule):
    rates = [schedule(step) for step in range(200)]
    assert all(later <= earlier for earlier, later in itertools.pairwise(rates))


def test_one_cycle_rises_then_falls():
    rates = [one_cycle(0.1, 100)(step) for step in range(101)]
    assert rates[:31] == sorted(rates[:31])
    assert rates[30:] == sorted(rates[30:], reverse=True)


def test_one_step_is_enough():
    assert cosine(0.1, steps=1)(0) == pytest.approx(0.1)
    assert one_cycle(0.1, steps=1)(1) == pytest.approx(0.1 / 25 / 1e4)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: constant(0), ValueError, "rate is 0"),
        (lambda: constant("fast"), TypeError, "rate is 'fast'"),
        (lambda: step_decay(0.1, every=0), ValueError, "every is 0"),
        (lambda: step_decay(0.1, every=1, factor=1.5), ValueError, "factor is 1.5"),
        (lambda: exponential(0.1, factor=0), ValueError, "factor is 0"),
        (lambda: inverse_time(0.1, decay=-1), ValueError, "decay is -1"),
        (lambda: cosine(0.1, steps=2.5), TypeError, "steps is 2.5"),
        (lambda: cosine(0.1, steps=2, final=-1), ValueError, "final is -1"),
        (lambda: warmup("cosine", steps=2), TypeError, "'cosine'"),
        (lambda: warmup(0.1, steps=0), ValueError, "steps is 0"),
        (lambda: one_cycle(0.1, 10, peak=1.0), ValueError, "peak is 1.0"),
        (lambda: one_cycle(0.1, 10, start_divisor=0.5), ValueError, "start_divisor is 0.5"),
        (lambda: one_cycle(float("nan"), 10), ValueError, "rate is nan"),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_all_is_tested():
    assert {type(schedule).__name__ for schedule in EVERY} == set(schedules.__all__)
