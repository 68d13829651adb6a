// How single rows come by their scores.
class SingleRow extends Plot {
  get row() {
    if (this.pinned !== undefined) return this.set.placeOf.get(this.pinned) ?? -1;
    return this.follows.includes("row") ? rowOf(this.set) : this.set.placeOfNumber(this.spec.strong[0]);
  }
  get isEmpty() {
    return this.row < 0;
  }
  get subject() {
    return this.set.rowName(this.row);
  }
  get title() {
    const { set, row } = this;
    if (!set.addsUp) return `${set.rowName(row)}: ${set.valueName}s for the ${set.scoreName}, ${format(set.score(row))}`;
    return `${set.rowName(row)}: from base value ${format(set.base(row))} to the ${set.scoreName}, ${format(set.score(row))}`;
  }
  get remark() {
    return this.set.gapText(this.row);
  }
  // The features of the row, the strongest first, and the sum of all others.
  steps(most) {
    const { set, row } = this,
      { rest } = set.raw;
    const order = [...set.features].sort((a, b) => Math.abs(b.shap[row]) - Math.abs(a.shap[row]) || a.id - b.id);
    const [shown, left] = parted(order, most, rest, 0);
    const steps = shown.map(feature => ({ feature, name: feature.name, text: feature.value(row), value: feature.shap[row] }));
    if (left.length || rest) {
      const number = left.length + (rest ? rest.count : 0);
      const value = sum(left.map(feature => feature.shap[row])) + (rest ? part(rest.shap)[row] : 0);
      steps.push({
        feature: null,
        name: number === 1 && left.length ? left[0].name : `${number} others together`,
        text: "",
        value,
      });
    }
    return steps;
  }
  tellAll() {
    return (
      `${this.title}; ` + this.shown.map(({ name, text, value }) => `${name}${text ? " = " + text : ""} ${signed(value)}`).join("; ")
    );
  }
  table() {
    const { set, row } = this;
    return [
      ["row", "feature", "value", set.valueName],
      ...(set.addsUp ? [[set.rowName(row), "base value", "", digits(set.base(row))]] : []),
      ...this.shown.map(({ feature, name, value }) => [set.rowName(row), name, feature ? feature.cell(row) : "", seen(value)]),
      [set.rowName(row), "score", "", digits(set.score(row))],
      ...(set.gap(row) ? [[set.rowName(row), "not explained", "", digits(set.gap(row))]] : []),
    ];
  }
}

class Waterfall extends SingleRow {
  get text() {
    const texts = [
      "Red speaks for the score, blue against it; these values do not add up to it.",
      "From the base value at the bottom up to the score: red raises it, blue lowers it.",
    ];
    return texts.includes(this.spec.text) ? texts[Number(this.set.addsUp)] : this.spec.text;
  }
  paint(svg, width) {
    const { set, row } = this;
    const steps = (this.shown = this.steps(this.spec.features)),
      base = set.addsUp ? set.base(row) : 0,
      score = set.addsUp ? set.score(row) : 0,
      gap = set.gap(row);
    let at = base;
    // What does not add up starts at zero, each by itself.
    for (const step of [...steps].reverse()) {
      step.from = at;
      step.to = at + step.value;
      if (set.addsUp) at = step.to;
    }
    const rows = gap
      ? [{ feature: null, name: "not explained", text: "", value: gap, from: score, to: set.given[row], isGap: true }, ...steps]
      : steps;
    const names = new Names(
      rows.map(step => (step.text ? `${step.name} = ${step.text}` : step.name)),
      width,
      26,
    );
    const top = 26,
      bottom = names.place(top),
      amounts =
        widest(
          rows.map(step => signed(step.value)),
          12.5,
          560,
        ) + 8;
    const scale = new Scale(
      ...spanOf([base, score, ...rows.flatMap(step => [step.from, step.to])], 0),
      names.left + amounts,
      width - amounts,
    );
    const end = (value, text, y, kind, from, to) => {
      const half = widthOf(text, 12.5, 560) / 2;
      line(svg, scale.at(value), from, scale.at(value), to, "link");
      label(svg, clamp(scale.at(value), half, width - half), y, text, kind, "middle");
    };
    if (set.addsUp) {
      end(score, `score ${set.scoreText(score)}`, top - 10, "amount", top - 4, names.middle(gap ? 1 : 0));
      end(base, `base value ${set.scoreText(base)}`, bottom + 17, "tick", top - 4, bottom + 4);
    } else line(svg, scale.at(0), top, scale.at(0), bottom, "zero");
    rows.forEach((step, i) => {
      const middle = names.middle(i),
        from = scale.at(step.from),
        to = scale.at(step.to),
        sign = Math.sign(to - from);
      names.write(svg, i, step.feature);
      if (i > 0 && set.addsUp) line(svg, to, names.middle(i - 1) + 8, to, middle - 8, "link");
      const tip = Math.min(5, Math.abs(to - from)) * sign;
      const kind = step.isGap ? "gap" : (step.value < 0 ? "against" : "favour") + (step.feature ? "" : " faded");
      if (from !== to)
        draw(
          "path",
          {
            class: kind,
            d: `M${from} ${middle - 8.5}L${to - tip} ${middle - 8.5}L${to} ${middle}L${to - tip} ${middle + 8.5}L${from} ${middle + 8.5}z`,
          },
          svg,
        );
      const text = signed(step.value),
        wide = widthOf(text, 12.5, 560);
      if (!step.isGap && Math.abs(to - from) >= wide + 14)
        label(svg, (from + to) / 2 - 2.5 * sign, middle + 4.5, text, "amount within", "middle");
      else label(svg, to + (step.value < 0 ? -6 : 6), middle + 4.5, text, "amount", step.value < 0 ? "end" : "start");
      this.marks.push({
        x: (from + to) / 2,
        y: middle,
        box: [0, names.tops[i], width, names.tops[i] + names.heights[i]],
        line: i,
        feature: step.feature,
        tell: () => [
          [step.name, step.text || undefined, "head"],
          [step.isGap ? "not explained" : set.valueName, text, "", step.value],
          ...(set.addsUp ? [["score up to here", set.scoreText(step.to)]] : []),
        ],
      });
    });
    return bottom + 24;
  }
}

class Force extends SingleRow {
  paint(svg, width) {
    const { set, row } = this,
      score = set.score(row),
      base = set.base(row);
    const steps = (this.shown = this.steps(100));
    const total = sign => sum(steps.map(step => Math.max(0, sign * step.value)));
    const area = { left: 16, right: width - 16, top: 46, bottom: 72 };
    const scale = new Scale(...spanOf([base, score, score - total(1), score + total(-1)], 0.05), area.left, area.right);
    axis(svg, "top", scale, area, { grid: false });
    const ends = [
      [base, `base value ${format(base)}`, "tick", 400],
      [score, `score ${set.scoreText(score)}`, "amount", 560],
    ].map(([value, text, kind, weight]) => ({ at: scale.at(value), text, kind, half: widthOf(text, 12.5, weight) / 2 }));
    // Each above its place, or side by side where they would cover each other.
    const [first, second] = ends.sort((a, b) => a.at - b.at),
      needed = first.half + second.half + 16;
    first.at = clamp(first.at, first.half, width - 2 * second.half - first.half - 16);
    second.at = clamp(Math.max(second.at, first.at + needed), second.half, width - second.half);
    first.at = Math.max(first.half, Math.min(first.at, second.at - needed));
    for (const { at, text, kind } of ends) label(svg, at, 14, text, kind, "middle");
    let lowest = area.bottom;
    for (const sign of [1, -1]) {
      const pieces = steps.filter(step => Math.sign(step.value) === sign).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
      let at = score,
        free = scale.at(score) - sign * 9,
        full = false;
      pieces.forEach(step => {
        const near = scale.at(at),
          far = scale.at(at - step.value),
          tip = Math.min(6, Math.abs(near - far)) * sign;
        draw(
          "path",
          {
            class: `${sign > 0 ? "favour" : "against"} piece${step.feature ? "" : " faded"}`,
            d: `M${near - tip} 46L${near} 59L${near - tip} 72L${far - tip} 72L${far} 59L${far - tip} 46z`,
          },
          svg,
        );
        const middle = (near + far) / 2,
          below = [step.text, signed(step.value)];
        const half = Math.max(widthOf(step.name), widthOf(below[0]) + widthOf(below[1], 12.5, 560) + 8) / 2;
        const place = sign > 0 ? Math.min(middle, free - half) : Math.max(middle, free + half);
        full ||= place - half < 0 || place + half > width || Math.abs(place - middle) > 150;
        if (!full) {
          draw("path", { class: "leader", d: `M${middle} 73L${middle} 76L${place} 82` }, svg);
          label(svg, place, 94, step.name, "name", "middle");
          const own = (widthOf(below[0]) + widthOf(below[1], 12.5, 560) + 8) / 2;
          label(svg, place - own, 111, below[0], "value");
          label(svg, place + own, 111, below[1], "amount " + (sign > 0 ? "up" : "down"), "end");
          free = place - sign * (half + 16);
          lowest = 118;
        }
        this.marks.push({
          x: middle,
          y: 59,
          box: [Math.min(near, far), 44, Math.max(near, far), 74],
          feature: step.feature,
          tell: () => [
            [step.name, step.text || undefined, "head"],
            [set.valueName, signed(step.value), "", step.value],
          ],
        });
        at -= step.value;
      });
    }
    line(svg, scale.at(base), 42, scale.at(base), 76, "zero");
    return lowest + 4;
  }
}
