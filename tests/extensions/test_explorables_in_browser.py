"""Explorable figures in the hands of readers: mouse, keyboard and touch; links, ears and eyes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import pytest
from explorables_book import explorables_book, write
from explorables_grid import TOLERANCE, grid, off
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tiny_book import ROOT

from dlbook.plotting import COLORS, DARK
from extensions.explorables import averages, batch_noise, convergence, race
from extensions.explorables.controls import read_settings
from extensions.explorables.descent import OPTIMIZERS, descend, surface

RACES = """
```{{explorable}} race
---
name: one
optimizers: [{}]
---
One.
```

```{{explorable}} race
---
name: two
optimizers: [{}]
---
Two.
```
""".format(", ".join(list(OPTIMIZERS)[:4]), ", ".join(list(OPTIMIZERS)[4:]))


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = explorables_book(tmp_path_factory.mktemp("explorables"))
    write(book, "b", RACES)
    code, log = book.build()
    assert code == 0, log
    return book.root / "_build" / "html"


SITE = "http://book.test/"  # for what a browser refuses to do in files


def serve(context: BrowserContext, folder: Path, headers: dict[str, str] | None = None) -> None:
    """Answer requests for the site from a folder."""

    def answer(route: Any) -> None:
        path = folder / route.request.url.removeprefix(SITE).split("?")[0]
        if path.is_file():
            route.fulfill(path=path, headers=headers) if headers else route.fulfill(path=path)
        else:
            route.abort()

    context.route("**/*", answer)


@pytest.fixture
def site(browser: Browser, html: Path) -> Iterator[Page]:
    context = browser.new_context()
    serve(context, html)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors


@pytest.fixture
def page(open_page: Any) -> Page:
    page: Page = open_page()
    return page


def next_frame(page: Page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")


def shown(page: Page, figure: str = "fig-race") -> Any:
    """What a figure draws, once the next frame has drawn it."""
    next_frame(page)
    return page.evaluate("id => document.querySelector(`#${id} .explorable`).shown", figure)


def control(page: Page, name: str, figure: str = "fig-race") -> Any:
    return page.locator(f"#{figure} [data-control={name}]")


def handle(page: Page, figure: str = "fig-race") -> Any:
    return page.locator(f"#{figure} .handle")


def said(page: Page, figure: str = "fig-race") -> Any:
    return page.locator(f"#{figure} .explorable-said")


def at(page: Page, figure: str = "fig-race") -> tuple[float, float]:
    """The middle of the point to drag, once the next frame has drawn it."""
    next_frame(page)
    box = handle(page, figure).locator(".ring").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def start_of(page: Page) -> Any:
    return next(iter(shown(page).values()))["path"][0]


def differ(theirs: Any, ours: Any) -> float:
    return float(np.abs(np.array(theirs, dtype=float) - np.array(ours, dtype=float)).max())


# The numbers


def test_optimizers_take_dlbooks_steps_in_a_browser(browser: Browser) -> None:
    context = browser.new_context()

    def answer(route: Any) -> None:
        path = ROOT / route.request.url.removeprefix(SITE)
        if path.is_file():
            route.fulfill(path=path, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    context.route("**/*", answer)
    page = context.new_page()
    page.goto(SITE)
    questions, runs = grid()
    script = "tests/extensions/explorables_asked.js"
    text = page.evaluate(
        f"questions => import('/{script}').then(({{ answer }}) => "
        "JSON.stringify(JSON.parse(questions).map(answer)))",
        json.dumps(questions),
    )
    for question, theirs, ours in zip(questions, json.loads(text), runs, strict=True):
        assert off(theirs, ours) < TOLERANCE, question
    context.close()


@pytest.mark.parametrize(
    ("name", "rate", "start"),
    [
        ("ravine", 0.2, (-3.0, -2.0)),
        ("Rosenbrock", 0.001, (-1.0, 1.5)),
        ("Beale", 0.01, (0.5, 1.0)),
        ("saddle", 0.02, (-1.0, 0.1)),
    ],
)
def test_the_race_of_a_page_is_dlbooks(
    open_page: Any, name: str, rate: float, start: tuple[float, float]
) -> None:
    for correction, (beta1, beta2) in itertools.product((True, False), ((0.9, 0.999), (0.5, 0.97))):
        state = {"surface": name, "rate": rate, "beta1": beta1, "beta2": beta2, "steps": 150}
        state |= {"correction": str(correction).lower(), "condition": 35}
        state |= {"start": ",".join(map(str, start))}
        page = open_page("b", {f"{f}.{k}": v for f in ("one", "two") for k, v in state.items()})
        found = shown(page, "one") | shown(page, "two")
        assert list(found) == list(OPTIMIZERS)
        for optimizer, run in found.items():
            ours = OPTIMIZERS[optimizer](rate, beta1, beta2, correction)
            path = descend(surface(name, 35), ours, start, 150)
            assert off(run["path"], path) < TOLERANCE, (optimizer, state)
            losses = surface(name, 35).value(path)
            np.testing.assert_allclose(run["losses"], losses, rtol=1e-7, atol=1e-9)


def test_what_a_page_shows_at_first_is_what_the_build_has_drawn(page: Page) -> None:
    options = {"optimizers": ["gradient descent", "momentum", "RMSprop", "Adam"], "rate": 0.1}
    settings = read_settings(race.CONTROLS, options | {"surface": "ravine", "steps": 60})
    _, paths = race.runs(settings)
    for name, run in shown(page).items():
        assert off(run["path"], paths[name]) < TOLERANCE
    settings = read_settings(averages.CONTROLS, {"beta": 0.8})
    signal, noise = averages.series()
    values = signal + settings["noise"] * noise
    found = shown(page, "fig-averages")
    # the series comes with six digits
    assert differ(found["average"], averages.averages(values, 0.8, True)) < 1e-5
    assert differ(found["weights"], averages.weights(60, 0.8, True)) < 1e-9
    settings = read_settings(convergence.CONTROLS, {"at": [1.5, 0.5]})
    found = shown(page, "fig-convergence")
    assert off(found["path"], convergence.run(settings)) < TOLERANCE
    factor = convergence.factor("momentum", 1.5, 0.5, 20)
    assert differ(found["factor"], factor) < TOLERANCE
    found = shown(page, "fig-noise")
    expected = batch_noise.width(8, replacement=False)
    assert differ(found["expected"], expected) < TOLERANCE
    assert abs(found["measured"] / expected - 1) < 0.2


@pytest.mark.parametrize("method", convergence.METHODS)
def test_the_map_under_the_hand_is_dlbooks(open_page: Any, method: str) -> None:
    for rate, beta in ((0.4, 0.0), (1.1, 0.72), (3.0, 0.3)):
        state = {"method": method, "condition": 50, "at": f"{rate},{beta}"}
        page = open_page("a", {f"fig-convergence.{k}": v for k, v in state.items()})
        found = shown(page, "fig-convergence")
        settings = {"method": method, "condition": 50.0, "at": (rate, beta)}
        assert off(found["path"], convergence.run(settings)) < TOLERANCE
        assert differ(found["factor"], convergence.factor(method, rate, beta, 50)) < TOLERANCE


# The hand


def test_the_start_is_dragged_and_the_runs_follow(page: Page) -> None:
    before, (x, y) = shown(page), at(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 20, steps=4)
    during = start_of(page)
    page.mouse.move(x + 80, y + 40, steps=4)
    page.mouse.up()
    after = start_of(page)
    assert before["Adam"]["path"][0] != during != after
    assert differ(at(page), (x + 80, y + 40)) < 1.5
    page.mouse.move(x, y)  # without the button nothing follows
    assert start_of(page) == after
    ours = descend(surface("ravine", 20), OPTIMIZERS["Adam"](0.1, 0.9, 0.999, True), after, 60)
    assert off(shown(page)["Adam"]["path"], ours) < TOLERANCE
    page.mouse.move(x - 400, y)
    ground = page.locator("#fig-race .ground").bounding_box()
    page.mouse.click(ground["x"] + 30, ground["y"] + 30)  # or the point comes where one clicks
    assert differ(at(page), (ground["x"] + 30, ground["y"] + 30)) < 1.5


def test_a_drag_ends_at_the_edge(page: Page) -> None:
    x, y = at(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 2000, y - 2000)
    page.mouse.up()
    assert differ(start_of(page), (-5, 2.5)) < 1e-9


def test_arrow_keys_move_the_point(page: Page) -> None:
    handle(page).focus()
    x, y = start_of(page)
    moves = {"ArrowRight": (1, 0), "ArrowLeft": (-1, 0), "ArrowUp": (0, 1), "ArrowDown": (0, -1)}
    for key, (dx, dy) in moves.items():
        page.keyboard.press(key)
        now = start_of(page)
        assert np.sign(now[0] - x) == dx
        assert np.sign(now[1] - y) == dy
        x, y = now
    page.keyboard.press("ArrowRight")
    small = start_of(page)[0] - x
    x = start_of(page)[0]
    page.keyboard.press("Shift+ArrowRight")
    assert start_of(page)[0] - x == pytest.approx(5 * small, abs=0.01)
    expect(handle(page)).to_have_attribute("aria-valuetext", f"θ₁ {start_of(page)[0]:.3g}, θ₂ 1.5")


@pytest.mark.parametrize(
    ("figure", "name", "first", "last"),
    [("fig-averages", "step", 60, 100), ("fig-noise", "size", 8, 128)],
)
def test_a_point_on_a_curve_moves_along_it(
    page: Page, figure: str, name: str, first: int, last: int
) -> None:
    handle(page, figure).focus()
    keys = {"ArrowRight": 1, "ArrowUp": 1, "ArrowLeft": -1, "ArrowDown": -1, "Shift+ArrowRight": 5}
    now = first
    for key, by in keys.items():
        page.keyboard.press(key)
        now += by
        expect(control(page, name, figure)).to_have_attribute("aria-valuetext", str(now))
    for key, end in (("Home", 1), ("ArrowLeft", 1), ("End", last), ("ArrowRight", last)):
        page.keyboard.press(key)
        expect(control(page, name, figure)).to_have_attribute("aria-valuetext", str(end))
        expect(handle(page, figure)).to_have_attribute("aria-valuenow", str(end))
    handle(page, figure).scroll_into_view_if_needed()
    x, y = at(page, figure)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 500, y + 30, steps=3)
    page.mouse.up()
    expect(control(page, name, figure)).to_have_attribute("aria-valuetext", "1")
    page.locator(f"#{figure}").get_by_role("button", name="Reset").click()
    expect(handle(page, figure)).to_have_attribute("aria-valuenow", str(first))


def test_a_word_invites_to_drag_until_one_has(page: Page) -> None:
    hints = page.locator(".explorable-picture .hint")
    expect(hints).to_have_count(4)
    for hint in hints.all():
        expect(hint).to_be_visible()
    x, y = at(page)
    page.mouse.move(x, y)
    expect(hints).to_have_count(4)
    page.mouse.down()
    page.mouse.move(x + 9, y)
    page.mouse.up()
    expect(hints).to_have_count(3)
    handle(page, "fig-noise").press("ArrowUp")
    expect(hints).to_have_count(2)
    page.emulate_media(media="print")
    expect(hints.first).to_be_hidden()


def test_a_control_that_changes_nothing_cannot_be_moved(page: Page, open_page: Any) -> None:
    expect(control(page, "condition")).to_be_enabled()
    control(page, "surface").select_option("Beale")
    expect(control(page, "condition")).to_be_disabled()
    expect(control(page, "rate")).to_be_enabled()
    page.locator("#fig-race").get_by_role("button", name="Reset").click()
    expect(control(page, "condition")).to_be_enabled()
    expect(control(open_page("a", {"fig-race.surface": "saddle"}), "condition")).to_be_disabled()


def test_a_race_can_be_played(page: Page, open_page: Any) -> None:
    whole = shown(page)
    play = page.get_by_role("button", name="Play")
    expect(play).to_have_count(1)
    play.click()
    far = []
    for _ in range(5):
        page.wait_for_timeout(150)
        far.append(len(shown(page)["Adam"]["path"]))
    assert far[0] < far[-1] < 61
    assert far == sorted(far)
    control(page, "rate").fill("-2")  # any change ends it
    assert len(shown(page)["Adam"]["path"]) == 61
    page.wait_for_timeout(100)
    assert len(shown(page)["Adam"]["path"]) == 61
    page.locator("#fig-race").get_by_role("button", name="Reset").click()
    play.click()
    page.wait_for_timeout(200)
    assert shown(page) != whole
    page.wait_for_function("document.querySelector('.explorable').shown.Adam.path.length === 61")
    assert shown(page) == whole
    calm = open_page(reduced_motion="reduce")
    expect(calm.locator("[data-explorable-action=reset]").first).to_be_visible()
    expect(calm.locator("[data-explorable-action=play]")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390])
def test_a_finger_drags_the_point_and_scrolls_elsewhere(open_page: Any, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800}, has_touch=True, is_mobile=True)
    handle(page).scroll_into_view_if_needed()
    x, y = at(page)
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *point: float) -> None:
        points = [{"x": point[0], "y": point[1]}] if point else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    scrolled = page.evaluate("scrollY")
    touch("touchStart", x, y)
    for k in range(1, 6):
        touch("touchMove", x + 8 * k, y + 6 * k)
    touch("touchEnd")
    assert differ(at(page), (x + 40, y + 30)) < 2
    assert page.evaluate("scrollY") == scrolled
    after = start_of(page)
    ground = page.locator("#fig-race .ground").bounding_box()
    page.touchscreen.tap(ground["x"] + 200, ground["y"] + 20)
    assert start_of(page) != after
    assert differ(at(page), (ground["x"] + 200, ground["y"] + 20)) < 2
    after = start_of(page)
    touch("touchStart", ground["x"] + 150, ground["y"] + 100)
    for k in range(1, 11):
        touch("touchMove", ground["x"] + 150, ground["y"] + 100 - 10 * k)
        page.wait_for_timeout(20)
    touch("touchEnd")
    page.wait_for_function("before => scrollY > before + 40", arg=scrolled)
    assert start_of(page) == after
    for reach in page.locator(".explorable-picture .reach").all():
        assert reach.bounding_box()["width"] >= 24


def test_the_map_answers_to_the_mouse_without_a_click(page: Page) -> None:
    ground = page.locator("#fig-convergence .ground")
    ground.scroll_into_view_if_needed()
    box = ground.bounding_box()
    before = shown(page, "fig-convergence")
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.5 * box["height"])
    after = shown(page, "fig-convergence")
    assert after["path"] != before["path"]
    factor = convergence.factor("momentum", 1.0, 0.5, 20)
    assert after["factor"] == pytest.approx(float(factor), abs=0.01)
    handle(page, "fig-convergence").focus()
    page.keyboard.press("ArrowUp")
    assert shown(page, "fig-convergence")["factor"] != after["factor"]


def test_sliders_switches_and_choices_change_the_picture(page: Page) -> None:
    control(page, "rate").focus()
    page.keyboard.press("ArrowRight")
    expect(control(page, "rate")).to_have_attribute("aria-valuetext", "0.11")
    expect(control(page, "rate").locator("xpath=../*[@class='explorable-value']")).to_have_text(
        "0.11"
    )
    control(page, "surface").select_option("Beale")
    assert start_of(page) == [1, 1]  # each surface has its own
    control(page, "steps").fill("7")
    run = shown(page)["Adam"]
    ours = OPTIMIZERS["Adam"](0.11, 0.9, 0.999, True)
    assert off(run["path"], descend(surface("Beale", 0), ours, (1, 1), 7)) < TOLERANCE
    control(page, "correction").uncheck()
    ours = OPTIMIZERS["Adam"](0.11, 0.9, 0.999, False)
    run = shown(page)["Adam"]
    assert off(run["path"], descend(surface("Beale", 0), ours, (1, 1), 7)) < TOLERANCE
    page.locator("#fig-race").get_by_role("checkbox", name="Adam", exact=True).uncheck()
    assert list(shown(page)) == ["gradient descent", "momentum", "RMSprop"]
    assert page.locator("#fig-race .legend text").all_text_contents() == list(shown(page))
    expect(page.locator("#fig-race .line.c3:visible")).to_have_count(0)


def test_keys_reach_the_ends_of_a_slider(page: Page) -> None:
    for name, low, high in (("beta1", 0, 0.999), ("rate", 1e-4, 4), ("condition", 1, 1000)):
        for key, wanted in (("Home", low), ("End", high)):
            control(page, name).focus()
            page.keyboard.press(key)
            text = control(page, name).get_attribute("aria-valuetext")
            assert float(text) == pytest.approx(wanted, rel=0.06), name
    control(page, "size", "fig-noise").focus()
    page.keyboard.press("Home")
    for _ in range(14):  # half of the way, though the first steps change nothing
        page.keyboard.press("ArrowRight")
    expect(control(page, "size", "fig-noise")).to_have_attribute("aria-valuetext", "11")
    page.keyboard.press("End")
    assert shown(page, "fig-noise")["expected"] == 0
    expect(said(page, "fig-noise")).to_contain_text("mini-batches of 128 rows")


def test_words_follow_the_picture_once_the_hand_rests(page: Page) -> None:
    expect(said(page)).to_contain_text("From (-4, 1.5), loss after 60 steps:")
    first = said(page).inner_text()
    order = [part.split(": ")[-1].split(" ")[-1] for part in first.rstrip(".").split("; ")]
    assert [float(x) for x in order] == sorted(float(x) for x in order)
    control(page, "rate").fill("0.5")  # 3.2: gradient descent flies off
    expect(said(page)).to_contain_text("gradient descent has flown off")
    control(page, "step", "fig-averages").fill("3")
    expect(said(page, "fig-averages")).to_contain_text("At step 3 the average is")
    expect(said(page, "fig-averages")).to_contain_text("add up to 1.")
    control(page, "correction", "fig-averages").uncheck()
    expect(said(page, "fig-averages")).to_contain_text("add up to 0.488, as there is no correction")


def test_words_are_told_once_and_not_at_first(page: Page) -> None:
    expect(said(page)).to_have_attribute("aria-live", "polite")
    page.evaluate(
        """() => {
          window.told = [];
          const note = (list) => list.forEach(({ target }) => told.push(target.textContent));
          const watch = new MutationObserver(note);
          for (const node of document.querySelectorAll(".explorable-said")) {
            watch.observe(node, { childList: true, subtree: true, characterData: true });
          }
        }"""
    )
    handle(page).focus()
    for key in 6 * ["ArrowRight"]:
        page.keyboard.press(key)
        page.wait_for_timeout(60)
    assert page.evaluate("told") == []
    page.wait_for_function("told.length")
    page.wait_for_timeout(600)
    (words,) = page.evaluate("told")
    assert words.startswith(f"From ({start_of(page)[0]:.3g}, 1.5), loss after 60 steps")


def test_nobody_is_told_what_nobody_has_asked(open_page: Any) -> None:
    page = open_page(without="**/explorables.js*")
    for node in page.locator(".explorable-said").all():
        expect(node).to_have_attribute("aria-live", "off")
        expect(node).to_have_text("")


# The state in the address


def test_a_link_brings_the_same_setting(page: Page, open_page: Any) -> None:
    handle(page).focus()
    page.keyboard.press("Shift+ArrowRight")
    control(page, "surface").select_option("saddle")
    page.keyboard.press("Tab")
    handle(page).focus()
    page.keyboard.press("Shift+ArrowRight")
    control(page, "beta1").fill("0.3")
    page.locator("#fig-race").get_by_role("checkbox", name="momentum", exact=True).uncheck()
    control(page, "correction").uncheck()
    control(page, "replacement", "fig-noise").check()
    wanted = shown(page), shown(page, "fig-noise")
    page.locator("#fig-race").get_by_role("button", name="Copy link").click()
    expect(said(page)).to_contain_text("link")
    state = page.evaluate("() => new URL(location).search")
    words = page.evaluate(
        "id => document.querySelector(`#${id} .explorable-said`).textContent", "fig-race"
    )
    address = words.split("setting: ")[-1] if "setting: " in words else page.url
    assert address.split("?")[0].split("#")[0] == page.url.split("?")[0]
    other = open_page()
    other.goto(address)
    assert shown(other) == wanted[0]
    assert not state or "fig-race.surface=saddle" in state
    expect(control(other, "surface")).to_have_value("saddle")
    expect(control(other, "correction")).not_to_be_checked()
    box = other.locator("#fig-race").get_by_role("checkbox", name="momentum", exact=True)
    expect(box).not_to_be_checked()


@pytest.mark.parametrize(
    "state",
    [
        {"rate": "fast"},
        {"rate": "1e9"},
        {"rate": ""},
        {"beta1": ""},
        {"beta1": " "},
        {"beta1": "0x0"},
        {"beta1": "1"},
        {"steps": "2.5"},
        {"steps": "0"},
        {"optimizers": "Adam,Lion"},
        {"surface": "hill"},
        {"start": "1"},
        {"start": "1,x"},
        {"start": "1,"},
        {"start": ","},
        {"start": "1,2,3"},
        {"start": "1e999,0"},
        {"correction": "maybe"},
        {"__proto__": "1"},
        {"unknown": "1"},
    ],
)
def test_a_wrong_link_changes_nothing(open_page: Any, page: Page, state: dict[str, str]) -> None:
    wrong = open_page("a", {f"fig-race.{k}": v for k, v in state.items()})
    assert shown(wrong) == shown(page)


def test_a_link_may_lead_far_off(open_page: Any) -> None:
    state = {"fig-race.start": "1e200,-1e200", "fig-convergence.at": "1e300,-7"}
    page = open_page("a", state | {"fig-averages.beta": "0.999"})
    expect(said(page)).to_contain_text("gradient descent has flown off")
    expect(said(page, "fig-convergence")).to_contain_text("the error does not shrink")
    expect(said(page, "fig-averages")).to_contain_text("about the last 1000 values count")


@pytest.mark.parametrize(
    ("figure", "state"),
    [
        ("race", {"rate": "0.25", "start": "-1.5,2", "optimizers": "momentum,Adam"}),
        ("race", {"optimizers": ""}),
        ("averages", {"beta": "0.95", "noise": "0.7", "step": "33", "correction": "false"}),
        ("convergence", {"method": "Nesterov", "condition": "77", "at": "0.8,0.4"}),
        ("noise", {"size": "3", "draw": "9", "replacement": "true"}),
    ],
)
def test_an_address_stays_what_it_says(site: Page, figure: str, state: dict[str, str]) -> None:
    query = {f"fig-{figure}.{name}": text for name, text in state.items()}
    site.goto(f"{SITE}book/a.html?{urlencode(query)}")
    wanted = shown(site, f"fig-{figure}")
    site.locator(f"#fig-{figure}").get_by_role("button", name="Copy link").click()
    site.wait_for_function("document.activeElement.tagName === 'BUTTON'")
    address = urlsplit(site.url)
    assert dict(parse_qsl(address.query, keep_blank_values=True)) == query
    site.goto(f"{SITE}book/b.html")
    site.goto(f"{SITE}book/a.html?{address.query}#fig-{figure}")
    assert shown(site, f"fig-{figure}") == wanted
    site.goto(f"{SITE}book/a.html")
    assert shown(site, f"fig-{figure}") != wanted


def test_figures_of_a_page_keep_their_settings_apart(site: Page) -> None:
    site.goto(f"{SITE}book/b.html?one.steps=3&two.rate=0.2&tw.rate=0.3&.rate=1&rate=1")
    assert {len(run["path"]) for run in shown(site, "one").values()} == {4}
    assert {len(run["path"]) for run in shown(site, "two").values()} == {101}
    expect(control(site, "rate", "one")).to_have_attribute("aria-valuetext", "0.1")
    expect(control(site, "rate", "two")).to_have_attribute("aria-valuetext", "0.2")
    control(site, "steps", "two").fill("7")
    site.wait_for_url("**/b.html?*two.steps=7*")
    assert "one.steps=3" in site.url
    assert len(next(iter(shown(site, "one").values()))["path"]) == 4
    site.locator("#one").get_by_role("button", name="Reset").click()
    site.wait_for_url(lambda url: "one." not in url)
    assert {"two.rate=0.2", "two.steps=7"} <= set(urlsplit(site.url).query.split("&"))
    assert {len(run["path"]) for run in shown(site, "two").values()} == {8}


def test_what_else_uses_the_address_is_left_alone(site: Page) -> None:
    live = "#live-1-cHJpbnQoMSk"  # a reader's code, see extensions/live_cells
    site.goto(f"{SITE}book/a.html?from=letter&fig-race.rate=0.2{live}")
    control(site, "steps").fill("5")
    site.wait_for_url("**/a.html?*fig-race.steps=5*")
    assert site.url.endswith(live)
    assert "from=letter" in site.url
    site.locator("#fig-race").get_by_role("button", name="Reset").click()
    site.wait_for_url(f"**/a.html?from=letter{live}")


def test_live_cells_leave_a_figures_setting_alone(browser: Browser) -> None:
    context = browser.new_context()
    script = ROOT / "extensions/live_cells/page/edits.js"

    def answer(route: Any) -> None:
        name = route.request.url.removeprefix(SITE).split("?")[0]
        if name == "edits.js":
            route.fulfill(path=script, content_type="text/javascript")
        elif name == "site.js":  # what it needs of the site: the address of its root
            body = 'export const base = "http://book.test/";'
            route.fulfill(body=body, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{SITE}book/a.html?fig-race.rate=0.2#live-1-cHJpbnQoMSk")
    found = page.evaluate(
        "import('/edits.js').then((edits) => [edits.linked(), edits.forgetLink(), location.href])"
    )
    assert found[0] == {"cell": 1, "code": "print(1)"}
    assert found[2] == f"{SITE}book/a.html?fig-race.rate=0.2"
    context.close()


def test_reset_brings_back_the_books_setting(page: Page) -> None:
    before, words = shown(page), said(page).inner_text()
    handle(page).focus()
    page.keyboard.press("ArrowDown")
    control(page, "surface").select_option("Rosenbrock")
    control(page, "rate").fill("-3")
    page.locator("#fig-race").get_by_role("checkbox", name="Adam", exact=True).uncheck()
    assert shown(page) != before
    page.locator("#fig-race").get_by_role("button", name="Reset").click()
    assert shown(page) == before
    expect(control(page, "rate").locator("xpath=../*[@class='explorable-value']")).to_have_text(
        "0.1"
    )
    expect(control(page, "surface")).to_have_value("ravine")
    expect(said(page)).to_have_text(words)
    page.wait_for_timeout(50)
    assert "fig-race" not in page.evaluate("location.search")


# Eyes and ears


def test_without_javascript_there_is_the_picture(open_page: Any) -> None:
    page = open_page(java_script_enabled=False)
    expect(page.locator("#fig-race img.figure-light")).to_be_visible()
    expect(page.locator(".explorable").first).to_be_hidden()
    expect(page.locator("#fig-race figcaption")).to_be_visible()


def test_everything_has_a_name_to_hear(page: Page) -> None:
    picture = page.get_by_role("group", name="A race in a ravine.")
    expect(picture).to_have_count(1)
    expect(picture.get_by_role("slider", name="Start")).to_have_count(1)
    expect(page.locator("#fig-race").get_by_role("slider")).to_have_count(6)
    expect(page.get_by_role("slider", name="Condition number", exact=True)).to_have_count(2)
    expect(page.get_by_role("group", name="Optimizers").get_by_role("checkbox")).to_have_count(4)
    expect(page.get_by_role("status")).to_have_count(4)
    for node in page.locator(".handle").all():
        for attribute in ("min", "max", "now", "text"):
            assert node.get_attribute(f"aria-value{attribute}")


def test_the_focus_is_seen(page: Page) -> None:
    def stroke(figure: str) -> str:
        found: str = (
            handle(page, figure).locator(".focus").evaluate("node => getComputedStyle(node).stroke")
        )
        return found

    for figure in ("fig-race", "fig-averages", "fig-convergence", "fig-noise"):
        page.keyboard.press("Shift")  # the keyboard is at work
        assert stroke(figure) == "none"
        handle(page, figure).focus()
        assert stroke(figure).startswith("rgb")
        expect(handle(page, figure)).to_have_css("outline-style", "none")  # one ring is enough
        controls = page.locator(f"#{figure} form").locator("input, select, button")
        for each in controls.all():
            each.focus()
            outline = each.evaluate("node => getComputedStyle(node).outline")
            assert "solid 2px" in outline, outline


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_are_those_of_the_books_figures(open_page: Any, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    expect(page.locator("html")).to_have_attribute("data-theme", scheme)

    def computed(place: str, name: str) -> str:
        found: str = page.locator(place).first.evaluate(f"node => getComputedStyle(node).{name}")
        return found

    def rgb(colour: str) -> str:
        shade = DARK[colour] if scheme == "dark" else colour
        return f"rgb({', '.join(str(int(shade[k : k + 2], 16)) for k in (1, 3, 5))})"

    for k, colour in enumerate(COLORS[:4]):
        assert computed(f"#fig-race .line.c{k}", "stroke") == rgb(colour)
    assert computed("#fig-race .frame text", "fill") == rgb("#1f2328")
    assert "DejaVu Sans" in computed("#fig-race .frame text", "fontFamily")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_fits_the_screen(open_page: Any, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    targets = page.locator(
        ".explorable input[type=range], .explorable select, .explorable button, .explorable-switch"
    )
    assert targets.count() > 20
    for target in targets.all():
        box = target.bounding_box()
        assert min(box["width"], box["height"]) >= 24
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    for picture in page.locator(".explorable-picture").all():
        box = picture.bounding_box()
        assert box["x"] >= -1
        assert box["x"] + box["width"] <= width + 1


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_when_the_script_has_run(open_page: Any, width: int) -> None:
    def heights(page: Page) -> list[float]:
        page.wait_for_load_state("networkidle")
        return [figure.bounding_box()["height"] for figure in page.locator("figure").all()]

    viewport = {"width": width, "height": 800}
    after = heights(open_page(viewport=viewport))
    before = heights(open_page(without="**/explorables.js*", viewport=viewport))
    assert len(before) == 4
    for height, wanted in zip(before, after, strict=True):
        assert abs(height - wanted) <= 2


def test_the_live_picture_lies_over_the_drawn_one(open_page: Any) -> None:
    def axes(page: Page) -> list[float]:
        box = page.locator("#fig-race img.figure-light, #fig-race svg").first.bounding_box()
        return [box["x"], box["width"], box["height"]]

    assert differ(axes(open_page()), axes(open_page(without="**/explorables.js*"))) <= 1


def test_paper_has_the_picture_and_no_controls(page: Page) -> None:
    page.emulate_media(media="print")
    expect(page.locator("#fig-race .explorable-picture")).to_be_visible()
    expect(page.locator(".explorable").first).to_be_hidden()


def test_a_strict_policy_for_scripts_lets_it_work(browser: Browser, html: Path) -> None:
    context = browser.new_context()
    policy = {"Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'"}
    serve(context, html, policy)
    page = context.new_page()
    page.goto(f"{SITE}book/a.html?fig-race.steps=3")
    assert len(shown(page)["Adam"]["path"]) == 4
    control(page, "steps").fill("5")
    assert len(shown(page)["Adam"]["path"]) == 6
    page.wait_for_url("**/a.html?fig-race.steps=5")
    page.get_by_role("button", name="Reset").first.click()
    page.wait_for_url("**/a.html")
    context.close()
