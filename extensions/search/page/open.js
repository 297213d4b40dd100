/** On every page: opens the search, and loads it when it is opened. */

const dialog = document.getElementById("pst-search-dialog");
const FORM = ".dl-search-form";

/** The page's own field, on the page of results; elsewhere the dialog's. */
const onPage = document.querySelector(`.dl-search ${FORM}`);

function load(form) {
  const root = new URL(".", form.action).href;
  const script = (name) =>
    new Promise((resolve, reject) => {
      const element = document.createElement("script");
      element.src = `${root}_static/search/${name}`;
      element.onload = resolve;
      element.onerror = () => reject(element.remove());
      document.head.append(element);
    });
  const status = form.parentElement.querySelector(".dl-search-status");
  status.textContent = "The search is being loaded …";
  const needed = [window.dlSearch ?? script("search.js"), window.dlSearchIndex ?? script("index.js")];
  Promise.all(needed).then(
    () => window.dlSearch.start(form, root),
    () => {
      const again = document.createElement("button");
      again.type = "button";
      again.className = "dl-search-again";
      again.textContent = "Try again";
      again.addEventListener("click", () => {
        form.elements.q.focus();
        load(form);
      });
      status.replaceChildren("The search could not be loaded. Are you connected? ", again);
    },
  );
}

/** Give a field the place for what is said about the results. */
function prepare(form) {
  if (form.dataset.search) return;
  form.dataset.search = "loading";
  const status = document.createElement("p");
  status.className = "dl-search-status";
  status.setAttribute("role", "status");
  form.after(status);
  form.addEventListener("submit", (event) => event.preventDefault());
  if (form !== onPage) form.append(closing());
  load(form);
}

/** A button for those without a keyboard. */
function closing() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "dl-search-close";
  button.setAttribute("aria-label", "Close the search");
  button.textContent = "×";
  button.addEventListener("click", () => dialog.close());
  return button;
}

function open() {
  if (onPage) {
    onPage.elements.q.focus();
    onPage.elements.q.select();
    return;
  }
  if (!dialog) return;
  const form = dialog.querySelector(FORM);
  dialog.classList.add("dl-search");
  dialog.setAttribute("aria-label", "Search");
  if (!dialog.open) dialog.showModal();
  form.elements.q.focus();
  form.elements.q.select();
  prepare(form);
}

// The theme's own handlers open its dialog and nothing more: they never hear of these.
document.addEventListener(
  "click",
  (event) => {
    if (!event.target.closest?.(".search-button__button")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    open();
  },
  true,
);
window.addEventListener(
  "keydown",
  (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (!(ctrlKey || metaKey) || altKey || shiftKey || key.toLowerCase() !== "k") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (dialog?.open) dialog.close();
    else open();
  },
  true,
);
document.addEventListener("dl:search", open);
dialog?.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close(); // beside it: all of its own area is covered
});
dialog?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  event.preventDefault(); // which would empty the field
  dialog.close();
});

if (/Mac|iP(hone|ad|od)/.test(navigator.platform)) {
  for (const key of document.querySelectorAll(".search-button__button .kbd-shortcut__modifier")) {
    key.textContent = "⌘";
  }
}

if (onPage) {
  onPage.elements.q.value = new URLSearchParams(location.search).get("q") ?? "";
  // Who comes with a question gets an answer; who comes without has not asked for the index yet.
  if (onPage.elements.q.value) prepare(onPage);
  else onPage.addEventListener("input", () => prepare(onPage), { once: true });
  onPage.elements.q.focus();
}
