"""The gallery: each bug is there, and is found where it says or not at all."""

import dataclasses
import re

import numpy as np
import pytest

from dlbook import diagnosis
from dlbook.bugs import Bug, find, gallery, hidden_bug
from dlbook.gradcheck import check_gradient
from dlbook.textbook import SOURCE, Textbook

BUGS = list(gallery.values())
VISIBLE = [bug for bug in BUGS if bug.visible]
UNSEEN = [bug for bug in BUGS if not bug.visible]
SEEDS = range(8)
NAMES = {"argvalues": VISIBLE, "ids": [bug.name for bug in VISIBLE]}


def checked(book, theta=None):
    theta = book.theta if theta is None else theta
    return check_gradient(book.loss, theta, book.gradient, names=book.layout, batched=True)


def found_as_said(bug):
    """Tell whether a check finds, from every start, what the bug says and nothing else."""
    return all(checked(bug.plant(rng=seed)).failed == list(bug.parameters) != [] for seed in SEEDS)


def mended(bug):
    """Return the bug without its bug."""
    return dataclasses.replace(bug, new=bug.old)


# --------------------------------------------------------------------------------- the gallery


def test_it_is_as_large_as_promised():
    assert len(VISIBLE) >= 24
    assert len(UNSEEN) >= 4
    assert len(BUGS) >= 28
    # those that a check sees come first
    assert [bug.visible for bug in BUGS] == sorted((bug.visible for bug in BUGS), reverse=True)


@pytest.mark.parametrize("bug", BUGS, ids=gallery)
def test_each_entry_says_what_it_must(bug):
    assert SOURCE.count(bug.old) == 1
    assert bug.old != bug.new
    assert gallery[bug.name] is bug
    assert re.fullmatch(r"[a-z0-9-]+", bug.name)
    assert re.fullmatch(r"[A-Z].*[^.]", bug.title)
    assert bug.story.endswith(".")
    assert bug.visible == (bug.reason == "") == (bug.parameters != ())
    assert bug.visible == (bug.kind in diagnosis.KINDS)
    assert list(bug.parameters) == [name for name in Textbook().layout if name in bug.parameters]


def test_no_two_are_the_same():
    for field in ("name", "title", "story", "source"):
        assert len({getattr(bug, field) for bug in BUGS}) == len(BUGS)


@pytest.mark.parametrize("bug", BUGS, ids=gallery)
def test_what_is_shown_is_what_runs(bug):
    title, *lines = str(bug).splitlines()
    assert title == bug.title
    before, after = SOURCE.splitlines(), bug.plant().source.splitlines()
    gone = [re.fullmatch(r" *(\d+) - (.*)", line) for line in lines]
    come = [re.fullmatch(r" *(\d+) \+ (.*)", line) for line in lines]
    assert any(gone) or any(come)
    for number, text in (each.groups() for each in gone if each):
        assert before[int(number) - 1] == text
    for number, text in (each.groups() for each in come if each):
        assert after[int(number) - 1] == text
    assert all(a or b for a, b in zip(gone, come, strict=True))
    # taking the shown lines out and putting the others in leads from one text to the other
    out = {int(each[1]) - 1 for each in gone if each}
    kept = [line for i, line in enumerate(before) if i not in out]
    for number, text in (each.groups() for each in come if each):
        kept.insert(int(number) - 1, text)
    assert kept == after


def test_an_old_text_that_is_not_there_once_is_refused():
    with pytest.raises(ValueError, match="old stands 0 times"):
        Bug("a", "A", "sum", (), "no such text", "", "")
    with pytest.raises(ValueError, match=r"old stands \d+ times"):
        Bug("a", "A", "sum", (), "dZ3", "", "")


# -------------------------------------------------------------------- those that a check sees


@pytest.mark.parametrize("seed", SEEDS)
def test_the_right_text_passes(seed):
    assert checked(Textbook(rng=seed)).passed


@pytest.mark.parametrize("bug", **NAMES)
def test_a_check_names_what_is_wrong(bug):
    assert found_as_said(bug)


@pytest.mark.parametrize("bug", **NAMES)
def test_a_bug_that_was_mended_would_be_noticed(bug):
    assert not found_as_said(mended(bug))


@pytest.mark.parametrize("bug", **NAMES)
def test_other_sizes_and_complex_steps_find_the_same(bug):
    assert checked(bug.plant(sizes=(6, 9, 9, 4), rows=9, rng=1)).failed == list(bug.parameters)
    book = bug.plant(rng=2)
    report = check_gradient(
        book.loss, book.theta, book.gradient, names=book.layout, method="complex"
    )
    assert report.failed == list(bug.parameters)


def test_float32_misses_only_what_is_smaller_than_its_rounding():
    missed = set()
    for bug in VISIBLE:
        for seed in SEEDS:
            report = checked(bug.plant(rng=seed, dtype=np.float32))
            if report.passed:
                missed.add(bug.name)
            else:
                assert report.failed == list(bug.parameters)
    assert missed == {"logarithm-guarded"}


def test_sizes_that_all_differ_find_a_few_before_any_derivative():
    refused = set()
    for bug in VISIBLE:
        try:  # products that do not fit, or a gradient of another length
            checked(bug.plant(sizes=(4, 6, 5, 3), rows=7))
        except ValueError:
            refused.add(bug.name)
    assert refused == {
        "product-transposed",
        "bias-of-next-layer",
        "slope-of-other-layer",
        "mask-of-other-layer",
        "weights-not-transposed",
        "layer-skipped",
        "transpose-forgotten",
        "output-for-input",
        "bias-over-wrong-axis",
    }


def test_a_penalty_on_a_bias_does_not_show_at_a_start_without_biases():
    book = find("penalty-on-bias").plant()
    start = book.code.initialize(np.random.default_rng(0))
    assert checked(book, start).passed
    assert not checked(book).passed


def test_bugs_of_dropout_and_penalty_do_not_show_without_them():
    hidden = {bug.name for bug in VISIBLE if checked(bug.plant(keep=1, decay=0)).passed}
    assert {bug.name for bug in VISIBLE if bug.kind == "penalty"} < hidden
    others = {name for name in hidden if find(name).kind != "penalty"}
    assert others == {
        "dropout-scaled-twice",
        "dropout-not-scaled",
        "mask-in-place",
        "mask-forgotten",
        "mask-of-other-layer",
        "input-before-dropout",
    }


# ------------------------------------------------------------------ those that it cannot see


def trained(book):
    """Return start, a copy of it made before, and where training led."""
    generator = np.random.default_rng(7)
    start = book.code.initialize(generator)
    before = start.copy()
    with np.errstate(all="ignore"):
        end = book.code.train(start, book.X, book.y, 40, generator)
    return start, before, end


def climbs(book):
    _, before, end = trained(book)
    return book.loss(end) > 2 * book.loss(before)


def moves_its_start(book):
    start, before, _ = trained(book)
    return np.abs(start - before).max() > 0.1


def learns_nothing(book):
    _, _, end = trained(book)
    return (book.code.predict(end, book.X) == book.y).mean() < 0.7


def masks_are_small(book):
    masks = book.code.draw_masks(10_000, np.random.default_rng(0))
    return np.mean([mask.mean() for mask in masks]) < 0.9


def masks_repeat(book):
    rng = np.random.default_rng(0)
    first, second = (book.code.draw_masks(50, rng) for _ in range(2))
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def predictions_differ(book):
    theta = 3 * book.theta
    first = book.code.predict(theta, book.X)
    return any((book.code.predict(theta, book.X) != first).any() for _ in range(5))


def hidden_layers_stay_empty(book):
    _, _, end = trained(book)
    return not any(W.any() for W in book.code.split(end)[::2])


def overflows(book):
    with np.errstate(all="ignore"):
        return not np.isfinite(book.loss(1e4 * book.theta))


def fails_the_second_time(book):
    first = checked(book)
    return first.passed and not checked(book, book.theta + 0.1).passed


OUTCOMES = {
    "uphill": climbs,
    "start-overwritten": moves_its_start,
    "labels-left-behind": learns_nothing,
    "mask-without-scale": masks_are_small,
    "mask-never-changes": masks_repeat,
    "dropout-in-prediction": predictions_differ,
    "start-at-zero": hidden_layers_stay_empty,
    "softmax-overflows": overflows,
    "stale-cache": fails_the_second_time,
}


def test_every_unseen_bug_has_an_outcome():
    assert list(OUTCOMES) == [bug.name for bug in UNSEEN]


@pytest.mark.parametrize("bug", UNSEEN, ids=[bug.name for bug in UNSEEN])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_check_passes_what_it_cannot_see(bug, seed):
    assert checked(bug.plant(rng=seed)).passed
    assert checked(bug.plant(rng=seed, rows=60)).passed


@pytest.mark.parametrize("bug", UNSEEN, ids=[bug.name for bug in UNSEEN])
@pytest.mark.parametrize("seed", range(4))
def test_what_it_cannot_see_shows_elsewhere(bug, seed):
    wrong = OUTCOMES[bug.name]
    assert wrong(bug.plant(rows=60, rng=seed))
    assert not wrong(mended(bug).plant(rows=60, rng=seed))


# ------------------------------------------------------------------------------------ the game


def test_a_hidden_bug_keeps_quiet():
    for seed in range(10):
        hidden = hidden_bug(seed)
        bug = hidden.reveal()
        for text in (repr(hidden), str(hidden)):
            assert bug.name not in text
            assert bug.title not in text
        assert not [name for name in dir(hidden) if name in ("bug", "source", "code", "book")]


def test_all_that_a_check_sees_are_drawn():
    drawn = {hidden_bug(seed).reveal().name for seed in range(400)}
    assert drawn == {bug.name for bug in VISIBLE}


def test_the_same_seed_hides_the_same():
    one, two = hidden_bug(3), hidden_bug(3)
    assert one.reveal() == two.reveal()
    np.testing.assert_array_equal(one.gradient(one.theta), two.gradient(two.theta))


def test_a_hidden_bug_can_be_found_with_the_tools_of_the_page():
    for seed in range(10):
        hidden = hidden_bug(seed)
        check = checked(hidden)
        found = diagnosis.diagnose(
            check, hidden.layout, hidden.theta, hidden.row_gradients(hidden.theta)
        )
        bug = hidden.reveal()
        assert (found.kind, found.parameters) == (bug.kind, bug.parameters)


def test_it_runs_on_what_it_is_told():
    hidden = hidden_bug(0, rows=9, sizes=(3, 9, 9, 2), dtype=np.float32)
    assert hidden.X.shape == (9, 3)
    assert hidden.theta.dtype == np.float32
    assert len(hidden.y) == len(hidden.masks[0]) == 9


def hiding(name):
    return next(h for h in map(hidden_bug, range(400)) if h.reveal().name == name)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("mask-forgotten", "Right, after 1 guess: the mask is forgotten on the way back."),
        ("slope-forgotten", "Not quite: the kind is right, in the same parameters"),
        ("mask-of-other-layer", "Not quite: the kind is right, but elsewhere"),
        ("dropout-scaled-twice", "Not quite: the parameters are right, the kind is not"),
        ("penalty-halved", "No: neither"),
    ],
)
def test_a_guess_is_told_how_near_it_is(name, answer):
    assert hiding("mask-forgotten").guess(name).startswith(answer)


def test_guesses_are_counted_and_typing_errors_are_not():
    hidden = hiding("mask-forgotten")
    with pytest.raises(ValueError, match=r"name is 'mask-forgoten'.*mask-forgotten") as error:
        hidden.guess("mask-forgoten")
    assert "\n" not in str(error.value)
    hidden.guess("uphill")
    assert "1 guess" in repr(hidden)
    assert hidden.guess("mask-forgotten").startswith("Right, after 2 guesses")
    assert hidden.guesses == 2


@pytest.mark.parametrize("name", ["", "zzzz", 3, None, ["uphill"]])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(ValueError, match=r"name is .*the name of a bug in the gallery, such as"):
        find(name)
