// What all parts share: making elements, keeping settings, speaking to the reader.

/** The address of the site's root, from any page, with a slash at the end. */
export const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href);

export function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// Several copies of the book may share a browser's storage: each has names of its own.
const named = (name) => `dl:${root.pathname}:${name}`;

/** What was kept under a name; nothing where the browser keeps nothing. */
export function kept(name) {
  try {
    return localStorage.getItem(named(name));
  } catch {
    return null;
  }
}

/** Keep a text, or forget it when there is none; returns whether that was possible. */
export function keep(name, text) {
  try {
    if (text === null) localStorage.removeItem(named(name));
    else localStorage.setItem(named(name), text);
    return true;
  } catch {
    return false;
  }
}

let place, timer;

/** Say something short, to see at the lower edge and to hear. */
export function say(text) {
  if (!place) {
    place = element("div", { className: "dl-said" });
    place.setAttribute("role", "status");
    (document.querySelector("main") ?? document.body).append(place);
  }
  clearTimeout(timer);
  // Emptied first: the same words once more are announced once more.
  place.textContent = "";
  setTimeout(() => (place.textContent = text), 30);
  timer = setTimeout(() => (place.textContent = ""), 4000);
}
