/** Paper is white: a dark page is printed in the colours of a light one. */
{
  const { dataset } = document.documentElement;
  let shown; // the colours on the screen, while those for paper are in use
  const put = (paper) => {
    if (paper && shown === undefined) {
      shown = dataset.theme;
      dataset.theme = "light";
    } else if (!paper && shown !== undefined) {
      dataset.theme = shown;
      shown = undefined;
    }
  };
  addEventListener("beforeprint", () => put(true));
  addEventListener("afterprint", () => put(false));
  matchMedia("print").addEventListener("change", ({ matches }) => put(matches));
}
