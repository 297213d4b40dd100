/** Finds sections: every word by its start, then any of the words; misspelt words by likeness. */

import MiniSearch from "minisearch";
import { unpack } from "./postings.js";
import { asked, fold, wordsOf } from "./words.js";

export const OPTIONS = {
  fields: ["title", "names", "page", "text", "code"],
  storeFields: [],
  tokenize: wordsOf,
  processTerm: (word) => word,
};

/** A heading weighs more than a sentence, and a sentence more than a line of code. */
const BOOST = { title: 6, names: 3, page: 2, text: 1, code: 0.5 };
const KINDS = { page: 2, term: 1.4, reference: 1.2, api: 0.9, section: 1, member: 0.4, claim: 0.6 };
/** A heading that is the question, or has it in one piece, is what was meant. */
const SAME = 2;
const WITHIN = 1.3;

/** Other words for the same thing, which readers bring along and pages do not use. */
const ALSO = {
  xavier: ["glorot"],
  kaiming: ["he"],
  lr: ["learning_rate"],
  sgd: ["descent"],
  ridge: ["l2"],
  tikhonov: ["l2"],
  lasso: ["l1"],
};

export class Engine {
  constructor({ pages, sections, index }) {
    this.mini = MiniSearch.loadJS(unpack(index), OPTIONS);
    this.pages = pages.map(([url, title, chapter], number) => ({ number, url, title, chapter }));
    const counts = this.pages.map(() => 0);
    this.sections = sections.map(([page, kind, title, anchor, path]) => ({
      page: this.pages[page],
      number: counts[page]++,
      kind,
      title,
      anchor,
      path,
    }));
    this.settings = {
      boost: BOOST,
      tokenize: (text) => [text],
      prefix: (word) => word.length > 1,
      weights: { prefix: 0.6, fuzzy: 0.3 },
      boostDocument: (id) => KINDS[this.sections[id].kind],
    };
  }

  /** The sections for a question, best first; `guessed` are words that are in no text. */
  find(question) {
    const guessed = [];
    const words = asked(question);
    const choices = words.map((word) => {
      const queries = [word, ...(ALSO[word] ?? [])];
      // The name in the code, and the words of the text for it.
      const name = word.split("_").filter(Boolean);
      if (name.length > 1) queries.push({ queries: name, combineWith: "AND" });
      if (/[^su]s$/.test(word) && word.length > 3) queries.push(word.slice(0, -1));
      const part = { queries, combineWith: "OR" };
      if (this.search([part]).length) return part;
      guessed.push(word);
      const like = { ...part, prefix: false, fuzzy: word.length > 3 && 0.25 };
      return this.search([like]).length && like;
    });
    const parts = choices.filter(Boolean); // a word that nothing is like says nothing
    let found = this.search(parts);
    if (!found.length && parts.length > 1) found = this.search(parts, "OR");
    const said = words.map((word) => ALSO[word]?.[0] ?? word).join(" ");
    const hits = found.map(({ id, score, terms }) => {
      const section = this.sections[id];
      return { ...section, score: score * likeness(section.title, said), words: terms };
    });
    hits.sort((a, b) => b.score - a.score);
    return { hits, guessed: hits.length ? guessed : [] };
  }

  search(queries, combineWith = "AND") {
    return queries.length ? this.mini.search({ queries, combineWith }, this.settings) : [];
  }
}

function likeness(title, said) {
  const heading = fold(title).replaceAll("-", " ");
  if (heading === said || heading.endsWith(`.${said}`)) return SAME;
  return ` ${heading}`.includes(` ${said}`) ? WITHIN : 1;
}
