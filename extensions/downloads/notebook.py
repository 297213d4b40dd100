"""Make the notebook of a page: its text as plain Markdown, its cells as they ran."""

from __future__ import annotations

from typing import Any

import nbformat

#: Between the blocks of a page, this stands for the cell of that number in the executed notebook.
PLACE = "\0cell {}\0"
OWN = "application/vnd.dlbook."
LANGUAGE = ("codemirror_mode", "file_extension", "mimetype", "name", "pygments_lexer")
HIDDEN = {
    "hide-input": {"source_hidden": True},
    "hide-output": {"outputs_hidden": True},
    "hide-cell": {"source_hidden": True, "outputs_hidden": True},
}


def make(blocks: list[str], executed: dict[str, Any], first: str) -> str:
    """Return the text of a notebook.

    Parameters
    ----------
    blocks : list of str
        The page in Markdown, with a ``PLACE`` for each code cell.
    executed : dict
        The notebook as it ran, with its outputs.
    first : str
        The code of the cell that stands before all others.
    """
    cells = [
        {
            **code_cell({"source": first, "metadata": {"tags": ["install", "hide-input"]}}, []),
            "id": "install",
        }
    ]
    cells[0]["metadata"]["cellView"] = "form"  # Colab's word for a closed cell
    text: list[str] = []
    places = {PLACE.format(k): cell for k, cell in enumerate(executed["cells"])}
    for block in [*blocks, ""]:
        if (block in places or not block) and text:
            source = "\n\n".join(text)
            cells.append({"cell_type": "markdown", "metadata": {}, "source": source})
            text = []
        if block in places:
            cells.append(code_cell(places[block], shown(places[block])))
        else:
            text.append(block)
    for number, cell in enumerate(cells[1:], 1):
        cell["id"] = f"cell-{number}"
    language = executed["metadata"].get("language_info", {"name": "python"})
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {key: language[key] for key in LANGUAGE if key in language},
    }
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    written: str = nbformat.writes(nbformat.from_dict(whole))  # type: ignore[no-untyped-call]
    return written + "\n"


def code_cell(cell: dict[str, Any], outputs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a code cell with what Jupyter understands of its options."""
    tags = cell["metadata"].get("tags", [])
    metadata: dict[str, Any] = {"tags": tags} if tags else {}
    for tag in tags:
        if tag in HIDDEN:
            metadata.setdefault("jupyter", {}).update(HIDDEN[tag])
    return {
        "cell_type": "code",
        "execution_count": cell.get("execution_count"),
        "metadata": metadata,
        "outputs": outputs,
        "source": cell["source"],
    }


def shown(cell: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the outputs of a cell that a Jupyter of anybody can show."""
    outputs = []
    for output in cell.get("outputs", []):
        if "scrapbook" in output.get("metadata", {}):  # a number for the text
            continue
        if "data" in output:
            kept = {kind: data for kind, data in output["data"].items() if OWN not in kind}
            output = {**output, "data": kept}
        outputs.append(output)
    return outputs
