"""Ways in which an answer is off by a little more than rounding."""

import numpy as np


def times(c):
    return lambda value: np.multiply(value, c)


def plus(c):
    return lambda value: np.add(value, c)


def first_plus(c):
    return lambda value: (value[0] + c, *value[1:])
