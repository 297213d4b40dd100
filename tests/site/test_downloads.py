"""Notebooks, Markdown and the archive of the built book: whole, clean, and they run."""

from __future__ import annotations

import os
import re
import subprocess
import venv
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import numpy
import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pages import PAGES
from playwright.sync_api import Browser, expect
from server import serving

from extensions.downloads import bundle, first_cell
from extensions.downloads.menu import elsewhere
from extensions.equations import render
from extensions.origin import Origin

#: What would remain of MyST and Sphinx if something was not turned into words.
LEFTOVERS = re.compile(
    r"\{[a-z-]+(:[a-z-]+)?\}`|^[ >]*[`:]{3,}\{|\{glue|^\([\w-]+\)=$", re.MULTILINE
)
RUN = """
import sys
import nbformat
from nbclient import NotebookClient

for name in sys.argv[1:]:
    notebook = nbformat.read(name, as_version=4)
    resources = {"metadata": {"path": name.rpartition("/")[0]}}
    NotebookClient(notebook, timeout=300, resources=resources).execute()
    nbformat.write(notebook, name)
"""


def markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, double_inline=True)


def prose(notebook: Any) -> str:
    return "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


@pytest.fixture(scope="module")
def notebooks(built_book: Any) -> dict[str, Any]:
    """All notebooks of the site by the names of their pages."""
    folder = built_book.html / "book"
    return {
        path.relative_to(folder).with_suffix("").as_posix(): nbformat.read(path, as_version=4)
        for path in sorted(folder.rglob("*.ipynb"))
    }


@pytest.fixture(scope="module")
def texts(built_book: Any, notebooks: dict[str, Any]) -> dict[str, str]:
    """All Markdown: of the pages, and of the notebooks."""
    folder = built_book.html / "book"
    texts = {f"{p.name}.md": (folder / f"{p.name}.md").read_text("utf-8") for p in PAGES}
    return texts | {f"{name}.ipynb": prose(notebook) for name, notebook in notebooks.items()}


@pytest.fixture(scope="module")
def parsed(texts: dict[str, str]) -> dict[str, list[Any]]:
    """The same as another program reads it."""
    reader = markdown()
    return {name: reader.parse(text) for name, text in texts.items()}


def leaves(tokens: list[Any]) -> Iterator[Any]:
    for token in tokens:
        yield token
        yield from token.children or []


def test_each_page_with_cells_is_a_valid_notebook(notebooks: dict[str, Any]) -> None:
    executed = {page.name: page for page in PAGES if page.is_executed}
    assert set(notebooks) == set(executed)
    for name, notebook in notebooks.items():
        nbformat.validate(notebook)
        first, *cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert notebook.cells[0] == first
        assert "install" in first.metadata.tags
        assert [c.source for c in cells] == [c.source for c in executed[name].cells], name
        outputs = [output for cell in cells for output in cell.outputs]
        kinds = {kind for output in outputs for kind in output.get("data", {})}
        assert not [kind for kind in kinds if "dlbook" in kind or "papermill" in kind], name


def test_notebooks_show_the_outputs_of_their_pages(
    built_book: Any, notebooks: dict[str, Any]
) -> None:
    count = 0
    for name, notebook in notebooks.items():
        ran = [c for c in built_book.notebook(name)["cells"] if c["cell_type"] == "code"]
        cells = [c for c in notebook.cells if c.cell_type == "code"][1:]
        for before, after in zip(ran, cells, strict=True):
            kept = [o for o in before["outputs"] if "scrapbook" not in o.get("metadata", {})]
            assert [o["output_type"] for o in kept] == [o.output_type for o in after.outputs]
            for one, other in zip(kept, after.outputs, strict=True):
                for kind in ("text/plain", "text/html", "image/svg+xml"):
                    said = "".join(one.get("data", {}).get(kind, ""))
                    assert said == other.get("data", {}).get(kind, ""), (name, kind)
                    count += bool(said)
                assert "".join(one.get("text", "")) == other.get("text", ""), name
    assert count > 300


def test_nothing_of_the_sources_is_left(parsed: dict[str, list[Any]]) -> None:
    for name, tokens in parsed.items():
        words = [
            t.content for t in leaves(tokens) if t.type in ("text", "code_inline", "html_block")
        ]
        assert not LEFTOVERS.search("\n".join(words)), name
        fences = [t.info for t in tokens if t.type == "fence"]
        assert not [info for info in fences if "{" in info or info.startswith("ipython")], name
        assert tokens[0].tag == "h1", name


def test_every_formula_is_there_and_can_be_read(
    built_book: Any, parsed: dict[str, list[Any]]
) -> None:
    count = 0
    for name, tokens in parsed.items():
        page = (built_book.html / "book" / name).with_suffix(".html").read_text("utf-8")
        article = page[page.index("<article") : page.index("</article>")]
        formulas = [t for t in leaves(tokens) if t.type.startswith("math")]
        assert len(formulas) == article.count('class="math notranslate'), name
        for formula in formulas:
            text = formula.content.strip()
            assert render(text, formula.type == "math_block", "mathml")
            count += 1
        assert len(re.findall(r"<h[1-6]", article)) <= sum(t.type == "heading_open" for t in tokens)
    assert count > 2000


def test_equations_have_the_numbers_of_the_page(built_book: Any, texts: dict[str, str]) -> None:
    found = 0
    for name, text in texts.items():
        page = (built_book.html / "book" / name).with_suffix(".html").read_text("utf-8")
        article = page[page.index("<article") : page.index("</article>")]
        shown = re.findall(r'class="eqno">\((.*?)\)<', article)
        assert re.findall(r"\\tag\{(.*?)\}", text) == shown, name
        found += len(shown)
    assert found > 100


def test_tables_are_whole(parsed: dict[str, list[Any]]) -> None:
    """A bar in a cell that is taken for the end of it would change the number of cells."""
    for name, tokens in parsed.items():
        assert not [t for t in leaves(tokens) if t.type == "text" and " | --" in t.content], name


@pytest.fixture(scope="module")
def unpacked(built_book: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(built_book.html / bundle.ARCHIVE) as archive:
        archive.extractall(folder)
    return folder / bundle.NAME


def test_the_archive_is_whole(built_book: Any, unpacked: Path, notebooks: dict[str, Any]) -> None:
    inside = {p.relative_to(unpacked).as_posix() for p in unpacked.rglob("*") if p.is_file()}
    assert {f"book/{name}.ipynb" for name in notebooks} <= inside
    others = {f"book/{page.name}.md" for page in PAGES if not page.is_executed}
    assert others == {name for name in inside if name.startswith("book/") and name.endswith(".md")}
    assert {"benchmarks/results.json", "book/tensorflow/workers.py", "LICENSE"} <= inside
    for name in inside - {"README.md"}:
        if name.startswith(("book/", "benchmarks/")):
            assert (built_book.html / name).read_bytes() == (unpacked / name).read_bytes()


def test_links_between_the_files_of_the_archive_lead_somewhere(
    unpacked: Path, parsed: dict[str, list[Any]]
) -> None:
    count = 0
    for name, tokens in parsed.items():
        if not (unpacked / "book" / name).is_file():
            continue
        for token in leaves(tokens):
            address = str(token.attrs.get("href") or token.attrs.get("src") or "")
            if address and not re.match(r"https?:|data:|mailto:", address):
                target = (unpacked / "book" / name).parent / unquote(address.partition("#")[0])
                assert target.is_file(), f"{name}: {address}"
                count += 1
    assert count > 500


def test_launch_buttons_point_to_what_the_workflow_pushes(unpacked: Path) -> None:
    known = Origin("1", "", False, "", "https://github.com/me/it", "main", "")
    for page in PAGES:
        entries = elsewhere(f"book/{page.name}", page.is_executed, known, launch=True)
        addresses = [entry.address for entry in entries if entry.words.startswith("Run")]
        assert len(addresses) == 2 * page.is_executed
        for address in addresses:
            path = re.split(r"/blob/notebooks/|lab/tree/", address)[1]
            assert (unpacked / path).is_file()
        (edit,) = [entry.address for entry in entries if "/edit/" in entry.address]
        assert (bundle.ROOT / edit.partition("/edit/main/")[2]).is_file()
    workflow = (bundle.ROOT / ".github" / "workflows" / "publish.yml").read_text("utf-8")
    assert f"unzip -q {bundle.ARCHIVE}" in workflow
    assert f"cd {bundle.NAME}\n" in workflow


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    """Python of somebody who has NumPy and Jupyter, and nothing of this book."""
    folder = tmp_path / "stranger"
    folder.mkdir()
    venv.create(folder / "venv", with_pip=False)
    packages = folder / "packages"
    packages.mkdir()
    for path in Path(numpy.__file__).parents[1].iterdir():
        if "dlbook" not in path.name and path.suffix != ".pth":
            (packages / path.name).symlink_to(path)
    (own,) = (folder / "venv").glob("lib/python*/site-packages")
    (own / "others.pth").write_text(f"{packages}\n")
    return folder / "venv" / "bin" / "python"


def run(python: Path, *words: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    dropped = ("PYTHON", "JUPYTER", "PIP_", "IPYTHON")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    clean |= {"PIP_NO_INDEX": "1", "HOME": str(python.parents[2]), "PYTHONHASHSEED": "0"}
    command = [str(word) for word in (python, *words)]
    return subprocess.run(
        command, cwd=folder, env=clean, capture_output=True, text=True, check=False
    )


def streams(notebook: Any) -> list[str]:
    """What its cells printed, one text a cell."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"][1:]
    return ["".join(o.text for o in cell.outputs if o.output_type == "stream") for cell in cells]


def test_a_stranger_can_run_the_archive(
    stranger: Path, unpacked: Path, notebooks: dict[str, Any]
) -> None:
    missing = run(stranger, "-c", "import dlbook", folder=unpacked)
    assert "No module named 'dlbook'" in missing.stderr
    names = ["start/backpropagation", "back/benchmarks"]  # and that finds its data
    files = [unpacked / "book" / f"{name}.ipynb" for name in names]
    done = run(stranger, "-c", RUN, *files, folder=unpacked)
    assert done.returncode == 0, done.stderr[-3000:]
    again = nbformat.read(files[0], as_version=4)
    assert streams(again) == streams(notebooks[names[0]])
    said = run(stranger, "-c", "import dlbook; print(dlbook.__file__)", folder=unpacked)
    assert str(stranger.parents[1]) in said.stdout


def test_colab_installs_from_the_site(stranger: Path, built_book: Any, tmp_path: Path) -> None:
    """The first cell, told where the site lies, fetches wheel and files from there."""
    (wheel,) = (built_book.html / bundle.SHELF).glob("*.whl")
    version = wheel.name.split("-")[1]
    versions = {name: bundle.locked()[name] for name in ("numpy", "matplotlib")}
    handler = partial(SimpleHTTPRequestHandler, directory=str(built_book.html))
    work = tmp_path / "content" / "book" / "tensorflow"
    work.mkdir(parents=True)
    with serving(handler) as site:  # and nowhere else: PIP_NO_INDEX is set
        page = "book/tensorflow/scaling-out"
        code = first_cell.code(version, f"{site}/", page, versions, ("workers.py",))
        colab = "import sys, types; sys.modules['google.colab'] = types.ModuleType('colab')"
        end = "import dlbook; print(dlbook.__version__, dlbook.__file__)"
        done = run(stranger, "-c", "\n".join([colab, code, end]), folder=work)
    assert done.returncode == 0, done.stderr[-3000:]
    said, place = done.stdout.split()
    assert said == version
    assert Path(place).is_relative_to(stranger.parents[1])
    original = bundle.ROOT / "book" / "tensorflow" / "workers.py"
    assert (work / "workers.py").read_bytes() == original.read_bytes()


PAGE = "book/optimization/averages.html"


def test_the_menu_opens_without_a_script(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + PAGE)
    page.locator("summary[aria-label=Download]").click()
    items = page.locator(".dl-menu[open] li:visible")
    assert [words.strip() for words in items.all_inner_texts()][:4] == [
        "Notebook (.ipynb)",
        "Markdown (.md)",
        "Source (MyST)",
        "All notebooks (.zip)",  # and then the book as PDF and EPUB, if they were made
    ]
    assert not page.locator("summary[aria-label='Run or edit elsewhere']").count()  # no repository
    with page.expect_download() as download:
        page.get_by_role("link", name="Notebook (.ipynb)").click()
    assert download.value.suggested_filename == "averages.ipynb"
    context.close()


def test_the_menu_prints_and_closes(browser: Browser, site: str) -> None:
    context = browser.new_context()
    context.add_init_script("window.printed = 0; window.print = () => { window.printed += 1; };")
    page = context.new_page()
    page.goto(site + PAGE)
    opener = page.locator("summary[aria-label=Download]")
    menu = page.locator(".dl-menu:has([aria-label=Download])")
    opener.focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Notebook (.ipynb)"
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(opener).to_be_focused()
    opener.click()
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed") == 1
    expect(menu).not_to_have_attribute("open", "")
    opener.click()
    page.locator("article h1").click()
    expect(menu).not_to_have_attribute("open", "")
    context.close()
