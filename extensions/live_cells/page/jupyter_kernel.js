/**
 * The reader's own Jupyter server as kernel, for what no browser can run.
 *
 * It speaks Jupyter's REST interface and the JSON messages of its kernel WebSocket. The package
 * @jupyterlab/services would do that too, and much that a page has no use for: 43 KB compressed
 * and 33 packages more to lock, where this is 3 KB.
 */

import { command, JupyterServer } from "./jupyter_server.js";

const OUTPUTS = [
  "stream",
  "display_data",
  "update_display_data",
  "execute_result",
  "error",
  "clear_output",
];
const ANSI = /\x1b\[[0-9;]*m/g;

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
    this.session = crypto.getRandomValues(new Uint32Array(4)).join("-");
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
    if (OUTPUTS.includes(type)) run.onOutput?.(this.output(type, content));
    if (type === "execute_reply") run.reply = content;
    if (type === "status" && content.execution_state === "idle") run.isIdle = true;
    // The last output may come after the reply, but never after the kernel is idle. While the
    // connection is new the server may swallow a message of the latter kind.
    if (run.reply && (run.isIdle || run.silent)) {
      this.runs.delete(parent.msg_id);
      run.resolve(run.reply);
    }
  }

  /** A message as an output of the notebook format. */
  output(type, content) {
    const output = { output_type: type, ...content };
    if (type === "error") output.traceback = this.shortened(content.traceback);
    return output;
  }

  /** A traceback by the page's cells, and in one line where in a library it ended. */
  shortened(traceback) {
    const name = (all, count) => this.labels.get(Number(count))?.replace(/^c/, "C") ?? all;
    const frames = traceback.map((frame) => frame.replace(ANSI, ""));
    return frames.flatMap((frame, number) => {
      if (frame.startsWith("KeyboardInterrupt:")) return ["Interrupted"];
      if (!frame.startsWith("File ")) return frame.replace(/\bCell In\[(\d+)\]/g, name).split("\n");
      if (/^(File|Cell) /.test(frames[number + 1])) return [];
      return [frame.split("\n")[0].replace(/^File (.*\/(site-packages|python[\d.]+)\/)?/, ""), ""];
    });
  }

  /** Send code to the kernel; resolves with its reply when all outputs have come. */
  execute(code, { silent = false, ...settings }) {
    if (!this.socket) return Promise.resolve({ status: "aborted" });
    const id = crypto.getRandomValues(new Uint32Array(4)).join("-");
    const message = {
      channel: "shell",
      header: {
        msg_id: id,
        msg_type: "execute_request",
        session: this.session,
        username: "reader",
        version: "5.3",
        date: new Date().toISOString(),
      },
      parent_header: {},
      metadata: {},
      content: { code, silent, store_history: !silent, user_expressions: {}, allow_stdin: false },
    };
    return new Promise((resolve) => {
      this.runs.set(id, { ...settings, silent, resolve });
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
