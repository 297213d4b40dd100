"""The form in which an executed notebook holds the numbers of its figures."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import Any

from .reading.kernel import MIME

PICTURES = ("image/svg+xml", "image/png", "image/jpeg")


def picture_name(mime: str, picture: str | list[str]) -> str:
    """Return the name that myst-nb gives to the file of a picture, without its suffix."""
    text = "".join(picture)
    if mime == "image/svg+xml":
        return hashlib.sha256(os.linesep.join(text.splitlines()).encode()).hexdigest()
    return hashlib.sha256(base64.b64decode(text)).hexdigest()


def take_figure_data(notebook: Any) -> dict[str, list[dict[str, Any]]]:
    """Take the numbers out of a notebook; they come back by the names of their pictures."""
    found = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            data, about = output.get("data", {}), output.get("metadata", {})
            for form in [form for form in data if form.endswith(MIME)]:  # glued: with a prefix
                numbers = data.pop(form)
                about.pop(form, None)
                for mime in PICTURES:
                    if picture := data.get(form.removesuffix(MIME) + mime):
                        found[picture_name(mime, picture)] = numbers
    return found


def without_figure_data(notebook: Any) -> Any:
    """Return the notebook, for people to download: its pictures without their numbers."""
    take_figure_data(notebook)
    return notebook
