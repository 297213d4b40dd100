/** Mini-batches of known gradients, drawn by a generator that every browser has the same of. */

/** Numbers from 0 to below 1 by a seed: Mulberry32 (Tommy Ettinger, 2017, public domain). */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The mean of `rows`, each an array of [x, y]. */
export function mean(rows) {
  const sum = [0, 0];
  for (const row of rows) for (const i of [0, 1]) sum[i] += row[i];
  return sum.map((number) => number / rows.length);
}

/** The gradients of `count` mini-batches of `size` rows. */
export function batchGradients(rows, size, replacement, count, seed) {
  const random = generator(seed);
  const order = rows.map((_, k) => k);
  return Array.from({ length: count }, () => {
    let [x, y] = [0, 0];
    for (let k = 0; k < size; k += 1) {
      let chosen = Math.floor(random() * (replacement ? rows.length : rows.length - k));
      if (!replacement) {
        // the first `size` places of Fisher and Yates's shuffle
        const other = k + chosen;
        chosen = order[other];
        order[other] = order[k];
        order[k] = chosen;
      }
      x += rows[chosen][0];
      y += rows[chosen][1];
    }
    return [x / size, y / size];
  });
}

/** The covariance [xx, xy, yy] of points about a centre. */
export function covariance(points, centre) {
  const sums = [0, 0, 0];
  for (const [x, y] of points) {
    const [dx, dy] = [x - centre[0], y - centre[1]];
    sums[0] += dx * dx;
    sums[1] += dx * dy;
    sums[2] += dy * dy;
  }
  return sums.map((sum) => sum / points.length);
}

/** The part of the rows' covariance that a batch's gradient keeps. */
export function remaining(size, rows, replacement) {
  return (replacement ? 1 : (rows - size) / (rows - 1)) / size;
}
