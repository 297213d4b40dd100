/** Make the index: `node index.mjs <folder>`, what the pages say on standard input. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import MiniSearch from "minisearch";
import { OPTIONS } from "./page/engine.js";
import { pack } from "./page/postings.js";

/** How much of `dlbook.optimizers.Adam.update` is its name, and not the way there. */
const NAME = { api: -1, member: -1 };

const [folder] = process.argv.slice(2);
const pages = JSON.parse(readFileSync(0, "utf8"));
const mini = new MiniSearch(OPTIONS);
const sections = [];

mkdirSync(join(folder, "text"), { recursive: true });
pages.forEach(({ title: page, chapter, records }, number) => {
  for (const { kind, title, anchor, path, names, text, code } of records) {
    // A page is found by its chapter too, a section by its page.
    const above = kind === "page" ? chapter : page;
    const heading = title.split(".").slice(NAME[kind] ?? 0).join(".");
    const others = [...names, ...(kind in NAME ? [title] : [])].join(" ");
    mini.add({ id: sections.length, title: heading, names: others, page: above, text, code });
    const reference = kind === "page" && records.some((record) => record.kind === "api");
    sections.push([number, reference ? "reference" : kind, title, anchor, path]);
  }
  const texts = records.map(({ text, code }) => [text, code]);
  const script = `dlSearch.told(${number},${JSON.stringify(texts)})\n`;
  writeFileSync(join(folder, "text", `${number}.js`), script);
});

const known = pages.map(({ url, title, chapter }) => [url, title, chapter]);
const index = pack(JSON.parse(JSON.stringify(mini)));
const script = `dlSearchIndex=${JSON.stringify({ pages: known, sections, index })}\n`;
writeFileSync(join(folder, "index.js"), script);
