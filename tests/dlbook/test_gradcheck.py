import numpy as np
import pytest

from dlbook import L1, L2, MLP, Dropout, MaxNorm, relu
from dlbook.activations import ACTIVATIONS
from dlbook.differences import numerical_derivatives
from dlbook.gradcheck import TOLERANCES, check_gradient, check_network
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


@pytest.mark.parametrize(
    ("method", "tolerance"),
    [("forward", 1e-5), ("central", 1e-7), ("richardson", 1e-9), ("complex", 1e-10)],
)
def test_what_passes_by_default_ends_at_the_methods_tolerance(method, tolerance):
    # a gradient times 1 + c differs from the right one by c / 2 of both norms
    for c, passed in [(tolerance, True), (4 * tolerance, False)]:
        report = check_gradient(cubic, START, cubic_slope(START) * (1 + c), method=method)
        assert report.passed == passed


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


@pytest.mark.parametrize(("dtype", "factor"), [(np.float64, 1e-200), (np.float32, 1e-30)], ids=str)
def test_squares_that_underflow_hide_nothing(dtype, factor):
    theta = START.astype(dtype)
    factor = dtype(factor)

    def f(t):
        return factor * (t**3).sum()

    right = factor * cubic_slope(theta)
    assert check_gradient(f, theta, right).passed
    report = check_gradient(f, theta, -right)
    assert not report.passed
    assert report.difference == pytest.approx(1, rel=1e-3)


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


@pytest.mark.parametrize(
    ("method", "steps_of_rounding"),
    # of f = 2: 4 eps |f| / h; Richardson's (4 c(h/2) - c(h)) / 3 has 8/3 + 1/3 of it
    [("forward", 1), ("central", 1), ("richardson", 3)],
)
def test_the_floor_is_what_rounding_does_to_a_difference(method, steps_of_rounding):
    for dtype in (np.float64, np.float32):
        theta = np.zeros(1, dtype)
        report = check_gradient(lambda t: 2 + t[0], theta, [1.0], method=method, step=1e-3)
        expected = steps_of_rounding * 8 * float(np.finfo(dtype).eps) / 1e-3
        assert report.floor == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("slope", [0.25, 8])
def test_the_floor_of_a_complex_step_is_rounding_of_the_terms_summed(slope):
    # f is 2, and the second entry has no slope: what the first one rounds to may reach it
    reports = [
        check_gradient(
            lambda t: 2 + slope * t[0] + 0 * t[1],
            np.zeros(2),
            [slope, many * 2.0**-52 * max(2, slope)],
            names={"a": slice(0, 1), "b": slice(1, 2)},
            method="complex",
        )
        for many in (3, 12)
    ]
    assert [report.failed for report in reports] == [[], ["b"]]


def test_float32_tolerates_the_square_root():
    for method in METHODS:
        reports = [
            check_gradient(cubic, START.astype(dtype), cubic_slope(START), method=method)
            for dtype in (np.float64, np.float32)
        ]
        assert reports[0].tolerance == TOLERANCES[method]
        assert reports[1].tolerance == pytest.approx(TOLERANCES[method] ** 0.5)


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
    slope = cubic_slope(START)
    slope[1] = 7
    names = {"a": slice(0, 1), "b": slice(1, 3)}
    rows = str(check_gradient(cubic, START, slope, names=names)).splitlines()[-2:]
    assert rows[0].split()[-1] == "ok"
    assert rows[1].endswith("WRONG    [0]: 7, 3")
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


# ----------------------------------------------------------------------------- some entries


def test_some_entries_of_each_parameter_cost_as_much_however_many_there_are():
    for hidden in (10, 200):
        network = MLP((4, hidden, 1), "tanh")
        theta, X = network.initialize(rng=0, bias=0.1), np.ones((3, 4))
        f = lambda t: network.loss(t, X, [0, 1, 1])  # noqa: E731, B023
        gradient = network.gradient(theta, X, [0, 1, 1])
        report = check_gradient(f, theta, gradient, names=network.layout, entries=5)
        assert report.passed
        # W1, b1 and W2 have more than five entries, b2 has one
        assert len(report.coordinates) == 16
        assert report.evaluations == 33
        np.testing.assert_array_equal(report.analytic, gradient[report.coordinates])
        layout = network.layout.values()
        counts = [np.isin(np.arange(theta.size)[w], report.coordinates).sum() for w, _ in layout]
        assert counts == [5, 5, 5, 1]


def test_a_wrong_entry_that_is_met_is_named_with_its_place():
    network, theta, X, y = problem()
    met = 0
    for seed in range(30):
        gradient = network.gradient(theta, X, y)
        network.views(gradient)["W2"][3, 1] += 0.25
        report = check_network(network, theta, X, y, gradient, entries=8, rng=seed)
        place = network.layout["W2"].where.start + 3 * 4 + 1
        assert report.failed == (["W2"] if place in report.coordinates else [])
        for each in report.parameters:
            if not each.passed:
                assert each.worst == (3, 1)
        met += not report.passed
    # 8 of the 20 entries of W2: met in 2 of 5 draws (3 standard deviations of 30)
    assert 12 - 8 <= met <= 12 + 8


def test_entries_are_drawn_with_the_seed_given():
    network, theta, X, y = problem()
    draw = lambda seed: check_network(network, theta, X, y, entries=3, rng=seed).coordinates  # noqa: E731
    np.testing.assert_array_equal(draw(1), draw(1))
    assert not np.array_equal(draw(1), draw(2))
    everything = check_network(network, theta, X, y, entries=10**6)
    np.testing.assert_array_equal(everything.coordinates, np.arange(theta.size))


# --------------------------------------------------------------------------------- a network


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_quick_way_gives_the_same_report(activation, loss, method):
    network, theta, X, y = problem(loss, activation, 3 if loss == "softmax_cross_entropy" else 1)
    quick = check_network(network, theta, X, y, penalty=L2(0.1), method=method)
    plain = check_gradient(
        lambda t: network.loss(t, X, y, L2(0.1)),
        theta,
        lambda t: network.gradient(t, X, y, L2(0.1)),
        names=network.layout,
        method=method,
    )
    assert quick.passed
    assert quick.difference < TOLERANCES[method]
    assert quick.floor == pytest.approx(plain.floor)
    assert (quick.step, quick.tolerance) == (plain.step, plain.tolerance)
    # both have rounding of their own, up to the floor
    np.testing.assert_allclose(quick.numeric, plain.numeric, rtol=1e-12, atol=quick.floor)
    assert [each.name for each in quick.parameters] == list(network.layout)
    assert abs(quick.evaluations - plain.evaluations) <= 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ["W1", "b2", "W3", "b3"])
def test_the_quick_way_names_what_is_wrong(name, dtype, method):
    for activation in ("tanh", "relu"):
        network, theta, X, y = problem(activation=activation, dtype=dtype)
        gradient = network.gradient(theta, X, y)
        network.views(gradient)[name][...] *= 1.5
        report = check_network(network, theta, X, y, gradient, method=method)
        assert report.failed == [name]


def test_nothing_is_measured_again_without_a_kink():
    network, theta, X, y = problem()
    right = check_network(network, theta, X, y)
    wrong = check_network(network, theta, X, y, 2 * network.gradient(theta, X, y))
    assert wrong.settled == right.settled == 0
    assert wrong.evaluations == right.evaluations == 2 * theta.size + 1


@pytest.mark.parametrize("penalty", [L2(0.5), L1(0.5), [L2(0.1), MaxNorm(2.0)]], ids=str)
def test_a_forgotten_penalty_is_found_in_the_weights(penalty):
    network, theta, X, y = problem()
    assert check_network(network, theta, X, y, penalty=penalty).passed
    forgotten = network.gradient(theta, X, y)
    report = check_network(network, theta, X, y, forgotten, penalty=penalty)
    assert report.failed == ["W1", "W2", "W3"]


def test_no_false_alarm_from_a_hundred_starts():
    rng = np.random.default_rng(5)
    network = MLP((3, 6, 4, 1), "relu")
    X, y = rng.normal(size=(40, 3)), rng.integers(0, 2, 40)
    raw = 0
    for seed in range(100):
        theta = network.initialize(rng=seed)
        assert check_network(network, theta, X, y).passed
        raw += check_network(network, theta, X, y, settle_kinks=False).passed
    assert raw < 100  # kinks do give false alarms when nothing is done about them


def test_the_same_masks_in_every_evaluation():
    network, theta, X, y = problem(activation="relu")
    masks = [Dropout(0.5).mask((9, units), rng=3) for units in (5, 4)]

    def loss(t):
        parts, a = network.views(t), X
        for layer in (1, 2):
            z = a @ parts[f"W{layer}"] + parts[f"b{layer}"]
            a = relu(z) * masks[layer - 1]
        return network.loss_function(a @ parts["W3"] + parts["b3"], y)

    gradient = numerical_derivatives(loss, theta, method="complex")
    assert check_network(network, theta, X, y, gradient, masks=masks).passed
    unmasked = network.gradient(theta, X, y)
    assert "W1" in check_network(network, theta, X, y, unmasked, masks=masks).failed
    with pytest.raises(ValueError, match="gradient is None: with masks"):
        check_network(network, theta, X, y, masks=masks)


@pytest.mark.parametrize("method", METHODS)
def test_random_directions_of_a_network(method):
    network, theta, X, y = problem(activation="relu")
    report = check_network(network, theta, X, y, method=method, directions=4)
    assert report.passed
    assert report.coordinates is None
    plain = check_gradient(
        lambda t: network.loss(t, X, y),
        theta,
        network.gradient(theta, X, y),
        method=method,
        directions=4,
    )
    np.testing.assert_allclose(report.analytic, plain.analytic)
    np.testing.assert_allclose(report.numeric, plain.numeric, rtol=1e-4)
    wrong = network.gradient(theta, X, y)
    wrong[7] += 0.01
    assert not check_network(network, theta, X, y, wrong, method=method, directions=4).passed


# ------------------------------------------------------------------------------------- kinks


def one_unit(z, **options):
    """Check a lone ReLU unit whose pre-activation in the first of two rows is ``z``."""
    network = MLP((1, 1, 1), "relu", "squared_error")
    theta = np.array([1.0, z - 1.0, 2.0, 0.5])
    X, y = np.array([[1.0], [3.0]]), np.array([0.0, 1.0])
    return check_network(network, theta, X, y, **options), network, theta, X, y


@pytest.mark.parametrize("z", [2e-6, -2e-6])
def test_kinks_between_the_points_are_counted_by_hand(z):
    # the step is 6e-6, so a row of feature 1 changes sides when W1 or b1 moves by it; the row
    # of feature 3 stays far away
    report, *_ = one_unit(z)
    assert list(report.kinks) == [1, 1, 0, 0]
    assert [each.kinks for each in report.parameters] == [1, 1, 0, 0]
    assert not one_unit(20 * z)[0].kinks.any()
    assert not one_unit(z, method="complex")[0].kinks.any()
    assert list(one_unit(20 * z, step=1e-3)[0].kinks) == [1, 1, 0, 0]


@pytest.mark.parametrize("z", [2e-6, -2e-6])
def test_what_differs_across_a_kink_is_measured_again(z):
    raw, network, theta, X, y = one_unit(z, settle_kinks=False)
    # the true slope by b1 has the first row's share or not; a difference has a part of it
    assert raw.failed == ["W1", "b1"]
    assert raw.settled == 0
    report, *_ = one_unit(z)
    assert report.passed
    assert report.settled == 2
    np.testing.assert_allclose(report.numeric, network.gradient(theta, X, y), rtol=1e-7)
    assert report.evaluations == raw.evaluations + 2
    assert "kinks in 2 of 4 differences; 2 differed and were measured again" in str(report)
    assert "kinks in 2 of 4 differences)" in str(raw)


def test_on_a_kink_itself_the_slope_that_relu_takes_counts():
    # z = 0 in the first row: the difference has half of its share, ReLU's slope at 0 none of it
    raw, *_ = one_unit(0.0, settle_kinks=False)
    assert raw.failed == ["W1", "b1"]
    report, *_ = one_unit(0.0)
    assert report.passed
    assert list(report.kinks) == [1, 1, 0, 0]
    share = (2.0 * 0 + 0.5 - 0.0) * 2.0 / 2  # (output - target) W2 / rows
    assert raw.numeric[1] - report.numeric[1] == pytest.approx(share / 2, rel=1e-4)


@pytest.mark.parametrize("factor", [2, 0.5, 1 + 1e-5, -1])
def test_a_kink_excuses_no_wrong_gradient(factor):
    _, network, theta, X, y = one_unit(2e-6)
    gradient = network.gradient(theta, X, y)
    gradient[1] *= factor
    assert check_network(network, theta, X, y, gradient).failed == ["b1"]


def test_many_kinks_in_float32_neither_alarm_nor_hide():
    rng = np.random.default_rng(0)
    network = MLP((4, 8, 5, 1), "relu", dtype=np.float32)
    X, y = rng.normal(size=(300, 4)).astype(np.float32), rng.integers(0, 2, 300)
    theta = network.initialize(rng=0)
    report = check_network(network, theta, X, y)
    assert report.passed
    assert np.count_nonzero(report.kinks) > 40
    gradient = network.gradient(theta, X, y)
    network.views(gradient)["b1"][...] *= 1.2
    assert check_network(network, theta, X, y, gradient).failed == ["b1"]


def test_directions_across_kinks_are_settled_too():
    network, theta, X, y = problem(activation="relu")
    raw = check_network(network, theta, X, y, directions=20, step=0.05, settle_kinks=False)
    assert raw.kinks.any()
    assert not raw.passed
    report = check_network(network, theta, X, y, directions=20, step=0.05, tolerance=1e-3)
    assert report.settled > 0
    assert report.passed


def near_kinks(t):
    return np.abs(t - np.array([2e-6, 0.0, 1.0])).sum() + (t**2).sum()


def test_kinks_of_any_function_are_found_where_the_gradients_differ():
    theta = np.zeros(3)
    slopes = np.array([-1.0, 0.3, -1.0])  # at the second kink itself, any slope of -1 to 1
    raw = check_gradient(near_kinks, theta, slopes, settle_kinks=False)
    assert not raw.passed
    assert raw.settled == 0
    for method in ("central", "richardson"):
        step = 6e-6
        report = check_gradient(near_kinks, theta, slopes, method=method, step=step)
        assert report.passed, str(report)
        assert list(report.kinks) == [1, 1, 0]
        assert report.settled == 2
        np.testing.assert_allclose(report.numeric, slopes, atol=1e-6)


@pytest.mark.parametrize(
    "slopes", [[-0.5, 0, -1], [1, 0, -1], [-1, 1.1, -1], [-1, -1.1, -1], [-1, 0, -0.99]], ids=str
)
def test_no_slope_beyond_a_kinks_own_is_accepted(slopes):
    assert not check_gradient(near_kinks, np.zeros(3), np.array(slopes, float)).passed


@pytest.mark.parametrize("size", [1.0, 1e-4])
@pytest.mark.parametrize("at", [0.0, 2e-6])
def test_a_small_kink_beside_a_large_value_is_found(at, size):
    # near 1000 values are rounded to 1e-13: slopes over 6e-8 to about 2e-6, far below the jump
    def f(t):
        return 1e3 + size * abs(t[0] - at)

    slope = -0.5 * size if at == 0 else -size
    report = check_gradient(f, np.zeros(1), [slope], step=6e-6)
    assert report.passed
    assert (report.settled, list(report.kinks)) == (1, [1])


@pytest.mark.parametrize("at", [2e-6, 2e-7])
def test_beside_a_kink_what_passes_is_rounding_over_the_smaller_step(at):
    def f(t):
        return 1e3 + abs(t[0] - at)

    rounding = 4 * 2.0**-52 * 1e3 / 6e-8
    for error, passed in [(0.5 * rounding, True), (3 * rounding, False)]:
        assert check_gradient(f, np.zeros(1), [-1 - error], step=6e-6).passed == passed


def test_any_slope_is_accepted_only_where_the_smaller_step_meets_the_kink_too():
    # steps of 6e-6, and 6e-8 for what differs
    for at, passed in [(2e-8, True), (2e-7, False)]:
        report = check_gradient(lambda t, at=at: abs(t[0] - at), np.zeros(1), [0.3], step=6e-6)
        assert report.passed == passed


def test_a_difference_above_the_jump_of_a_kink_is_not_put_down_to_it():
    # |t| has slopes from -1 to 1: no kink of it makes 0 of 5
    report = check_gradient(lambda t: abs(t[0]), np.zeros(1), [5.0])
    assert report.failed == ["theta"]
    assert (report.settled, list(report.kinks), list(report.numeric)) == (0, [0], [0])


def test_a_kink_leaves_a_network_no_more_than_the_floor():
    # a large loss, a small slope: rounding counts for more than the tolerance
    network = MLP((1, 1, 1), "relu", "squared_error")
    theta, X, y = np.array([1.0, 2e-6 - 1.0, 1e-5, 1e3]), np.ones((1, 1)), np.zeros(1)
    gradient = network.gradient(theta, X, y)
    for many, passed in [(0.5, True), (3, False)]:
        wrong = gradient.copy()
        wrong[1] += many * 4 * 2.0**-52 * network.loss(theta, X, y) / 6e-6
        report = check_network(network, theta, X, y, wrong, step=6e-6)
        assert report.passed == passed
        assert report.kinks[1] == 1


@pytest.mark.parametrize("error", [1e-3, 1e-5, 3e-7])
def test_curvature_is_no_kink(error):
    # slopes to both sides differ by h f'' = 7e-5 here, more than some of these errors
    wrong = cubic_slope(START) * np.array([1, 1, 1 + error])
    names = {"a": slice(0, 2), "b": slice(2, 3)}
    report = check_gradient(cubic, START, wrong, names=names)
    assert report.failed == ["b"]
    assert report.settled == 0
    assert not report.kinks.any()


def test_rounding_of_a_large_sum_is_no_kink():
    # sums near 3000 jump by 4.5e-13: slopes over 6e-8 by 8e-6, more than the error of 3e-6
    for theta in np.random.default_rng(0).uniform(-1, 1, (100, 1)):
        report = check_gradient(
            lambda t: (3e3 + t[0] ** 2 / 2) - 2e3, theta, theta + 3e-6, step=6e-6
        )
        assert report.failed == ["theta"]
        assert report.settled == 0


# ---------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("settle_kinks", [True, False])
def test_a_loss_that_draws_anew_in_each_call_is_refused(settle_kinks):
    rng = np.random.default_rng(0)

    def noisy(t):
        return cubic(t) * rng.uniform(0.9, 1.1)

    for gradient in (cubic_slope(START), np.zeros(3)):
        with pytest.raises(ValueError, match=r"f returned .* and then .* for the same theta"):
            check_gradient(noisy, START, gradient, settle_kinks=settle_kinks)


def test_two_values_that_differ_by_rounding_are_one():
    def drifting(many):
        calls = []

        def f(t):
            calls.append(1)
            return cubic(t) * (1 + many * 2.0**-52 * (len(calls) > 1))

        return f

    assert not check_gradient(drifting(2), START, np.zeros(3)).passed
    with pytest.raises(ValueError, match="for the same theta"):
        check_gradient(drifting(20), START, np.zeros(3))


@pytest.mark.parametrize(
    ("arguments", "kind", "pattern"),
    [
        ({"theta": np.ones((2, 2))}, ValueError, r"theta has shape \(2, 2\).*vector"),
        ({"theta": np.ones(3, int)}, ValueError, r"theta .*int64.*float64"),
        ({"theta": np.ones(3, np.float16)}, ValueError, r"theta .*float16.*float64"),
        ({"gradient": np.ones(4)}, ValueError, r"gradient has shape \(4,\), theta \(3,\)"),
        ({"gradient": np.full(3, np.nan)}, ValueError, r"gradient has NaN.*finite"),
        ({"gradient": np.ones(3) + 1e-20j}, TypeError, r"gradient has dtype complex128.*real"),
        ({"f": 3.0}, TypeError, r"f is 3.0: a function of theta"),
        ({"names": "W1"}, TypeError, r"names is 'W1': a mapping"),
        ({"names": {"a": 3}}, TypeError, r"names\['a'\] is 3: a slice"),
        ({"method": "centre"}, ValueError, r"method is 'centre'.*central"),
        ({"step": 0}, ValueError, r"step is 0.*above 0"),
        ({"step": 1e-17}, ValueError, r"step is too small: it does not move theta in float64"),
        ({"step": "a"}, TypeError, r"step is 'a'"),
        ({"tolerance": -1}, ValueError, r"tolerance is -1.*above 0"),
        ({"directions": 0}, ValueError, r"directions is 0.*at least 1"),
        ({"directions": 2, "rng": "a"}, TypeError, r"rng is 'a'"),
        ({"entries": 0}, ValueError, r"entries is 0.*at least 1"),
        ({"entries": 2, "directions": 2}, ValueError, r"entries and directions are both given"),
        ({"f": lambda t: t}, ValueError, r"f returned shape \(3,\).*single number"),
        ({"f": lambda t: np.nan}, ValueError, r"f returned NaN.*finite"),
        (
            {"f": lambda t: t.sum(), "batched": True},
            ValueError,
            r"f returned shape \(\) for vectors \(1, 3\)",
        ),
        ({"names": {"a": slice(5, 9)}}, ValueError, r"names\['a'\] .*of the 3"),
    ],
)
def test_bad_input_stops_at_the_door(arguments, kind, pattern):
    good = {"f": cubic, "theta": START, "gradient": np.ones(3)}
    with pytest.raises(kind, match=pattern) as error:
        check_gradient(**{**good, **arguments})
    assert "\n" not in str(error.value)


def test_a_network_out_of_range_stops_with_a_sentence():
    network, theta, X, y = problem("squared_error")
    with pytest.raises(ValueError, match=r"the loss is NaN or infinite near theta"):
        check_network(network, theta * 1e200, X, y)
    with pytest.raises(ValueError, match=r"gradient has shape \(3,\), theta \(49,\)"):
        check_network(network, theta, X, y, np.ones(3))
    with pytest.raises(ValueError, match=r"step is too small: it does not move theta in float64"):
        check_network(network, theta, X, y, step=1e-18)
