"""The picture that others show with a link to a page: one for each, drawn while the book is built.

1200 × 630 pixels, which is what they ask for: the mark, the chapter, the title, the description,
and how many claims and cells of the page have run. A card's name holds a digest of all it is made
of, so that it is drawn once, and whoever keeps pictures by their address gets a new one with a new
address. Without an address of the site nobody can ask for a card, and none is drawn.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from sphinx.application import Sphinx

from ..execution import page_name
from ..files import written
from ..origin import origin
from ..results import store
from . import mark
from .counts import counts
from .fonts import font
from .tokens import COLOURS, LIGHT

WIDTH, HEIGHT, MARGIN = 1200, 630, 80
FOLDER = "_static/identity/cards"


@dataclass(frozen=True)
class Card:
    """What stands on a card."""

    book: str
    chapter: str
    title: str
    description: str
    claims: int
    cells: int

    @property
    def facts(self) -> str:
        """The last line: what of the page has run; empty where nothing has."""
        kinds = (("claim", self.claims), ("code cell", self.cells))
        parts = [f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in kinds if n]
        return " and ".join(parts) + " run and verified by the build" if parts else ""


def colour(name: str) -> str:
    """Return a colour of light pages."""
    return COLOURS[name][LIGHT]


def wrapped(text: str, face: str, size: int, weight: int, lines: int) -> list[str]:
    """Break a text into lines; what has no room ends in an ellipsis."""
    used, room = font(face, size, weight), WIDTH - 2 * MARGIN
    found = [""]
    for word in text.split():
        longer = f"{found[-1]} {word}".strip()
        if used.getlength(longer) <= room:
            found[-1] = longer
        elif len(found) < lines:
            found.append(word)
        else:
            while used.getlength(found[-1] + "…") > room:
                found[-1] = found[-1].rpartition(" ")[0]
            found[-1] += "…"
            break
    return found


@cache
def drawn_mark() -> Image.Image:
    """Return the mark of every card."""
    return mark.draw(Image.new("RGBA", (56, 56)), 0, 0, 56, colour("primary"))


def draw(card: Card) -> Image.Image:
    """Draw a card."""
    image = Image.new("RGBA", (WIDTH, HEIGHT), colour("background"))
    pen = ImageDraw.Draw(image)
    image.alpha_composite(drawn_mark(), (MARGIN, 64))
    pen.text((MARGIN + 76, 92), card.book, colour("text-base"), font("serif", 34, 600), "lm")
    if card.chapter:
        used = font("sans", 30, 400)
        pen.text((WIDTH - MARGIN, 92), card.chapter, colour("text-muted"), used, "rm")
    title = wrapped(card.title, "serif", 76, 650, 2)
    y = 232 if len(title) == 1 else 196
    for line in title:
        pen.text((MARGIN, y + 60), line, colour("heading"), font("serif", 76, 650), "ls")
        y += 88
    y += 66
    for line in wrapped(card.description, "sans", 34, 400, 3):
        pen.text((MARGIN, y), line, colour("text-muted"), font("sans", 34, 400), "ls")
        y += 46
    pen.line((MARGIN, 546, WIDTH - MARGIN, 546), colour("border"), 2)
    if card.facts:
        pen.text((MARGIN, 580), card.facts, colour("success"), font("sans", 28, 600), "lm")
    return image.convert("RGB")


def card_of(app: Sphinx, docname: str) -> Card:
    """Collect what stands on the card of a page."""
    env = app.env
    name = page_name(docname)
    home = f"book/{name.split('/')[0]}/index"
    chapter = env.titles[home].astext() if home in env.titles and home != docname else ""
    return Card(
        book=str(app.config.project),
        chapter=chapter,
        title=env.titles[docname].astext(),
        description=str(env.metadata[docname].get("description", "")),
        claims=len(store(env)["claims"].get(docname, [])),
        cells=counts(env).get(docname, {}).get("cells", 0),
    )


@cache
def code() -> bytes:
    """Return what cards are drawn with, beside their texts."""
    here = Path(__file__).parent
    return b"".join(path.read_bytes() for path in written(here) if path.suffix == ".py")


def path_of(card: Card) -> str:
    """Return the path of a card below the site's root."""
    made = hashlib.sha256(json.dumps(asdict(card), sort_keys=True).encode() + code())
    return f"{FOLDER}/{made.hexdigest()[:16]}.png"


def write(app: Sphinx, exception: Exception | None) -> None:
    """Draw the cards that are missing and remove those that no page has any more."""
    if exception is not None or app.builder.name != "html":
        return
    root = Path(app.outdir)
    wanted: dict[str, Card] = {}
    if origin(app.config).site:
        all_cards = [card_of(app, docname) for docname in sorted(app.env.all_docs)]
        wanted = {path_of(card): card for card in all_cards}
    for old in sorted((root / FOLDER).glob("*.png")):
        if f"{FOLDER}/{old.name}" not in wanted:
            old.unlink()
    for path, card in wanted.items():
        if not (root / path).is_file():
            (root / FOLDER).mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(mark.png(draw(card)))


def setup(app: Sphinx) -> None:
    """Register the last step."""
    app.connect("build-finished", write)


def tags(app: Sphinx, docname: str) -> dict[str, Any]:
    """Return what the head of a page says of its card; nothing without an address."""
    site = origin(app.config).site
    if not site:
        return {}
    card = card_of(app, docname)
    words = [card.title, card.description, card.facts]
    return {
        "og:image": site + path_of(card),
        "og:image:type": "image/png",
        "og:image:width": WIDTH,
        "og:image:height": HEIGHT,
        "og:image:alt": " ".join(w.rstrip(".") + "." for w in words if w),
    }
