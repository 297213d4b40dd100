"""The fonts of the PDF, as files of one weight each.

The packages hold variable fonts. Chromium draws those into a PDF as pictures of letters (Type 3);
fonts of one weight it embeds as they are. What no font of the book's own has, such as the lines of
a box or a tick, comes from DejaVu, which matplotlib brings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import matplotlib
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from ..equations import KATEX

PACKAGES = Path(__file__).parents[2] / "node_modules" / "@fontsource-variable"
DEJAVU = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
SCRIPTS = ("latin", "latin-ext", "greek")
RANGE = r"{}-([a-z-]+)-wght-normal\.woff2.*?unicode-range: *([^;]+);"


@dataclass(frozen=True)
class Face:
    """A family in the style sheet, in one weight and slant."""

    family: str
    package: str
    weight: int
    italic: bool = False

    @property
    def slant(self) -> str:
        return "italic" if self.italic else "normal"


FACES = (
    *(Face("Source Serif", "source-serif-4", w, i) for w in (400, 700) for i in (False, True)),
    *(Face("Source Sans", "source-sans-3", w, i) for w in (400, 600) for i in (False, True)),
    Face("Source Code", "source-code-pro", 400),
    Face("Source Code", "source-code-pro", 600),
    Face("Source Code", "source-code-pro", 400, italic=True),
)
FALLBACKS = (
    ("Other Signs", "DejaVuSans.ttf", 400),
    ("Other Signs", "DejaVuSans-Bold.ttf", 700),
    ("Other Code Signs", "DejaVuSansMono.ttf", 400),
    ("Other Code Signs", "DejaVuSansMono-Bold.ttf", 700),
)


def single(source: Path, weight: int, target: Path) -> None:
    """Write a variable font as one of one weight."""
    font = TTFont(source, recalcTimestamp=False)
    known = {axis.axisTag: axis for axis in font["fvar"].axes}
    place = {tag: float(axis.defaultValue) for tag, axis in known.items()} | {"wght": float(weight)}
    if "opsz" in known:  # 11 points, the size of the text
        place["opsz"] = max(known["opsz"].minValue, 11.0)
    fixed = instantiateVariableFont(font, place)
    fixed.flavor = None
    fixed.save(target)


def sources(face: Face) -> dict[str, tuple[Path, str]]:
    """Return the file of each script of a face, and the characters for which it is meant."""
    folder = PACKAGES / face.package
    style = (folder / "index.css").read_text(encoding="utf-8")
    ranges = dict(re.findall(RANGE.format(face.package), style, re.DOTALL))
    axis = "opsz" if face.package == "source-serif-4" else "wght"
    files = {
        script: folder / "files" / f"{face.package}-{script}-{axis}-{face.slant}.woff2"
        for script in SCRIPTS
    }
    return {s: (file, ranges[s]) for s, file in files.items() if file.is_file()}


def meets(characters: str, used: set[int]) -> bool:
    """Tell whether a range of a style sheet, such as ``U+0-FF,U+131``, has a character used."""
    for part in characters.replace("U+", "").split(","):
        first, _, last = part.strip().partition("-")
        if not used.isdisjoint(range(int(first, 16), int(last or first, 16) + 1)):
            return True
    return False


def install(target: Path, text: str) -> str:
    """Write the fonts that a text needs into a folder, unless they are there.

    Parameters
    ----------
    target : Path
        The folder.
    text : str
        All that may be printed.

    Returns
    -------
    str
        The style sheet that makes them known.
    """
    used = {ord(character) for character in text}
    target.mkdir(parents=True, exist_ok=True)
    rules = []
    for face in FACES:
        for script, (source, characters) in sources(face).items():
            if not meets(characters, used):
                continue
            digest = sha256(source.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:12]
            file = target / f"{face.package}-{script}-{face.weight}-{face.slant}-{digest}.ttf"
            if not file.is_file():
                single(source, face.weight, file)
            rules.append(rule(face.family, file, face.weight, face.slant, characters))
    rules += [rule(family, DEJAVU / name, weight) for family, name, weight in FALLBACKS]
    return "\n".join(rules)


def rule(family: str, file: Path, weight: int, slant: str = "normal", characters: str = "") -> str:
    """Return what makes a file known to the style sheet."""
    only = f"unicode-range:{characters};" if characters else ""
    return (
        f'@font-face{{font-family:"{family}";src:url({file.as_uri()});'
        f"font-weight:{weight};font-style:{slant};{only}}}"
    )


def katex_style() -> str:
    """Return KaTeX's style sheet with the addresses of its fonts."""
    style = (KATEX / "katex.min.css").read_text(encoding="utf-8")
    return style.replace("url(fonts/", f"url({(KATEX / 'fonts').as_uri()}/")
