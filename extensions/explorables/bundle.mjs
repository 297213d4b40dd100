/** Bundle the script and the style sheet: `node bundle.mjs <folder>`, colours on standard input. */

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { licences } from "../licences.mjs";

const [folder] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));

// From files too, where browsers refuse modules.
const { metafile } = await esbuild.build({
  entryPoints: [join(here, "page/explorables.js")],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  metafile: true,
  outdir: folder,
});
const rules = readFileSync(0, "utf8") + readFileSync(join(here, "explorables.css"), "utf8");
const { code } = await esbuild.transform(rules, { loader: "css", minify: true });
writeFileSync(join(folder, "explorables.css"), code);
writeFileSync(join(folder, "LICENSES.txt"), licences([metafile]));
