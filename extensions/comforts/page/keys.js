// Keys for what is done often, a dialog that lists them, and a way to turn them off.

import { element, keep, kept, root } from "./page.js";
import { forgetRead } from "./progress.js";

const NAME = "keys";

const click = (selector) => () => document.querySelector(selector)?.click();
const go = (href) => href && location.assign(href);
const neighbour = (rel) => () => go(document.querySelector(`link[rel="${rel}"]`)?.href);
const page = (path) => () => go(new URL(path, root));

function search() {
  document.dispatchEvent(new Event("dl:search"));
  click(".search-button__button")();
}

const KEYS = [
  ["?", "Show this list", help],
  ["/", "Search, as Ctrl+K does", search],
  ["n", "Next page", neighbour("next")],
  ["p", "Previous page", neighbour("prev")],
  ["t", "Colours: light, dark, or as your system has it", click(".theme-switch-button")],
  ["m", "Show or hide the table of contents", click(".primary-toggle")],
  ["g h", "Go to the front page", page("index.html")],
  ["g g", "Go to the glossary", page("book/back/glossary.html")],
  ["g c", "Go to the claims", page("book/back/claims.html")],
];

const LIVE_KEYS = [
  ["Shift+Enter", "Run the cell that you edit"],
  ["Escape", "Leave the editor"],
];

let on = kept(NAME) !== "off";
const isTyping = (node) =>
  Boolean(node?.closest?.("input, textarea, select, [contenteditable], .cm-editor, dialog"));

let first = "";
let timer;

export function listen() {
  document.querySelector(".dl-keys-button")?.addEventListener("click", help);
  document.addEventListener("keydown", (event) => {
    const { key } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
    if (event.defaultPrevented || key.length > 1 || isTyping(event.target) || off()) return;
    const pressed = first + key;
    first = "";
    clearTimeout(timer);
    const found = KEYS.find(([keys]) => keys === pressed);
    if (found) {
      event.preventDefault();
      found[2]();
    } else if (KEYS.some(([keys]) => keys.startsWith(`${pressed} `))) {
      first = `${pressed} `;
      timer = setTimeout(() => (first = ""), 1500);
    }
  });
}

/** Whether letters do nothing now: turned off, or something lies over the page. */
const off = () => !on || Boolean(document.querySelector("dialog[open]"));

let dialog;

function help() {
  dialog ??= makeDialog();
  dialog.showModal();
}

function list(keys) {
  const rows = keys.flatMap(([names, does]) => [
    element("dt", {}, ...names.split(" ").flatMap((name) => [element("kbd", {}, name), " "])),
    element("dd", {}, does),
  ]);
  return element("dl", { className: "dl-keys" }, ...rows);
}

function makeDialog() {
  const title = element("h2", { id: "dl-keys-title" }, "Keyboard shortcuts");
  const box = element("input", { type: "checkbox", checked: on, autocomplete: "off" });
  const forget = element("button", { type: "button" }, "Forget which pages I have read");
  const done = element("p", { className: "dl-keys-done" });
  done.setAttribute("role", "status");
  box.addEventListener("change", () => {
    on = box.checked;
    const lasts = keep(NAME, on ? null : "off");
    done.textContent = `The keys are ${on ? "on" : "off"}${lasts ? "" : " on this page; your browser keeps nothing for it"}.`;
  });
  forget.addEventListener("click", () => {
    forgetRead();
    done.textContent = "Forgotten. Nothing of it ever left this browser.";
  });
  const close = element("button", { type: "button", autofocus: true }, "Close");
  const made = element("dialog", { className: "dl-dialog" }, title, list(KEYS));
  close.addEventListener("click", () => made.close());
  if (document.querySelector("[data-live-cell]")) {
    made.append(element("h3", {}, "In a cell that you edit"), list(LIVE_KEYS));
  }
  const choice = element("label", {}, box, " Use the single keys above (Ctrl+K always works)");
  made.append(element("p", {}, choice), element("p", {}, forget), done, close);
  made.setAttribute("aria-labelledby", title.id);
  document.body.append(made);
  return made;
}
