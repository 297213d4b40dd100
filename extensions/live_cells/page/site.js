/** Where this site's files lie, and how the later ones are fetched. */

/* global VERSION */

export const base = new URL(".", document.currentScript.src).href;
let failures = 0;

/** Load a module on demand; rejects with a sentence for the reader. */
export async function load(name) {
  // A browser remembers that a module failed to load: another try needs another address.
  const again = failures ? `&again=${failures}` : "";
  try {
    return await import(`${base}${name}.js?v=${VERSION}${again}`);
  } catch {
    failures += 1;
    throw new Error(`Live code is off: this site's file ${name}.js could not be loaded.`);
  }
}
