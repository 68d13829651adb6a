// A figure: pointing, keys, zooming. What its marks are, the classes below know.
class Plot {
  constructor(figure) {
    this.figure = figure;
    this.svg = figure.querySelector("svg");
    this.size = numbers(this.svg.getAttribute("viewBox"));
    this.set = sets[figure.dataset.set];
    this.area = this.svg.querySelector("svg.area");
    if (this.area) {
      const [left, top, width, height] = numbers(this.area.getAttribute("viewBox"));
      this.box = { left, top, width, height };
      this.over = draw("g", { class: "over" }, this.area);
      this.zoom = new Zoom(this.box, figure.dataset.zoom || "");
    }
    this.at = -1;
    figure.tabIndex = 0;
    figure.setAttribute("role", "group");
    figure.setAttribute("aria-label", this.svg.getAttribute("aria-label") + ". Arrow keys go from mark to mark.");
    figure.addEventListener("keydown", event => this.key(event));
    figure.addEventListener("blur", () => this.leave());
    this.svg.addEventListener("pointermove", event => { if (!this.drag) this.point(event); });
    this.svg.addEventListener("pointerdown", event => { if (event.pointerType !== "mouse") this.point(event); });
    this.svg.addEventListener("pointerleave", () => { if (!this.drag) this.leave(); });
    if (figure.dataset.zoom) this.offerZoom();
  }
  get scale() { return this.svg.getBoundingClientRect().width / this.size[2]; }
  placeOf(event) {
    const box = this.svg.getBoundingClientRect();
    return [(event.clientX - box.left) / this.scale, (event.clientY - box.top) / this.scale];
  }
  screen(x, y) {
    const box = this.svg.getBoundingClientRect();
    return [box.left + x * this.scale, box.top + y * this.scale];
  }
  inArea(x, y) {
    const { left, top, width, height } = this.box;
    return x >= left && x <= left + width && y >= top && y <= top + height;
  }
  point(event) {
    const [x, y] = this.placeOf(event);
    const found = this.find(x, y);
    if (found < 0) this.leave();
    else if (found !== this.at || this.follows) this.show(found, [event.clientX, event.clientY], y);
  }
  show(place, where, y) {
    this.at = place;
    const lines = this.tell(place, y);
    say(lines, where ? { at: () => where } : { at: () => this.screen(...this.middleOf(place)), follows: true });
  }
  leave() {
    if (this.at < 0) return;
    this.at = -1;
    hush();
    if (this.set) this.set.mark(-1);
    this.unmark();
  }
  unmark() { }
  mark() { }
  key(event) {
    if (event.target !== this.figure || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (steps) {
      const next = this.step(...steps);
      if (next >= 0) this.show(next);
    } else if (event.key === "Escape") {
      this.leave();
    } else if (this.figure.dataset.zoom && ["+", "-", "0"].includes(event.key)) {
      this.zoomBy({ "+": 1.6, "-": 1 / 1.6, 0: 0 }[event.key]);
    } else return;
    event.preventDefault();
  }

  offerZoom() {
    this.axes = [...this.svg.querySelectorAll(".ticks")].map(group => new Axis(group, this.set));
    const tools = make("div", "tools");
    make("span", "hint", "Drag to zoom", tools);
    for (const [text, label, factor] of [["+", "Zoom in", 1.6], ["\u2212", "Zoom out", 1 / 1.6], ["Reset", "Show all", 0]]) {
      const button = make("button", "", text, tools);
      button.type = "button";
      button.setAttribute("aria-label", label);
      button.title = label;
      button.addEventListener("click", () => this.zoomBy(factor));
    }
    this.figure.append(tools);
    this.svg.classList.add("zoomable");

    this.svg.addEventListener("wheel", event => {
      const [x, y] = this.placeOf(event);
      if (!this.inArea(x, y) || !(event.ctrlKey || event.metaKey || this.figure.contains(document.activeElement))) return;
      event.preventDefault();
      this.zoom.closer(Math.exp(clamp(-event.deltaY, -200, 200) * 0.003), x, y);
      this.zoomed();
    }, { passive: false });
    this.svg.addEventListener("dblclick", event => {
      event.preventDefault();
      this.zoomBy(0);
    });
    this.svg.addEventListener("pointerdown", event => {
      const [x, y] = this.placeOf(event);
      if (event.button !== 0 || event.pointerType === "touch" || !this.inArea(x, y)) return;
      event.preventDefault();
      this.figure.focus({ preventScroll: true });
      this.drag = { x, y, moves: event.shiftKey, band: null };
      this.svg.setPointerCapture(event.pointerId);
    });
    this.svg.addEventListener("pointermove", event => {
      if (this.drag) this.dragTo(...this.placeOf(event));
    });
    this.svg.addEventListener("pointerup", () => this.dropped(true));
    this.svg.addEventListener("pointercancel", () => this.dropped(false));
  }
  dragTo(x, y) {
    const drag = this.drag;
    if (drag.moves) {
      this.zoom.move(x - drag.x, y - drag.y);
      [drag.x, drag.y] = [x, y];
      this.zoomed();
      return;
    }
    const { left, top, width, height } = this.box;
    x = clamp(x, left, left + width);
    y = clamp(y, top, top + height);
    const [x0, x1] = this.zoom.along.x ? [Math.min(x, drag.x), Math.max(x, drag.x)] : [left, left + width];
    const [y0, y1] = this.zoom.along.y ? [Math.min(y, drag.y), Math.max(y, drag.y)] : [top, top + height];
    if (!drag.band && (this.zoom.along.x ? x1 - x0 : y1 - y0) > 5) {
      this.leave();
      drag.band = draw("rect", { class: "band" }, this.over);
    }
    if (!drag.band) return;
    drag.box = [x0, y0, x1, y1];
    for (const [name, value] of [["x", x0], ["y", y0], ["width", x1 - x0], ["height", y1 - y0]]) drag.band.setAttribute(name, value);
  }
  dropped(done) {
    const drag = this.drag;
    this.drag = null;
    if (!drag || !drag.band) return;
    drag.band.remove();
    const [x0, y0, x1, y1] = drag.box;
    if (done && x1 - x0 > 5 && y1 - y0 > 5) {
      this.zoom.toBox(x0, y0, x1, y1);
      this.zoomed();
    }
  }
  zoomBy(factor) {
    if (factor) this.zoom.closer(factor, this.box.left + this.box.width / 2, this.box.top + this.box.height / 2);
    else this.zoom.reset();
    this.zoomed();
  }
  zoomed() {
    this.leave();
    const z = this.zoom;
    for (const group of this.area.querySelectorAll(".moving"))
      group.setAttribute("transform", `matrix(${z.kx} 0 0 ${z.ky} ${z.tx} ${z.ty})`);
    for (const group of this.area.querySelectorAll(".moving-x")) group.setAttribute("transform", `matrix(${z.kx} 0 0 1 ${z.tx} 0)`);
    this.figure.classList.toggle("zoomed", z.isOn);
    for (const axis of this.axes) axis.show(z);
    for (const label of this.svg.querySelectorAll("[data-x]")) {
      const x = z.x(Number(label.dataset.x));
      const [left, right] = numbers(label.dataset.area);
      label.setAttribute("x", x);
      label.style.visibility = x < left || x > right ? "hidden" : "";
      const turned = label.getAttribute("transform");
      if (turned) label.setAttribute("transform", `rotate(-30 ${x} ${label.getAttribute("y")})`);
    }
  }
}
