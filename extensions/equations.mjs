// Renders formulas with KaTeX for equations.py: one JSON request a line in, one JSON answer a line out.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { default: katex } = await import(pathToFileURL(process.argv[2]));

const settings = {
  strict: "error", // what LaTeX itself would not take
  trust({ command }) {
    throw new katex.ParseError(`${command} is not allowed on a page`);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { text, ...wanted } = JSON.parse(line);
  let answer;
  try {
    answer = { html: katex.renderToString(text, { ...settings, ...wanted }) };
  } catch (error) {
    // KaTeX underlines the place by a combining character, which few terminals show.
    answer = { error: error.message.replace(/^KaTeX parse error: |\u0332/g, "") };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
