// Which pages were read to their end: kept in this browser, shown in the sidebar and below the title.

import { element, keep, kept, root } from "./page.js";

const NAME = "read";
/** How long the end of a page is in sight until the page counts as read, in milliseconds. */
const LONG_ENOUGH = 1000;

function pagesRead() {
  try {
    return new Set(JSON.parse(kept(NAME) ?? "[]"));
  } catch {
    return new Set();
  }
}

/** A page's name, as the build gives it, from a link to it. */
function nameOf(link) {
  const { pathname } = new URL(link.href);
  return decodeURIComponent(pathname.slice(root.pathname.length)).replace(/\.html$/, "");
}

function show() {
  const read = pagesRead();
  for (const mark of document.querySelectorAll(".dl-marks [data-page]")) {
    mark.classList.toggle("dl-read", read.has(mark.dataset.page));
  }
  for (const link of document.querySelectorAll(".bd-sidebar-primary .bd-links a.internal")) {
    const known = link.querySelector(".dl-read-mark");
    // The entry of a chapter stands for all its pages, and its own page is one of them.
    const all = [...link.closest("li").querySelectorAll("a.internal")];
    if (!all.every((each) => read.has(nameOf(each)))) known?.remove();
    else if (!known) {
      const words = element("span", { className: "visually-hidden" }, " (read)");
      link.append(element("span", { className: "dl-read-mark" }, words));
    }
  }
}

export function forgetRead() {
  keep(NAME, null);
  show();
}

export function markRead() {
  show();
  const page = document.querySelector(".dl-page-line")?.dataset.page;
  const end = document.querySelector(".prev-next-footer") ?? document.querySelector(".dl-footer");
  if (!page || !end) return;
  let timer;
  const watch = new IntersectionObserver((entries) => {
    clearTimeout(timer);
    if (!entries.at(-1).isIntersecting) return;
    timer = setTimeout(() => {
      watch.disconnect();
      keep(NAME, JSON.stringify([...pagesRead().add(page)].sort()));
      show();
    }, LONG_ENOUGH);
  });
  watch.observe(end);
}
