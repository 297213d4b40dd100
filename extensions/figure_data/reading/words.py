"""Numbers and labels in the form in which tables and files hold them."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Any

import numpy as np
from matplotlib.colors import rgb_to_hsv, to_rgb

DIGITS = 6
#: The last degree of each on the wheel of colours.
HUES = (
    (12, "red"),
    (45, "orange"),
    (70, "yellow"),
    (170, "green"),
    (260, "blue"),
    (345, "purple"),
    (360, "red"),
)
HIGH = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
LOW = str.maketrans("0123456789+-=()aeijklmnoprstux", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢⱼₖₗₘₙₒₚᵣₛₜᵤₓ")
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
#: Commands whose names differ from those of characters in HTML; of all others these are the same.
OTHER = {"infty": "∞", "sqrt": "√", "ldots": "…", "dots": "…", "quad": " "}


def number(value: Any) -> float | int | None:
    """Return a value with six digits; None where there is none."""
    value = float(value)
    if not np.isfinite(value):
        return None
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def numbers(values: Any) -> list[float | int | None]:
    """Return a list of values with six digits."""
    masked = np.ma.asarray(values, dtype=np.float64)
    return [number(value) for value in np.ma.filled(masked, np.nan).ravel()]


def hue(colour: str) -> str:
    """Return the common word for a colour.

    Examples
    --------
    >>> hue("#d55e00"), hue("#1f2328")
    ('orange', 'black')
    """
    turn, vividness, light = rgb_to_hsv(to_rgb(colour))
    if vividness < 0.25:
        return "black" if light < 0.2 else "white" if light > 0.9 else "grey"
    word = next(word for end, word in HUES if 360 * turn <= end)
    return "brown" if word == "orange" and light < 0.5 else word


def plain(label: str) -> str:
    r"""Return a label without TeX: ``$\theta_1$`` as θ₁.

    Examples
    --------
    >>> plain(r"cost $J(\hat{y})$ at $10^{-3}$")
    'cost J(ŷ) at 10⁻³'
    """
    parts = re.split(r"(?<!\\)\$", label)
    parts[1::2] = [from_tex(part) for part in parts[1::2]]
    return " ".join("".join(parts).replace(r"\$", "$").split())


def from_tex(formula: str) -> str:
    """Return a short formula in characters."""
    formula = re.sub(r"\\(?:mathrm|mathbf|mathit|text|operatorname|left|right)\b", "", formula)
    for name, accent in ACCENTS.items():
        formula = re.sub(rf"\\{name}\s*(\{{(\w)\}}|(\w))", rf"\g<2>\g<3>{accent}", formula)
    formula = re.sub(r"\\([A-Za-z]+)\s*", character, formula)
    formula = re.sub(r"\\[,;:! ]", " ", formula).replace(r"\|", "‖")
    formula = re.sub(r"\^(?:\{([^{}]*)\}|(\S))", lambda m: moved(m, HIGH, "^"), formula)
    formula = re.sub(r"_(?:\{([^{}]*)\}|(\S))", lambda m: moved(m, LOW, "_"), formula)
    return unicodedata.normalize("NFC", re.sub(r"[{}]", "", formula).replace("-", "−"))


def character(command: re.Match[str]) -> str:
    """Return the character of a command; its name where there is none."""
    name = command[1]
    found = OTHER.get(name) or html.unescape(f"&{name};")
    return name if found.startswith("&") else found


def moved(script: re.Match[str], table: dict[int, int], sign: str) -> str:
    """Return a raised or lowered text; with its sign where there are no such characters."""
    text = script[1] or script[2]
    return text.translate(table) if set(text) <= set(map(chr, table)) else f"{sign}{text}"
