// Asks the search without a browser: `node search_in_node.mjs <index.js>`, questions as JSON on
// standard input, what is found for each on standard output.
import { readFileSync } from "node:fs";
import { Engine } from "../../extensions/search/page/engine.js";

const [index] = process.argv.slice(2);
const script = readFileSync(index, "utf8");
const engine = new Engine(JSON.parse(script.slice(script.indexOf("=") + 1)));
const answers = JSON.parse(readFileSync(0, "utf8")).map((question) =>
  engine.find(question).hits.map(({ page, kind, title, anchor }) => [page.url, kind, title, anchor]),
);
process.stdout.write(JSON.stringify(answers));
