/**
 * The reader's own Jupyter server as kernel, for what no browser can run.
 *
 * It speaks Jupyter's REST interface and the JSON messages of its kernel WebSocket. The package
 * @jupyterlab/services would do that too, and much that a page has no use for: 43 KB compressed
 * and 33 packages more to lock, where this is 3 KB.
 */

import { executeRequest, newId, outputOf } from "./jupyter_messages.js";
import { command, JupyterServer } from "./jupyter_server.js";

// Run once in every new kernel. Figures get their dark twins here, because the table of colours is
// Python's; the function leaves no name behind among the reader's.
const START_UP = `
def _prepare():
    import dlbook
    from IPython import get_ipython
    from IPython.core.formatters import SVGFormatter

    class WithTwin(SVGFormatter):
        def __call__(self, value):
            found = super().__call__(value)
            svg, about = found if isinstance(found, tuple) else (found, {})
            if not svg:
                return found
            from dlbook.plotting import dark
            twin = dark(svg)
            return svg, about if twin == svg else {**about, "dark": twin}

    formatter = get_ipython().display_formatter
    formatter.formatters["image/svg+xml"] = WithTwin(parent=formatter)
_prepare()
del _prepare
`;

export class JupyterKernel {
  /**
   * @param {object} settings
   * @param {string} settings.url address of the server, on this computer
   * @param {string} settings.token its token; it goes to this server and nowhere else
   * @param {string} settings.folder the page's folder below book/
   * @param {function} settings.onDeath called with a sentence when the kernel is lost
   */
  constructor({ url, token, folder = "", onDeath = () => {} }) {
    Object.assign(this, { url, token, folder, onDeath, runs: new Map() });
    this.leave = () => this.die("Python ended when you left the page.");
  }

  /** Find the server and start a kernel; rejects with a sentence for the reader. */
  async start() {
    this.server = new JupyterServer(this.url, this.token);
    const { signal } = (this.life = new AbortController());
    const cancelled = new Promise((_, reject) => {
      this.cancel = () => {
        this.end();
        reject(new DOMException("Connecting was cancelled.", "AbortError"));
      };
    });
    await Promise.race([this.prepare(signal), cancelled]);
  }

  async prepare(life) {
    const { address } = this.server;
    await this.server.find();
    const id = await this.server.startKernel(this.folder);
    if (life.aborted) return this.server.endKernel(id);
    this.id = id;
    addEventListener("pagehide", this.leave, { signal: life });
    await this.connect();
    const reply = await this.execute(START_UP, { silent: true });
    if (reply.status !== "ok") {
      this.end();
      throw new Error(
        reply.ename === "ModuleNotFoundError"
          ? `The Python behind ${address} lacks dlbook: start the server with \`${command()}\`.`
          : `The kernel at ${address} did not start: ${reply.evalue ?? "it ended at once"}.`,
      );
    }
    this.isReady = true;
  }

  connect() {
    const { address } = this.server;
    this.labels = new Map();
    this.session = newId();
    const socket = (this.socket = this.server.open(this.id, this.session));
    // Binary frames carry buffers for widgets, which pages have none of.
    socket.onmessage = ({ data }) => typeof data === "string" && this.receive(JSON.parse(data));
    return new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onclose = () => {
        reject(new Error(`The server at ${address} started a kernel that does not answer.`));
        if (socket === this.socket) this.die(`The connection to ${address} was lost.`);
      };
    });
  }

  receive({ header, parent_header: parent, content }) {
    const type = header.msg_type;
    const run = this.runs.get(parent.msg_id);
    if (type === "status" && ["restarting", "dead"].includes(content.execution_state)) {
      if (content.execution_state === "dead") this.id = null; // there is none left to be ended
      this.die("Python on your computer ended unexpectedly.");
    }
    if (!run) return;
    if (type === "execute_input") this.labels.set(content.execution_count, run.label);
    const output = outputOf(type, content, this.labels);
    if (output) run.onOutput?.(output);
    if (type === "execute_reply") run.reply = content;
    if (type === "status" && content.execution_state === "idle") run.isIdle = true;
    // The last output may come after the reply, but never after the kernel is idle. While the
    // connection is new the server may swallow a message of the latter kind.
    if (run.reply && (run.isIdle || run.silent)) {
      this.runs.delete(parent.msg_id);
      run.resolve(run.reply);
    }
  }

  /** Send code to the kernel; resolves with its reply when all outputs have come. */
  execute(code, { silent = false, ...settings }) {
    if (!this.socket) return Promise.resolve({ status: "aborted" });
    const message = executeRequest(code, silent, this.session);
    return new Promise((resolve) => {
      this.runs.set(message.header.msg_id, { ...settings, silent, resolve });
      this.socket.send(JSON.stringify(message));
    });
  }

  /**
   * Run a cell.
   *
   * @returns {Promise<{ok: boolean, ms: number, stopped: boolean}>}
   */
  async run(code, label, onOutput) {
    const started = performance.now();
    const { status, ename } = await this.execute(code, { label, onOutput });
    const stopped = status === "aborted" || ename === "KeyboardInterrupt";
    return { ok: status === "ok", ms: performance.now() - started, stopped };
  }

  /** Interrupt the running cell; its variables stay. */
  async interrupt() {
    const path = `kernels/${this.id}/interrupt`;
    const answer = await this.server.request(path, "POST").catch(() => null);
    return Boolean(answer?.ok);
  }

  async restart() {
    this.end();
    await this.start();
  }

  /** The kernel is lost: while it starts, start() says so. */
  die(message) {
    const { isReady } = this;
    this.end();
    if (isReady) this.onDeath(message);
  }

  /** End the kernel and the connection, also when the page is being left. */
  end() {
    const { socket, id } = this;
    this.life?.abort();
    this.isReady = false;
    this.socket = this.id = null;
    socket?.close();
    if (id) this.server.endKernel(id);
    for (const { resolve } of this.runs.values()) resolve({ status: "aborted" });
    this.runs.clear();
  }
}
