/** Loaded when the search is opened: finds, shows, and listens to keys. */

import { Engine } from "./engine.js";
import { Texts } from "./texts.js";
import { View } from "./view.js";

let engine;
let texts;

window.dlSearch = {
  start(form, root) {
    engine ??= new Engine(window.dlSearchIndex);
    texts ??= new Texts(`${root}_static/search/text/`);
    new View(form, root, engine, texts);
  },
  /** Called by the script with the texts of a page. */
  told: (page, sections) => texts.told(page, sections),
  /** For tests, and for curious readers. */
  find: (question) => engine.find(question),
};
