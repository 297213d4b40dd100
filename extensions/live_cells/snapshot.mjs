/**
 * Make the memory of a started interpreter, and prove that it can be restored.
 *
 *   node snapshot.mjs <pyodide> <folder>
 *
 * The folder has packages.tar.gz and gets memory.bin, loops.wasm and manifest.json.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

import { restore, start } from "./boot.js";
import { compileLoops } from "./loops.mjs";

const [core, folder] = process.argv.slice(2);
// Matplotlib's docstrings are a quarter of the memory and nobody reads them in a page of the book.
const IMPORTS = `
import gc, importlib.util, pathlib, py_compile, sysconfig
packages = pathlib.Path(sysconfig.get_path("purelib"))
for name in ("matplotlib", "PIL", "pyparsing", "dateutil"):
    for path in map(str, (packages / name).rglob("*.py")):
        target = importlib.util.cache_from_source(path)
        py_compile.compile(path, target, optimize=2, quiet=2)
import ctypes  # for loops.js
import interpreter
import dlbook.diagrams, dlbook.evidence, dlbook.plotting
import matplotlib.backends.backend_svg
gc.collect()
`;
// One small network trained and drawn: what a library loaded at a wrong place could not do.
const PROOF = `
import numpy as np
from dlbook import MLP, Adam, datasets, train
from dlbook.plotting import curves
network = MLP((2, 3, 1))
X, y = datasets.moons(20, rng=0)
run = train(network, network.initialize("he_normal", rng=0), X, y, Adam(0.01), steps=5)
drawing = curves({"x": np.linalg.solve(np.eye(3), np.arange(3.0))}, np.arange(3.0)).to_svg()
f"{run.theta.sum():.12f} {drawing}"
`;

const IS_RESTORED = "import sys; 'dlbook.plotting' in sys.modules";

async function main() {
  const { loadPyodide } = await import(pathToFileURL(resolve(core, "pyodide.mjs")));
  await import(pathToFileURL(resolve(core, "pyodide.asm.js")));
  const archive = gunzipSync(readFileSync(join(folder, "packages.tar.gz")));
  const options = { indexURL: resolve(core) };

  const { python, memory, libraries, layout } = await start(loadPyodide, options, archive, IMPORTS);
  const manifest = { libraries, layout };
  const files = {
    "packages.tar": archive,
    "memory.bin": memory,
    "loops.wasm": await compileLoops(),
  };
  const again = await restore(loadPyodide, options, files, manifest);
  if (!again.runPython(IS_RESTORED)) throw new Error("the memory could not be restored");
  if (again.runPython(PROOF) !== python.runPython(PROOF)) {
    throw new Error("the restored interpreter computes something else");
  }
  writeFileSync(join(folder, "memory.bin"), memory);
  writeFileSync(join(folder, "loops.wasm"), files["loops.wasm"]);
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
}

// An uncaught error would print the line of the minified source where it arose: a megabyte.
main().catch((error) => {
  console.error(String(error.stack ?? error).slice(0, 2000));
  process.exit(1);
});
