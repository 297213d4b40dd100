/** A page with code cells: the queue of cells to run, and the controls of the whole. */

import { buttonsOf, enable, listen, megabytes } from "./dom.js";
import { hasLink, linked } from "./edits.js";
import { Session } from "./session.js";
import { load } from "./site.js";

export class Page {
  /** @param {HTMLElement} bar the controls of the page */
  constructor(bar) {
    this.bar = bar;
    this.name = bar.dataset.livePage;
    this.message = bar.querySelector(".live-message");
    this.loading = bar.querySelector(".live-loading");
    this.announcer = bar.querySelector(".live-announcer");
    this.buttons = buttonsOf(bar);
    /** @type {import("./cell.js").Cell[]} */
    this.cells = [];
    this.queue = [];
    this.turn = 0;
    this.session = new Session({
      folder: this.name.replace(/\/?[^/]*$/, ""),
      onProgress: (news) => this.showProgress(news),
      onDeath: (message) => this.lose(message),
    });
    listen(bar, {
      "run-all": () => this.run(this.cells),
      stop: () => this.stop(),
      restart: () => this.restart("Python was restarted; no cell has run yet."),
      reset: () => this.reset(),
      lighter: () => this.lighten(),
      cancel: () => this.stop(),
      connect: () => this.connect(),
    });
  }

  /** Come alive. */
  open() {
    this.message.textContent = this.message.dataset.ready ?? "";
    if (this.bar.dataset.liveKernel === "browser") this.takeUp();
    else if (hasLink()) this.say("The link carries code for a cell: connect, and it is shown.");
    for (const { buttons } of [this, ...this.cells]) {
      for (const button of Object.values(buttons)) enable(button, true);
    }
    this.update();
  }

  /** Bring back what was edited, where the reader can see and undo it. */
  takeUp() {
    for (const cell of this.cells) cell.code.restore();
    this.receive();
    addEventListener("hashchange", () => this.receive());
  }

  /** Show the code that came with the page's address. */
  receive() {
    try {
      const link = linked();
      if (link) this.cells[link.cell - 1].code.receive(link.code);
    } catch {
      this.say("The code in this page's address cannot be read: the link is damaged.");
    }
    this.update();
  }

  // Running

  /** Run a cell, and before it those above that have not run as they stand. */
  runTo(cell) {
    this.run([...cell.above.filter((other) => !other.settled), cell], cell);
  }

  /** Run cells in this order; the chosen one is that on which the reader has clicked. */
  run(cells, chosen) {
    const strange = cells.find((cell) => cell.code.unread && cell !== chosen);
    if (strange) {
      strange.code.askToRead();
      return;
    }
    for (const cell of cells) {
      if (cell.phase) continue; // it is under way
      cell.phase = "waiting";
      cell.problem = "";
      this.queue.push(cell);
    }
    if (this.working) this.update();
    else this.work();
  }

  /** Run what waits, until nothing does or a cell fails. */
  async work() {
    this.working = true;
    this.update();
    const { session } = this;
    const isNew = !session.starting;
    try {
      await session.ready();
      if (isNew) this.say("Python is ready.");
      while (this.queue.length) {
        const cell = this.queue.shift();
        if (!(await cell.run(session))) break;
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

  // Stopping

  /** Stop what runs or loads, and forget what waits. */
  async stop() {
    const { session } = this;
    this.clearQueue();
    if (session.loading) {
      session.cancel();
    } else if (this.working) {
      const again = this.stopping; // a second click ends code that does not heed the first
      this.stopping = true;
      this.update();
      if (again || !(await session.kernel.interrupt())) {
        await this.restart("Stopped. Python was started anew, so no cell has run yet.");
      }
    }
  }

  async restart(message) {
    this.clearQueue();
    const restarted = this.session.restart();
    this.forget();
    try {
      await restarted;
      this.say(message);
    } catch (error) {
      this.say(error.message);
    }
  }

  /** The kernel is gone by itself. */
  lose(message) {
    const running = this.cells.find((cell) => cell.phase === "running");
    if (running) running.problem = message;
    this.forget();
    this.say(message);
  }

  forget() {
    for (const cell of this.cells) cell.forget();
    this.update();
  }

  // The reader's own server

  /** Ask for it. */
  async connect() {
    try {
      const { askForServer } = await load("connect");
      askForServer(this);
    } catch (error) {
      this.say(error.message);
    }
  }

  /** Run the cells on it from now on; rejects if it does not start. */
  async use(makeKernel) {
    const started = this.session.use(makeKernel);
    this.forget();
    await started;
    const isFirst = this.cells[0].controls.hidden;
    for (const { controls } of this.cells) controls.hidden = false;
    for (const button of Object.values(this.buttons)) button.hidden = false;
    if (isFirst) this.takeUp();
  }

  // What it shows

  reset() {
    for (const { code } of this.cells) if (code.edited) code.reset();
    this.say("The book's code is back.");
  }

  /** Take every lighter setting that a cell offers. */
  lighten() {
    for (const { code, buttons } of this.cells) if (buttons.lighter) code.lighten();
    this.say("Each slow cell has its lighter setting now.");
  }

  update() {
    const { buttons, session, cells } = this;
    enable(buttons.stop, Boolean(session.loading ?? this.working));
    enable(buttons.restart, Boolean(session.kernel && !session.loading));
    enable(buttons.reset, cells.some((cell) => cell.code.edited));
    for (const cell of cells) cell.update();
  }

  /** Show what is being loaded; null when nothing is. */
  showProgress(news) {
    const [bar, words] = this.loading.children;
    this.loading.hidden = !news;
    this.message.hidden = Boolean(news);
    this.progress = "";
    if (news) {
      const { loaded, total, what } = news;
      const bytes = total ? `, ${megabytes(loaded)} of ${megabytes(total)} MB` : "";
      this.progress = `loading${bytes}`;
      words.textContent = `loading ${what}${bytes}`;
      if (total) Object.assign(bar, { max: total, value: loaded });
      else bar.removeAttribute("value");
    }
    this.update();
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
