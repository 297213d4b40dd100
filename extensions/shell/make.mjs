/**
 * Makes book.css and book.js: `node make.mjs`, a request on standard input, the result on output.
 *
 * {kind: "css", css, words, names}: drops the rules of what no page and no script names.
 * {kind: "js", js}: makes it small.
 */

import { text } from "node:stream/consumers";
import * as esbuild from "esbuild";
import { PurgeCSS } from "purgecss";

const request = JSON.parse(await text(process.stdin));

/** States that scripts of the theme set, and elements that they add, which no page shows. */
const SAFE = {
  standard: [/^(show|showing|hiding|fade|active|scrolled|hide|open|noprint)$/, /^pst-sidebar-hidden$/],
  greedy: [/^dl-/],
  // Inline styles and scripts read these.
  variables: request.names ?? [],
};

async function purge({ css, words }) {
  const [{ css: purged }] = await new PurgeCSS().purge({
    content: [{ raw: words.join(" "), extension: "txt" }],
    css: [{ raw: css }],
    defaultExtractor: (content) => content.split(" "),
    safelist: SAFE,
    dynamicAttributes: ["open", "hidden", "disabled", "aria-expanded"],
    fontFace: false, // what uses a font may stand in rules of ours, which are not looked at
    keyframes: false,
    variables: false,
  });
  return purged;
}

const made =
  request.kind === "css"
    ? await esbuild.transform(await purge(request), {
        loader: "css",
        minify: true,
        legalComments: "eof",
      })
    : await esbuild.transform(request.js, {
        minify: true,
        target: "es2022",
        legalComments: "eof",
        drop: ["console"], // the theme reports each thing it does
      });
process.stdout.write(made.code);
