/** The few things that page and cells both do to the document. */

/** Make an element: its properties, its children. */
export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** Whether a button reacts; unlike a disabled one, it keeps the keyboard's focus. */
export function enable(button, on) {
  if (on) button.removeAttribute("aria-disabled");
  else button.setAttribute("aria-disabled", "true");
}

/** The buttons within an element, by their action. */
export function buttonsOf(node) {
  const found = {};
  for (const button of node.querySelectorAll("[data-live-action]")) {
    found[button.dataset.liveAction] = button;
  }
  return found;
}

/** Do what a clicked button says. */
export function listen(node, actions) {
  node.addEventListener("click", ({ target, detail }) => {
    const button = target.closest("[data-live-action]");
    // The second click of a double one may hit what has just come under the hand.
    if (!button || button.hasAttribute("aria-disabled") || detail > 1) return;
    actions[button.dataset.liveAction]();
  });
}

/** A time with two digits, as far as they matter. */
export function seconds(ms) {
  const digits = ms < 995 ? 2 : ms < 9950 ? 1 : 0;
  return `${Math.max(ms / 1000, 0.01).toFixed(digits)} s`;
}

export function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
