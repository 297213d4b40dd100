/** A code cell: what became of its runs, and its controls. */

import { Code } from "./code.js";
import { buttonsOf, enable, listen, seconds } from "./dom.js";

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
    this.controls = node.querySelector(".live-controls");
    this.buttons = buttonsOf(this.controls);
    this.code = new Code(this);
    this.output = node.querySelector(".cell_output");
    this.built = [...(this.output?.childNodes ?? [])];
    /** null, "waiting" or "running" */
    this.phase = null;
    /** How the last run ended: {ok, ms, stopped, text, turn}; null before. */
    this.outcome = null;
    /** Why it could not run, as a sentence. */
    this.problem = "";
    const { code } = this;
    listen(this.controls, {
      run: () => page.runTo(this),
      stop: () => page.stop(),
      edit: () => code.edit(),
      reset: () => {
        code.reset();
        this.buttons.run.focus();
      },
      kept: () => code.change(code.older),
      share: () => code.share(),
      lighter: () => code.lighten(),
      "built-output": () => this.showBuilt(),
    });
  }

  get above() {
    return this.page.cells.slice(0, this.number - 1);
  }

  get editedSinceRun() {
    return this.outcome !== null && this.outcome.text !== this.code.text;
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
    const { outcome, page } = this;
    if (this.phase === "waiting") return (this === page.queue[0] && page.progress) || "waiting";
    if (this.phase === "running") {
      if (page.stopping) return "stopping; Stop again ends Python and all its variables";
      const ms = performance.now() - this.started;
      return ms < 1000 ? "running" : `running ${Math.round(ms / 1000)} s`;
    }
    if (this.problem) return this.problem;
    if (this.editedSinceRun) return "edited since it ran";
    if (this.stale) return "ran before a change above";
    if (!outcome) return this.forgotten ? "not run since the restart" : "";
    const how = outcome.ok ? "done in" : outcome.stopped ? "stopped after" : "failed after";
    return `${how} ${seconds(outcome.ms)}`;
  }

  update() {
    const { buttons, code, phase } = this;
    this.node.dataset.liveState = this.state;
    this.controls.querySelector(".live-state").textContent = this.stateInWords;
    if (phase === null && document.activeElement === buttons.stop) buttons.run.focus();
    enable(buttons.run, phase === null);
    buttons.stop.hidden = phase === null;
    buttons.reset.hidden = !code.edited;
    buttons.share.hidden = !code.edited;
    buttons.kept.hidden = code.older === undefined;
    buttons["built-output"].hidden = !this.output?.dataset.liveOutput;
  }

  /** Run it; false where the cells below should not run. */
  async run({ kernel, Outputs }) {
    const { page } = this;
    const { text } = this.code;
    this.code.unread = false;
    this.phase = "running";
    this.started = performance.now();
    this.announce("running.");
    this.update();
    const clock = setInterval(() => this.update(), 1000);
    const outputs = new Outputs(this);
    const result = await kernel.run(text, `cell ${this.number}`, (output) => outputs.add(output));
    await outputs.finish(result);
    clearInterval(clock);
    const turn = ++page.turn;
    const stopped = result.stopped || page.stopping;
    const ms = performance.now() - this.started;
    if (this.outcome && this.outcome.text !== text) this.changedIn = turn;
    this.outcome = { ok: result.ok, ms, stopped, text, turn };
    this.phase = null;
    page.update();
    this.announce(`${this.stateInWords}.`);
    return result.ok || (this.mayFail && !stopped);
  }

  /** Python was started anew: what ran before does not count any more. */
  forget() {
    if (this.outcome?.ok) {
      this.outcome = null;
      this.forgotten = true;
    }
  }

  showBuilt() {
    this.live.release();
    this.live = undefined;
    this.output.replaceChildren(...this.built);
    delete this.output.dataset.liveOutput;
    if (!this.built.length) {
      this.output.remove();
      this.output = null;
    }
    this.update();
    this.buttons.run.focus();
  }

  announce(words) {
    this.page.announce(`Cell ${this.number}: ${words}`);
  }
}
