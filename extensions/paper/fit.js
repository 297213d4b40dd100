// In the page that is printed: make what is wider than the text block smaller, and say what is
// still too wide then. Returns both, as sentences and scales.
(least) => {
  const body = document.body.getBoundingClientRect();
  const parts = { "div.math": ".katex-html > span", p: ".katex-html, code", dt: "code, .sig-name" };
  const edge = (block) => {
    const kind = Object.keys(parts).find((kind) => block.matches(kind));
    const boxes = kind ? [...block.querySelectorAll(parts[kind])] : [block];
    const edges = boxes.map((box) => box.getBoundingClientRect().right);
    if (!kind) edges.push(block.getBoundingClientRect().left + block.scrollWidth);
    return Math.max(0, ...edges);
  };
  const shrunk = [], wide = [];
  for (const block of document.querySelectorAll("pre, table, div.math, p, dt, figure, img")) {
    const number = block.querySelector(":scope > .eqno");
    const limit = number ? number.getBoundingClientRect().left - 4 : body.right + 0.5;
    if (edge(block) <= limit) continue;
    const text = block.textContent.replace(/\s+/g, " ").slice(0, 60);
    const place = `${block.closest("section.page")?.id}, ${block.tagName}: ${text}`;
    let scale = 1;
    if (block.matches("table, div.math")) {
      const size = parseFloat(getComputedStyle(block).fontSize);
      while (scale > least && edge(block) > limit) {
        scale -= 0.03;
        block.style.fontSize = `${size * scale}px`;
      }
      shrunk.push([place, scale]);
    }
    if (edge(block) > limit) wide.push(place);
  }
  return { shrunk, wide };
}
