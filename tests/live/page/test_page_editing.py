"""A reader's own code: the editor, what is kept, and links to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from reader import LivePage, Reader
from small_page import code, note, ran

# Editing


def test_a_cell_is_edited_and_run_by_keyboard_alone(page: LivePage) -> None:
    keyboard, cell = page.tab.keyboard, page.cell(1)
    page.control("run-all").focus()
    while not page.control("edit", 1).evaluate("button => button === document.activeElement"):
        keyboard.press("Tab")
    keyboard.press("Enter")
    editor = cell.get_by_role("textbox", name="Code of cell 1")
    expect(editor).to_be_focused()
    assert "solid" in cell.locator(".cm-editor").evaluate("e => getComputedStyle(e).outline")
    keyboard.press("ControlOrMeta+End")
    keyboard.insert_text("\nrate = 2")
    keyboard.press("Shift+Enter")
    page.expect_state(1, "done")
    expect(editor).to_be_focused()
    assert page.tab.evaluate("codes['cell 1']").endswith("rate)\nrate = 2")
    keyboard.press("Escape")
    expect(page.control("run", 1)).to_be_focused()
    assert "solid" in page.control("run", 1).evaluate("e => getComputedStyle(e).outline")
    keyboard.press("Enter")
    page.expect_rest()
    assert ran(page) == [1, 1]


def test_the_editor_keeps_its_keys_to_itself(page: LivePage) -> None:
    page.write(1, "")
    address = page.tab.url
    page.tab.keyboard.type("1/2")
    for key in ("ArrowLeft", "ArrowLeft", "ArrowRight"):
        page.tab.keyboard.press(key)
    page.tab.keyboard.type("/")
    assert code(page, 1) == "1//2"
    assert page.tab.url == address


def test_the_editor_indents_and_undoes(page: LivePage) -> None:
    page.write(1, "")
    page.tab.keyboard.type("for n in x:\npass")
    assert code(page, 1) == "for n in x:\n    pass"
    page.tab.keyboard.press("Tab")
    assert code(page, 1) == "for n in x:\n        pass"
    page.tab.keyboard.press("ControlOrMeta+z")
    assert code(page, 1) == "for n in x:\n    pass"


def test_the_editor_looks_like_the_code(page: LivePage) -> None:
    look = """node => ["color", "fontSize", "fontFamily", "lineHeight"]
      .map((name) => getComputedStyle(node)[name])"""
    for theme in ("light", "dark"):
        page.tab.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        built = page.cell(4).locator(".highlight .s2").first.evaluate(look)
        page.control("edit", 4).click()
        expect(page.cell(4).locator(".cm-content")).to_be_focused()
        assert page.cell(4).locator(".cm-content .s2").first.evaluate(look) == built


def test_an_edit_is_kept_and_says_so(reader: Reader) -> None:
    page = reader.open("cells")
    page.write(1, "rate = 3\n")
    page.write(7, "pass")
    expect(note(page, 1)).to_have_text("Edited; kept in this browser.")
    page.tab.reload()
    expect(note(page, 1)).to_have_text("Edited; kept in this browser.")
    assert code(page, 1) == "rate = 3"
    assert code(page, 7) == "pass"
    assert code(page, 2) == "double = 2 * rate"
    expect(note(page, 2)).to_be_empty()
    page.run(1)
    assert page.tab.evaluate("codes['cell 1']") == "rate = 3\n"
    page.control("reset", 1).click()
    expect(note(page, 1)).to_have_text("The book's code is back.")
    assert code(page, 1) == 'rate = 0.5\nprint("the rate is", rate)'
    page.tab.reload()
    assert code(page, 1) == 'rate = 0.5\nprint("the rate is", rate)'
    expect(note(page, 1)).to_be_empty()


def test_reset_brings_all_code_back_and_can_be_taken_back(page: LivePage) -> None:
    expect(page.control("reset")).to_be_disabled()
    page.write(1, "rate = 3")
    page.write(7, "pass")
    page.control("reset").click()
    assert code(page, 1).startswith("rate = 0.5")
    assert code(page, 7).startswith("print(")
    expect(page.control("reset")).to_be_disabled()
    page.control("kept", 7).click()
    assert code(page, 7) == "pass"
    assert code(page, 1).startswith("rate = 0.5")


def test_an_edit_of_code_that_the_book_has_changed_is_not_taken_silently(reader: Reader) -> None:
    page = reader.open("cells")
    page.write(1, "rate = 3")
    page.tab.evaluate(
        """() => {
          const [key] = Object.keys(localStorage).filter((name) => name.startsWith("live-cells"));
          const edit = JSON.parse(localStorage[key]);
          localStorage[key] = JSON.stringify({ ...edit, book: "rate = 0.4" });
        }"""
    )
    page.tab.reload()
    expect(note(page, 1)).to_have_text("The book has changed this cell since you edited it.")
    assert code(page, 1).startswith("rate = 0.5")
    page.control("kept", 1).click()
    assert code(page, 1) == "rate = 3"
    page.tab.reload()
    expect(note(page, 1)).to_have_text("Edited; kept in this browser.")


def test_a_lighter_setting(page: LivePage) -> None:
    page.tab.get_by_text("Show the solution").click()
    expect(page.cell(5)).to_contain_text("takes about 40 s in a browser")
    button = page.control("lighter", 5)
    expect(button).to_have_text("Lighter: 100 rounds (about 2 s)")
    button.click()
    assert "range(100)" in code(page, 5)
    expect(note(page, 5)).to_have_text("Edited; kept in this browser.")
    page.control("reset", 5).click()
    assert "range(10_000)" in code(page, 5)


def test_all_lighter_settings(page: LivePage) -> None:
    page.control("lighter").click()
    assert "range(100)" in code(page, 5)
    expect(page.message).to_have_text("Each slow cell has its lighter setting now.")
    page.control("reset").click()
    assert "range(10_000)" in code(page, 5)


@pytest.mark.parametrize("cell", [5, None], ids=["of the cell", "of the page"])
def test_an_edit_that_a_lighter_setting_does_not_fit_can_be_shown_again(
    page: LivePage, cell: int | None
) -> None:
    page.tab.get_by_text("Show the solution").click()
    page.write(5, "mine = 1")
    for _ in range(2):  # the second time changes nothing
        page.control("lighter", cell).click()
        assert "range(100)" in code(page, 5)
        expect(page.control("kept", 5)).to_be_visible()
    page.control("kept", 5).click()
    assert code(page, 5) == "mine = 1"
    expect(page.control("kept", 5)).to_be_hidden()
    page.tab.reload()
    expect(note(page, 5)).to_have_text("Edited; kept in this browser.")
    assert code(page, 5) == "mine = 1"


def test_an_edit_that_a_lighter_setting_fits_stays(page: LivePage) -> None:
    page.tab.get_by_text("Show the solution").click()
    page.write(5, "mine = 10_000")
    page.control("lighter", 5).click()
    assert code(page, 5) == "mine = 100"
    expect(page.control("kept", 5)).to_be_hidden()


def test_an_edit_behind_the_books_code_stays_there_when_that_gets_lighter(page: LivePage) -> None:
    page.tab.get_by_text("Show the solution").click()
    page.write(5, "mine = 1")
    page.control("reset", 5).click()
    page.control("lighter", 5).click()
    assert "range(100)" in code(page, 5)
    page.control("kept", 5).click()
    assert code(page, 5) == "mine = 1"


def test_closed_code_opens_for_the_editor(page: LivePage) -> None:
    expect(page.cell(2).locator("pre").first).to_be_hidden()
    page.run(2)
    page.write(2, "double = 1")
    expect(page.cell(2).locator(".cm-content")).to_be_visible()
    page.cell(2).locator("summary").click()
    expect(page.cell(2).locator(".cm-content")).to_be_hidden()
    page.cell(2).locator("summary").click()
    assert code(page, 2) == "double = 1"


def test_the_button_for_copies_takes_the_code_as_it_stands(reader: Reader) -> None:
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = reader.open("cells")
    page.write(1, "rate = 3")
    page.cell(1).hover()
    page.cell(1).locator(".dl-copy").first.click()
    page.tab.wait_for_function(
        "(async () => await navigator.clipboard.readText() === 'rate = 3')()"
    )


# Sharing


def shared(page: LivePage, cell: int) -> str:
    page.control("share", cell).click()
    expect(note(page, cell)).to_have_text("A link to your code is in the clipboard.")
    return str(page.tab.evaluate("navigator.clipboard.readText()"))


@pytest.fixture
def link(reader: Reader) -> str:
    """A link to the third cell with other code."""
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = reader.open("cells")
    expect(page.control("share", 3)).to_be_hidden()
    page.write(3, 'print("ü <b> & 😀")')
    return shared(page, 3)


def follow(reader: Reader, link: str) -> LivePage:
    return reader.open("cells", link[link.index("#") :])


def test_code_from_a_link_is_shown_and_runs_by_its_own_button_alone(
    link: str, new_reader: Callable[..., Reader]
) -> None:
    page = follow(new_reader(), link)
    assert code(page, 3) == 'print("ü <b> & 😀")'
    expect(note(page, 3)).to_contain_text("It has not run")
    expect(page.control("run", 3)).to_be_in_viewport()
    for action in (page.control("run", 4), page.control("run-all")):
        action.click()
        expect(page.control("run", 3)).to_be_focused()
        expect(note(page, 3)).to_contain_text("run it by itself first")
    assert ran(page) == []
    page.run(3)
    page.run(4)
    assert ran(page) == [1, 2, 3, 4]
    assert page.tab.evaluate("codes['cell 3']") == 'print("ü <b> & 😀")'


def test_code_from_a_link_leaves_the_readers_own(
    link: str, new_reader: Callable[..., Reader]
) -> None:
    reader = new_reader()
    page = reader.open("cells")
    page.write(3, "mine = 1")
    page = follow(reader, link)
    assert "<b>" in code(page, 3)
    page.control("reset", 3).click()
    assert code(page, 3) == "mine = 1"
    assert "#" not in page.tab.url


def mine_behind_a_link(reader: Reader, theirs: str) -> LivePage:
    """Open a link to the solution with other code than the reader keeps for it."""
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = reader.open("cells")
    page.tab.get_by_text("Show the solution").click()
    page.write(5, theirs)
    link = shared(page, 5)
    page.write(5, "mine = 1")
    return follow(reader, link)


def test_a_lighter_setting_that_does_not_fit_code_from_a_link_leaves_the_readers_own(
    reader: Reader,
) -> None:
    page = mine_behind_a_link(reader, "theirs = 1")
    assert code(page, 5) == "theirs = 1"
    page.control("lighter").click()
    assert "range(100)" in code(page, 5)
    assert "#" not in page.tab.url
    page.control("kept", 5).click()
    assert code(page, 5) == "mine = 1"


def test_a_lighter_setting_leaves_code_from_a_link_unread(reader: Reader) -> None:
    page = mine_behind_a_link(reader, "theirs = 10_000")
    expect(page.control("run", 5)).to_be_in_viewport()
    page.control("lighter").click()
    assert code(page, 5) == "theirs = 100"
    page.control("run-all").click()
    expect(note(page, 5)).to_contain_text("run it by itself first")
    assert ran(page) == []
    page.control("reset", 5).click()
    assert code(page, 5) == "mine = 1"


def test_code_from_a_link_becomes_the_readers_own_by_an_edit(
    link: str, new_reader: Callable[..., Reader]
) -> None:
    page = follow(new_reader(), link)
    page.control("edit", 3).click()
    expect(page.cell(3).locator(".cm-content")).to_be_focused()
    page.tab.keyboard.press("ControlOrMeta+End")
    page.tab.keyboard.type("  # mine")
    page.tab.reload()
    assert code(page, 3).endswith("# mine")
    expect(note(page, 3)).to_have_text("Edited; kept in this browser.")


def test_a_link_on_the_page_itself(link: str, page: LivePage) -> None:
    page.tab.evaluate("link => { location.hash = new URL(link).hash }", link)
    expect(note(page, 3)).to_contain_text("It has not run")


@pytest.mark.parametrize("fragment", ["#live-3-A", "#live-3-_w", "#live-99-cGFzcw"])
def test_a_damaged_link_is_a_sentence(reader: Reader, fragment: str) -> None:
    page = reader.open("cells", fragment)
    expect(page.message).to_contain_text("the link is damaged")
    page.run(3)


def test_a_link_to_copy_by_hand(reader: Reader) -> None:
    reader.context.add_init_script("delete Navigator.prototype.clipboard")
    page = reader.open("cells")
    page.write(1, "rate = 3")
    page.control("share", 1).click()
    field = note(page, 1).get_by_role("textbox", name="Copy this link")
    expect(field).to_be_focused()
    assert "#live-1-" in field.input_value()
