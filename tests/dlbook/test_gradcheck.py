import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import L2, MLP
from dlbook.activations import ACTIVATIONS
from dlbook.gradcheck import TOLERANCES, check_gradient, default_step, numerical_derivatives
from dlbook.losses import LOSSES

METHODS = sorted(TOLERANCES)
START = np.array([0.5, -1.0, 2.0])


def cubic(t):
    return (t**3).sum()


def cubic_slope(t):
    return 3 * t**2


def problem(loss=None, activation="tanh", outputs=1, dtype=np.float64):
    rng = np.random.default_rng(0)
    network = MLP((3, 5, 4, outputs), activation, loss, dtype=dtype)
    theta = network.initialize("glorot_normal", rng=rng, bias=0.1)
    X = rng.normal(size=(9, 3)).astype(dtype)
    y = rng.normal(size=(9, outputs)) if loss == "squared_error" else rng.integers(0, 2, 9)
    return network, theta, X, y


# ----------------------------------------------------------------------------- differences


@pytest.mark.parametrize(
    ("method", "expected"),
    # of t^3 at 1 with h = 1/2: (27/8 - 1)/h, (27/8 - 1/8)/(2h), Im (1 + i/2)^3 / h
    [("forward", 4.75), ("central", 3.25), ("complex", 2.75)],
)
def test_the_three_quotients_by_hand(method, expected):
    found = numerical_derivatives(cubic, np.array([1.0]), np.eye(1), method, step=0.5)
    np.testing.assert_allclose(found, [expected], rtol=1e-14)


@pytest.mark.parametrize(("method", "order"), [("forward", 1), ("central", 2), ("complex", 2)])
def test_errors_shrink_with_the_power_of_the_step(method, order):
    errors = [
        abs(
            numerical_derivatives(lambda t: np.exp(t).sum(), np.zeros(1), np.eye(1), method, h)[0]
            - 1
        )
        for h in (1e-2, 1e-3)
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
    tolerance = {"forward": 1e-5, "central": 1e-7, "complex": 1e-12}[method]
    np.testing.assert_allclose(found, [cubic_slope(START) @ v], rtol=tolerance, atol=tolerance * 30)


@pytest.mark.parametrize("method", METHODS)
def test_default_steps_are_good_to_their_tolerances(method):
    found = numerical_derivatives(cubic, START, np.eye(3), method)
    np.testing.assert_allclose(found, cubic_slope(START), rtol=TOLERANCES[method])


def test_default_steps_balance_both_errors():
    eps = 2.0**-52
    assert default_step("forward") == eps**0.5
    assert default_step("central") == pytest.approx(eps ** (1 / 3))
    assert default_step("forward", np.float32) == pytest.approx(2.0**-11.5)
    assert default_step("complex") < 1e-15


@pytest.mark.parametrize("method", METHODS)
def test_many_vectors_at_once_give_the_same(method):
    network, theta, X, y = problem()

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


# ------------------------------------------------------------------------------ the verdict


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_backpropagation_passes(activation, loss, method):
    network, theta, X, y = problem(loss, activation, 3 if loss == "softmax_cross_entropy" else 1)
    report = check_gradient(
        lambda t: network.loss(t, X, y, L2(0.1)),
        theta,
        lambda t: network.gradient(t, X, y, L2(0.1)),
        names=network.layout,
        method=method,
        batched=True,
    )
    assert report.passed
    assert report.failed == []
    assert report.difference < TOLERANCES[method]
    assert [each.name for each in report.parameters] == list(network.layout)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mistake", ["sign", "factor", "one entry", "missing", "a part in 1e4"])
@pytest.mark.parametrize("name", ["W1", "b2", "W3"])
def test_a_mistake_is_found_and_named(name, mistake, method):
    network, theta, X, y = problem()
    gradient = network.gradient(theta, X, y)
    part = network.views(gradient)[name]
    if mistake == "one entry":
        part.flat[-1] += 0.01
    else:
        part *= {"sign": -1, "factor": 2, "missing": 0, "a part in 1e4": 1 + 1e-4}[mistake]
    report = check_gradient(
        lambda t: network.loss(t, X, y), theta, gradient, names=network.layout, method=method
    )
    assert not report.passed
    assert report.failed == [name]
    assert name in str(report).splitlines()[0]
    assert "WRONG" in next(line for line in str(report).splitlines() if line.startswith(name))


def test_the_worst_entry_is_pointed_at():
    network, theta, X, y = problem()
    gradient = network.gradient(theta, X, y)
    network.views(gradient)["W2"][3, 1] += 0.25
    report = check_gradient(lambda t: network.loss(t, X, y), theta, gradient, names=network.layout)
    (wrong,) = [each for each in report.parameters if not each.passed]
    assert (wrong.name, wrong.worst) == ("W2", (3, 1))
    assert wrong.analytic - wrong.numeric == pytest.approx(0.25, rel=1e-6)


def test_the_difference_is_relative_to_both_norms():
    report = check_gradient(lambda t: (2 * t).sum(), START, np.full(3, 1.0))
    assert report.difference == pytest.approx(1 / 3, rel=1e-6)
    assert check_gradient(lambda t: 0 * t.sum(), START, np.zeros(3)).difference == 0
    opposite = check_gradient(cubic, START, -cubic_slope(START))
    assert opposite.difference == pytest.approx(1, rel=1e-6)


def test_a_small_layer_is_not_hidden_by_a_large_one():
    def f(t):
        return 1e6 * t[:2].sum() + 1e-3 * t[2]

    names = {"large": slice(0, 2), "small": slice(2, 3)}
    report = check_gradient(
        f, np.zeros(3), np.array([1e6, 1e6, 2e-3]), names=names, method="complex"
    )
    assert report.failed == ["small"]


@pytest.mark.parametrize("method", METHODS)
def test_a_gradient_that_vanishes_up_to_rounding_passes(method):
    # opposite rows with opposite labels: the derivative by the bias is p - p, give or take 1e-17
    network = MLP((1, 1))
    X = np.linspace(0.1, 3, 41)[:, None]
    X, y = np.concatenate([X, -X]), np.repeat([1, 0], 41)
    theta = np.array([0.7, 0.0])
    report = check_gradient(
        lambda t: network.loss(t, X, y),
        theta,
        network.gradient(theta, X, y),
        names=network.layout,
        method=method,
    )
    assert report.passed, str(report)


@pytest.mark.parametrize("method", METHODS)
def test_float32_has_its_own_steps_and_tolerance(method):
    network, theta, X, y = problem(dtype=np.float32)
    gradient = network.gradient(theta, X, y)
    options = {"names": network.layout, "method": method}
    assert check_gradient(lambda t: network.loss(t, X, y), theta, gradient, **options).passed
    report = check_gradient(lambda t: network.loss(t, X, y), theta, 1.5 * gradient, **options)
    assert not report.passed


def test_a_tolerance_and_a_step_of_your_own():
    wrong = cubic_slope(START) * (1 + 1e-3)
    assert not check_gradient(cubic, START, wrong).passed
    report = check_gradient(cubic, START, wrong, tolerance=1e-2, step=1e-4)
    assert report.passed
    assert (report.tolerance, report.step) == (1e-2, 1e-4)


def test_the_report_counts_what_f_was_asked():
    calls = []

    def counted(t):
        calls.append(1)
        return cubic(t)

    for method in METHODS:
        calls.clear()
        report = check_gradient(counted, START, cubic_slope(START), method=method)
        # forward asks for f(theta) once a direction unless it remembers
        assert abs(report.evaluations - len(calls)) <= 1


def test_the_report_reads_like_a_table():
    report = check_gradient(
        cubic, START, cubic_slope(START), names={"a": slice(0, 1), "b": slice(1, 3)}
    )
    lines = str(report).splitlines()
    assert lines[0].startswith("gradient check PASSED")
    assert "central" in lines[1]
    assert [line.split()[0] for line in lines[3:]] == ["a", "b"]
    assert repr(report).startswith("GradientCheck(passed")
    failed = check_gradient(cubic, START, -cubic_slope(START))
    assert str(failed).startswith("gradient check FAILED")
    assert "failed" in repr(failed)


# ------------------------------------------------------------------------- random directions


def test_random_directions_cost_the_same_however_many_parameters():
    for size in (10, 5000):
        theta, calls = np.linspace(-1, 1, size), []

        def f(t, calls=calls):
            calls.append(1)
            return (t**2).sum()

        report = check_gradient(f, theta, 2 * theta, directions=5)
        assert report.passed
        assert report.evaluations == len(calls) == 11


def test_random_directions_find_a_single_wrong_entry():
    network, theta, X, y = problem()
    gradient = network.gradient(theta, X, y)
    assert check_gradient(lambda t: network.loss(t, X, y), theta, gradient, directions=3).passed
    for k in range(0, theta.size, 7):
        wrong = gradient.copy()
        wrong[k] += 0.01
        report = check_gradient(lambda t: network.loss(t, X, y), theta, wrong, directions=3)
        assert not report.passed


def test_random_directions_are_seeded():
    def along(seed):
        report = check_gradient(cubic, START, cubic_slope(START), directions=6, rng=seed)
        return report.analytic

    np.testing.assert_array_equal(along(1), along(1))
    assert not np.array_equal(along(1), along(2))
    # directions are of +1 and -1
    sums = {
        round(float(np.dot([a, b, c], cubic_slope(START))), 9)
        for a in (-1, 1)
        for b in (-1, 1)
        for c in (-1, 1)
    }
    assert {round(float(x), 9) for x in along(3)} <= sums


# ---------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "kind", "pattern"),
    [
        ({"theta": np.ones((2, 2))}, ValueError, r"theta has shape \(2, 2\).*vector"),
        ({"theta": np.ones(3, int)}, ValueError, r"theta .*int64.*float64"),
        ({"theta": np.ones(3, np.float16)}, ValueError, r"theta .*float16.*float64"),
        ({"gradient": np.ones(4)}, ValueError, r"gradient has shape \(4,\), theta \(3,\)"),
        ({"gradient": np.full(3, np.nan)}, ValueError, r"gradient has NaN.*finite"),
        ({"method": "centre"}, ValueError, r"method is 'centre'.*central"),
        ({"step": 0}, ValueError, r"step is 0.*above 0"),
        ({"step": "a"}, TypeError, r"step is 'a'"),
        ({"tolerance": -1}, ValueError, r"tolerance is -1.*above 0"),
        ({"directions": 0}, ValueError, r"directions is 0.*at least 1"),
        ({"directions": 2, "rng": "a"}, TypeError, r"rng is 'a'"),
        ({"f": lambda t: t}, ValueError, r"f returned shape \(3,\).*single number"),
        ({"f": lambda t: np.nan}, ValueError, r"f returned NaN.*finite"),
        ({"f": lambda t: t.sum(), "batched": True}, ValueError, r"f returned shape \(\) for 3"),
        ({"names": {"a": slice(5, 9)}}, ValueError, r"names\['a'\] .*of the 3"),
    ],
)
def test_bad_input_stops_at_the_door(arguments, kind, pattern):
    good = {"f": cubic, "theta": START, "gradient": np.ones(3)}
    with pytest.raises(kind, match=pattern) as error:
        check_gradient(**{**good, **arguments})
    assert "\n" not in str(error.value)
