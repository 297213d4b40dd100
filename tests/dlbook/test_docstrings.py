"""Every docstring's example runs and gives what it says; every public name has one."""

import importlib
import inspect
import pkgutil
import re
import types

import pytest
from scipy_doctest import DTConfig
from scipy_doctest import testmod as run_examples

import dlbook

MODULES = sorted(module.name for module in pkgutil.walk_packages(dlbook.__path__, "dlbook."))
# Machinery that pages never call: documented, but without examples.
INTERNAL = {
    "dlbook._agreement",
    "dlbook._checks",
    "dlbook._figure",
    "dlbook._kinks",
    "dlbook.batches",
    "dlbook.engine",
    "dlbook.exercises.gradient_checking.differences",
    "dlbook.exercises.gradient_checking.limits",
    "dlbook.exercises.gradient_checking.verdicts",
    "dlbook.exercises.optimization.adam",
    "dlbook.exercises.optimization.averages",
    "dlbook.exercises.optimization.batches",
    "dlbook.exercises.optimization.decay",
    "dlbook.exercises.optimization.descent",
    "dlbook.exercises.optimization.race",
    "dlbook.exercises.optimization.rates",
    "dlbook.exercises.optimization.rmsprop",
    "dlbook.exercises.optimization.steps",
    "dlbook.history",
    "dlbook.jobs",
}
# What functions return, errors, and bases to derive from: shown by the examples of others.
SHOWN_ELSEWHERE = {
    "dlbook.activations.Scratch",
    "dlbook.bugs.game.HiddenBug",
    "dlbook.diagnosis.Diagnosis",
    "dlbook.diagnosis.Pattern",
    "dlbook.convergence.Setting",
    "dlbook.coordinates.Moved",
    "dlbook.curvature.Eigenpairs",
    "dlbook.evidence.Claim",
    "dlbook.evidence.ClaimError",
    "dlbook.evidence.Difference",
    "dlbook.evidence.Interval",
    "dlbook.datasets.Part",
    "dlbook.datasets.Split",
    "dlbook.differences.FoundStep",
    "dlbook.exercises.gradient_checking.puzzle.Mystery",
    "dlbook.exercises.grading.Hint",
    "dlbook.exercises.grading.Verdict",
    "dlbook.gradcheck.GradientCheck",
    "dlbook.gradcheck.ParameterCheck",
    "dlbook.losses.Loss",
    "dlbook.network.Layer",
    "dlbook.network.Parameter",
    "dlbook.noise.GradientNoise",
    "dlbook.optimizers.Optimizer",
    "dlbook.optimizers.State",
    "dlbook.places.Place",
    "dlbook.penalties.Penalty",
    "dlbook.progress.in_notebook",
    "dlbook.progress.someone_watches",
    "dlbook.search.Range",
    "dlbook.sweep.Race",
    "dlbook.training.DivergenceError",
    "dlbook.training.Run",
}
# A page's numbers are printed with 6 digits or so; those must be right.
CONFIG = DTConfig(rtol=1e-6, atol=1e-12, strict_check=False)
CONFIG.stopwords = set()  # by default, examples with .title or .plot( would be passed over


def public(module):
    """Yield the public functions and classes that a module defines."""
    for name, thing in vars(importlib.import_module(module)).items():
        if (
            not name.startswith("_")
            and (inspect.isfunction(thing) or inspect.isclass(thing))
            and thing.__module__ == module
        ):
            yield f"{module}.{name}", thing


PUBLIC = dict(item for module in MODULES for item in public(module))
WITH_EXAMPLES = [
    name
    for name in PUBLIC
    if name.rsplit(".", 1)[0] not in INTERNAL and name not in SHOWN_ELSEWHERE
]


@pytest.mark.parametrize("module", MODULES)
def test_examples_give_what_they_say(module):
    loaded = importlib.import_module(module)
    result, history = run_examples(loaded, globs=dict(vars(loaded)), config=CONFIG)
    tried = sum(counts[1] for counts in history.values())  # Python 3.13 adds a third count
    assert result.failed == 0
    has_examples = any(">>>" in (thing.__doc__ or "") for _, thing in public(module))
    assert (tried > 0) == has_examples


def test_a_wrong_seventh_digit_would_be_noticed():
    for text, failures in (("0.333333333", 0), ("0.333334", 1), ("0.33333", 1)):
        module = types.ModuleType("wrong")
        module.__doc__ = f">>> 1 / 3\n{text}\n"
        module.__file__ = "wrong.py"
        result, _ = run_examples(module, config=CONFIG, report=False, verbose=0)
        assert result.failed == failures


@pytest.mark.parametrize("module", ["dlbook", *MODULES])
def test_modules_say_what_they_are(module):
    first = importlib.import_module(module).__doc__.strip().splitlines()[0]
    assert len(first) > 20


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_a_summary(name):
    own = vars(PUBLIC[name]).get("__doc__") if inspect.isclass(PUBLIC[name]) else None
    text = inspect.cleandoc(own or PUBLIC[name].__doc__ or "")
    summary = text.splitlines()[0] if text else ""
    assert re.fullmatch(r"[A-Z`:].*[.:]", summary), f"{name}: {summary!r}"
    assert not summary.startswith(PUBLIC[name].__name__ + "("), "made by dataclass"


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_every_public_name_has_an_example_that_prints(name):
    text = inspect.cleandoc(PUBLIC[name].__doc__)
    assert "\nExamples\n--------\n" in text
    example = text.split("\nExamples\n--------\n")[1]
    assert example.lstrip().startswith(">>>") or ">>>" in example


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_every_argument_is_described(name):
    thing = PUBLIC[name]
    text = inspect.cleandoc(thing.__doc__)
    # initializers are called alike: what their arguments mean is said once, at the top
    shared = importlib.import_module(thing.__module__).__doc__ if "initializers" in name else ""
    arguments = [
        argument
        for argument, parameter in inspect.signature(thing).parameters.items()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    described = text.split("\nParameters\n----------\n")[-1] + shared
    if len(arguments) > 1:
        missing = [a for a in arguments if not re.search(rf"\b{re.escape(a)}\b", described)]
        assert not missing


def test_the_lists_above_name_what_exists():
    assert set(PUBLIC) >= SHOWN_ELSEWHERE
    assert set(MODULES) >= INTERNAL


@pytest.mark.parametrize(
    "name", [n for n in dlbook.__all__ if callable(getattr(dlbook, n)) and n[0].isupper()]
)
def test_public_methods_say_what_they_do(name):
    for method, thing in vars(getattr(dlbook, name)).items():
        if inspect.isfunction(thing) and not method.startswith("_"):
            inherited = inspect.getdoc(getattr(getattr(dlbook, name), method))
            assert inherited, f"{name}.{method}"
