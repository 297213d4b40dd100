import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import MLP
from dlbook.differences import (
    SHIFTS,
    Evaluator,
    combine,
    default_step,
    find_step,
    numerical_derivatives,
)

METHODS = sorted(SHIFTS)
# How close each method comes with its own step: some hundred times its rounding.
CLOSE = {"forward": 1e-5, "central": 1e-7, "richardson": 1e-9, "complex": 1e-12}
START = np.array([0.5, -1.0, 2.0])


def cubic(t):
    return (t**3).sum()


def cubic_slope(t):
    return 3 * t**2


@pytest.mark.parametrize(
    ("method", "expected"),
    # of t^3 at 1 with h = 1/2: (27/8 - 1)/h, (27/8 - 1/8)/(2h), Im (1 + i/2)^3 / h; for
    # Richardson also with h = 1/4: (125/64 - 27/64)/(1/2) = 49/16, and 4/3 of it less 1/3 of 13/4
    [("forward", 4.75), ("central", 3.25), ("complex", 2.75), ("richardson", 3.0)],
)
def test_the_quotients_by_hand(method, expected):
    found = numerical_derivatives(cubic, np.array([1.0]), np.eye(1), method, step=0.5)
    np.testing.assert_allclose(found, [expected], rtol=1e-14)


@pytest.mark.parametrize(
    ("method", "order"), [("forward", 1), ("central", 2), ("complex", 2), ("richardson", 4)]
)
def test_errors_shrink_with_the_power_of_the_step(method, order):
    errors = [
        abs(
            numerical_derivatives(lambda t: np.exp(t).sum(), np.zeros(1), np.eye(1), method, h)[0]
            - 1
        )
        for h in (1e-1, 1e-2)
    ]
    assert np.log10(errors[0] / errors[1]) == pytest.approx(order, abs=0.02)


@pytest.mark.parametrize("method", METHODS)
@given(
    direction=st.lists(st.floats(-3, 3), min_size=3, max_size=3).filter(lambda v: any(map(abs, v)))
)
def test_derivatives_along_a_direction_are_linear_in_it(method, direction):
    v = np.array(direction)
    if np.linalg.norm(v) < 1e-2:
        v = v + 1
    found = numerical_derivatives(cubic, START, v[None], method)
    tolerance = CLOSE[method]
    np.testing.assert_allclose(found, [cubic_slope(START) @ v], rtol=tolerance, atol=tolerance * 30)


@pytest.mark.parametrize("method", METHODS)
def test_default_steps_are_good_to_their_tolerances(method):
    found = numerical_derivatives(cubic, START, np.eye(3), method)
    np.testing.assert_allclose(found, cubic_slope(START), rtol=CLOSE[method])


def test_default_steps_balance_both_errors():
    eps = 2.0**-52
    assert default_step("forward") == eps**0.5
    assert default_step("central") == pytest.approx(eps ** (1 / 3))
    assert default_step("richardson") == pytest.approx(2.0**-10.4)
    assert default_step("forward", np.float32) == pytest.approx(2.0**-11.5)
    assert default_step("complex") < 1e-15


@pytest.mark.parametrize("method", METHODS)
def test_many_vectors_at_once_give_the_same(method):
    network = MLP((3, 5, 4, 1), "tanh")
    theta = network.initialize(rng=0, bias=0.1)
    X, y = np.random.default_rng(0).normal(size=(9, 3)), np.arange(9) % 2

    def f(t):
        return network.loss(t, X, y)

    one_by_one = numerical_derivatives(f, theta, np.eye(theta.size), method)
    at_once = numerical_derivatives(f, theta, np.eye(theta.size), method, batched=True)
    np.testing.assert_allclose(at_once, one_by_one, rtol=1e-6, atol=1e-8)


def test_more_vectors_than_are_taken_at_a_time():
    theta = np.linspace(-1, 1, 700)
    found = numerical_derivatives(
        lambda t: (t**2).sum(axis=-1), theta, np.eye(700), "central", batched=True
    )
    np.testing.assert_allclose(found, 2 * theta, atol=1e-8)


def test_coordinates_are_directions_of_one_entry():
    for method in METHODS:
        chosen = numerical_derivatives(cubic, START, np.array([2, 0]), method)
        rows = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
        np.testing.assert_array_equal(chosen, numerical_derivatives(cubic, START, rows, method))
        np.testing.assert_allclose(chosen, [12, 0.75], rtol=CLOSE[method])
        everything = numerical_derivatives(cubic, START, method=method)
        np.testing.assert_allclose(everything, [0.75, 3, 12], rtol=CLOSE[method])


def test_a_lone_large_vector_needs_little_memory():
    # the identity alone would take 3.2 GB
    theta = np.linspace(-1, 1, 20_000)
    chosen = np.array([0, 19_999])
    found = numerical_derivatives(lambda t: (t**2).sum(), theta, chosen)
    np.testing.assert_allclose(found, [-2, 2], rtol=1e-7)


def test_the_callers_vector_is_left_alone():
    theta = START.copy()
    for method in METHODS:
        numerical_derivatives(cubic, theta, method=method)
    np.testing.assert_array_equal(theta, START)


@pytest.mark.parametrize("method", ["forward", "central", "richardson"])
@pytest.mark.parametrize("start", [1e3, 3e-3, 1.7])
def test_steps_count_as_they_were_rounded(method, start):
    # f(t) = t: every quotient must be 1 whatever theta + h was rounded to
    for dtype in (np.float32, np.float64):
        theta = np.array([start], dtype)
        exact = numerical_derivatives(lambda t: t[0], theta, None, method)
        along = numerical_derivatives(lambda t: t[0], theta, np.ones((1, 1)), method)
        np.testing.assert_allclose([exact, along], 1, rtol=4 * np.finfo(dtype).eps)


def test_forward_differences_ask_for_the_middle_once():
    calls = []

    def counted(t):
        calls.append(t.copy())
        return cubic(t)

    numerical_derivatives(counted, START, method="forward")
    assert len(calls) == 4
    assert sum(np.array_equal(t, START) for t in calls) == 1


def test_combine_takes_points_as_far_as_they_are():
    # a parabola through points that are not where they were meant to be
    moved = np.array([[0.25], [-0.25], [0.125], [-0.125]])
    values = (3 + moved) ** 2
    assert combine("central", values, moved) == 6
    assert combine("richardson", values, moved) == 6
    assert combine("forward", values, moved, 9.0) == 6.25
    assert combine("complex", (3 + 1j * moved) ** 2, 1j * moved) == 6


# ------------------------------------------------------------------------- the step, found


@pytest.mark.parametrize(
    ("f", "at", "slope"),
    [
        (np.exp, 1.0, np.e),
        (np.sin, 0.7, np.cos(0.7)),
        (lambda t: np.sin(50 * t), 0.3, 50 * np.cos(15.0)),
        (lambda t: 1e6 * np.log(t), 0.01, 1e8),
        (lambda t: 1e-9 * np.tanh(t), 0.5, 1e-9 / np.cosh(0.5) ** 2),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_the_found_step_is_nearly_the_best_there_is(f, at, slope, method):
    found = find_step(lambda t: f(t[0]), np.array([at]), method=method)
    with np.errstate(invalid="ignore"):
        true = np.abs(found.derivatives - slope)
    near_best = {"forward": 1e-6, "central": 1e-8, "richardson": 1e-10, "complex": 1e-14}[method]
    error = abs(found.derivative - slope)
    assert error <= max(30 * np.nanmin(true[true > 0]), near_best * abs(slope))
    assert error <= 30 * found.error
    assert found.derivative == found.derivatives[list(found.steps).index(found.step)]


def test_steps_that_change_nothing_are_not_taken_for_agreement():
    # at 1e6, steps below 1e-10 leave theta as it is or move it by one unit in the last place
    found = find_step(lambda t: t[0] ** 2, np.array([1e6]))
    assert found.derivative == pytest.approx(2e6, rel=1e-9)
    # f = 1 + 1e-12 t: tiny steps all give 0, and zeros agree
    found = find_step(lambda t: 1 + 1e-12 * t[0], np.array([1.0]))
    assert found.derivative == pytest.approx(1e-12, rel=1e-3)


@pytest.mark.parametrize("method", METHODS)
def test_where_neighbours_agree_rounding_alone_is_the_error(method):
    # on a line, steps of powers of two make no error at all: what is left is what rounding may do
    found = find_step(lambda t: 1 + 2 * t[0], np.array([0.0]), method=method)
    exact = found.steps >= 2.0**-48
    np.testing.assert_array_equal(found.derivatives[exact], 2)
    rounding = 2.0**-52 * (2 if method == "complex" else 1 / found.steps)
    np.testing.assert_allclose(found.errors[exact], np.broadcast_to(rounding, 53)[exact])


def test_the_found_step_grows_with_the_order_and_with_epsilon():
    theta = np.array([1.0])
    found = {m: find_step(lambda t: np.exp(t).sum(), theta, method=m).step for m in METHODS}
    assert found["forward"] < found["central"] < found["richardson"]
    single = find_step(lambda t: np.exp(t).sum(), theta.astype(np.float32)).step
    assert single > 20 * found["central"]


def test_steps_that_leave_the_domain_are_passed_over():
    found = find_step(lambda t: np.sqrt(t[0]), np.array([0.04]))
    assert np.isnan(found.derivatives[0])
    assert found.derivative == pytest.approx(2.5, rel=1e-8)
    with pytest.raises(ValueError, match="NaN or infinity near theta"):
        find_step(lambda t: np.nan, np.array([1.0]))


def test_the_step_is_found_along_a_direction():
    found = find_step(cubic, START, np.array([1.0, 1.0, 0.0]))
    assert found.derivative == pytest.approx(3.75, rel=1e-9)
    assert find_step(cubic, START).derivative == pytest.approx(0.75, rel=1e-9)


# ---------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        ({"theta": np.ones((2, 2))}, r"theta has shape \(2, 2\).*vector"),
        ({"theta": [1, 2, 3]}, r"theta .*int64.*float64"),
        ({"theta": np.ones(0)}, r"theta has shape \(0,\)"),
        ({"directions": np.ones((2, 4))}, r"directions has shape \(2, 4\).*\(directions, 3\)"),
        ({"directions": np.zeros((1, 3))}, r"directions has a row of zeros"),
        ({"directions": np.array([0, 3])}, r"directions has numbers from 0 to 3.*0 to 2"),
        ({"directions": np.array([-1])}, r"directions has numbers from -1"),
        ({"directions": np.array([0.5])}, r"directions has shape \(1,\) and dtype float64"),
        ({"method": "centre"}, r"method is 'centre'.*richardson"),
        ({"step": -1.0}, r"step is -1.0.*above 0"),
        ({"step": 1e-17}, r"step is too small: it does not move theta in float64"),
        (
            {"theta": START.astype(np.float32), "step": 1e-9, "method": "forward"},
            r"step is too small: it does not move theta in float32",
        ),
        ({"f": lambda t: t}, r"f returned shape \(3,\).*single number"),
        ({"f": lambda t: np.inf}, r"f returned NaN or infinity"),
        ({"f": lambda t: t.sum(), "batched": True}, r"f returned shape \(\) for vectors \(3, 3\)"),
    ],
)
def test_bad_input_stops_at_the_door(arguments, pattern):
    good = {"f": cubic, "theta": START}
    with pytest.raises(ValueError, match=pattern) as error:
        numerical_derivatives(**{**good, **arguments})
    assert "\n" not in str(error.value)


def test_an_evaluator_counts_in_both_ways():
    for batched in (False, True):
        evaluator = Evaluator(lambda t: (t**2).sum(axis=-1), batched)
        assert list(evaluator.at(np.array([[1.0, 2.0], [0.0, 3.0]]))) == [5, 9]
        evaluator.along(START, np.arange(3), (0.1, -0.1))
        assert evaluator.count == 8
