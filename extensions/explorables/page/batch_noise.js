/** How much the gradient of a mini-batch scatters about that of all rows. */

import { number } from "./controls.js";
import { handle } from "./explorable.js";
import { Legend, marker, Panel, shape } from "./picture.js";
import { batchGradients, covariance, mean, remaining } from "./sampling.js";

/** The ellipse that holds 95 % of a normal cloud: a loop of points. */
function ellipse([x, y], [xx, xy, yy], reach) {
  const [middle, half] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
  const turn = Math.atan2(xy, (xx - yy) / 2) / 2;
  const radii = [middle + half, middle - half].map((value) => reach * Math.sqrt(Math.max(value, 0)));
  return Array.from({ length: 73 }, (_, k) => {
    const [a, b] = [Math.cos((k * Math.PI) / 36) * radii[0], Math.sin((k * Math.PI) / 36) * radii[1]];
    return [
      x + a * Math.cos(turn) - b * Math.sin(turn),
      y + a * Math.sin(turn) + b * Math.cos(turn),
    ];
  });
}

const scatter = ([xx, , yy]) => Math.sqrt(xx + yy);

export class BatchNoise {
  points = [];

  constructor(picture, { boxes, rows, limits, widths, sizes, batches, reach }) {
    Object.assign(this, { rows, sizes, batches, reach });
    this.centre = mean(rows);
    this.spread = covariance(rows, this.centre);
    [this.cloud, this.chart] = boxes.map((box) => new Panel(picture, box));
    this.dots = shape("path", { class: "mark c0 faint" });
    this.ring = shape("path", { class: "line c1" });
    const whole = shape("path", { class: "mark c3" });
    this.theory = shape("path", { class: "line c1" });
    this.found = shape("path", { class: "mark c0" });
    this.here = shape("path", { class: "mark c0" });
    this.cloud.inside.append(this.dots, this.ring, whole);
    this.chart.inside.append(this.theory, this.found, this.here);
    this.cloud.axes(
      { domain: limits[0], label: "gradient by w₁" },
      { domain: limits[1], label: "gradient by w₂" },
    );
    this.chart.axes(
      { domain: [1, rows.length], log: true, ticks: [...sizes, rows.length], label: "batch size" },
      { domain: widths, log: true, label: "scatter" },
    );
    whole.setAttribute("d", marker(3, this.cloud.at(this.centre), 3));
    new Legend(picture).show([
      { name: "mini-batches", k: 0, line: false },
      { name: "theory, 95 %", k: 1, mark: false },
      { name: "all rows", k: 3, line: false },
    ]);
  }

  /** The batch size is dragged along the curve, too. */
  hands(explorable) {
    const most = this.rows.length;
    const go = (size) => explorable.change({ size: Math.min(most, Math.max(1, size)) });
    this.hand = handle(this.chart, {
      label: "Batch size on the curve",
      move: ([x]) => go(Math.round(x)),
      add: (rows) => go(explorable.state.size + rows),
    });
  }

  part(size, replacement) {
    const kept = remaining(size, this.rows.length, replacement);
    return this.spread.map((number) => kept * number);
  }

  measure(size, replacement, seed) {
    const gradients = batchGradients(this.rows, size, replacement, this.batches, seed);
    return { gradients, measured: scatter(covariance(gradients, this.centre)) };
  }

  draw({ size, draw, replacement }) {
    const drawn = `${draw} ${replacement}`;
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      this.curve(draw, replacement);
    }
    const spread = this.part(size, replacement);
    const shown = { ...this.measure(size, replacement, draw), expected: scatter(spread) };
    this.dots.setAttribute("d", this.cloud.markers(0, shown.gradients, 1.3));
    this.ring.setAttribute("d", `${this.cloud.line(ellipse(this.centre, spread, this.reach))}Z`);
    this.here.setAttribute("d", this.chart.markers(0, [[size, shown.measured]], 4.5));
    const words = `batch size ${size}, scatter ${number(shown.measured, 2)}`;
    this.hand.place([size, shown.measured], words);
    return shown;
  }

  /** What does not depend on the batch size. */
  curve(draw, replacement) {
    const last = this.rows.length - (replacement ? 0 : 1);
    const sizes = Array.from({ length: 100 }, (_, k) => last ** (k / 99));
    const theory = sizes.map((size) => [size, scatter(this.part(size, replacement))]);
    this.theory.setAttribute("d", this.chart.line(theory));
    const found = this.sizes.map((size) => [size, this.measure(size, replacement, draw).measured]);
    this.found.setAttribute("d", this.chart.markers(0, found, 2));
  }

  describe({ size, replacement }, { measured, expected }) {
    const way = replacement ? "with" : "without";
    return `${this.batches} mini-batches of ${size} ${size === 1 ? "row" : "rows"}, drawn ${way} replacement: their gradients `
      + `scatter by ${number(measured, 2)} about the gradient of all ${this.rows.length} rows; theory `
      + `says ${number(expected, 2)}. A single row scatters by ${number(scatter(this.spread), 2)}.`;
  }
}
