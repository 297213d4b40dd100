/** What all figures have in common: their state, its link, what is said of it, and the hand. */

import { controlsOf, point } from "./controls.js";
import { shape, update } from "./picture.js";

const QUIET = 400; // ms after the last change, until it is told and stands in the address
const PLAYED = 3000; // ms that all steps take
const PIXELS = 4; // how far an arrow key moves a point

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
    // What is shown at first is told to nobody who has not asked; what changes is told, politely.
    setTimeout(() => this.said.setAttribute("aria-live", "polite"), QUIET);
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
    cancelAnimationFrame(this.playing);
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
    const idle = this.kind.idle?.(this.state) ?? [];
    if (String(idle) !== this.idle) {
      this.idle = String(idle);
      for (const [name, { enable }] of Object.entries(this.controls)) enable?.(!idle.includes(name));
    }
    /** What is shown, for tests: the same numbers that are drawn. */
    this.node.shown = this.kind.draw(this.state);
  }

  tell() {
    const words = this.kind.describe(this.state, this.node.shown);
    if (this.said.textContent !== words) this.said.textContent = words;
  }

  /** Let the steps pass one after the other; any change ends it. */
  play() {
    cancelAnimationFrame(this.playing);
    const began = performance.now();
    const frame = (now) => {
      const part = Math.min(1, Math.max(0, (now - began) / PLAYED));
      this.node.shown = this.kind.draw(this.state, Math.floor(part * this.state.steps));
      if (part < 1) this.playing = requestAnimationFrame(frame);
    };
    this.playing = requestAnimationFrame(frame);
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
    clearTimeout(this.timer);
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
 * @param {{label: string, move: (point: number[]) => void}} hand
 *   and whether the mouse moves it without a button (`hover`); for keys, what tells where it is
 *   (`get`) or, where one number is enough, what adds to that (`add`)
 */
export function handle(panel, { label, get, move, add, hover = false }) {
  const { left, top, width, height } = panel.box;
  const ground = shape("rect", { class: "ground", x: left, y: top, width, height });
  const hint = shape("text", { class: "small middle halo hint", y: -11, "aria-hidden": true }, "drag");
  const node = shape(
    "g",
    {
      class: "handle",
      tabindex: 0,
      role: "slider",
      "aria-roledescription": "point, moved by arrow keys",
      "aria-label": label,
    },
    shape("circle", { class: "reach", r: 17 }),
    shape("circle", { class: "focus", r: 11 }),
    shape("circle", { class: "ring", r: 6 }),
    shape("circle", { class: "dot", r: 1.5 }),
    hint,
  );
  panel.picture.append(ground, node);

  let dragged = false;
  const follow = (event) => {
    hint.remove();
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
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
    if (add) Object.assign(ways, { Home: [-Infinity, 0], End: [Infinity, 0] });
    if (!ways[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    hint.remove();
    const [dx, dy] = ways[event.key].map((way) => (event.shiftKey ? 5 * way : way));
    if (add) return add(dx + dy);
    const [x, y] = panel.at(get());
    move(panel.within([panel.x.invert(x + PIXELS * dx), panel.y.invert(y - PIXELS * dy)]));
  });
  return {
    /** Show where it is. */
    place(values, words) {
      const [x, y] = panel.at(panel.within(values));
      const [low, high] = panel.x.domain();
      update(node, {
        transform: `translate(${x.toFixed(1)},${y.toFixed(1)})`,
        "aria-valuemin": low,
        "aria-valuemax": high,
        "aria-valuenow": values[0],
        "aria-valuetext": words,
      });
    },
  };
}
