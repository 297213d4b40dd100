"""The same sources and outputs make the same site, byte by byte, whatever was built before."""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_a_second_build_writes_the_same_bytes(built_book: Any, tmp_path: Path) -> None:
    """From the same executed pages, in another folder, in an order of its own."""
    again = tmp_path / "_build"
    again.mkdir()
    shutil.copytree(built_book.build / ".jupyter_cache", again / ".jupyter_cache")
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(ROOT)]
    command += ["-W", "-n", "--keep-going", "--path-output", str(tmp_path)]
    run = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1", "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    assert "\nrunning " not in run.stdout, "the second build ran pages that had not changed"
    first, second = built_book.html, again / "html"
    assert files(first) == files(second)
    _, different, unreadable = filecmp.cmpfiles(first, second, files(first), shallow=False)
    assert not sorted(different) + unreadable
