"""Bad input stops at the door, with one sentence: the argument, what came, what was expected."""

import re

import numpy as np
import pytest

from dlbook import (
    L1,
    L2,
    MLP,
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    Dropout,
    EarlyStopping,
    GradientDescent,
    MaxNorm,
    Momentum,
    Nesterov,
    RMSprop,
    activations,
    losses,
    minibatches,
    train,
)
from dlbook._checks import as_generator, check_dtype

NETWORK = MLP((2, 3, 1))
CLASSES = MLP((2, 3, 4))
VALUES = MLP((2, 3, 2), loss="squared_error")
THETA = NETWORK.initialize()
X = np.arange(10.0).reshape(5, 2) / 10
Y = np.array([0, 1, 1, 0, 1])
GD = GradientDescent(0.1)


def with_entry(array, index, value):
    changed = np.array(array)
    changed[index] = value
    return changed


def run(X=X, y=Y, theta=THETA, network=NETWORK, optimizer=GD, **options):
    return train(network, theta, X, y, optimizer, **{"steps": 3, **options})


def loss_of(X=X, y=Y, theta=THETA, network=NETWORK, **options):
    return network.loss(theta, X, y, **options)


CASES = [
    # shapes
    ("X a vector", lambda f: f(X=X[:, 0]), ValueError, r"X has shape \(5,\).*\(rows, 2\)"),
    ("X with 3 features", lambda f: f(X=np.ones((5, 3))), ValueError, r"X .*\(5, 3\).*\(rows, 2\)"),
    ("X in 4 dimensions", lambda f: f(X=np.ones((1, 1, 5, 2))), ValueError, r"X .*\(1, 1, 5, 2\)"),
    ("X without rows", lambda f: f(X=X[:0], y=Y[:0]), ValueError, r"X .*\(0, 2\).*at least one"),
    ("X ragged", lambda f: f(X=[[1.0, 2.0], [3.0]]), ValueError, r"X .*(rows|needed)"),
    ("y too short", lambda f: f(y=Y[:3]), ValueError, r"y .*\(3,\).*5 rows.*one label per row"),
    ("y too long", lambda f: f(y=np.tile(Y, 2)), ValueError, r"y .*\(10,\).*5 rows"),
    ("y a column", lambda f: f(y=Y[:, None]), ValueError, r"y .*\b(\(5, 1\)|rows).*needed"),
    ("y a number", lambda f: f(y=1), ValueError, r"y .*\(\).*one label per row"),
    ("y without rows", lambda f: f(y=Y[:0]), ValueError, r"y .*\(0,\)"),
    ("y missing", lambda f: f(y=None), (ValueError, TypeError), r"y .*needed"),
    ("theta too short", lambda f: f(theta=THETA[:-1]), ValueError, r"theta .*\(12,\).*\(13,\)"),
    ("theta cubic", lambda f: f(theta=np.ones((2, 2, 13))), ValueError, r"theta .*\(2, 2, 13\)"),
    (
        "replicates that differ",
        lambda f: f(X=np.ones((2, 5, 2)), theta=np.ones((3, 13))),
        ValueError,
        r"X has 2 replicates, theta 3",
    ),
    # numbers
    (
        "NaN in X",
        lambda f: f(X=with_entry(X, (3, 1), np.nan)),
        ValueError,
        r"X has nan at \[3, 1\]",
    ),
    (
        "inf in X",
        lambda f: f(X=with_entry(X, (0, 1), np.inf)),
        ValueError,
        r"X has inf at \[0, 1\]",
    ),
    ("NaN in y", lambda f: f(y=Y + np.nan), ValueError, r"y .*nan.*between 0 and 1"),
    ("label 2", lambda f: f(y=Y + 1), ValueError, r"y has the label 2: labels 0 and 1"),
    ("label -1", lambda f: f(y=Y - 1), ValueError, r"y has the label -1: labels 0 and 1"),
    (
        "probability 1.5",
        lambda f: f(y=Y * 1.5),
        ValueError,
        r"y has the label 1.5.*between 0 and 1",
    ),
    # types
    ("X in float16", lambda f: f(X=X.astype(np.float16)), TypeError, r"X .*float16.*float32"),
    ("X of text", lambda f: f(X=[["a", "b"]] * 5), TypeError, r"X has dtype <U1.*real numbers"),
    ("X complex", lambda f: f(X=X + 1j), TypeError, r"X has dtype complex128.*real numbers"),
    ("X missing", lambda f: f(X=None), TypeError, r"X has dtype object.*real numbers"),
    ("y of text", lambda f: f(y=["a"] * 5), TypeError, r"y has dtype <U1.*integer labels"),
    ("y in float16", lambda f: f(y=Y.astype(np.float16)), TypeError, r"y has dtype float16"),
    ("theta a list", lambda f: f(theta=[0.0] * 13), TypeError, r"theta is list.*array of 13"),
    ("theta missing", lambda f: f(theta=None), TypeError, r"theta is NoneType.*array of 13"),
    (
        "theta of integers",
        lambda f: f(theta=np.ones(13, int)),
        TypeError,
        r"theta .*(int64|ndarray)",
    ),
    (
        "theta in float16",
        lambda f: f(theta=THETA.astype(np.float16)),
        TypeError,
        r"theta has dtype float16.*float64",
    ),
    (
        "theta in float32",
        lambda f: f(theta=THETA.astype(np.float32)),
        TypeError,
        r"theta has dtype float32.*float64",
    ),
    # penalties
    ("penalty a name", lambda f: f(penalty="L2"), TypeError, r"penalty is '.*L2, L1, MaxNorm"),
    ("penalty a number", lambda f: f(penalty=0.1), TypeError, r"penalty is 0.1.*L2, L1, MaxNorm"),
    ("penalties, one bad", lambda f: f(penalty=[L2(1), 3]), TypeError, r"penalty is 3: L2, L1"),
]


def one_sentence(call, kind, pattern):
    with pytest.raises(kind) as error:
        call()
    message = str(error.value)
    assert type(error.value) in (ValueError, TypeError)
    assert "\n" not in message
    assert re.search(pattern, message), message
    assert not re.search(r"[.!?]\s+[A-Z]", message), message  # one sentence


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("door", ["train", "loss", "gradient"])
@pytest.mark.parametrize(
    ("call", "kind", "pattern"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_data_and_parameters(call, kind, pattern, door):
    doors = {
        "train": run,
        "loss": loss_of,
        "gradient": lambda X=X, y=Y, theta=THETA, **o: NETWORK.gradient(theta, X, y, **o),
    }
    one_sentence(lambda: call(doors[door]), kind, pattern)


def classes(y, X=X):
    return lambda: CLASSES.loss(CLASSES.initialize(), X, y)


def values(y):
    return lambda: VALUES.loss(VALUES.initialize(), X, y)


OTHERS = [
    # labels and targets
    (
        "label 4 of 4",
        classes([0, 1, 2, 3, 4]),
        ValueError,
        r"y has the label 4: labels from 0 to 3",
    ),
    ("label -1 of 4", classes([0, 1, 2, 3, -1]), ValueError, r"y has the label -1.*from 0 to 3"),
    ("labels as floats", classes([0.0, 1, 2, 3, 0]), ValueError, r"y .*float64.*integer labels"),
    ("bad probabilities", classes(np.full((5, 4), 0.3)), ValueError, r"y .*add up to 1"),
    (
        "probabilities of 3",
        classes(np.full((5, 3), 1 / 3)),
        ValueError,
        r"y .*\(5, 3\).*\(rows, 4\)",
    ),
    ("labels in 3 dimensions", classes(np.zeros((5, 1, 1), int)), ValueError, r"y .*\(5, 1, 1\)"),
    ("targets missing a column", values(np.ones((5, 1))), ValueError, r"y .*\(5, 1\).*\(rows, 2\)"),
    ("targets a vector for 2 outputs", values(np.ones(5)), ValueError, r"y .*\(5,\).*\(rows, 2\)"),
    ("targets with NaN", values(np.full((5, 2), np.nan)), ValueError, r"y .*NaN.*finite"),
    ("targets of text", values([["a", "b"]] * 5), TypeError, r"y has dtype <U1.*real targets"),
    ("targets in float16", values(np.ones((5, 2), np.float16)), TypeError, r"y .*float16"),
    (
        "accuracy with label 7",
        lambda: NETWORK.accuracy(THETA, X, [0, 1, 7, 0, 1]),
        ValueError,
        r"y has the label 7: labels 0 and 1",
    ),
    (
        "accuracy with probabilities",
        lambda: NETWORK.accuracy(THETA, X, Y * 0.5),
        TypeError,
        r"y has dtype float64.*integer labels",
    ),
    (
        "accuracy of values",
        lambda: VALUES.accuracy(VALUES.initialize(), X, np.ones((5, 2))),
        TypeError,
        r"squared_error.*no accuracy",
    ),
    (
        "probabilities of values",
        lambda: VALUES.probabilities(VALUES.initialize(), X),
        TypeError,
        r"squared_error.*no probabilities",
    ),
    ("predict with NaN", lambda: NETWORK.predict(THETA, X + np.nan), ValueError, r"X has nan"),
    (
        "gradient at a complex theta",
        lambda: NETWORK.gradient(THETA + 1j, X, Y),
        TypeError,
        r"theta .*complex",
    ),
    (
        "training from a complex theta",
        lambda: run(theta=THETA + 1j),
        TypeError,
        r"theta .*complex",
    ),
    # a loss by itself
    ("logits a vector", lambda: losses.squared_error([1.0], [1]), ValueError, r"logits .*\(1,\)"),
    (
        "fewer labels than logits",
        lambda: losses.binary_cross_entropy(np.zeros((5, 1)), [0, 1]),
        ValueError,
        r"y has 2 rows, logits have 5",
    ),
    (
        "two outputs for one class",
        lambda: losses.binary_cross_entropy(np.zeros((5, 2)), Y),
        ValueError,
        r"2 outputs.*exactly 1",
    ),
    (
        "one output for classes",
        lambda: losses.softmax_cross_entropy(np.zeros((5, 1)), Y),
        ValueError,
        r"1 output.*2 or more",
    ),
    (
        "labels in 3 dimensions, one logit",
        lambda: losses.binary_cross_entropy(np.zeros((5, 1)), np.zeros((5, 1, 1), int)),
        ValueError,
        r"y has shape \(5, 1, 1\)",
    ),
    # names
    ("unknown activation", lambda: MLP((2, 1), "rleu"), ValueError, r"activation .*'rleu'.*relu"),
    ("no activation", lambda: MLP((2, 1), None), ValueError, r"activation is None.*relu"),
    ("unknown loss", lambda: MLP((2, 1), loss="bce"), ValueError, r"loss is 'bce'.*binary_cross"),
    (
        "activations.get",
        lambda: activations.get("x"),
        ValueError,
        r"activation is 'x': one of relu",
    ),
    ("losses.get", lambda: losses.get("x"), ValueError, r"loss is 'x': one of binary"),
    (
        "unknown initializer",
        lambda: NETWORK.initialize("xavier"),
        ValueError,
        r"'xavier'.*glorot_normal",
    ),
    (
        "unknown record",
        lambda: run(record="some"),
        ValueError,
        r"record is 'some': 'all' or 'batch'",
    ),
    # networks
    ("size 0", lambda: MLP((2, 0, 1)), ValueError, r"sizes is 0.*at least 1"),
    ("size 2.5", lambda: MLP((2, 2.5, 1)), TypeError, r"sizes is 2.5.*whole number"),
    ("one layer", lambda: MLP((2,)), ValueError, r"sizes is \(2,\).*an input and an output"),
    ("sizes a number", lambda: MLP(2), TypeError, r"sizes is 2"),
    ("float16", lambda: MLP((2, 1), dtype=np.float16), TypeError, r"dtype .*float16.*float32 or"),
    ("integers", lambda: MLP((2, 1), dtype=int), TypeError, r"dtype .*int.*float32 or float64"),
    ("no dtype", lambda: MLP((2, 1), dtype="flaot"), TypeError, r"dtype is 'flaot': float32 or"),
    ("no replicates", lambda: NETWORK.initialize(replicates=0), ValueError, r"replicates is 0"),
    (
        "half a replicate",
        lambda: NETWORK.initialize(replicates=0.5),
        TypeError,
        r"replicates is 0.5",
    ),
    ("bias NaN", lambda: NETWORK.initialize(bias=np.nan), ValueError, r"bias is nan.*finite"),
    ("rng None", lambda: NETWORK.initialize(rng=None), TypeError, r"rng is None.*seed"),
    ("rng text", lambda: NETWORK.initialize(rng="0"), TypeError, r"rng is '0'.*seed"),
    (
        "rng -1",
        lambda: NETWORK.initialize(rng=-1),
        (TypeError, ValueError),
        r"rng is -1.*0 or more",
    ),
    ("rng True", lambda: as_generator(True), TypeError, r"rng is True"),
    ("rng 1.5", lambda: as_generator(1.5), TypeError, r"rng is 1.5"),
    ("dtype complex", lambda: check_dtype(complex), TypeError, r"dtype .*complex.*float32 or"),
    # rates of optimizers
    ("rate -1", lambda: GradientDescent(-1), ValueError, r"learning_rate is -1.*at least 0"),
    ("rate NaN", lambda: Adam(np.nan), ValueError, r"learning_rate is nan.*finite"),
    ("rate inf", lambda: Momentum(np.inf), ValueError, r"learning_rate is inf.*finite"),
    ("rate text", lambda: Nesterov("0.1"), TypeError, r"learning_rate is '0.1'.*finite number"),
    ("rate None", lambda: Adagrad(None), TypeError, r"learning_rate is None"),
    ("rate True", lambda: RMSprop(True), TypeError, r"learning_rate is True"),
    (
        "rates with NaN",
        lambda: GradientDescent([0.1, np.nan]),
        ValueError,
        r"learning_rate .*finite",
    ),
    (
        "rates with inf",
        lambda: GradientDescent([0.1, np.inf]),
        ValueError,
        r"learning_rate .*finite",
    ),
    (
        "rates negative",
        lambda: GradientDescent([0.1, -1]),
        ValueError,
        r"learning_rate .*at least 0",
    ),
    (
        "rates a matrix",
        lambda: GradientDescent(np.ones((2, 2))),
        ValueError,
        r"learning_rate .*\(2, 2",
    ),
    (
        "a schedule below 0",
        lambda: GradientDescent(lambda t: -1.0),
        ValueError,
        r"learning_rate.*-1",
    ),
    (
        "a schedule of text",
        lambda: GradientDescent(lambda t: "a"),
        TypeError,
        r"learning_rate.*'a'",
    ),
    ("beta 1", lambda: Momentum(0.1, beta=1), ValueError, r"beta is 1.*below 1"),
    ("Nesterov beta", lambda: Nesterov(0.1, beta=-0.1), ValueError, r"beta is -0.1.*at least 0"),
    ("RMSprop beta", lambda: RMSprop(0.1, beta=2), ValueError, r"beta is 2.*below 1"),
    ("beta1", lambda: Adam(beta1=1.0), ValueError, r"beta1 is 1.0.*below 1"),
    ("beta2", lambda: AMSGrad(beta2=-1), ValueError, r"beta2 is -1.*at least 0"),
    ("epsilon", lambda: Adam(epsilon=0), ValueError, r"epsilon is 0.*above 0"),
    ("Adagrad epsilon", lambda: Adagrad(0.1, epsilon=-1), ValueError, r"epsilon is -1.*above 0"),
    ("RMSprop epsilon", lambda: RMSprop(0.1, epsilon="a"), TypeError, r"epsilon is 'a'"),
    ("weight decay", lambda: AdamW(weight_decay=-1), ValueError, r"weight_decay is -1.*at least 0"),
    (
        "rates that do not fit theta",
        lambda: run(optimizer=GradientDescent([0.1, 0.2])),
        ValueError,
        r"theta has shape \(13,\), learning_rate 2 rates",
    ),
    ("start of integers", lambda: GD.start([1, 2]), TypeError, r"theta has dtype int64"),
    (
        "a gradient that does not fit",
        lambda: GD.step(np.ones(2), np.ones(3), GD.start(np.ones(2))),
        ValueError,
        r"gradient has shape \(3,\), theta \(2,\)",
    ),
    # dropout and penalties
    ("dropout 1", lambda: Dropout(1), ValueError, r"rate is 1.*below 1"),
    ("dropout -0.1", lambda: Dropout(-0.1), ValueError, r"rate is -0.1.*at least 0"),
    ("dropout NaN", lambda: Dropout(np.nan), ValueError, r"rate is nan.*finite"),
    ("dropout text", lambda: Dropout("0.5"), TypeError, r"rate is '0.*finite number"),
    ("dropout None", lambda: Dropout(None), TypeError, r"rate is None.*number"),
    ("dropout list", lambda: Dropout([0.5, 1.5]), ValueError, r"rate is 1.5.*below 1"),
    (
        "two rates for one layer",
        lambda: run(dropout=Dropout([0.1, 0.2])),
        ValueError,
        r"rate has 2 entries, the network 1 hidden",
    ),
    ("noise", lambda: run(input_noise=-1), ValueError, r"input_noise is -1.*at least 0"),
    ("noise text", lambda: run(input_noise="1"), TypeError, r"input_noise is '1'.*finite number"),
    ("dropout a number in train", lambda: run(dropout=0.5), TypeError, r"dropout is 0.5: Dropout"),
    ("mask rng", lambda: Dropout(0.5).mask((2, 2), rng=None), TypeError, r"rng is None"),
    ("mask dtype", lambda: Dropout(0.5).mask((2, 2), 0, dtype=int), TypeError, r"dtype is .*int"),
    ("L2", lambda: L2(-1), ValueError, r"strength is -1.*at least 0"),
    ("L1", lambda: L1(np.inf), ValueError, r"strength is inf.*finite"),
    ("max-norm", lambda: MaxNorm(0), ValueError, r"limit is 0.*above 0"),
    ("max-norm text", lambda: MaxNorm("1"), TypeError, r"limit is '1'"),
    # training
    ("no network", lambda: run(network="mlp"), TypeError, r"network is str: a dlbook.MLP"),
    ("no optimizer", lambda: run(optimizer=0.1), TypeError, r"optimizer is 0.1.*GradientDescent"),
    ("optimizer class", lambda: run(optimizer=Adam), TypeError, r"optimizer is .*Adam"),
    (
        "neither",
        lambda: run(steps=None),
        TypeError,
        r"steps is None and passes is None: exactly one",
    ),
    ("both", lambda: run(passes=2), TypeError, r"steps is 3 and passes is 2: exactly one"),
    ("steps -1", lambda: run(steps=-1), ValueError, r"steps is -1.*at least 0"),
    ("steps 1.5", lambda: run(steps=1.5), TypeError, r"steps is 1.5.*whole number"),
    ("steps True", lambda: run(steps=True), TypeError, r"steps is True.*whole number"),
    ("passes -1", lambda: run(steps=None, passes=-1), ValueError, r"passes is -1.*at least 0"),
    ("empty batch", lambda: run(batch_size=0), ValueError, r"batch_size is 0.*at least 1"),
    ("batch of 2.5", lambda: run(batch_size=2.5), TypeError, r"batch_size is 2.5.*whole number"),
    ("record every 0", lambda: run(record_every=0), ValueError, r"record_every is 0.*at least 1"),
    ("rng in train", lambda: run(rng="a"), TypeError, r"rng is 'a'.*seed"),
    (
        "patience without validation",
        lambda: run(early_stopping=EarlyStopping()),
        ValueError,
        r"early_stopping.*validation=\(X, y\)",
    ),
    (
        "patience as a number",
        lambda: run(early_stopping=5, validation=(X, Y)),
        TypeError,
        r"early_stopping is 5.*EarlyStopping",
    ),
    ("patience 0", lambda: EarlyStopping(0), ValueError, r"patience is 0.*at least 1"),
    ("min improvement", lambda: EarlyStopping(5, -1), ValueError, r"min_improvement is -1"),
    (
        "validation one array",
        lambda: run(validation=X),
        (TypeError, ValueError),
        r"validation .*\(X, y\)",
    ),
    ("validation a bad label", lambda: run(validation=(X, Y + 1)), ValueError, r"label 2"),
    (
        "validation too wide",
        lambda: run(validation=(np.ones((2, 3)), [0, 1])),
        ValueError,
        r"\(2, 3\)",
    ),
    (
        "an order that is none",
        lambda: run(batch_size=2, order=lambda k: [0, 0, 1, 2, 3]),
        ValueError,
        r"order\(0\).*permutation of the 5 rows",
    ),
    ("a short order", lambda: run(batch_size=2, order=lambda k: [0, 1]), ValueError, r"order\(0\)"),
    (
        "an order that is a list",
        lambda: run(batch_size=2, order=[0, 1]),
        TypeError,
        r"order .*callable",
    ),
    (
        "resume without length",
        lambda: run().resume(),
        TypeError,
        r"steps is None and passes is None",
    ),
    ("minibatches of 0", lambda: list(minibatches(5, 0)), ValueError, r"batch_size is 0"),
    ("minibatches of -1", lambda: list(minibatches(5, -1)), ValueError, r"batch_size is -1"),
    ("minibatches of no rows", lambda: list(minibatches(0, 2)), ValueError, r"rows is 0"),
]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("call", "kind", "pattern"), [c[1:] for c in OTHERS], ids=[c[0] for c in OTHERS]
)
def test_everything_else(call, kind, pattern):
    one_sentence(call, kind, pattern)


def test_what_is_fine_passes():
    """The doors above are open for good input, so their errors are about the bad."""
    assert run().step == 3
    assert np.isfinite(loss_of())
    for y in (Y.astype(bool), Y.astype(np.uint8), Y.tolist(), Y * 1.0):
        assert loss_of(y=y) == loss_of()
    for data in (X.tolist(), X.astype(np.float32)):
        np.testing.assert_allclose(loss_of(X=data), loss_of(), rtol=1e-6)
    assert np.isfinite(classes([0, 1, 2, 3, 0])())
    assert np.isfinite(values(np.ones((5, 2)))())
    assert run(dropout=Dropout([0.5]), penalty=[L2(0.1)], validation=(X, Y), steps=0).step == 0
    assert GradientDescent(0).learning_rate == 0
    assert Dropout(np.float32(0.5)).rate_of(0, 1) == 0.5
    assert isinstance(as_generator(np.int64(3)), np.random.Generator)
