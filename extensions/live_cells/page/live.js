/** Live cells: all that a page loads before its reader asks for more. */

import { Cell } from "./cell.js";
import { Page } from "./page.js";

const bar = document.querySelector("[data-live-page]");

/** Say why code cannot run here, if it cannot. */
function obstacle() {
  if (location.protocol === "file:") {
    return "Live code is off because this page was opened as a file: run make serve in the "
      + "folder of the book, and open the address that it shows.";
  }
  if (bar.dataset.liveKernel === "browser" && typeof WebAssembly !== "object") {
    return "Live code is off because this browser has no WebAssembly, or it is switched off.";
  }
  return bar.querySelector(".live-message").dataset.off;
}

const off = obstacle();
if (off) {
  bar.querySelector(".live-message").textContent = off;
  for (const part of document.querySelectorAll(".live-buttons, .live-controls")) part.hidden = true;
} else {
  const page = new Page(bar);
  page.cells = Array.from(document.querySelectorAll("[data-live-cell]"), (n) => new Cell(page, n));
  page.open();
}
