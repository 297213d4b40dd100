/** Shows what a cell puts out, in the place and in the look of what the book shows there. */

import DOMPurify from "dompurify";
import { output } from "./blocks.js";
import { element } from "./dom.js";
import { Stream } from "./screen.js";

// Where code prints without end, the page has to stay able to stop it.
const MOST_CHARACTERS = 100_000;
const MOST_OUTPUTS = 200;

const joined = (value) => (Array.isArray(value) ? value.join("") : value);

function sanitized(html) {
  return DOMPurify.sanitize(html, { RETURN_DOM_FRAGMENT: true, FORCE_BODY: true });
}

async function fillWithMarkdown(box, text) {
  const { default: MarkdownIt } = await import("markdown-it");
  box.append(sanitized(new MarkdownIt({ typographer: true }).render(text)));
  for (const table of box.querySelectorAll("table")) {
    const scrolled = element("div", { className: "pst-scrollable-table-container" });
    table.className = "table";
    table.replaceWith(scrolled);
    scrolled.append(table);
  }
}

/** The output of one run of a cell. */
export class Outputs {
  /** @param {import("./cell.js").Cell} cell */
  constructor(cell) {
    this.cell = cell;
    this.characters = 0;
    this.count = 0;
    this.figures = 0;
    this.addresses = [];
    this.displays = new Map();
    this.drawing = [];
    // What was there stays until there is something new, and its room until all is there.
    const place = cell.output;
    if (place) place.style.minHeight = `${place.getBoundingClientRect().height}px`;
    place?.classList.add("live-old");
  }

  /** The element that holds it; the first use takes away what was there. */
  get place() {
    const { cell } = this;
    if (cell.live !== this) {
      cell.live?.release();
      cell.live = this;
      if (!cell.output) {
        cell.output = element("div", { className: "cell_output docutils container" });
        cell.controls.after(cell.output);
      }
      cell.output.dataset.liveOutput = "live";
      cell.output.classList.remove("live-old");
      this.clear();
    }
    return cell.output;
  }

  /** Show an output, as nbformat describes it. */
  add(news) {
    const { output_type: type } = news;
    if (this.waitsToClear && type !== "clear_output") this.clear();
    if (type === "stream") this.write(news.name, joined(news.text));
    else if (type === "clear_output" && news.wait) this.waitsToClear = true;
    else if (type === "clear_output") this.clear();
    else if (type === "update_display_data") this.replace(news);
    else this.append(news);
  }

  write(name, text) {
    const { place } = this;
    if (this.stream?.name !== name) {
      this.stream?.draw();
      this.stream = new Stream(name);
      place.append(this.stream.node);
    }
    const room = MOST_CHARACTERS - this.characters;
    if (room <= 0) return;
    this.characters += text.length;
    this.stream.write(text.slice(0, room));
    if (text.length >= room) this.stream.write("\n… and more, which this page does not show.\n");
  }

  append(news) {
    const node = this.node(news);
    this.count += 1;
    if (!node || this.count > MOST_OUTPUTS) return;
    this.stream?.draw();
    this.stream = undefined;
    this.place.append(node);
    const id = news.transient?.display_id;
    if (id) this.displays.set(id, node);
  }

  replace(news) {
    const id = news.transient?.display_id;
    const node = this.displays.has(id) && this.node(news);
    if (!node) return;
    this.displays.get(id).replaceWith(node);
    this.displays.set(id, node);
  }

  clear() {
    this.place.replaceChildren();
    this.stream = undefined;
    this.waitsToClear = false;
    this.figures = 0;
  }

  /** All has come: draw the rest; without any output, take away that of an earlier run. */
  async finish({ stopped }) {
    await Promise.allSettled(this.drawing);
    this.stream?.draw();
    if (!this.cell.output) return;
    if (!stopped || this.waitsToClear) this.place;
    this.cell.output.style.minHeight = "";
    this.cell.output.classList.remove("live-old");
    // As the theme does: what scrolls can be reached by keyboard.
    for (const box of this.cell.output.querySelectorAll(".output, pre")) {
      box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1;
    }
  }

  /** Give back the memory of its figures. */
  release() {
    this.addresses.forEach((address) => URL.revokeObjectURL(address));
  }

  // One output

  /** The element of an output; undefined where there is nothing to see. */
  node({ output_type: type, data, metadata = {}, ...error }) {
    if (type === "error") {
      const lines = error.traceback?.length ? error.traceback : [`${error.ename}: ${error.evalue}`];
      return output("traceback highlight-ipythontb", lines.join("\n"));
    }
    // As the book's build chooses among several forms.
    if (data["text/html"]) {
      const box = element("div", { className: "output text_html" });
      box.append(sanitized(joined(data["text/html"])));
      return box;
    }
    const svg = data["image/svg+xml"];
    if (svg) return this.figure("image/svg+xml", joined(svg), metadata["image/svg+xml"]?.dark);
    for (const mime of ["image/png", "image/jpeg"]) {
      if (data[mime]) return this.figure(mime, bytesOf(joined(data[mime])));
    }
    if (data["text/markdown"]) {
      const box = element("div", { className: "live-markdown" });
      const text = joined(data["text/markdown"]);
      this.drawing.push(fillWithMarkdown(box, text).catch(() => box.append(text)));
      return box;
    }
    const text = data["text/latex"] ?? data["text/plain"];
    return text === undefined
      ? undefined
      : output("text_plain highlight-myst-ansi", joined(text));
  }

  /** A figure in the frame of the book's, with its caption and its text for who cannot see it. */
  figure(mime, image, dark) {
    const book = this.bookImages[this.figures++];
    const frame = book?.closest("figure")?.cloneNode(true) ?? element("div");
    for (const old of frame.querySelectorAll("img")) old.remove();
    const { cell } = this;
    const changed = [...cell.above, cell].some((other) => other.code.edited);
    let alt = book?.alt ?? `A figure of cell ${cell.number}.`;
    if (changed && book) alt = `A figure of changed code. Of the book's the text is: ${alt}`;
    // As an image, a drawing can neither run scripts nor load anything.
    const twin = (content, className) => {
      const src = URL.createObjectURL(new Blob([content], { type: mime }));
      this.addresses.push(src);
      return element("img", { src, alt, className });
    };
    if (dark) frame.prepend(twin(dark, "dark-light figure-dark"));
    frame.prepend(twin(image, dark ? "dark-light figure-light" : ""));
    return frame;
  }

  get bookImages() {
    const elements = this.cell.built.filter((node) => node instanceof Element);
    return elements
      .flatMap((node) => (node.matches("img") ? [node] : [...node.querySelectorAll("img")]))
      .filter((image) => !image.classList.contains("figure-dark"));
  }
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.codePointAt(0));
}
