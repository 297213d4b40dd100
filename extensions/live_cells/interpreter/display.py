"""What pages and dlbook use of `IPython.display`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import outputs

_names = iter(range(1, 1_000_000))


class DisplayHandle:
    """Stands for something shown, to show something else in its place."""

    def __init__(self, display_id: str) -> None:
        self.display_id = display_id

    def display(self, value: Any, **options: Any) -> None:
        """Show a value in a new place."""
        display(value, display_id=self.display_id, **options)

    def update(self, value: Any, **options: Any) -> None:
        """Show a value in place of what was shown."""
        update_display(value, display_id=self.display_id, **options)


def display(*values: Any, display_id: str | bool | None = None, **options: Any) -> Any:
    """Show values at once; with `display_id`, return a handle that can change them."""
    if display_id is True:
        display_id = f"display-{next(_names)}"
    for value in values:
        if options.get("raw"):
            publish_display_data(value, options.get("metadata"))
        else:
            outputs.show(value, display_id=display_id or None)
    return DisplayHandle(str(display_id)) if display_id else None


def update_display(value: Any, *, display_id: str, **options: Any) -> None:
    """Show a value in place of what was shown under `display_id`."""
    outputs.show(value, "update_display_data", display_id)


def publish_display_data(
    data: dict[str, Any], metadata: dict[str, Any] | None = None, **options: Any
) -> None:
    """Show what is given by MIME type."""
    outputs.send({"output_type": "display_data", "data": data, "metadata": metadata or {}})


def clear_output(wait: bool = False) -> None:
    """Remove what the cell has shown; with `wait`, when it shows the next thing."""
    outputs.send({"output_type": "clear_output", "wait": wait})


class DisplayObject:
    """Text to be shown as something else than text."""

    mime = "text/plain"

    def __init__(self, data: Any = None, filename: str | None = None, **options: Any) -> None:
        self.data = self.read(filename) if filename is not None else data

    def read(self, filename: str) -> Any:
        return Path(filename).read_text(encoding="utf-8")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {self.mime: self.data, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<IPython.core.display.{type(self).__name__} object>"


class HTML(DisplayObject):
    """HTML; scripts in it do not run."""

    mime = "text/html"


class Markdown(DisplayObject):
    """Markdown."""

    mime = "text/markdown"


class Latex(DisplayObject):
    """Text with equations between dollar signs."""

    mime = "text/latex"


class SVG(DisplayObject):
    """A drawing."""

    mime = "image/svg+xml"


class Image(DisplayObject):
    """A picture in the PNG or JPEG format: its bytes, or the name of its file."""

    def read(self, filename: str) -> Any:
        return Path(filename).read_bytes()

    def __init__(self, data: Any = None, filename: str | None = None, **options: Any) -> None:
        if isinstance(data, str):
            data, filename = None, data
        super().__init__(data, filename, **options)
        self.mime = "image/jpeg" if self.data[:2] == b"\xff\xd8" else "image/png"
