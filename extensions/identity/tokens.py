"""The book's colours, each with its value on light and on dark pages.

One table for all who need them: the style sheet, where they take the place of the theme's own
(``--pst-color-*``) or add to them (``--dl-*``), the pictures of the pages, the icons, and the test
of their contrasts. The hues are those of the figures (``dlbook.plotting``).
"""

from __future__ import annotations

LIGHT, DARK = 0, 1
UNSAID = 'html:is([data-theme="auto"],:not([data-theme]))'

#: name: (on light pages, on dark pages)
COLOURS = {
    "background": ("#ffffff", "#14181e"),
    "on-background": ("#ffffff", "#1a1f26"),
    "surface": ("#f3f5f8", "#1f252d"),
    "on-surface": ("#1f2328", "#e3e7ec"),
    "text-base": ("#1f2328", "#dfe4ea"),
    "text-muted": ("#545d68", "#a3adb8"),
    "heading": ("#1f2328", "#eef1f5"),
    "muted": ("#1f2328", "#eef1f5"),
    "border": ("#d3d9e0", "#3b444f"),
    "border-muted": ("#e6e9ee", "#2a323b"),
    "shadow": ("#1f232814", "#00000066"),
    "primary": ("#005f9e", "#6fbdf0"),
    "primary-text": ("#ffffff", "#14181e"),
    "primary-highlight": ("#00487a", "#9ad1f5"),
    "primary-highlight-text": ("#ffffff", "#14181e"),
    "primary-bg": ("#e1eef8", "#12314a"),
    "secondary": ("#a84300", "#ffa766"),
    "secondary-text": ("#ffffff", "#14181e"),
    "secondary-highlight": ("#863500", "#ffc299"),
    "secondary-highlight-text": ("#ffffff", "#14181e"),
    "secondary-bg": ("#fbe9dd", "#45270f"),
    "accent": ("#005f9e", "#6fbdf0"),
    "accent-bg": ("#e1eef8", "#12314a"),
    "link": ("#005f9e", "#6fbdf0"),
    "link-hover": ("#a84300", "#ffa766"),
    "inline-code": ("#1f2328", "#dfe4ea"),
    "inline-code-links": ("#005f9e", "#6fbdf0"),
    "success": ("#00704f", "#62cf96"),
    "success-text": ("#ffffff", "#14181e"),
    "success-bg": ("#e0f2eb", "#0f3325"),
    "info": ("#005f9e", "#6fbdf0"),
    "info-bg": ("#e1eef8", "#12314a"),
    "warning": ("#7d5200", "#efc067"),
    "warning-text": ("#ffffff", "#14181e"),
    "warning-bg": ("#fbf0d6", "#3c2e0c"),
    "danger": ("#b3261e", "#ff9d8f"),
    "danger-text": ("#ffffff", "#14181e"),
    "danger-bg": ("#fbe5e3", "#4a1814"),
    "attention": ("#7d5200", "#efc067"),
    "attention-bg": ("#fbf0d6", "#3c2e0c"),
    "target": ("#fff0c4", "#473b12"),
    "blockquote-notch": ("#d3d9e0", "#3b444f"),
    "table": ("#1f2328", "#dfe4ea"),
    "table-inner-border": ("#e6e9ee", "#2a323b"),
    "table-outer-border": ("#d3d9e0", "#3b444f"),
    "table-heading-bg": ("#ffffff", "#14181e"),
    "table-row-hover-bg": ("#eef4fa", "#1b2733"),
    "table-row-zebra-high-bg": ("#ffffff", "#14181e"),
    "table-row-zebra-low-bg": ("#ffffff", "#14181e"),
}

#: Of code; `marked` is the ground of a line that is pointed at.
CODE = {
    "keyword": ("#8a1a78", "#e3a5d8"),
    "string": ("#00654d", "#7fd4a9"),
    "number": ("#9c3f00", "#ffae73"),
    "function": ("#00568f", "#85c8f6"),
    "comment": ("#56606b", "#a0aab5"),
    "error": ("#a3201a", "#ff9d8f"),
    "marked": ("#fff0c4", "#473b12"),
}


def rules(scheme: int) -> str:
    """Return the declarations of a scheme."""
    named = {f"--pst-color-{name}": pair[scheme] for name, pair in COLOURS.items()}
    named |= {f"--dl-code-{name}": pair[scheme] for name, pair in CODE.items()}
    scheme_name = ("light", "dark")[scheme]
    lines = "".join(f"{name}:{colour};" for name, colour in named.items())
    return f"{{{lines}color-scheme:{scheme_name};}}"


def style() -> str:
    """Return the style sheet of the colours.

    Without scripts a page names no scheme and follows the system. Paper is always light.
    """
    light, dark = rules(LIGHT), rules(DARK)
    return (
        f"html:root{light}\n"
        f'@media screen{{html[data-theme="dark"]{dark}\n'
        f'@media (prefers-color-scheme: dark){{html[data-theme="auto"]{dark}}}}}\n'
        f"@media print{{html:root{light}}}\n"
    )
