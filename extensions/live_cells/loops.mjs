/** Compile loops.wat, with the twins of its functions for single precision. */

import { readFileSync } from "node:fs";

import makeWabt from "wabt";

const TWINS = /;; begin of what has a twin(.*);; end of what has a twin/s;

/** The same functions for numbers of half the size: of them a vector holds twice as many. */
function single(source) {
  return source
    .replaceAll("(global $size i32 (i32.const 8))", "(global $size i32 (i32.const 4))")
    .replaceAll("(global $width i32 (i32.const 4))", "(global $width i32 (i32.const 8))")
    .replace(/\b(load|store)64_/g, "$132_")
    .replace(/\bf64x2\b/g, "f32x4")
    .replace(/\bf64\b/g, "f32")
    .replace(/\$(?!reserve)\w+/g, "$&_single");
}

/** Returns the bytes of the module. */
export async function compileLoops() {
  const source = readFileSync(new URL("loops.wat", import.meta.url), "utf8");
  const whole = source.replace(TWINS, (all, twins) => all + single(twins));
  const wabt = await makeWabt();
  return wabt.parseWat("loops.wat", whole).toBinary({}).buffer;
}
