/** How texts and questions become words: the same rules for the index and for what readers type. */

const GREEK = {
  α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "epsilon", η: "eta", θ: "theta",
  κ: "kappa", λ: "lambda", μ: "mu", ν: "nu", π: "pi", ρ: "rho", σ: "sigma", τ: "tau",
  φ: "phi", χ: "chi", ψ: "psi", ω: "omega",
};

/** A path of names such as `dlbook.optimizers.Adam`, a number, or a word with its hyphens. */
const CHUNK = /[\p{L}\p{N}_]+(?:[.'-][\p{L}\p{N}_]+)*/gu;

const NUMBER = /^[\d.]+$/;

/** Words that are in every text and tell nothing. */
const EMPTY = new Set(
  ("a an and are as at be been but by can do does for from had has have how i if in into is it its of " +
    "on one or so such than that the their them then there these they this those to was we what when " +
    "where which who why will with would you your").split(" "),
);

/** Without case, accents, curly quotes and raised or lowered digits; Greek letters by their names. */
export function fold(text) {
  return text
    .replace(/[‘’]/g, "'")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/ς/g, "σ")
    .replace(/[α-ω]/g, (letter) => GREEK[letter] ?? letter);
}

/** All words by which a text is found: whole names, their ends, and their parts. */
export function wordsOf(text) {
  const words = [];
  for (const [chunk] of text.matchAll(CHUNK)) {
    for (const word of variants(chunk)) if (!isEmpty(word)) words.push(word);
  }
  return words;
}

function variants(chunk) {
  if (NUMBER.test(chunk)) return new Set([chunk]);
  const found = new Set();
  const names = chunk.replace(/['’]s$/, "").split(".");
  names.forEach((name, k) => {
    found.add(fold(names.slice(k).join(".")));
    const parts = name.split(/[-_'’]+/).filter(Boolean);
    if (parts.length > 1) {
      found.add(fold(name));
      found.add(fold(parts.join("")));
    }
    for (const part of parts) {
      found.add(fold(part));
      const humps = part.split(/(?<=[a-z\d])(?=[A-Z][a-z])/);
      if (humps.length > 1) for (const hump of humps) found.add(fold(hump));
    }
  });
  return found;
}

/** The words of a question, each as it may stand in a text. */
export function asked(question) {
  const words = [];
  for (const [chunk] of fold(question).replaceAll("-", " ").matchAll(CHUNK)) words.push(chunk.replace(/'s$/, ""));
  const telling = words.filter((word) => !isEmpty(word));
  return telling.length ? telling : words;
}

/** Whether a word is left out of the index. */
export function isEmpty(word) {
  return EMPTY.has(word);
}
