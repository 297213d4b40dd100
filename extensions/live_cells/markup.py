"""The markup of live cells, as the build writes it: the words, the buttons and their hooks.

Everything that a reader may ever see stands in the page from the start, hidden while it has no
meaning, so that nothing moves when the script arrives.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

NO_SCRIPT = "Live code is off because JavaScript is off in this browser."
LATE = "Live code is off until the script of this page has loaded."
READY = "Change the code of this page and run it, in your browser: there is nothing to install."
LOADS = " The first run loads {megabytes:.0f} MB."
CONNECTED = "The cells of this page run on your own Jupyter server."
ELSEWHERE = (
    "This page needs TensorFlow, which does not run in a browser. On your own computer it does: "
    "<code>make lab</code> in a copy of this book opens its pages as notebooks. You can also "
    '<a href="{notebook}" download>download this page as a notebook</a>, whose first cell installs '
    "what it needs, or connect the cells below to a Jupyter server "
    "of your own."
)
OPTIONS = {"seconds", "lighter", "note", "lighter_seconds"}


def button(action: str, text: str, cell: int = 0, hidden: bool = False, more: str = "") -> str:
    """Return a button; it answers to nothing until the script has loaded."""
    more += f' aria-label="{escape(text)}, cell {cell}"' if cell else ""
    more += " hidden" if hidden else ""
    return (
        f'<button type="button" class="live-button" data-live-action="{action}" '
        f'aria-disabled="true"{more}>{escape(text)}</button>\n'
    )


def bar(
    page: str,
    in_browser: bool,
    notebook: str,
    lighter: bool = False,
    megabytes: float = 0,
    off: str = "",
) -> str:
    """Return the controls of a page.

    Parameters
    ----------
    page : str
        Its path below ``book/``, without suffix.
    in_browser : bool
        Whether a browser can run it; if not, the reader's own Jupyter server can.
    notebook : str
        Where the page lies as a notebook, seen from the page.
    lighter : bool
        Whether a cell of the page offers a lighter setting.
    megabytes : float
        What the first run loads, if that is known.
    off : str
        Why no browser can run it in this build, as a sentence.
    """
    later = not in_browser  # when there is a server
    buttons = [
        "" if in_browser else button("connect", "Connect"),
        button("run-all", "Run all", hidden=later),
        button("stop", "Stop", hidden=later),
        button("restart", "Restart", hidden=later),
        button("reset", "Reset code", hidden=later),
        button("lighter", "Take lighter settings", hidden=later) if lighter else "",
    ]
    ready = READY + (LOADS.format(megabytes=megabytes) if megabytes else "")
    facts = f'data-ready="{escape(ready)}" data-off="{escape(off)}"'
    message = f'<p class="live-message pst-js-only" {facts}>{LATE}</p>'
    if not in_browser:
        offer = ELSEWHERE.format(notebook=escape(notebook))
        message = f'<p>{offer}</p>\n<p class="live-message pst-js-only">{LATE}</p>'
    return f"""
<div class="live-bar" role="group" aria-label="Live code" data-live-page="{escape(page)}"
 data-live-kernel="{"browser" if in_browser else "jupyter"}">
<noscript><p>{NO_SCRIPT}</p></noscript>
{message}
<div class="live-loading" hidden>
<progress aria-label="Loading"></progress> <span></span>
{button("cancel", "Cancel")}</div>
<div class="live-buttons pst-js-only">
{"".join(buttons)}</div>
<p class="live-announcer" role="status"></p>
</div>
"""


def controls(cell: int, in_browser: bool, options: dict[str, Any]) -> str:
    """Return the controls of a cell.

    Parameters
    ----------
    cell : int
        Its number in the page.
    in_browser : bool
        Whether they work without a server of the reader's own.
    options : dict
        The cell's option ``live``.
    """
    takes = lighter = ""
    if "seconds" in options:
        takes = f"<span>takes about {options['seconds']} s in a browser</span>\n"
    if "lighter" in options:
        text = f"Lighter: {options['note']} (about {options['lighter_seconds']} s)"
        pairs = f' data-live-lighter="{escape(json.dumps(options["lighter"]))}"'
        lighter = button("lighter", text, cell, more=pairs)
    return f"""
<div class="live-controls pst-js-only"{"" if in_browser else " hidden"}>
{button("run", "Run", cell)}{button("stop", "Stop", cell, hidden=True)}\
{button("edit", "Edit", cell)}{button("reset", "Reset", cell, hidden=True)}\
{button("kept", "Show my edit", cell, hidden=True)}\
{button("share", "Share", cell, hidden=True)}\
{button("built-output", "Back to the book's output", cell, hidden=True)}\
{takes}{lighter}<span class="live-state"></span>
<span class="live-note"></span>
</div>
"""


def problems(options: dict[str, Any], code: str) -> Iterator[str]:
    """Yield what is wrong with a cell's option ``live``, as sentences."""
    if unknown := sorted(set(options) - OPTIONS):
        yield f"the option `live` knows no {unknown[0]!r}"
    if "lighter" in options and not {"note", "lighter_seconds"} <= set(options):
        yield "a lighter setting needs a `note` and `lighter_seconds`"
    for old in options.get("lighter", {}):
        if code.count(old) != 1:
            yield f"{old!r} occurs {code.count(old)} times in the code: once is needed"
