"""Explorable figures in a built page, as readers without JavaScript and other builders get them."""

from __future__ import annotations

import gzip
import json
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup
from explorables_book import FIGURES, explorables_book, write
from tiny_book import TinyBook

from dlbook.plotting import COLORS, DARK
from extensions.explorables import KINDS, averages, batch_noise, race
from extensions.explorables.controls import OptionError, Slider, read_settings

PROBLEMS = {
    "{explorable} nothing\n---\nname: x\n---\nA caption.": "'nothing' is no figure",
    "{explorable} race\n---\nname: x\n---\n": "has a caption",
    "{explorable} race\n---\nsurface: Beale\n---\nA caption.": "has a name",
    "{explorable} race\n---\nname: x\nrate: 100\n---\nA caption.": "a number from 0.0001 to 4",
    "{explorable} race\n---\nname: x\nrate: fast\n---\nA caption.": "rate is 'fast'",
    "{explorable} race\n---\nname: x\nsteps: 2.5\n---\nA caption.": "a whole number is needed",
    "{explorable} race\n---\nname: x\nsurface: hill\n---\nA caption.": "one of ravine, Rosenbrock",
    "{explorable} race\n---\nname: x\noptimizers: [Adam, Adam]\n---\nA caption.": "1 to 6 diff",
    "{explorable} race\n---\nname: x\noptimizers: Adam\n---\nA caption.": "a list of 1 to 6",
    "{explorable} race\n---\nname: x\ncorrection: 1\n---\nA caption.": "true or false",
    "{explorable} race\n---\nname: x\nstart: [1]\n---\nA caption.": "two finite numbers",
    "{explorable} convergence\n---\nname: x\nat: [1, 1]\n---\nA caption.": "beta is 1.0",
    "{explorable} race\n---\nname: x\nbeta: 0.5\n---\nA caption.": "beta is no option of this",
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    return explorables_book(tmp_path_factory.mktemp("explorables"))


@pytest.fixture(scope="module")
def page(book: TinyBook) -> BeautifulSoup:
    code, log = book.build()
    assert code == 0, log
    return soup(book, "a")


def soup(book: TinyBook, name: str) -> BeautifulSoup:
    return BeautifulSoup((book.html / f"{name}.html").read_text("utf-8"), "html.parser")


def words(node: Any) -> str:
    return " ".join(node.get_text().split())


def test_each_is_a_figure_with_a_picture_in_two_colourings(
    book: TinyBook, page: BeautifulSoup
) -> None:
    figures = page.find_all("figure")
    assert [figure["id"] for figure in figures] == [
        "fig-race",
        "fig-averages",
        "fig-convergence",
        "fig-noise",
    ]
    for figure in figures:
        light, dark = figure.find_all("img")
        assert (light["class"], dark["class"]) == (
            ["dark-light", "figure-light"],
            ["dark-light", "figure-dark"],
        )
        assert light["alt"] == dark["alt"]
        drawings = [
            (book.html / image["src"]).resolve().read_text("utf-8") for image in (light, dark)
        ]
        assert COLORS[0] in drawings[0]
        assert DARK[COLORS[0]] in drawings[1]
        assert COLORS[0] not in drawings[1]
        order = [tag.name for tag in figure.find_all(["img", "form", "figcaption"])]
        assert order == ["img", "img", "form", "figcaption"]
    assert words(figures[0].figcaption).startswith("Fig. 1 A race in a ravine.")
    assert figures[0].figcaption.em.text == "ravine"
    assert "after 60 steps the loss is: gradient descent" in figures[0].img["alt"]
    assert figures[2].img["alt"] == "A map."
    assert "Fig. 1 shows a race." in words(page.find("article") or page)


def test_controls_say_what_the_options_say(page: BeautifulSoup) -> None:
    race, average, chart, noise = page.select("form.explorable-controls")
    assert (
        race.find(attrs={"data-control": "surface"}).find("option", selected=True).text == "ravine"
    )
    rate = race.find(attrs={"data-control": "rate"})
    assert float(rate["value"]) == -1.0
    assert rate["aria-valuetext"] == words(rate.parent.select_one(".explorable-value")) == "0.1"
    boxes = race.fieldset.find_all("input")
    assert [box["value"] for box in boxes] == ["gradient descent", "momentum", "RMSprop", "Adam"]
    assert all(box.has_attr("checked") for box in boxes)
    beta = average.find(attrs={"data-control": "beta"})
    assert float(beta["value"]) == pytest.approx(-np.log10(0.2), abs=1e-5)
    facts = json.loads(chart.parent["data-facts"])
    assert facts["settings"] == {"method": "momentum", "condition": 20, "at": [1.5, 0.5]}
    assert noise.find(attrs={"data-control": "replacement"}).has_attr("checked") is False


def test_every_control_has_a_name_and_waits_for_the_script(page: BeautifulSoup) -> None:
    for control in page.select(".explorable input, .explorable select, .explorable button"):
        assert control.has_attr("disabled")
        assert words(control if control.name == "button" else control.find_parent("label"))
    for said in page.select(".explorable-said"):
        assert said["role"] == "status"
    assert len(page.select(".explorable-said")) == 4


def test_nothing_of_a_figure_is_script_or_style_in_the_page(page: BeautifulSoup) -> None:
    # a content security policy may forbid both
    for figure in page.find_all("figure"):
        assert not figure.find_all(["script", "style"])
        attributes = {name for tag in figure.find_all(True) for name in tag.attrs}
        assert not {name for name in attributes if name == "style" or name.startswith("on")}


def test_files_are_loaded_where_there_are_figures(book: TinyBook, page: BeautifulSoup) -> None:
    (script,) = page.select("script[src*=explorables]")
    assert script.has_attr("defer")
    (style,) = page.select("link[href*=explorables]")
    sizes = [len(gzip.compress(str(page.select(".explorable")).encode()))]
    for address in (script["src"], style["href"]):
        path, version = address.split("?v=")
        assert version
        sizes.append(len(gzip.compress((book.html / path).read_bytes())))
    assert sum(sizes) <= 40_000, sizes  # with the markup of all four kinds
    assert "explorables" not in str(soup(book, "b"))
    licences = (book.html.parent / "_static" / "explorables" / "LICENSES.txt").read_text("utf-8")
    assert "d3-scale" in licences
    assert "d3-contour" in licences


def test_pictures_are_small(book: TinyBook, page: BeautifulSoup) -> None:
    for image in page.select("figure img"):
        drawing = (book.html / image["src"]).resolve().read_bytes()
        assert len(gzip.compress(drawing)) < 40_000


def test_other_books_get_the_picture_and_the_caption(book: TinyBook, page: BeautifulSoup) -> None:
    code, log = book.build("epub")
    assert code == 0, log
    text = (book.root / "_build" / "epub" / "book" / "a.xhtml").read_text("utf-8")
    html = BeautifulSoup(text, "html.parser")
    assert len(html.select("figure img, .figure img")) == 4
    assert not html.select("form, .explorable, [data-explorable]")
    assert "A race in a ravine." in words(html.body)
    code, log = book.build("text")
    assert code == 0, log


def test_what_does_not_fit_stops_the_build(book: TinyBook) -> None:
    write(book, "a", "\n\n".join(f"```{body}\n```" for body in PROBLEMS))
    try:
        code, log = book.build("text")
    finally:
        write(book, "a", FIGURES)
    assert code != 0
    said = [line for line in log.splitlines() if "a.md:" in line]
    assert len(said) == len(PROBLEMS), log
    for line, problem in zip(said, PROBLEMS.values(), strict=True):
        assert problem in line


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_the_same_each_time(kind: str) -> None:
    settings = read_settings(KINDS[kind].CONTROLS, {})
    assert KINDS[kind].draw(settings).to_svg() == KINDS[kind].draw(settings).to_svg()


@pytest.mark.parametrize("surface", race.SURFACES)
@pytest.mark.parametrize("rate", [1e-4, 4.0])
def test_a_race_is_drawn_at_any_rate(surface: str, rate: float) -> None:
    everyone = list(race.OPTIMIZERS)[:6]
    options = {"surface": surface, "rate": rate, "steps": 400, "optimizers": everyone}
    settings = read_settings(race.CONTROLS, options)
    assert race.draw(settings).to_svg().startswith("<?xml")
    assert all(name in race.describe(settings) for name in everyone)


def test_averages_are_sums_of_weights() -> None:
    values = np.random.default_rng(1).normal(2, 1, averages.LENGTH)
    for beta in (0.0, 0.7, 0.98):
        ages = np.arange(60)[::-1]
        share = (1 - beta) * beta ** ages.astype(float)
        np.testing.assert_allclose(averages.weights(60, beta, False), share, atol=1e-15)
        share /= share.sum()
        np.testing.assert_allclose(averages.weights(60, beta, True), share, atol=1e-15)
        found = averages.averages(values, beta, True)
        np.testing.assert_allclose(found[59], share @ values[:60], rtol=1e-12)


def test_the_cloud_is_one_of_gradients() -> None:
    rows = batch_noise.rows_of_gradients()
    network, theta = batch_noise.dlbook.MLP((2, 1)), np.array([0.3, -0.2, 0.1])
    whole = network.gradient(theta, *batch_noise.moons(batch_noise.ROWS, rng=3))
    np.testing.assert_allclose(rows.mean(0), whole[:2], atol=1e-5)
    # a direction's deviation, and how far the ellipse reaches there: 95 % of a normal cloud
    loop = batch_noise.ellipse(rows, 16, replacement=True) - rows.mean(0)[:, None]
    deviations = np.sqrt(np.linalg.eigvalsh(np.cov(rows.T, ddof=0)) / 16)
    reach = np.hypot(*loop)
    assert 1 - np.exp(-((reach.max() / deviations[1]) ** 2) / 2) == pytest.approx(0.95)
    assert reach.min() / deviations[0] == pytest.approx(reach.max() / deviations[1])


def test_a_slider_takes_what_lies_between_its_ends() -> None:
    slider = Slider("beta", "β", 0.9, 0, 0.999, "complement")
    assert [slider.read(value) for value in (0, 0.5, 0.999)] == [0, 0.5, 0.999]
    assert slider.position(0.9) == pytest.approx(1)
    for value in (-0.1, 1, float("nan"), "0.5", True, None):
        with pytest.raises(OptionError, match=r"from 0 to 0\.999"):
            slider.read(value)
