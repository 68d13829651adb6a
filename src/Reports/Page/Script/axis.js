// Round numbers along an axis.
const roundSteps = (low, high, wanted) => {
  const rough = ((high - low) / wanted) * 0.999999;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find(factor => rough / power <= factor) * power;
  const ticks = [];
  if (!(step > 0) || !Number.isFinite(step)) return [[low], high - low];
  for (let i = Math.ceil(low / step); i <= Math.floor(high / step) && ticks.length < 100; i++) ticks.push(i * step);
  return [ticks, step];
};
const stepText = (value, step) => {
  if (Math.abs(value) < step / 2) return "0";
  return step < 1e-5 || Math.abs(value) >= 1e6
    ? format(value)
    : trueMinus(value.toFixed(clamp(-Math.floor(Math.log10(step) + 1e-9), 0, 8)));
};
const linkTicks = (scale, curve) => {
  const { from, to } = scale,
    at = value => scale.at(value);
  const shares = [0.5, 0.1, 0.9, 0.01, 0.99, 0.25, 0.75, 0.001, 0.999, 0.05, 0.95, 0.0001, 0.9999];
  const powers = () =>
    [1, 3, 2, 5].flatMap(factor => {
      const low = Math.floor(Math.log10(curve.at(from))),
        high = Math.ceil(Math.log10(curve.at(to)));
      return Number.isFinite(low) && high - low < 60 ? Array.from({ length: high - low + 1 }, (_, i) => factor * 10 ** (low + i)) : [];
    });
  let ticks = [];
  for (const prediction of curve.shares ? shares : powers()) {
    const score = curve.from(prediction),
      half = widthOf(curve.text(prediction), 11.5) / 2 + 6;
    if (score >= from && score <= to && ticks.every(other => Math.abs(at(other[0]) - at(score)) >= Math.max(46, 2 * half)))
      ticks.push([score, curve.text(prediction)]);
  }
  if (ticks.length < 2 && curve.at(from) !== curve.at(to)) {
    const ends = [curve.at(from), curve.at(to)].sort((a, b) => a - b);
    ticks = roundSteps(ends[0], ends[1], Math.max(2, Math.abs(at(to) - at(from)) / 69))[0].map(p => [curve.from(p), curve.text(p)]);
  }
  return ticks.filter(tick => tick[0] >= from && tick[0] <= to).sort((a, b) => a[0] - b[0]);
};

class Scale {
  constructor(from, to, start, end) {
    Object.assign(this, { from, to, start, end });
  }
  at(value) {
    return this.start + ((value - this.from) / (this.to - this.from)) * (this.end - this.start);
  }
  back(place) {
    return this.from + ((place - this.start) / (this.end - this.start)) * (this.to - this.from);
  }
}

// Numbers along a side of an area, and fine lines across it.
const axis = (svg, side, scale, area, { curve = null, grid = true, spacing = side === "left" ? 44 : 78, whole = false } = {}) => {
  const { left, top, right, bottom } = area;
  const length = Math.abs(scale.end - scale.start);
  let ticks;
  if (curve) ticks = linkTicks(scale, curve);
  else {
    // As many as their texts leave room for.
    let wanted = Math.max(2, length / spacing),
      values,
      step;
    do {
      [values, step] = roundSteps(Math.min(scale.from, scale.to), Math.max(scale.from, scale.to), wanted);
      ticks = values.filter(value => !whole || Number.isInteger(value)).map(value => [value, stepText(value, step)]);
      wanted /= 1.5;
    } while (
      side !== "left" &&
      wanted >= 1 &&
      ticks.length > 2 &&
      widest(
        ticks.map(tick => tick[1]),
        11.5,
      ) +
        10 >
        Math.abs(scale.at(values[1]) - scale.at(values[0]))
    );
  }
  for (const [value, text] of ticks) {
    const place = scale.at(value);
    if (grid && side === "left") line(svg, left, place, right, place, "grid");
    else if (grid) line(svg, place, top, place, bottom, "grid");
    if (side === "left") label(svg, left - 8, place + 4, text, "tick", "end");
    else {
      const half = widthOf(text, 11.5) / 2;
      label(svg, Math.min(place, right + 22 - half), side === "top" ? top - 7 : bottom + 17, text, "tick", "middle");
    }
  }
  return ticks;
};
