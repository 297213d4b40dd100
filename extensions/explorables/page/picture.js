/** Panels with axes, drawn as dlbook.plotting draws them, and lines and markers in them. */

import { contours } from "d3-contour";
import { scaleLinear, scaleLog } from "d3-scale";

/**
 * A line whose points change with every frame: a polyline, because the outline of a path is a
 * property of style, which would be computed anew each time.
 */
export const polyline = (k) => shape("polyline", { class: `line c${k}` });

/** Make an element of SVG. */
export function shape(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Set attributes, but only those that change: browsers do not ask. */
export function update(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const text = String(value);
    if (node.getAttribute(name) !== text) node.setAttribute(name, text);
  }
}

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷" };
Object.assign(SUPERSCRIPTS, { 8: "⁸", 9: "⁹" });
const power = (exponent) => `10${[...String(exponent)].map((c) => SUPERSCRIPTS[c]).join("")}`;

/** Markers about the origin, in the order of dlbook.plotting. */
const MARKERS = [
  (r) => `m${-r},0a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0z`,
  (r) => `m${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
  (r) => `m0,${-r}l${r},${2 * r}h${-2 * r}z`,
  (r) => `m0,${-1.4 * r}l${1.4 * r},${1.4 * r}l${-1.4 * r},${1.4 * r}l${-1.4 * r},${-1.4 * r}z`,
  (r) => `m0,${r}l${r},${-2 * r}h${-2 * r}z`,
  (r) => `m${-r / 3},${-r}h${(2 * r) / 3}v${(2 * r) / 3}h${(2 * r) / 3}v${(2 * r) / 3}`
    + `h${(-2 * r) / 3}v${(2 * r) / 3}h${(-2 * r) / 3}v${(-2 * r) / 3}h${(-2 * r) / 3}`
    + `v${(-2 * r) / 3}h${(2 * r) / 3}z`,
];
/** The path of a marker of radius `r` at pixels. */
export const marker = (k, [x, y], r = 2.5) => `M${x.toFixed(1)},${y.toFixed(1)}${MARKERS[k](r)}`;

/** What one axis shows: its two ends, whether it is logarithmic, and its ticks, if they are given. */
function makeScale({ domain, log = false, ticks: given }, range) {
  if (given) return { scale: (log ? scaleLog : scaleLinear)(domain, range), ticks: given, text: String };
  if (!log) {
    const scale = scaleLinear(domain, range);
    const count = Math.max(2, Math.min(6, Math.abs(range[1] - range[0]) / 32));
    return { scale, ticks: scale.ticks(count), text: scale.tickFormat(count) };
  }
  const scale = scaleLog(domain, range);
  const [low, high] = domain.map(Math.log10);
  const every = Math.ceil((high - low) / Math.max(2, Math.abs(range[1] - range[0]) / 28));
  const ticks = [];
  for (let e = Math.ceil(low - 1e-9); e <= high + 1e-9; e += every) ticks.push(e);
  return { scale, ticks: ticks.map((e) => 10 ** e), text: (tick) => power(Math.round(Math.log10(tick))) };
}

let clips = 0;

export class Panel {
  /** @param {SVGElement} picture  @param {number[]} box  left, top, width, height */
  constructor(picture, [left, top, width, height]) {
    this.box = { left, top, width, height };
    this.picture = picture;
    // What is drawn is told in words below the picture.
    this.frame = shape("g", { class: "frame", "aria-hidden": true });
    clips += 1;
    const clip = shape("clipPath", { id: `explorable-clip-${clips}` });
    clip.append(shape("rect", { x: left, y: top, width, height }));
    /** What is drawn into it, cut at its edges. */
    this.inside = shape("g", { "aria-hidden": true, "clip-path": `url(#explorable-clip-${clips})` });
    picture.append(clip, this.frame, this.inside);
  }

  /** Draw the axes, unless they are what they were: { x: {domain, log, label, plain}, y }. */
  axes(x, y) {
    const key = JSON.stringify([x, y]);
    if (key === this.key) return;
    this.key = key;
    const { left, top, width, height } = this.box;
    const [right, bottom] = [left + width, top + height];
    const [across, up] = [makeScale(x, [left, right]), makeScale(y, [bottom, top])];
    [this.x, this.y] = [across.scale, up.scale];
    const grid = [];
    const nodes = [];
    for (const tick of across.ticks) {
      const at = this.x(tick);
      grid.push(`M${at},${top}V${bottom}`);
      nodes.push(shape("path", { d: `M${at},${bottom}v3.5` }));
      if (x.label) nodes.push(shape("text", { x: at, y: bottom + 14, class: "middle" }, across.text(tick)));
    }
    for (const tick of up.ticks) {
      const at = this.y(tick);
      grid.push(`M${left},${at}H${right}`);
      nodes.push(shape("path", { d: `M${left},${at}h-3.5` }));
      nodes.push(shape("text", { x: left - 7, y: at + 3.5, class: "end" }, up.text(tick)));
    }
    const [middle, half] = [(left + right) / 2, (top + bottom) / 2];
    this.frame.replaceChildren(
      shape("path", { class: "grid", d: x.plain ? "" : grid.join("") }),
      shape("path", { d: `M${left},${top}V${bottom}H${right}` }),
      ...nodes,
      shape("text", { class: "label middle", x: middle, y: bottom + 30 }, x.label),
      shape(
        "text",
        { class: "label middle", transform: `translate(${left - 36},${half})rotate(-90)` },
        y.label,
      ),
    );
  }

  /** The pixels of a point. */
  at([x, y]) {
    return [this.x(x), this.y(y)];
  }

  /** The point under a pointer, within the panel. */
  from({ clientX, clientY }) {
    const matrix = this.picture.getScreenCTM().inverse();
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(matrix);
    return this.within([this.x.invert(x), this.y.invert(y)]);
  }

  /** The nearest point of the panel. */
  within(point) {
    return [this.x, this.y].map((scale, i) => {
      const [low, high] = scale.domain();
      return Math.min(Math.max(point[i], low), high);
    });
  }

  /** The pixels of points, up to the first that is too far off to be drawn: for a polyline. */
  pixels(points) {
    let found = "";
    for (const point of points) {
      const [x, y] = this.at(point);
      if (!(Math.abs(x) < 1e4 && Math.abs(y) < 1e4)) break;
      found += `${x.toFixed(1)},${y.toFixed(1)} `;
    }
    return found;
  }

  /** The same line as a path. */
  line(points) {
    const pixels = this.pixels(points);
    return pixels && `M${pixels}`;
  }

  /** Markers at points that can be seen. */
  markers(k, points, radius) {
    return points
      .map((point) => this.at(point))
      .filter(([x, y]) => Math.abs(x) < 1e4 && Math.abs(y) < 1e4)
      .map((pixels) => marker(k, pixels, radius))
      .join("");
  }

  /** The contour lines of a surface, each leaving out an equal share of the panel: a path. */
  contours({ value, axes }, count) {
    if (axes) {
      const [x, y] = this.at([0, 0]);
      return quantiles(this.grid(value, 31, 21), count).map((level) => {
        const [a, b] = this.at(axes(level));
        const radii = [a - x, y - b].map((radius) => radius.toFixed(1));
        return `M${a.toFixed(1)},${y.toFixed(1)}` + `A${radii} 0 1 0 ${(2 * x - a).toFixed(1)},`
          + `${y.toFixed(1)}A${radii} 0 1 0 ${a.toFixed(1)},${y.toFixed(1)}`;
      }).join("");
    }
    const [columns, rows] = [61, 41];
    const { left, top, width, height } = this.box;
    const values = this.grid(value, columns, rows);
    const toPixel = ([i, j]) => {
      const x = left + ((i - 0.5) / (columns - 1)) * width;
      const y = top + ((j - 0.5) / (rows - 1)) * height;
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    };
    const onEdge = ([i, j]) => i <= 0.5 || j <= 0.5 || i >= columns - 0.5 || j >= rows - 0.5;
    const make = contours().size([columns, rows]);
    let d = "";
    for (const level of quantiles(values, count)) {
      for (const ring of make.contour(values, level).coordinates.flat()) {
        let pen = "M"; // along the panel's edges there is no contour
        for (let k = 0; k < ring.length; k += 1) {
          if (k && onEdge(ring[k]) && onEdge(ring[k - 1])) pen = "M";
          d += pen + toPixel(ring[k]);
          pen = "L";
        }
      }
    }
    return d;
  }

  /** Values of a function on a grid over the panel, the top row first. */
  grid(f, columns, rows) {
    const { left, top, width, height } = this.box;
    const values = new Array(columns * rows);
    for (let j = 0; j < rows; j += 1) {
      const y = this.y.invert(top + (j / (rows - 1)) * height);
      for (let i = 0; i < columns; i += 1) {
        values[j * columns + i] = f([this.x.invert(left + (i / (columns - 1)) * width), y]);
      }
    }
    return values;
  }
}

/** Levels each of which leaves out an equal share of the area, as in dlbook.plotting. */
function quantiles(values, count) {
  const sorted = Float64Array.from(values).sort();
  return Array.from({ length: count }, (_, k) => {
    const at = ((k + 1) / (count + 1)) * (sorted.length - 1);
    const low = Math.floor(at);
    return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
  });
}

/** Lines with markers, and their names above, as in dlbook.plotting's legends. */
export class Legend {
  /** Its first entry's place, and how far the next ones stand to its right. */
  constructor(picture, { left = 44, top = 8, wide = 110 } = {}) {
    Object.assign(this, { left, top, wide });
    this.node = shape("g", { class: "legend", "aria-hidden": true });
    picture.append(this.node);
  }

  /** @param {{name: string, k: number, line?: boolean, mark?: false | number}[]} entries */
  show(entries) {
    const key = JSON.stringify(entries);
    if (key === this.key) return;
    this.key = key;
    const nodes = entries.flatMap(({ name, k, line = true, mark = k }, place) => {
      const x = this.left + (place % 3) * this.wide;
      const y = this.top + Math.floor(place / 3) * 13;
      return [
        shape("path", { class: `line c${k}`, d: line ? `M${x},${y}h22` : "" }),
        shape("path", { class: `mark c${k}`, d: mark === false ? "" : marker(mark, [x + 11, y]) }),
        shape("text", { x: x + 27, y: y + 3.5, class: "small" }, name),
      ];
    });
    this.node.replaceChildren(...nodes);
  }
}
