import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import complex_step

from dlbook import (
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSprop,
    schedules,
)
from dlbook.surfaces import Surface, beale, descend, quadratic, rosenbrock, saddle

ALL = {
    "ravine": quadratic(20),
    "turned ravine": quadratic(50, angle=0.6),
    "quadratic in three": quadratic(eigenvalues=[3, 0.5, 1]),
    "Rosenbrock": rosenbrock,
    "Beale": beale,
    "saddle": saddle,
}
SURFACES = pytest.mark.parametrize("surface", ALL.values(), ids=list(ALL))
coordinate = st.floats(-2, 2)


@SURFACES
def test_the_gradient_is_the_derivative_of_the_value(surface):
    points = np.random.default_rng(0).uniform(-2, 2, (50, len(surface.start)))
    exact = complex_step(surface.value, points)
    np.testing.assert_allclose(surface.gradient(points), exact, rtol=1e-12, atol=1e-12)


@SURFACES
def test_many_points_give_what_each_gives_alone(surface):
    points = np.random.default_rng(1).normal(size=(4, 5, len(surface.start)))
    values, gradients = surface.value(points), surface.gradient(points)
    assert values.shape == (4, 5)
    assert gradients.shape == points.shape
    for place in np.ndindex(4, 5):
        assert values[place] == surface.value(points[place])
        np.testing.assert_array_equal(gradients[place], surface.gradient(points[place]))


@SURFACES
def test_start_and_minimum_lie_in_the_picture_and_nothing_is_lower_than_the_minimum(surface):
    low, high = np.array(surface.limits).T
    assert ((low < surface.start) & (surface.start < high)).all()
    if surface.minimum is None:
        return
    assert ((low < surface.minimum) & (surface.minimum < high)).all()
    np.testing.assert_allclose(surface.gradient(surface.minimum), 0, atol=1e-12)
    points = np.random.default_rng(2).uniform(low, high, (5000, len(surface.start)))
    assert surface.value(surface.minimum) < surface.value(points).min()


# More, Garbow and Hillstrom (1981), Testing unconstrained optimization software: problems 1 and 5
@pytest.mark.parametrize(
    ("surface", "point", "value"),
    [
        (rosenbrock, (-1.2, 1), 24.2),
        (rosenbrock, (1, 1), 0),
        (beale, (1, 1), 1.5**2 + 2.25**2 + 2.625**2),
        (beale, (0, 7), 1.5**2 + 2.25**2 + 2.625**2),
        (beale, (3, 0.5), 0),
        (saddle, (3, 1), 4),
        (quadratic(10), (1, 2), 2.05),
        (quadratic(eigenvalues=[2, -6]), (3, 1), 6),
    ],
)
def test_values_known_from_elsewhere(surface, point, value):
    assert surface.value(point) == pytest.approx(value, rel=1e-13, abs=1e-13)


def test_rosenbrock_is_as_ill_conditioned_as_its_note_says():
    hessian = np.array(
        [complex_step(lambda p, k=k: rosenbrock.gradient(p)[..., k], np.ones(2)) for k in (0, 1)]
    )
    np.testing.assert_allclose(hessian, [[802, -400], [-400, 200]], atol=1e-9)
    assert round(float(np.linalg.cond(hessian))) == 2508


@pytest.mark.parametrize("angle", [0.0, 0.4, -2.0])
def test_a_quadratic_has_the_eigenvalues_asked_for(angle):
    surface = quadratic(eigenvalues=[4, 0.25], angle=angle)
    hessian = surface.gradient(np.eye(2))
    np.testing.assert_allclose(np.linalg.eigvalsh(hessian), [0.25, 4], rtol=1e-12)
    assert surface.eigenvalues == (0.25, 4.0)
    # the first eigenvalue belongs to the first axis, turned counterclockwise
    first = np.array([np.cos(angle), np.sin(angle)])
    np.testing.assert_allclose(surface.gradient(first), 4 * first, atol=1e-12)


def test_only_a_method_without_axes_walks_a_turned_ravine_as_it_walks_the_other():
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    straight, turned = quadratic(30), quadratic(30, angle=angle)
    for optimizer in (GradientDescent(1.5), Momentum(0.3, 0.8), Nesterov(0.3, 0.8)):
        path = descend(straight, optimizer, steps=60) @ turn.T
        np.testing.assert_allclose(descend(turned, optimizer, steps=60), path, atol=1e-12)
    path = descend(straight, Adam(0.3), steps=60) @ turn.T
    assert np.abs(descend(turned, Adam(0.3), steps=60) - path).max() > 0.5


def test_a_minimum_is_named_where_there_is_one():
    assert quadratic(1).minimum == (0.0, 0.0)
    assert quadratic(eigenvalues=[1, 0, 2]).minimum == (0.0, 0.0, 0.0)
    assert quadratic(eigenvalues=[1, -1]).minimum is None
    assert saddle.minimum is None


@SURFACES
def test_surfaces_can_be_sent_to_another_process(surface):
    sent = pickle.loads(pickle.dumps(surface))
    assert sent.value(surface.start) == surface.value(surface.start)


# ------------------------------------------------------------------------------- descend


@given(rate=st.floats(0, 0.6), x=coordinate, y=coordinate)
def test_gradient_descent_shrinks_each_coordinate_by_its_own_factor(rate, x, y):
    path = descend(quadratic(eigenvalues=[1, 3]), GradientDescent(rate), [x, y], steps=20)
    powers = (1 - rate * np.array([1, 3])) ** np.arange(21)[:, None]
    np.testing.assert_allclose(path, powers * [x, y], rtol=1e-9, atol=1e-12)


def test_momentum_by_hand():
    # f' = x: v = 8, x = 4; v = 4 + 4 = 8, x = 0; v = 4 + 0 = 4, x = -2; v = 2 - 2 = 0
    path = descend(quadratic(eigenvalues=[1]), Momentum(0.5, 0.5), [8.0], steps=4)
    np.testing.assert_allclose(path[:, 0], [8, 4, 0, -2, -2], atol=1e-14)


OPTIMIZERS = {
    "GradientDescent": GradientDescent(0.001),
    "Momentum": Momentum(0.0005),
    "damped": Momentum(0.002, damped=True),
    "Nesterov": Nesterov(0.0005),
    "Adagrad": Adagrad(0.1),
    "RMSprop": RMSprop(0.01),
    "Adam": Adam(0.02),
    "AdamW": AdamW(0.02),
    "AMSGrad": AMSGrad(0.02),
    "scheduled": GradientDescent(schedules.cosine(0.001, 400)),
}


@SURFACES
@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=list(OPTIMIZERS))
def test_every_optimizer_gets_down_every_surface(surface, optimizer):
    path = descend(surface, optimizer, steps=400)
    assert path.shape == (401, len(surface.start))
    np.testing.assert_array_equal(path[0], surface.start)
    assert surface.value(path[-1]) < surface.value(path[0])


def test_a_second_descent_starts_with_a_fresh_memory():
    optimizer, start = Adam(0.1), np.array([2.0, 1.0])
    first = descend(rosenbrock, optimizer, start)
    np.testing.assert_array_equal(descend(rosenbrock, optimizer, start), first)
    np.testing.assert_array_equal(start, [2, 1])


def test_many_descend_at_once_as_each_alone():
    starts = np.random.default_rng(3).uniform(-1, 1, (3, 4, 2))
    paths = descend(beale, Adam(0.05), starts, steps=30)
    assert paths.shape == (31, 3, 4, 2)
    for place in np.ndindex(3, 4):
        alone = descend(beale, Adam(0.05), starts[place], steps=30)
        np.testing.assert_allclose(paths[:, *place], alone, rtol=1e-12)


def test_each_of_many_may_have_its_own_rate():
    rates, starts = np.array([0.1, 1.0, 1.9]), np.ones((3, 2))
    paths = descend(quadratic(5), GradientDescent(rates), starts, steps=10)
    for k, rate in enumerate(rates):
        alone = descend(quadratic(5), GradientDescent(float(rate)), starts[k], steps=10)
        np.testing.assert_allclose(paths[:, k], alone, rtol=1e-12)


def test_beside_its_ridge_the_saddle_is_left_at_the_rate_of_its_curvature():
    path = descend(saddle, GradientDescent(0.1), steps=60)
    np.testing.assert_allclose(path[:, 0], -1.5 * 0.9 ** np.arange(61), rtol=1e-12)
    np.testing.assert_allclose(path[:, 1], 0.001 * 1.1 ** np.arange(61), rtol=1e-12)


def test_a_descent_that_diverges_says_so_in_its_path_and_raises_nothing():
    path = descend(rosenbrock, GradientDescent(0.1), steps=30)
    broken = ~np.isfinite(path).all(axis=1)
    assert not broken[0]
    assert broken[-1]
    assert (np.diff(broken.astype(int)) >= 0).all()


def test_noise_enters_the_gradient_with_its_standard_deviation():
    flat = quadratic(eigenvalues=[0, 0])
    path = descend(flat, GradientDescent(1.0), np.zeros((20_000, 2)), 3, noise=0.3, rng=4)
    steps = np.diff(path, axis=0)
    np.testing.assert_allclose(steps.std(axis=1), 0.3, rtol=0.02)
    assert abs(steps.mean()) < 0.005
    # independent from step to step and from coordinate to coordinate
    assert np.abs(np.corrcoef(steps.transpose(0, 2, 1).reshape(6, -1)) - np.eye(6)).max() < 0.03


def test_noise_comes_from_the_generator_handed_in():
    def walk(rng):
        return descend(quadratic(5), GradientDescent(0.1), steps=5, noise=1.0, rng=rng)

    np.testing.assert_array_equal(walk(7), walk(np.random.default_rng(7)))
    assert (walk(7)[1:] != walk(8)[1:]).all()


WRONG = {
    "no quadratic": (lambda: quadratic(), TypeError, "exactly one"),
    "two quadratics": (lambda: quadratic(5, eigenvalues=[1, 2]), TypeError, "exactly one"),
    "condition below 1": (lambda: quadratic(0.5), ValueError, "condition_number is 0.5"),
    "a matrix": (lambda: quadratic(eigenvalues=np.eye(2)), ValueError, "eigenvalues has shape"),
    "infinite": (lambda: quadratic(eigenvalues=[1, np.inf]), ValueError, "finite"),
    "turn of three": (lambda: quadratic(eigenvalues=[1, 2, 3], angle=1), ValueError, "exactly 2"),
    "three coordinates": (lambda: beale.value([1, 2, 3]), ValueError, "2 coordinates"),
    "a number": (lambda: beale.gradient(1.0), ValueError, "2 coordinates"),
    "words": (lambda: beale.value(["a", "b"]), TypeError, "numbers are needed"),
    "no surface": (lambda: descend(np.sin, Adam()), TypeError, "a Surface such as"),
    "no optimizer": (lambda: descend(beale, 0.1), TypeError, "optimizer is 0.1"),
    "a start of three": (lambda: descend(beale, Adam(), [1, 2, 3]), ValueError, "start has shape"),
    "an infinite start": (lambda: descend(beale, Adam(), [1, np.inf]), ValueError, "finite"),
    "steps": (lambda: descend(beale, Adam(), steps=-1), ValueError, "steps is -1"),
    "noise": (lambda: descend(beale, Adam(), noise=-1), ValueError, "noise is -1"),
}


@pytest.mark.parametrize(("call", "error", "words"), WRONG.values(), ids=list(WRONG))
def test_what_does_not_fit_stops_at_the_door(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_surface_of_ones_own():
    bowl = Surface("bowl", lambda p: (p**2).sum(-1), lambda p: 2 * p, (1.0,), ((-2.0, 2.0),))
    np.testing.assert_allclose(descend(bowl, GradientDescent(0.25), steps=2)[:, 0], [1, 0.5, 0.25])
