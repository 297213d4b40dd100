/** Bundle the scripts and the style sheet: `node bundle.mjs <folder>`. */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const [folder] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));

// From files too, where browsers refuse modules.
await esbuild.build({
  entryPoints: ["page/comforts.js", "page/root.js", "comforts.css"].map((name) => join(here, name)),
  entryNames: "[name]",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  outdir: folder,
});
