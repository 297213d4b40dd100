/** What a reader changed: kept in this browser for each page and cell, or carried by a link. */

import { base } from "./site.js";

const prefix = `live-cells ${new URL(base).pathname}`;
const key = ({ page, number }) => `${prefix} ${page.name} ${number}`;

/** The edit of a cell, as {book, code}, with the book's code of then; null if there is none. */
export function kept(cell) {
  try {
    return JSON.parse(localStorage.getItem(key(cell)));
  } catch {
    return null; // storage is refused, or was written by something else
  }
}

/** Keep an edit; false where the browser refuses to. */
export function keep(cell, edit) {
  try {
    localStorage.setItem(key(cell), JSON.stringify(edit));
    return true;
  } catch {
    return false;
  }
}

export function drop(cell) {
  try {
    localStorage.removeItem(key(cell));
  } catch {
    // storage is refused, so there is nothing to drop
  }
}

/** A link to this page that carries a cell's code, in characters that any program leaves alone. */
export function linkTo(number, code) {
  const bytes = String.fromCodePoint(...new TextEncoder().encode(code));
  const text = btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${location.origin}${location.pathname}#live-${number}-${text}`;
}

/** Whether the page's address carries code. */
export const hasLink = () => location.hash.startsWith("#live-");

/** The code that the page's address carries, as {cell, code}; undefined if there is none. */
export function linked() {
  const [, cell, text] = /^#live-(\d+)-([\w-]+)$/.exec(location.hash) ?? [];
  if (!text) return undefined;
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const code = new TextDecoder("utf-8", { fatal: true });
  return { cell: Number(cell), code: code.decode(Uint8Array.from(bytes, (c) => c.codePointAt(0))) };
}

/** Take the code out of the address, once the reader has gone on from it. */
export function forgetLink() {
  history.replaceState(history.state, "", location.pathname + location.search);
}
