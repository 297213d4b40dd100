/** The code of a cell: the book's, the reader's or a link's; kept, shared, and edited. */

import { element } from "./dom.js";
import * as edits from "./edits.js";
import { load } from "./site.js";

export class Code {
  /** @param {import("./cell.js").Cell} cell */
  constructor(cell) {
    this.cell = cell;
    this.pre = cell.node.querySelector(".cell_input pre");
    this.highlighted = [...this.pre.childNodes];
    this.book = this.pre.textContent.replace(/\n$/, "");
    this.text = this.book;
    /** Whether it came with the page's address, and whether it has not run yet. */
    this.linked = false;
    this.unread = false;
    /** An edit that is not shown, but can be. */
    this.older = undefined;
  }

  get edited() {
    return this.text !== this.book;
  }

  // Showing it

  /** Open what hides the cell. */
  uncover() {
    const closed = this.pre.closest("details");
    if (closed) closed.open = true;
  }

  /** Show other code, as if the reader had typed it. */
  change(text) {
    this.show(text);
    this.take(text);
  }

  show(text) {
    this.editor?.set(text);
    this.hold(text);
  }

  /** Note the code; what shows it without an editor is also what the button for copies reads. */
  hold(text) {
    this.text = text;
    if (text === this.book) this.pre.replaceChildren(...this.highlighted);
    else this.pre.textContent = `${text}\n`;
  }

  /** The reader has changed the code: keep it, and say so. */
  take(text) {
    const { book, cell } = this;
    this.hold(text);
    this.older = undefined;
    this.leaveLink();
    if (text === book) {
      edits.drop(cell);
      this.note("");
    } else if (edits.keep(cell, { book, code: text })) {
      this.note("Edited; kept in this browser.");
    } else {
      this.note("Edited; lost with the page, because this browser keeps nothing for it.");
    }
    cell.page.update();
  }

  /** Bring the book's code back; instead of code from a link, what was here without it. */
  reset() {
    const { text } = this;
    if (this.linked) {
      this.leaveLink();
      this.show(this.book);
      this.restore();
    } else {
      this.change(this.book);
      this.older = text;
    }
    if (!this.edited) this.note("The book's code is back.");
    this.cell.page.update();
  }

  /** Take the setting that needs less time; an edit that it does not fit can be shown again. */
  lighten() {
    const pairs = Object.entries(JSON.parse(this.cell.buttons.lighter.dataset.liveLighter));
    const fits = () => pairs.every(([old]) => this.text.includes(old));
    const replace = (text, [old, less]) => text.replace(old, () => less);
    // Taken a second time, it would put itself in the place of the edit that can be shown.
    if (this.text === pairs.reduce(replace, this.book)) return;
    // Twice where a link's code gives way to the reader's own and that does not fit either.
    while (this.edited && !fits()) this.reset();
    const { older } = this;
    const lighter = pairs.reduce(replace, this.text);
    if (this.linked) this.show(lighter); // still another's, and still to be read
    else this.change(lighter);
    this.older = older;
    this.cell.page.update();
  }

  /** Take up an edit of an earlier visit. */
  restore() {
    const edit = edits.kept(this.cell);
    if (!edit || edit.code === this.book) return;
    if (edit.book === this.book) {
      this.show(edit.code);
      this.note("Edited; kept in this browser.");
    } else {
      this.older = edit.code;
      this.note("The book has changed this cell since you edited it.");
    }
  }

  /** Say something of the code. */
  note(words) {
    const place = this.cell.controls.querySelector(".live-note");
    place.replaceChildren(words);
    if (words) this.cell.announce(place.textContent);
  }

  // Editing

  /** Open the editor, or go to it. */
  async edit() {
    this.uncover();
    this.opening ??= this.openEditor();
    try {
      await this.opening;
      this.editor.focus();
    } catch (error) {
      this.opening = undefined;
      this.note(error.message);
    }
  }

  async openEditor() {
    const { cell } = this;
    const { Editor } = await load("editor");
    this.editor = new Editor(this.pre, this.text, {
      label: `Code of cell ${cell.number}`,
      onChange: (text) => this.take(text),
      onRun: () => cell.page.runTo(cell),
      onLeave: () => cell.buttons.run.focus(),
    });
  }

  // Links

  async share() {
    const link = edits.linkTo(this.cell.number, this.text);
    try {
      await navigator.clipboard.writeText(link);
      this.note("A link to your code is in the clipboard.");
    } catch {
      const field = element("input", { value: link, readOnly: true, className: "live-link" });
      this.note(element("label", {}, "Copy this link to your code: ", field));
      field.select();
    }
  }

  /** Show code that came with a link; it runs when the reader says so, and by nothing else. */
  receive(text) {
    this.uncover();
    this.show(text);
    this.linked = this.unread = true;
    this.note("This code came with the link. It has not run: read it first.");
    this.cell.controls.scrollIntoView({ block: "center" });
  }

  askToRead() {
    this.cell.buttons.run.focus();
    this.note("This code came with the link: read it, and run it by itself first.");
  }

  leaveLink() {
    if (this.linked) edits.forgetLink();
    this.linked = this.unread = false;
  }
}
