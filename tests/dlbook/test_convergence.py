import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import GradientDescent, Momentum, Nesterov
from dlbook.convergence import (
    METHODS,
    best_setting,
    convergence_rate,
    largest_stable_rate,
    measured_rate,
    stability_limit,
    step_matrix,
)
from dlbook.surfaces import descend, quadratic

BY_METHOD = {
    "gradient_descent": lambda rate, beta: GradientDescent(rate),
    "momentum": lambda rate, beta: Momentum(rate, beta),
    "damped_momentum": lambda rate, beta: Momentum(rate, beta, damped=True),
    "nesterov": lambda rate, beta: Nesterov(rate, beta),
}
EVERY = pytest.mark.parametrize("method", METHODS)


def beta_of(method, beta):
    return 0.0 if method == "gradient_descent" else beta


def radius_of_a_real_step(optimizer, eigenvalue):
    """Return the spectral radius of what one step of an optimizer does to (x, velocity)."""
    columns = []
    for x, v in ((1.0, 0.0), (0.0, 1.0)):
        theta = np.array([x])
        state = optimizer.start(theta)
        for memory in state.memory:
            memory[...] = v
        optimizer.step(theta, eigenvalue * theta, state)
        columns.append([theta[0], state.memory[0][0] if state.memory else 0.0])
    return np.abs(np.linalg.eigvals(np.array(columns).T)).max()


@EVERY
@given(
    rate=st.floats(0, 5),
    beta=st.floats(0, 0.999),
    eigenvalue=st.floats(-1, 5),
)
def test_the_rate_is_the_spectral_radius_of_the_optimizers_own_step(method, rate, beta, eigenvalue):
    beta = beta_of(method, beta)
    exact = radius_of_a_real_step(BY_METHOD[method](rate, beta), eigenvalue)
    # near a double root, eigenvalues are known to the root of the machine epsilon only
    assert convergence_rate(method, rate, eigenvalue, beta) == pytest.approx(exact, abs=1e-6)
    matrix = step_matrix(method, rate, eigenvalue, beta)
    assert np.abs(np.linalg.eigvals(matrix)).max() == pytest.approx(exact, abs=1e-6)


@EVERY
def test_the_matrix_takes_each_step_of_a_run(method):
    rate, beta, eigenvalue = 0.3, beta_of(method, 0.7), 1.7
    path = descend(quadratic(eigenvalues=[eigenvalue]), BY_METHOD[method](rate, beta), [2.0], 30)
    matrix = step_matrix(method, rate, eigenvalue, beta)
    before = 2 / (1 - rate * eigenvalue) if method == "nesterov" else 2  # as its docstring says
    pair = np.array([2.0, before])
    for position in path[1:, 0]:
        pair = matrix @ pair
        np.testing.assert_allclose(pair[0], position, atol=1e-12)


def test_a_spectrum_converges_like_its_slowest_part():
    spectrum = [0.1, 0.5, 2.0]
    each = [convergence_rate("momentum", 0.4, eigenvalue, 0.3) for eigenvalue in spectrum]
    assert convergence_rate("momentum", 0.4, spectrum, 0.3) == max(each)
    assert len(set(each)) == 3


def test_a_map_has_a_row_for_each_beta():
    rates, betas = np.linspace(0, 3, 7), np.linspace(0, 0.9, 4)
    found = convergence_rate("nesterov", rates, [0.1, 1.0], betas[:, None])
    assert found.shape == (4, 7)
    for row, beta in enumerate(betas):
        for column, rate in enumerate(rates):
            assert found[row, column] == convergence_rate("nesterov", rate, [0.1, 1.0], beta)


def test_damped_momentum_is_momentum_at_a_smaller_rate():
    rates = np.linspace(0, 30, 20)
    np.testing.assert_allclose(
        convergence_rate("damped_momentum", rates, [0.1, 1], 0.9),
        convergence_rate("momentum", rates * (1 - 0.9), [0.1, 1], 0.9),
        rtol=1e-12,
    )


@pytest.mark.parametrize("kappa", [1.0, 3.0, 20.0, 1000.0])
@EVERY
def test_the_best_setting_reaches_its_rate_and_no_other_is_better(method, kappa):
    smallest = 0.3
    best = best_setting(method, smallest, smallest * kappa)
    ends = [smallest, smallest * kappa]
    # a double root: rounding of its coefficients moves it by the root of the machine epsilon
    there = convergence_rate(method, best.learning_rate, ends, best.beta)
    assert there == pytest.approx(best.rate, abs=1e-7)
    rates = best.learning_rate * np.geomspace(0.2, 5, 301)
    betas = np.zeros(1) if method == "gradient_descent" else np.linspace(0, 0.995, 200)
    assert convergence_rate(method, rates, ends, betas[:, None]).min() >= best.rate - 1e-7
    # and the range between its ends converges no slower
    between = np.geomspace(*ends, 500)
    inside = convergence_rate(method, best.learning_rate, between, best.beta)
    assert inside == pytest.approx(best.rate, abs=1e-7)


def test_best_settings_by_hand():
    assert best_setting("gradient_descent", 1, 3) == (0.5, 0.0, 0.5)
    # roots 1 and 2: rate 1/3, beta 1/9, (2/3)^2
    assert best_setting("momentum", 1, 4) == pytest.approx((4 / 9, 1 / 9, 1 / 3))
    assert best_setting("damped_momentum", 1, 4) == pytest.approx((0.5, 1 / 9, 1 / 3))
    # 3 kappa + 1 = 16
    assert best_setting("nesterov", 1, 5) == pytest.approx((0.25, 1 / 3, 0.5))


def test_nesterovs_own_setting_converges_as_its_note_says():
    kappa = 25.0
    beta = (kappa**0.5 - 1) / (kappa**0.5 + 1)
    found = convergence_rate("nesterov", 1.0, np.geomspace(1 / kappa, 1, 99), beta)
    assert found == pytest.approx(1 - 1 / kappa**0.5, abs=1e-7)


@EVERY
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.95])
def test_at_the_stability_limit_runs_neither_shrink_nor_grow(method, beta):
    beta, largest = beta_of(method, beta), 2.5
    limit = stability_limit(method, largest, beta)
    at, below, above = (
        convergence_rate(method, limit * factor, [0.5, largest], beta)
        for factor in (1, 0.999, 1.001)
    )
    assert at == pytest.approx(1, abs=1e-12)
    assert below < 1 < above


def test_stability_limits_by_hand():
    assert stability_limit("gradient_descent", 0.5) == pytest.approx(4)
    assert stability_limit("momentum", 1, 0.9) == pytest.approx(3.8)
    assert stability_limit("damped_momentum", 1, 0.9) == pytest.approx(38)
    assert stability_limit("nesterov", 1, 0.5) == pytest.approx(1.5)


# ------------------------------------------------------------------------------ measured on runs


def distances(surface, optimizer, steps):
    with np.errstate(over="ignore"):
        return np.linalg.norm(descend(surface, optimizer, steps=steps), axis=-1)


@EVERY
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("rate", [0.05, 0.4, 0.9, 1.2, 1.9])
def test_runs_converge_as_predicted_to_1_percent(method, beta, rate):
    surface, beta = quadratic(20), beta_of(method, beta)
    predicted = convergence_rate(method, rate, surface.eigenvalues, beta)
    run = distances(surface, BY_METHOD[method](rate, beta), 600)
    assert measured_rate(run, floor=0) == pytest.approx(predicted, rel=0.01)
    losses = surface.value(descend(surface, BY_METHOD[method](rate, beta), steps=600))
    assert measured_rate(losses, losses=True, floor=0) == pytest.approx(predicted, rel=0.01)


@EVERY
@pytest.mark.parametrize("kappa", [4.0, 100.0])
def test_the_best_settings_converge_as_predicted_to_1_percent(method, kappa):
    surface = quadratic(kappa)
    best = best_setting(method, *surface.eigenvalues)
    run = distances(surface, BY_METHOD[method](best.learning_rate, best.beta), 600)
    assert measured_rate(run, floor=0) == pytest.approx(best.rate, rel=0.01)


def test_a_run_that_grows_is_measured_too():
    run = distances(quadratic(20), GradientDescent(2.2), 300)
    assert measured_rate(run) == pytest.approx(1.2, rel=1e-6)
    with np.errstate(over="ignore"):
        run = 3.0 ** np.arange(2000.0)  # infinite at last
    assert measured_rate(run) == pytest.approx(3)


def test_rounding_at_the_end_of_a_run_is_left_out():
    run = 0.8 ** np.arange(1000.0) + 1e-16
    assert measured_rate(run) == pytest.approx(0.8, rel=1e-3)
    assert measured_rate(run, floor=0) == pytest.approx(1)


def test_passing_the_minimum_is_no_fast_step():
    steps = np.arange(400)
    run = 0.97**steps * np.abs(np.cos(0.3 * steps))
    run[[333, 350, 390, 395]] = 0.0, 1e-60, 1e-60, 1e-60
    assert measured_rate(run) == pytest.approx(0.97, rel=0.01)


@EVERY
@pytest.mark.parametrize("beta", [0.0, 0.6])
@pytest.mark.parametrize("guess", [1.0, 0.003, 700.0])
def test_the_largest_stable_rate_is_found_to_1_percent(method, beta, guess):
    surface, beta = quadratic(eigenvalues=[0.1, 0.7, 2.0]), beta_of(method, beta)

    def run(rate):
        return distances(surface, BY_METHOD[method](rate, beta), 300)

    limit = stability_limit(method, 2.0, beta)
    found = largest_stable_rate(run, guess)
    assert limit / 1.0101 <= found <= limit * 1.001
    assert largest_stable_rate(run, guess, tolerance=1e-4) == pytest.approx(limit, rel=2e-4)


def test_a_slow_swing_is_not_taken_for_growth():
    surface = quadratic(100)

    def run(rate):
        return distances(surface, Momentum(rate, 0.99), 2000)

    slow = run(0.001)
    assert np.any(np.diff(slow) > 0)  # it swings
    found = largest_stable_rate(run, guess=0.001)
    assert found == pytest.approx(stability_limit("momentum", 1.0, 0.99), rel=0.01)


def test_growth_is_asked_for_late_in_the_run():
    # stable: what moves away at first but comes back, and a swing that ends below the one before
    for stable in (
        [1, 2, 3, 4, 3, 2, 1, 0.5, 0.2, 0.1, 0.1, 0.1],
        [6, 6, 6, 5, 4, 3, 1, 0, 1, 4, 3, 3],
    ):
        values = {False: np.array(stable, float), True: np.arange(12.0)}
        found = largest_stable_rate(lambda rate, v=values: v[rate > 0.37], tolerance=1e-6)
        assert found == pytest.approx(0.37, rel=1e-5)


WRONG = {
    "method": (lambda: convergence_rate("adam", 1, 1), ValueError, "method is 'adam'"),
    "beta of descent": (
        lambda: convergence_rate("gradient_descent", 1, 1, 0.5),
        ValueError,
        "gradient_descent has none",
    ),
    "beta of 1": (lambda: convergence_rate("momentum", 1, 1, 1.0), ValueError, "beta has the"),
    "negative rate": (lambda: convergence_rate("momentum", [1, -1], 1), ValueError, "value -1"),
    "matrix": (lambda: convergence_rate("momentum", 1, np.eye(2)), ValueError, "eigenvalues has"),
    "words": (lambda: convergence_rate("momentum", "a", 1), TypeError, "learning_rate has dtype"),
    "nothing": (lambda: convergence_rate("momentum", 1, []), ValueError, "empty"),
    "shapes": (
        lambda: convergence_rate("momentum", [1, 2], 1, [0.1, 0.2, 0.3]),
        ValueError,
        "broadcast",
    ),
    "several": (lambda: step_matrix("momentum", [1, 2], 1), TypeError, "learning_rate is"),
    "a beta of descent": (
        lambda: stability_limit("gradient_descent", 1, 0.5),
        ValueError,
        "gradient_descent has none",
    ),
    "flat": (lambda: best_setting("momentum", 0, 1), ValueError, "smallest is 0"),
    "order": (lambda: best_setting("momentum", 2, 1), ValueError, "largest is 1"),
    "no limit": (lambda: stability_limit("momentum", -1), ValueError, "largest is -1"),
    "path": (lambda: measured_rate(np.ones((9, 2))), ValueError, "values has shape"),
    "negative": (lambda: measured_rate([1, -1] * 9), ValueError, "values has -1"),
    "short": (lambda: measured_rate([1.0, 0.5, 0.2]), ValueError, "at least 8"),
    "over": (lambda: measured_rate([1.0, *[np.nan] * 20]), ValueError, "at least 8"),
    "swing alone": (lambda: measured_rate([1.0, 0.0] * 10), ValueError, "too many zeros"),
    "closer than numbers": (
        lambda: largest_stable_rate(np.ones, tolerance=1e-20),
        ValueError,
        "tolerance is 1e-20",
    ),
    "no run": (lambda: largest_stable_rate(0.1), TypeError, "run is 0.1"),
    "always": (lambda: largest_stable_rate(lambda r: np.ones(9)), ValueError, "is stable"),
    "never": (lambda: largest_stable_rate(lambda r: np.arange(9)), ValueError, "is unstable"),
    "a number": (lambda: largest_stable_rate(lambda r: 1.0), ValueError, "at least 8"),
}


@pytest.mark.parametrize(("call", "error", "words"), WRONG.values(), ids=list(WRONG))
def test_what_does_not_fit_stops_at_the_door(call, error, words):
    with pytest.raises(error, match=words):
        call()
