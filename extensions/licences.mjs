/** The licences of bundled packages, which ask to go with them. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Their texts, from esbuild's descriptions of bundles; `more` stands at the end. */
export function licences(metafiles, ...more) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const packages = new Set(
    inputs.map((path) => path.match(/^.*node_modules\/(@[^/]+\/)?[^/]+/)?.[0]).filter(Boolean),
  );
  const texts = [...packages].sort().map((path) => {
    const name = readdirSync(path).find((file) => /^licen[cs]e/i.test(file));
    const { name: title, version } = JSON.parse(readFileSync(join(path, "package.json")));
    return `${title} ${version}\n\n${readFileSync(join(path, name), "utf8")}`;
  });
  return [...texts, ...more].join(`\n${"-".repeat(78)}\n\n`);
}
