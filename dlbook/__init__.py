"""dlbook: the small package behind *Deep Learning, Verified*. NumPy in, NumPy out.

An import only ever points down this list::

    plotting, diagrams          the book's figures, alone with matplotlib
    exercises                   checkers that hint at what is wrong
    evidence                    replicates summarised; claims
    bugs, diagnosis             a gallery of bugs; what a failed check says of one
    training, history, batches  a run and its record
    gradcheck, progress         a gradient held against differences
    coordinates                 losses after moving one parameter, for all of them
    textbook                    a network as textbooks write it, for the bugs
    surfaces, convergence       what optimizers do on surfaces, seen and predicted
    curvature, noise            Hessians and batch gradients of a network
    network, engine             the multilayer perceptron, plain and fast
    optimizers, schedules
    penalties, dropout
    initializers, losses, activations, datasets, differences
"""

from dlbook.activations import identity, leaky_relu, relu, sigmoid, tanh
from dlbook.batches import minibatches
from dlbook.dropout import Dropout
from dlbook.gradcheck import check_gradient, check_network
from dlbook.losses import binary_cross_entropy, softmax_cross_entropy, squared_error
from dlbook.network import MLP
from dlbook.optimizers import (
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSprop,
)
from dlbook.penalties import L1, L2, MaxNorm
from dlbook.training import DivergenceError, EarlyStopping, train

__version__ = "0.1.0"

__all__ = [
    "L1",
    "L2",
    "MLP",
    "AMSGrad",
    "Adagrad",
    "Adam",
    "AdamW",
    "DivergenceError",
    "Dropout",
    "EarlyStopping",
    "GradientDescent",
    "MaxNorm",
    "Momentum",
    "Nesterov",
    "RMSprop",
    "binary_cross_entropy",
    "check_gradient",
    "check_network",
    "identity",
    "leaky_relu",
    "minibatches",
    "relu",
    "sigmoid",
    "softmax_cross_entropy",
    "squared_error",
    "tanh",
    "train",
]
