/** Where in a section the words stand: a piece of its text or of its code, and a link to there. */

import { wordsOf } from "./words.js";

const WORD = /[\p{L}\p{N}_]+(?:[.'’-][\p{L}\p{N}_]+)*/gu;
const LENGTH = 170;
/** Around formulas, whose text is the index's and not the page's. */
const FORMULA = "\u2060";

/** Places in a text that the words of a hit are found by: `[start, end, word]`. */
function places(text, words) {
  const wanted = new Set(words);
  const found = [];
  const met = (word) => wordsOf(word).find((variant) => wanted.has(variant));
  for (const { 0: chunk, index } of text.matchAll(WORD)) {
    if (!met(chunk)) continue;
    // Of a path of names, those that were looked for; all of it, if that was.
    const names = [...chunk.matchAll(/[^.]+/g)].filter(([name]) => met(name));
    if (!names.length) found.push([index, index + chunk.length, met(chunk)]);
    for (const { 0: name, index: at } of names) {
      found.push([index + at, index + at + name.length, met(name)]);
    }
  }
  return found;
}

/** The text as pieces: `[piece, whether it is a word that was looked for]`. */
export function marked(text, words, found = places(text, words), from = 0, to = text.length) {
  const pieces = [];
  let last = from;
  for (const [start, end] of found) {
    if (start < from || end > to) continue;
    if (start > last) pieces.push([text.slice(last, start), false]);
    pieces.push([text.slice(start, end), true]);
    last = end;
  }
  if (last < to) pieces.push([text.slice(last, to), false]);
  return pieces.map(([piece, hit]) => [piece.replaceAll(FORMULA, ""), hit]);
}

/** How many different words stand between two places, and where the best such stretch begins. */
function densest(found, length) {
  let best = [0, undefined];
  found.forEach(([start], k) => {
    const near = found.slice(k).filter(([, end]) => end <= start + length);
    const count = new Set(near.map(([, , word]) => word)).size;
    if (count > best[0]) best = [count, start];
  });
  return best;
}

/** The piece to show of a section: `{ code, pieces, link }`. */
export function excerpt(text, code, words) {
  const inText = places(text, words);
  const inCode = places(code, words);
  const [spoken, start] = densest(inText, LENGTH * 0.7);
  const [coded, line] = densest(inCode, 80);
  if (coded > spoken) {
    const from = code.lastIndexOf("\n", line) + 1;
    const end = code.indexOf("\n", line);
    const to = end < 0 ? code.length : end;
    return { code: true, pieces: marked(code, words, inCode, from, to), link: "" };
  }
  if (start === undefined) return { code: false, pieces: [[head(text), false]], link: "" };
  const from = start < 60 ? 0 : text.indexOf(" ", start - 50) + 1;
  const to = wordEnd(text, from + LENGTH);
  const pieces = marked(text, words, inText, Math.min(from, start), to);
  if (from > 0) pieces.unshift(["… ", false]);
  if (to < text.length) pieces.push([" …", false]);
  return { code: false, pieces, link: phrase(text, start) };
}

function head(text) {
  const to = wordEnd(text, LENGTH);
  return text.slice(0, to).replaceAll(FORMULA, "") + (to < text.length ? " …" : "");
}

function wordEnd(text, at) {
  if (at >= text.length) return text.length;
  const space = text.lastIndexOf(" ", at);
  return space > 0 ? space : at;
}

/** Three to six words of the page from a place on, for the address: browsers scroll to them. */
function phrase(text, start) {
  const formulas = text.slice(0, start).split(FORMULA).length - 1;
  if (formulas % 2) return "";
  const words = text.slice(start, start + 80).split(FORMULA)[0].split(" ").slice(0, 6);
  if (words.length < 4) return "";
  const said = words.slice(0, -1).join(" ").replace(/[^\p{L}\p{N}]+$/u, "");
  return `:~:text=${encodeURIComponent(said).replaceAll("-", "%2D")}`;
}
