"""Live outputs stand where the book's stood, and look like them."""

from __future__ import annotations

from playwright.sync_api import expect
from reader import LivePage
from small_page import display, puts_out, states, stream

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhf"
    "DwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="50"><path d="{}"/></svg>'


def test_text_as_a_terminal_shows_it(page: LivePage) -> None:
    bar = "training  [###---]  12 of 50".ljust(79)
    pieces = ["one\nt", "wo\n", f"\r{bar}", f"\r{' ' * 79}\r", "\x1b[31mthree\x1b[0m\r\nfour"]
    puts_out(page, 1, *map(stream, pieces))
    page.run(1)
    assert page.output(1).inner_text().strip() == "one\ntwo\nthree\nfour"
    assert page.output(1).locator("pre").count() == 1


def test_a_progress_bar_is_seen_while_it_is_there(page: LivePage) -> None:
    page.write(1, "wait()")
    page.control("run", 1).click()
    page.expect_state(1, "running")
    emit = "text => kernel.emit({ output_type: 'stream', name: 'stdout', text })"
    for text in ("\r[#-] 1 of 2", "\r[##] 2 of 2"):
        page.tab.evaluate(emit, text)
        expect(page.output(1)).to_have_text(text.strip())
    page.tab.evaluate(emit, f"\r{' ' * 40}\r")
    page.tab.evaluate("kernel.finish({ ok: true })")
    page.expect_state(1, "done")
    expect(page.output(1)).to_have_text("")
    expect(page.output(1).locator("pre")).to_be_hidden()


def test_output_without_end_does_not_drown_the_page(page: LivePage) -> None:
    lines = [stream(f"{n}\n" * 5000) for n in range(10, 60)]
    puts_out(page, 1, *lines, *[display({"text/plain": "again"})] * 300, stream("last"))
    page.run(1)
    text = page.output(1).inner_text()
    assert len(text) < 110_000
    assert "and more, which this page does not show." in text
    assert text.count("again") < 300


def test_standard_error_and_errors_look_like_the_books(page: LivePage) -> None:
    trace = ["Traceback (most recent call last):", "  cell 6, line 1", "E: <b>no</b>"]
    error = {"output_type": "error", "ename": "E", "evalue": "no", "traceback": trace}
    built = page.output(6).locator(".output").get_attribute("class")
    puts_out(page, 6, stream("careful\n", "stderr"), error)
    page.run(6)
    first, second = page.output(6).locator(".output").all()
    assert "stderr" in str(first.get_attribute("class"))
    assert second.get_attribute("class") == built
    assert second.inner_text().strip() == "\n".join(trace)


def test_html_looks_like_the_books_and_cannot_run(page: LivePage) -> None:
    built = page.output(4).inner_text()
    inner = page.output(4).locator(".text_html").inner_html()
    evil = "<script>bad = 1</script><img src=x onerror='bad = 2'><a href='javascript:bad'>a</a>"
    puts_out(page, 4, display({"text/html": inner, "text/plain": "no"}))
    puts_out(page, 7, display({"text/html": f"<p>fine</p>{evil}"}))
    page.run(4)
    assert page.output(4).inner_text() == built
    assert page.output(4).locator(".text_html").inner_html() == inner
    page.output(4).get_by_text("Evidence").click()
    expect(page.output(4).locator("dl")).to_be_visible()
    page.tab.route("**/x", lambda route: route.fulfill(body=""))
    page.run(7)
    expect(page.output(7)).to_contain_text("fine")
    assert (
        page.output(7)
        .locator("img")
        .evaluate(
            "image => image.complete || new Promise((done) => (image.onerror = () => done(true)))"
        )
    )
    assert page.tab.evaluate("typeof bad") == "undefined"
    assert "javascript" not in page.output(7).inner_html()


def test_figures_take_the_place_of_the_books(page: LivePage) -> None:
    svg, metadata = SVG.format("M0 0"), {"image/svg+xml": {"dark": SVG.format("M9 9")}}
    puts_out(page, 3, display({"image/svg+xml": svg, "text/plain": "no"}, metadata))
    page.run(3)
    figure = page.output(3).locator("figure#fig-square")
    expect(figure.locator("figcaption")).to_contain_text("The square of the book.")
    light, dark = figure.locator("img").all()
    for image, start in ((light, "M0 0"), (dark, "M9 9")):
        assert image.get_attribute("alt") == "A square on the left."
        assert str(image.get_attribute("src")).startswith("blob:")
        assert start in image.evaluate("async (node) => (await fetch(node.src)).text()")
    expect(light).to_be_visible()
    expect(dark).to_be_hidden()
    page.tab.evaluate("document.documentElement.dataset.theme = 'dark'")
    expect(light).to_be_hidden()
    expect(dark).to_be_visible()
    expect(page.tab.locator("#fig-square")).to_have_count(1)


def test_figures_of_changed_code_say_so(page: LivePage) -> None:
    puts_out(page, 3, display({"image/svg+xml": SVG.format("M0 0")}))
    page.write(1, "rate = 3")
    page.run(3)
    alt = "A figure of changed code. Of the book's the text is: A square on the left."
    expect(page.output(3).locator("img")).to_have_attribute("alt", alt)


def test_markdown_and_other_forms(page: LivePage) -> None:
    table = "| a | b |\n|---|--:|\n| 1 | **2** |\n\n<script>bad = 1</script>"
    puts_out(page, 1, display({"text/markdown": table}), display({"image/png": PIXEL}))
    puts_out(page, 2, display({"text/latex": "$x$"}), display({"application/x": "glued"}))
    page.run(2)
    cells = page.output(1).locator(".pst-scrollable-table-container table.table td")
    assert cells.all_inner_texts() == ["1", "2"]
    assert page.output(1).locator("img").evaluate("image => image.naturalWidth") == 1
    assert page.output(2).inner_text().strip() == "$x$"
    assert page.tab.evaluate("typeof bad") == "undefined"


def test_outputs_are_cleared_and_updated(page: LivePage) -> None:
    shown = {**display({"text/plain": "old"}), "transient": {"display_id": "d"}}
    updated = {**shown, "output_type": "update_display_data", "data": {"text/plain": "new"}}
    puts_out(page, 1, stream("gone"), {"output_type": "clear_output", "wait": True}, shown, updated)
    page.run(1)
    assert page.output(1).inner_text().strip() == "new"


def test_back_to_the_books_output(page: LivePage) -> None:
    before = page.cells()
    puts_out(page, 1, stream("mine"))
    puts_out(page, 2, stream("mine too"))
    expect(page.control("built-output", 1)).to_be_hidden()
    page.run(3)
    assert [cell.live for cell in page.cells()[:3]] == [True, True, True]
    expect(page.output(1)).to_have_text("mine")
    expect(page.output(3)).to_be_empty()
    for number in (1, 2, 3):
        page.control("built-output", number).click()
        expect(page.control("built-output", number)).to_be_hidden()
    after = page.cells()
    assert [cell.html for cell in after] == [cell.html for cell in before]
    assert not any(cell.live for cell in after)
    assert states(page)[:3] == ["done"] * 3
    page.run(2)
    expect(page.output(2)).to_have_text("mine too")


def test_the_old_output_stays_until_there_is_a_new_one(page: LivePage) -> None:
    page.write(1, "wait()")
    height = page.output(1).bounding_box()["height"]
    page.control("run", 1).click()
    page.expect_state(1, "running")
    expect(page.output(1)).to_contain_text("the rate is 0.5")
    expect(page.output(1)).to_have_css("opacity", "0.5")
    page.tab.evaluate("kernel.emit({ output_type: 'clear_output', wait: false })")
    expect(page.output(1)).to_have_css("opacity", "1")
    expect(page.output(1)).to_have_text("")
    assert page.output(1).bounding_box()["height"] == height
    page.tab.evaluate("kernel.finish({ ok: true })")
    page.expect_state(1, "done")
    expect(page.output(1)).to_be_hidden()
