// What needs the reader's hand: previews of links, buttons that copy, keys, marks of pages read.

import { addCopyButtons, copyAnchors } from "./copy.js";
import { listen } from "./keys.js";
import { watchLinks } from "./previews.js";
import { markRead } from "./progress.js";

addCopyButtons();
copyAnchors();
listen();
watchLinks();
markRead();
