// How many rows come by their scores.
class Decision extends Plot {
  get zooms() {
    return "x";
  }
  get title() {
    return `Decision plot of ${count(this.shown.length)} rows, from the base value to the ${this.set.scoreName}`;
  }
  get remark() {
    return this.set.remark(this.shown.length);
  }
  paint(svg, width) {
    const { set } = this;
    const lines = (this.lines = set.lines(this.spec.features));
    const strong = this.follows.includes("class")
      ? set.telling.map(([row]) => row)
      : (this.spec.strong || []).map(number => set.placeOfNumber(number));
    const pinned = [...state.pinnedRows].map(id => set.placeOf.get(id)).filter(row => row !== undefined);
    this.strong = new Set([...strong, ...pinned]);
    const shown = (this.shown = [...new Set([...set.evenly(this.spec.rows), ...this.strong])]);
    const names = new Names(
      lines.map(line => line.title),
      width,
      24,
      false,
    );
    const top = 30 + (set.curve ? 24 : 0),
      bottom = names.place(top);
    const area = (this.box = { left: Math.max(names.left, set.curve ? 48 : 0), right: width - 20, top, bottom });
    const paths = (this.paths = new Map(
      shown.map(row => {
        const scores = [set.base(row)];
        for (const { shap } of [...lines].reverse()) scores.push(scores[scores.length - 1] + shap[row]);
        return [row, scores];
      }),
    ));
    const scale = this.scale("x", ...spanOf([...paths.values()].flat()), area.left, area.right);
    axis(svg, "bottom", scale, area);
    if (set.curve) {
      axis(svg, "top", scale, area, { curve: set.curve, grid: false });
      label(svg, area.left - 10, top - 7, set.curve.short, "tick", "end");
    }
    const levels = (this.levels = [bottom, ...[...names.tops].reverse()]);
    lines.forEach(({ feature }, i) => {
      names.write(svg, i, feature);
      line(svg, area.left, names.tops[i], area.right, names.tops[i], "thread");
    });
    const inner = (this.area = clipped(svg, area));
    if (set.hasBase) line(inner, scale.at(set.base(-1)), top, scale.at(set.base(-1)), bottom, "zero");
    const colors = colorsOf(set.scores);
    for (const row of [...shown].sort((a, b) => this.strong.has(a) - this.strong.has(b)))
      draw(
        "path",
        { d: this.path(row), class: `row ${this.strong.has(row) ? "strong " : ""}${stepClass(colors.step(set.score(row)))}` },
        inner,
      );
    // From level to level, so that the keys go up and down a row, and from row to row.
    for (const [level, { feature, name }] of [...lines].reverse().entries()) {
      for (const row of [...shown].sort((a, b) => set.score(a) - set.score(b)))
        this.marks.push({
          x: scale.at(paths.get(row)[level + 1]),
          y: levels[level + 1],
          row,
          line: lines.length - level,
          level,
          tell: () => [
            ...(feature ? aboutFeature(feature, row) : [[name, undefined, "head"]]),
            ["score so far", format(paths.get(row)[level + 1])],
            ...aboutRow(set, row),
          ],
        });
    }
    const used = colorLegend(svg, width - 2, 13, format(colors.low), format(colors.high), null);
    if (used + 60 < width) label(svg, width - 2 - used - 12, 13, "score", "tick", "end");
    return bottom + 24 + under(svg, (area.left + area.right) / 2, bottom + 24, set.scoreName, width);
  }
  path(row) {
    const { scale } = this.scales.x;
    return this.paths
      .get(row)
      .map((score, level) => `${level ? "L" : "M"}${scale.at(score).toFixed(1)} ${this.levels[level].toFixed(1)}`)
      .join("");
  }
  // The line under a place, at the level where it goes.
  find(x, y, reach) {
    if (!this.inArea(x, y)) return -1;
    const { levels, paths } = this,
      { scale } = this.scales.x;
    const above = levels.findIndex((level, i) => i > 0 && y >= level);
    const level = above < 1 ? levels.length - 1 : above;
    const share = (levels[level - 1] - y) / (levels[level - 1] - levels[level]);
    let best = -1,
      least = reach * 2;
    for (const [row, scores] of paths) {
      const distance = Math.abs(scale.at(scores[level - 1] + (scores[level] - scores[level - 1]) * share) - x);
      if (distance < least) [best, least] = [row, distance];
    }
    return best < 0 ? -1 : this.marks.findIndex(mark => mark.row === best && mark.level === level - 1);
  }
  trace(row, kind) {
    if (this.paths && this.paths.has(row)) draw("path", { d: this.path(row), class: "trace " + kind }, this.over);
  }
  ring(row, at) {
    super.ring(row, at);
    this.figure.classList.toggle("pointing", row >= 0);
  }
  table() {
    return [
      ["row", "base value", ...[...this.lines].reverse().map(line => line.name)],
      ...this.shown.map(row => [this.set.rowName(row), ...this.paths.get(row).map(digits)]),
    ];
  }
}

// A column for every row, side by side.
class Columns extends Plot {
  get remark() {
    return this.set.remark(this.shown.length);
  }
  pickRows() {
    const { set, spec } = this;
    if (spec.order === "similarity" && set.raw.similar !== undefined) return Array.from(part(set.raw.similar));
    const rows = set.evenly(spec.rows);
    return spec.order === "given" ? [...rows].sort((a, b) => a - b) : rows;
  }
  get rowsTitle() {
    return (
      { similarity: "rows, those with like reasons side by side", score: "rows, from the lowest score to the highest" }[
        this.spec.order
      ] || "rows of the data"
    );
  }
  find(x, y) {
    const { left, top, right, bottom } = this.box;
    if (x < left || x >= right || y < top || y > bottom) return -1;
    const column = Math.floor(((x - left) / (right - left)) * this.shown.length);
    const level = this.tops
      ? Math.max(
          0,
          this.tops.findLastIndex(line => y >= line),
        )
      : 0;
    return level * this.shown.length + column;
  }
  trace(row, kind, at) {
    const place = this.shown.indexOf(row),
      { left, top, right, bottom } = this.box;
    if (place < 0) return;
    const wide = (right - left) / this.shown.length;
    draw(
      "rect",
      { x: left + place * wide, y: top, width: Math.max(wide, 1.2), height: bottom - top, class: kind ? "ring " + kind : "pick" },
      this.over,
    );
    if (this.tops && at >= 0) {
      const { y, high } = this.marks[at];
      draw("rect", { x: left + place * wide - 1, y: y - high / 2, width: wide + 2, height: high, class: "ring" }, this.over);
    }
  }
  scoreLine(up, scale) {
    return this.shown
      .map((row, i) => `${i ? "L" : "M"}${scale.at(i).toFixed(1)} ${up.at(this.set.score(row)).toFixed(1)}H${scale.at(i + 1).toFixed(1)}`)
      .join("");
  }
}

// Forces on scores: what raises a score pushes it up from below, what lowers it presses it down from above.
class Stack extends Columns {
  get title() {
    return `Forces on the ${this.set.scoreName} of ${count(this.shown.length)} rows`;
  }
  paint(svg, width) {
    const { set } = this;
    const rows = (this.shown = this.pickRows()),
      lines = (this.lines = set.lines(this.spec.features));
    const force = (row, sign) => sum(lines.map(({ shap }) => Math.max(0, sign * shap[row])));
    const span = spanOf(rows.flatMap(row => [set.score(row) - force(row, 1), set.score(row) + force(row, -1), set.base(row)]));
    const ticks = roundSteps(...span, 6);
    const area = (this.box = {
      left:
        28 +
        widest(
          ticks[0].map(value => stepText(value, ticks[1])),
          11.5,
        ),
      right: width - 2,
      top: 12,
      bottom: 312,
    });
    const up = new Scale(...span, area.bottom, area.top),
      across = new Scale(0, rows.length, area.left, area.right);
    axis(svg, "left", up, area);
    upright(svg, 11, 162, set.scoreName, 290);
    const inner = (this.area = clipped(svg, area));
    for (const sign of [1, -1]) {
      let near = rows.map(row => set.score(row));
      lines.forEach(({ shap }, number) => {
        const far = near.map((at, i) => at - (sign > 0 ? Math.max(shap[rows[i]], 0) : Math.min(shap[rows[i]], 0)));
        let d = "";
        for (let i = 0; i < near.length; i++) {
          if (near[i] === far[i]) continue;
          const first = i,
            back = [];
          for (; i < near.length && near[i] !== far[i]; i++) {
            d += `${i === first ? "M" : "L"}${across.at(i).toFixed(1)} ${up.at(near[i]).toFixed(1)}H${across.at(i + 1).toFixed(1)}`;
            back.unshift(`L${across.at(i + 1).toFixed(1)} ${up.at(far[i]).toFixed(1)}H${across.at(i).toFixed(1)}`);
          }
          d += back.join("") + "z";
        }
        if (d) draw("path", { d, class: `${sign > 0 ? "favour" : "against"} shade${number % 3}` }, inner);
        near = far;
      });
    }
    draw("path", { d: this.scoreLine(up, across), class: "curve" }, inner);
    const base = draw("g", { class: "columns" }, inner);
    if (set.hasBase) line(base, area.left, up.at(set.base(-1)), area.right, up.at(set.base(-1)), "zero");
    this.marks = rows.map((row, i) => ({
      x: across.at(i + 0.5),
      y: up.at(set.score(row)),
      row,
      tell: () => {
        const strongest = lines
          .filter(line => line.feature)
          .sort((a, b) => Math.abs(b.shap[row]) - Math.abs(a.shap[row]))
          .slice(0, 6);
        const [head, ...others] = aboutRow(set, row);
        return [
          [head[0], undefined, "head"],
          ...others,
          ...strongest.map(({ feature, shap }, n) => [
            `${feature.name} = ${feature.value(row)}`,
            signed(shap[row]),
            n ? "" : "line",
            shap[row],
          ]),
        ];
      },
    }));
    return area.bottom + 6 + under(svg, (area.left + area.right) / 2, area.bottom + 6, this.rowsTitle, width);
  }
  table() {
    return [
      ["row", "score", ...this.lines.map(line => line.name)],
      ...this.shown.map(row => [this.set.rowName(row), digits(this.set.score(row)), ...this.lines.map(({ shap }) => seen(shap[row]))]),
    ];
  }
}

// All SHAP values at once, as colours.
class Heatmap extends Columns {
  get title() {
    return `${this.set.valueName}s of ${count(this.shown.length)} rows and ${this.lines.length} features as colours`;
  }
  paint(svg, width) {
    const { set } = this;
    const rows = (this.shown = this.pickRows()),
      lines = (this.lines = set.lines(this.spec.features));
    const names = new Names(
      lines.map(line => line.title),
      width,
      20,
      false,
    );
    const left = Math.max(names.left, 46),
      right = width - (width > 600 ? 76 : 2);
    const top = 30,
      high = 70,
      start = top + high + 8,
      bottom = names.place(start);
    this.tops = names.tops;
    const area = (this.box = { left, right, top: start, bottom });
    const across = new Scale(0, rows.length, left, right);
    const up = new Scale(...spanOf([...rows.map(row => set.score(row)), set.base(-1)]), top + high, top);
    const curve = { left, right, top, bottom: top + high };
    axis(svg, "left", up, curve, { spacing: 26 });
    if (set.hasBase) line(svg, left, up.at(set.base(-1)), right, up.at(set.base(-1)), "zero");
    draw("path", { d: this.scoreLine(up, across), class: "curve" }, svg);
    const sizes = lines.flatMap(({ shap }) => rows.map(row => Math.abs(shap[row]))).sort((a, b) => a - b);
    const reach = sizes[Math.floor(0.99 * (sizes.length - 1))] || sizes[sizes.length - 1] || 1;
    // One pixel a cell, stretched over its line.
    const tone = tones();
    lines.forEach(({ feature, shap }, i) => {
      const canvas = make("canvas");
      [canvas.width, canvas.height] = [rows.length, 1];
      const context = canvas.getContext("2d"),
        pixels = context.createImageData(rows.length, 1);
      rows.forEach((row, x) => pixels.data.set([...tone(clamp(shap[row] / reach, -1, 1)), 255], 4 * x));
      context.putImageData(pixels, 0, 0);
      draw(
        "image",
        {
          x: left,
          y: names.tops[i],
          width: right - left,
          height: names.heights[i],
          preserveAspectRatio: "none",
          href: canvas.toDataURL("image/png"),
        },
        svg,
      );
      names.write(svg, i, feature);
    });
    const largest = Math.max(...lines.map(line => line.mean)) || 1;
    if (width > 600)
      lines.forEach(({ feature, mean }, i) =>
        box(svg, right + 12, names.middle(i) - 5, (64 * mean) / largest, 10, feature ? "bar size" : "bar rest"),
      );
    this.area = svg;
    lines.forEach(({ feature, name, shap }, i) =>
      rows.forEach((row, x) =>
        this.marks.push({
          x: across.at(x + 0.5),
          y: names.tops[i] + names.heights[i] / 2,
          high: names.heights[i],
          row,
          line: i,
          tell: () => [
            ...(feature
              ? aboutFeature(feature, row)
              : [
                  [name, undefined, "head"],
                  [set.valueName, signed(shap[row]), "", shap[row]],
                ]),
            ...aboutRow(set, row),
          ],
        }),
      ),
    );
    label(svg, 0, 13, "score", "tick");
    label(svg, right, 13, signed(reach), "tick", "end");
    const end = right - widthOf(signed(reach), 11.5) - 7;
    for (const i of range(20))
      box(svg, end - 100 + 5 * i, 5, 5.3, 8, "swatch").setAttribute("style", `fill:rgb(${tone((i + 0.5) / 10 - 1)})`);
    label(svg, end - 107, 13, (width > 480 ? set.valueName + "  " : "") + signed(-reach), "tick", "end");
    return bottom + 6 + under(svg, (left + right) / 2, bottom + 6, this.rowsTitle, width);
  }
  table() {
    return [
      ["row", "score", ...this.lines.map(line => line.name)],
      ...this.shown.map(row => [this.set.rowName(row), digits(this.set.score(row)), ...this.lines.map(({ shap }) => seen(shap[row]))]),
    ];
  }
}
// From what lowers over the colour of the page's cards to what raises.
const tones = () => {
  const look = getComputedStyle(document.documentElement);
  const read = name => {
    const pen = ruler;
    pen.fillStyle = look.getPropertyValue(name).trim();
    return [1, 3, 5].map(at => parseInt(pen.fillStyle.slice(at, at + 2), 16));
  };
  const ends = [read("--against"), read("--favour")],
    middle = read("--card");
  return share => middle.map((channel, i) => Math.round(channel + (ends[share < 0 ? 0 : 1][i] - channel) * Math.abs(share) ** 0.85));
};
