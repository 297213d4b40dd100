"""IPython's part: whoever shows a Matplotlib figure also sends its numbers, as a form of its own.

Neither the page's code nor dlbook takes part. Both ways to show a figure, as the last expression of
a cell and by the inline backend, ask the same formatters for its forms.
"""

from __future__ import annotations

from typing import Any

from IPython.core.formatters import BaseFormatter
from traitlets import ObjectName, Unicode

MIME = "application/vnd.dlbook.figure+json"


class FigureNumbers(BaseFormatter):
    """Turns a figure into the list of what its axes show."""

    format_type = Unicode(MIME)
    print_method = ObjectName("_repr_figure_numbers_")
    _return_type = list


def numbers_of(figure: Any) -> list[dict[str, Any]]:
    """Read a figure; Matplotlib is not loaded before there is one."""
    from .artists import read

    return read(figure)


def load_ipython_extension(shell: Any) -> None:
    """Add the form to those of every displayed object, as the last one."""
    formatter: Any = FigureNumbers(parent=shell.display_formatter)
    # Of `Figure` itself the inline backend takes away all formatters when it comes.
    formatter.for_type_by_name("matplotlib.figure", "FigureBase", numbers_of)
    shell.display_formatter.formatters[MIME] = formatter
