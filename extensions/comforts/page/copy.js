// Copies: of code without prompts, and of links to a place in the page.

import { element, say } from "./page.js";

const PROMPT = /^(>>>|\.\.\.|\$)( |$)/;

/** The code of an example, without prompts and without what it prints. */
export function withoutPrompts(text) {
  const lines = text.replace(/\n+$/, "").split("\n");
  if (!lines.some((line) => /^(>>>|\$) /.test(line))) return lines.join("\n");
  return lines
    .filter((line) => PROMPT.test(line))
    .map((line) => line.replace(PROMPT, ""))
    .join("\n");
}

/** Copy a text: by the browser's clipboard, or else the old way, which needs no permission. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const focused = document.activeElement;
    const area = element("textarea", { value: text, className: "dl-unseen", readOnly: true });
    document.body.append(area);
    area.select();
    let done = false;
    try {
      done = document.execCommand("copy");
    } catch {
      // said below
    }
    area.remove();
    focused?.focus();
    return done;
  }
}

function select(node) {
  getSelection().selectAllChildren(node);
}

export function addCopyButtons() {
  for (const pre of document.querySelectorAll("div.highlight pre")) {
    const button = element("button", { type: "button", className: "copybtn dl-copy" }, "Copy");
    const cell = pre.closest("[data-live-cell]")?.dataset.liveCell;
    const form = pre.getAttribute("aria-label");
    button.setAttribute("aria-label", `Copy${cell ? `, cell ${cell}` : form ? `, ${form}` : ""}`);
    button.addEventListener("click", async () => {
      if (await copy(withoutPrompts(pre.textContent))) {
        say("Copied");
      } else {
        select(pre);
        say("This browser does not let the page copy. The code is selected: press Ctrl+C.");
      }
    });
    pre.parentElement.append(button);
  }
}

export function copyAnchors() {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a.headerlink");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (await copy(link.href)) say("Link copied");
  });
}
