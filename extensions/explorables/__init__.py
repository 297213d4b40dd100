"""Figures that answer to the hand.

The build draws a figure with dlbook, which is what print, EPUB and readers without JavaScript get,
and writes its controls. The script draws the same figure in the browser, at once, and again with
every change: nothing of Python is loaded for that.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Protocol, cast

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from dlbook.plotting import Figure

from ..equations import NODE
from ..figure_data.reading.artists import read
from ..files import written
from . import averages, batch_noise, convergence, race
from .canvas import WIDTH, Box
from .controls import Control, form, read_settings
from .style import colours

HERE = Path(__file__).parent
LOCK = HERE.parents[1] / "package-lock.json"
WITH_SCRIPTS = ("html", "dirhtml")


class Kind(Protocol):
    """What a module of this folder says of its figure."""

    CONTROLS: Sequence[Control]
    BOXES: Sequence[Box]
    HEIGHT: float

    def draw(self, settings: dict[str, Any]) -> Figure: ...
    def data(self, settings: dict[str, Any]) -> dict[str, Any]: ...
    def describe(self, settings: dict[str, Any]) -> str: ...


KINDS = {
    "race": cast("Kind", race),
    "averages": cast("Kind", averages),
    "convergence": cast("Kind", convergence),
    "batch-noise": cast("Kind", batch_noise),
}
NAMES = {control.name for kind in KINDS.values() for control in kind.CONTROLS}


class Explorable(nodes.General, nodes.Element):
    """The controls of a figure, with what its script needs."""


def as_yaml(argument: str | None) -> Any:
    """Read the value of an option."""
    return yaml.safe_load(argument or "")


class ExplorableDirective(SphinxDirective):
    """``{explorable} kind``: options set what it shows at first, the content is its caption."""

    required_arguments = 1
    has_content = True
    option_spec = {  # noqa: RUF012
        "name": str,
        "alt": str,
        **dict.fromkeys(NAMES, as_yaml),
    }

    def run(self) -> list[nodes.Node]:
        """Draw the figure and write its controls."""
        kind = KINDS.get(self.arguments[0])
        if kind is None:
            raise self.error(f"{self.arguments[0]!r} is no figure: there are {', '.join(KINDS)}")
        if not self.content:
            raise self.error("an explorable figure has a caption, which is its content")
        if "name" not in self.options:
            raise self.error("an explorable figure has a name, which stands in links to it")
        given = {name: value for name, value in self.options.items() if name in NAMES}
        try:
            settings = read_settings(kind.CONTROLS, given)
            drawing = kind.draw(settings)
        except ValueError as error:  # dlbook's own words, for what no control can be set to
            raise self.error(str(error)) from error
        image = nodes.image(uri=self.drawn(drawing))
        image["alt"] = self.options.get("alt") or kind.describe(settings)
        image["numbers"] = read(drawing)  # for extensions/figure_data
        caption = nodes.caption()
        self.set_source_info(caption)
        caption += self.state.inline_text(" ".join(self.content), self.lineno)[0]
        controls = Explorable(
            kind=self.arguments[0],
            form=form(kind.CONTROLS, settings),
            facts={"settings": settings, "boxes": kind.BOXES, "size": [WIDTH, kind.HEIGHT]}
            | kind.data(settings),
        )
        figure = nodes.figure("", image, controls, caption)
        self.set_source_info(figure)
        self.add_name(figure)
        return [figure]

    def drawn(self, figure: Figure) -> str:
        """Write a picture beside those of executed cells, where it gets its dark twin."""
        env: Any = self.env
        folder = Path(env.mystnb_config.output_folder)
        folder.mkdir(parents=True, exist_ok=True)
        text = figure.to_svg()
        target = folder / f"{hashlib.sha256(text.encode()).hexdigest()}.svg"
        target.write_text(text, encoding="utf-8")
        # for the page as a notebook: Colab shows no SVG in its text
        bitmap = target.with_suffix(".png")
        figure.savefig(bitmap, dpi=120, facecolor="white", metadata={"Software": None})
        return "/" + Path(os.path.relpath(target, env.srcdir)).as_posix()


class WithoutControls(SphinxPostTransform):
    """Drop the controls where there are no scripts."""

    default_priority = 3

    def run(self, **kwargs: Any) -> None:
        """Remove them from this page."""
        if self.app.builder.name not in WITH_SCRIPTS:
            for node in list(self.document.findall(Explorable)):
                node.parent.remove(node)


def visit_explorable(visitor: Any, node: Explorable) -> None:
    """Write the controls."""
    facts = escape(json.dumps(node["facts"], separators=(",", ":"), ensure_ascii=False))
    visitor.body.append(
        f'<div class="explorable" data-explorable="{node["kind"]}" data-facts="{facts}">\n'
        f"{node['form']}</div>\n"
    )
    raise nodes.SkipNode


def version() -> str:
    """Return a digest of all that the figures are made of."""
    digest = hashlib.sha256(LOCK.read_bytes())
    for path in written(HERE):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def note_version(app: Sphinx, config: Config) -> None:
    """Make Sphinx read every page again when the figures change."""
    config["explorables_version"] = version()


def bundle(app: Sphinx) -> None:
    """Put the script and the style sheet among the site's files, unless they are unchanged."""
    if app.builder.name not in WITH_SCRIPTS:
        return
    target = Path(app.outdir, "_static", "explorables")
    made, stamp = version(), target / "version.txt"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == made:
        return
    target.mkdir(parents=True, exist_ok=True)
    command = [str(part) for part in (NODE, HERE / "bundle.mjs", target)]
    done = subprocess.run(
        command, input=colours(), capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise ExtensionError(f"The script of the figures could not be bundled:\n{done.stderr}")
    stamp.write_text(made, encoding="utf-8")


def add_files(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Load them where there are figures."""
    if doctree is not None and any(doctree.findall(Explorable)):
        app.add_css_file("explorables/explorables.css")
        app.add_js_file("explorables/explorables.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_config_value("explorables_version", "", "env")
    app.add_directive("explorable", ExplorableDirective)
    app.add_node(Explorable, html=(visit_explorable, None))
    app.add_post_transform(WithoutControls)
    app.connect("config-inited", note_version)
    app.connect("builder-inited", bundle)
    app.connect("html-page-context", add_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
