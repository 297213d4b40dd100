"""What readers can set in a figure: checked in the options of a page, written as controls.

The controls stand in the page from the start, so that nothing moves when the script arrives. The
script reads what it needs to know of each from its attributes; see ``page/controls.js``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any


class OptionError(ValueError):
    """An option of a page that does not fit."""


def shown(value: float) -> str:
    """Return a number in the form in which the script shows it too."""
    return f"{value:.6g}"


@dataclass(frozen=True)
class Slider:
    """A number between two others.

    `scale` says what the slider's position means: the number itself (``linear``), its logarithm
    (``log``), or minus that of its distance from 1 (``complement``), for decay rates.
    """

    name: str
    label: str
    default: float
    low: float
    high: float
    scale: str = "linear"
    step: float = 0.05
    integer: bool = False

    def read(self, value: Any) -> float:
        """Check an option and return it."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not self.low <= value <= self.high:
            wanted = f"from {shown(self.low)} to {shown(self.high)}"
            raise OptionError(f"{self.name} is {value!r}: a number {wanted} is needed")
        if self.integer and value != int(value):
            raise OptionError(f"{self.name} is {value!r}: a whole number is needed")
        return int(value) if self.integer else float(value)

    def position(self, value: float) -> float:
        """Return where the slider stands."""
        if self.scale == "log":
            return math.log10(value)
        return -math.log10(1 - value) if self.scale == "complement" else value

    def html(self, value: float) -> str:
        """Return the control."""
        low, high, at = (self.position(x) for x in (self.low, self.high, value))
        # A whole number of steps, rounded down, so that a slider reaches its end.
        step = (high - low) / round((high - low) / self.step)
        step = math.floor(1e6 * step + 1e-6) / 1e6
        return (
            f'<label class="explorable-slider"><span>{self.label}</span>'
            f'<input type="range" data-control="{self.name}" data-scale="{self.scale}" '
            f'min="{shown(low)}" max="{shown(high)}" step="{shown(step)}" value="{shown(at)}" '
            f'aria-valuetext="{shown(value)}"{" data-integer" if self.integer else ""} disabled>'
            f'<span class="explorable-value" aria-hidden="true">{shown(value)}</span></label>\n'
        )


@dataclass(frozen=True)
class Choice:
    """One of several."""

    name: str
    label: str
    default: str
    choices: Sequence[str]

    def read(self, value: Any) -> str:
        """Check an option and return it."""
        if value not in self.choices:
            raise OptionError(f"{self.name} is {value!r}: one of {listed(self.choices)} is needed")
        return str(value)

    def html(self, value: str) -> str:
        """Return the control."""
        options = "".join(
            f"<option{' selected' if choice == value else ''}>{escape(choice)}</option>"
            for choice in self.choices
        )
        return (
            f'<label class="explorable-choice"><span>{self.label}</span>'
            f'<select data-control="{self.name}" disabled>{options}</select></label>\n'
        )


@dataclass(frozen=True)
class Switch:
    """On or off."""

    name: str
    label: str
    default: bool

    def read(self, value: Any) -> bool:
        """Check an option and return it."""
        if not isinstance(value, bool):
            raise OptionError(f"{self.name} is {value!r}: true or false is needed")
        return value

    def html(self, value: bool) -> str:
        """Return the control."""
        return checkbox(f'data-control="{self.name}"', self.label, value) + "\n"


@dataclass(frozen=True)
class Several:
    """Any of several. An option names those to offer; all of them are on."""

    name: str
    label: str
    default: tuple[str, ...]
    choices: Sequence[str]
    most: int

    def read(self, value: Any) -> tuple[str, ...]:
        """Check an option and return it."""
        good = isinstance(value, list | tuple) and set(map(str, value)) <= set(self.choices)
        if not good or not 1 <= len(value) == len(set(value)) <= self.most:
            wanted = f"1 to {self.most} different ones of {listed(self.choices)}"
            raise OptionError(f"{self.name} is {value!r}: a list of {wanted} is needed")
        return tuple(map(str, value))

    def html(self, value: tuple[str, ...]) -> str:
        """Return the control."""
        boxes = "".join(
            checkbox(f'data-control="{self.name}" value="{escape(each)}"', each, True)
            for each in value
        )
        legend = f"<legend>{self.label}</legend>"
        return f'<fieldset class="explorable-several">{legend}{boxes}</fieldset>\n'


@dataclass(frozen=True)
class Point:
    """A point that is dragged in the picture; its control is drawn by the script."""

    name: str
    default: tuple[float, float] | None = None

    def read(self, value: Any) -> tuple[float, float] | None:
        """Check an option and return it."""
        if value is None:
            return None
        numbers = isinstance(value, list | tuple) and len(value) == 2
        if not numbers or not all(isinstance(x, int | float) and math.isfinite(x) for x in value):
            raise OptionError(f"{self.name} is {value!r}: two finite numbers are needed")
        return float(value[0]), float(value[1])

    def html(self, value: Any) -> str:
        """Return nothing."""
        return ""


Control = Slider | Choice | Switch | Several | Point


def listed(words: Sequence[str]) -> str:
    """Return words in a row."""
    return ", ".join(words)


def checkbox(hooks: str, label: str, on: bool) -> str:
    """Return a box to tick."""
    checked = " checked" if on else ""
    return (
        f'<label class="explorable-switch"><input type="checkbox" {hooks}{checked} disabled>'
        f"<span>{escape(label)}</span></label>"
    )


def read_settings(controls: Sequence[Control], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of every control: its option's, or its default.

    Raises
    ------
    OptionError
        For an option that is no control, or has a value that does not fit.
    """
    names = [control.name for control in controls]
    for name in options:
        if name not in names:
            raise OptionError(f"{name} is no option of this figure: it has {listed(names)}")
    return {c.name: c.read(options[c.name]) if c.name in options else c.default for c in controls}


ACTIONS = {"play": "Play", "reset": "Reset", "share": "Copy link"}


def form(controls: Sequence[Control], settings: Mapping[str, Any]) -> str:
    """Return all controls, and the buttons: what takes steps can be played."""
    fields = "".join(control.html(settings[control.name]) for control in controls)
    buttons = "".join(
        f'<button type="button" data-explorable-action="{action}" disabled>{text}</button>\n'
        for action, text in ACTIONS.items()
        if action != "play" or "steps" in settings
    )
    return (
        f'<form class="explorable-controls" autocomplete="off">\n{fields}'
        f'<div class="explorable-buttons">{buttons}</div></form>\n'
        '<p class="explorable-said" role="status" aria-live="off"></p>\n'
    )
