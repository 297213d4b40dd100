/** Live cells: all that a page loads before its reader asks for more. */

import { Cell } from "./cell.js";
import { Page } from "./page.js";

/** Say why code cannot run here; undefined where it can. */
function obstacle(inBrowser) {
  if (location.protocol === "file:") {
    return "Live code is off because this page was opened as a file: run make serve in the "
      + "folder of the book, and open the address that it shows.";
  }
  if (inBrowser && typeof WebAssembly !== "object") {
    return "Live code is off because this browser has no WebAssembly, or it is switched off.";
  }
  return undefined;
}

const bar = document.querySelector("[data-live-page]");
const off = obstacle(bar.dataset.liveKernel === "browser");
if (off) {
  bar.querySelector(".live-message").textContent = off;
  for (const part of document.querySelectorAll(".live-buttons, .live-controls")) part.hidden = true;
} else {
  const page = new Page(bar);
  page.cells = Array.from(document.querySelectorAll("[data-live-cell]"), (n) => new Cell(page, n));
  page.open();
}
