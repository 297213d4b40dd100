/**
 * How fast descent with momentum closes in on the minimum of a quadratic.
 *
 * A step is linear in the point and the velocity, so along an eigenvector of the Hessian it is a
 * matrix of 2 by 2, and the error shrinks in the long run by its spectral radius: the larger root of
 * r² - trace r + determinant (Polyak, 1964; Goh, 2017).
 */

function radius(trace, determinant) {
  const discriminant = trace * trace - 4 * determinant;
  if (discriminant < 0) return Math.sqrt(determinant);
  return (Math.abs(trace) + Math.sqrt(discriminant)) / 2;
}

const RADII = {
  momentum: (rate, beta, eigenvalue) => radius(1 + beta - rate * eigenvalue, beta),
  "damped momentum": (rate, beta, eigenvalue) =>
    radius(1 + beta - rate * (1 - beta) * eigenvalue, beta),
  Nesterov: (rate, beta, eigenvalue) =>
    radius((1 + beta) * (1 - rate * eigenvalue), beta * (1 - rate * eigenvalue)),
};

/** The factor of a step for all eigenvalues from 1 / `condition` to 1: the worse of both ends. */
export function convergence(method, rate, beta, condition) {
  return Math.max(RADII[method](rate, beta, 1 / condition), RADII[method](rate, beta, 1));
}

/**
 * The rates at which the factor of a step is at most `factor`: [low, high], or none if low > high.
 *
 * Both roots lie within the circle of that radius if and only if |determinant| <= factor² and
 * |trace| <= factor + determinant / factor. Each is a bound of the rate.
 */
export function rates(method, factor, beta, condition) {
  if (method !== "Nesterov") {
    if (beta > factor ** 2) return [1, 0];
    const scale = method === "momentum" ? 1 : 1 / (1 - beta);
    const low = condition * (1 - factor) * (1 - beta / factor);
    return [scale * Math.max(low, 0), scale * (1 + factor) * (1 + beta / factor)];
  }
  // of s = 1 - rate * eigenvalue, which stands in both
  const slope = 1 + beta - beta / factor;
  let top = beta ? factor ** 2 / beta : Infinity;
  let least = Math.max(-top, -factor / (1 + beta + beta / factor));
  if (slope > 0) top = Math.min(top, factor / slope);
  else if (slope < 0) least = Math.max(least, factor / slope);
  return [Math.max(0, condition * (1 - top)), 1 - least];
}

/** The rate and beta that are best for `condition`, and their factor (Lessard et al., 2016). */
export function best(method, condition) {
  const root = Math.sqrt(condition);
  if (method === "Nesterov") {
    const least = 1 / condition;
    const root3 = Math.sqrt(3 * condition + 1);
    return { rate: 4 / (3 + least), beta: (root3 - 2) / (root3 + 2), factor: 1 - 2 / root3 };
  }
  const beta = ((root - 1) / (root + 1)) ** 2;
  const rate = ((2 * root) / (root + 1)) ** 2 / (method === "momentum" ? 1 : 1 - beta);
  return { rate, beta, factor: Math.sqrt(beta) };
}
