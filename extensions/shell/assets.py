"""Make ``book.css`` and ``book.js`` out of the files that pages ask for, and tidy ``_static``.

Sphinx, the theme and the extensions lay their files into ``_static``. What became a part of the
two is moved out of the site, below the doctrees, where the next build finds it again: Sphinx may
not lay it there a second time. Node works only when something changed.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sphinx.errors import ExtensionError

from ..equations import NODE
from ..files import written
from .head import BUNDLED

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LOCK = ROOT / "package-lock.json"
IMPORT = re.compile(r'@import\s+(?:url\()?["\']?([^"\')]+)["\']?\)?;')
ADDRESS = re.compile(r'url\(\s*["\']?((?!data:|#|[a-z]+:)[^"\')]+)["\']?\s*\)')
#: The font of 700 KB, its licence, and every declaration that names it.
FONT_AWESOME = re.compile(
    r"@font-face\s*\{[^}]*Font ?Awesome[^}]*\}"
    r"|/\*(?:(?!\*/).)*?Font Awesome(?:(?!\*/).)*\*/"
    r"|(?:--fa-[\w-]+|[\w-]+(?=:[^;{}]*(?:--fa-|Font Awesome))):[^;{}]*;?",
    re.DOTALL,
)
CHARSET = re.compile(r'@charset "[^"]*";')
TAG = re.compile(r"<[a-z][^>]*>", re.IGNORECASE)
WORD = re.compile(r"[\w-]+")
NAME = re.compile(r"--[\w-]+")
DATASET = re.compile(r"\bdataset\.(\w+)")
#: Style sheets of others, of which the book uses a part; every rule of our own stays.
OTHERS = re.compile(r"styles/|katex/|mystnb|sphinx-design|(?!shell\.)[^/]*\.css$")
KEPT = "/* purgecss start ignore */\n{}\n/* purgecss end ignore */"
#: What scripts set, in words that stand in no page.
STATES = ("data-theme", "data-mode", "light", "dark", "auto")
#: What lies in ``_static`` and is used by nothing that the book shows.
LEFTOVERS = (
    "vendor/fontawesome",
    "locales",
    "webpack-macros.html",
    "sbt-webpack-macros.html",
    "scripts",
    "styles",
    "images/logo_*",
    "basic.css",
    "clipboard.min.js",
    "copybutton*",
    "pygments.css",
    "check-solid.svg",
    "copy-button.svg",
    "play-solid.svg",
    "design-tabs.js",
    "sphinx-thebe.*",
    "togglebutton.*",
    "minus.png",
    "plus.png",
)

#: What Sphinx lays there for its own search, whether a page loads it or not.
SPHINX = ("doctools.js", "sphinx_highlight.js", "searchtools.js", "language_data.js")


class Assets:
    """The files of a site in the making."""

    def __init__(self, outdir: Path, doctreedir: Path) -> None:
        self.static = Path(outdir, "_static")
        self.store = Path(doctreedir, "shell")
        self.versions: dict[str, str] = {}

    def text(self, name: str) -> str:
        """Return a file of ``_static``, or as an earlier build found it there."""
        file, kept = self.static / name, self.store / name
        if file.is_file():
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, kept)
        elif not kept.is_file():
            raise ExtensionError(f"_static/{name} is asked for by a page, and is not there.")
        return kept.read_text(encoding="utf-8")

    def version(self, name: str) -> str:
        """Return a digest of a file below the site's root; empty where there is none."""
        if name not in self.versions:
            file = self.static.parent / name
            known = file.is_file()
            self.versions[name] = hashlib.sha256(file.read_bytes()).hexdigest()[:8] if known else ""
        return self.versions[name]

    def make(self, name: str, request: dict[str, Any]) -> None:
        """Write what Node makes of a request, unless it was made of the same before."""
        asked = json.dumps(request)
        digest = hashlib.sha256(asked.encode() + LOCK.read_bytes())
        digest.update((HERE / "make.mjs").read_bytes())
        kept, stamp = self.store / name, self.store / f"{name}.made"
        if not (kept.is_file() and stamp.is_file() and stamp.read_text() == digest.hexdigest()):
            command = [str(NODE), str(HERE / "make.mjs")]
            done = subprocess.run(
                command, input=asked, capture_output=True, encoding="utf-8", check=False
            )
            if done.returncode:
                raise ExtensionError(f"{name} could not be made:\n{done.stderr}")
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(done.stdout, encoding="utf-8")
            stamp.write_text(digest.hexdigest())
        shutil.copyfile(kept, self.static / name)

    def script(self) -> None:
        """Make ``book.js``: what the theme needs, and our few lines."""
        page = {file.stem: file.read_text("utf-8") for file in (HERE / "page").glob("*.js")}
        theme = [self.text(name) for name in BUNDLED if name.startswith("scripts/")]
        others = [self.text(name) for name in BUNDLED if not name.startswith("scripts/")]
        # The theme stores what it can: it gets a storage that never fails.
        kept = '["localStorage", "sessionStorage"].map(storage)'
        parts = [
            *others,
            "((localStorage, sessionStorage) => {",
            *theme,
            f"}})(...(() => {{{page['storage']}\nreturn {kept}}})())",
            f"{{{page['contents']}}}",
            f"{{{page['shell']}}}",
        ]
        js = "\n;\n".join(parts)
        self.make("book.js", {"kind": "js", "js": js})

    def sheet(self, name: str) -> str:
        """Return a style sheet with what it imports, its addresses seen from ``_static``."""
        folder = posixpath.dirname(name)

        def place(address: str) -> str:
            return posixpath.normpath(posixpath.join(folder, address.partition("?")[0]))

        text = CHARSET.sub("", FONT_AWESOME.sub("", self.text(name)))
        text = ADDRESS.sub(lambda found: f'url("{place(found[1])}")', text)
        return IMPORT.sub(lambda found: self.sheet(place(found[1])), text)

    def style(self, sheets: list[str], pages: Iterable[str], scripts: Iterable[str]) -> None:
        """Make ``book.css``: the rules for what the pages and the scripts may show."""
        css = "\n".join(
            self.sheet(name) if OTHERS.match(name) else KEPT.format(self.sheet(name))
            for name in sheets
        )
        # First, because scripts that no page loads shall keep no rules.
        self.tidy([*sheets, *BUNDLED, *LEFTOVERS, *({*SPHINX} - {*scripts})])
        texts = ["\n".join(set(TAG.findall(page))) for page in pages] + list(self.programs())
        words, names = set(STATES), set[str]()
        for text in texts:
            words.update(WORD.findall(text))
            words.update(data_attribute(name) for name in DATASET.findall(text))
            names.update(NAME.findall(text))
        request = {"kind": "css", "css": css, "words": sorted(words), "names": sorted(names)}
        self.make("book.css", request)

    def programs(self) -> Iterator[str]:
        """Yield the texts of all that writes into pages while they are read."""
        for file in sorted(self.static.rglob("*.js")):
            inside = file.relative_to(self.static).parts
            if inside[0] not in ("scripts", "book.js") and "runtime-" not in "".join(inside):
                yield file.read_text(encoding="utf-8")
        yield from (self.text(name) for name in BUNDLED)
        yield from (file.read_text(encoding="utf-8") for file in (HERE / "page").glob("*.js"))
        # Cells that run in the browser write HTML with dlbook.
        for file in written(ROOT / "dlbook"):
            if file.suffix == ".py":
                yield file.read_text(encoding="utf-8")

    def tidy(self, names: Iterable[str]) -> None:
        """Take out of ``_static`` what nothing asks for any more."""
        for name in names:
            for path in sorted(self.static.glob(name)):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        for folder in sorted(self.static.rglob("*"), reverse=True):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def in_order(lists: Iterable[list[str]]) -> list[str]:
    """Merge lists into one that keeps the order of each."""
    merged: list[str] = []
    for names in lists:
        for position, name in enumerate(names):
            if name not in merged:
                later = [merged.index(other) for other in names[position + 1 :] if other in merged]
                merged.insert(min(later, default=len(merged)), name)
    return merged


def data_attribute(name: str) -> str:
    """Return the attribute that a script calls ``dataset.name``."""
    return "data-" + re.sub("[A-Z]", lambda found: f"-{found[0].lower()}", name)
