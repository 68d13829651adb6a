// Attention: where the tokens look, by lines, as a map, and all heads side by side.
{
  const mostTiles = 400,
    mostLines = 240;

  class Attention {
    constructor(figure) {
      Object.assign(this, JSON.parse(figure.querySelector(".attention-data").textContent));
      this.maps = this.maps.map(unpack);
      this.table = colorTable(this.colors);
      let first = 0;
      for (const block of this.blocks) [block.first, first] = [first, first + block.heads];
      [this.block, this.head, this.query, this.pinned] = [this.blocks.length - 1, -1, -1, false];
      for (const still of figure.querySelectorAll(".still")) still.hidden = true;

      const tools = make("div", "controls");
      this.chosen = ["Block ", "Head "].map((text, i) => {
        const select = make("select", "", undefined, make("label", "", text, tools));
        select.addEventListener("change", () => this.choose(i ? this.block : Number(select.value), i ? Number(select.value) : -1));
        return select;
      });
      for (const [i, block] of this.blocks.entries()) make("option", "", `${i}: ${block.name}`, this.chosen[0]).value = i;
      this.told = make("output", "told", undefined, tools);
      this.told.setAttribute("aria-live", "polite");

      const views = make("div", "views");
      const heads = make("div", "head-view", undefined, views);
      this.sides = [this.queries, this.keys].map((names, side) => {
        const list = make("div", side ? "keys" : "queries", undefined, heads);
        list.setAttribute("role", "group");
        list.setAttribute("aria-label", side ? "Keys" : "Queries: one tells where it looks");
        return names.map((name, i) => {
          const token = make(side ? "span" : "button", "seen", name, list);
          if (side) return token;
          token.type = "button";
          token.tabIndex = i ? -1 : 0;
          token.addEventListener("pointerenter", event => event.pointerType === "mouse" && !this.pinned && this.ask(i));
          token.addEventListener("click", () => this.pin(i));
          token.addEventListener("focus", () => this.pinned || this.ask(i));
          token.addEventListener("keydown", event => {
            const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: names.length - 1 }[event.key];
            if (to === undefined || !this.sides[0][to]) return;
            event.preventDefault();
            for (const other of this.sides[0]) other.tabIndex = other === this.sides[0][to] ? 0 : -1;
            this.pinned = false;
            this.sides[0][to].focus();
            this.ask(to);
          });
          return token;
        });
      });
      this.lines = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      this.lines.setAttribute("aria-hidden", "true");
      heads.firstChild.after(this.lines);
      heads.addEventListener("pointerleave", event => event.pointerType === "mouse" && !this.pinned && this.ask(-1));

      const map = make("div", "map-view", undefined, views);
      this.canvas = make("canvas", "", undefined, map);
      [this.canvas.width, this.canvas.height] = [this.keys.length, this.queries.length];
      this.canvas.setAttribute("role", "img");
      const at = event => {
        const box = this.canvas.getBoundingClientRect();
        return [
          clamp(Math.floor(((event.clientY - box.top) / box.height) * this.queries.length), 0, this.queries.length - 1),
          clamp(Math.floor(((event.clientX - box.left) / box.width) * this.keys.length), 0, this.keys.length - 1),
        ];
      };
      const tell = event => {
        const [query, key] = at(event);
        this.told.textContent = `${this.queries[query]} → ${this.keys[key]}: ${format(this.weight(query, key), 3)}`;
      };
      this.canvas.addEventListener("pointermove", tell);
      this.canvas.addEventListener("click", event => {
        this.pin(at(event)[0]);
        tell(event);
      });
      make("p", "above", "rows: queries, columns: keys", map);

      const all = make("div", "model-view");
      all.setAttribute("role", "group");
      all.setAttribute("aria-label", "All heads");
      this.tiles = this.maps.length > mostTiles ? [] : this.blocks.flatMap((block, b) => {
        const row = make("div", "block", undefined, all);
        make("span", "above", `${b}`, row);
        return range(block.heads).map(head => {
          const tile = makeButton("", `Block ${b}, head ${head}`, row, () => this.choose(b, head));
          const canvas = make("canvas", "", undefined, tile);
          [canvas.width, canvas.height] = [this.keys.length, this.queries.length];
          this.paint(canvas, place => valueAt(this.maps[block.first + head], place));
          return { tile, b, head };
        });
      });
      if (!this.tiles.length) make("p", "note", `${count(this.maps.length)} heads are too many to show side by side; choose a block and a head above.`, all);
      figure.prepend(tools, views, all);
      new ResizeObserver(() => this.draw()).observe(heads);
      this.choose(this.block, -1);
      figure.classList.add("ready");
    }
    weight(query, key) {
      return this.values[query * this.keys.length + key];
    }
    choose(block, head) {
      [this.block, this.head] = [block, head];
      const { first, heads } = this.blocks[block];
      const places = head < 0 ? range(heads).map(i => this.maps[first + i]) : [this.maps[first + head]];
      this.values = Float64Array.from({ length: this.keys.length * this.queries.length },
        (_, place) => places.reduce((sum, map) => sum + valueAt(map, place), 0) / places.length);
      this.chosen[0].value = block;
      this.chosen[1].replaceChildren();
      for (let i = -1; i < heads; i++) make("option", "", i < 0 ? "mean of all" : `${i}`, this.chosen[1]).value = i;
      this.chosen[1].value = head;
      for (const { tile, b, head: h } of this.tiles) tile.setAttribute("aria-pressed", b === block && h === head);
      this.paint(this.canvas, place => this.values[place]);
      this.canvas.setAttribute("aria-label",
        `Map of ${head < 0 ? "the mean of the heads" : `head ${head}`} of block ${block}, ${this.queries.length} queries by ${this.keys.length} keys`);
      this.ask(this.query);
    }
    pin(query) {
      this.pinned = !(this.pinned && this.query === query);
      this.ask(query);
    }
    ask(query) {
      this.query = query;
      const row = query < 0 ? null : range(this.keys.length).map(key => this.weight(query, key));
      const most = row ? Math.max(...row, 1e-12) : 1;
      for (const [i, token] of this.sides[0].entries()) {
        token.classList.toggle("asked", i === query);
        token.setAttribute("aria-pressed", this.pinned && i === query);
      }
      for (const [i, token] of this.sides[1].entries()) token.style.setProperty("--weight", row ? `${Math.round((100 * row[i]) / most) * 0.7}%` : "0%");
      if (row) {
        const strongest = range(row.length).sort((a, b) => row[b] - row[a]).slice(0, 5);
        this.told.textContent = `${this.queries[query]} looks at ${strongest.map(key => `${this.keys[key]} ${format(row[key], 3)}`).join(", ")}`;
      } else this.told.textContent = "Point at a token, or tap it, to see where it looks.";
      this.draw();
    }
    // The strongest lines, of one query or of all.
    draw() {
      const asked = this.query < 0 ? range(this.queries.length) : [this.query];
      const lines = asked.flatMap(query => range(this.keys.length).map(key => [this.weight(query, key), query, key]))
        .filter(([weight]) => weight > 0.005).sort((a, b) => b[0] - a[0]).slice(0, mostLines);
      const box = this.lines.getBoundingClientRect();
      const middle = token => {
        const own = token.getBoundingClientRect();
        return own.top + own.height / 2 - box.top;
      };
      const ends = this.sides.map(side => side.map(middle));
      this.lines.replaceChildren(...lines.map(([weight, query, key]) => {
        const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
        const [from, to] = [ends[0][query], ends[1][key]];
        path.setAttribute("d", `M0 ${from.toFixed(1)}C${(box.width / 2).toFixed(1)} ${from.toFixed(1)} ${(box.width / 2).toFixed(1)} `
          + `${to.toFixed(1)} ${box.width.toFixed(1)} ${to.toFixed(1)}`);
        path.setAttribute("stroke-opacity", Math.min(1, Math.max(weight, 0.04)).toFixed(3));
        path.setAttribute("stroke-width", (0.6 + 2.4 * Math.min(weight, 1)).toFixed(2));
        return path;
      }));
    }
    paint(canvas, value) {
      const context = canvas.getContext("2d"),
        image = context.createImageData(canvas.width, canvas.height),
        total = canvas.width * canvas.height;
      let most = 1e-12;
      for (let i = 0; i < total; i++) most = Math.max(most, value(i));
      for (let i = 0; i < total; i++) {
        const color = 3 * Math.round(255 * clamp(value(i) / most, 0, 1) || 0);
        for (let c = 0; c < 3; c++) image.data[4 * i + c] = this.table[color + c];
        image.data[4 * i + 3] = 255;
      }
      context.putImageData(image, 0, 0);
    }
  }
  for (const figure of document.querySelectorAll("figure.attention")) new Attention(figure);
}
