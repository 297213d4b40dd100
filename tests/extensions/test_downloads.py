"""A page as a notebook and as Markdown, the archive with all of them, and the menus."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from jinja2 import Environment, FileSystemLoader
from markdown_it import MarkdownIt
from tiny_book import PAGE, TinyBook, tiny_book

from extensions.downloads import bundle, menu
from extensions.downloads.markdown import Writer
from extensions.origin import Origin

SETTINGS = """
extensions += ["extensions.quizzes", "extensions.downloads"]
html_title = "Tiny"
numfig = True
html_math_renderer = "mathjax"
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "colon_fence"]
"""

TEXT = r"""from dlbook import claim, glue

glue("a.one", 3)
glue("a.share", 0.25)
```

It was {glue:text}`a.one`, or {glue:text}`a.share:.2f`. See [the other page](b.md),
[below](#below), and
<https://example.org/x_(y)>. A {term}`replicate` costs 5 $ * 2, *so* **it** is `a|b`.

```{math}
:label: eq-a
\begin{aligned}
x &= 1 \\
y &< 2
\end{aligned}
```

By {eq}`eq-a`, $x
< 2$.

```{code-cell} ipython3
:tags: [solution, hide-cell]

claim("a.holds", 1)
```

```{code-cell} ipython3
---
mystnb:
  figure:
    name: fig-a
    caption: "A *line* in the dark."
  image:
    alt: A [line]
---
from IPython.display import SVG

xmlns = "http://www.w3.org/2000/svg"
SVG(f'<svg xmlns="{xmlns}" width="9" height="9"><path stroke="#111111" d="M0 0h9"/></svg>')
```

(below)=
## Below

{numref}`fig-a` shows it.

:::{admonition} Myth check
:class: warning

It is *said*:

- one
- two

1. and
2. then
:::

| who | how $\|x\|$ |
|---|--:|
| `a\|b` | a\|b |

```{quiz}
Why?

- [ ] Because.
  Not that.
- [x] Just so.
  Think of $x$.
```

```{code-cell} ipython3
print("ticks: ```")"""

GLOSSARY = """
# Glossary

```{glossary}
replicate
  One of many runs.
```
"""

LEFTOVERS = re.compile(r"\{[a-z:]+\}`|^ *[`:]{3,}\{|^\(.*\)=$|\{glue|\+\+\+", re.MULTILINE)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    book = tiny_book(tmp_path_factory.mktemp("downloads"))
    with (book.root / "conf.py").open("a") as conf:
        conf.write(SETTINGS)
    (book.root / "book" / "a.md").write_text(PAGE.format(name="a", code=TEXT))
    (book.root / "book" / "glossary.md").write_text(GLOSSARY)
    index = book.root / "book" / "index.md"
    index.write_text(index.read_text().replace("claims\n", "claims\nglossary\n"))
    (book.root / "book" / "data.txt").write_text("data")
    page = book.root / "book" / "b.md"
    page.write_text(page.read_text().replace("file_format", "files: [data.txt]\nfile_format"))
    code, log = book.build()
    assert code == 0, log
    return book


@pytest.fixture(scope="module")
def notebook(book: TinyBook) -> Any:
    return nbformat.read(book.html / "a.ipynb", as_version=nbformat.NO_CONVERT)


@pytest.fixture(scope="module")
def prose(notebook: Any) -> str:
    return "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


@pytest.fixture(scope="module")
def text(book: TinyBook) -> str:
    return (book.html / "a.md").read_text("utf-8")


def html(text: str) -> str:
    """What another program makes of it."""
    return MarkdownIt("commonmark").enable("table").render(text)


def test_a_notebook_is_valid_and_has_the_cells_of_its_page(book: TinyBook, notebook: Any) -> None:
    nbformat.validate(notebook)
    ran = book.root / "_build" / "jupyter_execute" / "book" / "a.ipynb"
    executed = nbformat.read(ran, as_version=nbformat.NO_CONVERT)
    first, *cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert notebook.cells[0] == first
    assert "install" in first.metadata.tags
    there = [cell.source for cell in executed.cells if cell.cell_type == "code"]
    assert [cell.source for cell in cells] == there
    assert len(there) == 4
    assert notebook.metadata.kernelspec.name == "python3"
    assert [cell.id for cell in notebook.cells[1:3]] == ["cell-1", "cell-2"]


def test_outputs_are_those_that_any_jupyter_shows(notebook: Any) -> None:
    setup, claim, figure, last = [c for c in notebook.cells if c.cell_type == "code"][1:]
    assert setup.outputs == []  # glued numbers are in the text
    assert set(claim.outputs[0].data) == {"text/html", "text/plain"}
    assert claim.metadata.jupyter == {"source_hidden": True, "outputs_hidden": True}
    assert claim.metadata.tags == ["solution", "hide-cell"]
    assert "image/svg+xml" in figure.outputs[0].data
    assert last.outputs[0].text == "ticks: ```\n"
    assert not any(set(cell.metadata) & {"mystnb", "expect", "live"} for cell in notebook.cells)


@pytest.mark.parametrize("kind", ["prose", "text"])
def test_text_is_what_readers_of_the_page_see(kind: str, request: pytest.FixtureRequest) -> None:
    text = request.getfixturevalue(kind)
    assert not LEFTOVERS.search(text)
    shown = html(text)
    assert text.startswith("# Page a\n\nSome prose.")
    assert "It was 3, or 0.25. See" in shown
    assert ", below, and" in shown  # a place in this file has no address
    assert '<a href="https://example.org/x_(y)">https://example.org/x_(y)</a>' in shown
    assert "costs 5 $ * 2, <em>so</em> <strong>it</strong> is <code>a|b</code>." in shown
    assert "By (1), $x &lt; 2$." in shown
    assert "y &< 2\n\\end{aligned}\n\\tag{1}\n$$" in text
    assert "**Fig. 1.** A *line* in the dark." in text
    assert "Fig. 1 shows it." in text
    assert "<blockquote>\n<p><strong>Myth check</strong></p>\n<p>It is <em>said</em>:" in shown
    assert "<li>two</li>\n</ul>\n<ol>\n<li>and</li>" in shown
    assert "<td><code>a|b</code></td>" in shown
    assert '<td style="text-align:right">a|b</td>' in shown
    assert r"how $\vert x\vert $" in text
    answers = shown[shown.index("<summary>Answers") :]
    assert "<strong>Question 1</strong>" in shown
    assert "<strong>a.</strong> Because.</li>" in shown
    assert "<strong>b.</strong> <strong>Right.</strong> Think of $x$.</li>" in answers
    assert "Right." not in shown.replace(answers, "")


def test_links_lead_to_neighbours_where_no_address_is_known(prose: str, text: str) -> None:
    assert "[the other page](b.ipynb)" in prose
    assert "[the other page](b.md)" in text
    assert "[replicate](glossary.md)" in prose
    assert "[replicate](glossary.md)" in text


def test_markdown_shows_cells_and_outputs(book: TinyBook, text: str) -> None:
    assert '```python\nclaim("a.holds", 1)\n```\n\n> ' in text
    assert "<p id='claim" not in text
    image = re.search(r"!\[A \\\[line\\\]\]\((.*?)\)", text)
    assert image
    assert (book.html / image[1]).is_file()
    assert text.count("![") == 1  # without its dark twin
    assert '````python\nprint("ticks: ```")\n````\n\n````text\nticks: ```\n````' in text


def test_the_same_pages_make_the_same_files(book: TinyBook) -> None:
    names = ["book/a.ipynb", "book/a.md", "book/glossary.md", bundle.ARCHIVE]
    site = book.html.parent
    before = {name: (site / name).read_bytes() for name in names}
    for name in names:
        (site / name).unlink()
    for page in (book.root / "book").glob("*.md"):
        page.touch()
    (book.root / "_build" / "doctrees" / "environment.pickle").unlink()
    code, log = book.build()
    assert code == 0, log
    assert {name: (site / name).read_bytes() for name in names} == before


def test_the_archive_holds_all_that_a_reader_needs(book: TinyBook) -> None:
    with zipfile.ZipFile(book.html.parent / bundle.ARCHIVE) as archive:
        names = archive.namelist()
        assert all(info.date_time == (1980, 1, 1, 0, 0, 0) for info in archive.infolist())
        inside = {name.removeprefix("dlbook-notebooks/"): archive.read(name) for name in names}
    assert names == sorted(names)
    (wheel,) = [name for name in inside if name.endswith(".whl")]
    pages = {"book/a.ipynb", "book/b.ipynb", "book/claims.md", "book/glossary.md", "book/index.md"}
    terms = {"LICENSE", "LICENSE-text", "CITATION.cff", "README.md"}
    needs = {"requirements.txt", "requirements-tensorflow.txt"}
    binder = {".binder/requirements.txt", ".binder/runtime.txt"}
    assert set(inside) == pages | terms | needs | binder | {wheel, "book/data.txt"}
    assert f"./{wheel}\n" in inside["requirements.txt"].decode()
    lock = (Path(bundle.ROOT) / "requirements.txt").read_text("utf-8")
    for name in needs:
        for line in inside[name].decode().splitlines()[1:]:
            assert f"\n{line.split(' ;')[0]} ;" in lock
    assert b"tensorflow" not in inside["requirements.txt"]
    assert inside["book/a.ipynb"] == (book.html / "a.ipynb").read_bytes()
    assert (book.html / "data.txt").read_text() == "data"


def test_two_wheels_are_the_same(book: TinyBook, tmp_path: Path) -> None:
    (first,) = (book.html.parent / bundle.SHELF).glob("*.whl")
    bundle.put_wheel(tmp_path, first.name.split("-")[1])
    assert (tmp_path / bundle.SHELF / first.name).read_bytes() == first.read_bytes()


def written(*children: nodes.Node) -> str:
    writer = Writer(lambda node: str(node.get("refuri", "")), lambda node: "", lambda *_: [])
    return "\n\n".join(writer.blocks(children))


@pytest.mark.parametrize(
    "words",
    [
        "2 * 3 * 4 and *x*",
        "snake_case, _one_, __two__ and `three`",
        "[a](b) ![c](d) [0.91, 0.95]",
        "a < b <script> &amp; <!-- x -->",
        "# no heading",
        "1. no list",
        "- no list either",
        "+ nor this",
        "> no quotation",
        "costs $5 or $6",
        r"a \* b \\ c \d",
        "~~kept~~ | too",
    ],
)
def test_words_stay_what_they_are(words: str) -> None:
    tokens = (
        MarkdownIt("commonmark").enable("strikethrough").parse(written(nodes.paragraph("", words)))
    )
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    assert "".join(child.content for child in children) == words
    # Jupyter takes what stands between two dollars for mathematics, unless they are escaped
    assert not re.search(r"(?<!\\)\$", tokens[1].content)


def test_a_link_inside_of_a_link_is_left_out() -> None:
    inner = nodes.reference("", "in", refuri="x")
    outer = nodes.reference("", "", nodes.Text("out "), inner, refuri="a b")
    assert written(nodes.paragraph("", "", outer)) == "[out in](<a b>)"


class Dropdown(nodes.General, nodes.Element):
    """As in extensions/shell, for an admonition that opens."""


class Thumbnail(nodes.image):
    """As in extensions/identity, for a picture that says nothing new."""


def test_what_opens_is_a_quotation_and_what_adorns_is_left_out() -> None:
    words = nodes.paragraph("", "", nodes.Text("Words."), Thumbnail("", uri="x.svg", alt=""))
    summary = nodes.paragraph("", "Why?")
    text = written(Dropdown("", summary, words), Thumbnail("", uri="y.svg", alt=""))
    assert text == "> **Why?**\n>\n> Words."


ORIGIN = Origin("1.2", "", False, "", "https://github.com/me/it", "main", "")


def test_without_a_repository_there_is_nothing_to_launch() -> None:
    nowhere = Origin("1.2", "", False, "", "", "main", "https://it.example/")
    assert menu.elsewhere("book/a", True, nowhere, launch=True) == []


def test_with_a_repository_pages_lead_there() -> None:
    found = {entry.words: entry.address for entry in menu.elsewhere("book/a", True, ORIGIN, True)}
    assert found == {
        "Run in Colab": "https://colab.research.google.com/github/me/it/blob/notebooks/book/a.ipynb",
        "Run in Binder": "https://mybinder.org/v2/gh/me/it/notebooks?urlpath=lab/tree/book/a.ipynb",
        "Edit this page": "https://github.com/me/it/edit/main/book/a.md",
        "Repository": "https://github.com/me/it",
    }
    for has_cells, launch in ((False, True), (True, False)):
        entries = menu.elsewhere("book/a", has_cells, ORIGIN, launch)
        assert [entry.words for entry in entries] == ["Edit this page", "Repository"]


def test_a_fork_without_notebooks_offers_none(tmp_path: Path) -> None:
    assert not menu.has_branch(ORIGIN, configured=False, root=tmp_path)
    assert menu.has_branch(ORIGIN, configured=True, root=tmp_path)
    published = Origin("1.2", "", False, "", ORIGIN.repository, "main", "https://it.example/")
    assert menu.has_branch(published, configured=False, root=tmp_path)
    for words in (
        "init",
        "commit --allow-empty -m x",
        "update-ref refs/remotes/origin/notebooks HEAD",
    ):
        names = ["-c", "user.name=A", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", str(tmp_path), *names, *words.split()], check=True)
    assert menu.has_branch(ORIGIN, configured=False, root=tmp_path)


def test_the_whole_book_is_offered_where_it_is(tmp_path: Path) -> None:
    page = "<ul><!-- whole book --><!-- /whole book --></ul>"
    assert "<li>" not in menu.with_books(page, "a.html", tmp_path)
    (tmp_path / "deep-learning-verified.epub").touch()
    (tmp_path / bundle.ARCHIVE).touch()
    once = menu.with_books(page, "book/x/a.html", tmp_path)
    assert re.findall(r'href="(.*?)" download>(.*?)<', once) == [
        ("../../dlbook-notebooks.zip", "All notebooks (.zip)"),
        ("../../deep-learning-verified.epub", "The book as EPUB"),
    ]
    assert menu.with_books(once, "book/x/a.html", tmp_path) == once
    (tmp_path / "deep-learning-verified.epub").unlink()
    assert "EPUB" not in menu.with_books(once, "book/x/a.html", tmp_path)


def first_cell(book: TinyBook, folder: Path, *before: str) -> subprocess.CompletedProcess[str]:
    """Run the first cell of page a in a folder, without this project on the path."""
    cell = json.loads((book.html / "a.ipynb").read_text("utf-8"))["cells"][0]
    program = "\n".join(
        [*before, "".join(cell["source"]), "import dlbook", "print(dlbook.__file__)"]
    )
    command = [sys.executable, "-I", "-c", program]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_first_cell_does_nothing_where_all_is_there(book: TinyBook, tmp_path: Path) -> None:
    done = first_cell(book, tmp_path, "import subprocess", "subprocess.run = None")
    assert done.returncode == 0, done.stderr


def test_the_first_cell_says_what_is_missing(book: TinyBook, tmp_path: Path) -> None:
    hidden = "import sys; sys.modules['dlbook'] = None"
    done = first_cell(book, tmp_path, hidden)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: This notebook needs dlbook 0.1.0: put dlbook-")
    assert last.endswith(" beside it.")


def test_the_page_itself_is_left_as_it_was() -> None:
    term = nodes.definition_list_item(
        "",
        nodes.term("", "one"),
        nodes.term("", "two"),
        nodes.definition("", nodes.paragraph("", "x")),
    )
    card = nodes.container("", classes=["sd-card"])
    card += nodes.container("", nodes.Text("Title"), classes=["sd-card-title"])
    link = nodes.reference("", "", refuri="a.html", classes=["sd-stretched-link"])
    card += nodes.paragraph("", "", link)
    card += nodes.paragraph("", "Words.")
    before = [term.pformat(), card.pformat()]
    assert written(nodes.definition_list("", term), card) == (
        "- **one, two:** x\n\n**[Title](a.html)**\n\nWords."
    )
    assert [term.pformat(), card.pformat()] == before


@pytest.mark.parametrize("repository", ["", ORIGIN.repository])
def test_the_menus_are_written_out(repository: str) -> None:
    here = Origin("1.2", "", False, "", repository, "main", "")
    templates = FileSystemLoader(bundle.ROOT / "extensions" / "downloads" / "templates")
    page = Environment(loader=templates, autoescape=True).get_template("downloads.html")
    text = page.render(
        downloads=menu.of_page("book/a", True, "../_sources/book/a.md"),
        elsewhere=menu.elsewhere("book/a", True, here, launch=True),
    )
    soup = BeautifulSoup(text, "html.parser")
    menus = {m.summary["aria-label"]: m.find_all("a") for m in soup.find_all("details")}
    files = menus.pop("Download")
    assert [(a["href"], a.get("download")) for a in files] == [
        ("a.ipynb", ""),
        ("a.md", ""),
        ("../_sources/book/a.md", "a.myst.md"),
    ]
    assert list(menus) == ["Run or edit elsewhere"] * bool(repository)
    for links in menus.values():
        assert [a["href"] for a in links][2:] == [f"{repository}/edit/main/book/a.md", repository]
        assert not any(a.has_attr("download") for a in links)
    assert "on" not in {name[:2] for tag in soup.find_all() for name in tag.attrs}
