"""A tiny book with a tiny dlbook of its own, to see what a build runs and writes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CONF = f"""
import sys
sys.path[:0] = [{{root!r}}, {str(ROOT)!r}]
extensions = ["myst_nb", "extensions.execution", "extensions.results", "extensions.figures"]
root_doc = "book/index"
exclude_patterns = ["_build"]
html_theme = "basic"
version = copyright = "1"
nb_output_stderr = "warn"
suppress_warnings = ["mystnb.unknown_mime_type"]
"""

INDEX = """
# Book

```{toctree}
a
b
claims
```
"""

CLAIMS = """
# Claims

```{claims}
```
"""

PAGE = """---
file_format: mystnb
kernelspec: {{name: python3, display_name: Python 3}}
---

# Page {name}

Some prose.

```{{code-cell}} ipython3
{code}
```
"""

PACKAGE = """
number = 1


def glue(name, value):
    from IPython.display import publish_display_data

    prefix = "application/papermill.record/"
    data = {prefix + "text/plain": repr(value)}
    data[prefix + "application/vnd.dlbook.value+json"] = value
    publish_display_data(data, {"scrapbook": {"name": name, "mime_prefix": prefix}})


class claim:
    def __init__(self, name, n):
        self.data = {"name": name, "statement": f"{name}, {n}.", "holds": True}
        self.data["evidence"] = {"n": n}

    def _repr_mimebundle_(self, include=None, exclude=None):
        html = f"<p id='claim-{self.data['name']}'>holds</p>"
        return {"text/html": html, "application/vnd.dlbook.claim+json": self.data}
"""

PLOTTING = """
def dark(svg):
    return svg.replace("#111111", "#eeeeee")
"""


@dataclass
class TinyBook:
    """A book of two executed pages, ``a`` and ``b``, and a claims page."""

    root: Path

    @property
    def html(self) -> Path:
        return self.root / "_build" / "html" / "book"

    def page(self, name: str, code: str) -> None:
        (self.root / "book" / f"{name}.md").write_text(PAGE.format(name=name, code=code))

    def package(self, text: str = PACKAGE) -> None:
        (self.root / "dlbook" / "__init__.py").write_text(text)

    def start(self, builder: str = "html") -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "sphinx", "-W", "-n", "--keep-going", "-b", builder]
        return subprocess.Popen(
            [*command, "-d", "_build/doctrees", ".", f"_build/{builder}"],
            cwd=self.root,
            env=os.environ | {"NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def build(self, builder: str = "html") -> tuple[int, str]:
        """Exit code and log of a build."""
        process = self.start(builder)
        log, _ = process.communicate(timeout=120)
        return process.returncode, log

    def runs(self) -> list[str]:
        """Build, and return the names of the pages that were run."""
        code, log = self.build()
        assert code == 0, log
        return sorted(line.split()[1] for line in log.splitlines() if line.startswith("running "))


def tiny_book(folder: Path) -> TinyBook:
    """Write one into an empty folder."""
    for name in ("book", "dlbook"):
        (folder / name).mkdir()
    tiny = TinyBook(folder)
    (folder / "conf.py").write_text(CONF.format(root=str(folder)))
    (folder / "book" / "index.md").write_text(INDEX)
    (folder / "book" / "claims.md").write_text(CLAIMS)
    (folder / "dlbook" / "plotting.py").write_text(PLOTTING)
    for module in ("evidence.py", "_checks.py"):
        shutil.copy(ROOT / "dlbook" / module, folder / "dlbook")
    tiny.package()
    tiny.page("a", "import dlbook\nprint('a says', dlbook.number)")
    tiny.page("b", "import dlbook\nprint('b says', dlbook.number)")
    return tiny


@pytest.fixture
def book(tmp_path: Path) -> TinyBook:
    return tiny_book(tmp_path)
