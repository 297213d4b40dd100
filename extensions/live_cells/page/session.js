/** The kernel of a page: loaded when it is first needed, started anew, or exchanged. */

import { base, load } from "./site.js";

async function makeBrowserKernel(settings) {
  const { BrowserKernel } = await load("browser_kernel");
  return new BrowserKernel(settings);
}

export class Session {
  /**
   * @param {object} settings
   * @param {string} settings.folder the page's folder below book/
   * @param {function} settings.onProgress called with {loaded, total, what} while it loads, and
   *   with null when it does not any more
   * @param {function} settings.onDeath called with a sentence when the kernel is lost
   */
  constructor(settings) {
    this.settings = settings;
    this.makeKernel = makeBrowserKernel;
    this.kernel = null;
    this.starting = null;
    this.loading = null;
  }

  /** Resolves when there is a kernel that can run cells; starts one if there is none. */
  ready() {
    this.starting ??= this.load(async (signal) => {
      const { onProgress, onDeath } = this.settings;
      [{ Outputs: this.Outputs }, this.kernel] = await Promise.all([
        load("outputs"),
        this.makeKernel({
          ...this.settings,
          base,
          onProgress: (news) => this.loading && onProgress(news),
          onDeath: (message) => {
            this.drop();
            onDeath(message);
          },
        }),
      ]);
      signal.throwIfAborted();
      signal.addEventListener("abort", () => this.kernel.cancel());
      await this.kernel.start();
    });
    return this.starting;
  }

  /** Let a kernel come up, in sight of the reader, who can cancel it. */
  async load(start) {
    this.loading = new AbortController();
    this.settings.onProgress({ what: "Python" });
    try {
      await start(this.loading.signal);
    } catch (error) {
      this.drop();
      throw error;
    } finally {
      this.loading = null;
      this.settings.onProgress(null);
    }
  }

  cancel() {
    this.loading.abort();
  }

  restart() {
    const { kernel } = this;
    this.starting = this.load(async (signal) => {
      signal.addEventListener("abort", () => kernel.cancel());
      await kernel.restart();
    });
    return this.starting;
  }

  /** Go over to another kind of kernel; rejects if it does not start. */
  async use(makeKernel) {
    this.kernel?.end();
    this.drop();
    this.makeKernel = makeKernel;
    await this.ready();
  }

  drop() {
    this.kernel = null;
    this.starting = null;
  }
}
