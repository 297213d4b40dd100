/** Boxes as the book's own outputs have them. */

import { element } from "./dom.js";

export function output(kind, ...content) {
  const box = element("div", { className: "highlight" }, element("pre", {}, ...content));
  return element("div", { className: `output ${kind} notranslate` }, box);
}
