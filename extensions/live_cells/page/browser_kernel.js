/** Python in the reader's browser: a worker that the page talks to as to any kernel. */

const OFF = "Live code could not start";
const UNLOADED = "The file worker.js could not be loaded from this site.";

async function fetchManifest(base) {
  let response, manifest;
  try {
    response = await fetch(`${base}manifest.json`, { cache: "no-cache" });
    if (response.ok) manifest = await response.json();
  } catch {
    throw new Error(`${OFF}: its list of files could not be loaded. Is the network away?`);
  }
  if (!manifest) throw new Error(`${OFF}: its list of files is missing on this site.`);
  if (manifest.off) throw new Error(manifest.off);
  return manifest;
}

export class BrowserKernel {
  /**
   * @param {object} settings
   * @param {string} settings.base URL of the folder with manifest.json and worker.js
   * @param {string} settings.folder the page's folder below book/
   * @param {function} settings.onProgress called with {loaded, total, what} while starting
   * @param {function} settings.onDeath called with a sentence when the worker ends by itself
   */
  constructor({ base, folder, onProgress = () => {}, onDeath = () => {} }) {
    Object.assign(this, { base, folder, onProgress, onDeath });
    this.runs = new Map();
    this.count = 0;
  }

  /** Load and start Python; rejects with a sentence for the reader. */
  async start() {
    if (typeof WebAssembly !== "object") {
      throw new Error(`${OFF}: this browser has no WebAssembly, or it is switched off.`);
    }
    let cancelled = false;
    this.cancel = () => {
      cancelled = true;
      this.end();
      this.starting?.reject(new DOMException("Loading was cancelled.", "AbortError"));
    };
    const manifest = await fetchManifest(this.base);
    if (cancelled) throw new DOMException("Loading was cancelled.", "AbortError");
    // Shared memory is there only on pages that are isolated from others (service_worker.js).
    this.interrupts = globalThis.crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : null;
    await new Promise((resolve, reject) => {
      this.starting = { resolve, reject };
      this.worker = new Worker(`${this.base}worker.js`);
      this.worker.onmessage = ({ data }) => this.receive(data);
      this.worker.onerror = (event) => {
        event.preventDefault();
        this.receive({ type: "failed", message: event.message ?? UNLOADED });
      };
      this.worker.postMessage({
        type: "start",
        base: this.base,
        folder: this.folder,
        manifest,
        interrupts: this.interrupts?.buffer,
      });
    }).finally(() => (this.starting = null));
    installServiceWorker(this.base);
  }

  receive(message) {
    const run = this.runs.get(message.id);
    if (message.type === "progress") this.onProgress(message);
    if (message.type === "ready") this.starting?.resolve();
    if (message.type === "output") run?.onOutput(message.output);
    if (message.type === "done") {
      this.runs.delete(message.id);
      run?.resolve({ ok: message.ok, ms: message.ms, stopped: false });
    }
    if (message.type === "failed") this.die(message.message);
  }

  /** The worker cannot go on. */
  die(message) {
    const { starting } = this;
    this.end();
    if (starting) starting.reject(new Error(`${OFF}. ${message}`));
    else this.onDeath(`Python in this page broke down (${message}). Run a cell to start it anew.`);
  }

  /**
   * Run a cell.
   *
   * @returns {Promise<{ok: boolean, ms: number, stopped: boolean}>}
   */
  run(code, label, onOutput) {
    const id = ++this.count;
    if (this.interrupts) this.interrupts[0] = 0;
    return new Promise((resolve) => {
      this.runs.set(id, { resolve, onOutput });
      this.worker.postMessage({ type: "run", id, code, label });
    });
  }

  /** Interrupt the running cell; false where only an end and a new start can stop it. */
  async interrupt() {
    if (!this.interrupts) return false;
    this.interrupts[0] = 2; // SIGINT
    return true;
  }

  async restart() {
    this.end();
    await this.start();
  }

  end() {
    this.worker?.terminate();
    this.worker = null;
    for (const { resolve } of this.runs.values()) resolve({ ok: false, ms: 0, stopped: true });
    this.runs.clear();
  }
}

/** From the next page on, let Stop keep the variables (see service_worker.js). */
function installServiceWorker(base) {
  if (globalThis.crossOriginIsolated) return;
  const script = new URL("../../live-service-worker.js", base);
  navigator.serviceWorker?.register(script).catch(() => {});
}
