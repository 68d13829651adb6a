// What the page knows of outputs, features and rows, and what the reader has chosen among them.
const part = once(place => {
  const code = data.parts[place];
  if (Array.isArray(code)) return code;
  if (typeof code === "object") return { texts: part(code.texts), of: part(code.of) };
  const bytes = Uint8Array.from(atob(code.slice(1)), letter => letter.charCodeAt(0));
  switch (code[0]) {
    case "f":
      return new Float32Array(bytes.buffer);
    case "d":
      return new Float64Array(bytes.buffer);
    case "h":
      return new Uint16Array(bytes.buffer);
    case "w":
      return new Int32Array(bytes.buffer);
    default: {
      // Single precision without its last byte.
      const whole = new Uint8Array((bytes.length / 3) * 4);
      for (let i = 0; i < bytes.length / 3; i++) whole.set(bytes.subarray(3 * i, 3 * i + 3), 4 * i + 1);
      return new Float32Array(whole.buffer);
    }
  }
});

const state = {
  set: 0,
  feature: null,
  color: "auto",
  row: null,
  sort: "weight",
  rowSort: "score",
  setSort: "given",
  pinned: new Set(),
  pinnedSets: new Set(),
  pinnedRows: new Set(),
};

// Those of an order that have a place of their own (pinned ones always), and those that are summed up; where nothing else is summed up, a
// single one left over is shown as itself.
const parted = (order, most, rest, pinned = state.pinned.size) => {
  const shown = order.slice(0, order.length <= most + (rest ? 0 : 1) ? order.length : Math.max(most, pinned));
  return [shown, order.slice(shown.length)];
};

// How scores become predictions: a logistic curve of slope and offset, or (no numbers) the exponential.
const curveOf = link =>
  !link
    ? null
    : link.length
      ? {
          at: s => 1 / (1 + Math.exp(-(link[0] * s + link[1]))),
          from: p => (Math.log(p / (1 - p)) - link[1]) / link[0],
          text: percent,
          shares: true,
          name: "probability",
          short: "prob.",
        }
      : { at: Math.exp, from: Math.log, text: p => format(p), shares: false, name: "prediction", short: "pred." };

class Feature {
  constructor(set, raw, place) {
    Object.assign(this, { set, place, id: part(raw.ids)[place], name: part(raw.features)[place], mean: raw.means[place] });
    this.partner = raw.partners ? raw.partners[place] : -1;
    this.codes = [raw.shap[place], raw.values[place]];
  }
  get shap() {
    return part(this.codes[0]);
  }
  get column() {
    return part(this.codes[1]);
  }
  get isText() {
    return this.column.texts !== undefined;
  }
  text(row) {
    return this.column.texts[this.column.of[row]].trim() || "(empty)";
  }
  value(row) {
    return this.isText ? this.text(row) : format(this.column[row]);
  }
  // What goes into a file: all digits of a number.
  cell(row) {
    return this.isText ? this.column.texts[this.column.of[row]] : this.column[row];
  }
}

class ValueSet {
  constructor(raw, number) {
    Object.assign(this, { raw, number, name: raw.output, scoreName: raw.score, curve: curveOf(raw.link), total: raw.total });
    // What a value is called, and whether the values of a row add up to its score.
    Object.assign(this, { method: raw.method, valueName: `${raw.method} value`, meanName: raw.size, addsUp: raw.sums });
    this.rows = part(raw.rows);
    this.scores = part(raw.scores);
    this.features = part(raw.features).map((_, place) => new Feature(this, raw, place));
    this.byId = new Map(this.features.map(feature => [feature.id, feature]));
    this.names = raw.names === undefined ? null : part(raw.names);
    this.labels = raw.labels === undefined ? null : part(raw.labels);
    this.given = raw.given === undefined ? null : part(raw.given);
    this.bases = raw.bases === undefined ? null : part(raw.bases);
    this.outputs = raw.outputs === undefined ? null : part(raw.outputs);
    // Rows go by their names, by which other outputs know them too; where several have one name, by their numbers besides.
    this.hasOwnNames = this.names && new Set(this.names).size === this.names.length;
    this.placeOf = new Map(range(this.rows.length).map(place => [this.idOf(place), place]));
    this.telling = (raw.telling || []).map((row, i) => [row, part(raw.why)[i]]);
  }
  placeOfNumber(number) {
    return this.rows.indexOf(number);
  }
  idOf(row) {
    return this.hasOwnNames ? this.names[row] : (this.names ? this.names[row] : "") + "\n" + this.rows[row];
  }
  rowName(row) {
    return this.names ? this.names[row] : "row " + this.rows[row];
  }
  label(row) {
    return this.labels ? this.labels.texts[this.labels.of[row]] : undefined;
  }
  output(row) {
    return this.outputs ? this.outputs.texts[this.outputs.of[row]] : undefined;
  }
  score(row) {
    return this.scores[row];
  }
  base(row) {
    return this.bases && row >= 0 ? this.bases[row] : this.raw.base;
  }
  // How much all features of it matter together.
  get weight() {
    return sum(this.features.map(feature => feature.mean)) + (this.raw.rest ? this.raw.rest.mean : 0);
  }
  get meaning() {
    return `${this.valueName}${this.addsUp ? ": how far it moves the" : " for the"} ${this.scoreName}`;
  }
  get hasBase() {
    return this.addsUp && !this.bases;
  }
  scoreText(score) {
    return format(score) + (this.curve ? ` (${this.curve.text(this.curve.at(score))})` : "");
  }
  // What reasons leave open of the model's own score; rounding is nothing.
  gap(row) {
    if (!this.given || !this.addsUp) return 0;
    const size = Math.abs(this.given[row]) + Math.abs(this.base(row)) + sum(this.features.map(feature => Math.abs(feature.shap[row])));
    const gap = this.given[row] - this.score(row);
    return Math.abs(gap) > 1e-4 * size ? gap : 0;
  }
  gapText(row) {
    const gap = this.gap(row);
    return gap ? `The model's own score is ${format(this.given[row])}: ${signed(gap)} of it is not explained.` : "";
  }
  // The features in the order that the reader wants, pinned ones first.
  order(by = state.sort) {
    const key = {
      weight: (a, b) => b.mean - a.mean,
      name: (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }),
      given: () => 0,
    }[by];
    return [...this.features].sort((a, b) => state.pinned.has(b.id) - state.pinned.has(a.id) || key(a, b) || a.id - b.id);
  }
  // The lines of a drawing: features, and at the end the sum of those that have none. A single one left over is shown as itself.
  lines(most) {
    const order = this.order(),
      { rest } = this.raw;
    const [shown, left] = parted(order, most, rest);
    const lines = shown.map(feature => ({
      feature,
      name: feature.name,
      title: (state.pinned.has(feature.id) ? "★ " : "") + feature.name,
      mean: feature.mean,
      shap: feature.shap,
    }));
    if (left.length || rest) {
      const shap = rest ? Float64Array.from(part(rest.shap)) : new Float64Array(this.rows.length);
      for (const feature of left)
        feature.shap.forEach((value, row) => {
          shap[row] += value;
        });
      const name = `sum of ${left.length + (rest ? rest.count : 0)} other features`;
      lines.push({ feature: null, name, title: name, mean: sum(left.map(feature => feature.mean)) + (rest ? rest.mean : 0), shap });
    }
    return lines;
  }
  byScore() {
    return (this.sorted ??= range(this.rows.length).sort((a, b) => this.scores[a] - this.scores[b] || a - b));
  }
  // Rows evenly spread over the scores, from the lowest on.
  evenly(most) {
    const all = this.byScore();
    return all.length <= most ? all : range(most).map(i => all[Math.floor(((2 * i + 1) * all.length) / (2 * most))]);
  }
  remark(drawn) {
    return drawn >= this.total ? "" : `${count(drawn)} of ${count(this.total)} rows are drawn, evenly spread over the scores.`;
  }
}
const sets = data.sets.map((raw, number) => new ValueSet(raw, number));
const rowOf = set => {
  if (state.row !== null && set.placeOf.has(state.row)) return set.placeOf.get(state.row);
  return set.telling.length ? set.telling[0][0] : 0;
};

const colorOf = name => {
  const place = data.classes.indexOf(name);
  return place < 0 ? "vx" : "k" + place;
};
const categoryColor = place => (place < 7 ? "k" + (23 - place) : "vx");

// Which of sixteen colours a number has: from the 5th percentile to the 95th, so that a few far-out ones do not take all.
const colorsOf = once(column => {
  const sorted = Float64Array.from(column).filter(Number.isFinite).sort();
  if (!sorted.length) return { low: NaN, high: NaN, step: () => -1 };
  const at = share => sorted[Math.round(share * (sorted.length - 1))];
  let [low, high] = [at(0.05), at(0.95)];
  if (low === high) [low, high] = [at(0.01), at(0.99)];
  if (low === high) [low, high] = [sorted[0], sorted[sorted.length - 1]];
  const step = value =>
    Number.isNaN(value) ? -1 : low === high ? 8 : Math.min(Math.floor(clamp((value - low) / (high - low), 0, 1) * 16), 15);
  return { low, high, step };
});
const stepClass = step => (step < 0 ? "vx" : "v" + step);

const aboutRow = (set, row) => {
  const lines = [[set.rowName(row), undefined, "line"]];
  if (set.output(row) !== undefined) lines.push(["class", set.output(row)]);
  lines.push(["score", set.scoreText(set.score(row))]);
  if (set.gap(row)) lines.push(["model's own score", format(set.given[row])]);
  if (set.label(row) !== undefined) lines.push(["truth", set.label(row)]);
  return lines;
};
const aboutFeature = (feature, row) => [
  [feature.name, feature.value(row), "head"],
  [feature.set.valueName, signed(feature.shap[row]), "", feature.shap[row]],
];
