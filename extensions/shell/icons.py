"""The book's own icons: drawn on a grid of 24 by 24, in the colour of the text around them.

``icon(name)`` gives the markup; it is decoration, so whoever uses one gives the button its name.
Icons of the theme, which are letters of a web font of 700 KB, are exchanged for these.
"""

from __future__ import annotations

import re
from html import escape

ICONS = {
    "arrow-up": "M12 20V4M5 11l7-7 7 7",
    "book": "M12 6c-2-2-5-2-9-2v14c4 0 7 0 9 2 2-2 5-2 9-2V4c-4 0-7 0-9 2zv14",
    "branch": (
        "M6 8.5v7M6 4a2 2 0 1 0 .01 0zM6 16a2 2 0 1 0 .01 0zM18 5a2 2 0 1 0 .01 0z"
        "M18 9.5c0 5-12 1-12 6"
    ),
    "bulb": "M9 18h6M10 21h4M12 3a6 6 0 0 0-3.5 11l.5 2h6l.5-2A6 6 0 0 0 12 3z",
    "check": "M5 12l5 6L19 6",
    "chevron-down": "M6 9l6 6 6-6",
    "chevron-left": "M15 5l-7 7 7 7",
    "chevron-right": "M9 5l7 7-7 7",
    "chevron-up": "M6 15l6-6 6 6",
    "clock": "M12 3a9 9 0 1 0 .01 0zM12 7v5l3.5 2",
    "close": "M6 6l12 12M18 6L6 18",
    "code": "M8 7l-5 5 5 5M16 7l5 5-5 5",
    "contrast": "M12 3a9 9 0 1 0 .01 0zM12 3v18M12 8l6-1.7M12 13l8.9-2M12 18l7-2",
    "copy": "M9 9h11v12H9zM5 15H4V3h11v2",
    "download": "M12 3v12M6 10l6 6 6-6M4 21h16",
    "expand": "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
    "external": "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
    "file": "M6 3h8l5 5v13H6zM14 3v5h5",
    "flag": "M5 21V4h13l-3 4 3 4H5",
    "home": "M3 11l9-8 9 8M6 9v11h12V9",
    "info": "M12 3a9 9 0 1 0 .01 0zM12 11v6M12 7.5h.01",
    "keyboard": "M2 6h20v12H2zM6 10h.01M10 10h.01M14 10h.01M18 10h.01M8 14h8",
    "link": (
        "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1"
        "M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1"
    ),
    "list": "M9 6h12M9 12h12M9 18h12M4 6h.01M4 12h.01M4 18h.01",
    "menu": "M4 6h16M4 12h16M4 18h16",
    "moon": "M20 14.5A8.5 8.5 0 1 1 9.5 4 7 7 0 0 0 20 14.5z",
    "pencil": "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
    "play": "M7 4l13 8-13 8z",
    "print": "M7 8V3h10v5M7 17H3V8h18v9h-4M7 14h10v7H7z",
    "question": "M12 3a9 9 0 1 0 .01 0zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.4-1 .9-1 1.7M12 17h.01",
    "quote": "M9 7H4v6h5zM9 13c0 2-1.5 4-4 4M20 7h-5v6h5zM20 13c0 2-1.5 4-4 4",
    "search": "M11 4a7 7 0 1 0 .01 0zM16 16l5 5",
    "share": (
        "M18 3a2.5 2.5 0 1 0 .01 0zM18 16a2.5 2.5 0 1 0 .01 0z"
        "M6 9.5a2.5 2.5 0 1 0 .01 0zM8.2 11l7.6-4.3M8.2 13l7.6 4.3"
    ),
    "sun": (
        "M12 8a4 4 0 1 0 .01 0zM12 2v2M12 20v2M2 12h2M20 12h2M4.9 4.9l1.4 1.4"
        "M17.7 17.7l1.4 1.4M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4"
    ),
    "table": "M3 5h18v14H3zM3 10h18M3 14.5h18M10 5v14",
    "terminal": "M3 4h18v16H3zM7 9l3 3-3 3M12 15h5",
    "warning": "M12 3l10 18H2zM12 10v5M12 18h.01",
}
"""The paths of the icons, which are stroked and not filled."""

THEME = {
    "angle-left": "chevron-left",
    "angle-right": "chevron-right",
    "bars": "menu",
    "circle-half-stroke": "contrast",
    "file-pdf": "print",
    "house": "home",
    "magnifying-glass": "search",
    "outdent": "list",
    "xmark": "close",
}
"""What the theme calls them, where that is another name."""

ELEMENT = re.compile(r'<(i|span) class="([^"]*\bfa-[^"]*)"([^>]*)></\1>')
LOOKS = {"fa", "fas", "far", "fab", "fa-solid", "fa-regular", "fa-brands", "fa-lg", "fa-fw"}
TITLE = re.compile(r'\s+title="[^"]*"')


def icon(name: str, classes: str = "", attributes: str = "") -> str:
    """Return an icon as inline SVG, as high as a capital and a bit more.

    Parameters
    ----------
    name : str
        One of ``ICONS``.
    classes : str
        Further classes of the element.
    attributes : str
        Further attributes, as they stand in markup.

    Raises
    ------
    ValueError
        When there is no such icon.
    """
    if name not in ICONS:
        raise ValueError(f"there is no icon {name!r}: there are {', '.join(ICONS)}")
    return (
        f'<svg class="{escape(f"icon icon-{name} {classes}".strip())}"{attributes} '
        'viewBox="0 0 24 24" width="1em" height="1em" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        f'<path d="{ICONS[name]}"/></svg>'
    )


def replace(found: re.Match[str]) -> str:
    """Return our icon for one of the theme's; its other classes and attributes stay."""
    classes = [name for name in found[2].split() if name not in LOOKS]
    letters = next(name.removeprefix("fa-") for name in classes if name.startswith("fa-"))
    name = THEME.get(letters, letters)
    others = " ".join(part for part in classes if not part.startswith("fa-"))
    return icon(name, others, TITLE.sub("", found[3].rstrip()))


def draw(html: str) -> str:
    """Exchange the theme's icons in a page."""
    return ELEMENT.sub(replace, html)
