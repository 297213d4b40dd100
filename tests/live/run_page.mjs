/**
 * Run the cells of a page in the browser's Python, without a browser.
 *
 *   node run_page.mjs <runtime> <folder>  < cells.json  > results.json
 *
 * Takes a list of cells' code; gives for each its outputs, whether it came to its end, and seconds
 * of the processor's time: others may use the machine.
 * `folder` is the page's folder below book/.
 */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

import { restore } from "../../extensions/live_cells/boot.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const [runtime, folder] = process.argv.slice(2);
const file = (name) => readFileSync(resolve(runtime, name));

const core = resolve(root, "node_modules/pyodide");
const { loadPyodide } = await import(pathToFileURL(resolve(core, "pyodide.mjs")));
await import(pathToFileURL(resolve(core, "pyodide.asm.js")));
const files = {
  "packages.tar": gunzipSync(file("packages.tar.gz")),
  "memory.bin": gunzipSync(file("memory.bin.gz")),
  "loops.wasm": file("loops.wasm"),
};
const python = await restore(loadPyodide, { indexURL: core }, files, JSON.parse(file("manifest.json")));
python.runPython(
  "import os; os.makedirs(folder, exist_ok=True); os.chdir(folder); os.environ.update(settings)",
  {
    globals: python.toPy({
      folder: `/home/reader/book/${folder}`,
      settings: { DLBOOK_PROGRESS: "off" }, // as in the book's build
    }),
  },
);
const interpreter = python.pyimport("interpreter");

const results = [];
for (const [index, code] of JSON.parse(readFileSync(0)).entries()) {
  const outputs = [];
  const before = process.cpuUsage();
  const ok = await interpreter.run(code, `cell ${index + 1}`, (text) => {
    outputs.push(text);
  });
  const seconds = process.cpuUsage(before).user / 1e6;
  // Python's own text, because JavaScript would write 1.0 as 1.
  results.push(`{"ok": ${ok}, "seconds": ${seconds}, "outputs": [${outputs}]}`);
}
process.stdout.write(`[${results}]`, () => process.exit(0));
