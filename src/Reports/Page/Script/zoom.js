// Round numbers along an axis, as the page had them before it was zoomed.
const roundSteps = (low, high, count) => {
  const rough = (high - low) / count * 0.999999;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find(factor => rough / power <= factor) * power;
  const ticks = [];
  for (let i = Math.ceil(low / step); i <= Math.floor(high / step) && ticks.length < 100; i++) ticks.push(i * step);
  return [ticks, step];
};
const stepText = (value, step) => {
  if (Math.abs(value) < step / 2) return "0";
  return step < 1e-5 || Math.abs(value) >= 1e6 ? format(value)
    : trueMinus(value.toFixed(clamp(-Math.floor(Math.log10(step) + 1e-9), 0, 8)));
};
const linkTicks = (from, to, at, curve) => {
  const shares = [0.5, 0.1, 0.9, 0.01, 0.99, 0.25, 0.75, 0.001, 0.999, 0.05, 0.95, 0.0001, 0.9999];
  const powers = () => [1, 3, 2, 5].flatMap(factor => {
    const low = Math.floor(Math.log10(curve.at(from))), high = Math.ceil(Math.log10(curve.at(to)));
    return Number.isFinite(low) && high - low < 60 ? Array.from({ length: high - low + 1 }, (_, i) => factor * 10 ** (low + i)) : [];
  });
  let ticks = [];
  for (const prediction of curve.shares ? shares : powers()) {
    const score = curve.from(prediction);
    if (score >= from && score <= to && ticks.every(other => Math.abs(at(other[0]) - at(score)) >= 46))
      ticks.push([score, curve.text(prediction)]);
  }
  if (ticks.length < 2 && curve.at(from) !== curve.at(to)) {
    const ends = [curve.at(from), curve.at(to)].sort((a, b) => a - b);
    ticks = roundSteps(ends[0], ends[1], Math.max(2, Math.abs(at(to) - at(from)) / 69))[0].map(p => [curve.from(p), curve.text(p)]);
  }
  return ticks.filter(tick => tick[0] >= from && tick[0] <= to).sort((a, b) => a[0] - b[0]);
};

class Axis {
  constructor(group, set) {
    this.group = group;
    this.side = group.dataset.side;
    [this.from, this.to, this.start, this.end] = group.dataset.scale.split(" ").map(Number);
    this.area = numbers(group.dataset.area);
    this.curve = group.dataset.link ? set.curve : null;
  }
  valueAt(place) { return this.from + (place - this.start) / (this.end - this.start) * (this.to - this.from); }
  placeOf(value) { return this.start + (value - this.from) / (this.to - this.from) * (this.end - this.start); }
  show(zoom) {
    const upright = this.side === "left";
    const [left, top, right, bottom] = this.area;
    const moved = place => upright ? zoom.y(place) : zoom.x(place);
    const back = place => upright ? zoom.backY(place) : zoom.backX(place);
    const at = value => moved(this.placeOf(value));
    const seen = upright ? [bottom, top] : [Math.max(left, moved(this.start)), right];
    const from = this.valueAt(back(seen[0])), to = this.valueAt(back(seen[1]));
    const length = Math.abs(seen[1] - seen[0]);
    let ticks;
    if (this.curve) ticks = linkTicks(from, to, at, this.curve);
    else {
      const [values, step] = roundSteps(from, to, Math.max(2, length / (upright ? 44 : 78)));
      ticks = values.map(value => [value, stepText(value, step)]);
    }
    this.group.replaceChildren();
    for (const [value, text] of ticks) {
      const place = at(value).toFixed(2);
      if (this.group.dataset.grid) {
        draw("line", upright ? { x1: left, x2: right, y1: place, y2: place, class: "grid" }
          : { x1: place, x2: place, y1: top, y2: bottom, class: "grid" }, this.group);
      }
      const where = upright ? { x: left - 8, y: Number(place) + 4, "text-anchor": "end" }
        : { x: place, y: this.side === "top" ? top - 7 : bottom + 17, "text-anchor": "middle" };
      draw("text", { ...where, class: "tick" }, this.group, text);
    }
  }
}

// What lies where while a reader looks closer.
class Zoom {
  constructor(box, directions) {
    this.box = box;
    this.along = { x: directions.includes("x"), y: directions.includes("y") };
    this.reset();
  }
  reset() { this.kx = this.ky = 1; this.tx = this.ty = 0; }
  get isOn() { return this.kx > 1 || this.ky > 1; }
  x(place) { return this.kx * place + this.tx; }
  y(place) { return this.ky * place + this.ty; }
  backX(place) { return (place - this.tx) / this.kx; }
  backY(place) { return (place - this.ty) / this.ky; }
  closer(factor, x, y) {
    if (this.along.x) [this.kx, this.tx] = this.turn(this.kx, this.tx, factor, x);
    if (this.along.y) [this.ky, this.ty] = this.turn(this.ky, this.ty, factor, y);
    this.keepIn();
  }
  turn(k, t, factor, place) {
    const next = clamp(k * factor, 1, 500);
    return [next, place - (place - t) / k * next];
  }
  toBox(x0, y0, x1, y1) {
    const { left, top, width, height } = this.box;
    if (this.along.x) {
      const [from, to] = [this.backX(x0), this.backX(x1)];
      this.kx = clamp(width / (to - from), 1, 500);
      this.tx = left - from * this.kx;
    }
    if (this.along.y) {
      const [from, to] = [this.backY(y0), this.backY(y1)];
      this.ky = clamp(height / (to - from), 1, 500);
      this.ty = top - from * this.ky;
    }
    this.keepIn();
  }
  move(dx, dy) {
    this.tx += dx;
    this.ty += dy;
    this.keepIn();
  }
  keepIn() {
    const { left, top, width, height } = this.box;
    this.tx = clamp(this.tx, (1 - this.kx) * (left + width), (1 - this.kx) * left);
    this.ty = clamp(this.ty, (1 - this.ky) * (top + height), (1 - this.ky) * top);
  }
}
