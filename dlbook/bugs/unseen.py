"""What a gradient check cannot see, and why."""

from __future__ import annotations

from dlbook.bugs.bug import Bug

UNSEEN = [
    Bug(
        name="uphill",
        title="The update adds the gradient",
        kind="update",
        parameters=(),
        old="theta = theta - RATE * gradient(",
        new="theta = theta + RATE * gradient(",
        story="A loss that climbs from the first step betrays it.",
        reason="The gradient is right; what is done with it is not checked.",
    ),
    Bug(
        name="start-overwritten",
        title="Training changes the parameters that it was given",
        kind="update",
        parameters=(),
        old="theta = theta - RATE * gradient(",
        new="theta -= RATE * gradient(",
        story="In place, to save memory. The second optimizer of a comparison then starts where "
        "the first one ended. Compare the start before and after.",
        reason="One gradient at one point is right; the bug changes the point.",
    ),
    Bug(
        name="labels-left-behind",
        title="The rows are shuffled, their labels are not",
        kind="data",
        parameters=(),
        old="gradient(theta, X[rows], y[rows], masks)",
        new="gradient(theta, X[rows], y[start : start + BATCH], masks)",
        story="The loss hardly falls. Try to learn a few rows by heart: a right network can.",
        reason="It is the right gradient of a loss on the wrong labels.",
    ),
    Bug(
        name="mask-without-scale",
        title="The mask lacks its scale",
        kind="dropout",
        parameters=(),
        old="(rng.random((rows, n)) < KEEP) / KEEP",
        new="(rng.random((rows, n)) < KEEP) * 1.0",
        story="At test time every layer gets larger inputs than in training. The mean of the masks "
        "must be 1.",
        reason="Loss and gradient use the same wrong mask: they are wrong together.",
    ),
    Bug(
        name="mask-never-changes",
        title="Every step draws the same mask",
        kind="dropout",
        parameters=(),
        old="return [(rng.random((rows, n)) < KEEP)",
        new="rng = np.random.default_rng(0)\n    return [(rng.random((rows, n)) < KEEP)",
        story="Seeded where it is drawn, so that the page prints the same numbers. Compare two "
        "masks in a row.",
        reason="A check uses one mask throughout; it never asks whether the next one differs.",
    ),
    Bug(
        name="dropout-in-prediction",
        title="Dropout stays on for predictions",
        kind="dropout",
        parameters=(),
        old="masks = [np.ones((len(X), n)) for n in SIZES[1:-1]]",
        new="masks = draw_masks(len(X), np.random.default_rng())",
        story="A forgotten switch to evaluation. Two predictions for the same rows differ.",
        reason="Predictions have no gradient.",
    ),
    Bug(
        name="start-at-zero",
        title="All weights start at 0",
        kind="start",
        parameters=(),
        old="rng.normal(size=W.shape) / np.sqrt(len(W))",
        new="0",
        story="All units of a layer get the same signal, here none, and only the last bias learns. "
        "Look at the gradient at the start, not only at its error.",
        reason="The gradient is right there, too: it is the right one of a bad start.",
    ),
    Bug(
        name="softmax-overflows",
        title="The softmax overflows for large logits",
        kind="range",
        parameters=(),
        old="S = Z3 - Z3.real.max(axis=-1, keepdims=True)",
        new="S = Z3",
        story="Training ends in NaN after days. Try logits of a thousand.",
        reason="Near a fresh start all logits are small; a check sees no other place.",
    ),
    Bug(
        name="stale-cache",
        title="The forward pass of the first call is kept",
        kind="cache",
        parameters=(),
        old="def gradient(theta, X, y, masks):\n    W1, b1, W2, b2, W3, b3 = split(theta)\n"
        "    m = len(X)\n    A1, D1, A2, D2, log_P = forward(theta, X, masks)",
        new="def gradient(theta, X, y, masks, cache={}):\n"
        "    W1, b1, W2, b2, W3, b3 = split(theta)\n    m = len(X)\n"
        '    if "forward" not in cache:\n        cache["forward"] = forward(theta, X, masks)\n'
        '    A1, D1, A2, D2, log_P = cache["forward"]',
        story="A default argument is made once and lives on. Check again after some steps.",
        reason="A check asks for the gradient once, and the first answer is right.",
    ),
]
