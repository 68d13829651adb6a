// What the page knows of its rows, and the box that tells it. Sends nothing, loads nothing.
const data = JSON.parse(document.getElementById("plot-data").textContent);
const drawingSpace = document.querySelector(".plot svg").namespaceURI;
const reachOfPointer = 14;

const once = make => {
  const made = new Map();
  return key => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key);
  };
};
const numbers = text => (text.match(/-?\d*\.?\d+(?:e[-+]?\d+)?/gi) || []).map(Number);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const draw = (tag, attributes, parent, text) => {
  const element = document.createElementNS(drawingSpace, tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
};
const make = (tag, kind, text, parent) => {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
};

// Numbers as the rest of the page writes them.
const trueMinus = text => text.replace(/-/g, "\u2212");
const trim = text => text.includes(".") ? text.replace(/\.?0+$/, "") : text;
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
const signed = value => (value > 0 ? "+" : "") + format(value, 3);
const percent = share => {
  const rarer = 100 * Math.min(share, 1 - share);
  return trim((100 * share).toFixed(rarer > 0 ? clamp(1 - Math.floor(Math.log10(rarer)), 1, 4) : 1)) + "\u00a0%";
};

// How scores become predictions: a logistic curve of slope and offset, or (no numbers) the exponential.
const curveOf = link => !link ? null : link.length
  ? { at: s => 1 / (1 + Math.exp(-(link[0] * s + link[1]))), from: p => (Math.log(p / (1 - p)) - link[1]) / link[0],
      text: percent, shares: true }
  : { at: Math.exp, from: Math.log, text: p => format(p), shares: false };

const column = once(place => new Float32Array(Uint8Array.from(atob(data.columns[place]), letter => letter.charCodeAt(0)).buffer));
const texts = (pair, row) => pair ? pair[0][pair[1][row]] : undefined;
const sets = data.sets.map(set => {
  const curve = curveOf(set.link);
  return {
    base: set.base,
    curve,
    plots: [],
    name: row => texts(set.names, row) ?? "row " + set.rows[row],
    label: row => texts(set.labels, row),
    score: row => column(set.scores)[row],
    scoreText: score => format(score) + (curve ? ` (${curve.text(curve.at(score))})` : ""),
    feature: once(key => {
      const feature = set.features[key];
      return {
        name: feature.name,
        shap: row => column(feature.shap)[row],
        value: row => feature.texts ? texts(feature.texts, row) : feature.values === undefined ? null : format(column(feature.values)[row]),
      };
    }),
    mark(row) {
      for (const plot of this.plots) plot.mark(row);
    },
  };
});

// The box that says what the pointer or the keyboard is at.
const tip = make("div", "tip", "", document.body);
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
  tip.style.left = `${Math.max(8, right ? x - 16 - box.width : x + 16)}px`;
  tip.style.top = `${clamp(y - box.height / 2, 8, Math.max(8, innerHeight - box.height - 8))}px`;
};
const hush = () => { tip.hidden = true; };

// What a pointer was at is elsewhere once the page has moved; what the keyboard is at moves along.
addEventListener("scroll", () => {
  if (!tip.hidden && seat.follows) sit();
  else hush();
}, { passive: true });

const aboutRow = (set, row) => {
  const lines = [[set.name(row), undefined, "line"], ["score", set.scoreText(set.score(row))]];
  if (set.label(row) !== undefined) lines.push(["truth", set.label(row)]);
  return lines;
};
const aboutFeature = (set, key, row) => {
  const feature = set.feature(key);
  const value = feature.value(row);
  const shap = feature.shap(row);
  return [[feature.name, value, "head"], ["SHAP value", signed(shap), "", shap]];
};
