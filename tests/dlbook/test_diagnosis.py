"""What a failed check says of the bug behind it."""

import numpy as np
import pytest

from dlbook import L2, MLP
from dlbook.bugs import find, gallery
from dlbook.diagnosis import KINDS, diagnose
from dlbook.gradcheck import check_gradient
from dlbook.textbook import Textbook

SEEDS = range(8)
VISIBLE = [bug for bug in gallery.values() if bug.visible]


def told(book, **options):
    check = check_gradient(
        book.loss, book.theta, book.gradient, names=book.layout, batched=True, **options
    )
    return diagnose(check, book.layout, book.theta, book.row_gradients(book.theta))


# ---------------------------------------------------------------------------------- the gallery


@pytest.mark.parametrize("seed", SEEDS)
def test_it_names_the_kind_of_bug(seed):
    right = [bug.name for bug in VISIBLE if told(bug.plant(rng=seed)).kind == bug.kind]
    assert right == [bug.name for bug in VISIBLE]
    assert len(right) >= 20


@pytest.mark.parametrize("method", ["forward", "central", "complex"])
def test_it_does_so_by_any_method(method):
    assert [told(bug.plant(), method=method).kind for bug in VISIBLE] == [
        bug.kind for bug in VISIBLE
    ]


def test_it_does_so_in_float32():
    for bug in VISIBLE:
        found = told(bug.plant(dtype=np.float32))
        # of a few parts in 100,000 nothing is left in float32
        assert found.kind == ("" if bug.name == "logarithm-guarded" else bug.kind)


@pytest.mark.parametrize("method", ["forward", "central", "complex"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_right_gradient_has_no_diagnosis(seed, method):
    for options in ({}, {"dtype": np.float32}, {"sizes": (3, 7, 4, 2), "rows": 20}):
        found = told(Textbook(rng=seed, **options), method=method)
        assert found.kind == ""
        assert found.parameters == found.patterns == ()
        assert str(found) == "diagnosis: nothing is wrong"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("mean-forgotten", 5),
        ("mean-over-classes", 1 / 3),
        ("bias-averaged", 1 / 5),
        ("product-doubled", 2),
        ("bias-fourfold", 4),
        ("dropout-scaled-twice", 1.25),
        ("dropout-not-scaled", 0.8),
        ("target-minus-output", -1),
        ("bias-subtracted", -1),
    ],
)
def test_factors_are_right_to_a_percent(name, factor, seed):
    found = told(find(name).plant(rng=seed))
    assert found.factor == pytest.approx(factor, rel=0.01)
    for each in found.patterns:
        assert (each.kind, each.value) == ("factor", pytest.approx(factor, rel=0.01))


@pytest.mark.parametrize(
    ("name", "options", "factor"),
    [
        ("mean-forgotten", {"rows": 12}, 12),
        ("bias-averaged", {"rows": 12}, 1 / 12),
        ("mean-over-classes", {"sizes": (4, 5, 5, 7)}, 1 / 7),
        ("dropout-scaled-twice", {"keep": 0.5}, 2),
        ("dropout-not-scaled", {"keep": 0.5}, 0.5),
    ],
)
def test_factors_follow_what_they_come_from(name, options, factor):
    assert told(find(name).plant(**options)).factor == pytest.approx(factor, rel=0.01)


def test_factors_that_are_numbers_of_rows_are_said_to_be():
    assert "as many rows" in told(find("mean-forgotten").plant()).summary
    assert "1 divided by the rows" in told(find("bias-averaged").plant()).summary
    assert "rows" not in told(find("bias-fourfold").plant()).summary


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("name", "multiple"),
    [  # the right penalty's gradient is 0.5 / 5 = 0.1 times theta
        ("penalty-forgotten", -0.1),
        ("penalty-halved", -0.05),
        ("penalty-not-averaged", 0.4),
        ("penalty-on-bias", 0.1),
        ("penalty-in-loss-not-halved", -0.1),
    ],
)
def test_how_much_of_theta_is_missing_or_too_much(name, multiple, seed):
    found = told(find(name).plant(rng=seed))
    for each in found.patterns:
        assert (each.kind, each.value) == ("penalty", pytest.approx(multiple, rel=0.01))


@pytest.mark.parametrize(
    ("name", "rows", "row", "weight"),
    [
        ("first-row-not-averaged", 5, 0, 5),
        ("first-row-not-averaged", 9, 0, 9),
        ("last-row-dropped", 5, 4, 0),
        ("last-row-dropped", 9, 8, 0),
    ],
)
def test_the_row_to_blame_and_its_weight(name, rows, row, weight):
    found = told(find(name).plant(rows=rows))
    assert found.row == row
    assert found.factor == pytest.approx(weight, rel=0.01, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "parameter", "text"),
    [
        ("loop-from-one", "W1", "only row 0 is wrong"),
        ("loop-too-short", "W3", "only column 2 is wrong"),
        ("product-transposed", "W2", "it is transposed"),
        ("flattened-by-columns", "W1", "the right numbers in another order"),
        ("bias-of-next-layer", "b1", "it is the gradient of b2"),
        ("layer-cut-off", "b1", "is 0"),
    ],
)
def test_the_pattern_in_words(name, parameter, text):
    found = told(find(name).plant())
    assert {each.name: each.text for each in found.patterns}[parameter] == text
    assert text in str(found)


@pytest.mark.parametrize("bug", VISIBLE, ids=[bug.name for bug in VISIBLE])
def test_it_starts_nearest_the_output(bug):
    found = told(bug.plant())
    assert found.parameters == bug.parameters
    assert found.first == bug.parameters[-1]


@pytest.mark.parametrize(
    ("name", "layer"), [("slope-forgotten", 2), ("slope-of-sigmoid", 1), ("layer-skipped", 1)]
)
def test_a_wrong_signal_is_placed(name, layer):
    assert f"from layer {layer} on down" in told(find(name).plant()).summary


def test_the_report_tells_where_to_look():
    lines = str(told(find("product-doubled").plant())).splitlines()
    assert lines[0] == "diagnosis: the gradient of the data is 2 times the right one"
    assert lines[1] == "wrong in W2; nearest the output: W2"
    assert lines[2] == "  W2     the data's part times 2, beside a penalty of 0.1 times theta"
    assert lines[3].startswith("what fits: A constant is missing")
    assert " ".join(line.strip() for line in lines[3:]) == f"what fits: {KINDS['factor']}"
    assert max(map(len, lines)) <= 88


# ------------------------------------------------------------- gradients spoiled by hand, no text


def problem(sizes=(3, 6, 5, 2), rows=11):
    rng = np.random.default_rng(4)
    network = MLP(sizes, "tanh")
    theta = 0.5 * rng.normal(size=network.n_parameters)
    return network, theta, rng.normal(size=(rows, sizes[0])), rng.integers(0, 2, rows)


def spoiled(change, sizes=(3, 6, 5, 2), penalty=None, with_theta=True):
    """Diagnose MLP's gradient after ``change(named views, network, theta)`` went over it."""
    network, theta, X, y = problem(sizes)
    gradient = network.gradient(theta, X, y, penalty)
    change(network.views(gradient), network, theta)
    check = check_gradient(
        lambda t: network.loss(t, X, y, penalty), theta, gradient, names=network.layout
    )
    rows = [network.gradient(theta, X[i : i + 1], y[i : i + 1]) for i in range(len(X))]
    return diagnose(check, network.layout, *([theta, rows] if with_theta else []))


def times(c, *names):
    def change(parts, network, theta):
        for name in names:
            parts[name] *= c

    return change


@pytest.mark.parametrize("c", [0.01, 0.97, 1.03, 3.7, 250, -4])
def test_any_factor(c):
    found = spoiled(times(c, "W2", "b2"))
    assert (found.kind, found.factor) == ("factor", pytest.approx(c, rel=0.01))


def allowed(part, c):
    """Return about the error that passes beside a factor c: the tolerance times both norms."""
    return 1e-7 * (1 + abs(c)) * np.linalg.norm(part)


@pytest.mark.parametrize(("noise", "kind"), [(0.5, "factor"), (4, "product")])
def test_a_factor_must_leave_no_more_than_the_check_lets_pass(noise, kind):
    def change(parts, network, theta):
        W = parts["W2"]
        error = np.random.default_rng(0).normal(size=W.shape)
        error *= noise * allowed(W, 3) / np.linalg.norm(error)
        W *= 3
        W += error

    assert spoiled(change).kind == kind


def test_a_pattern_must_explain_nearly_all_of_a_small_error():
    # twice what passes; the multiple of the gradient in it leaves less than that, but a third of it
    def change(parts, network, theta):
        b = parts["b3"]  # of two classes: both derivatives are of one size and opposite
        b += 2 * allowed(b, 1) * (0.95 * np.sign(b) + 0.3) / 2**0.5

    found = spoiled(change, with_theta=False)
    assert (found.kind, found.patterns[0].kind) == ("sum", "")


def lone(error, value, rows=None):
    """Diagnose a gradient of W1, four numbers, that is off by ``error``, where f is ``value``."""
    slopes, names = 1e-4 * np.array([1.0, -2.0, 3.0, 1.5]), {"W1": slice(0, 4)}
    check = check_gradient(
        lambda t: value + slopes @ t, np.zeros(4), slopes + error, names=names, step=6e-6
    )
    return diagnose(check, names, rows=rows)


#: At right angles to the slopes of ``lone``.
ACROSS = np.array([2.0, 1.0, 0.0, 0.0]) / 5**0.5


@pytest.mark.parametrize(("many", "kind"), [(0.5, "factor"), (3, "product")])
def test_a_factor_must_leave_no_more_than_rounding(many, kind):
    # near 1000, where rounding counts for more than the tolerance: 1.5e-7 in each of four slopes
    rounding = 4 * 2.0**-52 * 1e3 / 6e-6 * 4**0.5
    slopes = 1e-4 * np.array([1.0, -2.0, 3.0, 1.5])
    assert lone(2 * slopes + many * rounding * ACROSS, 1e3).kind == kind


@pytest.mark.parametrize("value", [0.0, 1e3])
@pytest.mark.parametrize(("many", "kind"), [(0.5, "sample"), (3, "product")])
def test_a_row_must_leave_no_more_than_the_check_lets_pass(many, kind, value):
    row, other = 1e-4 * np.array([[1.0, -2.0, 5.0, -4.0], [3.0, 1.0, 1.0, 7.0]])
    slopes = 1e-4 * np.array([1.0, -2.0, 3.0, 1.5])
    passes = 1e-7 * (np.linalg.norm(slopes + row / 2) + np.linalg.norm(slopes))
    passes += 4 * 2.0**-52 * value / 6e-6 * 4**0.5
    found = lone(row / 2 + many * passes * ACROSS, value, [row, other])
    assert (found.kind, found.row) == (kind, 0 if kind == "sample" else None)


@pytest.mark.parametrize(("many", "kind"), [(0.3, "factor"), (3, "slice")])
def test_slices_tell_something_from_what_the_check_lets_pass(many, kind):
    # the last of four slopes is doubled; of 1e-4 and 2e-4 the check lets 3e-11 pass
    slopes, names = np.array([0.0, 0.0, many * 3e-11, 1e-4]), {"W1": slice(0, 4)}
    wrong = slopes * [1, 1, 1, 2]
    check = check_gradient(lambda t: slopes @ t, np.zeros(4), wrong, names=names)
    assert diagnose(check, names).patterns[0].kind == kind


def test_a_small_factor_is_not_nothing():
    for penalty, start in [(None, "times 5e-06"), (L2(0.3), "the data's part times 5e-06")]:

        def change(parts, network, theta, penalty=penalty):
            pull = 0.3 * network.views(theta)["W2"] if penalty else 0
            parts["W2"][...] = 5e-6 * (parts["W2"] - pull) + pull

        found = spoiled(change, penalty=penalty)
        assert found.kind == "cut"
        assert found.patterns[0].text.startswith(start)


def test_a_small_factor_and_none_at_all_are_two():
    found = spoiled(
        lambda parts, network, theta: (
            times(0, "W2")(parts, network, theta),
            times(5e-4, "b2")(parts, network, theta),
        )
    )
    assert (found.kind, found.factor) == ("unclear", None)


def test_a_lone_number_is_no_evidence_of_a_penalty():
    names = {"W1": slice(0, 1)}
    check = check_gradient(lambda t: 1 + 0 * t[0], np.array([2.0]), [0.5], names=names)
    assert diagnose(check, names, np.array([2.0])).kind == "product"


def test_factors_that_differ_by_three_percent_are_not_one():
    found = spoiled(
        lambda parts, network, theta: (
            times(2, "W2")(parts, network, theta),
            times(2.06, "b2")(parts, network, theta),
        )
    )
    assert (found.kind, found.factor) == ("unclear", None)


def test_a_factor_that_is_merely_near_a_meaning_has_none():
    names = [f"{kind}{layer}" for layer in (1, 2, 3) for kind in "Wb"]
    for c, words in [(11, "as many rows"), (1 / 11, "1 divided by the rows")]:
        assert words in spoiled(times(c, *names)).summary
        assert "rows" not in spoiled(times(1.05 * c, *names)).summary
    assert spoiled(times(-1.05, *names)).kind == "factor"


def test_a_factor_without_knowing_theta():
    found = spoiled(times(3, "W2"), with_theta=False)
    assert (found.kind, found.factor) == ("factor", pytest.approx(3, rel=1e-4))


def test_a_factor_of_everything_where_the_output_is_a_single_unit():
    names = [f"{kind}{layer}" for layer in (1, 2, 3) for kind in "Wb"]
    found = spoiled(times(11, *names), sizes=(3, 6, 5, 1))
    assert (found.kind, found.factor) == ("factor", pytest.approx(11, rel=1e-4))
    assert "as many rows" in found.summary
    # one number alone is a multiple of any other: no evidence of a factor
    assert spoiled(times(2, "b3"), sizes=(3, 6, 5, 1)).kind == "sum"
    # and another factor than the rest's is none
    both = spoiled(
        lambda parts, network, theta: (
            times(11, *names[:-1])(parts, network, theta),
            times(5, "b3")(parts, network, theta),
        ),
        sizes=(3, 6, 5, 1),
    )
    assert both.kind == "output"


def test_two_factors_are_two_bugs():
    found = spoiled(
        lambda parts, network, theta: (
            times(2, "W1")(parts, network, theta),
            times(4, "b3")(parts, network, theta),
        )
    )
    assert (found.kind, found.factor) == ("unclear", None)
    assert {each.name: round(each.value, 3) for each in found.patterns} == {"W1": 2, "b3": 4}


def test_a_sign_in_one_parameter_and_a_zero_in_another():
    assert spoiled(times(-1, "W1", "b1")).kind == "sign"
    assert spoiled(times(0, "W1", "b1")).kind == "cut"
    assert spoiled(times(0, "W1")).kind == "cut"


def test_a_penalty_added_twice():
    def change(parts, network, theta):
        for name in ("W1", "W2", "W3"):
            parts[name] += 0.3 * network.views(theta)[name]

    found = spoiled(change, penalty=L2(0.3))
    assert found.kind == "penalty"
    assert [each.value for each in found.patterns] == [pytest.approx(0.3, rel=1e-4)] * 3
    assert spoiled(change, penalty=L2(0.3), with_theta=False).kind != "penalty"


@pytest.mark.parametrize(
    ("name", "where", "text"),
    [
        ("W2", (3, slice(None)), "only row 3 is wrong"),
        ("W2", (slice(None), 1), "only column 1 is wrong"),
        ("b2", 4, "only entry 4 is wrong"),
    ],
)
def test_one_slice(name, where, text):
    def change(parts, network, theta):
        parts[name][where] += np.random.default_rng(0).normal(size=np.shape(parts[name][where]))

    found = spoiled(change)
    assert (found.kind, found.patterns[0].text) == ("slice", text)


@pytest.mark.parametrize(
    ("activation", "biases"),
    [("relu", [-99, -99, 9, -99, -99]), ("tanh", [-16, 16, 0.1, 16, -16])],
)
def test_a_slice_that_is_right_because_it_is_zero_is_no_evidence(activation, biases):
    # all units but one are dead or saturated: only one column has a gradient worth the name
    network, theta, X, y = problem()
    network = MLP(network.sizes, activation)
    views = network.views(theta)
    views["b2"][...] = biases
    gradient = network.gradient(theta, X, y)
    network.views(gradient)["W2"][:, 2] += [1, -2, 3, 1, 5, 2]
    check = check_gradient(
        lambda t: network.loss(t, X, y), theta, gradient, names=network.layout, method="complex"
    )
    assert check.failed == ["W2"]
    assert diagnose(check, network.layout, theta).kind == "product"


@pytest.mark.parametrize("name", ["W1", "W2", "W3"])
def test_noise_in_the_weights_of_one_layer_is_a_wrong_product(name):
    def change(parts, network, theta):
        parts[name] += np.random.default_rng(0).normal(size=parts[name].shape)

    assert spoiled(change).kind == "product"


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["b2"], "sum"),
        (["W1", "b1"], "signal"),
        (["W1", "b1", "W2", "b2"], "signal"),
        (["W1", "b1", "W2", "b2", "W3", "b3"], "output"),
        (["W1", "W2"], "unclear"),
        (["W1", "W3", "b3"], "unclear"),
        (["W1", "b1", "b2"], "unclear"),
    ],
)
def test_noise_is_placed_by_where_it_is(names, kind):
    def change(parts, network, theta):
        for name in names:
            parts[name] += np.random.default_rng(len(name)).normal(size=parts[name].shape)

    found = spoiled(change)
    assert found.kind == kind
    assert not any(each.kind for each in found.patterns)


def test_parameters_of_other_names_are_not_placed():
    theta = np.array([1.0, 2.0, 3.0])
    names = {"slope": (slice(0, 2), (2,)), "level": (slice(2, 3), (1,))}
    check = check_gradient(lambda t: (t**2).sum(), theta, 2 * theta + [0.3, 1.0, 0], names=names)
    found = diagnose(check, names)
    assert (found.kind, found.parameters) == ("unclear", ("slope",))
    without_shapes = {name: where for name, (where, _) in names.items()}
    assert diagnose(check, without_shapes) == found


# ----------------------------------------------------------------------------------- bad input


def test_bad_input_stops_at_the_door():
    book = find("bias-averaged").plant()
    arguments = book.loss, book.theta, book.gradient
    check = check_gradient(*arguments, names=book.layout)
    along = check_gradient(*arguments, directions=4)
    theta, rows = book.theta, book.row_gradients(book.theta)
    for call, pattern in [
        (lambda: diagnose(along, book.layout), r"names has W1, .*the check directions"),
        (lambda: diagnose(check, {"W1": book.layout["W1"]}), r"names has W1, the check W1, b1"),
        (
            lambda: diagnose(check, {**book.layout, "b3": (slice(70, 72), (2,))}),
            r"names covers 72 entries, the check 73",
        ),
        (lambda: diagnose(check, book.layout, theta[:5]), r"theta has shape \(5,\).*P = 73"),
        (lambda: diagnose(check, book.layout, theta, rows[:, 1:]), r"rows has shape \(5, 72\)"),
        (lambda: diagnose(check, book.layout, theta, rows[0]), r"rows has shape \(73,\)"),
        (lambda: diagnose(check, book.layout, theta, 5), r"rows has shape \(\)"),
        (lambda: diagnose(check, book.layout, rows), r"theta has shape \(5, 73\)"),
    ]:
        with pytest.raises(ValueError, match=pattern) as error:
            call()
        assert "\n" not in str(error.value)
