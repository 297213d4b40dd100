"""Python starts from a memory; where that does not fit, it starts afresh."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from in_node import printed, runtime_of

#: What was imported before the cell, and whether compiled code of NumPy works.
LOOK = """
import sys
print("dlbook" in sys.modules)
import numpy
from dlbook import MLP
print(numpy.linalg.norm(numpy.ones((2, 3)) @ numpy.ones((3, 2))), MLP((2, 1)).n_parameters)
"""
WORKS = "6.0 3\n"


def test_python_starts_from_the_memory(built_book: Any) -> None:
    assert printed(runtime_of(built_book), LOOK) == "True\n" + WORKS


def test_python_starts_afresh_where_the_memory_does_not_fit(
    built_book: Any, tmp_path: Path
) -> None:
    runtime = tmp_path / "runtime"
    shutil.copytree(runtime_of(built_book), runtime)
    manifest = json.loads((runtime / "manifest.json").read_text("utf-8"))
    manifest["layout"] = "of another engine"
    (runtime / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert printed(runtime, LOOK) == "False\n" + WORKS
