"""Figures of a reader who uses pyplot. The book's own figures show themselves, without it."""

from __future__ import annotations

import io
import logging
import os
import sys
from typing import Any

from . import outputs

_SHARP = 2  # pixels of the picture for one on the page, each way


def install() -> None:
    """Let pyplot, once it is imported, show its figures in the page."""
    backend = f"module://{__package__}.backend"
    os.environ["MPLBACKEND"] = backend
    if matplotlib := sys.modules.get("matplotlib"):
        matplotlib.rcParams["backend"] = backend
    # Only the fonts of the figures are carried. Matplotlib says so for each letter of an equation.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)


def is_figure(value: Any) -> bool:
    """Whether a value is a figure of Matplotlib."""
    module = sys.modules.get("matplotlib.figure")
    return module is not None and isinstance(value, module.Figure)


def png(figure: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw a figure as a sharp picture, and say how large it is on the page."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_SHARP * figure.dpi, bbox_inches="tight")
    picture = file.getvalue()
    width, height = (int.from_bytes(picture[i : i + 4]) // _SHARP for i in (16, 20))
    return {"image/png": picture}, {"image/png": {"width": width, "height": height}}


def show_open(shown: Any = None) -> None:
    """Show the figures that are open in pyplot, unless `shown` is one, and close them."""
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    if helpers is None or "matplotlib.pyplot" not in sys.modules:
        return
    managers = helpers.Gcf.get_all_fig_managers()
    try:
        for manager in managers:
            if manager.canvas.figure is not shown:
                outputs.show(manager.canvas.figure)
    finally:
        sys.modules["matplotlib.pyplot"].close("all")
