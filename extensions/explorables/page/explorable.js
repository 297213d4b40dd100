/** What all figures have in common: their state, its link, what is said of it, and the hand. */

import { controlsOf, point } from "./controls.js";
import { shape } from "./picture.js";

const QUIET = 400; // ms after the last change, until it is told and stands in the address

export class Explorable {
  /**
   * @param {HTMLElement} node  what the build has written
   * @param {new (picture: SVGElement, facts: object) => object} Kind  draws and describes
   */
  constructor(node, Kind) {
    this.node = node;
    this.figure = node.closest("figure");
    this.facts = JSON.parse(node.dataset.facts);
    this.form = node.querySelector("form");
    this.said = node.querySelector("[role=status]");
    const [width, height] = this.facts.size;
    this.picture = shape("svg", {
      class: "explorable-picture",
      viewBox: `0 0 ${width} ${height}`,
      role: "group",
      "aria-label": this.figure.querySelector(".caption-text").textContent,
      "aria-describedby": `${this.figure.id}-said`,
    });
    this.said.id = `${this.figure.id}-said`;
    this.kind = new Kind(this.picture, this.facts);
    this.controls = controlsOf(this.form);
    for (const name of this.kind.points) this.controls[name] = point();
    this.defaults = { ...this.facts.settings };
    this.state = { ...this.defaults, ...this.linked() };
    for (const [name, control] of Object.entries(this.controls)) control.set(this.state[name]);
    this.kind.hands?.(this);
    this.draw();
    this.tell();
    this.figure.querySelector("img").before(this.picture);
    for (const image of this.figure.querySelectorAll("img")) image.remove();
    this.listen();
  }

  listen() {
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", ({ target }) => {
      const name = target.dataset.control;
      this.change({ [name]: this.controls[name].get() }, true);
    });
    for (const button of this.form.querySelectorAll("[data-explorable-action]")) {
      button.disabled = false;
      button.addEventListener("click", () => this[button.dataset.explorableAction]());
    }
  }

  /** Change some of the state, by its control or not; the picture follows with the next frame. */
  change(part, byControl = false) {
    Object.assign(this.state, this.kind.adapt?.(part) ?? part);
    for (const name of Object.keys(part)) this.controls[name].set(this.state[name], byControl);
    if (!this.frame) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.tell();
      this.link();
    }, QUIET);
  }

  draw() {
    /** What is shown, for tests: the same numbers that are drawn. */
    this.node.shown = this.kind.draw(this.state);
  }

  tell() {
    const words = this.kind.describe(this.state, this.node.shown);
    if (this.said.textContent !== words) this.said.textContent = words;
  }

  reset() {
    this.change({ ...this.defaults });
  }

  // The state in the address, such as ?race.rate=0.2&race.start=-1,2

  get name() {
    return this.figure.id;
  }

  linked() {
    const found = {};
    for (const [key, text] of new URLSearchParams(location.search)) {
      const [figure, name] = key.split(".");
      if (figure !== this.name || !Object.hasOwn(this.controls, name)) continue;
      const value = this.controls[name].read(text);
      if (value !== undefined) found[name] = value;
    }
    return found;
  }

  address() {
    const url = new URL(location);
    for (const key of [...url.searchParams.keys()]) {
      if (key.startsWith(`${this.name}.`)) url.searchParams.delete(key);
    }
    for (const [name, value] of Object.entries(this.state)) {
      const plain = String(value ?? "");
      if (plain !== String(this.defaults[name] ?? "")) url.searchParams.set(`${this.name}.${name}`, plain);
    }
    return url;
  }

  link() {
    try {
      history.replaceState(history.state, "", this.address());
    } catch {
      // a browser may refuse it for files
    }
  }

  async share() {
    const url = this.address();
    url.hash = this.name;
    this.link();
    try {
      await navigator.clipboard.writeText(url.href);
      this.said.textContent = "The link is copied.";
    } catch {
      this.said.textContent = `The link to this setting: ${url.href}`;
    }
  }
}

/**
 * A handle that is dragged, or moved by arrow keys, over a panel.
 *
 * @param {import("./picture.js").Panel} panel
 * @param {{label: string, get: () => number[], move: (point: number[]) => void}} hand
 *   and whether the mouse moves it without a button (`hover`), and how far a key does (`pixels`)
 */
export function handle(panel, { label, get, move, hover = false, pixels = 4 }) {
  const { left, top, width, height } = panel.box;
  const ground = shape("rect", { class: "ground", x: left, y: top, width, height });
  const node = shape(
    "g",
    {
      class: "handle",
      tabindex: 0,
      role: "slider",
      "aria-roledescription": "point, moved by arrow keys",
      "aria-label": label,
    },
    shape("circle", { class: "reach", r: 15 }),
    shape("circle", { class: "ring", r: 6 }),
    shape("circle", { class: "dot", r: 1.5 }),
  );
  panel.picture.append(ground, node);

  let dragged = false;
  const follow = (event) => {
    move(panel.from(event));
    event.preventDefault();
  };
  const begin = (event) => {
    if (event.button) return;
    dragged = true;
    event.currentTarget.setPointerCapture(event.pointerId);
    follow(event);
    node.focus({ preventScroll: true });
  };
  // A finger on the ground scrolls the page: there only a tap counts.
  ground.addEventListener("pointerdown", (event) => event.pointerType !== "touch" && begin(event));
  ground.addEventListener("click", (event) => !dragged && follow(event));
  node.addEventListener("pointerdown", begin);
  // Older browsers do not heed the style sheet's touch-action within a picture.
  node.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  for (const each of [ground, node]) {
    each.addEventListener("pointermove", (event) => {
      if (dragged || (hover && event.pointerType === "mouse")) follow(event);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      each.addEventListener(end, () => setTimeout(() => (dragged = false)));
    }
  }
  node.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
    if (!way[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    const far = event.shiftKey ? 5 * pixels : pixels;
    const [x, y] = panel.at(get());
    const [dx, dy] = way[event.key];
    move(panel.within([panel.x.invert(x + far * dx), panel.y.invert(y - far * dy)]));
    event.preventDefault();
  });
  return {
    /** Show where it is. */
    place(values, words) {
      const [x, y] = panel.at(panel.within(values));
      node.setAttribute("transform", `translate(${x.toFixed(1)},${y.toFixed(1)})`);
      const [low, high] = panel.x.domain();
      for (const [name, value] of Object.entries({
        valuemin: low, valuemax: high, valuenow: values[0], valuetext: words,
      })) node.setAttribute(`aria-${name}`, value);
    },
  };
}
