"""Answers to the exercises on gradient checking: right ones, and wrong ones with their hints.

Each wrong answer stands for a mistake that people make. The text beside it is part of the hint that
it must get, and of no other hint of that exercise.
"""

from __future__ import annotations

import random
from math import comb

import numpy as np
from nearly import first_plus, plus, times

from dlbook import MLP

norm = np.linalg.norm
NETWORK = MLP((2, 3, 1), "tanh")

# ------------------------------------------------------------------ 1, 2, 4: lone derivatives


def forward_in_steps(f, x, h):
    there = x + h
    return np.array((f(there) - f(x)) / (there - x))


def forward_by_mean(f, x, h):
    """Return the mean slope as a difference of quotients."""
    return f(x + h) / h - f(x) / h


FORWARD = (
    [forward_in_steps, forward_by_mean, lambda f, x, h: [(f(x + h) - f(x)) / h]],
    [
        (lambda f, x, h: f(x + h) - f(x), "missing from a slope"),
        (lambda f, x, h: f(x + h) - f(x) / h, "in brackets"),
        (lambda f, x, h: (f(x) + h - f(x)) / h, "the place where f is asked"),
        (lambda f, x, h: (f(x) - f(x - h)) / h, "looks back"),
        (lambda f, x, h: (f(x + h) - f(x - h)) / 2 / h, "the next exercise's"),
        (lambda f, x, h: (f(x + h) - f(x)) / 2 / h, "more than the distance"),
        (lambda f, x, h: (f(x) - f(x + h)) / h, "sign is wrong"),
        (lambda f, x, h: (f(x + h) - f(x)) * h, "multiply"),
        (lambda f, x, h: (f(x + 1e-6) - f(x)) / 1e-6, "where does your function use `h`"),
        (lambda f, x, h: 3 * x**2 + 3 * x * h + h**2, "not given f(x) = sin(x)"),
        (lambda f, x, h: (f(x + h) - f(x)) / max(h, 1e-2), "not given f(x) = sin(x)"),
        (lambda f, x, h: (f(abs(x) + h) - f(abs(x))) / h, "not given f(x) = exp(x)"),
        (lambda f, x, h: 7.5 * h, "on paper"),
        (lambda f, x: f(x), "TypeError"),
        (lambda f, x, h: f(x + h) / 0, "ZeroDivisionError"),
        (lambda f, x, h: np.array([f(x), f(x + h)]), "returns shape (2,)"),
        (lambda f, x, h: np.nan, "where does that come from"),
        (lambda f, x, h: "12", "of type str"),
        (13.5625, "without calling it"),
    ],
    [r"x \+ h\b.*f\(x\)", r"/ ?h\b", "13.56"],
)

CENTRAL = (
    [
        lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h),
        lambda f, x, h: 0.5 * ((f(x + h) - f(x)) / h + (f(x) - f(x - h)) / h),
        lambda f, x, h: np.diff([f(x - h), f(x + h)]) / h / 2,
    ],
    [
        (lambda f, x, h: (f(x + h) - f(x - h)) / h, "Twice too large"),
        (lambda f, x, h: (f(x + h) - f(x - h)) / 2 * h, "from left to right"),
        (lambda f, x, h: f(x + h) - f(x - h) / (2 * h), "Only the second value"),
        (lambda f, x, h: (f(x + h) - f(x)) / h, "itself and above"),
        (lambda f, x, h: (f(x) - f(x - h)) / h, "itself and below"),
        (lambda f, x, h: (f(x + h / 2) - f(x - h / 2)) / h, "are `h` apart"),
        (lambda f, x, h: (f(x - h) - f(x + h)) / (2 * h), "sign is wrong"),
        (lambda f, x, h: (f(x + h) + f(x - h)) / (2 * h), "sum of values"),
        (lambda f, x, h: (f(x + 1e-5) - f(x - 1e-5)) / 2e-5, "where does your function use `h`"),
    ],
    [r"2 ?\* ?h", r"/ ?\(2", r"\bby 2\b", "12.06"],
)

COMPLEX = (
    [
        lambda f, x, h: f(x + 1j * h).imag / h,
        lambda f, x, h: np.imag(f(complex(x, h)) - f(x)) / h,
        lambda f, x, h: ((f(x + h * 1j) - f(x - h * 1j)) / (2j * h)).real,
    ],
    [
        (lambda f, x, h: f(x + 1j * h).real / 1, "without the part you want"),
        (lambda f, x, h: f(x + 1j * h).imag, "how far did you step"),
        (lambda f, x, h: f(x + 1j * h) / h, "Which part"),
        (lambda f, x, h: f(x + h).imag / h, "in which direction"),
        (lambda f, x, h: (f(x + h) - f(x)) / h, "in which direction"),
        (lambda f, x, h: float(f(x + 1j * h)) / h, "A cast to a real number"),
        (lambda f, x, h: f(np.array([x + 1j * h])).astype(float), "without the part you want"),
        (lambda f, x, h: f(x + 1j * h).real.imag / h, "lost before you read it"),
        (lambda f, x, h: abs(f(x + 1j * h)) / h, "mixes the two"),
        (lambda f, x, h: abs(f(x + 1j * h) - f(x)) / h, "take one"),
        (lambda f, x, h: f(x + 1e-30j).imag / 1e-30, "where does your function use `h`"),
        (
            lambda f, x, h: 2 * f(x + 1j * h).imag / h,
            "on paper",
        ),
        (
            lambda f, x, h: (
                (f(x) + f(x + 1j * h) - f(x + h * (1 + 0j)) + f(x + h) - f(x)).imag / h
                if h > 1e-9
                else 0.54
            ),
            "still subtract",
        ),
    ],
    [r"\.imag", "imaginary part of f", r"/ ?h\b", "11.93"],
)

# ------------------------------------------------------------------------------ 3: the step

EPS = float(np.finfo(np.float32).eps)
STEP = (
    [(3 * EPS) ** (1 / 3), EPS ** (1 / 3), np.float32(0.0056), 5e-3],
    [
        (np.finfo(float).eps ** (1 / 3), "another precision"),
        (EPS**0.5, "one-sided difference:"),
        (np.finfo(float).eps ** 0.5, "check both assumptions"),
        (EPS, "solve for the step"),
        (1e-20, "1 + h is 1"),
        (EPS**0.2, "Somewhat too large"),
        (0.5, "Too large"),
        (0.015, "Too large"),
        (1e-4, "Too small"),
        (2.5e-3, "Too small"),
        (-1.0, "The step is -1"),
        (np.nan, "The step is nan"),
        (np.inf, "The step is inf"),
        (5e-3j, "along the real line"),
        ("0.005", "A single number"),
        (True, "A single number"),
        (lambda: 5e-3, "A single number"),
    ],
    ["0.00", "e-0?3", "1/3", "third", "cube"],
)

# ------------------------------------------------------------------- 5: relative difference


def relative_by_hand(a, b):
    size = np.sqrt(a @ a) + np.sqrt(b @ b)
    return np.sqrt((a - b) @ (a - b)) / size if size else 0


def relative_with_tiny(a, b):
    return norm(b - a) / max(norm(a) + norm(b), 1e-300)


RELATIVE = (
    [relative_by_hand, relative_with_tiny],
    [
        (lambda a, b: abs(a - b) / (abs(a) + abs(b)), "which norm"),
        (lambda a, b: norm(a - b), "absolute difference"),
        (lambda a, b: norm(a - b) / norm(a), "Only one of the two"),
        (lambda a, b: norm(a - b) / norm(b), "Only one of the two"),
        (lambda a, b: norm(a - b) / max(norm(a), norm(b)), "Only one of the two"),
        (lambda a, b: norm(a - b) / norm(a + b), "before you measure"),
        (lambda a, b: norm(a - b) / ((norm(a) + norm(b)) / 2), "the mean"),
        (lambda a, b: abs(a - b).sum() / (abs(a) + abs(b)).sum(), "sum of absolute values"),
        (lambda a, b: norm(a - b) ** 2 / (norm(a) ** 2 + norm(b) ** 2), "square roots"),
        (lambda a, b: norm(a - b) / np.hypot(norm(a), norm(b)), "not their squares"),
        (lambda a, b: norm(a + b) / (norm(a) + norm(b)), "what is compared"),
        (lambda a, b: (abs(a - b) / (abs(a) + abs(b))).max(), "one by one"),
        (lambda a, b: np.mean(abs(a - b) / (abs(a) + abs(b))), "one by one"),
        (lambda a, b: np.sum(abs(a - b) / (abs(a) + abs(b))), "one by one"),
        (lambda a, b: 0.7, "draw both"),
        (lambda a, b: norm(a - b) / (norm(a) + norm(b) + 1e-8), "to be safe"),
        (lambda a, b: norm(a - b) / (norm(a) + norm(b)), "How different are they"),
        (lambda a, b: 1 if not a.any() else relative_by_hand(a, b), "how different are they"),
        (
            lambda a, b: relative_by_hand(a, b) * (1 if len(a) == 2 else 0.7),
            "the largest of all",
        ),
    ],
    [r"norm\(", r"‖", r"\b1/2\b"],
)

# --------------------------------------------------------------------- 6: numerical gradient


def on_a_copy(f, theta, h):
    slopes = []
    for k in range(len(theta)):
        up, down = theta.astype(float), theta.astype(float)
        up[k] += h
        down[k] -= h
        slopes.append((f(up) - f(down)) / (2 * h))
    return slopes


def by_axes(f, theta, h):
    return np.array([(f(theta + e) - f(theta - e)) / 2 / h for e in h * np.eye(theta.size)])


def in_place_with_memory(f, theta, h):
    if theta.dtype.kind != "f":
        theta = theta.astype(float)
    slopes = np.empty(theta.size)
    for k, old in enumerate(theta.copy()):
        theta[k] = old + h
        above = f(theta)
        theta[k] = old - h
        slopes[k] = (above - f(theta)) / (2 * h)
        theta[k] = old
    return slopes


def never_restored(f, theta, h):
    slopes = np.empty(theta.size)
    for k in range(theta.size):
        theta[k] += h
        above = f(theta)
        theta[k] -= 2 * h
        slopes[k] = (above - f(theta)) / (2 * h)
    return slopes


def restored_by_adding(f, theta, h):
    slopes = np.empty(theta.size)
    for k in range(theta.size):
        theta[k] += h
        above = f(theta)
        theta[k] -= 2 * h
        slopes[k] = (above - f(theta)) / (2 * h)
        theta[k] += h
    return slopes


def whole_numbers_stay(f, theta, h):
    slopes = np.empty(theta.size)
    for k in range(theta.size):
        up, down = theta.copy(), theta.copy()
        up[k] = up[k] + h
        down[k] = down[k] - h
        slopes[k] = (f(up) - f(down)) / (2 * h)
    return slopes


def whole_numbers_stop(f, theta, h):
    slopes = []
    for k in range(theta.size):
        up, down = theta.copy(), theta.copy()
        up[k : k + 1] += h
        down[k : k + 1] -= h
        slopes.append((f(up) - f(down)) / (2 * h))
    return slopes


NUMERICAL = (
    [on_a_copy, by_axes, in_place_with_memory],
    [
        (never_restored, "who put them back"),
        (restored_by_adding, "last digits"),
        (lambda f, theta, h: never_restored(f, theta.copy(), h), "The first slope is right"),
        (whole_numbers_stay, "1 + 0.1"),
        (whole_numbers_stop, "1 + 0.1"),
        (lambda f, t, h: by_axes(f, t, h).astype(int), "what dtype"),
        (lambda f, t, h: np.round(by_axes(f, t, h)), "what dtype"),
        (lambda f, t, h: [(f(t + e) - f(t)) / h for e in h * np.eye(t.size)], "not below"),
        (lambda f, t, h: [(f(t) - f(t - e)) / h for e in h * np.eye(t.size)], "but not above"),
        (lambda f, t, h: 2 * by_axes(f, t, h), "Twice too large"),
        (lambda f, t, h: (f(t + h) - f(t - h)) / (2 * h), "You return one number"),
        (lambda f, t, h: np.full(3, (f(t + h) - f(t - h)) / (2 * h)), "all entries together"),
        (lambda f, t, h: (f(t + h * np.eye(3)) - f(t - h * np.eye(3))) / (2 * h), "one vector of"),
        (lambda f, t, h: by_axes(f, t, h)[:2], "3 numbers is needed"),
        (lambda f, t, h: 3 * by_axes(f, t, h), "Other slopes"),
    ],
    [r"2 ?\* ?h", r"\.copy\(", r"astype", r"float\b"],
)

# --------------------------------------------------------------------- 7: names of parameters


def differs(a, b):
    return relative_by_hand(a, b) > 1e-7


def named_by_loop(analytic, numeric, layout):
    return [name for name, (s, _) in layout.items() if differs(analytic[s], numeric[s])]


def named_by_filter(analytic, numeric, layout):
    def wrong(name):
        a, n = analytic[layout[name].where], numeric[layout[name].where]
        return norm(a - n) > 1e-7 * (norm(a) + norm(n))

    return set(filter(wrong, layout))


def norm_over_everything(analytic, numeric, layout):
    total = norm(analytic) + norm(numeric)
    return [n for n, (s, _) in layout.items() if norm((analytic - numeric)[s]) > 1e-7 * total]


def entry_by_entry(analytic, numeric, layout):
    with np.errstate(invalid="ignore"):
        apart = abs(analytic - numeric) / (abs(analytic) + abs(numeric)) > 1e-7
    return [name for name, (s, _) in layout.items() if apart[s].any()]


def nothing_is_right_of_nan(analytic, numeric, layout):
    def right(a, n):
        return norm(a - n) / (norm(a) + norm(n)) <= 1e-7

    return [n for n, (s, _) in layout.items() if not right(analytic[s], numeric[s])]


NAMES = (
    [named_by_loop, named_by_filter],
    [
        (norm_over_everything, "tiny gradient"),
        (
            lambda a, n, lay: [k for k, (s, _) in lay.items() if abs((a - n)[s]).max() > 1e-7],
            "tiny gradient",
        ),
        (lambda a, n, lay: list(lay) if differs(a, n) else [], "you name all"),
        (lambda a, n, lay: [k for k in lay if k not in named_by_loop(a, n, lay)], "that agree"),
        (lambda a, n, lay: named_by_loop(a, n, lay)[:1], "end at the first"),
        (
            lambda a, n, lay: [k for k, (s, _) in lay.items() if not np.allclose(a[s], n[s])],
            "what do you allow",
        ),
        (
            lambda a, n, lay: [
                k for k, (s, _) in lay.items() if relative_by_hand(a[s], n[s]) > 1e-6
            ],
            "what do you allow",
        ),
        (
            lambda a, n, lay: [
                k for k, (s, _) in lay.items() if relative_by_hand(a[s], n[s]) > 1e-9
            ],
            "count as right here",
        ),
        (entry_by_entry, "By itself"),
        (nothing_is_right_of_nan, "0/0"),
        (
            lambda a, n, lay: [k for k, (s, _) in lay.items() if (a[s] != n[s]).any()],
            "count as right here",
        ),
        (lambda a, n, lay: named_by_loop(a, n, lay) or ["W1"], "count as right here"),
        (lambda a, n, lay: "W2", "a list of names is needed"),
        (lambda a, n, lay: 1, "a list is needed"),
        (lambda a, n, lay: [0, 3], "names such as"),
        (lambda a, n, lay: [], "you list []"),
    ],
    [r"norm\(", r"1e-7 \*", r"\[where\]"],
)

# ------------------------------------------------------------------------------ 8: which bug

BUG = (
    ["no penalty", "No-Penalty ", "no_penalty"],
    [
        ("penalty twice", "larger share"),
        ("penalty subtracted", "twice as large"),
        ("penalty on biases", "does the report name"),
        ("no division by rows", "by one factor"),
        ("transposed product", "rarely fit"),
        ("no tanh derivative", "the same signal"),
        ("penalti twice", "Do you mean 'penalty twice'"),
        ("I do not know", "'I do not know' is not among"),
        (3, "A word is needed"),
    ],
    ["it is no penalty", "forgotten", "missing penalty"],
)

# ------------------------------------------------------------- 9: the gradient of a network


def gradient_by_hand(theta, X, y, strength, *, mistake=None):
    P = NETWORK.views(theta)
    z = X @ P["W1"] + P["b1"]
    a = np.tanh(z)
    p = 1 / (1 + np.exp(-(a @ P["W2"] + P["b2"])[:, 0]))
    top = ((p - y) / (1 if mistake == "rows" else len(y)))[:, None]
    slope = {"no slope": 1, "of z": 1 - z**2}.get(mistake, 1 - a**2)
    below = top @ P["W2"].T * slope
    G = [X.T @ below, below.sum(0), a.T @ top, top.sum(0)]
    if mistake == "bias":
        G[1] = G[1] / len(y)
    return np.concatenate([g.ravel() for g in G]) + strength * theta * NETWORK.weight_mask


def gradient_by_dlbook(theta, X, y, strength):
    from dlbook import L2

    return NETWORK.gradient(theta, X, y, L2(strength))


def off(data=1.0, weights=1.0, biases=0.0, *, by_rows=False):
    def wrong(theta, X, y, strength):
        pull = np.where(NETWORK.weight_mask, weights, biases) * strength * theta
        return data * NETWORK.gradient(theta, X, y) + pull / (len(y) if by_rows else 1)

    return wrong


def changes_theta(theta, X, y, strength):
    found = gradient_by_hand(theta, X, y, strength)
    theta -= found
    return found


def mistaken(mistake):
    return lambda *given: gradient_by_hand(*given, mistake=mistake)


GRADIENT = (
    [gradient_by_hand, gradient_by_dlbook],
    [
        (off(biases=1.0), "what is penalized"),
        (off(weights=2.0), "twice too strong"),
        (off(weights=0.5), "too weak by half"),
        (off(weights=0.0), "What else is in the sum"),
        (off(weights=-1.0), "mind its sign"),
        (off(by_rows=True), "not divided by the number of rows"),
        (mistaken("rows"), "mean over rows"),
        (off(data=7.0, weights=7.0), "by one factor"),
        (off(data=-1.0), "probability and label"),
        (mistaken("no slope"), "on its way"),
        (mistaken("of z"), "of which quantity"),
        (mistaken("bias"), "The slopes of b1 are wrong"),
        (changes_theta, "changes theta"),
        (lambda theta, X, y, strength: theta[:5], "13 numbers is needed"),
    ],
    [r"strength \* ", r"λ ?w\b", r"/ ?len", "p - y"],
)

# ------------------------------------------------------------------- 10: dropout held fixed


def one_mask(loss, shape, rate, seed):
    mask = (np.random.default_rng(seed).random(shape) >= rate) / (1 - rate)
    return lambda theta: loss(theta, mask)


def same_mask_again(loss, shape, rate, seed):
    def f(theta):
        keep = np.random.RandomState(seed).binomial(1, 1 - rate, shape)
        return loss(theta, keep / (1 - rate))

    return f


def masks(draw, scale=1.25, **more):
    def freeze(loss, shape, rate, seed):
        mask = draw(np.random.default_rng(seed), shape, rate) * scale
        return lambda theta: loss(theta, mask)

    return freeze


def new_mask_each_call(loss, shape, rate, seed):
    rng = np.random.default_rng(seed)
    return lambda theta: loss(theta, (rng.random(shape) >= rate) / (1 - rate))


def seed_not_used(loss, shape, rate, seed):
    keep = np.random.default_rng(random.getrandbits(32)).random(shape) >= rate
    return lambda theta: loss(theta, keep / (1 - rate))


def keep(rng, shape, rate):
    return rng.random(shape) >= rate


DROPOUT = (
    [one_mask, same_mask_again],
    [
        (new_mask_each_call, "when is your mask drawn"),
        (lambda loss, shape, rate, seed: lambda t: loss(t, np.ones(shape)), "Every unit is kept"),
        (masks(keep, 1.25**2), "scaled twice"),
        (masks(keep, 1.0), "make up for them"),
        (masks(keep, 0.8), "it shrinks"),
        (masks(keep, 5.0), "wrong one of the two"),
        (masks(keep, 3.0), "The mean of the mask"),
        (masks(keep, 1.25 + 4e-9), "The mean of the mask"),
        (masks(lambda rng, shape, rate: rng.random(shape) < rate, 1.25), "as you should drop"),
        (masks(lambda rng, shape, rate: rng.random(shape) < 0.5), "not 20 %"),
        (masks(lambda rng, shape, rate: rng.random(shape)), "two kinds"),
        (masks(lambda rng, shape, rate: np.zeros(shape)), "two kinds"),
        (masks(lambda *given: keep(*given) * np.linspace(1, 1 + 3e-12, 50)), "two kinds"),
        (lambda loss, shape, rate, seed: one_mask(loss, shape, rate, 0), "do with the seed"),
        (seed_not_used, "where do your random numbers"),
        (lambda loss, shape, rate, seed: one_mask(loss, shape[1:], rate, seed), "of shape (50,)"),
        (lambda loss, shape, rate, seed: loss(0, np.ones(shape)), "a function of theta"),
        (lambda loss, shape, rate, seed: lambda theta: 1.0, "never asks"),
        (
            lambda loss, shape, rate, seed: lambda t: 2 * one_mask(loss, shape, rate, seed)(t),
            "as it is",
        ),
    ],
    [r"1 ?/ ?\(1", r"default_rng", r"before f", "0.8", "1.25"],
)

# --------------------------------------------------------------------- 11: random directions


def miss(n, k):
    return 0.0 if n % 2 else (comb(n, n // 2) / 2**n) ** k


def miss_by_walks(n, k):
    """Count where n steps of one can lead, as a distribution."""
    chances = np.array([1.0])
    for _ in range(n):
        chances = np.convolve(chances, [0.5, 0, 0.5])
    return chances[n] ** k


MISSED = (
    [(miss, 7), [miss_by_walks, np.int64(7)], (miss_by_walks, 7.0)],
    [
        ((lambda n, k: 0.5**k, 7), "single wrong entry"),
        ((lambda n, k: (1 - 1 / (n + 1)) ** k, 459), "single wrong entry"),
        ((lambda n, k: 0.0, 1), "no direction hides"),
        ((lambda n, k: 0.25**k if n > 1 else 0, 4), "Draw the four"),
        ((lambda n, k: 0.3 if n > 1 else 0, 4), "draw all four"),
        ((lambda n, k: miss(n, 1), 7), "drawn anew"),
        ((lambda n, k: miss(n, 1) if k == 1 else 1 - miss(n, k), 7), "how likely some"),
        ((lambda n, k: k * miss(n, 1), 7), "are not added"),
        ((lambda n, k: miss(n, 1) / k, 50), "chances combine"),
        ((lambda n, k: 0.5**k * k**0.1 if n > 1 else 0, 7), "and three directions you say"),
        ((lambda n, k: 0.5**k if n > 1 else 0, 7), "Three equal errors"),
        ((lambda n, k: 0 if n % 2 else 0.5**k, 7), "1/2 again"),
        ((lambda n, k: 0 if n % 2 else (0.5 if n == 2 else 2.0**-n) ** k, 7), "only one"),
        ((lambda n, k: 0 if n % 2 else (2 * 2.0**-n) ** k, 7), "only two"),
        (
            (lambda n, k: miss(n, k) if n < 4 else (2 / (np.pi * n)) ** (k / 2), 7),
            "good approximation",
        ),
        ((lambda n, k: miss(n, k) if n < 10 else 0.1, 7), "count the patterns."),
        ((miss, 6), "which n is the worst"),
        ((miss, 8), "not the smallest"),
        ((miss, 459), "one by one"),
        ((miss, 6.64), "round which way"),
        ((miss, "seven"), "The second answer"),
        ((miss, True), "The second answer"),
        (miss, "A pair is needed"),
    ],
    [r"\b7\b", "seven", r"\bcomb\b", "binomial", "n // 2"],
)

# -------------------------------------------------------------------------- 12: beside kinks


def beside_kinks(f, pattern, theta, gradient, h):
    numeric, smooth = np.zeros(theta.size), np.ones(theta.size, bool)
    for k, step in enumerate(h * np.eye(theta.size)):
        numeric[k] = (f(theta + step) - f(theta - step)) / (2 * h)
        smooth[k] = (pattern(theta + step) == pattern(theta - step)).all()
    return relative_by_hand(gradient[smooth], numeric[smooth]), (~smooth).sum()


def beside_kinks_by_lists(f, pattern, theta, gradient, h):
    kept, left_out = [], 0
    for k in range(len(theta)):
        old, ends = theta[k], []
        for theta[k] in (old + h, old, old - h):
            ends.append((f(theta), tuple(pattern(theta))))
        theta[k] = old
        if len({on for _, on in ends}) == 1:
            kept.append((gradient[k], (ends[0][0] - ends[2][0]) / (2 * h)))
        else:
            left_out += 1
    a, b = np.array(kept).T
    return norm(a - b) / (norm(a) + norm(b)), left_out


def counting(count, smooth_of=None):
    """Return a check that counts crossings in its own way."""

    def check(f, pattern, theta, gradient, h):
        steps = h * np.eye(theta.size)
        numeric = np.array([(f(theta + s) - f(theta - s)) / (2 * h) for s in steps])
        changes = np.array([pattern(theta + s) != pattern(theta - s) for s in steps])
        smooth = (smooth_of or (lambda c, a, b: ~c.any(axis=1)))(changes, gradient, numeric)
        return (
            relative_by_hand(gradient[smooth], numeric[smooth]),
            count(pattern, theta, steps, changes, smooth),
        )

    return check


def zeros_in_one(f, pattern, theta, gradient, h):
    steps = h * np.eye(theta.size)
    numeric = np.array([(f(theta + s) - f(theta - s)) / (2 * h) for s in steps])
    crossed = np.array([(pattern(theta + s) != pattern(theta - s)).any() for s in steps])
    numeric[crossed] = gradient[crossed]
    return relative_by_hand(gradient, numeric), crossed.sum()


def one_sided(pattern, theta, steps, changes, smooth):
    return sum((pattern(theta + s) != pattern(theta)).any() for s in steps)


def everything(changes, analytic, numeric):
    return np.ones(len(changes), bool)


KINKS = (
    [beside_kinks, beside_kinks_by_lists],
    [
        (counting(lambda *a: a[3].sum()), "You count units"),
        (counting(one_sided), "at a single end"),
        (counting(lambda *a: 0), "you count none"),
        (counting(lambda *a: 5), "every entry"),
        (counting(lambda *a: 1), "for how many"),
        (counting(lambda *a: 3, everything), "still in the difference"),
        (counting(lambda *a: (~a[4]).sum(), lambda c, a, b: abs(a - b) < 1e-6), "finds nothing"),
        (zeros_in_one, "above and below the line"),
        (lambda *given: (beside_kinks(*given)[0], 3), "Far from all kinks"),
        (lambda *given: beside_kinks(*given)[0], "Return a pair"),
        (lambda *given: (*beside_kinks(*given), 3), "Return a pair"),
        (lambda f, theta, gradient, h: (0, 0), "TypeError"),
    ],
    [r"\.any\(", r"theta \+ .*theta -", r"\b3 entries", "!="],
)

ANSWERS = {
    f"gradient-checking-{number}": entry
    for number, entry in enumerate(
        (
            FORWARD,
            CENTRAL,
            STEP,
            COMPLEX,
            RELATIVE,
            NUMERICAL,
            NAMES,
            BUG,
            GRADIENT,
            DROPOUT,
            MISSED,
            KINKS,
        ),
        start=1,
    )
}

#: Cases that an answer is tried on, and what makes it wrong there by a little more than rounding.
NEARLY = [
    ("gradient-checking-1", lambda f, x, h: x == 2, times(1 + 3e-9)),
    ("gradient-checking-1", lambda f, x, h: x == 1, times(1 + 3e-9)),
    ("gradient-checking-1", lambda f, x, h: x == -2, times(1 + 3e-9)),
    ("gradient-checking-2", lambda f, x, h: x == 2, times(1 + 3e-9)),
    ("gradient-checking-2", lambda f, x, h: x == 1, times(1 + 3e-9)),
    ("gradient-checking-2", lambda f, x, h: x == -2, times(1 + 3e-9)),
    ("gradient-checking-4", lambda f, x, h: x == 2, times(1 + 3e-9)),
    ("gradient-checking-4", lambda f, x, h: (x, h) == (1, 1e-3), times(1 + 3e-9)),
    ("gradient-checking-4", lambda f, x, h: x == -2, times(1 + 3e-9)),
    # a step that nothing is lost with: right to the last digits or not at all
    ("gradient-checking-4", lambda f, x, h: (x, h) == (1, 1e-20), times(1 + 3e-14)),
    ("gradient-checking-5", lambda a, b: a[0] == 3, times(1 + 3e-6)),
    ("gradient-checking-5", lambda a, b: 0 < a[0] < 1, times(1 + 3e-6)),
    ("gradient-checking-5", lambda a, b: not a.any(), plus(3e-12)),
    ("gradient-checking-5", lambda a, b: len(a) == 3, times(1 - 3e-9)),
    ("gradient-checking-6", lambda f, theta, h: theta.dtype.kind == "f", times(1 + 3e-9)),
    ("gradient-checking-6", lambda f, theta, h: theta.dtype.kind == "i", times(1 + 3e-9)),
    ("gradient-checking-9", lambda *given: True, times(1 + 3e-7)),
    ("gradient-checking-11", lambda n, k: (n, k) == (1, 1), plus(3e-12)),
    ("gradient-checking-11", lambda n, k: (n, k) == (2, 1), times(1 + 3e-9)),
    ("gradient-checking-11", lambda n, k: (n, k) == (2, 3), times(1 + 3e-9)),
    ("gradient-checking-11", lambda n, k: (n, k) == (3, 1), plus(3e-12)),
    ("gradient-checking-11", lambda n, k: (n, k) == (4, 1), times(1 + 3e-7)),
    ("gradient-checking-11", lambda n, k: (n, k) == (4, 2), times(1 + 3e-7)),
    ("gradient-checking-11", lambda n, k: (n, k) == (10, 3), times(1 + 3e-7)),
    ("gradient-checking-11", lambda n, k: (n, k) == (100, 1), times(1 + 3e-7)),
    # beside kinks, with a right gradient and a wrong one; and far from them
    ("gradient-checking-12", lambda f, p, t, g, h: t[0] == 0 and g[4] < 1, first_plus(3e-3)),
    ("gradient-checking-12", lambda f, p, t, g, h: t[0] == 0 and g[4] > 1, first_plus(1e-4)),
    ("gradient-checking-12", lambda f, p, t, g, h: t[0] == 1, first_plus(3e-6)),
]
