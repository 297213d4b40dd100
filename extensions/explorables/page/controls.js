/** The controls that the build has written: their values, and what they show. */

const POSITIONS = {
  linear: (value) => value,
  log: Math.log10,
  complement: (value) => -Math.log10(1 - value),
};
const VALUES = {
  linear: (position) => Number(position.toFixed(6)),
  log: (position) => Number((10 ** position).toPrecision(2)),
  complement: (position) => Number((1 - Number((10 ** -position).toPrecision(2))).toFixed(6)),
};

/** A number with at most `digits` digits that count, such as 0.25 or 2.5e-7. */
export function number(value, digits = 6) {
  if (!Number.isFinite(value)) return "beyond all numbers";
  const rounded = Number(value.toPrecision(digits));
  const short = rounded === 0 || (Math.abs(rounded) >= 1e-4 && Math.abs(rounded) < 1e6);
  return short ? String(rounded) : rounded.toExponential().replace("+", "");
}

/** A number as links write it; of anything else, such as an empty text, NaN. */
const written = (text) => (/^-?\d+(\.\d+)?(e[-+]?\d+)?$/.test(text) ? Number(text) : NaN);

function slider(input) {
  const { scale } = input.dataset;
  const shown = input.parentElement.querySelector(".explorable-value");
  const integer = "integer" in input.dataset;
  return {
    get() {
      const position = Number(input.value);
      if (integer) return Math.round(scale === "log" ? 10 ** position : position);
      return VALUES[scale](position);
    },
    set(value, moved = false) {
      // A slider stays where the hand has put it: several places may mean the same number.
      if (!moved) input.value = POSITIONS[scale](value);
      shown.firstChild.data = number(value); // the same text node: less to lay out
      input.setAttribute("aria-valuetext", number(value));
    },
    /** A value from a link, if it is one of the slider's. */
    read(text) {
      const value = written(text);
      // The ends are written with six digits.
      const at = POSITIONS[scale](value);
      const fits = at >= input.min - 1e-5 && at <= Number(input.max) + 1e-5;
      return fits && (!integer || Number.isInteger(value)) ? value : undefined;
    },
  };
}

const choice = (select) => ({
  get: () => select.value,
  set: (value) => {
    select.value = value;
  },
  read: (text) => [...select.options].find((option) => option.value === text)?.value,
});

const onOff = (input) => ({
  get: () => input.checked,
  set: (value) => {
    input.checked = value;
  },
  read: (text) => ({ true: true, false: false })[text],
});

const several = (inputs) => ({
  get: () => inputs.filter((input) => input.checked).map((input) => input.value),
  set: (values) => inputs.forEach((input) => {
    input.checked = values.includes(input.value);
  }),
  read: (text) => {
    const names = text ? text.split(",") : [];
    const offered = inputs.map((input) => input.value);
    if (!names.every((name) => offered.includes(name))) return undefined;
    return offered.filter((name) => names.includes(name));
  },
});

/** A point has no control in the form: it is dragged. */
export const point = () => ({
  set() {},
  read(text) {
    const numbers = text.split(",").map(written);
    return numbers.length === 2 && numbers.every(Number.isFinite) ? numbers : undefined;
  },
});

/** Every control of a form, by its name. */
export function controlsOf(form) {
  const inputs = {};
  for (const input of form.querySelectorAll("[data-control]")) {
    (inputs[input.dataset.control] ??= []).push(input);
  }
  const found = {};
  for (const [name, same] of Object.entries(inputs)) {
    const [first] = same;
    if (first.tagName === "SELECT") found[name] = choice(first);
    else if (first.type === "range") found[name] = slider(first);
    else found[name] = first.closest("fieldset") ? several(same) : onOff(first);
    found[name].enable = (on) => same.forEach((input) => {
      input.disabled = !on;
    });
  }
  return found;
}
