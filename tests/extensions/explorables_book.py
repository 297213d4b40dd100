"""A tiny book with all kinds of explorable figures, for the tests of them."""

from __future__ import annotations

import shutil
from pathlib import Path

from tiny_book import TinyBook, tiny_book

CONF = """
extensions += ["extensions.explorables", "extensions.identity"]
numfig = True
html_theme = "sphinx_book_theme"
"""

FIGURES = """
```{explorable} race
---
name: fig-race
surface: ravine
optimizers: [gradient descent, momentum, RMSprop, Adam]
rate: 0.1
steps: 60
---
A race in a *ravine*.
```

```{explorable} averages
---
name: fig-averages
beta: 0.8
---
An average.
```

```{explorable} convergence
---
name: fig-convergence
alt: A map.
at: [1.5, 0.5]
---
A map.
```

```{explorable} batch-noise
---
name: fig-noise
---
A cloud.
```

{numref}`fig-race` shows a race.
"""


def explorables_book(folder: Path) -> TinyBook:
    """Write the book; it has the real dlbook, which draws the figures."""
    book = tiny_book(folder)
    shutil.rmtree(folder / "dlbook")
    with (folder / "conf.py").open("a") as conf:
        conf.write(CONF)
    write(book, "a", FIGURES)
    write(book, "b", "Nothing moves.")
    return book


def write(book: TinyBook, name: str, text: str) -> None:
    """Write a page that runs nothing."""
    (book.root / "book" / f"{name}.md").write_text(f"# Page {name}\n\n{text}\n", encoding="utf-8")
