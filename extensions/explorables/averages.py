"""Exponentially weighted averages of a noisy series, and how much each of its values counts."""

from __future__ import annotations

from typing import Any

import numpy as np

import dlbook
from dlbook.plotting import COLORS, Figure, style

from .canvas import Box, legend, panels, rounded
from .controls import Control, Slider, Switch
from .descent import Points

CONTROLS: tuple[Control, ...] = (
    Slider("beta", "β", 0.9, 0, 0.999, "complement"),
    Slider("noise", "Noise", 0.4, 0, 1),
    Slider("step", "Step of the weights", 60, 1, 100, "linear", 1, integer=True),
    Switch("correction", "Bias correction", True),
)
BOXES: tuple[Box, ...] = ((50, 20, 310, 170), (50, 214, 310, 80))
HEIGHT = 332.0
LENGTH = 100
LIMITS = (-1.0, 3.5)


def series() -> tuple[Points, Points]:
    """Return a signal and the noise that is added to it, of deviation 1."""
    steps = np.arange(1, LENGTH + 1)
    signal = 1.5 + 0.7 * np.sin(2 * np.pi * steps / LENGTH)
    return signal, np.random.default_rng(7).standard_normal(LENGTH)


def averages(values: Points, beta: float, correction: bool) -> Points:
    """Return the velocity of damped momentum that takes the values for gradients."""
    optimizer, theta = dlbook.Momentum(1.0, beta, damped=True), np.zeros(1)
    state, found = optimizer.start(theta), []
    for value in values:
        optimizer.step(theta, np.array([value]), state)
        scale = 1 - beta**state.t if correction else 1.0
        found.append(float(state.memory[0][0]) / scale)
    return np.array(found)


def weights(step: int, beta: float, correction: bool) -> Points:
    """Return how much each value up to a step, counted from 1, counts in the average there."""
    return np.array([averages(row, beta, correction)[step - 1] for row in np.eye(LENGTH)[:step]])


def roof(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20 ...: where the axis of weights ends."""
    unit = 10.0 ** np.floor(np.log10(value))
    return float(next(unit * step for step in (1, 2, 5, 10) if step * unit >= 0.999 * value))


def draw(settings: dict[str, Any]) -> Figure:
    """Draw the series, its average, and the weights."""
    beta, correction, step = (settings[name] for name in ("beta", "correction", "step"))
    signal, noise = series()
    values, steps = signal + settings["noise"] * noise, np.arange(1, LENGTH + 1)
    figure, (top, below) = panels(BOXES, HEIGHT)
    with style():
        top.plot(steps, values, "o", color=COLORS[5], markersize=3, label="values")
        top.plot(steps, signal, color=COLORS[2], linestyle=(0, (1.2, 1.4)), label="signal")
        average = averages(values, beta, correction)
        top.plot(steps, average, color=COLORS[0], linestyle="-", label="average")
        top.plot(step, average[step - 1], "o", color=COLORS[0], markersize=8)
        top.set(xlim=(0, LENGTH), ylim=LIMITS, ylabel="value")
        share = weights(step, beta, correction)
        below.vlines(np.arange(1, step + 1), 0, 100 * share, color=COLORS[0], linewidth=1.8)
        below.set(xlim=(0, LENGTH), ylim=(0, roof(100 * share.max())))
        below.set(xlabel="step", ylabel="weight, %")
    legend(figure, top, HEIGHT)
    return figure


def data(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the series."""
    signal, noise = series()
    numbers = {"signal": rounded(signal), "noise": rounded(noise)}
    return numbers | {"domain": LIMITS}


def describe(settings: dict[str, Any]) -> str:
    """Say what the picture shows."""
    signal, noise = series()
    values = signal + settings["noise"] * noise
    average = averages(values, settings["beta"], settings["correction"])
    step = settings["step"]
    return (
        f"A noisy series of {LENGTH} values and its exponentially weighted average with beta "
        f"{settings['beta']:g}, {'with' if settings['correction'] else 'without'} correction; "
        f"below, how much each value counts in the average at step {step}, which is "
        f"{average[step - 1]:.2f} where the signal is {signal[step - 1]:.2f}."
    )
