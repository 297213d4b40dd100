r"""Optimizers: each turns a gradient into a step on the flat parameter vector.

An optimizer holds its settings only. What it remembers between steps lies in a
:class:`State` that ``start`` makes, so one optimizer may serve many runs::

    state = optimizer.start(theta)
    optimizer.step(theta, gradient, state)      # changes theta and state in place

``theta`` is any float array: ``(P,)``, or ``(R, P)`` for R replicates. In the equations
:math:`g_t` is the gradient and :math:`\alpha_t` the learning rate at step :math:`t = 1, 2, …`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlbook._checks import check_number

Array = NDArray[Any]
Rate = float | Callable[[int], float] | Array


@dataclass
class State:
    """What an optimizer remembers between steps.

    Attributes
    ----------
    t : int
        Steps taken.
    memory : tuple of arrays
        Moving averages and the like, in the shape of theta.
    rate : array
        The learning rate of the latest step, in theta's dtype.
    constants : tuple of arrays
        What :meth:`Optimizer.constants` gave, in theta's dtype; ``update`` may change them.
    """

    t: int
    memory: tuple[Array, ...]
    rate: Array
    constants: tuple[Array, ...] = ()


class Optimizer:
    """Base of all optimizers.

    Parameters
    ----------
    learning_rate : float, schedule or array (replicates,)
        A number of at least 0; or a callable from the step (0 for the first) to a number, see
        :mod:`dlbook.schedules`; or one rate for each replicate.

    Raises
    ------
    ValueError, TypeError
        If the rate is negative, not finite or not a number.
    """

    slots = 0

    def __init__(self, learning_rate: Rate) -> None:
        self.learning_rate: Any = learning_rate
        if callable(learning_rate):
            check_number("learning_rate(0)", learning_rate(0), at_least=0)
        elif isinstance(learning_rate, np.ndarray | list | tuple):
            rates = np.asarray(learning_rate)
            if (
                rates.ndim != 1
                or rates.dtype.kind not in "fi"
                or not ((rates >= 0) & np.isfinite(rates)).all()
            ):
                raise ValueError(
                    f"learning_rate has shape {rates.shape} and values {rates.ravel()[:3]}: one "
                    "finite rate of at least 0 for each replicate is needed"
                )
            self.learning_rate = rates[:, None]
        else:
            self.learning_rate = check_number("learning_rate", learning_rate, at_least=0)

    def __repr__(self) -> str:
        settings = ", ".join(f"{k}={v!r}" for k, v in vars(self).items())
        return f"{type(self).__name__}({settings})"

    def start(self, theta: ArrayLike) -> State:
        """Return the state before the first step, in the shape and dtype of ``theta``."""
        theta = np.asarray(theta)
        if theta.dtype not in (np.float64, np.float32):
            raise TypeError(f"theta has dtype {theta.dtype}: float64 or float32 is needed")
        rate = self.learning_rate
        if isinstance(rate, np.ndarray) and (theta.ndim != 2 or len(theta) != len(rate)):
            raise ValueError(
                f"theta has shape {theta.shape}, learning_rate {len(rate)} rates: one row of "
                "theta for each rate is needed"
            )
        # numbers as arrays, because NumPy takes three times as long with Python's
        rate = np.asarray(rate(0) if callable(rate) else rate, theta.dtype)
        constants = tuple(np.array(number, theta.dtype) for number in self.constants())
        memory = tuple(np.zeros_like(theta) for _ in range(self.slots))
        return State(0, memory, rate, constants)

    def step(self, theta: Array, g: Array, state: State) -> None:
        """Move ``theta`` one step against the gradient ``g``, in place.

        Raises
        ------
        ValueError
            If the shapes differ.
        """
        if theta.shape != g.shape:
            raise ValueError(
                f"gradient has shape {g.shape}, theta {theta.shape}: the same is needed"
            )
        self.unchecked_step(theta, g, state)

    def unchecked_step(self, theta: Array, g: Array, state: State) -> None:
        """Do the same for arrays that are known to fit, as :func:`dlbook.train` does."""
        if callable(self.learning_rate):
            state.rate = np.asarray(self.learning_rate(state.t), theta.dtype)
        state.t += 1
        self.update(theta, g, state, state.rate)

    def constants(self) -> tuple[float, ...]:
        """Return the numbers that ``update`` wants ready in ``state.constants``."""
        return ()

    def update(self, theta: Array, g: Array, state: State, alpha: Any) -> None:
        """Do the step; ``state.t`` counts from 1, ``alpha`` is the rate of this step."""
        raise NotImplementedError


class GradientDescent(Optimizer):
    r"""Plain gradient descent.

    .. math:: \theta_t = \theta_{t-1} - \alpha_t g_t

    Parameters
    ----------
    learning_rate : float, schedule or array (replicates,)
        :math:`\alpha`.

    References
    ----------
    Cauchy (1847), Méthode générale pour la résolution des systèmes d'équations simultanées.

    Examples
    --------
    >>> import numpy as np
    >>> theta, optimizer = np.array([1.0]), GradientDescent(0.1)
    >>> optimizer.step(theta, np.array([2.0]), optimizer.start(theta))
    >>> theta
    array([0.8])
    """

    def update(self, theta: Array, g: Array, state: State, alpha: Any) -> None:
        theta -= alpha * g


class Momentum(Optimizer):
    r"""Gradient descent with a heavy ball.

    .. math::
        v_t = \beta v_{t-1} + g_t, \qquad \theta_t = \theta_{t-1} - \alpha_t v_t

    With ``damped=True`` the gradient enters as :math:`(1 - \beta) g_t`: the same path at
    :math:`1 / (1 - \beta)` times the rate.

    Parameters
    ----------
    learning_rate : float, schedule or array (replicates,)
        :math:`\alpha`.
    beta : float
        :math:`\beta`, from 0 to below 1: how much of the velocity stays.
    damped : bool
        Which of the two conventions.

    References
    ----------
    Polyak (1964), Some methods of speeding up the convergence of iteration methods.

    Examples
    --------
    >>> import numpy as np
    >>> theta, optimizer = np.array([0.0]), Momentum(0.1, beta=0.9)
    >>> state = optimizer.start(theta)
    >>> for _ in range(2):
    ...     optimizer.step(theta, np.array([1.0]), state)
    >>> theta
    array([-0.29])
    """

    slots = 1

    def __init__(self, learning_rate: Rate, beta: float = 0.9, damped: bool = False) -> None:
        super().__init__(learning_rate)
        self.beta = check_number("beta", beta, at_least=0, below=1)
        self.damped = bool(damped)

    def update(self, theta: Array, g: Array, state: State, alpha: Any) -> None:
        (v,) = state.memory
        v *= self.beta
        v += (1 - self.beta) * g if self.damped else g
        theta -= alpha * v


class Nesterov(Optimizer):
    r"""Nesterov's accelerated gradient, with the gradient taken where ``theta`` stands.

    .. math::
        v_t = \beta v_{t-1} + g_t, \qquad \theta_t = \theta_{t-1} - \alpha_t (g_t + \beta v_t)

    Here ``theta`` is the look-ahead point of the original form (Sutskever et al., 2013), so
    the caller evaluates the gradient at ``theta`` as for every other optimizer.

    Parameters
    ----------
    learning_rate : float, schedule or array (replicates,)
        :math:`\alpha`.
    beta : float
        :math:`\beta`, from 0 to below 1.

    References
    ----------
    Nesterov (1983), A method of solving a convex programming problem with convergence rate
    O(1/k²); Sutskever et al. (2013), On the importance of initialization and momentum in deep
    learning, section 2.

    Examples
    --------
    >>> import numpy as np
    >>> theta, optimizer = np.array([0.0]), Nesterov(0.1, beta=0.9)
    >>> optimizer.step(theta, np.array([1.0]), optimizer.start(theta))
    >>> theta
    array([-0.19])
    """

    slots = 1

    def __init__(self, learning_rate: Rate, beta: float = 0.9) -> None:
        super().__init__(learning_rate)
        self.beta = check_number("beta", beta, at_least=0, below=1)

    def update(self, theta: Array, g: Array, state: State, alpha: Any) -> None:
        (v,) = state.memory
        v *= self.beta
        v += g
        theta -= alpha * (g + self.beta * v)


class Adagrad(Optimizer):
    r"""A rate for each parameter, falling with the squares it has seen.

    .. math::
        s_t = s_{t-1} + g_t^2, \qquad
        \theta_t = \theta_{t-1} - \frac{\alpha_t}{\sqrt{s_t} + \epsilon} g_t

    Parameters
    ----------
    learning_rate : float, schedule or array (replicates,)
        :math:`\alpha`.
    epsilon : float
        :math:`\epsilon`, above 0, outside the root.

    References
    ----------
    Duchi, Hazan and Singer (2011), Adaptive subgradient methods for online learning.

    Examples
    --------
    >>> import numpy as np
    >>> theta, optimizer = np.array([0.0, 0.0]), Adagrad(0.1)
    >>> optimizer.step(theta, np.array([100.0, 0.01]), optimizer.start(theta))
    >>> theta
    array([-0.1, -0.1])
    """

    slots = 1

    def __init__(self, learning_rate: Rate, epsilon: float = 1e-10) -> None:
        super().__init__(learning_rate)
        self.epsilon = check_number("epsilon", epsilon, above=0)

    def update(self, theta: Array, g: Array, state: State, alpha: Any) -> None:
        (s,) = state.memory
        s += g * g
        theta -= alpha * g / (np.sqrt(s) + self.epsilon)


class RMSprop(Optimizer):
    r"""A rate for each parameter, from a moving average of its squared gradient.

    .. math::
        s_t = \beta s_{t-1} + (1 - \beta) g_t^2, \qquad
        \theta_t = \theta_{t-1} - \frac{\alpha_t}{\sqrt{s_t} + \epsilon} g_t

    Parameters
    ----------
    learning_rate : float, schedule or array (replicates,)
        :math:`\alpha`.
    beta : float
        :math:`\beta`, from 0 to below 1.
    epsilon : float
        :math:`\epsilon`, above 0, outside the root. Keras and TensorFlow put theirs inside.

    References
    ----------
    Hinton (2012), Neural networks for machine learning, lecture 6e.

    Examples
    --------
    >>> import numpy as np
    >>> theta, optimizer = np.array([0.0, 0.0]), RMSprop(0.1, beta=0.75)
    >>> optimizer.step(theta, np.array([100.0, 0.01]), optimizer.start(theta))
    >>> theta
    array([-0.2      , -0.1999996])
    """

    slots = 1

    def __init__(self, learning_rate: Rate, beta: float = 0.9, epsilon: float = 1e-8) -> None:
        super().__init__(learning_rate)
        self.beta = check_number("beta", beta, at_least=0, below=1)
        self.epsilon = check_number("epsilon", epsilon, above=0)

    def update(self, theta: Array, g: Array, state: State, alpha: Any) -> None:
        (s,) = state.memory
        s *= self.beta
        s += (1 - self.beta) * g * g
        theta -= alpha * g / (np.sqrt(s) + self.epsilon)


class Adam(Optimizer):
    r"""Momentum and a rate for each parameter, both corrected for their start at zero.

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t, &
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2, \\
        \hat m_t &= m_t / (1 - \beta_1^t), &
        \hat v_t &= v_t / (1 - \beta_2^t), \\
        \theta_t &= \theta_{t-1} - \alpha_t \hat m_t / (\sqrt{\hat v_t} + \epsilon)

    Parameters
    ----------
    learning_rate : float, schedule or array (replicates,)
        :math:`\alpha`.
    beta1, beta2 : float
        :math:`\beta_1` and :math:`\beta_2`, from 0 to below 1.
    epsilon : float
        :math:`\epsilon`, above 0, added after the correction (the paper's algorithm 1). TensorFlow
        and Keras add theirs, which the paper calls "epsilon hat", before it:
        :math:`\epsilon = \hat\epsilon / \sqrt{1 - \beta_2^t}`.
    bias_correction : bool
        False leaves out both corrections: :math:`\hat m_t = m_t`, :math:`\hat v_t = v_t`.

    References
    ----------
    Kingma and Ba (2015), Adam: a method for stochastic optimization, algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> theta, optimizer = np.array([0.0, 0.0]), Adam(0.1)
    >>> optimizer.step(theta, np.array([100.0, 0.01]), optimizer.start(theta))
    >>> theta
    array([-0.1     , -0.0999999])
    """

    slots = 3  # m, v and a buffer

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        bias_correction: bool = True,
    ) -> None:
        super().__init__(learning_rate)
        self.beta1 = check_number("beta1", beta1, at_least=0, below=1)
        self.beta2 = check_number("beta2", beta2, at_least=0, below=1)
        self.epsilon = check_number("epsilon", epsilon, above=0)
        self.bias_correction = bool(bias_correction)

    def constants(self) -> tuple[float, ...]:
        return self.beta1, 1 - self.beta1, self.beta2, 1 - self.beta2, self.epsilon, 1.0

    def update(self, theta: Array, g: Array, state: State, alpha: Any) -> None:
        m, v, work = state.memory[:3]
        beta1, rest1, beta2, rest2, epsilon, scale = state.constants
        m *= beta1
        m += np.multiply(g, rest1, work)
        v *= beta2
        np.multiply(g, g, work)
        v += np.multiply(work, rest2, work)
        np.sqrt(self.second_moment(state), work)
        if self.bias_correction:
            # both corrections as one number: m^ / (sqrt(v^) + e) = scale m / (sqrt(v) + e root)
            root = (1 - self.beta2**state.t) ** 0.5
            epsilon[()] = self.epsilon * root
            scale[()] = root / (1 - self.beta1**state.t)
        work += epsilon
        np.divide(m, work, work)
        work *= scale
        work *= alpha
        theta -= work

    def second_moment(self, state: State) -> Array:
        """Return what stands under the root, before its correction."""
        return state.memory[1]


class AdamW(Adam):
    r"""Adam with weight decay that does not pass through the adaptive rates.

    .. math::
        \theta_t = \theta_{t-1} - \alpha_t \left(\hat m_t / (\sqrt{\hat v_t} + \epsilon)
        + \lambda \theta_{t-1}\right)

    with :math:`\hat m_t, \hat v_t` as in :class:`Adam`.

    Parameters
    ----------
    learning_rate, beta1, beta2, epsilon, bias_correction
        As in :class:`Adam`.
    weight_decay : float
        :math:`\lambda`, at least 0.
    mask : array (P,), optional
        1 for parameters that decay and 0 for the others, such as ``network.weight_mask``.

    References
    ----------
    Loshchilov and Hutter (2019), Decoupled weight decay regularization, algorithm 2 (with the
    schedule multiplier folded into the learning rate).

    Examples
    --------
    >>> import numpy as np
    >>> theta, optimizer = np.array([1.0]), AdamW(0.1, weight_decay=0.5)
    >>> optimizer.step(theta, np.array([0.0]), optimizer.start(theta))
    >>> theta
    array([0.95])
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        bias_correction: bool = True,
        weight_decay: float = 0.01,
        mask: Array | None = None,
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon, bias_correction)
        self.weight_decay = check_number("weight_decay", weight_decay, at_least=0)
        self.mask = mask

    def update(self, theta: Array, g: Array, state: State, alpha: Any) -> None:
        decay = alpha * self.weight_decay * theta
        super().update(theta, g, state, alpha)
        theta -= decay if self.mask is None else decay * self.mask


class AMSGrad(Adam):
    r"""Adam whose denominator never shrinks.

    .. math::
        \bar v_t = \max(\bar v_{t-1}, v_t), \qquad
        \theta_t = \theta_{t-1} - \alpha_t
        \frac{\hat m_t}{\sqrt{\bar v_t / (1 - \beta_2^t)} + \epsilon}

    with :math:`\hat m_t, v_t` as in :class:`Adam`. The paper's algorithm leaves out both
    corrections; like Keras and PyTorch, we keep them unless told otherwise.

    Parameters
    ----------
    learning_rate, beta1, beta2, epsilon, bias_correction
        As in :class:`Adam`.

    References
    ----------
    Reddi, Kale and Kumar (2018), On the convergence of Adam and beyond, algorithm 2.

    Examples
    --------
    >>> import numpy as np
    >>> theta, optimizer = np.array([0.0]), AMSGrad(0.1)
    >>> optimizer.step(theta, np.array([1.0]), optimizer.start(theta))
    >>> theta
    array([-0.1])
    """

    slots = 4

    def second_moment(self, state: State) -> Array:
        _, v, _, largest = state.memory
        return np.maximum(largest, v, out=largest)
