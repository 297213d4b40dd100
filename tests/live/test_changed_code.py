"""What a reader makes of a page's code, run by the Python of the browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pages import EXECUTED, Page
from playwright.sync_api import expect
from reader import PATIENCE, LivePage, Reader

LIGHTER = [
    page
    for page in EXECUTED
    if any("lighter" in cell.metadata.get("live", {}) for cell in page.cells)
]


@pytest.mark.parametrize("page", LIGHTER, ids=lambda page: page.name)
def test_lighter_settings_run_whole(page: Page, new_reader: Callable[..., Reader]) -> None:
    reader = new_reader()
    live = reader.open(page.name)
    before = live.cells()
    live.control("lighter").click()
    live.control("run-all").click()
    live.expect_rest(timeout=5 * PATIENCE)
    after = live.cells()
    assert {cell.state for cell in after} == {"done"}
    assert all(now.html for was, now in zip(before, after, strict=True) if was.html)
    assert [len(cell.images) for cell in after] == [len(cell.images) for cell in before]
    assert reader.problems() == []


def test_errors_of_syntax_and_claims_that_fail(new_reader: Callable[..., Reader]) -> None:
    live: LivePage = new_reader().open("start/training")
    live.write(1, "rate = 1\nfor rate in 2, 3\n    print(rate)")
    live.run(1, "failed")
    shown = live.output(1).inner_text()
    assert "cell 1" in shown
    assert "line 2" in shown
    assert "SyntaxError: expected ':'" in shown

    live.write(
        1,
        "from dlbook.evidence import claim\nclaim('up.down', 'Up is down.', False, {'up': 1.5})",
    )
    live.run(1)
    badge = live.output(1).locator(".dl-claim-refuted")
    expect(badge).to_contain_text("Does not hold Up is down. up.down")
    badge.get_by_text("Evidence").click()
    expect(badge).to_contain_text("1.5")
