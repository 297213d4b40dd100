/** A page with code cells: its kernel, the queue of cells to run, and the controls of the whole. */

import { buttonsOf, enable, listen, megabytes } from "./dom.js";
import { linked } from "./edits.js";
import { base, load } from "./site.js";

export class Page {
  /** @param {HTMLElement} bar the controls of the page */
  constructor(bar) {
    this.bar = bar;
    this.name = bar.dataset.livePage;
    this.inBrowser = bar.dataset.liveKernel === "browser";
    this.message = bar.querySelector(".live-message");
    this.loading = bar.querySelector(".live-loading");
    this.announcer = bar.querySelector(".live-announcer");
    this.buttons = buttonsOf(bar);
    /** @type {import("./cell.js").Cell[]} */
    this.cells = [];
    this.queue = [];
    this.turn = 0;
    this.makeKernel = async (settings) => {
      const { BrowserKernel } = await load("browser_kernel");
      return new BrowserKernel(settings);
    };
    listen(bar, {
      "run-all": () => this.runAll(),
      stop: () => this.stop(),
      restart: () => this.restart("Python was restarted; no cell has run yet."),
      reset: () => this.reset(),
      cancel: () => this.stop(),
      connect: () => this.connect(),
    });
  }

  /** Take up what the reader left here, and come alive. */
  open() {
    const { ready } = this.message.dataset;
    this.message.textContent = ready ?? "";
    for (const cell of this.cells) cell.restore();
    const receive = () => this.receive();
    addEventListener("hashchange", receive);
    receive();
    for (const { buttons } of [this, ...this.cells]) {
      for (const button of Object.values(buttons)) enable(button, true);
    }
    this.update();
  }

  /** Show the code that came with the page's address. */
  receive() {
    try {
      const link = linked();
      if (link) this.cells[link.cell - 1].receive(link.code);
    } catch {
      this.say("The code in this page's address cannot be read: the link is damaged.");
    }
    this.update();
  }

  // Running

  /** Run all cells in order, whether they have run or not. */
  runAll() {
    this.run(this.cells);
  }

  /** Run a cell, and before it those above that have not run as they stand. */
  runTo(cell) {
    this.run([...cell.above.filter((other) => !other.settled), cell], cell);
  }

  run(cells, chosen) {
    const strange = cells.find((cell) => cell.unread && cell !== chosen);
    if (strange) {
      strange.controls.scrollIntoView({ block: "center" });
      strange.buttons.run.focus();
      strange.note("This code came with the link: read it, and run it by itself first.");
      return;
    }
    for (const cell of cells) {
      if (cell.phase) continue; // it is under way
      cell.phase = "waiting";
      cell.problem = "";
      this.queue.push(cell);
    }
    this.update();
    this.work();
  }

  /** Run what waits, until nothing does or a cell fails. */
  async work() {
    if (this.working) return;
    this.working = true;
    try {
      await this.ready();
      while (this.queue.length) {
        const cell = this.queue.shift();
        if (!(await cell.run(this.kernel))) break;
      }
    } catch (error) {
      const [first] = this.queue;
      if (first) first.problem = error.message;
      this.say(error.message);
    }
    this.working = false;
    this.stopping = false;
    this.clearQueue();
  }

  clearQueue() {
    for (const cell of this.queue.splice(0)) cell.phase = null;
    this.update();
  }

  nextTurn() {
    return ++this.turn;
  }

  // The kernel

  /** Have a kernel that is ready; start one if there is none. */
  ready() {
    this.starting ??= this.wait(async (signal) => {
      [{ Outputs: this.Outputs }, this.kernel] = await Promise.all([
        load("outputs"),
        this.makeKernel({
          base,
          folder: this.name.replace(/\/?[^/]*$/, ""),
          onProgress: (news) => this.showProgress(news),
          onDeath: (message) => this.lose(message),
        }),
      ]);
      signal.throwIfAborted();
      signal.addEventListener("abort", () => this.kernel.cancel());
      await this.kernel.start();
    });
    return this.starting;
  }

  /** Show that something is being loaded, and let the reader cancel it. */
  async wait(start) {
    this.abort = new AbortController();
    this.showProgress({ what: "Python" });
    this.announce("Loading Python.");
    try {
      await start(this.abort.signal);
      this.say("Python is ready.");
    } catch (error) {
      this.starting = null;
      this.kernel = null;
      throw error;
    } finally {
      this.abort = null;
      this.progress = "";
      this.loading.hidden = true;
      this.message.hidden = false;
      this.update();
    }
  }

  showProgress({ loaded, total, what }) {
    const [bar, words] = this.loading.children;
    const bytes = total ? `, ${megabytes(loaded)} of ${megabytes(total)} MB` : "";
    this.progress = `loading${bytes}`;
    words.textContent = `loading ${what}${bytes}`;
    if (total) Object.assign(bar, { max: total, value: loaded });
    else bar.removeAttribute("value");
    this.loading.hidden = false;
    this.message.hidden = true;
    this.update();
  }

  /** Stop what runs or loads, and forget what waits. */
  async stop() {
    this.clearQueue();
    if (this.abort) {
      this.abort.abort();
    } else if (this.working) {
      const again = this.stopping; // a second click ends code that does not heed the first
      this.stopping = true;
      this.update();
      if (again || !(await this.kernel.interrupt())) {
        await this.restart("Stopped. Python was started anew, so no cell has run yet.");
      }
    }
  }

  async restart(message) {
    this.clearQueue();
    const { kernel } = this;
    this.starting = this.wait(async (signal) => {
      signal.addEventListener("abort", () => kernel.cancel());
      await kernel.restart();
    });
    this.forget();
    try {
      await this.starting;
      this.say(message);
    } catch (error) {
      this.say(error.message);
    }
  }

  /** The kernel is gone by itself. */
  lose(message) {
    const running = this.cells.find((cell) => cell.phase === "running");
    if (running) running.problem = message;
    this.starting = null;
    this.kernel = null;
    this.forget();
    this.say(message);
  }

  forget() {
    for (const cell of this.cells) cell.forget();
    this.update();
  }

  /** Ask for the reader's own Jupyter server. */
  async connect() {
    try {
      const { askForServer } = await load("connect");
      askForServer(this);
    } catch (error) {
      this.say(error.message);
    }
  }

  /** Run the cells on another kernel from now on; rejects if it does not start. */
  async use(makeKernel) {
    this.kernel?.end();
    this.makeKernel = makeKernel;
    this.starting = null;
    this.forget();
    await this.ready();
    for (const { controls } of this.cells) controls.hidden = false;
    for (const button of Object.values(this.buttons)) button.hidden = false;
  }

  // What it shows

  reset() {
    for (const cell of this.cells.filter((other) => other.edited)) cell.reset();
    this.say("The book's code is back.");
  }

  update() {
    const { buttons, kernel, abort, working, cells } = this;
    enable(buttons.stop, Boolean(abort ?? working));
    enable(buttons.restart, Boolean(kernel && !abort));
    enable(buttons.reset, cells.some((cell) => cell.edited));
    for (const cell of cells) cell.update();
  }

  /** Say something, to be seen and to be heard. */
  say(text) {
    this.message.textContent = text;
    this.announce(text);
  }

  announce(text) {
    this.announcer.textContent = text;
  }
}
