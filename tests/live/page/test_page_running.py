"""Running a page: states, order, errors, stop, restart, loading."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from reader import LivePage
from small_page import heard, plan, ran, states, words

# Running


def test_a_cell_shows_its_states(page: LivePage) -> None:
    plan(page, slow=True)
    assert states(page) == ["idle"] * 7
    page.write(1, "wait()")
    page.control("run", 1).click()
    page.expect_state(1, "waiting")
    expect(words(page, 1)).to_contain_text("MB")
    page.tab.evaluate("kernel.go()")
    page.expect_state(1, "running")
    expect(heard(page)).to_have_text("Cell 1: running.")
    page.tab.evaluate("kernel.finish({ ok: true, ms: 5, stopped: false })")
    page.expect_state(1, "done")
    expect(words(page, 1)).to_have_text(re.compile(r"^done in [\d.]+ s$"))
    expect(heard(page)).to_have_text(re.compile(r"^Cell 1: done in [\d.]+ s\.$"))
    page.write(1, "raise")
    page.run(1, "failed")
    expect(words(page, 1)).to_have_text(re.compile(r"^failed after [\d.]+ s$"))


def test_the_cells_above_run_first_and_only_once(page: LivePage) -> None:
    page.run(3)
    assert ran(page) == [1, 2, 3]
    page.run(4)
    assert ran(page) == [4]
    page.run(4)
    assert ran(page) == [4]


def test_an_edit_makes_what_follows_stale(page: LivePage) -> None:
    page.run(4)
    ran(page)
    page.write(2, "double = 3")
    assert states(page)[:4] == ["done", "idle", "idle", "idle"]
    expect(words(page, 2)).to_have_text("edited since it ran")
    expect(words(page, 3)).to_have_text("ran before a change above")
    page.run(2)
    assert states(page)[:4] == ["done", "done", "idle", "idle"]
    page.run(4)
    assert ran(page) == [2, 3, 4]


def test_an_edit_that_is_taken_back_makes_nothing_stale(page: LivePage) -> None:
    page.run(3)
    page.write(1, "rate = 2")
    page.control("reset", 1).click()
    assert states(page)[:3] == ["done"] * 3


def test_run_all_runs_every_cell_again(page: LivePage) -> None:
    for _ in range(2):
        page.control("run-all").click()
        page.expect_rest()
        assert ran(page) == [1, 2, 3, 4, 5, 6, 7]
    assert states(page) == ["done"] * 7


def test_an_error_ends_run_all(page: LivePage) -> None:
    page.write(3, "raise")
    page.control("run-all").click()
    page.expect_rest()
    assert states(page) == ["done", "done", "failed", "idle", "idle", "idle", "idle"]
    expect(page.output(3)).to_have_text("ValueError: no")
    assert ran(page) == [1, 2, 3]
    page.run(4, "idle")
    assert ran(page) == [3]


def test_an_error_that_the_book_shows_ends_nothing(page: LivePage) -> None:
    page.write(6, "raise")
    page.control("run-all").click()
    page.expect_rest()
    assert states(page) == [*["done"] * 5, "failed", "done"]
    ran(page)
    page.run(7)
    assert ran(page) == [7]


def test_two_clicks_in_a_row_run_a_cell_once(page: LivePage) -> None:
    page.control("run", 1).dblclick()
    page.expect_rest()
    page.control("run", 1).evaluate("button => { button.click(); button.click(); }")
    page.expect_rest()
    assert ran(page) == [1, 1]


def test_the_keyboard_stays_with_a_cell_that_runs(page: LivePage) -> None:
    page.write(1, "wait()")
    page.control("run", 1).focus()
    for key in ("Enter", "Enter"):
        page.tab.keyboard.press(key)
    page.expect_state(1, "running")
    expect(page.control("run", 1)).to_be_focused()
    expect(page.control("run", 1)).to_be_disabled()
    page.tab.keyboard.press("Tab")
    expect(page.control("stop", 1)).to_be_focused()
    page.tab.keyboard.press("Enter")
    page.expect_state(1, "failed")
    expect(page.control("run", 1)).to_be_focused()
    assert ran(page) == [1]


def test_a_click_while_another_cell_runs_waits(page: LivePage) -> None:
    page.write(1, "wait()")
    page.control("run", 1).click()
    page.expect_state(1, "running")
    page.control("run", 3).click()
    assert states(page)[:4] == ["running", "waiting", "waiting", "idle"]
    page.tab.evaluate("kernel.finish({ ok: true })")
    page.expect_state(3, "done")
    assert ran(page) == [1, 2, 3]


# Stop and restart


def test_stop_keeps_the_variables_where_it_can(page: LivePage) -> None:
    plan(page, keeps=True)
    page.run(1)
    page.write(2, "wait()")
    page.control("run", 2).click()
    page.expect_state(2, "running")
    page.control("stop").click()
    page.expect_state(2, "failed")
    assert states(page)[:3] == ["done", "failed", "idle"]
    expect(words(page, 2)).to_have_text(re.compile("^stopped after"))
    page.write(2, "double = 1")
    page.run(2)
    assert ran(page) == [1, 2, 2]
    expect(page.control("stop")).to_be_disabled()


def test_stop_starts_python_anew_where_it_cannot(page: LivePage) -> None:
    page.write(2, "wait()")
    page.control("run", 2).click()
    page.expect_state(2, "running")
    page.control("stop", 2).click()
    expect(page.message).to_contain_text("Stopped. Python was started anew")
    assert states(page)[:2] == ["idle", "failed"]
    expect(words(page, 1)).to_have_text("not run since the restart")
    page.run(1)


def test_a_second_stop_ends_what_does_not_heed_the_first(page: LivePage) -> None:
    page.write(1, "wait()")
    page.control("run", 1).click()
    page.expect_state(1, "running")
    page.tab.evaluate("kernel.interrupt = async () => true")
    page.control("stop").click()
    expect(words(page, 1)).to_contain_text("Stop again")
    page.control("stop").click()
    page.expect_state(1, "failed")
    expect(page.message).to_contain_text("started anew")


def test_restart_forgets_all(page: LivePage) -> None:
    expect(page.control("restart")).to_be_disabled()
    page.run(3)
    page.control("restart").click()
    expect(page.message).to_contain_text("restarted")
    assert states(page) == ["idle"] * 7
    ran(page)
    page.run(2)
    assert ran(page) == [1, 2]


def test_python_that_dies_is_started_again(page: LivePage) -> None:
    page.write(2, "wait()")
    page.control("run", 2).click()
    page.expect_state(2, "running")
    page.tab.evaluate("kernel.end(); kernel.onDeath('Python has died of old age.')")
    expect(page.message).to_have_text("Python has died of old age.")
    page.expect_rest()
    expect(words(page, 2)).to_have_text("Python has died of old age.")
    assert states(page)[:2] == ["idle", "failed"]
    page.write(2, "double = 1")
    page.run(2)
    assert ran(page) == [1, 2, 1, 2]
