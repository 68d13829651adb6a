// How much features matter, and which way.
class Beeswarm extends Plot {
  get zooms() {
    return "x";
  }
  get title() {
    return `${this.set.valueName}s by feature, ${this.set.scoreName}`;
  }
  tellAll() {
    return `${this.title}; mean absolute values: ` + this.shown.map(line => `${line.name} ${format(line.mean)}`).join("; ");
  }
  get remark() {
    return this.set
      .remark(this.set.rows.length)
      .replace("evenly spread over the scores", "those at the ends of every feature among them");
  }
  paint(svg, width) {
    const { set } = this;
    const lines = (this.shown = set.lines(this.spec.features));
    const names = new Names(
      lines.map(line => line.title),
      width,
      28,
    );
    const means = lines.map(line => format(line.mean)),
      heading = set.meanName;
    // In little room the colours have a line of their own.
    const isNarrow = width < 480,
      top = isNarrow ? 48 : 30,
      bottom = names.place(top);
    const area = (this.box = { left: names.left, right: width - Math.max(widest(means), widthOf(heading, 11.5)) - 12, top, bottom });
    const scale = this.scale("x", ...spanOf([0, ...lines.flatMap(line => spanOf(line.shap, 0))]), area.left, area.right);
    axis(svg, "bottom", scale, area);
    const inner = (this.area = clipped(svg, area));
    line(inner, scale.at(0), top, scale.at(0), bottom, "zero");
    const number = set.rows.length,
      diameter = number <= 150 ? 5.2 : number <= 400 ? 4.4 : number <= 1000 ? 3.8 : 3.2;
    let none = new Set();
    lines.forEach(({ feature, name, shap }, i) => {
      const middle = names.middle(i);
      line(svg, area.left, middle, area.right, middle, "thread");
      names.write(svg, i, feature);
      label(svg, width, middle + 4.5, means[i], "value", "end");
      const isRanked = feature && !feature.isText,
        colors = isRanked ? colorsOf(feature.column) : null;
      if (feature && !isRanked) none.add("no order");
      const places = Array.from(shap, value => scale.at(value));
      const offsets = swarm(places, diameter, 11.5);
      const marks = places.map((x, row) => {
        const step = isRanked ? colors.step(feature.column[row]) : -1;
        if (isRanked && step < 0) none.add("missing");
        return {
          x,
          y: middle + offsets[row],
          row,
          line: i,
          feature,
          color: stepClass(step),
          tell: () => [
            ...(feature
              ? aboutFeature(feature, row)
              : [
                  [name, undefined, "head"],
                  [set.valueName, signed(shap[row]), "", shap[row]],
                ]),
            ...aboutRow(set, row),
          ],
        };
      });
      dots(inner, marks, diameter);
      for (const mark of marks) this.marks.push(mark);
    });
    label(svg, width, top - 13, heading, "tick", "end");
    const right = isNarrow ? width : width - widthOf(heading, 11.5) - 18;
    const used = colorLegend(svg, right, 17, "low", "high", [...none].sort().join(", or ") || null);
    for (const title of ["value of the feature", "value"])
      if (right - used - 12 > widthOf(title, 11.5)) {
        label(svg, right - used - 12, 17, title, "tick", "end");
        break;
      }
    return (
      bottom + 24 + under(svg, (area.left + area.right) / 2, bottom + 24, set.meaning, width)
    );
  }
  table() {
    const { set } = this;
    return [
      ["row", "feature", "value", set.valueName],
      ...(set.rows.length
        ? range(set.rows.length).flatMap(row =>
            this.shown.map(({ feature, name, shap }) => [set.rowName(row), name, feature ? feature.cell(row) : "", seen(shap[row])]),
          )
        : []),
    ];
  }
}

class Bars extends Plot {
  get isStacked() {
    return this.spec.sets.length > 1;
  }
  get title() {
    return this.isStacked ? `Mean absolute ${this.set.valueName}s of all outputs` : `Mean absolute ${this.set.valueName}s, ${this.set.scoreName}`;
  }
  get text() {
    if (this.isStacked) return this.spec.text;
    return `Mean absolute ${this.set.valueName} of every feature${this.set.addsUp ? ": how much it moves the score" : ""}, whichever way.`;
  }
  tellAll() {
    return `${this.title}: ` + this.bars.map(bar => `${bar.name} ${format(bar.total)}`).join("; ");
  }
  // The features with what each output has of them.
  read() {
    const most = this.spec.features;
    if (!this.isStacked) return this.set.lines(most).map(line => ({ ...line, total: line.mean, shares: [line.mean] }));
    const all = this.spec.sets.map(number => sets[number]);
    const shares = id => all.map(set => set.byId.get(id).mean);
    const weights = new Map(all[0].features.map(feature => [feature.id, shares(feature.id)]));
    const order = all[0].order("given");
    if (state.sort === "weight")
      order.sort((a, b) => state.pinned.has(b.id) - state.pinned.has(a.id) || sum(weights.get(b.id)) - sum(weights.get(a.id)));
    if (state.sort === "name") order.splice(0, order.length, ...all[0].order("name"));
    const { rest } = all[0].raw;
    const [shown, left] = parted(order, most, rest);
    const bars = shown.map(feature => ({
      feature,
      name: feature.name,
      title: (state.pinned.has(feature.id) ? "★ " : "") + feature.name,
      shares: weights.get(feature.id),
    }));
    if (left.length || rest) {
      const name = `sum of ${left.length + (rest ? rest.count : 0)} other features`;
      bars.push({
        feature: null,
        name,
        title: name,
        shares: all.map((set, i) => sum(left.map(feature => weights.get(feature.id)[i])) + (set.raw.rest ? set.raw.rest.mean : 0)),
      });
    }
    return bars.map(bar => ({ ...bar, total: sum(bar.shares) }));
  }
  paint(svg, width) {
    const bars = (this.bars = this.read());
    const outputs = (this.outputs = this.isStacked ? this.spec.sets.map(number => sets[number].name) : [this.set.name]);
    const top = this.isStacked
      ? legend(
          svg,
          outputs.map(name => [name, colorOf(name)]),
          0,
          0,
          width,
        ) + 6
      : 0;
    const names = new Names(
      bars.map(bar => bar.title),
      width,
      23,
    );
    const bottom = names.place(top);
    const left = names.above ? 0 : names.width + 8;
    const unit =
      (width -
        left -
        widest(
          bars.map(bar => format(bar.total)),
          12.5,
          560,
        ) -
        12) /
      (Math.max(...bars.map(bar => bar.total)) || 1);
    bars.forEach((bar, i) => {
      const middle = names.middle(i);
      names.write(svg, i, bar.feature);
      let at = left;
      bar.shares.forEach((share, place) => {
        const kind = this.isStacked ? `fill ${colorOf(outputs[place])}` : bar.feature ? "bar size" : "bar rest";
        if (share > 0) box(svg, at, middle - 7, share * unit, 14, kind + (bar.feature ? "" : " faded"));
        at += share * unit;
      });
      label(svg, at + 8, middle + 4.5, format(bar.total), "amount");
      this.marks.push({
        x: (left + at) / 2,
        y: middle,
        box: [0, names.tops[i], width, names.tops[i] + names.heights[i]],
        line: i,
        feature: bar.feature,
        tell: () => [
          [bar.name, undefined, "head"],
          [this.set.meanName + (this.isStacked ? " in all" : ""), format(bar.total)],
          ...(this.isStacked ? bar.shares.map((share, place) => [outputs[place], format(share)]) : []),
        ],
      });
    });
    return bottom + 4;
  }
  table() {
    return [
      ["feature", ...(this.isStacked ? this.outputs.map(name => `${this.set.meanName} ${name}`) : [this.set.meanName])],
      ...this.bars.map(bar => [bar.name, ...bar.shares.map(digits)]),
    ];
  }
}
