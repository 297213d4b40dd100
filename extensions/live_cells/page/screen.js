/** A stream of text, drawn as a terminal would show it. */

import { output } from "./blocks.js";

const ANSI = /\x1b\[[0-9;]*[A-Za-z]/g;

export class Stream {
  above = "";
  line = "";
  column = 0;

  /** @param {string} name "stdout" or "stderr" */
  constructor(name) {
    this.name = name;
    this.text = new Text();
    this.node = output(`${name === "stderr" ? "stderr" : "stream"} highlight-myst-ansi`, this.text);
  }

  /** Add text; what follows a carriage return overwrites the line. */
  write(text) {
    for (const piece of text.replace(ANSI, "").split(/([\r\n])/)) {
      if (piece === "\n") {
        this.above += `${this.line.trimEnd()}\n`;
        this.line = "";
      }
      if (piece === "\n" || piece === "\r") {
        this.column = 0;
      } else {
        const { line, column } = this;
        this.column += piece.length;
        this.line = line.slice(0, column) + piece + line.slice(this.column);
      }
    }
    // Many small pieces are drawn at once.
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    this.text.data = this.above + this.line.trimEnd();
    this.node.hidden = !this.text.data; // a progress bar that has wiped itself away
  }
}
