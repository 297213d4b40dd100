"""The search of the built book: what it finds, and how it serves hands, eyes and slow lines."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from reader import Reader

from extensions.equations import NODE

ROOT = Path(__file__).parents[2]
ASK = ROOT / "tests" / "extensions" / "search_in_node.mjs"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
MISSING = r"Failed to load resource: net::ERR_(FAILED|INTERNET_DISCONNECTED)"

#: What readers type; where it must lead, page and title (any, if empty); among how many.
QUALITY = [
    ("moment", "optimization/momentum", "Momentum", 1),
    ("momentum", "optimization/momentum", "Momentum", 1),
    ("nestrov", "optimization/nesterov", "", 1),
    ("adam", "optimization/adam", "Adam", 1),
    ("optimizers.Adam", "back/api/optimizers", "dlbook.Adam", 1),
    ("dlbook.optimizers.Adam", "back/api/optimizers", "dlbook.Adam", 1),
    ("xavier", "initialization/glorot-he", "Glorot and He", 3),
    ("glorot", "initialization/glorot-he", "Glorot and He", 1),
    ("he init", "back/glossary", "He initialization", 3),
    ("initialisation", "initialization/index", "Initialization", 1),
    ("symmetry", "initialization/symmetry", "Symmetry", 1),
    ("dead relu", "back/glossary", "dead unit", 3),
    ("learning_rate", "back/glossary", "learning rate", 1),
    ("learning rate schedule", "optimization/schedules", "Schedules", 3),
    ("bootstrap_interval", "back/api/evidence", "dlbook.evidence.bootstrap_interval", 1),
    ("MLP", "back/api/network", "dlbook.MLP", 1),
    ("train", "back/api/training", "dlbook.train", 1),
    ("tf.function", "tensorflow/tracing", "", 2),
    ("GradientTape", "tensorflow/gradients", "", 1),
    ("tf.Session", "tensorflow/tf1", "", 1),
    ("placeholder", "back/glossary", "placeholder", 1),
    ("weight decay", "regularization/weight-decay", "", 2),
    ("l2", "regularization/l2", "L2: keep the weights small", 4),
    ("dropout", "regularization/dropout", "Dropout", 1),
    ("early stopping", "regularization/early-stopping", "Early stopping", 1),
    ("overfit", "regularization/overfitting", "Overfitting", 1),
    ("label smoothing", "regularization/soft-labels", "Label smoothing", 3),
    ("minibatch", "optimization/mini-batches", "Mini-batches", 2),
    ("gradient noise", "optimization/gradient-noise", "Gradient noise", 1),
    ("gradient check", "gradient-checking/check", "A gradient check", 1),
    ("2/λmax", "optimization/landscape", "", 1),
    ("β₁", "optimization/adam", "", 1),
    ("beta1", "optimization/adam", "", 1),
    ("saddle", "back/api/surfaces", "dlbook.surfaces.saddle", 1),
    ("claims", "back/claims", "Claims", 1),
    ("vanishing gradient", "back/glossary", "vanishing gradients", 1),
    ("cross entropy", "back/glossary", "cross-entropy", 1),
]


@pytest.fixture(scope="module")
def search(built_book: Any) -> Path:
    """The folder of the search in the built site."""
    folder: Path = built_book.html / "_static" / "search"
    return folder


def ask(search: Path, questions: list[str]) -> list[list[list[str]]]:
    command = [str(NODE), str(ASK), str(search / "index.js")]
    text = json.dumps(questions)
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=True)
    found: list[list[list[str]]] = json.loads(done.stdout)
    return found


def test_good_answers_come_first(search: Path) -> None:
    answers = ask(search, [question for question, *_ in QUALITY])
    wrong = []
    for (question, page, title, among), hits in zip(QUALITY, answers, strict=True):
        best = [(hit[0], hit[2]) for hit in hits[:among]]
        if not any(url == f"book/{page}.html" and title in ("", name) for url, name in best):
            wrong.append(f"{question}: {best}")
    assert not wrong, "\n".join(wrong)


def sections_of(search: Path) -> list[tuple[list[str], str]]:
    """Every section as the search names it, with all that it says."""
    index = json.loads((search / "index.js").read_text(encoding="utf-8").split("=", 1)[1])
    found = []
    for number, (url, page, chapter) in enumerate(index["pages"]):
        script = (search / "text" / f"{number}.js").read_text(encoding="utf-8")
        _, said = json.loads("[" + script[script.index("(") + 1 : script.rindex(")")] + "]")
        own = [section[1:4] for section in index["sections"] if section[0] == number]
        for (kind, title, anchor), texts in zip(own, said, strict=True):
            above = chapter if kind in ("page", "reference") else page
            found.append(([url, kind, title, anchor], "\n".join([title, above, *texts])))
    return found


def test_every_word_is_found_where_it_stands(search: Path) -> None:
    """Held against a plain look through all texts, for words of all frequencies."""
    sections = sections_of(search)
    every = set(re.findall(r"\b[a-z]{5,}[a-rt-z]\b", "\n".join(text for _, text in sections)))
    words = sorted(every)[:: len(every) // 150]
    assert len(words) >= 150
    problems = []
    for word, hits in zip(words, ask(search, words), strict=True):
        place = re.compile(rf"(?<![^\W_]){word}", re.IGNORECASE)
        missing = [s for s, text in sections if place.search(text) and s not in hits]
        # Names, which are not shown, and words in two parts (Grad-ient) may add some.
        letters = {s[0] + s[3]: re.sub(r"[^a-z]", "", text.lower()) for s, text in sections}
        extra = [s for s in hits if word not in letters[s[0] + s[3]] and s[1] == "section"]
        if missing or extra:
            problems.append(f"{word}: not found in {missing[:3]}, too much: {extra[:3]}")
    assert not problems, "\n".join(problems)


def test_weight(search: Path) -> None:
    def weight(*names: str) -> int:
        return sum(len(gzip.compress((search / name).read_bytes(), 9)) for name in names)

    assert weight("open.js") < 2_000  # with every page
    assert weight("search.js", "index.js") < 250_000  # when the search is opened
    texts = [weight(f"text/{path.name}") for path in (search / "text").iterdir()]
    assert max(texts) < 12_000  # a page's, when something is found in it


class Desk:
    """A reader at the search of a page."""

    def __init__(self, tab: Page) -> None:
        self.tab = tab
        self.dialog = tab.locator("#pst-search-dialog")
        self.input = self.dialog.locator("input")
        self.status = self.dialog.get_by_role("status")
        self.options = self.dialog.get_by_role("option")

    def open(self) -> None:
        self.tab.keyboard.press("ControlOrMeta+k")
        expect(self.input).to_be_focused()


@pytest.fixture
def desk(reader: Reader) -> Desk:
    return Desk(reader.open("optimization/adam").tab)


def test_by_keyboard(reader: Reader, desk: Desk) -> None:
    loaded = [url for url in reader.requests if "/_static/search/" in url]
    assert {url.split("?")[0].rsplit("/", 1)[1] for url in loaded} <= {"open.js", "search.css"}
    desk.open()
    expect(desk.dialog).to_contain_text("Type beginnings of words")
    desk.tab.keyboard.type("nesterov mom")
    expect(desk.status).to_have_text(re.compile(r"^\d+ results on \d+ pages$"))
    expect(desk.input).to_have_attribute("aria-expanded", "true")
    expect(desk.options.first).to_have_attribute("aria-selected", "true")
    expect(desk.options.first.locator("mark").first).to_have_text("Nesterov")
    combobox = desk.dialog.get_by_role("combobox", name="Search this book")
    first = str(desk.options.first.get_attribute("id"))
    expect(combobox).to_have_attribute("aria-activedescendant", first)
    desk.tab.keyboard.press("ArrowDown")
    expect(desk.options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(desk.options.first).to_have_attribute("aria-selected", "false")
    desk.tab.keyboard.press("ArrowUp")
    desk.tab.keyboard.press("ArrowUp")
    expect(desk.options.last).to_have_attribute("aria-selected", "true")
    desk.tab.keyboard.press("ArrowDown")
    desk.tab.keyboard.press("Enter")
    desk.tab.wait_for_url("**/optimization/nesterov.html**")


def test_by_mouse(desk: Desk) -> None:
    button = desk.tab.locator(".search-button__button:visible").first
    button.click()
    expect(desk.input).to_be_focused()
    desk.input.fill("the two epsilons")
    option = desk.options.filter(has_text="The two epsilons").first
    expect(option.locator("..")).to_contain_text("Optimization › Adam")
    option.click()  # in this very page
    expect(desk.dialog).not_to_be_visible()
    desk.tab.wait_for_url("**/optimization/adam.html#the-two-epsilons**")
    expect(desk.tab.get_by_role("heading", name="The two epsilons")).to_be_in_viewport()


def test_closes_and_gives_the_focus_back(desk: Desk) -> None:
    button = desk.tab.locator(".search-button__button:visible").first
    button.focus()
    desk.tab.keyboard.press("Enter")
    expect(desk.input).to_be_focused()
    desk.tab.keyboard.type("adam")
    desk.tab.keyboard.press("Escape")
    expect(desk.dialog).not_to_be_visible()
    expect(button).to_be_focused()
    desk.tab.evaluate("document.dispatchEvent(new Event('dl:search'))")
    expect(desk.input).to_be_focused()
    expect(desk.input).to_have_value("adam")
    desk.dialog.get_by_role("button", name="Close the search").click()
    expect(desk.dialog).not_to_be_visible()


def test_code_and_what_is_typed_stay_text(desk: Desk) -> None:
    desk.open()
    desk.input.fill("default_rng keepdims")
    excerpt = desk.options.first.locator(".dl-search-excerpt")
    expect(excerpt.locator("mark").first).to_have_text(re.compile("default_rng|keepdims|rng"))
    expect(desk.dialog.locator(".dl-search-excerpt.dl-search-code").first).to_be_visible()
    question = "<img src=qqq onerror=alert(1)> zzqx"
    desk.input.fill(question)
    expect(desk.status).to_contain_text("“onerror”")
    desk.input.fill("<i>zqzqxx")
    expect(desk.status).to_contain_text("Nothing found for “<i>zqzqxx”")
    assert desk.dialog.locator("img, i").count() == 0


def test_without_network(reader: Reader, desk: Desk) -> None:
    reader.expected.append(MISSING)
    reader.context.set_offline(True)
    desk.open()
    expect(desk.dialog).to_contain_text("The search could not be loaded")
    reader.context.set_offline(False)
    desk.dialog.get_by_role("button", name="Try again").click()
    desk.input.fill("momentum")
    expect(desk.options.first).to_contain_text("Momentum")


def test_page_of_results(reader: Reader) -> None:
    tab = reader.context.new_page()
    tab.goto(f"{reader.root}search.html?q=gradient+check")
    expect(tab.get_by_role("main").get_by_role("combobox")).to_have_value("gradient check")
    expect(tab.get_by_role("option").first).to_contain_text("A gradient check")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/gradient-checking/check.html**")


def test_without_scripts(new_reader: Callable[..., Reader]) -> None:
    reader = new_reader(java_script_enabled=False)
    tab = reader.context.new_page()
    tab.goto(f"{reader.root}search.html")
    assert not tab.locator(".dl-search").is_visible()
    note = tab.locator("main noscript p")  # which Playwright takes for no text
    assert note.is_visible()
    assert "needs JavaScript" in (note.text_content() or "")
    note.locator("a").last.click()
    expect(tab).to_have_title(re.compile("Deep Learning, Verified"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_on_a_phone(new_reader: Callable[..., Reader], scheme: Any) -> None:
    screen = {"width": 320, "height": 700}
    reader = new_reader(color_scheme=scheme, viewport=screen, reduced_motion="reduce")
    desk = Desk(reader.open("optimization/adam").tab)
    desk.open()
    desk.input.fill("bias corr")
    expect(desk.options.first.locator("mark").first).to_be_visible()
    expect(desk.dialog.locator(".dl-search-excerpt mark").first).to_be_visible()
    box = desk.dialog.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert box["y"] + box["height"] <= 700
    assert desk.dialog.evaluate("element => element.scrollWidth <= element.clientWidth")
    desk.tab.evaluate(AXE.read_text(encoding="utf-8"))
    found = desk.tab.evaluate("axe.run('#pst-search-dialog')")
    assert found["passes"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []
