"""The numbers of every figure, beside it: small tables in the page, and a file with all of them.

In the kernel of a page ``reading`` takes them from the figure itself and sends them along with the
picture. In the build ``pages`` puts them below the figure. The kernel imports this package, too, so
nothing of Sphinx is imported before ``setup``.
"""

from __future__ import annotations

from typing import Any


def setup(app: Any) -> dict[str, Any]:
    """Register the extension."""
    from .pages import register

    return register(app)
