// A figure: drawn as wide as there is room, and anew for what the reader chooses. It tells its marks to pointer, finger and keyboard, lets
// one look closer, and saves itself.
const plots = [];

class Plot {
  constructor(figure) {
    this.figure = figure;
    this.spec = JSON.parse(figure.dataset.spec);
    this.follows = (this.spec.follows || "").split(" ");
    this.svg = figure.querySelector("svg");
    this.caption = figure.querySelector("figcaption");
    this.view = {};
    this.marks = [];
    this.at = -1;
    figure.tabIndex = 0;
    figure.addEventListener("keydown", event => this.key(event));
    figure.addEventListener("blur", () => this.leave());
    this.offerTools();
  }
  get set() {
    return sets[this.follows.includes("class") ? state.set : this.spec.sets[0]];
  }
  get zooms() {
    return "";
  }
  // Whether there is anything to draw, for the class and the features that are chosen.
  get isEmpty() {
    return false;
  }

  render() {
    this.figure.hidden = this.isEmpty;
    if (this.isEmpty) return;
    this.leave();
    const width = Math.max(260, Math.floor(this.figure.clientWidth));
    const svg = draw("svg", { role: "img", class: "drawing" + (this.zooms ? " zoomable" : "") });
    [this.marks, this.scales, this.grid, this.byRow] = [[], {}, null, null];
    this.area = null;
    const height = Math.ceil(this.paint(svg, width));
    for (const [name, value] of [
      ["viewBox", `0 0 ${width} ${height}`],
      ["width", width],
      ["aria-label", this.tellAll()],
    ])
      svg.setAttribute(name, value);
    this.width = width;
    this.over = draw("g", { class: "over" }, this.area || svg);
    this.svg.replaceWith(svg);
    this.svg = svg;
    this.listen(svg);
    this.figure.classList.add("drawn");
    this.figure.setAttribute("aria-label", this.title + ". Arrow keys go from mark to mark.");
    this.caption.textContent = [this.text, this.remark].filter(text => text).join(" ");
    this.zoomOut.disabled = this.resetZoom.disabled = !Object.keys(this.view).length;
    this.ring(-1);
  }
  // What is always true of the drawing, and what of this one.
  get text() {
    return this.spec.text;
  }
  get remark() {
    return "";
  }
  tellAll() {
    return this.title;
  }

  // What lies where along a direction: all of it, or what the reader looks at.
  scale(direction, from, to, start, end) {
    const [a, b] = this.view[direction] || [from, to];
    const scale = new Scale(a, b, start, end);
    this.scales[direction] = { full: [from, to], scale };
    return scale;
  }

  listen(svg) {
    svg.addEventListener("pointermove", event => {
      if (this.drag) this.dragTo(event);
      else if (event.pointerType === "mouse") this.point(event);
    });
    svg.addEventListener("pointerleave", event => {
      if (!this.drag && event.pointerType === "mouse") this.leave();
    });
    svg.addEventListener("pointerdown", event => this.grab(event));
    svg.addEventListener("pointerup", () => this.drop(true));
    svg.addEventListener("pointercancel", () => this.drop(false));
    svg.addEventListener("click", event => {
      if (this.dragged) return;
      this.point(event);
      this.pick();
    });
    if (!this.zooms) return;
    svg.addEventListener("dblclick", event => {
      event.preventDefault();
      this.zoomBy(0);
    });
    svg.addEventListener(
      "wheel",
      event => {
        const place = this.placeOf(event);
        if (!this.inArea(...place) || !(event.ctrlKey || event.metaKey || this.figure.contains(document.activeElement))) return;
        event.preventDefault();
        this.zoomBy(Math.exp(clamp(-event.deltaY, -200, 200) * 0.003), place);
      },
      { passive: false },
    );
    // Two fingers. The touched drawing goes on to be told of them, also when another has taken its place.
    svg.addEventListener("touchstart", event => this.pinch(event), { passive: false });
    svg.addEventListener("touchmove", event => this.pinch(event), { passive: false });
    for (const end of ["touchend", "touchcancel"])
      svg.addEventListener(end, () => {
        this.fingers = null;
      });
  }
  pinch(event) {
    if (event.touches.length !== 2) return;
    const [one, two] = [...event.touches].map(touch => this.placeOf(touch));
    const middle = [(one[0] + two[0]) / 2, (one[1] + two[1]) / 2],
      apart = Math.max(1, Math.hypot(one[0] - two[0], one[1] - two[1]));
    if (!this.fingers && !this.inArea(...middle)) return;
    event.preventDefault();
    const { fingers } = this;
    this.fingers = { apart };
    [this.drag, this.dragged] = [null, true];
    if (fingers && Math.abs(apart - fingers.apart) > 0.5) this.zoomBy(apart / fingers.apart, middle);
    else if (fingers) this.fingers = fingers;
  }
  get ratio() {
    return this.svg.getBoundingClientRect().width / this.width;
  }
  placeOf(event) {
    const box = this.svg.getBoundingClientRect();
    return [(event.clientX - box.left) / this.ratio, (event.clientY - box.top) / this.ratio];
  }
  screen(x, y) {
    const box = this.svg.getBoundingClientRect();
    return [box.left + x * this.ratio, box.top + y * this.ratio];
  }
  inArea(x, y) {
    const { box } = this;
    return box && x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
  }

  // The mark under a place, or the nearest one in reach.
  find(x, y, reach) {
    let best = -1,
      least = reach * reach;
    this.marks.forEach((mark, place) => {
      if (mark.box) {
        const [left, top, right, bottom] = mark.box;
        if (x >= left && x < right && y >= top && y < bottom) [best, least] = [place, -1];
      } else {
        const distance = (mark.x - x) ** 2 + (mark.y - y) ** 2;
        if (distance < least && this.inArea(mark.x, mark.y)) [best, least] = [place, distance];
      }
    });
    return best;
  }
  point(event) {
    const found = this.find(...this.placeOf(event), event.pointerType === "mouse" ? 14 : 26);
    if (found < 0) this.leave();
    else if (found !== this.at || tip.hidden) this.show(found, () => [event.clientX, event.clientY], false);
  }
  show(place, at, follows) {
    this.at = place;
    say(this.marks[place].tell(), { at, follows });
    this.ringAll(this.marks[place].row ?? -1);
  }
  leave() {
    if (this.at < 0) return;
    this.at = -1;
    hush();
    this.ringAll(-1);
  }
  // What a click, a tap or the enter key on a mark chooses.
  pick() {
    const mark = this.marks[this.at];
    if (!mark) return;
    if (mark.row !== undefined) choose({ row: this.set.idOf(mark.row) }, "row");
    else if (mark.feature) choose({ feature: mark.feature.id }, "feature");
    else if (mark.pick) mark.pick();
  }
  // All drawings of the same values show where a row is.
  ringAll(row) {
    for (const plot of plots)
      if (plot === this || (plot.set === this.set && !plot.figure.hidden)) plot.ring(row, plot === this ? this.at : -1);
  }
  ring(row, at = -1) {
    if (!this.over) return;
    this.over.replaceChildren();
    const { set } = this;
    const kept = [...state.pinnedRows].map(id => set.placeOf.get(id)).filter(place => place !== undefined);
    for (const place of kept) this.trace(place, "chosen", -1);
    if (row >= 0) this.trace(row, "", at);
    else if (at >= 0) this.frame(this.marks[at]);
  }
  trace(row, kind, at) {
    this.byRow ??= this.marks.reduce((map, mark) => map.set(mark.row, [...(map.get(mark.row) || []), mark]), new Map());
    for (const mark of this.byRow.get(row) || []) {
      if (mark.box) this.frame(mark, kind);
      else draw("circle", { cx: mark.x, cy: mark.y, r: mark === this.marks[at] ? 6.5 : 4.5, class: "ring " + kind }, this.over);
    }
  }
  frame(mark, kind = "") {
    if (!mark.box) return;
    const [left, top, right, bottom] = mark.box;
    draw("rect", { x: left, y: top, width: right - left, height: bottom - top, rx: 3, class: "ring " + kind }, this.over);
  }

  key(event) {
    if (event.target !== this.figure || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (steps) {
      const next = this.step(...steps);
      if (next >= 0) {
        const mark = this.marks[next];
        this.show(next, () => this.screen(mark.x, mark.y), true);
      }
    } else if (event.key === "Escape") this.leave();
    else if (event.key === "Enter") this.pick();
    else if (this.zooms && ["+", "-", "0"].includes(event.key)) this.zoomBy({ "+": 1.6, "-": 1 / 1.6, 0: 0 }[event.key]);
    else return;
    event.preventDefault();
  }
  // From mark to mark: along a line, or to where the same row is in the next one.
  step(dx, dy) {
    if (!this.grid) {
      const lines = new Map();
      this.marks.forEach((mark, place) => {
        const key = mark.line ?? 0;
        lines.set(key, [...(lines.get(key) || []), place]);
      });
      this.grid = [...lines.entries()]
        .sort((a, b) => a[0] - b[0])
        .map(([, places]) => places.sort((a, b) => this.marks[a].x - this.marks[b].x || a - b));
    }
    const seen = this.grid.map(places =>
      places.filter(place => this.marks[place].box || this.inArea(this.marks[place].x, this.marks[place].y)),
    );
    if (this.at < 0) return (seen.find(places => places.length) || [-1])[0];
    const at = seen.findIndex(places => places.includes(this.at));
    if (at < 0) return this.at;
    // In drawings of one line, or one mark a line, all keys lead on.
    if (seen.length === 1 && !dx) [dx, dy] = [dy, 0];
    if (seen.every(places => places.length <= 1)) [dx, dy] = [0, dx || dy];
    if (dx) return seen[at][clamp(seen[at].indexOf(this.at) + dx, 0, seen[at].length - 1)];
    const next = seen[clamp(at + dy, 0, seen.length - 1)];
    const { row, x } = this.marks[this.at];
    return (
      next.find(place => row !== undefined && this.marks[place].row === row) ??
      next.reduce((best, place) => (best < 0 || Math.abs(this.marks[place].x - x) < Math.abs(this.marks[best].x - x) ? place : best), -1)
    );
  }

  grab(event) {
    this.dragged = false;
    const [x, y] = this.placeOf(event);
    const moves = event.shiftKey || event.pointerType !== "mouse";
    if (!this.zooms || event.button !== 0 || !this.inArea(x, y) || (event.pointerType !== "mouse" && !Object.keys(this.view).length))
      return;
    if (event.pointerType === "mouse") {
      event.preventDefault();
      this.figure.focus({ preventScroll: true });
    }
    this.drag = { x, y, moves, band: null };
    this.svg.setPointerCapture(event.pointerId);
  }
  dragTo(event) {
    const { drag } = this;
    let [x, y] = this.placeOf(event);
    if (drag.moves) {
      if (Math.abs(x - drag.x) + Math.abs(y - drag.y) < 6) return;
      this.dragged = true;
      for (const direction of this.zooms) {
        const { full, scale } = this.scales[direction];
        const by = scale.back(direction === "x" ? drag.x : drag.y) - scale.back(direction === "x" ? x : y);
        const move = clamp(by, full[0] - scale.from, full[1] - scale.to);
        if (this.view[direction]) this.view[direction] = [scale.from + move, scale.to + move];
      }
      const { svg } = this;
      this.render();
      // The drawing is new, the finger still the same.
      if (svg.hasPointerCapture && event.pointerId !== undefined) this.svg.setPointerCapture(event.pointerId);
      this.drag = { ...drag, x, y };
      return;
    }
    const { left, top, right, bottom } = this.box;
    [x, y] = [clamp(x, left, right), clamp(y, top, bottom)];
    const [x0, x1] = this.zooms.includes("x") ? [Math.min(x, drag.x), Math.max(x, drag.x)] : [left, right];
    const [y0, y1] = this.zooms.includes("y") ? [Math.min(y, drag.y), Math.max(y, drag.y)] : [top, bottom];
    if (!drag.band && x1 - x0 > 5) {
      this.leave();
      this.dragged = true;
      drag.band = draw("rect", { class: "band" }, this.over);
    }
    if (!drag.band) return;
    drag.box = { x: [x0, x1], y: [y1, y0] };
    for (const [name, value] of [
      ["x", x0],
      ["y", y0],
      ["width", x1 - x0],
      ["height", y1 - y0],
    ])
      drag.band.setAttribute(name, value);
  }
  drop(done) {
    const { drag } = this;
    this.drag = null;
    if (!drag || !drag.band) return;
    drag.band.remove();
    if (!done || [...this.zooms].some(direction => Math.abs(drag.box[direction][1] - drag.box[direction][0]) < 6)) return;
    for (const direction of this.zooms) this.view[direction] = drag.box[direction].map(place => this.scales[direction].scale.back(place));
    this.render();
  }
  zoomBy(factor, [x, y] = []) {
    for (const direction of this.zooms) {
      const { full, scale } = this.scales[direction];
      const place = direction === "x" ? x : y;
      const middle = place === undefined ? (scale.from + scale.to) / 2 : scale.back(place);
      const span = (scale.to - scale.from) / factor,
        all = full[1] - full[0];
      if (!factor || span >= all * 0.999) delete this.view[direction];
      else if (span > all / 500) {
        const from = clamp(middle - (middle - scale.from) / factor, full[0], full[1] - span);
        this.view[direction] = [from, from + span];
      }
    }
    this.render();
  }

  offerTools() {
    const tools = make("div", "tools");
    if (this.zooms) make("span", "hint", "Drag to zoom", tools);
    const zoom = (text, name, factor) => {
      const button = makeButton(text, name, tools, () => this.zoomBy(factor));
      button.hidden = !this.zooms;
      return button;
    };
    zoom("+", "Zoom in", 1.6);
    this.zoomOut = zoom("\u2212", "Zoom out", 1 / 1.6);
    this.resetZoom = zoom("Reset", "Reset: show all", 0);
    for (const [kind, save] of [
      ["SVG", () => saveDrawing(this)],
      ["PNG", () => savePicture(this)],
      ["CSV", () => saveTable(this.fileName, this.table())],
    ])
      makeButton(kind, `Save as ${kind}`, tools, save);
    this.figure.append(tools);
  }
  get fileName() {
    const words = [this.spec.kind, sets.length > 1 ? this.set.name : "", this.subject || ""];
    return (
      words
        .join(" ")
        .replace(/[^\p{L}\p{N}]+/gu, "-")
        .replace(/^-|-$/g, "")
        .slice(0, 80) || "plot"
    );
  }
}

// Files are made here and kept here: nothing is sent.
let lastFile = null;
const save = (name, blob) => {
  if (lastFile) URL.revokeObjectURL(lastFile);
  const link = make("a");
  link.href = lastFile = URL.createObjectURL(blob);
  link.download = name;
  main.append(link);
  link.click();
  link.remove();
};
// The drawing with its look written into every element, so that it needs no page around it.
const looks = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "opacity",
  "font-size",
  "font-weight",
  "image-rendering",
  "shape-rendering",
];
const standAlone = plot => {
  const copy = plot.svg.cloneNode(true);
  const seen = [...plot.svg.querySelectorAll("*")];
  [...copy.querySelectorAll("*")].forEach((element, i) => {
    const look = getComputedStyle(seen[i]);
    if (look.display === "none" || seen[i].closest(".over")) element.setAttribute("display", "none");
    for (const name of looks) element.setAttribute(name, look.getPropertyValue(name));
    element.removeAttribute("class");
  });
  copy.removeAttribute("class");
  copy.setAttribute("font-family", letters);
  const [, , width, height] = copy.getAttribute("viewBox").split(" ").map(Number);
  copy.setAttribute("viewBox", `-12 -12 ${width + 24} ${height + 24}`);
  copy.setAttribute("width", width + 24);
  copy.setAttribute("height", height + 24);
  const ground = draw("rect", {
    x: -12,
    y: -12,
    width: width + 24,
    height: height + 24,
    fill: getComputedStyle(main.querySelector(".card") || main).backgroundColor,
  });
  copy.prepend(draw("title", {}, null, copy.getAttribute("aria-label")), ground);
  return { text: new XMLSerializer().serializeToString(copy), width: width + 24, height: height + 24 };
};
const saveDrawing = plot => save(plot.fileName + ".svg", new Blob([standAlone(plot).text], { type: "image/svg+xml" }));
const savePicture = async plot => {
  const { text, width, height } = standAlone(plot);
  const picture = new Image();
  picture.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
  await picture.decode();
  const canvas = make("canvas");
  [canvas.width, canvas.height] = [2 * width, 2 * height];
  canvas.getContext("2d").drawImage(picture, 0, 0, 2 * width, 2 * height);
  canvas.toBlob(blob => save(plot.fileName + ".png", blob), "image/png");
};
// A text that a spreadsheet would take for a formula has an apostrophe before it.
const cell = value => {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const text = /^[=+\-@\t\r]/.test(value) ? "'" + value : String(value ?? "");
  return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
};
// Single precision has seven digits, and what is more are none of the model's.
const digits = value => (Number.isFinite(value) ? Number(value.toPrecision(7)) : value);
const seen = value => (Number.isFinite(value) ? Number(value.toPrecision(5)) : value);
const saveTable = (name, rows) =>
  save(name + ".csv", new Blob(["\ufeff" + rows.map(row => row.map(cell).join(",") + "\r\n").join("")], { type: "text/csv" }));
