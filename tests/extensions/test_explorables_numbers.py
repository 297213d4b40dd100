"""What the scripts of the figures compute, in Node, held against dlbook and closed forms."""

from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorables_grid import FAMILY, TOLERANCE, grid, off

import dlbook
from dlbook.convergence import convergence_rate
from extensions.equations import NODE
from extensions.explorables.descent import OPTIMIZERS, SURFACES, surface

SCRIPT = Path(__file__).with_name("explorables_in_node.mjs")


def ask(*questions: Any) -> Any:
    """Ask the scripts, all at once."""
    done = subprocess.run(
        [NODE, SCRIPT], input=json.dumps(questions), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_optimizer_takes_dlbooks_steps() -> None:
    questions, runs = grid()
    assert {question["optimizer"] for _, question in questions} == set(OPTIMIZERS)
    public = {n for n in dlbook.__all__ if issubclass_of(getattr(dlbook, n), "Optimizer")}
    assert {type(OPTIMIZERS[name](0.1, 0.9, 0.9, True)).__name__ for name in OPTIMIZERS} == public
    for question, theirs, ours in zip(questions, ask(*questions), runs, strict=True):
        assert off(theirs, ours) < TOLERANCE, question
    # the runs are no trivial ones: most of them go somewhere and stay finite
    assert np.mean([np.isfinite(run).all() for run in runs]) > 0.9
    assert np.nanmedian([np.abs(run[-1] - run[0]).max() for run in runs]) > 0.1


def issubclass_of(thing: Any, name: str) -> bool:
    return isinstance(thing, type) and name in {base.__name__ for base in thing.__mro__}


@pytest.mark.parametrize("name", FAMILY)
def test_a_mistake_would_be_seen(name: str) -> None:
    """Swapped betas, a dropped correction and a wrong epsilon lie far outside the tolerance."""
    rate, beta1, beta2, epsilon = 0.05, 0.6, 0.95, 1e-3
    right: dict[str, Any] = {"rate": rate, "beta1": beta1, "beta2": beta2, "epsilon": epsilon}
    changes: list[dict[str, Any]] = [
        {},
        {"beta1": beta2, "beta2": beta1},
        {"correction": False},
        {"epsilon": 1e-8},
        {"epsilonHat": True},
    ]
    about: dict[str, Any] = {"surface": "ravine", "condition": 30.0, "optimizer": name}
    about |= {"start": (-4.0, 1.5), "steps": 120}
    runs = ask(*(["run", about | {"settings": right | change}] for change in changes))
    for run in runs[1:]:
        assert np.abs(np.array(run) - np.array(runs[0])).max() > 1000 * TOLERANCE


@pytest.mark.parametrize("name", SURFACES)
def test_surfaces_are_dlbooks(name: str) -> None:
    ours, points = surface(name, 7.0), np.random.default_rng(1).uniform(-2, 2, (40, 2))
    (values,) = ask(["values", {"surface": name, "condition": 7.0, "points": points.tolist()}])
    np.testing.assert_allclose(values, ours.value(points), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("correction", [True, False])
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.98])
def test_averages(beta: float, correction: bool) -> None:
    series = np.random.default_rng(2).normal(3, 1, 50)
    asked = {"beta": beta, "correction": correction}
    answers = ask(
        ["averages", asked | {"series": series.tolist()}],
        *(["weights", asked | {"t": t}] for t in range(1, 51)),
    )
    steps = np.arange(1, 51)
    ages = steps[:, None] - steps
    share = np.where(ages >= 0, (1 - beta) * beta ** np.maximum(ages, 0.0), 0.0)
    if correction:
        share /= share.sum(1, keepdims=True)
    np.testing.assert_allclose(answers[0], share @ series, rtol=1e-12)
    for t, weights in zip(steps, answers[1:], strict=True):
        np.testing.assert_allclose(weights, share[t - 1, :t], rtol=1e-9)


def step_matrix(method: str, rate: float, beta: float, eigenvalue: float) -> np.ndarray[Any, Any]:
    """What one step of dlbook's optimizer does to (theta, velocity), read off unit vectors."""
    kinds: dict[str, Any] = {
        "momentum": dlbook.Momentum(rate, beta),
        "damped momentum": dlbook.Momentum(rate, beta, damped=True),
        "Nesterov": dlbook.Nesterov(rate, beta),
    }
    columns = []
    for point, velocity in ((1.0, 0.0), (0.0, 1.0)):
        theta = np.array([point])
        state = kinds[method].start(theta)
        state.memory[0][:] = velocity
        kinds[method].step(theta, eigenvalue * theta, state)
        columns.append([theta[0], state.memory[0][0]])
    return np.array(columns).T


METHODS = ("momentum", "damped momentum", "Nesterov")


@pytest.mark.parametrize("method", METHODS)
def test_convergence_is_the_spectral_radius_of_a_step(method: str) -> None:
    condition = 12.0
    settings = [
        (rate, beta) for rate in (0.01, 0.3, 1.2, 1.99, 3.5) for beta in (0.0, 0.3, 0.8, 0.99)
    ]
    asked = [
        ["convergence", {"method": method, "rate": r, "beta": b, "condition": condition}]
        for r, b in settings
    ]
    for (rate, beta), found in zip(settings, ask(*asked), strict=True):
        radii = [
            np.abs(np.linalg.eigvals(step_matrix(method, rate, beta, eigenvalue))).max()
            for eigenvalue in np.linspace(1 / condition, 1, 200)
        ]
        # a double root is found to the square root of the precision only
        assert found == pytest.approx(max(radii), abs=3e-7)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("condition", [1.0, 5.0, 100.0])
def test_nothing_beats_the_best_rate_and_beta(method: str, condition: float) -> None:
    (found,) = ask(["best", {"method": method, "condition": condition}])
    random = np.random.default_rng(3)
    near = [
        (found["rate"] * (1 + 0.02 * a), min(0.9999, max(0.0, found["beta"] + 0.02 * b)))
        for a, b in random.uniform(-1, 1, (300, 2))
    ]
    far = [(random.uniform(0, 3) * found["rate"], random.uniform(0, 1)) for _ in range(300)]
    asked = [
        ["convergence", {"method": method, "rate": r, "beta": b, "condition": condition}]
        for r, b in [(found["rate"], found["beta"]), *near, *far]
    ]
    factor, *others = ask(*asked)
    assert factor == pytest.approx(found["factor"], abs=1e-7)
    assert min(others) > factor - 1e-7


@pytest.mark.parametrize("method", METHODS)
def test_the_regions_of_the_map_are_where_the_factor_is_small_enough(method: str) -> None:
    name = method.lower().replace(" ", "_")
    grid = np.linspace(0, 6, 601)
    cases = list(
        itertools.product((1.0, 0.98, 0.9, 0.7, 0.4), np.linspace(0, 0.995, 12), (1, 8, 90))
    )
    asked = [
        ["rates", {"method": method, "factor": factor, "beta": beta, "condition": condition}]
        for factor, beta, condition in cases
    ]
    empty = 0
    for (factor, beta, condition), (low, high) in zip(cases, ask(*asked), strict=True):
        found = convergence_rate(name, grid, [1 / condition, 1.0], beta)
        clear = np.abs(found - factor) > 1e-6  # at a border rounding decides
        inside = (grid >= low) & (grid <= high)
        assert (inside == (found < factor))[clear].all(), (factor, beta, condition)
        empty += not inside.any()
    assert 20 < empty < len(cases) - 40


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("size", [1, 10, 150])
def test_batches_scatter_as_theory_says(size: int, replacement: bool) -> None:
    random = np.random.default_rng(4)
    rows = random.normal(size=(200, 2)) @ [[1.0, 0.4], [0.0, 0.5]] + 1
    count = 4000
    asked = {"rows": rows.tolist(), "size": size, "replacement": replacement}
    (answer,) = ask(["batches", asked | {"count": count, "seed": 5}])
    centre = rows.mean(0)
    np.testing.assert_allclose(answer["centre"], centre, rtol=1e-12)
    part = 1 / size if replacement else (1 / size) * (200 - size) / 199
    spread = part * np.cov(rows.T, ddof=0)
    wanted = [spread[0, 0], spread[0, 1], spread[1, 1]]
    np.testing.assert_allclose(answer["spread"], wanted, rtol=1e-10)
    # by hand: the variance of a variance estimated from n draws is about 2 / n of its square
    scale = np.sqrt(np.outer(np.diag(spread), np.diag(spread)))
    tolerance = 5 * np.sqrt(2 / count) * np.array([scale[0, 0], scale[0, 1], scale[1, 1]])
    kurtosis = 1.5 if size == 1 else 1.1
    assert (np.abs(np.array(answer["measured"]) - wanted) < kurtosis * tolerance).all()
    off_centre = np.array(answer["gradients"]).mean(0) - centre
    assert (np.abs(off_centre) < 5 * np.sqrt(np.diag(spread) / count)).all()


def test_without_replacement_no_row_comes_twice() -> None:
    rows = [[2.0**k, 0.0] for k in range(12)]
    asked = {"rows": rows, "replacement": False, "count": 200, "seed": 6}
    whole, half = ask(["batches", asked | {"size": 12}], ["batches", asked | {"size": 5}])
    np.testing.assert_allclose(whole["gradients"], 200 * [[4095 / 12, 0]])
    for x, _ in half["gradients"]:  # five different powers of two: five ones in binary
        assert bin(round(5 * x)).count("1") == 5
