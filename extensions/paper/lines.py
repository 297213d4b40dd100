"""Break lines of code that are wider than the page, so that nothing is cut off."""

from __future__ import annotations

import re
from html import unescape

TOKEN = re.compile(r"<[^>]*>|&[^;\s]+;|\n|[^<&\n]", re.DOTALL)
PRE = re.compile(r"(<pre[^>]*>)(.*?)(</pre>)", re.DOTALL)
#: Shown at the start of what belongs to the line above; no text, so a copy does not hold it.
MARK = '<span class="broken"></span>'
WIDTH = 88
INDENT = 4


def break_code(html: str, width: int = WIDTH) -> str:
    """Break the long lines of all ``<pre>`` of a page."""
    return PRE.sub(lambda found: found[1] + break_lines(found[2], width) + found[3], html)


def break_lines(markup: str, width: int = WIDTH) -> str:
    """Break long lines of marked-up text, at a space where there is one."""
    return "\n".join(
        break_line(line, width) if len(plain(line)) > width else line for line in markup.split("\n")
    )


def plain(markup: str) -> str:
    """Return text without its markup."""
    return unescape(re.sub(r"<[^>]*>", "", markup))


def break_line(line: str, width: int) -> str:
    """Break a line; what follows is indented further, behind a mark."""
    text = plain(line)
    hang = min(len(text) - len(text.lstrip()) + INDENT, width // 2)
    cuts, start, room = [], 0, width
    while len(text) - start > room:
        space = text.rfind(" ", start + room // 2, start + room)
        start = space + 1 if space > 0 else start + room
        cuts.append(start)
        room = width - hang
    parts, place = [], 0
    for token in TOKEN.findall(line):
        if not token.startswith("<"):
            if place in cuts:
                parts.append("\n" + " " * (hang - 2) + MARK)
            place += 1
        parts.append(token)
    return "".join(parts)
