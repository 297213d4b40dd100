/** Runs Python for one page, apart from it, so that the page never freezes. */

import { restore } from "../boot.js";
import { download } from "./download.js";

const STARTED = `
import random, os
import numpy
random.seed()
numpy.random.seed()
os.makedirs(folder, exist_ok=True)
os.chdir(folder)
`;
let interpreter;

/** Give pyodide.js the files that are here already wherever it would fetch them. */
function serve(files) {
  const fetchElsewhere = self.fetch;
  self.fetch = (url, ...options) => {
    const name = String(url?.url ?? url).replace(/.*\//, "");
    const [bytes, type] = files[name] ?? [];
    if (!bytes) return fetchElsewhere(url, ...options);
    return Promise.resolve(new Response(bytes, { headers: { "Content-Type": type } }));
  };
}

/** Load the parts of Pyodide that are scripts. */
function loadScripts(folder, names) {
  for (const name of names) {
    try {
      importScripts(`${folder}${name}`);
    } catch {
      throw new Error(`The file ${name} could not be loaded from this site.`);
    }
  }
}

async function start({ base, manifest, folder, interrupts }) {
  const progress = (news) => postMessage({ type: "progress", ...news });
  const files = await download(base, manifest, progress);
  const started = performance.now();
  const indexURL = `${base}${manifest.folder}/`;
  serve({
    "pyodide.asm.wasm": [files["python.wasm"], "application/wasm"],
    "python_stdlib.zip": [files["library.zip"], "application/zip"],
    "pyodide-lock.json": [JSON.stringify({ info: manifest.info, packages: {} }), "application/json"],
  });
  loadScripts(indexURL, ["pyodide.js", "pyodide.asm.js"]);
  const python = await restore(self.loadPyodide, { indexURL }, files, manifest);
  // A cell in which Python itself breaks down, as by a recursion too deep, never comes to its end.
  python._api.on_fatal = fail;
  if (interrupts) python.setInterruptBuffer(new Uint8Array(interrupts));
  python.runPython(STARTED, { globals: python.toPy({ folder: `/home/reader/book/${folder}` }) });
  interpreter = python.pyimport("interpreter");
  postMessage({ type: "ready", ms: performance.now() - started });
}

async function run({ id, code, label }) {
  const emit = (output) => postMessage({ type: "output", id, output: JSON.parse(output) });
  const started = performance.now();
  const ok = await interpreter.run(code, label, emit);
  postMessage({ type: "done", id, ok, ms: performance.now() - started });
}

function fail(error) {
  postMessage({ type: "failed", message: String(error.message ?? error).slice(0, 500) });
}

const HANDLERS = { start, run };

self.onmessage = ({ data }) => {
  HANDLERS[data.type](data).catch(fail);
};
