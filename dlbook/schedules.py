"""The learning rate as a function of the step.

A schedule is called with the number of updates already made, ``schedule(step)`` with `step` 0 for
the first update, and gives the learning rate for the next one. Schedules are frozen and can be
compared, printed and pickled. A negative step, a rate that is not above 0, or any other number out
of its range is a ValueError.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from dlbook._checks import check_count, check_number

__all__ = [
    "constant",
    "cosine",
    "exponential",
    "inverse_time",
    "one_cycle",
    "step_decay",
    "warmup",
]

Schedule = Callable[[int], float]


def _check_step(step: int) -> None:
    if step < 0:
        raise ValueError(f"step is {step!r}: a number of updates of at least 0 is needed")


def _half_cosine(start: float, end: float, share: float) -> float:
    """Go from `start` at share 0 to `end` at share 1 and stay there."""
    return end + 0.5 * (start - end) * (1.0 + math.cos(math.pi * min(share, 1.0)))


@dataclass(frozen=True)
class constant:
    r"""Keep the rate as it is: :math:`\alpha_t = \alpha_0`.

    Parameters
    ----------
    rate : float
        The rate :math:`\alpha_0`, above 0.

    Examples
    --------
    >>> from dlbook.schedules import constant
    >>> constant(0.1)(1000)
    0.1
    """

    rate: float

    def __post_init__(self) -> None:
        check_number("rate", self.rate, above=0)

    def __call__(self, step: int) -> float:
        """Return the rate of the update after `step` updates."""
        _check_step(step)
        return self.rate


@dataclass(frozen=True)
class step_decay:
    r"""Multiply the rate by a factor once every so many steps.

    .. math:: \alpha_t = \alpha_0\, \gamma^{\lfloor t / k \rfloor}

    Parameters
    ----------
    rate : float
        The first rate :math:`\alpha_0`, above 0.
    every : int
        Steps :math:`k` between two drops.
    factor : float
        The factor :math:`\gamma`, above 0 and at most 1.

    Examples
    --------
    >>> from dlbook.schedules import step_decay
    >>> schedule = step_decay(0.1, every=100, factor=0.5)
    >>> schedule(99), schedule(100), schedule(200)
    (0.1, 0.05, 0.025)
    """

    rate: float
    every: int
    factor: float = 0.5

    def __post_init__(self) -> None:
        check_number("rate", self.rate, above=0)
        check_count("every", self.every)
        check_number("factor", self.factor, above=0, at_most=1)

    def __call__(self, step: int) -> float:
        """Return the rate of the update after `step` updates."""
        _check_step(step)
        return float(self.rate * self.factor ** (step // self.every))


@dataclass(frozen=True)
class exponential:
    r"""Let the rate fall by the same share in every step.

    .. math:: \alpha_t = \alpha_0\, \gamma^{t / k}

    Parameters
    ----------
    rate : float
        The first rate :math:`\alpha_0`, above 0.
    factor : float
        The factor :math:`\gamma`, above 0 and at most 1.
    every : int
        Steps :math:`k` after which the rate has fallen by the whole factor.

    Examples
    --------
    >>> from dlbook.schedules import exponential
    >>> exponential(0.1, factor=0.5, every=100)(200)
    0.025
    """

    rate: float
    factor: float
    every: int = 1

    def __post_init__(self) -> None:
        check_number("rate", self.rate, above=0)
        check_number("factor", self.factor, above=0, at_most=1)
        check_count("every", self.every)

    def __call__(self, step: int) -> float:
        """Return the rate of the update after `step` updates."""
        _check_step(step)
        return float(self.rate * self.factor ** (step / self.every))


@dataclass(frozen=True)
class inverse_time:
    r"""Let the rate fall like one over the time (Robbins and Monro 1951).

    .. math:: \alpha_t = \frac{\alpha_0}{1 + \kappa t}

    Parameters
    ----------
    rate : float
        The first rate :math:`\alpha_0`, above 0.
    decay : float
        The speed :math:`\kappa` in 1/steps, at least 0; the rate is halved at
        :math:`t = 1/\kappa`.

    Examples
    --------
    >>> from dlbook.schedules import inverse_time
    >>> inverse_time(0.1, decay=0.01)(100)
    0.05
    """

    rate: float
    decay: float

    def __post_init__(self) -> None:
        check_number("rate", self.rate, above=0)
        check_number("decay", self.decay, at_least=0)

    def __call__(self, step: int) -> float:
        """Return the rate of the update after `step` updates."""
        _check_step(step)
        return self.rate / (1.0 + self.decay * step)


@dataclass(frozen=True)
class cosine:
    r"""Let the rate fall along half a cosine wave, without restarts (Loshchilov and Hutter 2017).

    .. math:: \alpha_t = \alpha_T + \frac{\alpha_0 - \alpha_T}{2}
              \left(1 + \cos \frac{\pi \min(t, T)}{T}\right)

    Parameters
    ----------
    rate : float
        The first rate :math:`\alpha_0`, above 0.
    steps : int
        Steps :math:`T` until the last rate is reached; it is kept afterwards.
    final : float
        The last rate :math:`\alpha_T`, at least 0.

    Examples
    --------
    >>> from dlbook.schedules import cosine
    >>> schedule = cosine(0.1, steps=100)
    >>> schedule(0), schedule(50), schedule(100)
    (0.1, 0.05, 0.0)
    """

    rate: float
    steps: int
    final: float = 0.0

    def __post_init__(self) -> None:
        check_number("rate", self.rate, above=0)
        check_count("steps", self.steps)
        check_number("final", self.final, at_least=0)

    def __call__(self, step: int) -> float:
        """Return the rate of the update after `step` updates."""
        _check_step(step)
        return _half_cosine(self.rate, self.final, step / self.steps)


@dataclass(frozen=True)
class warmup:
    r"""Raise another schedule's rate evenly over the first steps (Goyal et al. 2017, section 2.2).

    .. math:: \alpha_t = \min\left(1, \frac{t + 1}{k}\right) \beta_t

    Parameters
    ----------
    schedule : callable or float
        The other schedule :math:`\beta_t`; a number stands for a constant one. It is not delayed:
        after the warmup it goes on from step :math:`k`.
    steps : int
        Steps :math:`k` of the warmup. The first rate is :math:`\beta_0 / k`, not 0.

    Raises
    ------
    TypeError
        If `schedule` is neither callable nor a number.

    Examples
    --------
    >>> from dlbook.schedules import warmup
    >>> schedule = warmup(0.1, steps=4)
    >>> [schedule(step) for step in (0, 1, 3, 100)]
    [0.025, 0.05, 0.1, 0.1]
    """

    schedule: Schedule | float
    steps: int

    def __post_init__(self) -> None:
        check_count("steps", self.steps)
        if not callable(self.schedule):
            object.__setattr__(self, "schedule", constant(self.schedule))

    def __call__(self, step: int) -> float:
        """Return the rate of the update after `step` updates."""
        _check_step(step)
        assert callable(self.schedule)
        return min(1.0, (step + 1) / self.steps) * self.schedule(step)


@dataclass(frozen=True)
class one_cycle:
    r"""Raise the rate to a peak and let it fall again, each along half a cosine (Smith 2018).

    With :math:`c(a, b, s) = b + \frac{a - b}{2}(1 + \cos \pi s)`, which goes from :math:`a` to
    :math:`b`, and the peak at :math:`k = p\,T`:

    .. math:: \alpha_t = \begin{cases}
              c\left(\frac{\hat\alpha}{d},\, \hat\alpha,\, \frac{t}{k}\right) & t < k \\
              c\left(\hat\alpha,\, \frac{\hat\alpha}{d\,e},\, \frac{\min(t, T) - k}{T - k}\right)
              & t \ge k \end{cases}

    Parameters
    ----------
    rate : float
        The peak :math:`\hat\alpha`, above 0.
    steps : int
        Length :math:`T` of the cycle; the last rate is kept afterwards.
    peak : float
        Share :math:`p` of the steps before the peak, between 0 and 1.
    start_divisor : float
        The first rate is the peak divided by this :math:`d`, at least 1.
    final_divisor : float
        The last rate is the first divided by this :math:`e`, at least 1.

    Examples
    --------
    >>> from dlbook.schedules import one_cycle
    >>> schedule = one_cycle(0.1, steps=100)
    >>> schedule(0), schedule(30), schedule(100)
    (0.004, 0.1, 4e-07)
    """

    rate: float
    steps: int
    peak: float = 0.3
    start_divisor: float = 25.0
    final_divisor: float = 1e4

    def __post_init__(self) -> None:
        check_number("rate", self.rate, above=0)
        check_count("steps", self.steps)
        check_number("peak", self.peak, above=0, below=1)
        check_number("start_divisor", self.start_divisor, at_least=1)
        check_number("final_divisor", self.final_divisor, at_least=1)

    def __call__(self, step: int) -> float:
        """Return the rate of the update after `step` updates."""
        _check_step(step)
        top = self.peak * self.steps
        first = self.rate / self.start_divisor
        if step < top:
            return _half_cosine(first, self.rate, step / top)
        return _half_cosine(
            self.rate, first / self.final_divisor, (step - top) / (self.steps - top)
        )
