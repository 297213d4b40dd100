"""Controls for every hand, screen and ear."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect
from reader import LivePage, Reader


def test_controls_are_large_enough_and_fit_a_phone(new_reader: Callable[..., Reader]) -> None:
    page = new_reader(viewport={"width": 390, "height": 800}).open("cells")
    page.write(1, "x = 1")
    page.run(4)
    page.control("share", 1).click()
    for details in page.tab.locator("details").all():
        details.evaluate("details => { details.open = true }")
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= 390
    for button in page.tab.locator("[data-live-action]:visible").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 24, button


def test_every_control_has_a_name_of_its_own(page: LivePage) -> None:
    for details in page.tab.locator("details").all():
        details.evaluate("details => { details.open = true }")
    names = page.tab.locator("[data-live-action]").evaluate_all(
        "buttons => buttons.map((button) => button.ariaLabel ?? button.textContent)"
    )
    assert len(set(names)) == len(names)
    assert "Run, cell 3" in names


def test_paper_has_no_controls(page: LivePage) -> None:
    page.tab.emulate_media(media="print")
    expect(page.tab.locator("[data-live-action]:visible")).to_have_count(0)
    expect(page.bar).to_be_hidden()
    expect(page.output(1)).to_be_visible()
