/** A race of optimizers down a surface. */

import { number } from "./controls.js";
import { handle } from "./explorable.js";
import { descend, OPTIMIZERS } from "./optimizers.js";
import { Legend, Panel, polyline, shape } from "./picture.js";
import { SURFACES } from "./surfaces.js";

const PLACES = { x: "θ₁", y: "θ₂" };

export class Race {
  points = ["start"];

  constructor(picture, { boxes, frames, names }) {
    this.frames = frames;
    this.names = names;
    [this.plane, this.losses] = boxes.map((box) => new Panel(picture, box));
    this.lines = shape("path", { class: "contour" });
    this.plane.inside.append(this.lines);
    this.legend = new Legend(picture);
    this.runs = names.map((name, k) => {
      const [path, loss] = [polyline(k), polyline(k)];
      const marks = shape("path", { class: `mark c${k}` });
      this.plane.inside.append(path, marks);
      this.losses.inside.append(loss);
      return { name, k, path, loss, marks };
    });
  }

  /** The start is dragged over the plane. */
  hands(explorable) {
    this.start = handle(this.plane, {
      label: "Start",
      get: () => this.startOf(explorable.state),
      move: (point) => explorable.change({ start: point.map((x) => Number(x.toFixed(3))) }),
    });
  }

  /** Each surface has a start of its own. */
  adapt(part) {
    return "surface" in part && !("start" in part) ? { ...part, start: null } : part;
  }

  /** Only the ravine has a condition number. */
  idle({ surface }) {
    return surface === "ravine" ? [] : ["condition"];
  }

  startOf({ surface, start }) {
    return start ?? this.frames[surface].start;
  }

  /** Draw all steps, or those so far. */
  draw(state, now = state.steps) {
    const { limits, losses } = this.frames[state.surface];
    const surface = SURFACES[state.surface](state.condition);
    const start = this.startOf(state);
    this.plane.axes(
      { domain: limits[0], label: PLACES.x, plain: true },
      { domain: limits[1], label: PLACES.y },
    );
    this.losses.axes(
      { domain: [0, state.steps], label: "step" },
      { domain: losses, log: losses[0] > 0, label: "loss" },
    );
    const drawn = `${state.surface} ${state.condition}`;
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      this.lines.setAttribute("d", this.plane.contours(surface, 14));
    }
    const runs = this.runs.filter(({ name }) => state.optimizers.includes(name));
    this.legend.show(runs.map(({ name, k }) => ({ name, k })));
    const shown = {};
    for (const run of this.runs) {
      const on = runs.includes(run);
      for (const part of ["path", "loss", "marks"]) run[part].classList.toggle("off", !on);
      if (!on) continue;
      const path = descend(surface, OPTIMIZERS[run.name](state), start, now);
      const values = path.map(surface.value);
      shown[run.name] = { path, losses: values };
      const every = Math.max(1, Math.floor((state.steps + 1) / 12));
      const marks = this.plane.markers(run.k, path.filter((_, i) => i % every === 0));
      const end = this.plane.markers(run.k, path.slice(-1), 4.5);
      run.path.setAttribute("points", this.plane.pixels(path));
      run.marks.setAttribute("d", marks + end);
      run.loss.setAttribute("points", this.losses.pixels(values.map((value, t) => [t, value])));
    }
    const [x, y] = start.map((value) => number(value, 3));
    this.start.place(start, `${PLACES.x} ${x}, ${PLACES.y} ${y}`);
    return shown;
  }

  describe(state, shown) {
    const [x, y] = this.startOf(state).map((value) => number(value, 3));
    const ranked = Object.entries(shown)
      .map(([name, { losses }]) => [name, losses.at(-1)])
      .sort(([, a], [, b]) => (Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b));
    if (!ranked.length) return "No optimizer is chosen.";
    const said = ranked.map(([name, loss]) =>
      Math.abs(loss) < 1e6 ? `${name} ${number(loss, 2)}` : `${name} has flown off`);
    return `From (${x}, ${y}), loss after ${state.steps} steps: ${said.join("; ")}.`;
  }
}
