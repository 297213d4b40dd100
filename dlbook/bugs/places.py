"""Right numbers missing or in the wrong place: rows, slices, order, copies, layers cut off."""

from __future__ import annotations

from dlbook.bugs.bug import ALL, UP_TO_1, WEIGHTS, Bug

PLACES = [
    Bug(
        name="first-row-not-averaged",
        title="The first row misses the division by m",
        kind="sample",
        parameters=ALL,
        old="dZ3 = dZ3 / m\n",
        new="for i in range(1, m):\n        dZ3[i] /= m\n",
        story="A loop from 1, as in languages that count from 1: one row weighs as much as m.",
    ),
    Bug(
        name="last-row-dropped",
        title="The last row sends no signal",
        kind="sample",
        parameters=ALL,
        old="dZ3 = dZ3 / m\n",
        new="dZ3 = dZ3 / m\n    dZ3[-1] = 0\n",
        story="Left over from data with a row of padding at the end.",
    ),
    Bug(
        name="loop-from-one",
        title="A loop over the inputs starts at 1",
        kind="slice",
        parameters=("W1",),
        old="dW1 = X.T @ dZ1 + DECAY / m * W1",
        new="dW1 = np.zeros_like(W1)\n    for i in range(1, len(W1)):\n"
        "        dW1[i] = X[:, i] @ dZ1 + DECAY / m * W1[i]",
        story="As in languages that count from 1: the first input never learns.",
    ),
    Bug(
        name="loop-too-short",
        title="A loop over the outputs stops one early",
        kind="slice",
        parameters=("W3",),
        old="dW3 = D2.T @ dZ3 + DECAY / m * W3",
        new="dW3 = np.zeros_like(W3)\n    for k in range(W3.shape[1] - 1):\n"
        "        dW3[:, k] = D2.T @ dZ3[:, k] + DECAY / m * W3[:, k]",
        story="The end of a range does not belong to it, and somebody subtracted 1 as well.",
    ),
    Bug(
        name="product-transposed",
        title="A gradient comes out transposed",
        kind="order",
        parameters=("W2",),
        old="dW2 = D1.T @ dZ2",
        new="dW2 = dZ2.T @ D1",
        story="From a text whose samples are columns. The layer is square, so that the shapes fit.",
    ),
    Bug(
        name="flattened-by-columns",
        title="The matrices are flattened by columns",
        kind="order",
        parameters=WEIGHTS,
        old="[d.ravel() for d in",
        new='[d.ravel("F") for d in',
        story="The gradients are right, but not where theta has its parameters: Fortran, MATLAB "
        "and R store columns, NumPy stores rows.",
    ),
    Bug(
        name="packed-in-another-order",
        title="The biases are packed behind all weights",
        kind="order",
        parameters=("b1", "W2", "b2", "W3"),
        old="(dW1, db1, dW2, db2, dW3, db3)])",
        new="(dW1, dW2, dW3, db1, db2, db3)])",
        story="Packed in one order and unpacked in another; the lengths agree.",
    ),
    Bug(
        name="bias-of-next-layer",
        title="A bias takes the signal of the next layer",
        kind="copy",
        parameters=("b1",),
        old="db1 = dZ1.sum(axis=0)",
        new="db1 = dZ2.sum(axis=0)",
        story="Copied, pasted, and one of two numbers changed. Both layers are of one size.",
    ),
    Bug(
        name="layer-cut-off",
        title="No signal reaches the first layer",
        kind="cut",
        parameters=UP_TO_1,
        old="dD1 = dZ2 @ W2.T",
        new="dD1 = np.zeros_like(D1)",
        story="A detach, a stop_gradient, or a buffer made and never filled. The layers above "
        "learn well on random features, so that the loss looks healthy.",
    ),
]
