"""Give every SVG figure of a page a dark twin.

``dlbook.plotting`` draws with a fixed set of colours and knows what each becomes on a dark page.
The twin is the same file with those colours exchanged; the style sheet shows one of the two.
Builders without a dark mode (print, EPUB) get the light one alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from dlbook.plotting import dark

WITH_DARK_MODE = ("html", "dirhtml", "singlehtml")


def add_twins(app: Sphinx, doctree: nodes.document) -> None:
    """Write the dark file and put it behind the light one, before Sphinx collects images."""
    env: Any = app.env
    folder = Path(env.mystnb_config.output_folder)
    for image in list(doctree.findall(nodes.image)):
        light = folder / Path(image["uri"]).name
        if light.suffix != ".svg" or not light.is_file():
            continue
        drawing = light.read_text(encoding="utf-8")
        twin = dark(drawing)
        if twin == drawing:
            continue
        target = light.with_name(f"{light.stem}-dark.svg")
        target.write_text(twin, encoding="utf-8")
        copy = image.deepcopy()
        copy["uri"] = image["uri"].removesuffix(".svg") + "-dark.svg"
        # `dark-light` tells the theme that the image needs no white ground in dark mode.
        image["classes"] += ["dark-light", "figure-light"]
        copy["classes"] += ["dark-light", "figure-dark"]
        image.parent.insert(image.parent.index(image) + 1, copy)


class KeepLight(SphinxPostTransform):
    """Drop the twins where there is no dark mode."""

    default_priority = 3

    def run(self, **kwargs: Any) -> None:
        """Remove them from this page."""
        if self.app.builder.name in WITH_DARK_MODE:
            return
        for image in list(self.document.findall(nodes.image)):
            if "figure-dark" in image["classes"]:
                image.parent.remove(image)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("doctree-read", add_twins, priority=100)
    app.add_post_transform(KeepLight)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
