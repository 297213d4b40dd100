/** Bundle the scripts of live cells: `node bundle.mjs <folder> <version>`. */

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

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

/** The licences of the bundled packages ask to go with them. */
const inputs = results.flatMap((result) => Object.keys(result.metafile.inputs));
const packages = new Set(
  inputs.map((path) => path.match(/^.*node_modules\/(@[^/]+\/)?[^/]+/)?.[0]).filter(Boolean),
);
const licences = [...packages].sort().map((path) => {
  const name = readdirSync(path).find((file) => /^licen[cs]e/i.test(file));
  const { name: title, version: number } = JSON.parse(readFileSync(join(path, "package.json")));
  return `${title} ${number}\n\n${readFileSync(join(path, name), "utf8")}`;
});
licences.push(
  "Pyodide 0.27.7 (in the folder runtime-…): Mozilla Public License 2.0. Its source:\n"
    + "https://github.com/pyodide/pyodide. The licences of the Python packages are in their archive.",
);
writeFileSync(join(folder, "LICENSES.txt"), licences.join(`\n${"-".repeat(78)}\n\n`));
