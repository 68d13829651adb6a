// How the values of features act, and which act together.
class Dependence extends Plot {
  get zooms() {
    return this.feature && this.feature.isText ? "x" : "xy";
  }
  get feature() {
    const { set } = this;
    if (!this.follows.includes("class")) return set.byId.get(this.spec.feature);
    const order = set.order(),
      chosen = set.byId.get(state.feature) || order[0];
    if (this.follows.includes("feature")) return chosen;
    const rank = plots.filter(plot => plot.follows.includes("rank")).indexOf(this);
    return order.filter(feature => feature !== chosen)[rank < 0 ? 0 : rank];
  }
  get isEmpty() {
    return !this.feature;
  }
  get by() {
    const { set, feature } = this;
    if (!this.follows.includes("class")) return set.byId.get(this.spec.by);
    return this.follows.includes("feature") && state.color !== "auto" ? set.byId.get(state.color) : set.byId.get(feature.partner);
  }
  get subject() {
    return this.feature.name;
  }
  get title() {
    return `${this.set.valueName}s of ${this.feature.name} against its values` + (this.by ? `, coloured by ${this.by.name}` : "");
  }
  get remark() {
    const { set, farOut } = this;
    return [
      set.rows.length < set.total ? `${count(set.rows.length)} of ${count(set.total)} rows are drawn.` : "",
      farOut ? `${count(farOut)} rows with values beyond the axis are drawn at its ends.` : "",
    ]
      .filter(text => text)
      .join(" ");
  }
  // The colours of the rows, and under the heading what they mean.
  colors(svg, width) {
    const { by } = this;
    if (!by) return [() => "vs", 0];
    if (by.isText) {
      const { texts, of } = by.column;
      const used = [...new Set(of)].sort((a, b) => a - b);
      const entries = used
        .filter(place => place < 7)
        .map(place => [`${by.name}: ${texts[place].trim() || "(empty)"}`, categoryColor(place)]);
      if (used.some(place => place >= 7)) entries.push([`${by.name}: others`, "vx"]);
      return [row => categoryColor(of[row]), legend(svg, entries, 0, 0, width) + 4];
    }
    const colors = colorsOf(by.column),
      missing = by.column.some(Number.isNaN) ? "missing" : null;
    const low = format(colors.low),
      high = format(colors.high);
    const room = width - 130 - widthOf(low, 11.5) - widthOf(high, 11.5) - (missing ? 80 : 0);
    const lines = wrap(by.name, Math.max(room, 90), 11.5);
    labels(svg, 0, 7 + 7 * (lines.length - 1), lines, "tick", "start");
    colorLegend(svg, width - 2, 11, low, high, missing);
    return [row => stepClass(colors.step(by.column[row])), 14 * lines.length + 8];
  }
  about(row) {
    const { feature, by, set } = this;
    return [...aboutFeature(feature, row), ...(by ? [[by.name, by.value(row)]] : []), ...aboutRow(set, row)];
  }
  paint(svg, width) {
    const { feature } = this;
    const [color, top] = this.colors(svg, width);
    this.farOut = 0;
    return feature.isText ? this.paintTexts(svg, width, color, top) : this.paintNumbers(svg, width, color, top);
  }
  paintNumbers(svg, width, color, top) {
    const { feature, set } = this,
      column = feature.column,
      shap = feature.shap;
    const hasMissing = column.some(Number.isNaN),
      finite = Array.from(column).filter(Number.isFinite);
    const y0 = spanOf([0, ...shap], 0.05);
    const tickWidth = Math.max(...roundSteps(...y0, 5)[0].map(value => widthOf(stepText(value, roundSteps(...y0, 5)[1]), 11.5)));
    const area = (this.box = { left: 28 + tickWidth, right: width - 14, top: top + 10, bottom: top + 10 + 236 });
    const values = [...new Set(finite)].sort((a, b) => a - b);
    const repeated = values.length > 1 && values.length <= 20 && column.length >= 3 * values.length;
    const sorted = finite.sort((a, b) => a - b);
    let ends = values.length ? [values[0], values[values.length - 1]] : [0, 1];
    if (!repeated && sorted.length >= 100) {
      const low = sorted[Math.floor(0.005 * sorted.length)],
        high = sorted[Math.floor(0.995 * (sorted.length - 1))];
      if (high > low && ends[1] - ends[0] > 2.5 * (high - low)) ends = [low, high];
    }
    const left = area.left + (hasMissing ? 62 : 0),
      missingAt = area.left + 24;
    const across = this.scale("x", ...spanOf(ends, repeated ? 0.6 / values.length : 0.03), left, area.right);
    const bars = 34,
      up = this.scale("y", y0[0] - ((y0[1] - y0[0]) * (bars + 4)) / (236 - bars - 4), y0[1], area.bottom, area.top);
    const spread = repeated
      ? Math.min(16, 0.3 * Math.min(...values.slice(1).map((value, i) => across.at(value) - across.at(values[i]))))
      : 0;
    this.farOut = sorted.filter(value => value < across.from || value > across.to).length * !this.view.x;
    axis(svg, "left", up, area);
    axis(svg, "bottom", across, { ...area, left });
    if (hasMissing) label(svg, missingAt, area.bottom + 17, "missing", "tick", "middle");
    const inner = (this.area = clipped(svg, area));
    const heaps = new Map(),
      bin = value => (repeated ? value : Math.floor(((value - across.from) / (across.to - across.from)) * 40));
    for (const value of sorted) if (value >= across.from && value <= across.to) heaps.set(bin(value), (heaps.get(bin(value)) || 0) + 1);
    const missing = column.length - sorted.length;
    const most = Math.max(...heaps.values(), hasMissing ? missing : 0, 1),
      wide = repeated ? 1.4 * spread : (area.right - left) / 40 - 1;
    for (const [key, number] of heaps) {
      const middle = repeated ? across.at(key) : left + ((key + 0.5) * (area.right - left)) / 40;
      box(inner, middle - wide / 2, area.bottom - (bars * number) / most, wide, (bars * number) / most, "histogram");
    }
    if (hasMissing) box(inner, missingAt - 12, area.bottom - (bars * missing) / most, 24, (bars * missing) / most, "histogram");
    line(inner, area.left, up.at(0), area.right, up.at(0), "zero");
    const zoomed = this.view.x;
    this.marks = range(column.length).map(row => {
      const turn = ((set.rows[row] * 0.6180339887498949) % 1) - 0.5,
        value = column[row];
      const place = across.at(value) + 2 * spread * turn;
      const x = Number.isNaN(value) ? missingAt + 24 * turn : zoomed ? place : clamp(place, left + 3, area.right - 3);
      return { x, y: up.at(shap[row]), row, color: color(row), tell: () => this.about(row) };
    });
    dots(inner, this.marks, column.length > 600 ? 3.6 : 4.6);
    upright(svg, 11, area.top + 118, set.valueName, 236);
    return area.bottom + 24 + under(svg, (area.left + area.right) / 2, area.bottom + 24, feature.name, width);
  }
  // Categories are lines, each with the rows that have it. Of more than a dozen those are shown that occur most, or, where hardly any
  // text comes again, those that tell most.
  paintTexts(svg, width, color, top) {
    const { feature, set } = this,
      { texts, of } = feature.column,
      { shap } = feature;
    const groups = new Map();
    of.forEach((place, row) => groups.set(place, [...(groups.get(place) || []), row]));
    const mean = rows => sum(rows.map(row => shap[row])) / rows.length;
    let all = [...groups].map(([place, rows]) => ({ name: texts[place].trim() || "(empty)", rows, mean: mean(rows) }));
    const again = all.filter(group => group.rows.length > 1).length;
    all.sort((a, b) => (again >= 6 ? b.rows.length - a.rows.length : Math.abs(b.mean) - Math.abs(a.mean)));
    const shown = all.slice(0, all.length <= 13 ? all.length : 12).sort((a, b) => b.mean - a.mean),
      left = all.slice(shown.length);
    if (left.length)
      shown.push({
        name: `${count(left.length)} others`,
        rows: left.flatMap(group => group.rows),
        mean: mean(left.flatMap(group => group.rows)),
      });
    const heading = wrap(feature.name, width, 12.5);
    labels(svg, 0, top + 8 + 7 * (heading.length - 1), heading, "title", "start");
    const names = new Names(
      shown.map(group => group.name),
      width,
      26,
    );
    const start = top + 14 * heading.length + 14,
      bottom = names.place(start);
    const area = (this.box = { left: names.left, right: width - 46, top: start, bottom });
    const scale = this.scale("x", ...spanOf([0, ...shap]), area.left, area.right);
    axis(svg, "bottom", scale, area);
    const inner = (this.area = clipped(svg, area));
    line(inner, scale.at(0), start, scale.at(0), bottom, "zero");
    shown.forEach((group, i) => {
      const middle = names.middle(i);
      line(svg, area.left, middle, area.right, middle, "thread");
      names.write(svg, i, null);
      label(svg, width, middle + 4.5, count(group.rows.length), "value", "end");
      const places = group.rows.map(row => scale.at(shap[row])),
        offsets = swarm(places, 4.4, 10);
      for (const [place, row] of group.rows.entries())
        this.marks.push({
          x: places[place],
          y: middle + offsets[place],
          row,
          line: i,
          color: color(row),
          tell: () => this.about(row),
        });
    });
    dots(inner, this.marks, 4.4);
    label(svg, width, start - 4, "rows", "tick", "end");
    return bottom + 24 + under(svg, (area.left + area.right) / 2, bottom + 24, set.valueName, width);
  }
  table() {
    const { set, feature, by } = this;
    return [
      ["row", feature.name, this.set.valueName, ...(by ? [by.name] : [])],
      ...range(set.rows.length).map(row => [set.rowName(row), feature.cell(row), seen(feature.shap[row]), ...(by ? [by.cell(row)] : [])]),
    ];
  }
}

// How often which score occurs, of all rows.
class Histogram extends Plot {
  get isEmpty() {
    return !this.set.raw.histogram;
  }
  get title() {
    return `How often which ${this.set.scoreName} occurs, over ${count(this.set.total)} rows`;
  }
  paint(svg, width) {
    const { set } = this,
      {
        span: [from, to],
        classes,
        counts,
      } = set.raw.histogram;
    const kinds = Math.max(classes.length, 1),
      bins = counts.length / kinds;
    let top = classes.length
      ? legend(
          svg,
          classes.map(name => [name, colorOf(name)]),
          0,
          0,
          width,
        ) + 10
      : 10;
    if (set.curve) top += 22;
    const area = { left: 50, right: width - 18, top, bottom: top + 240 };
    const across = new Scale(from, to, area.left, area.right);
    const totals = range(bins).map(bin => sum(counts.slice(bin * kinds, (bin + 1) * kinds)));
    const up = new Scale(0, 1.04 * Math.max(...totals, 1), area.bottom, area.top);
    axis(svg, "bottom", across, area, { grid: false });
    axis(svg, "left", up, area, { whole: true });
    if (set.curve) {
      axis(svg, "top", across, area, { curve: set.curve, grid: false });
      label(svg, area.left - 8, top - 7, set.curve.short, "tick", "end");
    }
    const bound = bin => from + ((to - from) * bin) / bins;
    this.bins = range(bins).map(bin => [bound(bin), bound(bin + 1), ...counts.slice(bin * kinds, (bin + 1) * kinds)]);
    this.bins.forEach(([low, high, ...numbers], bin) => {
      if (!totals[bin]) return;
      const [left, right] = [across.at(low), across.at(high)];
      let below = 0;
      numbers.forEach((number, kind) => {
        if (number)
          box(
            svg,
            left + 0.5,
            up.at(below + number),
            right - left - 1,
            up.at(below) - up.at(below + number),
            classes.length ? "fill " + colorOf(classes[kind]) : "bar rest",
          );
        below += number;
      });
      this.marks.push({
        x: (left + right) / 2,
        y: up.at(totals[bin] / 2),
        box: [left, top, right, area.bottom],
        tell: () => [
          [`score ${set.scoreText(low)} to ${set.scoreText(high)}`, undefined, "head"],
          ["rows", count(totals[bin])],
          ...classes.map((name, kind) => [name, count(numbers[kind])]),
        ],
      });
    });
    if (set.hasBase) line(svg, across.at(set.base(-1)), top, across.at(set.base(-1)), area.bottom, "zero");
    upright(svg, 11, top + 120, "rows", 200);
    return area.bottom + 24 + under(svg, (area.left + area.right) / 2, area.bottom + 24, set.scoreName, width);
  }
  table() {
    const { classes } = this.set.raw.histogram;
    return [
      ["score from", "to", ...(classes.length ? classes : ["rows"])],
      ...this.bins.map(([low, high, ...numbers]) => [digits(low), digits(high), ...numbers]),
    ];
  }
}

// Which features act together: pairs below the diagonal, on it what each does alone.
class Matrix extends Plot {
  get isEmpty() {
    return !this.set.raw.pairs;
  }
  get title() {
    return "Mean absolute interaction values";
  }
  tellAll() {
    const pairs = this.cells
      .filter(cell => cell.i !== cell.j)
      .sort((a, b) => b.value - a.value)
      .slice(0, 10);
    return (
      `${this.title}, the strongest pairs first: ` +
      pairs.map(({ i, j, value }) => `${this.of[i].name} × ${this.of[j].name} ${format(value)}`).join("; ")
    );
  }
  paint(svg, width) {
    const { pairs } = this.set.raw,
      means = part(pairs.means);
    const of = (this.of = pairs.of.map(id => this.set.byId.get(id)));
    const names = new Names(
      of.map(feature => feature.name),
      width,
      0,
      false,
    );
    const left = names.width + 10,
      size = clamp((width - left - (width > 700 ? names.width + 10 : 4)) / of.length, 9, 40);
    names.heights = names.lines.map(lines => Math.max(size, 14 * lines.length + 2));
    const top = 44,
      bottom = names.place(top);
    const cells = (this.cells = of.flatMap((_, i) => range(i + 1).map(j => ({ i, j, value: means[(i * (i + 1)) / 2 + j] }))));
    const most = onDiagonal => Math.max(0, ...cells.filter(cell => (cell.i === cell.j) === onDiagonal).map(cell => cell.value));
    const [pair, alone] = [most(false), most(true)];
    const unit = pair || alone,
      decimals = unit ? clamp(1 - Math.floor(Math.log10(unit)), 0, 6) : 0;
    for (const { i, j, value } of cells) {
      const largest = i === j ? alone : pair,
        share = largest ? value / largest : 0;
      const [x, y, high] = [left + j * size, names.tops[i], names.heights[i]];
      box(svg, x + 0.5, y + 0.5, size - 1, high - 1, "cell ground");
      const fill = box(svg, x + 0.5, y + 0.5, size - 1, high - 1, i === j ? "cell alone" : "cell pair");
      fill.setAttribute("fill-opacity", share.toFixed(3));
      const text = value.toFixed(decimals);
      if (Number(text) > 0 && widthOf(text, 10.5) <= size - 4) label(svg, x + size / 2, y + high / 2 + 3.7, text, "celltext", "middle");
      this.marks.push({
        x: x + size / 2,
        y: y + high / 2,
        box: [x, y, x + size, y + high],
        line: i,
        feature: of[i],
        tell: () =>
          i === j
            ? [
                [of[i].name, undefined, "head"],
                ["main effect", format(value)],
              ]
            : [
                [of[i].name, undefined, "head"],
                ["× " + of[j].name, format(value)],
              ],
      });
    }
    of.forEach((feature, i) => {
      names.write(svg, i, feature);
      const room = width - left - (i + 1) * size - 6;
      if (i < of.length - 1 && widthOf(feature.name, 11.5) <= room)
        label(svg, left + (i + 1) * size + 6, names.middle(i) + 4, feature.name, "tick");
    });
    for (const [kind, name, largest, y] of [
      ["pair", "pairs", pair, 6],
      ["alone", "main effects", alone, 24],
    ]) {
      const text = `${name}  0`;
      label(svg, 0, y + 8, text, "tick");
      const from = Math.max(widthOf("main effects  0", 11.5), 60) + 8;
      for (const i of range(12))
        box(svg, from + 8 * i, y, 8, 9, `step ${kind}`).setAttribute("fill-opacity", ((i + 0.5) / 12).toFixed(2));
      label(svg, from + 102, y + 8, format(largest), "tick");
    }
    return bottom + 4;
  }
  get remark() {
    return `Means over ${count(this.set.raw.pairs.rows)} rows.`;
  }
  table() {
    return [
      ["feature", "with", "mean |interaction|"],
      ...this.cells.map(({ i, j, value }) => [this.of[i].name, i === j ? "(alone)" : this.of[j].name, seen(value)]),
    ];
  }
}
