"""A site has nothing in it that an earlier build left behind."""

from __future__ import annotations

from tiny_book import TinyBook

FIGURE = """
from IPython.display import SVG, display

display(SVG('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><!-- {} --></svg>'))
"""


def test_old_figures_and_pages_go(book: TinyBook) -> None:
    with (book.root / "conf.py").open("a") as conf:
        conf.write('extensions += ["extensions.leftovers"]\n')
    book.page("a", FIGURE.format("first"))
    assert book.build()[0] == 0
    (first,) = (book.html.parent / "_images").iterdir()
    assert (book.html / "b.html").is_file()

    book.page("a", FIGURE.format("second"))
    (book.root / "book" / "b.md").unlink()
    index = book.root / "book" / "index.md"
    index.write_text(index.read_text().replace("\nb\n", "\n"))
    code, log = book.build()
    assert code == 0, log
    (second,) = (book.html.parent / "_images").iterdir()
    assert second.name != first.name
    assert {page.name for page in book.html.iterdir()} == {"a.html", "claims.html", "index.html"}
