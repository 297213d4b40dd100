r"""Formulas of a sentence as plain text, as readers would type them: ``\beta_1`` becomes β₁."""

from __future__ import annotations

import re

LETTERS = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "varepsilon": "ε",
    "eta": "η",
    "theta": "θ",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Delta": "Δ",
    "Phi": "Φ",
    "Sigma": "Σ",
    "Omega": "Ω",
    "ell": "ℓ",
    "nabla": "∇",
    "partial": "∂",
    "infty": "∞",
    "sum": "∑",
    "prod": "∏",
    "cdot": "·",
    "times": "×",
    "odot": "⊙",
    "pm": "±",
    "le": "≤",
    "leq": "≤",
    "ge": "≥",
    "geq": "≥",
    "ne": "≠",
    "neq": "≠",
    "approx": "≈",
    "sim": "~",
    "propto": "∝",
    "in": "∈",
    "to": "→",
    "leftarrow": "←",
    "rightarrow": "→",
    "dots": "…",
    "ldots": "…",
    "cdots": "…",
    "sqrt": "√",
    "prime": "′",
    "lVert": "‖",
    "rVert": "‖",
    "lvert": "|",
    "rvert": "|",
    "|": "‖",
    "{": "{",
    "}": "}",
    "%": "%",
    "&": "&",
    "\\": " ",
}
BELOW = str.maketrans("0123456789+-aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
ABOVE = str.maketrans("0123456789+-int", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁱⁿᵗ")
#: Words that LaTeX writes upright; other commands only change the looks and leave nothing.
WORDS = {"exp", "log", "ln", "max", "min", "sin", "cos", "tanh", "det", "arg"}
FRACTION = re.compile(r"\\[dt]?frac\s*(?:\{([^{}]*)\}|(\w))\s*(?:\{([^{}]*)\}|(\w))")
#: Stand for the signs of powers and indices that were read, until all are.
RAISED, LOWERED = "\0", "\1"
COMMAND = re.compile(r"\\([A-Za-z]+|.)")
BELOW_OR_ABOVE = re.compile(r"([_^])\s*(?:\{([^{}]*)\}|(.))")


def plain(latex: str) -> str:
    """Return a formula as text; what has no plain form keeps its letters."""
    text = latex.replace("~", " ")
    while FRACTION.search(text):
        text = FRACTION.sub(fraction, text)
    text = COMMAND.sub(command, text)
    while found := BELOW_OR_ABOVE.search(text):
        text = text[: found.start()] + shifted(found) + text[found.end() :]
    text = re.sub("[{}]", "", text).replace(RAISED, "^").replace(LOWERED, "_")
    return " ".join(text.split())


def fraction(found: re.Match[str]) -> str:
    """Write a fraction with a slash."""
    above, below = found[1] or found[2] or "", found[3] or found[4] or ""
    parts = (f"({part})" if re.search(r"[-+ ]", part) else part for part in (above, below))
    return "/".join(parts)


def command(found: re.Match[str]) -> str:
    """Return the character or the word that a command stands for."""
    name = found[1]
    if name in WORDS:
        return f" {name} "
    return LETTERS.get(name, "" if name.isalpha() else " ")


def shifted(found: re.Match[str]) -> str:
    """Write an index or a power by the characters made for them, or else after a sign."""
    inside = (found[2] if found[2] is not None else found[3]).strip()
    table = BELOW if found[1] == "_" else ABOVE
    if all(ord(character) in table for character in inside):
        return inside.translate(table)
    sign = LOWERED if found[1] == "_" else RAISED
    return sign + inside.replace(" ", "")
