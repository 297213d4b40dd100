/** Bundle the scripts and the style sheet: `node bundle.mjs <folder>`. */

import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { licences } from "../licences.mjs";

const [folder] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));

// From files too, where browsers refuse modules.
const { metafile } = await esbuild.build({
  entryPoints: ["open.js", "search.js", "search.css"].map((name) => join(here, "page", name)),
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  metafile: true,
  outdir: folder,
});
writeFileSync(join(folder, "LICENSES.txt"), licences([metafile]));
