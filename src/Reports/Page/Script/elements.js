// What scripts of pages have in common: numbers as pages write them, elements, and the box that tells. Sends nothing, loads nothing.
const once = make => {
  const made = new Map();
  return key => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key);
  };
};
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const range = count => Array.from({ length: count }, (_, i) => i);

const make = (tag, kind, text, parent) => {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
};
const makeButton = (text, label, parent, act) => {
  const button = make("button", "", text, parent);
  button.type = "button";
  if (label) button.setAttribute("aria-label", (button.title = label));
  button.addEventListener("click", act);
  return button;
};

const trueMinus = text => text.replace(/-/g, "\u2212");
const trim = text => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
const format = (value, digits = 4) => {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "missing" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) {
    if (size >= 1e6 && size < 1e15 && Number.isInteger(value)) return trueMinus(String(value));
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    return trueMinus(trim(mantissa) + "e" + Number(exponent));
  }
  return trueMinus(trim(value.toFixed(clamp(digits - 1 - Math.floor(Math.log10(size)), 1, 7))));
};
const signed = value => (value > 0 ? "+" : "") + format(value);
const count = number => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

// The box that says what the pointer, the finger or the keyboard is at.
const main = document.querySelector("main");
const tip = make("div", "tip", "", main);
tip.setAttribute("role", "status");
tip.hidden = true;
let seat = null;
const say = (lines, where) => {
  tip.replaceChildren();
  for (const [name, value, kind, force] of lines) {
    const line = make("div", kind, undefined, tip);
    make("span", "what", name, line);
    if (value !== undefined && value !== null) make("b", force > 0 ? "up" : force < 0 ? "down" : "", value, line);
  }
  tip.hidden = false;
  seat = where;
  sit();
};
const sit = () => {
  const [x, y] = seat.at();
  const box = tip.getBoundingClientRect();
  const right = x + 16 + box.width > innerWidth - 8;
  const beside = right ? x - 16 - box.width : x + 16;
  // Where neither side has room, the box goes over or under the place.
  const fits = beside >= 8;
  tip.style.left = `${fits ? beside : clamp(x - box.width / 2, 8, Math.max(8, innerWidth - box.width - 8))}px`;
  const aside = y - box.height - 18 > 8 ? y - box.height - 18 : y + 24;
  tip.style.top = `${clamp(fits ? y - box.height / 2 : aside, 8, Math.max(8, innerHeight - box.height - 8))}px`;
};
const hush = () => {
  tip.hidden = true;
};

// What a pointer was at is elsewhere once the page has moved; what the keyboard is at moves along.
addEventListener(
  "scroll",
  () => {
    if (!tip.hidden && seat.follows) sit();
    else hush();
  },
  { passive: true },
);
