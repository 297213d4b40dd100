/** A field with its list of results: a combobox as the ARIA practices describe it. */

import { excerpt, marked } from "./excerpts.js";

const MOST_PAGES = 10;
const MOST_A_PAGE = 4;
/** Milliseconds without a key before texts are loaded. */
const PAUSE = 100;
const KINDS = { api: "reference", member: "reference", term: "glossary", claim: "claim" };

let lists = 0;

function element(name, settings = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(settings)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Pieces of text, those that were looked for in a `mark`; never markup. */
function shown(pieces) {
  return pieces.map(([text, hit]) => (hit ? element("mark", {}, text) : text));
}

const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

export class View {
  constructor(form, root, engine, texts) {
    Object.assign(this, { form, root, engine, texts, options: [], active: -1 });
    this.input = form.elements.q;
    this.status = form.parentElement.querySelector(".dl-search-status");
    this.dialog = form.closest("dialog");
    const id = `dl-search-list-${++lists}`;
    this.list = element("div", { id, class: "dl-search-list", role: "listbox", "aria-label": "Results" });
    this.help = element("div", { class: "dl-search-help" });
    this.status.after(this.list, this.help);
    const settings = { role: "combobox", "aria-autocomplete": "list", "aria-controls": id };
    for (const [key, value] of Object.entries(settings)) this.input.setAttribute(key, value);
    this.input.addEventListener("input", () => this.update());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.list.addEventListener("click", (event) => this.leave(event.target.closest("a")));
    this.update();
  }

  update() {
    const question = this.input.value.trim();
    const { hits, guessed } = this.engine.find(question);
    this.show(this.grouped(hits));
    this.say(question, hits, guessed);
  }

  /** Links carry the words to scroll to only now: scripts that look at links stumble over them. */
  leave(option) {
    if (option?.dataset.words) option.hash = option.dataset.words;
    this.dialog?.close();
  }

  /** The best sections of the best pages. */
  grouped(hits) {
    const groups = new Map();
    for (const hit of hits) {
      const group = groups.get(hit.page) ?? [];
      groups.set(hit.page, group);
      if (group.length < MOST_A_PAGE) group.push(hit);
    }
    return [...groups].slice(0, MOST_PAGES);
  }

  show(groups) {
    this.options = [];
    this.active = -1;
    this.excerpts = [];
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.excerpts.forEach((fill) => fill()), PAUSE);
    const made = groups.map(([page, hits], k) => {
      const id = `${this.list.id}-${k}`;
      const where = [page.chapter, page.title].filter(Boolean).join(" › ");
      const heading = element("div", { id, class: "dl-search-group", role: "presentation" }, where);
      const options = hits.map((hit) => this.option(hit));
      return element("div", { role: "group", "aria-labelledby": id }, heading, ...options);
    });
    this.list.replaceChildren(...made);
    this.list.hidden = !made.length;
    this.list.scrollTop = 0;
    this.input.setAttribute("aria-expanded", String(made.length > 0));
    this.activate(made.length ? 0 : -1);
  }

  option(hit) {
    const { page, anchor, path, title, kind, words } = hit;
    const address = this.root + page.url;
    const name = element("span", { class: "dl-search-title" });
    if (kind === "api" || kind === "member") name.classList.add("dl-search-code");
    name.append(...path.map((part) => `${part} › `), ...shown(marked(title, words)));
    const piece = element("span", { class: "dl-search-excerpt" });
    const id = `${this.list.id}-option-${this.options.length}`;
    const settings = { id, role: "option", class: "dl-search-option", tabindex: "-1" };
    const option = element("a", { ...settings, "aria-selected": "false" }, name);
    if (KINDS[kind]) name.after(" ", element("span", { class: "dl-search-kind" }, KINDS[kind]));
    option.href = anchor ? `${address}#${anchor}` : address;
    if (kind !== "claim") {
      option.append(" ", piece);
      this.excerpts.push(() => this.fill(hit, option, piece));
    }
    this.options.push(option);
    return option;
  }

  /** Put in where the words stand, once the text is there. */
  async fill({ page, anchor, number, words }, option, piece) {
    const [text, code] = (await this.texts.of(page.number, number)) ?? ["", ""];
    const found = excerpt(text, code, words);
    piece.classList.toggle("dl-search-code", found.code);
    piece.replaceChildren(...shown(found.pieces));
    if (found.link) option.dataset.words = `#${anchor}${found.link}`;
  }

  say(question, hits, guessed) {
    this.help.replaceChildren();
    if (!question || (question.length < 2 && !hits.length)) {
      this.status.textContent = "";
      const example = (text) => element("kbd", {}, text);
      this.help.append(
        element("p", {}, "Type beginnings of words, in any order, or names from the code: ",
          example("mom"), ", ", example("dead relu"), ", ", example("learning_rate"), "."),
        element("p", {}, example("↑"), " ", example("↓"), " choose, ", example("Enter"), " opens",
          ...(this.dialog ? [", ", example("Esc"), " closes."] : ["."])),
      );
    } else if (hits.length) {
      const pages = new Set(hits.map((hit) => hit.page)).size;
      const near = guessed.length ? `Nothing has “${guessed.join("”, “")}”; this is close. ` : "";
      this.status.textContent = `${near}${count(hits.length, "result")} on ${count(pages, "page")}`;
    } else {
      this.status.textContent = `Nothing found for “${question}”.`;
      const link = (text, page) => element("a", { href: this.root + page }, text);
      this.help.append(
        element("p", {}, "Try fewer letters or another word, or look through the ",
          link("glossary", "book/back/glossary.html"), " or the ", link("index", "genindex.html"), "."),
      );
    }
  }

  activate(number) {
    this.options[this.active]?.setAttribute("aria-selected", "false");
    this.active = number;
    const option = this.options[number];
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", option.id);
    if (number) option.scrollIntoView({ block: "nearest" });
    else this.list.scrollTop = 0;
  }

  pressed(event) {
    const last = this.options.length - 1;
    if (event.isComposing || event.altKey) return;
    if (event.key === "ArrowDown") this.activate(this.active < last ? this.active + 1 : 0);
    else if (event.key === "ArrowUp") this.activate(this.active > 0 ? this.active - 1 : last);
    else if (event.key === "Enter") this.options[this.active]?.click();
    else return;
    event.preventDefault();
  }
}
