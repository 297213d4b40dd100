"""Answers to exercises 5, 6 and 10: learning rates."""

from __future__ import annotations

import numpy as np

from dlbook.schedules import cosine, warmup

norm = np.linalg.norm


# ---------------------------------------------------------------------- 5
def by_bisection(eigenvalues):
    """Find the rate at which some direction begins to grow."""
    low, high = 0.0, 100.0
    for _ in range(100):
        rate = (low + high) / 2
        stable = (np.abs(1 - rate * np.asarray(eigenvalues)) <= 1).all()
        low, high = (rate, high) if stable else (low, rate)
    return low


STABLE = (
    [lambda e: 2 / max(e), by_bisection, lambda e: 2 / np.abs(e).max()],
    [
        (lambda e: 1 / max(e), "done in one step"),
        (lambda e: 2 / min(e), "by which factor does a step"),
        (lambda e: 1 / min(e), "by which factor does a step"),
        (lambda e: 2 / (min(e) + max(e)), "the fastest rate"),
        (lambda e: 2 / sum(e), "do not add up"),
        (lambda e: 1 / sum(e), "do not add up"),
        (lambda e: 2 / np.mean(e), "And the others"),
        (lambda e: 2 / np.median(e), "And the others"),
        (lambda e: 2 / e[0], "fixed place"),
        (lambda e: 2 / e[-1], "fixed place"),
        (lambda e: max(e) / 2, "Upside down"),
        (lambda e: 2 * max(e), "Upside down"),
        (lambda e: 2 / norm(e), "a length is larger"),
        (lambda e: 2 / max(e) ** 2, "Measure the curvature once"),
        (lambda e: 2 / max(e) ** 0.5, "no root"),
        (lambda e: max(e), "That is a curvature"),
        (lambda e: 2 / e, "for each direction"),
        (lambda e: 0.3, "you return 0.3."),
        (lambda e: 0.25, "what did you fix"),
        (lambda e: 2 / e[2] if len(e) == 4 else 2 / sum(e) / 2, "what did you fix"),
        (lambda e: -1, "you return -1."),
        (lambda e: e[:2], "a single number is needed"),
    ],
    [r"2 ?/", r"max\(", r"largest eigenvalue", r"0\.25"],
)


# ---------------------------------------------------------------------- 6
def tuned(smallest, largest):
    low, high = smallest**0.5, largest**0.5
    return (2 / (low + high)) ** 2, ((high - low) / (high + low)) ** 2


def tuned_by_equations(smallest, largest):
    """Let both ends shrink by the same factor: (1 - sqrt(rate times curvature))² is beta."""
    rate = 4 / (smallest + largest + 2 * np.sqrt(smallest * largest))
    return np.array([rate, (1 - np.sqrt(rate * smallest)) ** 2])


def beta_of(beta):
    return lambda low, high: (tuned(low, high)[0], beta(high / low))


def rate_of(rate):
    return lambda low, high: (rate(low, high), tuned(low, high)[1])


BEST = (
    [tuned, tuned_by_equations, lambda low, high: list(tuned(low, high))],
    [
        (lambda *given: tuned(*given)[::-1], "beta comes first"),
        (
            lambda *given: (tuned(*given)[0] / (1 - tuned(*given)[1]), tuned(*given)[1]),
            "damped momentum",
        ),
        (beta_of(lambda k: (k**0.5 - 1) / (k**0.5 + 1)), "their size follows from beta"),
        (beta_of(lambda k: (k - 1) / (k + 1)), "plain gradient descent"),
        (beta_of(lambda k: ((k - 1) / (k + 1)) ** 2), "feels less"),
        (beta_of(lambda k: 1 - 1 / k**0.5), "a rule of thumb"),
        (beta_of(lambda k: 1 - 2 / k**0.5), "a rule of thumb"),
        (beta_of(lambda k: 0.9), "default"),
        (beta_of(lambda k: 0), "forgets everything"),
        (beta_of(lambda k: (1 - k**0.5) / (1 + k**0.5)), "Your beta is negative"),
        (beta_of(lambda k: 0.7), "Your beta is 0.7"),
        (beta_of(lambda k: tuned(1, k)[1] * (1 + 3e-9)), "Your beta is 0.444"),
        (lambda *given: np.multiply(tuned(*given)[::-1], 1 + 3e-9), "Your beta is 0.0277"),
        (rate_of(lambda low, high: 0.05 * (1 + 3e-9)), "your rate is 0.05:"),
        (rate_of(lambda low, high: 2 / (low + high)), "the best one without it"),
        (rate_of(lambda low, high: 2 / high), "that is stable without momentum"),
        (rate_of(lambda low, high: 1 / high), "cautious"),
        (rate_of(lambda low, high: 2 / (low**0.5 + high**0.5)), "in other units"),
        (rate_of(lambda low, high: (2 / (low + high)) ** 2), "in other units"),
        (rate_of(lambda low, high: 1 / (low**0.5 + high**0.5) ** 2), "four times too small"),
        (rate_of(lambda low, high: 2 / (low**0.5 + high**0.5) ** 2), "half of what"),
        (
            lambda low, high: (2 * (1 + tuned(low, high)[1]) / high, tuned(low, high)[1]),
            "never comes to rest",
        ),
        (rate_of(lambda low, high: 0.1), "your rate is 0.1"),
        (lambda low, high: (1 / 36, 4 / 9), "not given the eigenvalues 3 and 3"),
        (
            lambda low, high: tuned(low, high) if low > 1 else (0.1, 0.1),
            "not given the eigenvalues 0.01",
        ),
        (lambda low, high: tuned(low, high)[0], "Return a pair"),
        (lambda low, high: (*tuned(low, high), 1), "Return a pair"),
        (lambda low, high: np.array([[1.0], [2.0]]), "shape (2, 1)"),
    ],
    [r"sqrt\(", r"κ", r"\*\* 2", r"square of"],
)


# ---------------------------------------------------------------------- 10
def rate_by_formula(step, peak, warmup, total):
    rise = min(1, (step + 1) / warmup)
    return peak * rise * (1 + np.cos(np.pi * min(step, total) / total)) / 2


def rate_by_dlbook(step, peak, warmup_steps, total):
    return warmup(cosine(peak, total), warmup_steps)(step)


def rate_by_half_angle(step, peak, warmup, total):
    if step >= total:
        return 0
    wave = peak * np.cos(np.pi * step / total / 2) ** 2
    return wave if step >= warmup else wave * (step + 1) / warmup


def waves(formula, rise=lambda t, warmup: min(1, (t + 1) / warmup)):
    def rate(t, peak, warmup, total):
        return peak * rise(t, warmup) * formula(min(t, total) / total)

    return rate


def half_wave(share):
    return (1 + np.cos(np.pi * share)) / 2


def delayed(step, peak, warmup, total, first=1):
    if step < warmup:
        return peak * (step + first) / warmup
    return peak * half_wave(min(1, (step - warmup) / (total - warmup)))


SCHEDULE = (
    [rate_by_formula, rate_by_dlbook, rate_by_half_angle],
    [
        (waves(half_wave, lambda t, w: min(1, t / w)), "moves nothing"),
        (lambda *given: delayed(*given, first=0), "moves nothing"),
        (delayed, "waits for the warmup"),
        (waves(half_wave, lambda t, w: 1), "where is the warmup"),
        (waves(lambda share: 1), "where is the cosine"),
        (
            lambda t, p, w, n: p * ((t + 1) / w if t < w else half_wave(min(1, t / n))),
            "falls suddenly",
        ),
        (lambda t, p, w, n: p * min(1, (t + 1) / w) * half_wave(t / n), "rises again"),
        (waves(half_wave, lambda t, w: (t + 1) / w), "does not end"),
        (lambda t, p, w, n: p * (t + 1) / w * half_wave(t / n), "does not end"),
        (waves(lambda share: half_wave(2 * share)), "how much of a wave"),
        (waves(lambda share: (1 + np.cos(share)) / 2), "take its angle"),
        (waves(lambda share: 2 * half_wave(share)), "Twice too high"),
        (waves(lambda share: np.cos(np.pi * share)), "becomes negative"),
        (waves(lambda share: np.cos(np.pi * share / 2)), "A quarter"),
        (waves(lambda share: 1 - share), "straight line"),
        (waves(lambda share: 1 - half_wave(share)), "mind a sign"),
        (
            lambda t, p, w, n: p * min(1, (t + 1) / w) * half_wave(min(1, (t + 1) / n)),
            "one step ahead",
        ),
        (
            lambda t, p, w, n: p * min(1, (t + 1) / w) * half_wave(min(1, t / (n - 1))),
            "one step early",
        ),
        (waves(half_wave, lambda t, w: min(1, (t + 1) / (w + 1))), "one step more"),
        (waves(lambda share: 0), "you return 0 at step"),
        (lambda t, p, w, n: rate_by_formula(t, 0.4, w, n), "what did you fix"),
        (lambda t, p, w, n: rate_by_formula(t, p, 4, n), "what did you fix"),
        (
            lambda t, p, w, n: rate_by_formula(t, p, w, n) + 1e-6 * (t > n > 10),
            "what did you fix",
        ),
        (lambda t, p, w, n: [p, w], "Given step = 0, peak = 0.4"),
        (lambda t, p, w, n: p / (t - 5), "ZeroDivisionError"),
    ],
    [r"np\.pi", r"/ ?2\b", r"min\(", r"\* ?\(1 \+", r"cos\("],
)
