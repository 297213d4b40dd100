from __future__ import annotations

from bs4 import BeautifulSoup

FIGURE = """---
mystnb:
  image:
    alt: A dark square on the left.
  figure:
    caption: A square.
    name: fig-square
---
from IPython.display import SVG
SVG('<svg xmlns="http://www.w3.org/2000/svg" width="90" height="50">'
    '<rect width="50" height="50" fill="#111111"/></svg>')"""


def test_dark_twin(book) -> None:
    book.page("a", FIGURE)
    assert book.build()[0] == 0
    figure = BeautifulSoup((book.html / "a.html").read_text(), "html.parser").find("figure")
    light, dark = figure.find_all("img")
    assert light["class"] == ["dark-light", "figure-light"]
    assert dark["class"] == ["dark-light", "figure-dark"]
    assert light["alt"] == dark["alt"] == "A dark square on the left."
    assert "A square." in figure.find("figcaption").text
    assert "#111111" in (book.html / light["src"]).resolve().read_text()
    assert "#eeeeee" in (book.html / dark["src"]).resolve().read_text()


def test_books_without_a_dark_mode_keep_the_light_one(book) -> None:
    book.page("a", FIGURE)
    code, log = book.build("epub")
    assert code == 0, log
    page = (book.root / "_build" / "epub" / "book" / "a.xhtml").read_text()
    assert page.count("<img ") == 1
    assert "-dark.svg" not in page
