"""Runs on surfaces, by dlbook: what the scripts of the figures must do too, in any engine."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import dlbook
from dlbook.optimizers import Optimizer
from extensions.explorables.descent import descend, surface

STEPS = 120
TOLERANCE = 1e-9
BETAS = ((0.9, 0.999), (0.6, 0.95), (0.0, 0.5))
EPSILONS = (1e-8, 1e-3)
#: The name, the condition number, and the rates.
SURFACES = (
    ("ravine", 1.0, (0.1,)),
    ("ravine", 30.0, (0.05, 0.4, 1.6)),
    ("Rosenbrock", 1.0, (0.0005, 0.02)),
    ("Beale", 1.0, (0.003, 0.02)),
    ("saddle", 1.0, (0.05,)),
)
STARTS = {
    "ravine": (-4.0, 1.5),
    "Rosenbrock": (-1.2, 1.0),
    "Beale": (1.0, 1.0),
    "saddle": (-1.5, 0.01),
}
FAMILY = {"Adam": dlbook.Adam, "AdamW": dlbook.AdamW, "AMSGrad": dlbook.AMSGrad}


class HatAdam(dlbook.Adam):
    """The other epsilon of the paper: added before the correction, see `dlbook.Adam`."""

    def update(self, theta: Any, g: Any, state: Any, alpha: Any) -> None:
        hat = self.epsilon
        if self.bias_correction:
            self.epsilon = hat / (1 - self.beta2**state.t) ** 0.5
        super().update(theta, g, state, alpha)
        self.epsilon = hat


def optimizers(rate: float) -> list[tuple[str, dict[str, Any], Optimizer]]:
    """Every optimizer of dlbook in many settings: its name, the script's settings, dlbook's."""
    found: list[tuple[str, dict[str, Any], Optimizer]] = []
    for beta1, beta2 in BETAS:
        common = {"rate": rate, "beta1": beta1, "beta2": beta2}
        found += [
            ("gradient descent", common, dlbook.GradientDescent(rate)),
            ("momentum", common, dlbook.Momentum(rate, beta1)),
            ("momentum", common | {"damped": True}, dlbook.Momentum(rate, beta1, damped=True)),
            ("Nesterov", common, dlbook.Nesterov(rate, beta1)),
            ("AdaGrad", common, dlbook.Adagrad(rate)),
            ("RMSprop", common, dlbook.RMSprop(rate, beta2)),
        ]
        for epsilon in EPSILONS:
            given = common | {"epsilon": epsilon}
            found += [
                ("AdaGrad", given, dlbook.Adagrad(rate, epsilon)),
                ("RMSprop", given, dlbook.RMSprop(rate, beta2, epsilon)),
            ]
            for correction in (True, False):
                arguments: Any = (rate, beta1, beta2, epsilon, correction)
                given = common | {"epsilon": epsilon, "correction": correction}
                found += [(name, given, kind(*arguments)) for name, kind in FAMILY.items()]
                found.append(("Adam", given | {"epsilonHat": True}, HatAdam(*arguments)))
                decaying = dlbook.AdamW(*arguments, weight_decay=0.3)
                found.append(("AdamW", given | {"decay": 0.3}, decaying))
    # what an optimizer does when nothing is said
    found += [
        ("Adam", {"rate": rate}, dlbook.Adam(rate)),
        ("AdamW", {"rate": rate}, dlbook.AdamW(rate)),
        ("AMSGrad", {"rate": rate}, dlbook.AMSGrad(rate)),
        ("AdaGrad", {"rate": rate}, dlbook.Adagrad(rate)),
        ("RMSprop", {"rate": rate}, dlbook.RMSprop(rate)),
        ("momentum", {"rate": rate}, dlbook.Momentum(rate)),
        ("Nesterov", {"rate": rate}, dlbook.Nesterov(rate)),
    ]
    return found


def grid() -> tuple[list[Any], list[NDArray[np.float64]]]:
    """The questions for the script, and dlbook's runs."""
    questions, runs = [], []
    asked = [(name, condition, rate) for name, condition, rates in SURFACES for rate in rates]
    for name, condition, rate in asked:
        for optimizer, settings, ours in optimizers(rate):
            question = {"surface": name, "condition": condition, "optimizer": optimizer}
            question |= {"settings": settings, "start": STARTS[name], "steps": STEPS}
            questions.append(["run", question])
            runs.append(descend(surface(name, condition), ours, STARTS[name], STEPS))
    return questions, runs


def off(theirs: Any, ours: NDArray[np.float64]) -> float:
    """The largest difference as long as a run has not flown off, where digits mean nothing."""
    path = np.array(theirs, dtype=np.float64)  # NaN for null, which JSON makes of infinity
    flown = ~(np.abs(ours) < 100).all(1)
    kept = int(flown.argmax()) if flown.any() else len(ours)
    assert path.shape == ours.shape
    assert kept > 1
    difference = np.abs(path[:kept] - ours[:kept])
    assert np.isfinite(difference).all()
    return float(difference.max())
