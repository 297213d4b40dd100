/** Marks, in the contents beside a page, the section that is being read. */

const entries = new Map();
for (const link of document.querySelectorAll('.page-toc a[href^="#"]')) {
  const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (section) entries.set(section, link);
}
const inSight = new Set();

function mark() {
  const read = [...entries.keys()].findLast((section) => inSight.has(section));
  for (const [section, link] of entries) {
    link.classList.toggle("active", section === read);
    link.parentElement.classList.toggle("active", Boolean(read && section.contains(read)));
  }
}

// What reaches into the uppermost fifth of the window.
const observer = new IntersectionObserver(
  (changes) => {
    for (const { target, isIntersecting } of changes)
      inSight[isIntersecting ? "add" : "delete"](target);
    mark();
  },
  { rootMargin: "0px 0px -80%" },
);
for (const section of entries.keys()) observer.observe(section);
