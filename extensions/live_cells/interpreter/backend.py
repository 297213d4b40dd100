"""The backend of pyplot in a page: `show` shows what is open."""

from __future__ import annotations

from typing import Any

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from .pyplot import show_open


class FigureManager(FigureManagerBase):
    """Keeps a figure until its cell ends, or shows it."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        show_open()


class FigureCanvas(FigureCanvasAgg):
    """Draws a figure."""

    manager_class: Any = FigureManager
