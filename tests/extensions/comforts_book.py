"""A small book with a chapter, a glossary, a bibliography's like, and a known origin."""

from __future__ import annotations

from pathlib import Path

from tiny_book import TinyBook, tiny_book

REPOSITORY = "https://github.com/who/book"
SITE = "https://example.org/shelf/book/"

CONF = """
extensions += ["sphinx_copybutton", "extensions.equations", "extensions.comforts"]
project = "Book"
html_theme = "sphinx_book_theme"
html_math_renderer = "katex"
myst_enable_extensions = ["dollarmath", "colon_fence"]
numfig = True
html_copy_source = False
"""

WITH_ORIGIN = f"""
html_theme_options = {{"repository_url": {REPOSITORY!r}}}
html_baseurl = {SITE!r}
"""

INDEX = """# Book

```{toctree}
:caption: First
chapter
```

```{toctree}
:caption: Look it up
glossary
claims
```
"""

CHAPTER = """---
kind: chapter
---

# Chapter & verse

```{toctree}
a
b
```

Read {term}`step`, and see {eq}`eq-step`.
"""

GLOSSARY = """# Glossary

:::{glossary}
rate
step size
  How far a {term}`step` goes: $\\alpha$.

step
  One move.
:::
"""

#: Two cells, one of them with a claim.
A = """---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
kind: chapter
---

# 100 % of #1

Go by a {term}`rate`, as often as it takes; {eq}`eq-step` says how. Also {term}`step size`.

```{math}
:label: eq-step
a = b
```

## A *second* part

```{code-cell} ipython3
import dlbook
```

```{code-cell} ipython3
dlbook.claim("a.holds", 32)
```
"""

B = """---
kind: chapter
---

# Bee

See {eq}`eq-step` and {term}`rate`.

```python
>>> for k in range(2):
...     print(k)
0
1

>>> k
1
```

```bash
$ make book
The book is built.
$ make serve
```

```python
print("plain")

print(">>> not a prompt")
```

<input id="field"><textarea></textarea><p contenteditable="true" id="editable">Write.</p>
"""


def comforts_book(folder: Path, conf: str = WITH_ORIGIN) -> TinyBook:
    """Write the book into an empty folder."""
    book = tiny_book(folder)
    with (folder / "conf.py").open("a", encoding="utf-8") as file:
        file.write(CONF + conf)
    pages = {"index": INDEX, "chapter": CHAPTER, "glossary": GLOSSARY, "a": A, "b": B}
    for name, text in pages.items():
        (folder / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    return book
