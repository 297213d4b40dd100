"""The last step of a build reaches every page, written in this build or in an earlier one."""

from __future__ import annotations

from tiny_book import TinyBook

LISTENER = """
extensions += ["extensions.finishing"]

def change(app, page):
    number = open("number.txt").read()
    page.html = page.html.partition("<!--n:")[0] + f"<!--n:{number}-->"

def setup(app):
    app.connect("page-finishing", change)
"""


def test_every_page_is_finished_in_every_build(book: TinyBook) -> None:
    with (book.root / "conf.py").open("a") as conf:
        conf.write(LISTENER)
    for number in (1, 2):
        (book.root / "number.txt").write_text(str(number))
        code, log = book.build()
        assert code == 0, log
        pages = [*book.html.glob("*.html"), book.html.parent / "search.html"]
        assert len(pages) == 5
        for page in pages:
            assert page.read_text().endswith(f"<!--n:{number}-->"), page
