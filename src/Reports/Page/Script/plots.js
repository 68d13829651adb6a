// Bars, pieces and cells: their titles become the box's text.
class Marks extends Plot {
  constructor(figure) {
    super(figure);
    this.row = figure.dataset.row === undefined ? -1 : Number(figure.dataset.row);
    this.marks = [...this.svg.querySelectorAll(".mark")].map(group => {
      const title = group.querySelector(":scope > title");
      const text = title.textContent;
      title.remove();
      group.setAttribute("aria-label", text);
      return { group, text };
    });
    this.marks.forEach((mark, place) => {
      mark.group.addEventListener("pointermove", event => {
        event.stopPropagation();
        this.show(place, [event.clientX, event.clientY]);
      });
      mark.group.addEventListener("pointerleave", () => this.leave());
    });
  }
  find() { return -1; }
  tell(place) {
    this.unmark();
    this.marks[place].group.classList.add("on");
    if (this.set && this.row >= 0) this.set.mark(this.row);
    const [head, ...lines] = this.marks[place].text.split("\n");
    return [[head, undefined, "head"], ...lines.map(line => [line])];
  }
  middleOf(place) {
    const box = this.marks[place].group.getBoundingClientRect(), own = this.svg.getBoundingClientRect();
    return [(box.left + box.width / 2 - own.left) / this.scale, (box.top + box.height / 2 - own.top) / this.scale];
  }
  step(dx, dy) { return clamp(this.at + (dx || dy), 0, this.marks.length - 1); }
  unmark() {
    for (const mark of this.marks) mark.group.classList.remove("on");
  }
}

// Dots: one for every row, of one feature or several.
class Dots extends Plot {
  get points() {
    if (this.read) return this.read;
    const read = this.read = { x: [], y: [], row: [], feature: [], size: 4, by: null };
    for (const path of this.area.querySelectorAll(".dots")) {
      const places = numbers(path.getAttribute("d"));
      let row = 0, x = 0, y = 0;
      numbers(path.dataset.r).forEach((difference, i) => {
        row += difference;
        x += places[3 * i];
        y += places[3 * i + 1];
        read.x.push(x);
        read.y.push(y);
        read.row.push(row);
        read.feature.push(path.dataset.f);
      });
      read.size = Number(path.parentNode.getAttribute("stroke-width"));
      read.by = path.parentNode.dataset.by || null;
    }
    read.features = [...new Set(read.feature)];
    read.ofRow = new Map();
    read.row.forEach((row, place) => read.ofRow.has(row) ? read.ofRow.get(row).push(place) : read.ofRow.set(row, [place]));
    return read;
  }
  find(x, y) {
    if (!this.inArea(x, y)) return -1;
    const { points, zoom } = this;
    let best = -1, least = (reachOfPointer / this.scale) ** 2;
    for (let i = 0; i < points.x.length; i++) {
      const distance = (zoom.x(points.x[i]) - x) ** 2 + (zoom.y(points.y[i]) - y) ** 2;
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  }
  tell(place) {
    const { points, set } = this;
    const row = points.row[place];
    this.target = place;
    set.mark(row);
    const lines = aboutFeature(set, points.feature[place], row);
    if (points.by !== null) lines.push([set.feature(points.by).name, set.feature(points.by).value(row)]);
    return [...lines, ...aboutRow(set, row)];
  }
  middleOf(place) { return [this.zoom.x(this.points.x[place]), this.zoom.y(this.points.y[place])]; }
  step(dx, dy) {
    const { points, at } = this;
    const seen = points.x.map((_, place) => place).filter(place => this.inArea(...this.middleOf(place)));
    if (at < 0) return seen.length ? seen[0] : -1;
    if (dy && points.features.length > 1) {
      const feature = points.features[points.features.indexOf(points.feature[at]) + dy];
      return points.ofRow.get(points.row[at]).find(place => points.feature[place] === feature) ?? at;
    }
    const line = seen.filter(place => points.feature[place] === points.feature[at]).sort((a, b) => points.x[a] - points.x[b] || a - b);
    return line[clamp(line.indexOf(at) + (dx || -dy), 0, line.length - 1)] ?? at;
  }
  mark(row) {
    this.over.replaceChildren();
    for (const place of row < 0 ? [] : this.points.ofRow.get(row) || []) {
      const [cx, cy] = this.middleOf(place);
      draw("circle", { cx, cy, r: this.points.size / 2 + (place === this.target && this.at >= 0 ? 4 : 2.5), class: "ring" }, this.over);
    }
  }
  leave() {
    this.target = -1;
    super.leave();
  }
}

// Lines: one for every row, through all features.
class Lines extends Plot {
  constructor(figure) {
    super(figure);
    this.follows = true;
    this.level = 0;
    this.steps = this.area.querySelector(".moving").dataset.steps.split(" ");
    this.axis = this.axes[0];
  }
  get rows() {
    return this.read ??= [...this.area.querySelectorAll(".row")].map(path => Number(path.dataset.r))
      .sort((a, b) => this.set.score(a) - this.set.score(b));
  }
  // The scores of a row at all levels, from the base value at the bottom on.
  path = once(row => {
    const scores = [this.set.base];
    for (const key of [...this.steps].reverse()) scores.push(scores.at(-1) + this.set.feature(key).shap(row));
    return scores.map(score => this.axis.placeOf(score));
  });
  find(x, y) {
    if (!this.inArea(x, y)) return -1;
    const level = (this.box.top + this.box.height - y) / this.box.height * this.steps.length;
    const below = clamp(Math.floor(level), 0, this.steps.length - 1);
    let best = -1, least = 2 * reachOfPointer / this.scale;
    this.rows.forEach((row, place) => {
      const line = this.path(row);
      const distance = Math.abs(this.zoom.x(line[below] + (line[below + 1] - line[below]) * (level - below)) - x);
      if (distance < least) [best, least] = [place, distance];
    });
    this.level = below;
    return best;
  }
  tell(place) {
    const { set } = this;
    const row = this.rows[place];
    set.mark(row);
    const key = this.steps[this.steps.length - 1 - this.level];
    return [...aboutFeature(set, key, row), ["score so far", format(this.axis.valueAt(this.path(row)[this.level + 1]), 4)],
      ...aboutRow(set, row)];
  }
  middleOf(place) {
    const height = this.box.height / this.steps.length;
    return [this.zoom.x(this.path(this.rows[place])[this.level + 1]), this.box.top + this.box.height - (this.level + 1) * height];
  }
  step(dx, dy) {
    if (this.at < 0) return this.rows.length - 1;
    this.level = clamp(this.level - dy, 0, this.steps.length - 1);
    return clamp(this.at + dx, 0, this.rows.length - 1);
  }
  mark(row) {
    this.over.replaceChildren();
    this.figure.classList.toggle("pointing", row >= 0);
    if (row < 0) return;
    const height = this.box.height / this.steps.length;
    const d = this.path(row).map((x, level) =>
      `${level ? "L" : "M"}${this.zoom.x(x).toFixed(1)} ${this.box.top + this.box.height - level * height}`).join("");
    draw("path", { d, class: "trace" }, this.over);
  }
}

// Columns: one for every row, side by side.
class Columns extends Plot {
  constructor(figure) {
    super(figure);
    this.follows = true;
    this.level = 0;
    const group = this.area.querySelector(".columns");
    this.steps = group.dataset.steps.split(" ");
    this.hasCells = group.dataset.cells !== undefined;
    let row = 0;
    this.rows = numbers(group.dataset.r).map(difference => row += difference);
  }
  find(x, y) {
    const { left, top, width, height } = this.box;
    if (x < left || x >= left + width || y > top + height || (!this.hasCells && y < top)) return -1;
    this.level = clamp(Math.floor((y - top) / height * this.steps.length), 0, this.steps.length - 1);
    return Math.floor((x - left) / width * this.rows.length);
  }
  tell(place) {
    const { set } = this;
    const row = this.rows[place];
    set.mark(row);
    if (this.hasCells) return [...aboutFeature(set, this.steps[this.level], row), ...aboutRow(set, row)];
    const strongest = [...this.steps].sort((a, b) => Math.abs(set.feature(b).shap(row)) - Math.abs(set.feature(a).shap(row))).slice(0, 6);
    const [head, ...rest] = aboutRow(set, row);
    return [[head[0], undefined, "head"], ...rest, ...strongest.map((key, i) => {
      const value = set.feature(key).value(row), shap = set.feature(key).shap(row);
      return [set.feature(key).name + (value === null ? "" : " = " + value), signed(shap), i ? "" : "line", shap];
    })];
  }
  middleOf(place) {
    const { left, top, width, height } = this.box;
    return [left + (place + 0.5) / this.rows.length * width, top + (this.hasCells ? (this.level + 0.5) / this.steps.length : 0.5) * height];
  }
  step(dx, dy) {
    if (this.at < 0) return 0;
    this.level = clamp(this.level + dy, 0, this.steps.length - 1);
    return clamp(this.at + dx, 0, this.rows.length - 1);
  }
  mark(row) {
    this.over.replaceChildren();
    const place = row < 0 ? -1 : this.rows.indexOf(row);
    if (place < 0) return;
    const { left, top, width, height } = this.box;
    const wide = width / this.rows.length;
    draw("rect", { x: left + place * wide, y: top, width: Math.max(wide, 1.2), height, class: "pick" }, this.over);
    if (this.hasCells && this.at >= 0) {
      const tall = height / this.steps.length;
      draw("rect", { x: left + place * wide - 1, y: top + this.level * tall, width: wide + 2, height: tall, class: "ring" }, this.over);
    }
  }
}

const kinds = { marks: Marks, dots: Dots, lines: Lines, columns: Columns };
for (const figure of document.querySelectorAll(".plot")) {
  const plot = new kinds[figure.dataset.plot](figure);
  if (plot.set) plot.set.plots.push(plot);
}

// The frame of the figure that has the keyboard is for those who use it.
const root = document.documentElement.classList;
addEventListener("keydown", () => root.add("by-keys"), true);
addEventListener("pointerdown", () => root.remove("by-keys"), true);
