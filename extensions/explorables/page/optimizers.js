/**
 * The optimizers of dlbook, for points of a plane and a live figure.
 *
 * Each takes settings and gives a function that moves a point, in place, against a gradient. The
 * names are dlbook's, and so are the formulas: tests/extensions/test_explorables_numbers.py holds
 * every one against it. `beta1` is the decay of averaged gradients, `beta2` that of their squares.
 */

const average = (memory, beta, i, value) => {
  memory[i] = beta * memory[i] + (1 - beta) * value;
  return memory[i];
};

/** What the members of Adam's family share; they differ in what stands under the root. */
function adam(settings, underRoot = (square) => square) {
  const { rate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, correction = true } = settings;
  // "hat" is the other epsilon of the paper, which TensorFlow uses: added before the correction.
  const { epsilonHat = false, decay = 0 } = settings;
  const [means, squares] = [[0, 0], [0, 0]];
  let step = 0;
  return (theta, gradient) => {
    step += 1;
    const first = correction ? 1 - beta1 ** step : 1;
    const second = correction ? 1 - beta2 ** step : 1;
    const added = epsilonHat ? epsilon / Math.sqrt(second) : epsilon;
    for (let i = 0; i < theta.length; i += 1) {
      const mean = average(means, beta1, i, gradient[i]) / first;
      const square = underRoot(average(squares, beta2, i, gradient[i] ** 2), i) / second;
      theta[i] -= rate * (mean / (Math.sqrt(square) + added) + decay * theta[i]);
    }
  };
}

export const OPTIMIZERS = {
  "gradient descent": ({ rate }) => (theta, gradient) => {
    for (let i = 0; i < theta.length; i += 1) theta[i] -= rate * gradient[i];
  },

  momentum: ({ rate, beta1 = 0.9, damped = false }) => {
    const velocity = [0, 0];
    return (theta, gradient) => {
      for (let i = 0; i < theta.length; i += 1) {
        velocity[i] = beta1 * velocity[i] + (damped ? 1 - beta1 : 1) * gradient[i];
        theta[i] -= rate * velocity[i];
      }
    };
  },

  Nesterov: ({ rate, beta1 = 0.9 }) => {
    const velocity = [0, 0];
    return (theta, gradient) => {
      for (let i = 0; i < theta.length; i += 1) {
        velocity[i] = beta1 * velocity[i] + gradient[i];
        theta[i] -= rate * (gradient[i] + beta1 * velocity[i]);
      }
    };
  },

  AdaGrad: ({ rate, epsilon = 1e-10 }) => {
    const squares = [0, 0];
    return (theta, gradient) => {
      for (let i = 0; i < theta.length; i += 1) {
        squares[i] += gradient[i] ** 2;
        theta[i] -= (rate * gradient[i]) / (Math.sqrt(squares[i]) + epsilon);
      }
    };
  },

  RMSprop: ({ rate, beta2 = 0.9, epsilon = 1e-8 }) => {
    const squares = [0, 0];
    return (theta, gradient) => {
      for (let i = 0; i < theta.length; i += 1) {
        const square = average(squares, beta2, i, gradient[i] ** 2);
        theta[i] -= (rate * gradient[i]) / (Math.sqrt(square) + epsilon);
      }
    };
  },

  Adam: (settings) => adam({ ...settings, decay: 0 }),

  AdamW: (settings) => adam({ decay: 0.01, ...settings }),

  AMSGrad: (settings) => {
    const largest = [0, 0];
    return adam({ ...settings, decay: 0 }, (square, i) => {
      largest[i] = Math.max(largest[i], square);
      return largest[i];
    });
  },
};

/** The points of a run on a surface, the start first: an array of [x, y]. */
export function descend(surface, move, start, steps) {
  const theta = [...start];
  const path = [[...theta]];
  for (let k = 0; k < steps; k += 1) {
    move(theta, surface.gradient(theta));
    path.push([...theta]);
  }
  return path;
}

/** The averages of a series, one for each of its values, as Adam makes them of gradients. */
export function averages(series, beta, correction) {
  const memory = [0];
  return series.map((value, k) => {
    const mean = average(memory, beta, 0, value);
    return correction ? mean / (1 - beta ** (k + 1)) : mean;
  });
}

/** How much each value counts in the average at step `t`, which counts from 1. */
export function weights(t, beta, correction) {
  const total = correction ? 1 - beta ** t : 1;
  return Array.from({ length: t }, (_, k) => ((1 - beta) * beta ** (t - 1 - k)) / total);
}
