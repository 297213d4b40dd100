/** Bundle the scripts of live cells: `node bundle.mjs <folder> <version>`. */

import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { licences } from "../licences.mjs";

const [folder, version] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const entries = (...names) => names.map((name) => join(here, name));
const shared = {
  bundle: true,
  minify: true,
  target: "es2022",
  define: { VERSION: JSON.stringify(version) },
  metafile: true,
  outdir: folder,
  entryNames: "[name]",
};

mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) if (name.endsWith(".js")) rmSync(join(folder, name));

const results = [
  // Every page loads the first, from files too, where browsers refuse modules; workers need it so.
  await esbuild.build({
    ...shared,
    format: "iife",
    entryPoints: entries("page/live.js", "page/worker.js", "page/service_worker.js", "live.css"),
  }),
  await esbuild.build({
    ...shared,
    format: "esm",
    splitting: true,
    entryPoints: entries(
      "page/browser_kernel.js",
      "page/connect.js",
      "page/editor.js",
      "page/outputs.js",
    ),
  }),
];

// A service worker rules what lies below it: the whole site.
renameSync(join(folder, "service_worker.js"), join(folder, "../../live-service-worker.js"));

writeFileSync(
  join(folder, "LICENSES.txt"),
  licences(
    results.map(({ metafile }) => metafile),
    "Pyodide 0.27.7 (in the folder runtime-…): Mozilla Public License 2.0. Its source:\n"
      + "https://github.com/pyodide/pyodide. The licences of the Python packages are in their archive.",
  ),
);
