// Volumes to go through: slices across all three directions, or what lies behind one another seen at once.
{
  const backdrop = 0x90,
    backdropShare = 0.3;
  const across = [
    [1, 2],
    [0, 2],
    [0, 1],
  ];

  class Scrubber {
    constructor(figure) {
      this.figure = figure;
      const raw = JSON.parse(figure.querySelector(".volume-data").textContent);
      Object.assign(this, { ...raw, place: [...raw.place], start: raw.place, view: "slice", behind: new Map() });
      this.map = this.opened(raw.map);
      this.input = raw.input && this.opened(raw.input);
      this.table = colorTable(raw.colors);
      this.none = colorTable(raw.none);
      for (const still of figure.querySelectorAll(".still, .without-script")) still.hidden = true;
      const tools = make("div", "controls");
      this.views = make("select", "", undefined, make("label", "", "Show ", tools));
      for (const [value, text] of [
        ["slice", "slices"],
        ["strongest", "strongest along the direction"],
        ["mean", "mean magnitude along the direction"],
      ])
        make("option", "", text, this.views).value = value;
      this.views.addEventListener("change", () => {
        this.view = this.views.value;
        this.show();
      });
      if (this.input) {
        this.opaque = make("input", "", undefined, make("label", "", "Opacity ", tools));
        Object.assign(this.opaque, { type: "range", min: 0, max: 100, value: Math.round(100 * raw.opacity) });
        this.opaque.addEventListener("input", () => this.show());
      }
      makeButton("Strongest", "Go to the strongest voxel", tools, () => this.go(this.start));
      this.told = make("output", "told", undefined, tools);
      this.told.setAttribute("aria-live", "polite");
      const panes = make("div", "panes");
      this.panes = range(3).map(axis => this.pane(axis, panes));
      figure.prepend(tools, panes);
      this.show();
      figure.classList.add("ready");
    }
    pane(axis, parent) {
      const [down, right] = across[axis];
      const pane = make("div", "pane", undefined, parent);
      pane.style.width = `${this.figure.dataset.width}px`;
      make("p", "above", `across the ${this.names[axis]}`, pane);
      const stack = make("div", "stack", undefined, pane),
        canvas = make("canvas", "", undefined, stack);
      [canvas.width, canvas.height, canvas.tabIndex] = [this.seen[right], this.seen[down], 0];
      // Flat volumes are not drawn as lines.
      canvas.style.aspectRatio = `${this.seen[right]} / ${Math.max(this.seen[down], this.seen[right] / 8)}`;
      canvas.setAttribute("role", "img");
      const lines = ["upright", "level"].map(kind => make("div", `line ${kind}`, undefined, stack));
      const at = event => {
        const box = canvas.getBoundingClientRect();
        const place = [...this.place];
        place[right] = Math.floor(((event.clientX - box.left) / box.width) * canvas.width);
        place[down] = Math.floor(((event.clientY - box.top) / box.height) * canvas.height);
        this.go(place);
      };
      canvas.addEventListener("pointerdown", event => {
        if (event.pointerType === "mouse" && event.button === 0) canvas.setPointerCapture(event.pointerId);
      });
      canvas.addEventListener("pointermove", event => {
        if (canvas.hasPointerCapture(event.pointerId)) at(event);
      });
      canvas.addEventListener("click", at);
      canvas.addEventListener("keydown", event => {
        const step = {
          ArrowLeft: [right, -1],
          ArrowRight: [right, 1],
          ArrowUp: [down, -1],
          ArrowDown: [down, 1],
          PageUp: [axis, 1],
          PageDown: [axis, -1],
        }[event.key];
        if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        const place = [...this.place];
        place[step[0]] += step[1];
        this.go(place);
      });
      const slider = make("input", "", undefined, make("label", "", `${this.names[axis]} `, pane));
      Object.assign(slider, { type: "range", min: 0, max: this.seen[axis] - 1 });
      const number = make("span", "number", "", slider.parentElement);
      slider.addEventListener("input", () => {
        const place = [...this.place];
        place[axis] = Number(slider.value);
        this.go(place);
      });
      return { axis, canvas, lines, slider, number };
    }
    go(place) {
      this.place = place.map((at, axis) => clamp(at, 0, this.seen[axis] - 1));
      this.show();
    }
    // A volume with the place of its number for each voxel that is seen, direction by direction.
    opened(raw) {
      const { extents } = raw;
      const strides = [extents[1] * extents[2], extents[2], 1];
      const steps = range(3).map(axis => Int32Array.from({ length: this.seen[axis] },
        (_, at) => strides[axis] * Math.floor(((2 * at + 1) * extents[axis]) / (2 * this.seen[axis]))));
      return { ...unpack(raw), steps };
    }
    placeOf(volume, [z, y, x]) {
      return volume.steps[0][z] + volume.steps[1][y] + volume.steps[2][x];
    }
    valueOf(volume, place) {
      return valueAt(volume, this.placeOf(volume, place));
    }
    // The numbers of a pane.
    plane(volume, axis, view) {
      const [down, right] = across[axis];
      const place = [0, 0, 0];
      const read = (from, to, take) => {
        const numbers = new Float64Array(this.seen[down] * this.seen[right]);
        for (let row = 0, i = 0; row < this.seen[down]; row++)
          for (let column = 0; column < this.seen[right]; column++, i++) {
            [place[down], place[right]] = [row, column];
            numbers[i] = take(from, to);
          }
        return numbers;
      };
      const through = take => read(0, this.seen[axis], (from, to) => {
        let all = NaN,
          count = 0;
        for (place[axis] = from; place[axis] < to; place[axis]++) {
          const value = this.valueOf(volume, place);
          if (!Number.isNaN(value)) all = take(count++ ? all : undefined, value);
        }
        return view === "mean" ? all / count : all;
      });
      if (view === "mean") return through((sum, value) => (sum ?? 0) + Math.abs(value));
      if (view === "strongest") return through((best, value) => (best === undefined || Math.abs(value) > Math.abs(best) ? value : best));
      place[axis] = this.place[axis];
      return read(0, 1, () => this.valueOf(volume, place));
    }
    planeOf(volume, axis, view) {
      if (view === "slice") return this.plane(volume, axis, view);
      const key = `${volume === this.map} ${axis} ${view}`;
      if (!this.behind.has(key)) this.behind.set(key, this.plane(volume, axis, view));
      return this.behind.get(key);
    }
    show() {
      for (const pane of this.panes) {
        const { axis, canvas, lines, slider, number } = pane;
        const [down, right] = across[axis];
        this.paint(canvas, this.planeOf(this.map, axis, this.view),
          this.input && this.planeOf(this.input, axis, this.view === "mean" ? "strongest" : this.view));
        lines[0].style.left = `${(100 * (this.place[right] + 0.5)) / this.seen[right]}%`;
        lines[1].style.top = `${(100 * (this.place[down] + 0.5)) / this.seen[down]}%`;
        slider.value = this.place[axis];
        slider.disabled = this.view !== "slice";
        number.textContent = `${this.place[axis]} (0 to ${this.seen[axis] - 1})`;
        canvas.setAttribute("aria-label", this.view === "slice"
          ? `Slice at ${this.names[axis]} ${this.place[axis]}. Arrow keys move the place, page keys the slice.`
          : `The volume along the ${this.names[axis]}. Arrow keys move the place.`);
      }
      const toldOf = volume => roundedAt(volume, this.placeOf(volume, this.place));
      const value = toldOf(this.map);
      const where = this.names.map((name, axis) => `${name} ${this.place[axis]}`).join(", ");
      this.told.textContent = `${where}: ${Number.isNaN(value) ? "no value" : signed(value)}`
        + (this.input ? `, input ${format(toldOf(this.input))}` : "");
    }
    paint(canvas, values, shades) {
      const context = canvas.getContext("2d"),
        image = context.createImageData(canvas.width, canvas.height);
      // Means of magnitudes have a scale of their own, from zero on.
      const isMean = this.view === "mean";
      const [low, high] = isMean ? [0, values.reduce((most, value) => (value > most ? value : most), 0)] : this.scale;
      const symmetric = this.symmetric && !isMean;
      const opacity = this.input ? this.opaque.value / 100 : 1;
      for (let i = 0; i < values.length; i++) {
        const value = values[i];
        const position = Number.isNaN(value) ? NaN : high > low ? clamp((value - low) / (high - low), 0, 1) : symmetric ? 0.5 : 0;
        let color = this.colorAt(isMean && this.symmetric ? 0.5 + position / 2 : position);
        if (shades) {
          const share = clamp((shades[i] - this.shades[0]) / (this.shades[1] - this.shades[0]), 0, 1) || 0;
          const gray = Math.round(Math.round(255 * share) * (1 - backdropShare) + backdrop * backdropShare);
          const strength = Number.isNaN(position) ? 0 : symmetric ? Math.abs(2 * position - 1) : position;
          // Pale colours would only whiten the image: opacity tells how strong a value is.
          if (symmetric && strength > 0) color = this.colorAt(0.5 + Math.sign(position - 0.5) * (0.25 + 0.15 * strength));
          color = color.map(channel => gray + (channel - gray) * opacity * strength);
        }
        for (let c = 0; c < 3; c++) image.data[4 * i + c] = Math.round(color[c]);
        image.data[4 * i + 3] = 255;
      }
      context.putImageData(image, 0, 0);
    }
    colorAt(position) {
      if (Number.isNaN(position)) return [0, 1, 2].map(c => this.none[c]);
      const place = Math.min(Math.floor(255 * position), 254),
        share = 255 * position - place;
      return [0, 1, 2].map(c => this.table[3 * place + c] + (this.table[3 * place + 3 + c] - this.table[3 * place + c]) * share);
    }
  }
  for (const figure of document.querySelectorAll("figure.scrubber")) new Scrubber(figure);
}
