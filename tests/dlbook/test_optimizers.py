import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import (
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSprop,
    optimizers,
    schedules,
)

ALL = {
    "GradientDescent": GradientDescent,
    "Momentum": Momentum,
    "damped Momentum": lambda rate: Momentum(rate, damped=True),
    "Nesterov": Nesterov,
    "Adagrad": Adagrad,
    "RMSprop": RMSprop,
    "Adam": Adam,
    "uncorrected Adam": lambda rate: Adam(rate, bias_correction=False),
    "AdamW": AdamW,
    "AMSGrad": AMSGrad,
}
G = np.array([3.0, -0.5, 20.0])  # a constant gradient
EPSILON = 0.01  # large, so that its place in the formula shows


def walk(optimizer, theta, gradient, steps):
    """Return theta after each step; ``gradient`` is a function of theta or the gradients."""
    theta = np.array(theta, dtype=float)
    state, path = optimizer.start(theta), []
    for t in range(steps):
        optimizer.step(theta, gradient(theta) if callable(gradient) else gradient[t], state)
        path.append(theta.copy())
    return np.array(path)


def constant(g, steps):
    return np.broadcast_to(g, (steps, *np.shape(g)))


# ------------------------------------------------------------------ closed forms on quadratics


@given(rate=st.floats(0.01, 0.19), steps=st.integers(1, 60))
def test_gradient_descent_contracts_each_direction_by_its_curvature(rate, steps):
    curvature, start = np.array([0.5, 2.0, 10.0]), np.array([1.0, -3.0, 2.0])
    path = walk(GradientDescent(rate), start, lambda theta: curvature * theta, steps)
    np.testing.assert_allclose(path[-1], start * (1 - rate * curvature) ** steps, rtol=1e-9)


def two_step_recursion(first, second, a, b, steps):
    """Return x_t = a x_(t-1) - b x_(t-2) by the roots of its characteristic polynomial."""
    roots = np.roots([1, -a, b]).astype(complex)
    weights = np.linalg.solve(np.array([[1, 1], roots]), np.array([first, second], complex))
    return np.array([(weights * roots**t).sum().real for t in range(steps)])


@pytest.mark.parametrize("curvature", [0.3, 1.0, 4.0])
def test_momentum_on_a_quadratic_follows_its_characteristic_roots(curvature):
    rate, beta, start = 0.1, 0.8, 2.0
    path = walk(Momentum(rate, beta), [start], lambda theta: curvature * theta, 59)
    exact = two_step_recursion(
        start, start * (1 - rate * curvature), 1 + beta - rate * curvature, beta, 60
    )
    np.testing.assert_allclose(path[:, 0], exact[1:], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("curvature", [0.3, 1.0, 4.0])
def test_nesterov_on_a_quadratic_follows_its_characteristic_roots(curvature):
    rate, beta, start = 0.1, 0.8, 2.0
    shrink = 1 - rate * curvature
    path = walk(Nesterov(rate, beta), [start], lambda theta: curvature * theta, 59)
    # look-ahead points: y_t = (1 + beta) x_t - beta x_(t-1) with x_(t+1) = shrink * y_t
    exact = two_step_recursion(
        start, start * shrink * (1 + beta) - beta * start, shrink * (1 + beta), beta * shrink, 60
    )
    np.testing.assert_allclose(path[:, 0], exact[1:], rtol=1e-9, atol=1e-12)


def test_nesterov_equals_its_original_form_with_the_gradient_ahead():
    # Sutskever et al. (2013), equations 3 and 4: the gradient is taken at x + beta v
    rate, beta, curvature = 0.1, 0.9, np.array([0.5, 3.0])
    x, v = np.array([1.0, -2.0]), np.zeros(2)
    path = walk(Nesterov(rate, beta), x, lambda theta: curvature * theta, 30)
    for ours in path:
        v = beta * v - rate * curvature * (x + beta * v)
        x = x + v
        np.testing.assert_allclose(ours, x + beta * v, rtol=1e-12, atol=1e-14)


@given(beta=st.floats(0, 0.99), seed=st.integers(0, 99))
def test_the_two_conventions_of_momentum_are_one_path_after_rescaling(beta, seed):
    gradients = np.random.default_rng(seed).normal(size=(40, 3))
    plain = walk(Momentum(0.1, beta), np.ones(3), gradients, 40)
    damped = walk(Momentum(0.1 / (1 - beta), beta, damped=True), np.ones(3), gradients, 40)
    np.testing.assert_allclose(plain, damped, rtol=1e-12, atol=1e-12)


# ------------------------------------------------------------- closed forms, constant gradient


def test_momentum_under_a_constant_force_reaches_its_final_speed():
    t = np.arange(1, 201)[:, None]
    speed = (1 - 0.9**t) / (1 - 0.9)  # the geometric sum
    path = walk(Momentum(0.01, 0.9), np.zeros(3), constant(G, 200), 200)
    np.testing.assert_allclose(path, -0.01 * np.cumsum(speed * G, axis=0), rtol=1e-12)
    damped = walk(Momentum(0.01, 0.9, damped=True), np.zeros(3), constant(G, 200), 200)
    np.testing.assert_allclose(damped[-1] - damped[-2], -0.01 * G, rtol=1e-8)


def test_without_memory_momentum_and_nesterov_are_gradient_descent():
    gradients = np.random.default_rng(0).normal(size=(10, 3))
    plain = walk(GradientDescent(0.1), np.ones(3), gradients, 10)
    for optimizer in (Momentum(0.1, 0), Momentum(0.1, 0, damped=True), Nesterov(0.1, 0)):
        np.testing.assert_array_equal(walk(optimizer, np.ones(3), gradients, 10), plain)


def test_adagrad_under_a_constant_gradient_slows_down_like_one_over_the_root_of_time():
    t = np.arange(1, 41)[:, None]
    steps = 0.1 * G / (np.abs(G) * np.sqrt(t) + EPSILON)
    path = walk(Adagrad(0.1, EPSILON), np.zeros(3), constant(G, 40), 40)
    np.testing.assert_allclose(path, -np.cumsum(steps, axis=0), rtol=1e-12)


def test_rmsprop_under_a_constant_gradient():
    t = np.arange(1, 41)[:, None]
    steps = 0.1 * G / (np.abs(G) * np.sqrt(1 - 0.8**t) + EPSILON)
    path = walk(RMSprop(0.1, 0.8, EPSILON), np.zeros(3), constant(G, 40), 40)
    np.testing.assert_allclose(path, -np.cumsum(steps, axis=0), rtol=1e-12)


@pytest.mark.parametrize("kind", [Adam, AMSGrad])
def test_corrected_moments_of_a_constant_gradient_are_exact_from_the_first_step(kind):
    t = np.arange(1, 41)[:, None]
    steps = 0.1 * G / (np.abs(G) + EPSILON)
    path = walk(kind(0.1, 0.9, 0.99, EPSILON), np.zeros(3), constant(G, 40), 40)
    np.testing.assert_allclose(path, -t * steps, rtol=1e-10)


@pytest.mark.parametrize("kind", [Adam, AMSGrad])
def test_uncorrected_moments_of_a_constant_gradient_start_small(kind):
    t = np.arange(1, 41)[:, None]
    steps = 0.1 * (1 - 0.9**t) * G / (np.abs(G) * np.sqrt(1 - 0.99**t) + EPSILON)
    optimizer = kind(0.1, 0.9, 0.99, EPSILON, bias_correction=False)
    path = walk(optimizer, np.zeros(3), constant(G, 40), 40)
    np.testing.assert_allclose(path, -np.cumsum(steps, axis=0), rtol=1e-12)


@given(g=st.one_of(st.floats(1e-3, 1e6), st.floats(-1e6, -1e-3)), rate=st.floats(1e-4, 1))
def test_adams_first_step_is_the_learning_rate_whatever_the_gradient(g, rate):
    (step,) = walk(Adam(rate, epsilon=1e-300), [0.0], [np.array([g])], 1)
    np.testing.assert_allclose(step, [-rate * np.sign(g)], rtol=1e-12)


def test_epsilon_stands_outside_the_root_and_after_the_correction():
    g = np.array([1e-3])
    (step,) = walk(Adam(1.0, epsilon=1e-3), [0.0], [g], 1)
    np.testing.assert_allclose(step, [-1 / 2], rtol=1e-12)
    for optimizer in (RMSprop(1.0, beta=0.75, epsilon=5e-4), Adagrad(1.0, epsilon=1e-3)):
        (step,) = walk(optimizer, [0.0], [g], 1)
        np.testing.assert_allclose(step, [-1 if optimizer.epsilon < 1e-3 else -1 / 2], rtol=1e-12)


def test_amsgrad_keeps_the_largest_second_moment():
    # after one huge gradient the denominator stays, while Adam's shrinks by sqrt(beta2) a step
    gradients = np.array([[10.0], *[[0.0]] * 9])
    t = np.arange(1, 11)
    settings = {"beta1": 0.9, "beta2": 0.5, "epsilon": 1e-300, "bias_correction": False}
    sizes = 0.1 * 10 * 0.9 ** (t - 1)  # of the decaying first moment
    ams = walk(AMSGrad(1.0, **settings), [0.0], gradients, 10)[:, 0]
    np.testing.assert_allclose(ams, -np.cumsum(sizes / np.sqrt(50)), rtol=1e-12)
    adam = walk(Adam(1.0, **settings), [0.0], gradients, 10)[:, 0]
    np.testing.assert_allclose(adam, -np.cumsum(sizes / np.sqrt(50 * 0.5 ** (t - 1))), rtol=1e-12)


def test_adamw_decays_weights_whatever_the_gradient_did():
    start = np.array([1.0, -2.0, 5.0])
    path = walk(AdamW(0.1, weight_decay=0.5), start, constant(np.zeros(3), 20), 20)
    t = np.arange(1, 21)[:, None]
    np.testing.assert_allclose(path, start * (1 - 0.1 * 0.5) ** t, rtol=1e-12)
    masked = AdamW(0.1, weight_decay=0.5, mask=np.array([1.0, 0, 1]))
    path = walk(masked, start, constant(np.zeros(3), 20), 20)
    np.testing.assert_allclose(path[-1], start * [0.95**20, 1, 0.95**20], rtol=1e-12)


def test_adamw_under_a_constant_gradient_adds_step_and_decay():
    step, theta = 0.1 * G / (np.abs(G) + EPSILON), np.ones(3)
    path = walk(AdamW(0.1, 0.9, 0.99, EPSILON, weight_decay=0.2), theta, constant(G, 30), 30)
    # x -> 0.98 x - step has the fixed point -step / 0.02
    t, fixed = np.arange(1, 31)[:, None], -step / 0.02
    np.testing.assert_allclose(path, fixed + (theta - fixed) * 0.98**t, rtol=1e-10)


# ----------------------------------------------------------------- learning rates and schedules


@pytest.mark.parametrize("name", ALL)
def test_a_schedule_is_called_with_the_steps_made_and_its_rate_used(name):
    gradients, called = np.random.default_rng(1).normal(size=(8, 3)), []

    def schedule(step):
        called.append(step)
        return 0.1 / (1 + step)

    found = walk(ALL[name](schedule), np.ones(3), gradients, 8)
    assert called[-8:] == list(range(8))
    # no memory holds the rate, so each step is that of a constant rate, times a ratio of rates
    # (decay, where there is one, acts on where theta stands)
    decay = 0.01 if name == "AdamW" else 0.0
    path = np.vstack([np.ones(3), walk(ALL[name](0.1), np.ones(3), gradients, 8)])
    steps, theta = (path[:-1] - path[1:]) / 0.1 - decay * path[:-1], np.ones(3)
    for t, ours in enumerate(found):
        theta = theta - 0.1 / (1 + t) * (steps[t] + decay * theta)
        np.testing.assert_allclose(ours, theta, rtol=1e-11)


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        (schedules.constant(0.5), [0.5, 0.5, 0.5, 0.5]),
        (schedules.step_decay(0.8, every=2), [0.8, 0.8, 0.4, 0.4]),
        (schedules.exponential(0.8, factor=0.25, every=2), [0.8, 0.4, 0.2, 0.1]),
        (schedules.inverse_time(0.6, decay=1.0), [0.6, 0.3, 0.2, 0.15]),
        (schedules.cosine(0.4, steps=2), [0.4, 0.2, 0, 0]),
        (schedules.warmup(0.4, steps=4), [0.1, 0.2, 0.3, 0.4]),
        (schedules.one_cycle(0.4, 4, 0.5, 2, 4), [0.2, 0.3, 0.4, 0.225]),
    ],
    ids=lambda x: type(x).__name__,
)
def test_every_schedule_serves_as_a_learning_rate(schedule, rates):
    path = walk(GradientDescent(schedule), [0.0], constant(np.ones(1), 4), 4)
    np.testing.assert_allclose(-np.diff(path[:, 0], prepend=0), rates, atol=1e-15)


@pytest.mark.parametrize("name", ALL)
def test_every_replicate_may_have_its_learning_rate(name):
    rng, rates = np.random.default_rng(2), [0.0, 0.01, 0.1]
    start, gradients = rng.normal(size=(3, 4)), rng.normal(size=(20, 3, 4))
    together = walk(ALL[name](rates), start, gradients, 20)
    for r, rate in enumerate(rates):
        lone = walk(ALL[name](rate), start[r], gradients[:, r], 20)
        np.testing.assert_allclose(together[:, r], lone, rtol=1e-13, atol=1e-15)


# ---------------------------------------------------------------------------- state and arrays


@pytest.mark.parametrize("name", ALL)
def test_replicates_are_lone_runs_side_by_side(name):
    rng = np.random.default_rng(3)
    start, gradients = rng.normal(size=(5, 4)), rng.normal(size=(30, 5, 4))
    together = walk(ALL[name](0.05), start, gradients, 30)
    for r in range(5):
        np.testing.assert_array_equal(
            together[:, r], walk(ALL[name](0.05), start[r], gradients[:, r], 30)
        )


@pytest.mark.parametrize("name", ALL)
def test_one_optimizer_serves_two_runs_at_once(name):
    rng, optimizer = np.random.default_rng(4), ALL[name](0.05)
    gradients, starts = rng.normal(size=(2, 15, 3)), rng.normal(size=(2, 3))
    alone = [walk(ALL[name](0.05), s, g, 15)[-1] for s, g in zip(starts, gradients, strict=True)]
    thetas = starts.copy()
    states = [optimizer.start(theta) for theta in thetas]
    for t in range(15):
        for theta, g, state in zip(thetas, gradients[:, t], states, strict=True):
            optimizer.step(theta, g, state)
    np.testing.assert_array_equal(thetas, alone)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("save", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_a_saved_state_goes_on_as_if_nothing_had_been(name, save):
    gradients, optimizer = np.random.default_rng(5).normal(size=(20, 3)), ALL[name](0.05)
    expected = walk(optimizer, np.ones(3), gradients, 20)[-1]
    theta = np.ones(3)
    state = optimizer.start(theta)
    for g in gradients[:8]:
        optimizer.step(theta, g, state)
    saved, kept = save(state), theta.copy()
    for g in gradients[8:]:
        optimizer.step(theta, g, state)
    for g in gradients[8:]:
        optimizer.step(kept, g, saved)
    np.testing.assert_array_equal(theta, expected)
    np.testing.assert_array_equal(kept, expected)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("rate", [0.05, schedules.cosine(0.05, 30), [0.05, 0.02]])
def test_float32_stays_float32_and_the_gradient_stays_as_it_is(name, rate):
    theta = np.ones((2, 3), np.float32)
    g = np.full((2, 3), 0.5, np.float32)
    optimizer = ALL[name](rate)
    state = optimizer.start(theta)
    for _ in range(3):
        optimizer.step(theta, g, state)
    assert theta.dtype == np.float32
    assert all(m.dtype == np.float32 for m in state.memory if isinstance(m, np.ndarray))
    np.testing.assert_array_equal(g, np.full((2, 3), 0.5))
    exact = walk(ALL[name](rate), np.ones((2, 3)), constant(g.astype(float), 3), 3)[-1]
    np.testing.assert_allclose(theta, exact, rtol=1e-5)


def test_a_run_in_float32_leaves_the_optimizer_as_exact_as_it_was():
    optimizer = GradientDescent([0.1, 0.2])
    optimizer.start(np.zeros((2, 1), np.float32))
    path = walk(optimizer, np.zeros((2, 1)), constant(np.ones((2, 1)), 1), 1)
    np.testing.assert_allclose(path[0], [[-0.1], [-0.2]], rtol=1e-15)


@pytest.mark.parametrize("name", ALL)
def test_a_description_names_the_class_and_its_settings(name):
    text = repr(ALL[name](0.05))
    assert text.startswith(type(ALL[name](0.05)).__name__ + "(")
    assert "learning_rate=0.05" in text


def test_every_optimizer_of_the_module_is_tested_here():
    public = {
        name
        for name, kind in vars(optimizers).items()
        if isinstance(kind, type) and issubclass(kind, optimizers.Optimizer)
    } - {"Optimizer"}
    assert {type(make(0.1)).__name__ for make in ALL.values()} == public
