/** What is too wide scrolls in a box of its own. Keys reach such a box where it scrolls, and pass
    it by where all of it is seen; nothing else of the page is a stop. */
{
  const NAMES = {
    ".equation": "Equation",
    ".pst-scrollable-table-container": "Table",
    ".cell_output .text_html": "Output",
    ".cell_output pre": "Output",
    ".cell_output > .output": "Output",
    pre: "Code",
  };
  const article = document.querySelector("article");
  const boxes = Object.keys(NAMES).join();

  const scrolls = (box) => {
    if (box.scrollWidth <= box.clientWidth + 1 && box.scrollHeight <= box.clientHeight + 1)
      return false;
    const { overflowX, overflowY } = getComputedStyle(box);
    return (
      (box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(overflowX)) ||
      (box.scrollHeight > box.clientHeight + 1 && /auto|scroll/.test(overflowY))
    );
  };

  function note(box) {
    if (!scrolls(box)) {
      box.removeAttribute("tabindex");
      if (box.matches(".equation")) return;
      box.removeAttribute("role");
      box.removeAttribute("aria-label");
      return;
    }
    box.tabIndex = 0;
    if (box.hasAttribute("aria-label")) return;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", NAMES[Object.keys(NAMES).find((name) => box.matches(name))]);
  }

  // An observer tells sizes when they are known anyway: nothing is laid out twice for it.
  const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => note(target)));
  const watch = (root) => root.querySelectorAll(boxes).forEach((box) => sizes.observe(box));
  if (article) {
    watch(article);
    // A live cell exchanges its output.
    const outputs = new MutationObserver((changes) => {
      for (const place of new Set(changes.map(({ target }) => target.closest?.(".cell_output"))))
        if (place) watch(place);
    });
    for (const place of article.querySelectorAll(".cell_output"))
      outputs.observe(place, { childList: true, subtree: true });
  }
}
