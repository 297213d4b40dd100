/** Messages of Jupyter's protocol: the request to run code, and what comes of it as outputs. */

const OUTPUTS = [
  "stream",
  "display_data",
  "update_display_data",
  "execute_result",
  "error",
  "clear_output",
];
const ANSI = /\x1b\[[0-9;]*m/g;

/** A name for a message or a session; `crypto.randomUUID` exists on secure origins only. */
export function newId() {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

/** Ask for code to be run; silently, it is no part of the reader's history. */
export function executeRequest(code, silent, session) {
  return {
    channel: "shell",
    header: {
      msg_id: newId(),
      msg_type: "execute_request",
      session,
      username: "reader",
      version: "5.3",
      date: new Date().toISOString(),
    },
    parent_header: {},
    metadata: {},
    // Nobody would answer a question that the code asks: it fails instead.
    content: { code, silent, store_history: !silent, user_expressions: {}, allow_stdin: false },
  };
}

/**
 * A message as an output of the notebook format; undefined if it is none.
 *
 * @param {Map<number, string>} labels names of cells by Jupyter's count of what was run
 */
export function outputOf(type, content, labels) {
  if (!OUTPUTS.includes(type)) return undefined;
  const output = { output_type: type, ...content };
  if (type === "error") output.traceback = shortened(content.traceback, labels);
  return output;
}

/** A traceback by the page's cells, and in one line where in a library it ended. */
function shortened(traceback, labels) {
  const name = (all, count) => labels.get(Number(count))?.replace(/^c/, "C") ?? all;
  const frames = traceback.map((frame) => frame.replace(ANSI, ""));
  return frames.flatMap((frame, number) => {
    if (frame.startsWith("KeyboardInterrupt:")) return ["Interrupted"];
    if (!frame.startsWith("File ")) return frame.replace(/\bCell In\[(\d+)\]/g, name).split("\n");
    if (/^(File|Cell) /.test(frames[number + 1])) return [];
    return [frame.split("\n")[0].replace(/^File (.*\/(site-packages|python[\d.]+)\/)?/, ""), ""];
  });
}
