/** Exponentially weighted averages of a noisy series. */

import { number } from "./controls.js";
import { handle } from "./explorable.js";
import { averages, weights } from "./optimizers.js";
import { Legend, Panel, polyline, shape, update } from "./picture.js";

/** The next of 1, 2, 5, 10, 20 ...: an axis that seldom changes is read, and drawn, more easily. */
function roof(value) {
  const unit = 10 ** Math.floor(Math.log10(value));
  return unit * [1, 2, 5, 10].find((step) => step * unit >= 0.999 * value);
}

export class Averages {
  points = [];

  constructor(picture, { boxes, signal, noise, domain }) {
    Object.assign(this, { signal, noise, domain });
    [this.top, this.below] = boxes.map((box) => new Panel(picture, box));
    this.dots = shape("path", { class: "mark c5" });
    this.truth = polyline(2);
    this.line = polyline(0);
    this.bars = shape("path", { class: "line c0" });
    this.top.inside.append(this.dots, this.truth, this.line);
    this.below.inside.append(this.bars);
    this.legend = new Legend(picture);
    this.legend.show([
      { name: "values", k: 5, line: false, mark: 0 },
      { name: "signal", k: 2, mark: false },
      { name: "average", k: 0, mark: false },
    ]);
  }

  /** The step whose weights are shown is dragged along the series. */
  hands(explorable) {
    const go = (step) => explorable.change({ step: Math.min(this.signal.length, Math.max(1, step)) });
    this.hand = handle(this.top, {
      label: "Step whose weights are shown",
      move: ([x]) => go(Math.round(x)),
      add: (steps) => go(explorable.state.step + steps),
    });
  }

  draw({ beta, noise, correction, step }) {
    const values = this.signal.map((level, k) => level + noise * this.noise[k]);
    const across = { domain: [0, values.length], label: "" };
    const places = (numbers) => numbers.map((value, k) => [k + 1, value]);
    this.average = averages(values, beta, correction);
    this.top.axes(across, { domain: this.domain, label: "value" });
    update(this.dots, { d: this.top.markers(0, places(values), 1.5) });
    update(this.truth, { points: this.top.pixels(places(this.signal)) });
    update(this.line, { points: this.top.pixels(places(this.average)) });
    const share = weights(step, beta, correction);
    const percent = share.map((weight) => 100 * weight);
    this.below.axes(
      { ...across, label: "step" },
      { domain: [0, roof(Math.max(...percent))], label: "weight, %" },
    );
    const bar = ([x, y]) => `M${this.below.at([x, 0])}L${this.below.at([x, y])}`;
    update(this.bars, { d: places(percent).map(bar).join("") });
    const words = `step ${step}, average ${number(this.average[step - 1], 3)}`;
    this.hand.place([step, this.average[step - 1]], words);
    return { values, average: this.average, weights: share };
  }

  describe({ beta, correction, step }, { values, average, weights: share }) {
    const counting = number(1 / (1 - beta), 3);
    const total = share.reduce((sum, weight) => sum + weight, 0);
    return `With β = ${number(beta)}, about the last ${counting} values count. At step ${step} the `
      + `average is ${number(average[step - 1], 3)}, the value ${number(values[step - 1], 3)} and `
      + `the signal ${number(this.signal[step - 1], 3)}; the weights add up to `
      + `${number(total, 3)}${correction ? "" : ", as there is no correction"}.`;
  }
}
