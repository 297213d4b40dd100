/** An index of MiniSearch in a quarter of its size: sorted words, and the steps between sections. */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Numbers as text: five bits a character, of which the last has the sixth bit set. */
function write(numbers) {
  let text = "";
  for (let number of numbers) {
    for (; number > 31; number >>= 5) text += DIGITS[number & 31];
    text += DIGITS[number | 32];
  }
  return text;
}

function read(text) {
  const values = new Uint8Array(128);
  for (let k = 0; k < 64; k++) values[DIGITS.charCodeAt(k)] = k;
  const numbers = [];
  let number = 0;
  let shift = 0;
  for (let k = 0; k < text.length; k++) {
    const digit = values[text.charCodeAt(k)];
    number |= (digit & 31) << shift;
    shift += 5;
    if (digit > 31) {
      numbers.push(number);
      number = shift = 0;
    }
  }
  return numbers;
}

/** What `JSON.stringify` makes of a MiniSearch whose documents are numbered from 0. */
export function pack({ index, fieldIds, fieldLength, averageFieldLength, documentCount }) {
  const entries = index.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const fields = Object.values(fieldIds);
  const streams = fields.map((field) => {
    const numbers = [];
    for (const [, found] of entries) {
      const sections = Object.entries(found[field] ?? {}).sort(([a], [b]) => a - b);
      numbers.push(sections.length);
      let last = -1;
      for (const [section, times] of sections) {
        numbers.push((section - last - 1) * 2 + (times > 1));
        if (times > 1) numbers.push(times - 2);
        last = Number(section);
      }
    }
    return write(numbers);
  });
  let before = "";
  const words = entries.map(([word]) => {
    let shared = 0;
    while (shared < 35 && shared < word.length && word[shared] === before[shared]) shared++;
    before = word;
    return shared.toString(36) + word.slice(shared);
  });
  const lengths = fields.map((field) =>
    write(Array.from({ length: documentCount }, (_, k) => fieldLength[k][field] ?? 0)),
  );
  return { fields: Object.keys(fieldIds), words: words.join(" "), streams, lengths, averageFieldLength };
}

/** What `MiniSearch.loadJS` takes. */
export function unpack({ fields, words, streams, lengths, averageFieldLength }) {
  const postings = streams.map(read);
  const places = postings.map(() => 0);
  let before = "";
  const index = words.split(" ").map((entry) => {
    const word = before.slice(0, parseInt(entry[0], 36)) + entry.slice(1);
    before = word;
    const found = {};
    postings.forEach((numbers, field) => {
      const count = numbers[places[field]++];
      if (!count) return;
      const sections = (found[field] = {});
      let section = -1;
      for (let k = 0; k < count; k++) {
        const step = numbers[places[field]++];
        section += (step >> 1) + 1;
        sections[section] = step & 1 ? numbers[places[field]++] + 2 : 1;
      }
    });
    return [word, found];
  });
  const columns = lengths.map((text) => read(text));
  const documentCount = columns[0].length;
  const numbers = Array.from({ length: documentCount }, (_, k) => [k, k]);
  return {
    index,
    documentCount,
    nextId: documentCount,
    documentIds: Object.fromEntries(numbers),
    fieldIds: Object.fromEntries(fields.map((name, k) => [name, k])),
    fieldLength: Object.fromEntries(numbers.map(([k]) => [k, columns.map((column) => column[k])])),
    averageFieldLength,
    storedFields: {},
    dirtCount: 0,
    serializationVersion: 2,
  };
}
