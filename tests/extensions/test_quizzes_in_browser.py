"""Questions in the hands of readers: by mouse and keyboard, by ear, on a phone, from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tiny_book import tiny_book

CONF = """
extensions += ["extensions.equations", "extensions.quizzes", "extensions.identity"]
myst_enable_extensions = ["dollarmath"]
html_math_renderer = "katex"
html_theme = "sphinx_book_theme"
"""

PAGE = """# Questions

```{quiz}
A step is made ten times *smaller*. Which error of a central difference grows?

- [ ] Truncation, which is of the order $h^2 f'''(x) / 6$ and so falls a hundredfold here.

  It falls: look at the power of the step.

- [x] Rounding.

  It is divided by the step:

  $$ \\frac{\\varepsilon |f(x)|}{h} = \\frac{\\varepsilon |f(x)|}{h} + 0 + 0 + 0 + 0 + 0 + 0 + 0 $$

- [ ] Neither.

  One of them has the step below the line: `a_long_name_that_has_no_place_to_break_in_it_at_all`.
```

```{quiz}
Which of these does a gradient check see?

- [x] A wrong sign in the gradient.

  Loss and gradient disagree.
- [ ] A wrong label.

  Loss and gradient are wrong together.
- [x] A missing factor in the gradient.

  Loss and gradient disagree.
- [ ] A learning rate that is too large.

  The gradient is right.
```
"""

#: The contrast of an element's text with what lies behind it, as WCAG computes it.
CONTRAST = """
(element) => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let behind = element;
  while (behind && (numbers(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0) {
    behind = behind.parentElement;
  }
  const ground = behind ? getComputedStyle(behind).backgroundColor : "rgb(255, 255, 255)";
  const [low, high] = [light(getComputedStyle(element).color), light(ground)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}
"""


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = tiny_book(tmp_path_factory.mktemp("quizzes"))
    with (book.root / "conf.py").open("a") as conf:
        conf.write(CONF)
    for name, text in (("a", PAGE), ("b", "# Nothing\n\nIs asked.\n")):
        (book.root / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    code, log = book.build()
    assert code == 0, log
    return book.root / "_build" / "html"


@pytest.fixture
def page(open_page: Any) -> Page:
    page: Page = open_page()
    return page


def option(page: Page, name: str) -> Any:
    return page.get_by_label(name)


def checks(page: Page, question: int) -> Any:
    return page.locator(f"#quiz-{question}").get_by_role("button", name="Check")


def heard(page: Page, question: int) -> Any:
    return page.locator(f"#quiz-{question}").get_by_role("status")


def test_choose_check_and_read_why(page: Page) -> None:
    expect(page.locator("details.quiz-option")).to_have_count(0)
    expect(heard(page, 1)).to_be_empty()
    option(page, "Neither.").check()
    expect(heard(page, 1)).to_be_empty()
    checks(page, 1).click()
    expect(heard(page, 1)).to_contain_text("Not quite. One of them has the step below the line")
    assert "It is divided" not in page.locator("#quiz-1").inner_text()
    option(page, "Rounding.").check()
    expect(heard(page, 1)).to_be_empty()
    checks(page, 1).click()
    expect(heard(page, 1)).to_contain_text("Right. It is divided by the step")
    expect(heard(page, 1).locator(".katex-display")).to_be_visible()
    # and back again: the feedback is there each time
    option(page, "Neither.").check()
    checks(page, 1).click()
    expect(heard(page, 1)).to_contain_text("Not quite. One of them")
    expect(heard(page, 2)).to_be_empty()


def test_the_keyboard_is_enough_and_its_focus_stays(page: Page) -> None:
    option(page, "Truncation").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(option(page, "Rounding.")).to_be_focused()
    expect(option(page, "Rounding.")).to_be_checked()
    page.keyboard.press("Enter")
    expect(heard(page, 1)).to_contain_text("Right.")
    expect(option(page, "Rounding.")).to_be_focused()
    page.keyboard.press("Tab")
    expect(checks(page, 1)).to_be_focused()
    page.keyboard.press("Space")
    expect(checks(page, 1)).to_be_focused()
    expect(heard(page, 1)).to_contain_text("Right.")
    page.keyboard.press("Tab")  # equations can be scrolled by the keyboard
    expect(heard(page, 1).locator(".equation")).to_be_focused()
    page.keyboard.press("Tab")
    expect(option(page, "A wrong sign")).to_be_focused()


def test_without_a_choice_the_reader_is_led_to_the_first(page: Page) -> None:
    checks(page, 1).click()
    expect(heard(page, 1)).to_have_text("Choose an answer first.")
    expect(option(page, "Truncation")).to_be_focused()
    expect(option(page, "Truncation")).not_to_be_checked()
    assert page.url.endswith("a.html")


@pytest.mark.parametrize(
    ("chosen", "score"),
    [
        (["A wrong sign"], "1 of 2 found."),
        (["A wrong sign", "A wrong label"], "1 of 2 found, and 1 wrong."),
        (["A wrong label", "A learning rate"], "0 of 2 found, and 2 wrong."),
        (["A wrong sign", "A missing factor"], "All 2 found."),
        (["A wrong sign", "A missing factor", "A wrong label"], "2 of 2 found, and 1 wrong."),
    ],
)
def test_where_several_are_right_each_choice_is_answered(
    page: Page, chosen: list[str], score: str
) -> None:
    for name in chosen:
        option(page, name).check()
    checks(page, 2).click()
    expect(heard(page, 2).locator("p").first).to_have_text(score)
    about = heard(page, 2).locator(".quiz-about")
    expect(about).to_have_count(len(chosen))
    for name in chosen:
        expect(about.filter(has_text=name)).to_have_count(1)
    expect(heard(page, 2).locator(".quiz-feedback")).to_have_count(len(chosen))
    wrong = sum(name in ("A wrong label", "A learning rate") for name in chosen)
    expect(heard(page, 2).locator(".quiz-wrong")).to_have_count(wrong)


def test_everything_has_a_name_to_hear(page: Page) -> None:
    one = page.get_by_role("group", name="Question 1", exact=True)
    options = one.get_by_role("radiogroup", name="Question 1 A step is made ten times smaller.")
    expect(options.get_by_role("radio")).to_have_count(3)
    expect(options.get_by_role("radio", name="Rounding.", exact=True)).to_have_count(1)
    many = page.get_by_role("group", name="Question 2 (more than one answer is right) Which")
    expect(many.get_by_role("checkbox")).to_have_count(4)
    expect(page.get_by_role("status")).to_have_count(2)


def test_options_open_without_javascript(open_page: Any) -> None:
    page = open_page(java_script_enabled=False)
    expect(page.locator("button.quiz-check")).to_have_count(0)
    summary = page.locator("#quiz-1 summary").nth(1)
    feedback = page.get_by_text("It is divided by the step")
    expect(feedback).to_be_hidden()
    summary.focus()
    page.keyboard.press("Enter")
    expect(feedback).to_be_visible()
    expect(page.locator("#quiz-1 .quiz-right")).to_be_visible()
    expect(page.locator("#quiz-1 .quiz-wrong").first).to_be_hidden()


@pytest.mark.parametrize("javascript", [True, False])
def test_it_fits_a_phone(open_page: Any, javascript: bool) -> None:
    page = open_page(viewport={"width": 390, "height": 800}, java_script_enabled=javascript)
    if javascript:
        targets = page.locator(".quiz-choice, .quiz-check")
        for name in ("Rounding.", "Neither."):
            option(page, name).check()
            checks(page, 1).click()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
    else:
        targets = page.locator(".quiz summary")
        for summary in targets.all():
            summary.click()
        last = page.locator(".quiz-feedback").last.bounding_box()
        assert last["x"] + last["width"] <= 390
    assert targets.count() >= 7
    for target in targets.all():
        box = target.bounding_box()
        assert min(box["width"], box["height"]) >= 24
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_nothing_moves_when_the_script_has_run(open_page: Any) -> None:
    def heights(page: Page) -> list[float]:
        return [quiz.bounding_box()["height"] for quiz in page.locator(".quiz").all()]

    after = heights(open_page())
    # the script does not come, but the style sheet expects it
    before = heights(open_page(without="**/quizzes.js*"))
    for height, wanted in zip(before, after, strict=True):
        assert abs(height - wanted) <= 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_in_both_schemes(open_page: Any, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    expect(page.locator("html")).to_have_attribute("data-theme", scheme)
    for name, verdict in (("Rounding.", "quiz-right"), ("Neither.", "quiz-wrong")):
        option(page, name).check()
        checks(page, 1).click()
        word = heard(page, 1).locator(f".{verdict}")
        assert word.evaluate(CONTRAST) >= 4.5
        sign = word.evaluate("e => getComputedStyle(e, '::before').content")
        assert sign == {"quiz-right": '"✓ "', "quiz-wrong": '"✗ "'}[verdict]
    for place in (".quiz-title", ".quiz-choice span", ".quiz-check", ".quiz-feedback p"):
        assert page.locator(place).first.evaluate(CONTRAST) >= 4.5, place


def test_paper_has_no_button(page: Page) -> None:
    page.emulate_media(media="print")
    expect(page.locator(".quiz-check").first).to_be_hidden()
    expect(option(page, "Rounding.")).to_be_visible()


def test_a_strict_policy_for_scripts_lets_it_work(browser: Browser, html: Path) -> None:
    context = browser.new_context()
    policy = {"Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'"}
    root = "http://book.test/"

    def answer(route: Any) -> None:
        path = html / route.request.url.removeprefix(root).split("?")[0]
        route.fulfill(path=path, headers=policy) if path.is_file() else route.abort()

    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{root}book/a.html")
    option(page, "Rounding.").check()
    checks(page, 1).click()
    expect(heard(page, 1)).to_contain_text("Right.")
    context.close()
