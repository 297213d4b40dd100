"""Wrong by an amount: a factor, a sign, a multiple of the parameters."""

from __future__ import annotations

from dlbook.bugs.bug import ALL, UP_TO_1, UP_TO_2, WEIGHTS, Bug

AMOUNTS = [
    Bug(
        name="mean-forgotten",
        title="The mean's 1/m is forgotten",
        kind="factor",
        parameters=ALL,
        old="    dZ3 = dZ3 / m\n",
        new="",
        story="The derivation was for one row; the code takes them all. The rate that works then "
        "depends on the size of the batch.",
    ),
    Bug(
        name="mean-over-classes",
        title="The mean is taken over all entries, not over the rows",
        kind="factor",
        parameters=ALL,
        old="dZ3 = dZ3 / m\n",
        new="dZ3 = dZ3 / dZ3.size\n",
        story="A mean over a matrix divides by rows times classes.",
    ),
    Bug(
        name="bias-averaged",
        title="The bias takes the mean of the rows",
        kind="factor",
        parameters=("b3",),
        old="db3 = dZ3.sum(axis=0)",
        new="db3 = dZ3.mean(axis=0)",
        story="The signal is already divided by m; the bias divides once more.",
    ),
    Bug(
        name="product-doubled",
        title="A product is counted twice",
        kind="factor",
        parameters=("W2",),
        old="dW2 = D1.T @ dZ2 +",
        new="dW2 = 2 * D1.T @ dZ2 +",
        story="One of the two bugs of the classic exercise on gradient checking: a factor left "
        "over from the derivative of a square.",
    ),
    Bug(
        name="bias-fourfold",
        title="A bias is counted four times",
        kind="factor",
        parameters=("b1",),
        old="db1 = dZ1.sum(axis=0)",
        new="db1 = 4 * dZ1.sum(axis=0)",
        story="The other bug of the classic exercise: 4/m where 1/m belongs.",
    ),
    Bug(
        name="dropout-scaled-twice",
        title="Dropout's scale is applied twice on the way back",
        kind="factor",
        parameters=UP_TO_2,
        old="dA2 = dD2 * masks[1]",
        new="dA2 = dD2 * masks[1] / KEEP",
        story="The mask already holds 1/KEEP; somebody who knows that dropout must be scaled does "
        "it again.",
    ),
    Bug(
        name="dropout-not-scaled",
        title="Dropout's scale is lost on the way back",
        kind="factor",
        parameters=UP_TO_1,
        old="dA1 = dD1 * masks[0]",
        new="dA1 = dD1 * (masks[0] > 0)",
        story="What was dropped gets no signal: half of the rule. The rest was multiplied by "
        "1/KEEP, and so must be its signal.",
    ),
    Bug(
        name="target-minus-output",
        title="The output is subtracted from the target",
        kind="sign",
        parameters=ALL,
        old="dZ3 = dZ3 / m\n",
        new="dZ3 = -dZ3 / m\n",
        story="The error is y - p to many, and then one adds the gradient in the update. With the "
        "update of gradient descent the loss climbs.",
    ),
    Bug(
        name="bias-subtracted",
        title="A bias has the wrong sign",
        kind="sign",
        parameters=("b2",),
        old="db2 = dZ2.sum(axis=0)",
        new="db2 = -dZ2.sum(axis=0)",
        story="From a text that writes z = a W - b with b as a threshold.",
    ),
    Bug(
        name="penalty-forgotten",
        title="One layer's penalty has no gradient",
        kind="penalty",
        parameters=("W1",),
        old="dW1 = X.T @ dZ1 + DECAY / m * W1",
        new="dW1 = X.T @ dZ1",
        story="The penalty was added to the loss later, and to the gradient of two layers.",
    ),
    Bug(
        name="penalty-halved",
        title="The 1/2 of the penalty is kept in its gradient",
        kind="penalty",
        parameters=("W2",),
        old="+ DECAY / m * W2",
        new="+ DECAY / (2 * m) * W2",
        story="Copied from the loss; the derivative of a square brings a 2 that cancels the 1/2.",
    ),
    Bug(
        name="penalty-not-averaged",
        title="The penalty's gradient lacks 1/m",
        kind="penalty",
        parameters=("W3",),
        old="+ DECAY / m * W3",
        new="+ DECAY * W3",
        story="There are two conventions for the strength, with and without 1/m: here both.",
    ),
    Bug(
        name="penalty-on-bias",
        title="A bias is penalized in the gradient only",
        kind="penalty",
        parameters=("b2",),
        old="db2 = dZ2.sum(axis=0)",
        new="db2 = dZ2.sum(axis=0) + DECAY / m * b2",
        story="The line above was copied. A check at a start whose biases are all 0 misses it.",
    ),
    Bug(
        name="penalty-in-loss-not-halved",
        title="The loss lacks the 1/2 of its penalty",
        kind="penalty",
        parameters=WEIGHTS,
        old="DECAY / (2 * m) * squares",
        new="DECAY / m * squares",
        story="The gradient is the right one and the loss is wrong. A check tells that the two do "
        "not belong together, not which one to mend.",
    ),
]
