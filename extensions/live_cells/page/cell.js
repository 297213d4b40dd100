/** A code cell: its code, what became of its runs, and its controls. */

import { buttonsOf, element, listen, seconds } from "./dom.js";
import * as edits from "./edits.js";
import { load } from "./site.js";

export class Cell {
  /**
   * @param {import("./page.js").Page} page
   * @param {HTMLElement} node the `div.cell`
   */
  constructor(page, node) {
    this.page = page;
    this.node = node;
    this.number = Number(node.dataset.liveCell);
    this.mayFail = node.classList.contains("tag_raises-exception");
    this.pre = node.querySelector(".cell_input pre");
    this.highlighted = [...this.pre.childNodes];
    this.book = this.pre.textContent.replace(/\n$/, "");
    this.code = this.book;
    this.controls = node.querySelector(".live-controls");
    this.buttons = buttonsOf(this.controls);
    this.output = node.querySelector(".cell_output");
    this.built = [...(this.output?.childNodes ?? [])];
    /** null, "waiting" or "running" */
    this.phase = null;
    /** How the last run ended: {ok, ms, stopped, code, turn}; null before. */
    this.outcome = null;
    /** Why it could not run, as a sentence. */
    this.problem = "";
    /** Whether its code came with the page's address, and whether it has not run yet. */
    this.linked = this.unread = false;
    /** An edit that is not shown, but can be. */
    this.older = undefined;
    listen(this.controls, {
      run: () => page.runTo(this),
      stop: () => page.stop(),
      edit: () => this.edit(),
      reset: () => {
        this.reset();
        this.buttons.run.focus();
      },
      share: () => this.share(),
      lighter: () => this.lighten(),
      kept: () => this.change(this.older),
      "built-output": () => this.showBuilt(),
    });
  }

  // What it knows of its runs

  get name() {
    return `Cell ${this.number}`;
  }

  get above() {
    return this.page.cells.slice(0, this.number - 1);
  }

  get edited() {
    return this.code !== this.book;
  }

  get editedSinceRun() {
    return this.outcome !== null && this.outcome.code !== this.code;
  }

  /** Whether a cell above says something else than when this one ran. */
  get stale() {
    const { outcome } = this;
    return outcome !== null
      && this.above.some((cell) => cell.editedSinceRun || cell.changedIn > outcome.turn);
  }

  get current() {
    return this.outcome !== null && !this.editedSinceRun && !this.stale;
  }

  /** Whether the cells below can count on what it does. */
  get settled() {
    return this.current && (this.outcome.ok || this.mayFail);
  }

  get state() {
    if (this.phase) return this.phase;
    if (!this.current) return "idle";
    return this.outcome.ok ? "done" : "failed";
  }

  get stateInWords() {
    if (this.phase === "waiting") {
      return (this === this.page.queue[0] && this.page.progress) || "waiting";
    }
    if (this.phase === "running") {
      if (this.page.stopping) return "stopping; Stop again ends Python and all its variables";
      const ms = performance.now() - this.started;
      return ms < 1000 ? "running" : `running ${Math.round(ms / 1000)} s`;
    }
    if (this.problem) return this.problem;
    if (this.editedSinceRun) return "edited since it ran";
    if (this.stale) return "ran before a change above";
    if (this.outcome) {
      const { ok, ms, stopped } = this.outcome;
      return `${ok ? "done in" : stopped ? "stopped after" : "failed after"} ${seconds(ms)}`;
    }
    return this.lost ? "not run since the restart" : "";
  }

  /** Show all of it. */
  update() {
    const { buttons, edited, phase } = this;
    this.node.dataset.liveState = this.state;
    this.controls.querySelector(".live-state").textContent = this.stateInWords;
    buttons.run.hidden = phase !== null;
    buttons.stop.hidden = phase === null;
    buttons.reset.hidden = !edited;
    buttons.kept.hidden = !this.older;
    buttons.share.hidden = !edited;
    buttons["built-output"].hidden = !this.output?.dataset.liveOutput;
  }

  // Running

  /** Run it; false where the cells below should not run. */
  async run(kernel) {
    const { code } = this;
    this.phase = "running";
    this.started = performance.now();
    this.unread = false;
    this.page.announce(`${this.name} is running.`);
    const clock = setInterval(() => this.update(), 1000);
    this.update();
    const live = new this.page.Outputs(this);
    const result = await kernel.run(code, `cell ${this.number}`, (output) => live.add(output));
    await live.finish(result);
    clearInterval(clock);
    const turn = this.page.nextTurn();
    if (this.outcome && this.outcome.code !== code) this.changedIn = turn;
    const stopped = result.stopped || this.page.stopping;
    this.outcome = { ok: result.ok, stopped, ms: performance.now() - this.started, code, turn };
    this.phase = null;
    this.page.update();
    this.page.announce(`${this.name}: ${this.stateInWords}.`);
    return result.ok || (this.mayFail && !stopped);
  }

  /** Python was started anew: what ran before does not count any more. */
  forget() {
    if (this.outcome?.ok) {
      this.outcome = null;
      this.lost = true;
    }
  }

  showBuilt() {
    this.output.replaceChildren(...this.built);
    delete this.output.dataset.liveOutput;
    if (!this.built.length) {
      this.output.remove();
      this.output = null;
    }
    this.update();
    this.buttons.run.focus();
  }

  // Editing

  /** Open the editor, or go to it. */
  async edit() {
    const hidden = this.pre.closest("details");
    if (hidden) hidden.open = true;
    this.opening ??= this.openEditor();
    try {
      await this.opening;
      this.editor.focus();
    } catch (error) {
      this.opening = null;
      this.note(error.message);
    }
  }

  async openEditor() {
    const { Editor } = await load("editor");
    this.editor = new Editor(this.pre, this.code, {
      label: `Code of cell ${this.number}`,
      onChange: (code) => this.take(code),
      onRun: () => this.page.runTo(this),
      onLeave: () => this.buttons.run.focus(),
    });
  }

  /** Show other code, as if the reader had typed it. */
  change(code) {
    this.show(code);
    this.take(code);
  }

  show(code) {
    this.editor?.set(code);
    this.hold(code);
  }

  /** Note the code; what shows it without an editor is also what the button for copies reads. */
  hold(code) {
    this.code = code;
    if (code === this.book) this.pre.replaceChildren(...this.highlighted);
    else this.pre.textContent = `${code}\n`;
  }

  /** The reader has changed the code: keep it, and say so. */
  take(code) {
    const { page, number, book } = this;
    this.hold(code);
    this.older = undefined;
    this.leaveLink();
    if (code === book) {
      edits.drop(page.name, number);
      this.note("");
    } else if (edits.keep(page.name, number, { book, code })) {
      this.note("Edited; kept in this browser.");
    } else {
      this.note("Edited; lost with the page, because this browser keeps nothing for it.");
    }
    page.update();
  }

  /** Bring the book's code back; instead of code from a link, what was here without it. */
  reset() {
    const { code } = this;
    if (this.linked) {
      this.leaveLink();
      this.show(this.book);
      this.restore();
    } else {
      this.change(this.book);
      this.older = code;
    }
    if (!this.edited) this.note("The book's code is back.");
    this.page.update();
  }

  lighten() {
    const pairs = Object.entries(JSON.parse(this.buttons.lighter.dataset.liveLighter));
    const whole = pairs.every(([from]) => this.code.includes(from)) ? this.code : this.book;
    this.change(pairs.reduce((code, [from, to]) => code.replace(from, () => to), whole));
  }

  /** Take up an edit of an earlier visit. */
  restore() {
    const edit = edits.kept(this.page.name, this.number);
    if (!edit || edit.code === this.book) return;
    if (edit.book === this.book) {
      this.show(edit.code);
      this.note("Edited; kept in this browser.");
    } else {
      this.older = edit.code;
      this.note("The book has changed this cell since you edited it.");
    }
  }

  /** Show code that came with a link; it runs when the reader says so, and by nothing else. */
  receive(code) {
    this.show(code);
    this.linked = this.unread = true;
    this.note("This code came with the link. It has not run: read it first.");
    this.controls.scrollIntoView({ block: "center" });
  }

  leaveLink() {
    if (this.linked) edits.forgetLink();
    this.linked = this.unread = false;
  }

  async share() {
    const link = edits.linkTo(this.number, this.code);
    try {
      await navigator.clipboard.writeText(link);
      this.note("A link to your code is in the clipboard.");
    } catch {
      const field = element("input", { value: link, readOnly: true, className: "live-link" });
      this.note(element("label", {}, "Copy this link to your code: ", field));
      field.select();
    }
  }

  /** Say something of its code. */
  note(words) {
    const place = this.controls.querySelector(".live-note");
    place.replaceChildren(words);
    if (words) this.page.announce(`${this.name}: ${place.textContent}`);
  }
}
