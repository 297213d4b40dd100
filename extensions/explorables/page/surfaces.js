/** The surfaces of dlbook, by the same names: `value` and `gradient` of a point [x, y]. */

/** A quadratic whose first direction is `condition` times as flat as its second. */
const ravine = (condition) => ({
  value: ([x, y]) => (x * x / condition + y * y) / 2,
  gradient: ([x, y]) => [x / condition, y],
  /** Its contour lines are ellipses about the origin: the half axes of one. */
  axes: (level) => [Math.sqrt(2 * level * condition), Math.sqrt(2 * level)],
});

const rosenbrock = () => ({
  value: ([x, y]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
  gradient: ([x, y]) => [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)],
});

const beale = () => ({
  value: ([x, y]) => BEALE.reduce((sum, [k, c]) => sum + (c - x * (1 - y ** k)) ** 2, 0),
  gradient([x, y]) {
    const sum = [0, 0];
    for (const [k, c] of BEALE) {
      const rest = c - x * (1 - y ** k);
      sum[0] -= 2 * rest * (1 - y ** k);
      sum[1] += 2 * rest * k * x * y ** (k - 1);
    }
    return sum;
  },
});
const BEALE = [[1, 1.5], [2, 2.25], [3, 2.625]];

const saddle = () => ({
  value: ([x, y]) => (x * x - y * y) / 2,
  gradient: ([x, y]) => [x, -y],
});

export const SURFACES = { ravine, Rosenbrock: rosenbrock, Beale: beale, saddle };
