// What a term, a source, an equation or a figure is, shown while a link to it is pointed at or has
// the focus. It can be pointed at itself, and Escape closes it.

import { element, root } from "./page.js";

// As in previews.py.
const ANCHOR = /^#(term-|equation-|fig-|id\d)/;
const CONTROLS = ".headerlink, .explorable, .copybtn, button, script, .eqno a";
const WAIT = 300;

let box, shown, timer, last;

const isLink = (node) => node?.closest?.("article.bd-article a.reference.internal[href*='#']");

export function watchLinks() {
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const link = isLink(event.target);
    if (link) later(() => open(link));
    else if (box?.contains(event.target)) clearTimeout(timer);
    else if (shown) later(close);
    else clearTimeout(timer);
  });
  document.addEventListener("focusin", (event) => {
    const link = isLink(event.target);
    if (link?.matches(":focus-visible")) later(() => open(link));
    else if (shown && !box.contains(event.target)) close();
  });
  document.addEventListener("focusout", (event) => {
    if (isLink(event.target)) later(close);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    clearTimeout(timer);
    if (shown) {
      close();
      event.stopPropagation();
    }
  }, true);
}

function later(act) {
  clearTimeout(timer);
  timer = setTimeout(act, WAIT);
}

async function open(link) {
  if (link === shown) return;
  last = link;
  const content = await contentOf(link);
  // The reader may have gone on in the meantime.
  if (last !== link || !content || !link.isConnected) return;
  close();
  box ??= makeBox();
  box.replaceChildren(content);
  link.removeAttribute("title"); // else the browser would show a second box
  link.setAttribute("aria-describedby", box.id);
  box.hidden = false;
  shown = link;
  put(link);
}

function close() {
  last = undefined;
  if (!shown) return;
  shown.removeAttribute("aria-describedby");
  box.hidden = true;
  shown = undefined;
}

function makeBox() {
  const made = element("div", { className: "dl-preview", id: "dl-preview", hidden: true });
  made.setAttribute("role", "tooltip");
  document.querySelector("main").append(made);
  return made;
}

/** Below the link, or above it where there is no room; never wider than the window. */
function put(link) {
  const line = [...link.getClientRects()].at(-1) ?? link.getBoundingClientRect();
  const { width, height } = box.getBoundingClientRect();
  const frame = box.offsetParent ?? document.documentElement;
  const edges = frame.getBoundingClientRect();
  const room = document.documentElement.clientWidth;
  const left = Math.max(8, Math.min(line.left, room - width - 8));
  const above = line.bottom + height + 8 > innerHeight && line.top > height + 8;
  const top = above ? line.top - height - 4 : line.bottom + 4;
  box.style.left = `${left - edges.left + frame.scrollLeft}px`;
  box.style.top = `${top - edges.top + frame.scrollTop}px`;
}

async function contentOf(link) {
  const url = new URL(link.href);
  if (!ANCHOR.test(url.hash)) return undefined;
  const anchor = decodeURIComponent(url.hash.slice(1));
  if (url.pathname === location.pathname) return here(document.getElementById(anchor));
  if (!url.pathname.startsWith(root.pathname)) return undefined;
  const page = decodeURIComponent(url.pathname.slice(root.pathname.length)).replace(/\.html$/, "");
  const html = (await load(page))?.[anchor];
  if (!html) return undefined;
  const { content } = element("template", { innerHTML: html });
  for (const picture of content.querySelectorAll("img")) {
    picture.src = new URL(picture.getAttribute("src"), root);
  }
  return content;
}

/** A copy of a place in this page. */
function here(place) {
  if (!place) return undefined;
  const parts = document.createDocumentFragment();
  if (place.matches("dt")) {
    const title = element("p", { className: "dl-preview-title" });
    title.append(...place.cloneNode(true).childNodes);
    let meaning = place.nextElementSibling;
    while (meaning?.matches("dt")) meaning = meaning.nextElementSibling;
    parts.append(title, ...(meaning?.cloneNode(true).childNodes ?? []));
  } else if (place.matches("figure, .math, .citation")) {
    parts.append(place.cloneNode(true));
  } else return undefined;
  for (const control of parts.querySelectorAll(CONTROLS)) control.remove();
  for (const link of parts.querySelectorAll("a")) link.replaceWith(...link.childNodes);
  for (const node of parts.querySelectorAll("*")) {
    for (const hook of ["id", "tabindex", "role", "aria-label"]) node.removeAttribute(hook);
  }
  return parts;
}

const loading = {};

/** Load what another page's anchors show: a script, because a file may load nothing else. */
function load(page) {
  loading[page] ??= new Promise((resolve) => {
    const src = new URL(`_static/comforts/previews/${page.replaceAll("/", ".")}.js`, root);
    const script = element("script", { src });
    script.addEventListener("load", () => resolve(self.dlPreviews?.[page]));
    script.addEventListener("error", () => resolve(undefined));
    document.head.append(script);
  });
  return loading[page];
}
