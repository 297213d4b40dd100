// What the tests ask of the figures' scripts, the same in Node and in a browser.
import { averages, descend, OPTIMIZERS, weights } from "../../extensions/explorables/page/optimizers.js";
import { best, convergence, rates } from "../../extensions/explorables/page/rates.js";
import { batchGradients, covariance, mean, remaining } from "../../extensions/explorables/page/sampling.js";
import { SURFACES } from "../../extensions/explorables/page/surfaces.js";

const QUESTIONS = {
  run({ surface, condition, optimizer, settings, start, steps }) {
    return descend(SURFACES[surface](condition), OPTIMIZERS[optimizer](settings), start, steps);
  },
  values: ({ surface, condition, points }) => points.map(SURFACES[surface](condition).value),
  averages: ({ series, beta, correction }) => averages(series, beta, correction),
  weights: ({ t, beta, correction }) => weights(t, beta, correction),
  convergence: ({ method, rate, beta, condition }) => convergence(method, rate, beta, condition),
  rates: ({ method, factor, beta, condition }) => rates(method, factor, beta, condition),
  best: ({ method, condition }) => best(method, condition),
  batches({ rows, size, replacement, count, seed }) {
    const gradients = batchGradients(rows, size, replacement, count, seed);
    const [centre, part] = [mean(rows), remaining(size, rows.length, replacement)];
    const spread = covariance(rows, centre).map((number) => part * number);
    return { gradients, centre, spread, measured: covariance(gradients, centre) };
  },
};

export const answer = ([question, about]) => QUESTIONS[question](about);
