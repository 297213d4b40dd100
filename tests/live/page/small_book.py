"""A small book to try the controls on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

CONF = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
extensions = ["myst_nb", "sphinx_togglebutton"]
names = ["execution", "results", "figures", "live_cells"]
names += ["finishing", "downloads", "comforts", "identity"]
extensions += ["extensions." + name for name in names]
live_runtime = False
project = "A small book"
root_doc = "book/index"
exclude_patterns = ["_build"]
html_theme = "sphinx_book_theme"
nb_output_stderr = "warn"
suppress_warnings = ["mystnb.unknown_mime_type"]
"""

HEAD = """---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
---
"""

INDEX = """
# A small book

Nothing runs here.

```{toctree}
cells
elsewhere
```
"""

CELLS = """
# Cells

```{code-cell} ipython3
rate = 0.5
print("the rate is", rate)
```

```{code-cell} ipython3
:tags: [hide-input]
double = 2 * rate
```

```{code-cell} ipython3
---
mystnb:
  image:
    alt: A square on the left.
  figure:
    caption: The square of the book.
    name: fig-square
---
from IPython.display import SVG
SVG('<svg xmlns="http://www.w3.org/2000/svg" width="90" height="50">'
    '<rect width="50" height="50" fill="#0072b2"/></svg>')
```

```{code-cell} ipython3
from dlbook.evidence import claim
claim("small.holds", "Half of it is a quarter.", rate / 2 == 0.25, {"rate": rate})
```

```{code-cell} ipython3
:tags: [solution, hide-cell]
:mystnb: {code_prompt_show: "Show the solution", code_prompt_hide: "Hide the solution"}
:live: {seconds: 40, lighter: {"10_000": "100"}, note: "100 rounds", lighter_seconds: 2}

for n in range(10_000):
    rate = rate * 0.999
print("now", round(rate, 4))
```

```{code-cell} ipython3
:tags: [raises-exception]
rate / 0
```

```{code-cell} ipython3
print("Grüße, 5 < 7 & 😀")
```
"""

ELSEWHERE = """
# Elsewhere

```{code-cell} ipython3
try:
    import tensorflow_of_another_day
except ImportError:
    if False:
        import tensorflow
print("ready")
```

```{code-cell} ipython3
print("go")
```
"""


def build(folder: Path) -> Path:
    """Build it and return its HTML."""
    book = folder / "book"
    book.mkdir(parents=True)
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    (book / "index.md").write_text(INDEX, encoding="utf-8")
    (book / "cells.md").write_text(HEAD + CELLS, encoding="utf-8")
    (book / "elsewhere.md").write_text(HEAD + ELSEWHERE, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "-b", "html"]
    done = subprocess.run(
        [*command, "-d", "_build/doctrees", ".", "_build/html"],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return folder / "_build" / "html"
