/** How fast momentum converges on a quadratic, for every rate and beta. */

import { number } from "./controls.js";
import { handle } from "./explorable.js";
import { descend, OPTIMIZERS } from "./optimizers.js";
import { Legend, marker, Panel, polyline, shape } from "./picture.js";
import { best, convergence, rates } from "./rates.js";
import { SURFACES } from "./surfaces.js";

/** The optimizer of a method, and its settings. */
function mover(method, rate, beta1) {
  const damped = method === "damped momentum";
  return OPTIMIZERS[damped ? "momentum" : method]({ rate, beta1, damped });
}

export class Convergence {
  points = ["at"];

  constructor(picture, { boxes, domains, factors, opacity, start, steps, highest }) {
    Object.assign(this, { domains, factors, start, steps, highest });
    [this.chart, this.plane, this.far] = boxes.map((box) => new Panel(picture, box));
    this.bands = factors.map(() => shape("polygon", { class: "band c0", "fill-opacity": opacity }));
    this.edge = shape("polyline", { class: "line c1 solid" });
    const beyond = shape("text", { class: "small middle" }, "diverges");
    this.best = shape("path", { class: "mark c1" });
    this.bestName = shape("text", { class: "small middle halo" }, "best");
    this.chart.inside.append(...this.bands, this.edge, beyond, this.best, this.bestName);
    this.lines = shape("path", { class: "contour" });
    this.path = polyline(0);
    this.marks = shape("path", { class: "mark c0" });
    this.plane.inside.append(this.lines, this.path, this.marks);
    [this.distance, this.expected] = [polyline(0), polyline(1)];
    this.far.inside.append(this.distance, this.expected);
    const [reach, betas, across, up, distances] = domains;
    this.betas = Array.from({ length: 61 }, (_, k) => (k / 60) * highest);
    this.chart.axes(
      { domain: reach, label: "learning rate", plain: true },
      { domain: betas, label: "β" },
    );
    this.plane.axes({ domain: across, label: "θ₁", plain: true }, { domain: up, label: "θ₂" });
    this.far.axes(
      { domain: [0, steps], label: "step" },
      { domain: distances, log: true, label: "distance" },
    );
    const [x, y] = this.chart.at([3.5, 0.1]);
    beyond.setAttribute("x", x);
    beyond.setAttribute("y", y);
    this.key(picture, boxes[0], opacity);
    const { left, top } = this.far.box;
    new Legend(picture, { left: left - 6, top: top - 9, wide: 58 }).show([
      { name: "path", k: 0, mark: false },
      { name: "theory", k: 1, mark: false },
    ]);
  }

  /** What the colours say: the factor by which a step multiplies the error, or less. */
  key(picture, [left, , width], opacity) {
    const wide = width / this.factors.length;
    picture.append(shape("text", { class: "small end", x: left - 6, y: 12 }, "factor"));
    this.factors.forEach((factor, k) => {
      const x = left + k * wide;
      const box = { class: "band c0", "fill-opacity": 1 - (1 - opacity) ** (k + 1) };
      picture.append(
        shape("path", { ...box, d: `M${x},4h${wide}v10h${-wide}z` }),
        shape("text", { class: "small middle", x, y: 24 }, String(factor)),
      );
    });
  }

  /** The point goes where the mouse is, or by arrow keys. */
  hands(explorable) {
    this.hand = handle(this.chart, {
      label: "Learning rate and β",
      hover: true,
      get: () => explorable.state.at,
      move: (point) => explorable.change({ at: point.map((x) => Number(x.toFixed(3))) }),
    });
  }

  /** A point from a link may lie anywhere. */
  settled([rate, beta]) {
    return [Math.max(rate, 0), Math.min(Math.max(beta, 0), this.highest)];
  }

  draw({ method, condition, at: wanted }) {
    const at = this.settled(wanted);
    const surface = SURFACES.ravine(condition);
    const drawn = `${method} ${condition}`;
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      this.map(method, condition);
      this.lines.setAttribute("d", this.plane.contours(surface, 14));
    }
    const path = descend(surface, mover(method, ...at), this.start, this.steps);
    const factor = convergence(method, ...at, condition);
    const distances = path.map(([x, y]) => Math.hypot(x, y));
    this.path.setAttribute("points", this.plane.pixels(path));
    this.marks.setAttribute("d", this.plane.markers(0, path.slice(0, 1).concat(path.slice(-1)), 3.5));
    this.distance.setAttribute("points", this.far.pixels(distances.map((far, step) => [step, far])));
    const expected = distances.map((_, step) => [step, distances[0] * factor ** step]);
    this.expected.setAttribute("points", this.far.pixels(expected));
    const [rate, beta] = at.map((value) => number(value, 3));
    this.hand.place(at, `learning rate ${rate}, β ${beta}, factor ${number(factor, 3)}`);
    return { path, factor, distances, best: best(method, condition) };
  }

  map(method, condition) {
    const { rate, beta } = best(method, condition);
    this.bands.forEach((band, k) => {
      band.setAttribute("points", this.region(method, this.factors[k], condition, beta));
    });
    const fastest = this.betas.map((each) => [rates(method, 1, each, condition)[1], each]);
    this.edge.setAttribute("points", this.chart.pixels(fastest.map(this.near)));
    const [x, y] = this.chart.at([rate, beta]);
    this.best.setAttribute("d", marker(5, [x, y], 4));
    // Moved as a whole: a text at other coordinates would be laid out twice.
    this.bestName.setAttribute("transform", `translate(${x.toFixed(1)},${(y - 7).toFixed(1)})`);
  }

  /** Where the factor is small enough: up along the lowest rates, down along the highest. */
  region(method, factor, condition, middle) {
    const bounds = (beta) => rates(method, factor, beta, condition);
    const reached = (beta) => bounds(beta)[0] <= bounds(beta)[1];
    if (!reached(middle)) return "";
    // It has one piece, about the best beta: find its two ends.
    const [lowest, highest] = [this.betas[0], this.betas.at(-1)].map((outside) => {
      if (reached(outside)) return outside;
      let [inner, outer] = [middle, outside];
      for (let k = 0; k < 20; k += 1) {
        const half = (inner + outer) / 2;
        if (reached(half)) inner = half;
        else outer = half;
      }
      return inner;
    });
    const betas = this.betas.filter((beta) => beta > lowest && beta < highest);
    const rows = [lowest, ...betas, highest].map((beta) => [bounds(beta), beta]);
    const left = rows.map(([[low], beta]) => [low, beta]);
    const right = rows.reverse().map(([[, high], beta]) => [high, beta]);
    return this.chart.pixels([...left, ...right].map(this.near));
  }

  /** A point of the map, or one beyond its edge for those that are far beyond. */
  near = ([rate, beta]) => [Math.min(rate, 2 * this.domains[0][1]), beta];

  describe({ method, condition, at: wanted }, { factor, best: found }) {
    const [rate, beta] = this.settled(wanted).map((value) => number(value, 3));
    const tenfold = Math.ceil(Math.log(10) / -Math.log(factor));
    const said = factor >= 1
      ? "the error does not shrink"
      : `a tenth of the error is left after about ${tenfold} steps`;
    return `${method[0].toUpperCase()}${method.slice(1)} with rate ${rate} and β ${beta} multiplies `
      + `the error by ${number(factor, 3)} a step in the long run: ${said}. Best for condition `
      + `number ${number(condition)}: rate ${number(found.rate, 3)}, β ${number(found.beta, 3)}, factor `
      + `${number(found.factor, 3)}.`;
  }
}
