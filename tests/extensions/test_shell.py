"""The shell of pages: icons, head, images, dropdowns, and builds after builds."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from tiny_book import TinyBook

from extensions.shell.assets import data_attribute, in_order
from extensions.shell.head import START, policy, read
from extensions.shell.icons import ICONS, draw, icon
from extensions.shell.images import hold_places

CONF = """
extensions += ["sphinx_copybutton", "extensions.finishing", "extensions.shell"]
extensions += ["extensions.quizzes"]
html_theme = "sphinx_book_theme"
html_static_path = ["extra"]
html_css_files = ["extra.css"]
"""
QUIZ = """
```{quiz}
Which?

- [x] This.
  Yes.
- [ ] That.
  No.
```

```{admonition} Solution
:class: dropdown
It is *this*.
```
"""
CSS = """
.dl-anything { color: red }
.nobody-has-this-class { color: red }
.quiz-title { color: green; background: url(mark.svg) }
"""


def soup(file: Path) -> BeautifulSoup:
    return BeautifulSoup(file.read_text("utf-8"), "html.parser")


def contents(root: Path) -> dict[str, bytes]:
    return {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in sorted(root.rglob("*"))
        if file.suffix in (".html", ".css", ".js")
    }


def with_shell(book: TinyBook, extra: str = CSS) -> TinyBook:
    with (book.root / "conf.py").open("a") as conf:
        conf.write(CONF)
    (book.root / "extra").mkdir()
    (book.root / "extra" / "extra.css").write_text(extra)
    (book.root / "extra" / "mark.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return book


def add(book: TinyBook, name: str, text: str) -> None:
    page = book.root / "book" / f"{name}.md"
    page.write_text(page.read_text() + text)


# Pieces


def test_icons_of_the_theme_become_ours() -> None:
    moon = '<i class="theme-switch fa-solid fa-moon    fa-lg" data-mode="dark"  title="Dark"></i>'
    drawn = BeautifulSoup(draw(f"<b>{moon}</b>"), "html.parser").svg
    assert drawn is not None
    assert drawn["class"] == ["icon", "icon-moon", "theme-switch"]
    assert drawn["data-mode"] == "dark"
    assert drawn["aria-hidden"] == "true"
    assert "title" not in drawn.attrs
    assert 'class="icon icon-menu"' in draw('<span class="fa-solid fa-bars"></span>')


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(ValueError, match="no icon 'unicorn'"):
        icon("unicorn")
    with pytest.raises(ValueError, match="no icon 'unicorn'"):
        draw('<i class="fas fa-unicorn"></i>')


@pytest.mark.parametrize("name", ICONS)
def test_an_icon_stays_on_its_grid(name: str) -> None:
    starts = re.findall(r"M(\d+\.?\d*) ?(\d+\.?\d*)", ICONS[name])
    assert starts
    assert all(0 <= float(number) <= 24 for pair in starts for number in pair)


def test_sheets_keep_the_order_of_every_page() -> None:
    lists = [
        ["theme", "quiz", "book"],
        ["theme", "live", "book"],
        ["theme", "quiz", "live", "book"],
    ]
    merged = in_order(lists)
    assert sorted(merged) == ["book", "live", "quiz", "theme"]
    for names in lists:
        assert [name for name in merged if name in names] == names


def test_the_names_of_attributes_that_scripts_set() -> None:
    assert data_attribute("liveState") == "data-live-state"


def test_the_policy_names_the_one_inline_script() -> None:
    digest = base64.b64encode(hashlib.sha256(START.encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}'" in policy("")
    assert "127.0.0.1" not in policy('<div data-live-kernel="browser">')
    assert "ws://127.0.0.1:*" in policy('<div data-live-kernel="jupyter">')


def test_an_inline_script_stops_the_build() -> None:
    page = "<head><meta charset='utf-8'></head><script>alert(1)</script>"
    with pytest.raises(Exception, match=r"a\.html has an inline script.*alert"):
        read("a.html", page)


def test_images_get_the_size_that_their_files_say(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text('<?xml version="1.0"?><svg width="90pt" height="45pt">')
    (tmp_path / "b.svg").write_text('<svg width="50%" viewBox="0 0 10 10">')
    held = hold_places(tmp_path / "p.html", '<img alt="its width=" src="a.svg" /><img src="b.svg">')
    first, second = BeautifulSoup(held, "html.parser").find_all("img")
    assert (first["width"], first["height"]) == ("120", "60")  # a point is 4/3 pixels
    assert "width" not in second.attrs
    assert hold_places(tmp_path / "p.html", held) == held


# Whole builds


def test_a_book_and_a_change_of_its_text(book: TinyBook, tmp_path_factory) -> None:
    with_shell(book)
    add(book, "a", QUIZ)
    code, log = book.build()
    assert code == 0, log
    page, static = soup(book.html / "a.html"), book.html.parent / "_static"
    sheets = page.find_all("link", rel="stylesheet")
    assert [sheet["href"].partition("?")[0] for sheet in sheets] == ["../_static/book.css"]
    assert not page.find_all(class_=re.compile("fa-"))
    css = (static / "book.css").read_text("utf-8")
    assert ".dl-anything" in css  # a cell may write it later
    assert "nobody-has-this-class" not in css
    assert re.search(r"\.quiz-title\{[^}]*url\(mark\.svg\)", css)
    details = page.find("details", class_="dropdown")
    assert details.summary.text == "Solution"
    assert details.p.em.text == "this"
    assert not list(static.glob("vendor"))
    # A second build after edits, of a text and a style sheet, is as a first one of the same book.
    text = (book.root / "book" / "b.md").read_text()
    (book.root / "book" / "b.md").write_text(text + "\nA new sentence.\n")
    (book.root / "extra" / "extra.css").write_text(CSS + ".dl-more { color: blue }")
    assert book.build()[0] == 0
    second = contents(book.html.parent)
    assert b"A new sentence" in second["book/b.html"]
    css = second["_static/book.css"]
    assert b".dl-more" in css
    # Also on the page that was not written anew.
    again = soup(book.html / "a.html").find("link", rel="stylesheet")
    assert again["href"] == f"../_static/book.css?v={hashlib.sha256(css).hexdigest()[:8]}"
    for folder in ("html", "doctrees"):
        (book.root / "_build" / folder).rename(tmp_path_factory.mktemp("old") / folder)
    assert book.build()[0] == 0
    first = contents(book.html.parent)
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []
