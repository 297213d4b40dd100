"""What the PDF and the EPUB are made of: lines, lists, links, and what moves to the appendix."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from docutils import nodes
from docutils.utils import new_document
from fontTools.ttLib import TTFont

from extensions.paper import fonts
from extensions.paper.chapters import Leaf, make_unique, take_solutions, unnest
from extensions.paper.epub import linked, nested, zipped
from extensions.paper.lines import break_code, break_lines, plain
from extensions.paper.pdf import arranged
from extensions.paper.transform import Solution


def test_a_line_that_fits_stays_as_it_is() -> None:
    line = '<span class="n">x</span> ' + "y" * 86
    assert break_lines(line, 88) == line


@pytest.mark.parametrize("width", [20, 33, 88])
def test_no_line_is_longer_than_the_page_and_no_character_is_lost(width: int) -> None:
    code = (
        '    <span class="n">total</span> = '
        + " + ".join(f"a&lt;{k}" for k in range(40))
        + "w" * 90
    )
    broken = break_lines(code, width)
    mark = '<span class="broken"></span>'
    shown = [plain(line.replace(mark, "↪ ")) for line in broken.split("\n")]
    assert len(shown) > 3
    assert max(map(len, shown)) <= width
    pieces = [line.split(mark)[-1] for line in broken.split("\n")]
    assert plain("".join(pieces)) == plain(code)
    assert all("↪" in line for line in shown[1:])


def test_only_code_is_broken() -> None:
    html = f"<p>{'x' * 99}</p><pre><span></span>{'y ' * 60}</pre>"
    broken = break_code(html)
    assert broken.startswith(f"<p>{'x' * 99}</p><pre>")
    assert "\n" in broken


def leaf(name: str, depth: int, html: str = "") -> Leaf:
    return Leaf(name, depth, name, name, html)


def test_chapters_start_on_right_pages() -> None:
    leaves = [leaf("a", 1), leaf("part", 0), leaf("b", 1), leaf("c", 2), leaf("d", 1)]
    first = {"a": 7, "part": 11, "b": 12, "c": 15, "d": 17}
    pages, blanks = arranged(leaves, first)
    assert pages == {"a": 7, "part": 11, "b": 13, "c": 16, "d": 19}
    assert blanks == ["b", "d"]


def test_names_become_unique_and_links_follow() -> None:
    tree = new_document("")
    tree += nodes.section("", ids=["summary"])
    tree += nodes.reference("", "here", refid="summary")
    tree += nodes.reference("", "there", refuri="#other#summary")
    tree += nodes.reference("", "a page", refuri="#other")
    tree += nodes.reference("", "outside", refuri="https://example.org/#summary")
    tree += nodes.raw("", '<p id="claim-a"><a href="#claim-a">a</a></p>', format="html")
    make_unique(tree, "mine", {"mine", "other"})
    here, there, page, outside = tree.findall(nodes.reference)
    assert tree[0]["ids"] == ["mine--summary"]
    assert here["refid"] == "mine--summary"
    assert there["refuri"] == "#other--summary"
    assert page["refuri"] == "#other"
    assert outside["refuri"] == "https://example.org/#summary"
    raw = next(tree.findall(nodes.raw)).astext()
    assert raw == '<p id="mine--claim-a"><a href="#mine--claim-a">a</a></p>'


def test_a_solution_leaves_a_link_and_carries_one_back() -> None:
    tree = new_document("")
    answer = nodes.paragraph("", "42")
    tree += Solution("", answer, title=nodes.inline("", "Exercise 1"), word="Solution")
    (taken,) = take_solutions(tree, "page")
    assert "42" not in tree.astext()
    assert "42" in taken.astext()
    link, back = next(tree.findall(nodes.reference)), next(taken.findall(nodes.reference))
    assert link["refid"] in taken["ids"]
    assert back["refid"] in tree[0]["ids"]
    assert back.astext() == "Exercise 1"


def test_lists_leave_paragraphs() -> None:
    tree = new_document("")
    items = nodes.bullet_list("", nodes.list_item("", nodes.paragraph("", "b")))
    tree += nodes.paragraph("", "", nodes.Text("a"), items, nodes.Text("c"))
    unnest(tree)
    assert [node.astext() for node in tree.children] == ["a", "b", "c"]
    assert [type(node) for node in tree.children][1] is nodes.bullet_list


def test_links_of_the_epub_name_the_file() -> None:
    leaves = [leaf("a", 1, '<p id="a--x"/><a href="#b--y">y</a>'), leaf("b", 1, '<i id="b--y"/>')]
    linked(leaves)
    assert 'href="b.xhtml#b--y"' in leaves[0].html


def test_the_contents_of_the_epub_are_well_formed() -> None:
    leaves = [leaf(*pair) for pair in [("r", 1), ("P", 0), ("a", 1), ("b", 2), ("Q", 0), ("s", 2)]]
    text = "<ol>"
    for each, begins, ends in nested(leaves):
        text += f"<li>{each.name}" + ("<ol>" if begins else "</li>") + "</ol></li>" * ends
    text += "</ol>"
    expected = "<ol><li>r</li><li>P<ol><li>a<ol><li>b</li></ol></li></ol></li>"
    assert text == expected + "<li>Q<ol><li>s</li></ol></li></ol>"


def test_a_zip_file_has_the_same_bytes_and_starts_as_readers_expect() -> None:
    one = zipped({"b": b"2", "a": b"1"}, b"<container/>")
    assert one == zipped({"a": b"1", "b": b"2"}, b"<container/>")
    assert one[30:58] == b"mimetypeapplication/epub+zip"
    names = zipfile.ZipFile(io.BytesIO(one)).namelist()
    assert names == ["mimetype", "META-INF/container.xml", "book/a", "book/b"]


def test_a_font_of_one_weight_is_no_variable_font(tmp_path: Path) -> None:
    face = next(face for face in fonts.FACES if face.weight == 600)
    source, characters = fonts.sources(face)["greek"]
    assert fonts.meets(characters, {ord("λ")})
    assert not fonts.meets(characters, {ord("a")})
    target = tmp_path / "font.ttf"
    fonts.single(source, 600, target)
    font = TTFont(target)
    assert "fvar" not in font
    assert ord("λ") in font.getBestCmap()
    assert "glyf" in font
