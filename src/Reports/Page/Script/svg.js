// Texts and shapes of drawings.
const ruler = document.createElement("canvas").getContext("2d");
const letters = getComputedStyle(document.body).fontFamily;
const lengths = once(font => {
  const measured = new Map();
  return text => {
    if (!measured.has(text)) {
      ruler.font = font;
      measured.set(text, ruler.measureText(text).width);
    }
    return measured.get(text);
  };
});
const widthOf = (text, size = 12.5, weight = 400) => lengths(`${weight} ${size}px ${letters}`)(text);
const widest = (texts, size, weight) => Math.max(0, ...texts.map(text => widthOf(text, size, weight)));

// A text in as many lines as it takes, broken where words, or parts of a column's name, end.
const wrap = (text, width, size = 12.5) => {
  if (widthOf(text, size) <= width) return [text];
  const pieces = text.match(/[^\s_.\-/:=,|]*[\s_.\-/:=,|]*/g).filter(piece => piece);
  const lines = [];
  let line = "";
  for (const piece of pieces) {
    if (line && widthOf((line + piece).trimEnd(), size) > width) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += piece;
    while (widthOf(line.trimEnd(), size) > width && [...line].length > 1) {
      const all = [...line];
      let fits = 1;
      while (fits < all.length && widthOf(all.slice(0, fits + 1).join(""), size) <= width) fits++;
      lines.push(all.slice(0, fits).join(""));
      line = all.slice(fits).join("");
    }
  }
  if (line.trim() || !lines.length) lines.push(line.trimEnd());
  return lines;
};
const shorten = (text, width, size = 12.5) => {
  if (widthOf(text, size) <= width) return text;
  const all = [...text];
  let kept = all.length;
  while (kept > 2 && widthOf(all.slice(0, Math.ceil(kept / 2)).join("") + "…" + all.slice(-Math.floor(kept / 2)).join(""), size) > width)
    kept--;
  return all.slice(0, Math.ceil(kept / 2)).join("") + "…" + all.slice(-Math.floor(kept / 2)).join("");
};

const line = (parent, x1, y1, x2, y2, kind) => draw("line", { x1, y1, x2, y2, class: kind }, parent);
const box = (parent, x, y, width, height, kind) =>
  draw(
    "rect",
    { x: x.toFixed(2), y: y.toFixed(2), width: Math.max(0, width).toFixed(2), height: Math.max(0, height).toFixed(2), class: kind },
    parent,
  );
const label = (parent, x, y, text, kind, anchor) =>
  draw("text", { x: x.toFixed(2), y: y.toFixed(2), class: kind, "text-anchor": anchor }, parent, text);
const labels = (parent, x, middle, lines, kind, anchor, height = 14) => {
  const text = draw(
    "text",
    { x: x.toFixed(2), y: (middle + 4.5 - (height * (lines.length - 1)) / 2).toFixed(2), class: kind, "text-anchor": anchor },
    parent,
    lines[0],
  );
  for (const more of lines.slice(1)) draw("tspan", { x: x.toFixed(2), dy: height }, text, more);
  return text;
};
const upright = (parent, x, y, text, length) =>
  draw("text", { x, y, class: "title", "text-anchor": "middle", transform: `rotate(-90 ${x} ${y})` }, parent, shorten(text, length));
// A text under a drawing, its middle near a place, in as many lines as it takes; says how high they are.
const under = (svg, middle, top, text, width) => {
  const lines = wrap(text, width),
    half = widest(lines) / 2;
  labels(svg, clamp(middle, half, Math.max(half, width - half)), top + 7 * lines.length, lines, "title", "middle");
  return 14 * lines.length + 4;
};
// The part of a drawing in which marks lie: what leaves it is not seen.
const clipped = (parent, { left, top, right, bottom }) =>
  draw(
    "svg",
    {
      class: "area",
      x: left,
      y: top,
      width: Math.max(1, right - left),
      height: Math.max(1, bottom - top),
      viewBox: `${left} ${top} ${Math.max(1, right - left)} ${Math.max(1, bottom - top)}`,
    },
    parent,
  );

// Dots of one colour are one path, whose points a round pen draws.
const dots = (parent, marks, diameter) => {
  const paths = new Map();
  for (const { x, y, color } of marks) paths.set(color, (paths.get(color) || "") + `M${x.toFixed(1)} ${y.toFixed(1)}h0`);
  for (const [color, d] of [...paths].sort()) draw("path", { class: `dots ${color}`, d, "stroke-width": diameter }, parent);
};

// Names of lines: beside the marks, or in little room above them; always whole.
class Names {
  constructor(titles, width, least, mayStack = true) {
    const wide = widest(titles);
    this.above = mayStack && width < 560 && wide > (width < 420 ? 0.3 : 0.42) * width;
    this.least = least;
    this.lines = titles.map(title => wrap(title, this.above ? width - 4 : Math.min(wide, Math.max(0.36 * width, 100)) + 1));
    this.width = this.above ? 0 : widest(this.lines.flat());
    this.heights = this.lines.map(lines => (this.above ? 15 * lines.length + least + 5 : Math.max(least, 14 * lines.length + 4)));
  }
  get left() {
    return this.above ? 4 : this.width + 12;
  }
  place(top) {
    this.tops = [];
    for (const height of this.heights) {
      this.tops.push(top);
      top += height;
    }
    return top;
  }
  middle(i) {
    return this.above ? this.tops[i] + this.heights[i] - this.least / 2 - 2 : this.tops[i] + this.heights[i] / 2;
  }
  write(svg, i, feature) {
    const lines = this.lines[i],
      kind = feature ? "name named" : "name rest";
    const text = this.above
      ? labels(svg, 0, this.tops[i] + (15 * lines.length) / 2 + 1, lines, kind, "start", 15)
      : labels(svg, this.width, this.middle(i), lines, kind, "end");
    if (feature) text.addEventListener("click", () => choose({ feature: feature.id }, "feature"));
  }
}

// Squares with names, in as many lines as they take.
const legend = (svg, entries, left, top, width) => {
  let x = 0,
    y = top;
  for (const [name, kind] of entries) {
    const lines = wrap(name, width - 16, 11.5);
    const needed = 16 + widest(lines, 11.5);
    if (x > 0 && x + needed > width) [x, y] = [0, y + 18];
    box(svg, left + x, y + 3, 11, 11, "fill " + kind);
    labels(svg, left + x + 16, y + 8 + 7 * (lines.length - 1), lines, "tick", "start");
    if (lines.length > 1) [x, y] = [0, y + 14 * lines.length + 4];
    else x += needed + 14;
  }
  return (x > 0 ? y + 18 : y) - top;
};
// Blue to red, with what both ends stand for; its right end at a place. Says how wide it is.
const colorLegend = (svg, right, baseline, low, high, none) => {
  let at = right;
  if (none) {
    label(svg, at, baseline, none, "tick", "end");
    at -= widthOf(none, 11.5) + 8;
    draw("path", { class: "dots vx key", d: `M${at} ${baseline - 4}h0` }, svg);
    at -= 14;
  }
  label(svg, at, baseline, high, "tick", "end");
  at -= widthOf(high, 11.5) + 7 + 80;
  for (const i of range(16)) box(svg, at + 5 * i, baseline - 8, 5.4, 8, `fill band v${i}`);
  label(svg, at - 7, baseline, low, "tick", "end");
  return right - at + 7 + widthOf(low, 11.5);
};

// Spreads the dots of one line sideways. Few touch but never cover each other; many fill an outline that is wider the denser they lie.
const swarm = (places, diameter, reach) => {
  const order = range(places.length).sort((a, b) => places[a] - places[b]);
  const sorted = order.map(i => places[i]);
  const found = touching(sorted, diameter, reach) || filling(sorted, diameter, reach);
  const offsets = new Float64Array(places.length);
  order.forEach((dot, i) => {
    offsets[dot] = found[i];
  });
  return offsets;
};
const touching = (sorted, diameter, reach) => {
  const offsets = [],
    square = diameter * diameter;
  let first = 0;
  for (let i = 0; i < sorted.length; i++) {
    while (sorted[i] - sorted[first] >= diameter) first++;
    if (i - first > (4 * reach) / diameter + 4) return null;
    let best = Infinity;
    for (let j = first - 1; j < i; j++) {
      const middle = j < first ? 0 : offsets[j],
        aside = j < first ? 0 : Math.sqrt(square - (sorted[i] - sorted[j]) ** 2);
      for (const offset of [middle + aside, middle - aside]) {
        if (Math.abs(offset) >= Math.abs(best)) continue;
        let free = true;
        for (let k = first; k < i && free; k++) free = (sorted[i] - sorted[k]) ** 2 + (offset - offsets[k]) ** 2 >= square * (1 - 1e-9);
        if (free) best = offset;
      }
    }
    if (Math.abs(best) > reach) return null;
    offsets.push(best);
  }
  return offsets;
};
const filling = (sorted, diameter, reach) => {
  let from = 0,
    to = 0,
    most = 1;
  const crowds = sorted.map(place => {
    while (place - sorted[from] > 1.5 * diameter) from++;
    while (to < sorted.length && sorted[to] - place <= 1.5 * diameter) to++;
    const crowd = Math.max(1, (to - from) / 3);
    most = Math.max(most, crowd);
    return crowd;
  });
  return crowds.map((crowd, i) => {
    const needed = ((crowd - 1) * diameter) / 2;
    const width = (reach * Math.log(1 + (4 * crowd * diameter) / reach)) / Math.log(1 + (4 * most * diameter) / reach);
    return Math.min(needed, width) * (2 * turned(i + 1) - 1);
  });
};
// The binary digits of a number mirrored at the point: neighbours come to lie far apart.
const turned = number => {
  let total = 0,
    share = 0.5;
  for (; number > 0; number >>= 1, share /= 2) total += (number & 1) * share;
  return total;
};
