"""The index of a tiny book: what is found, and that it stays complete when pages change."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tiny_book import TinyBook

from extensions.equations import NODE
from extensions.search.formulas import plain

ASK = Path(__file__).with_name("search_in_node.mjs")

PAGE = """---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
---

# Zebras

They run. Résumé of the herd’s day: the learning rate is $\\alpha_1$, below $2/\\lambda_{max}$.

$$
displayed = 1
$$

## In the wild

```{glossary}
quagga
  A kind of zebra.
```

### Far away

Mini-batches of `dlbook.optimizers.Adam`, a GradientTape and L2.

```{code-cell} ipython3
weight_scale = "codeword"
print("outputs" + "word")
```

```{quiz}
A questionword?

- [x] A choiceword.
  A feedbackword.
- [ ] Another.
  No.
```

## Reference

```{eval-rst}
.. py:function:: stripes.count(animal)

   Count them.

.. py:class:: stripes.Stampede

   Many of them.

   .. py:method:: gallop(speed)

      Away.
```
"""

#: What readers type, and where they come to: kind and title; nothing where there is nothing.
FOUND = {
    "zebra": ("reference", "Zebras"),
    "resume": ("reference", "Zebras"),
    "RÉSUMÉ": ("reference", "Zebras"),
    "herd's": ("reference", "Zebras"),
    "herd’s day": ("reference", "Zebras"),
    "α₁": ("reference", "Zebras"),
    "alpha1": ("reference", "Zebras"),
    "2/λmax": ("reference", "Zebras"),
    "displayed": None,
    "quagga": ("term", "quagga"),
    "minibatch": ("section", "Far away"),
    "mini batch": ("section", "Far away"),
    "mini-batch": ("section", "Far away"),
    "adam": ("section", "Far away"),
    "optimizers.Adam": ("section", "Far away"),
    "dlbook.opt": ("section", "Far away"),
    "tape": ("section", "Far away"),
    "gradienttape": ("section", "Far away"),
    "l2": ("section", "Far away"),
    "weight_scale": ("section", "Far away"),
    "scale": ("section", "Far away"),
    "learning_rate": ("reference", "Zebras"),  # the words for the name
    "learning": ("reference", "Zebras"),
    "codew": ("section", "Far away"),
    "outputsword": None,
    "questionword": ("section", "Far away"),
    "choiceword": ("section", "Far away"),
    "feedbackword": None,
    "count": ("api", "stripes.count"),
    "stripes.Stampede": ("api", "stripes.Stampede"),
    "gallop": ("member", "stripes.Stampede.gallop"),
    "quaga": ("term", "quagga"),  # misspelt
}


def ask(book: TinyBook, *questions: str) -> list[list[list[str]]]:
    """Page, kind, title and anchor of all that is found for each question."""
    command = [str(NODE), str(ASK), str(book.html.parent / "_static" / "search" / "index.js")]
    text = json.dumps(questions)
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=True)
    found: list[list[list[str]]] = json.loads(done.stdout)
    return found


def built(book: TinyBook) -> None:
    code, log = book.build()
    assert code == 0, log


@pytest.fixture
def searched(book: TinyBook) -> TinyBook:
    """The tiny book with a search."""
    conf = book.root / "conf.py"
    more = 'extensions += ["extensions.quizzes", "extensions.search"]\n'
    conf.write_text(conf.read_text() + more + "myst_enable_extensions = ['dollarmath']\n")
    return book


def test_what_is_found(searched: TinyBook) -> None:
    (searched.root / "book" / "a.md").write_text(PAGE)
    (searched.root / "book" / "b.md").write_text("# Other\n")
    built(searched)
    answers = dict(zip(FOUND, ask(searched, *FOUND), strict=True))
    first = {question: tuple(hits[0][1:3]) if hits else None for question, hits in answers.items()}
    assert first == FOUND
    name = "stripes.Stampede.gallop"
    assert answers["gallop"] == [["book/a.html", "member", name, name]]
    assert answers["codew"][0][3] == "far-away"
    text = " ".join(p.read_text() for p in (searched.html.parent / "_static/search").rglob("*.js"))
    assert "feedbackword" not in text
    for name in ("searchindex.js", "_static/searchtools.js", "_static/language_data.js"):
        assert not (searched.html.parent / name).exists()


def test_later_builds_change_what_changed(searched: TinyBook) -> None:
    def pages(*questions: str) -> list[list[str]]:
        return [[hit[0] for hit in hits] for hits in ask(searched, *questions)]

    def write(name: str, word: str) -> None:
        (searched.root / "book" / f"{name}.md").write_text(f"# Page\n\n```python\n{word}\n```\n")

    index = "# Book\n\n```{toctree}\n"
    for name, word in {"a": "elephant", "b": "antelope", "c": "leopard"}.items():
        write(name, word)
    (searched.root / "book" / "index.md").write_text(f"{index}a\nb\nc\nclaims\n```\n")
    built(searched)
    words = ("elephant", "antelope", "leopard", "crocodile")
    assert pages(*words) == [["book/a.html"], ["book/b.html"], ["book/c.html"], []]

    write("a", "crocodile")
    (searched.root / "book" / "b.md").unlink()
    (searched.root / "book" / "index.md").write_text(f"{index}a\nc\nclaims\n```\n")
    built(searched)
    assert pages(*words) == [[], [], ["book/c.html"], ["book/a.html"]]


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\beta_1", "β₁"),
        (r"2/\lambda_{max}", "2/λₘₐₓ"),
        (r"n_{in}", "nᵢₙ"),
        (r"\frac{a}{b + c}", "a/(b + c)"),
        (r"\tfrac12", "1/2"),
        (r"x^{2k} \le 10^{-12}", "x^2k ≤ 10⁻¹²"),
        (r"\mathbf{W}\,x", "W x"),
        (r"1 - \log p_{y_i}", "1 - log p_yᵢ"),
        (r"95\,\%", "95 %"),
    ],
)
def test_formulas_as_text(latex: str, text: str) -> None:
    assert plain(latex) == text
