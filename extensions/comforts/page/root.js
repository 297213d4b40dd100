// For the page of missing addresses, where nobody told the build under which address it will be:
// the tag of this script that found it knows the root, and all addresses start there from now on.

(() => {
  if (globalThis.dlRoot) return;
  globalThis.dlRoot = new URL("../../", document.currentScript.src).pathname;
  if (dlRoot === "/") return;
  const { documentElement } = document;
  documentElement.dataset.content_root = dlRoot;
  for (const name of ["href", "action", "src"]) {
    for (const node of document.querySelectorAll(`[${name}^="/"]`)) {
      const address = dlRoot + node.getAttribute(name).slice(1);
      if (node.localName !== "script") {
        node.setAttribute(name, address);
      } else {
        // A script that was not found is not asked for again: a new one is.
        const again = document.createElement("script");
        again.src = address;
        again.async = false;
        node.replaceWith(again);
      }
    }
  }
})();
