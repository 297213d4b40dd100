"""Exercises on gradient checking: what their checkers say beside hints, and the puzzle."""

import numpy as np
import pytest
from answers_gradient_checking import ANSWERS

from dlbook import MLP
from dlbook.exercises import check
from dlbook.exercises.gradient_checking import mystery


def test_a_parameter_whose_largest_slope_is_off_is_named():
    right, named = ANSWERS["gradient-checking-9"][0][0], []

    def nearly(theta, *given):
        found = right(theta, *given)
        worst = np.abs(found).argmax()
        found[worst] *= 1 + 3e-7
        parts = MLP((2, 3, 1)).layout.items()
        named.extend(name for name, (where, _) in parts if worst in range(13)[where])
        return found

    verdict = check("gradient-checking-9", nearly)
    assert f"The slopes of {named[0]} are wrong" in verdict.text


def test_the_report_of_the_puzzle_points_at_the_bug():
    network, theta, strength, found = mystery()
    assert found.failed == ["W1", "W2"]
    # what the reader is to find: numeric minus analytic is the strength times the weight
    gap = found.numeric - found.analytic
    np.testing.assert_allclose(gap, strength * theta * network.weight_mask, atol=1e-12)
    assert all(each.passed for each in found.parameters if each.name.startswith("b"))
    for each in found.parameters:
        weight = network.views(theta)[each.name][each.worst]
        wrong = each.name.startswith("W")
        assert each.numeric - each.analytic == pytest.approx(wrong * strength * weight, abs=1e-12)
