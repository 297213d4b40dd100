"""The colours and dashes of dlbook.plotting, for the script's style sheet."""

from __future__ import annotations

from typing import Any

import matplotlib

from dlbook.plotting import COLORS, DARK, style


def colours() -> str:
    """Return the rules that give the picture's parts the colours of the book's figures."""
    with style():
        width = matplotlib.rcParams["lines.linewidth"]
        ink = matplotlib.rcParams["text.color"]
        cycle: Any = matplotlib.rcParams["axes.prop_cycle"]
        dashes = [entry["linestyle"] for entry in cycle]
    names = {"ink": ink, "paper": "#ffffff"} | {f"c{k}": c for k, c in enumerate(COLORS)}
    light = "".join(f"--explorable-{name}:{colour};" for name, colour in names.items())
    dark = "".join(f"--explorable-{name}:{DARK[colour]};" for name, colour in names.items())
    rules = [f".explorable-picture{{{light}}}"]
    rules.append(f'html[data-theme="dark"] .explorable-picture{{{dark}}}')
    for k, dash in enumerate(dashes):
        rules.append(f".explorable-picture .c{k}{{--colour:var(--explorable-c{k})}}")
        if not isinstance(dash, str):
            lengths = " ".join(f"{width * part:.3g}" for part in dash[1])
            rules.append(f".explorable-picture .line.c{k}{{stroke-dasharray:{lengths}}}")
    return "\n".join(rules) + "\n"
