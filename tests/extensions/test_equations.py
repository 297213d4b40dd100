from __future__ import annotations

import io
import os
import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from pybtex.database import parse_string
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from extensions import equations
from extensions.bibliography import AuthorYear

PAGE = r"""
# Page

Slopes $\partial \mathcal{L}$ here.

$$
E = m c^2
$$ (energy)

By {eq}`energy` and {eq}`sum`.

$$\begin{aligned}
a &= \begin{pmatrix} 1 \\ 2 \end{pmatrix} \\
b &= \begin{cases} 3 \\ 4 \end{cases}
\end{aligned}$$

```{math}
:label: sum

f &= 5, & F &= 50 \\
g &= 6, & G &= 60
```

```{math}
u = 7

v = 8
```

\begin{align}
p &= q \\
r &= s
\end{align}
"""


def build(root: Path, page: str, builder: str = "html") -> tuple[Path, str]:
    """Build a book of two pages, one without math; return its pages' folder and its warnings."""
    root.mkdir(exist_ok=True)
    (root / "index.md").write_text("# Plain\n\n```{toctree}\npage\n```\n")
    (root / "page.md").write_text(page)
    settings = {
        "extensions": ["myst_parser", "sphinx.ext.mathjax", "extensions.equations"],
        "html_math_renderer": "katex",
        "html_theme": "basic",
        "myst_enable_extensions": ["amsmath", "dollarmath"],
        "myst_update_mathjax": False,
        "exclude_patterns": ["_build"],
        "version": "1",
        "copyright": "1",
    }
    warnings, out = io.StringIO(), root / "_build" / builder
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            str(root), None, str(out), str(out), builder, settings, io.StringIO(), warnings
        )
        app.build()
    return out, warnings.getvalue()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out, warnings = build(tmp_path_factory.mktemp("book") / "root", PAGE)
    assert warnings == ""
    return out


@pytest.fixture(scope="module")
def page(site: Path) -> BeautifulSoup:
    return BeautifulSoup((site / "page.html").read_text("utf-8"), "html.parser")


@pytest.fixture(scope="module")
def blocks(page: BeautifulSoup) -> list[Tag]:
    return list(page.select("div.math"))


def sources(tag: Tag) -> list[str]:
    return [found.text for found in tag.select("math annotation[encoding='application/x-tex']")]


def number(tag: Tag) -> str:
    found = tag.select_one(".eqno")
    return "" if found is None else found.text


def test_formula_of_a_sentence(page: BeautifulSoup) -> None:
    inline = page.select_one("p span.math")
    assert inline is not None
    assert sources(inline) == [r"\partial \mathcal{L}"]
    seen = inline.select_one(".katex-html")
    assert seen is not None
    assert seen["aria-hidden"] == "true"
    assert seen.text == "∂L"
    assert inline.select_one(".katex-display") is None


def test_numbered_equation_has_its_anchor_and_its_link(blocks: list[Tag]) -> None:
    energy = blocks[0]
    assert energy["id"] == "equation-energy"
    assert number(energy).startswith("(1)")
    assert energy.select_one(".eqno a.headerlink")["href"] == "#equation-energy"
    assert sources(energy) == ["E = m c^2"]


def test_references_lead_to_the_numbers(page: BeautifulSoup) -> None:
    links = page.select("p a.reference")
    assert [(link["href"], link.text) for link in links] == [
        ("#equation-energy", "(1)"),
        ("#equation-sum", "(2)"),
    ]


def test_box_that_scrolls_can_be_reached_and_has_a_name(blocks: list[Tag]) -> None:
    boxes = [block.select_one(".equation") for block in blocks]
    assert {(box["tabindex"], box["role"]) for box in boxes} == {("0", "group")}
    assert [box["aria-label"] for box in boxes] == [
        "Equation 1",
        "Equation",
        "Equation 2",
        "Equation",
        "Equation 3",
    ]


def test_environments_become_tables(blocks: list[Tag]) -> None:
    assert [len(block.select("math mtr")) for block in blocks] == [0, 6, 2, 2, 2]
    assert [found.text for found in blocks[1].select("math mi")] == ["a", "b"]
    assert [found.text for found in blocks[1].select("math mn")] == ["1", "2", "3", "4"]


def test_bare_rows_and_paragraphs_are_aligned_as_elsewhere_in_sphinx(blocks: list[Tag]) -> None:
    (rows,), (paragraphs,) = sources(blocks[2]), sources(blocks[3])
    assert re.fullmatch(r"\\begin\{aligned\}f &= 5, .*&= 60\\end\{aligned\}", rows, re.S)
    assert re.fullmatch(r"\\begin\{aligned\}u = 7\\\\v = 8\\end\{aligned\}", paragraphs)


def test_environments_that_number_leave_it_to_sphinx(blocks: list[Tag]) -> None:
    assert sources(blocks[4])[0].startswith(r"\begin{align*}")
    assert number(blocks[4]).startswith("(3)")
    assert blocks[4].select(".eqn-num, .mml-eqn-num") == []


def test_nothing_comes_from_elsewhere(site: Path, page: BeautifulSoup) -> None:
    for name in ("page", "index"):
        assert not re.search(
            'mathjax|cdn|katex[^"]*js', (site / f"{name}.html").read_text("utf-8").lower()
        )
    addresses = [tag["href"] for tag in page.select("link[rel=stylesheet]")]
    (style,) = [address for address in addresses if "katex" in address]
    text = (site / style.split("?")[0]).read_text("utf-8")
    fonts = re.findall(r"url\(([^)]*)\)", text)
    assert len(fonts) == text.count("@font-face") > 10
    for font in fonts:
        assert (site / "_static" / "katex" / font).read_bytes()[:4] == b"wOF2"
    written = {path.suffix for path in (site / "_static" / "katex").rglob("*") if path.is_file()}
    assert written == {".css", ".woff2"}


def test_pages_without_formulas_load_nothing(site: Path) -> None:
    assert "katex" not in (site / "index.html").read_text("utf-8")


def test_titles_with_formulas_are_styled_everywhere(tmp_path: Path) -> None:
    site, warnings = build(tmp_path / "root", "# The loss $L$\n")
    assert warnings == ""
    assert "katex.min.css" in (site / "genindex.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (r"$$\frac{1$$", "Unexpected end of input"),
        (r"Some $\nosuch$ here.", r"Undefined control sequence: \nosuch"),
        (r"$\href{javascript:alert()}{x}$", r"\href is not allowed"),
        ("\\begin{multline}\na\n\\end{multline}", "No such environment: multline"),
    ],
)
def test_a_formula_that_is_wrong_is_a_warning_with_its_place(
    tmp_path: Path, wrong: str, said: str
) -> None:
    site, warnings = build(tmp_path / "root", f"# Page\n\nText.\n\n{wrong}\n")
    lines = warnings.splitlines()
    assert len(lines) == 1
    assert "page.md:5: WARNING: equation " in lines[0]
    assert said in lines[0]
    assert "katex" not in (site / "page.html").read_text("utf-8")


def test_parallel_builds_write_the_same(tmp_path: Path, site: Path) -> None:
    root = tmp_path / "root"
    build(root, PAGE)
    for name in "abcdefgh":
        (root / f"{name}.md").write_text(f"# {name}\n\n$x_{name}$\n")
    shutil.rmtree(root / "_build")
    process = os.getpid()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            str(root), None, str(root / "_build"), str(root / "_build"), "html",
            {
                "extensions": ["myst_parser", "extensions.equations"],
                "html_math_renderer": "katex",
                "myst_enable_extensions": ["amsmath", "dollarmath"],
                "suppress_warnings": ["toc.not_included"],
            },
            io.StringIO(), io.StringIO(), parallel=3,
        )  # fmt: skip
        app.build()
    assert os.getpid() == process
    for name in "abcdefgh":
        made = BeautifulSoup((root / "_build" / f"{name}.html").read_text("utf-8"), "html.parser")
        assert sources(made) == [f"x_{name}"]


def test_books_on_paper_readers_get_mathml(tmp_path: Path) -> None:
    out, _ = build(tmp_path / "root", PAGE, "epub")
    page = (out / "page.xhtml").read_text("utf-8")
    assert "<math " in page
    assert "katex-html" not in page
    assert not (out / "_static" / "katex").exists()


def test_without_katex_the_way_to_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(equations, "KATEX", tmp_path)
    with pytest.raises(Exception, match="KaTeX is not in node_modules, which `make env` fills"):
        build(tmp_path / "root", PAGE)


ENTRIES = """
@book{c, author = {Ada Bold and Cy van Dam and Eve Finn}, title = {C}, publisher = {P}, year = 2001}
@book{b, author = {Ada Bold and Cy van Dam}, title = {B}, publisher = {P}, year = 2003}
@book{a, author = {Ada Bold and Cy van Dam}, title = {A}, publisher = {P}, year = 2003}
@misc{d, editor = {Ada Abel}, title = {D}}
"""


def test_entries_are_labelled_as_they_are_cited() -> None:
    bibliography = parse_string(ENTRIES, "bibtex")
    entries = list(AuthorYear().format_bibliography(bibliography))
    assert [(entry.key, entry.label) for entry in entries] == [
        ("d", "Abel"),
        ("a", "Bold and van Dam, 2003a"),
        ("b", "Bold and van Dam, 2003b"),
        ("c", "Bold et al., 2001"),
    ]
