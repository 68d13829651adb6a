// What the reader chooses: classes, features, rows; searched, sorted, pinned.
const kinds = {
  beeswarm: Beeswarm,
  bars: Bars,
  dependence: Dependence,
  histogram: Histogram,
  matrix: Matrix,
  decision: Decision,
  stack: Stack,
  heatmap: Heatmap,
  waterfall: Waterfall,
  force: Force,
};
const menus = [];
const render = plot => {
  try {
    plot.render();
  } catch (error) {
    // What was drawn before stays.
    console.error(error);
  }
};

// Shows what was chosen wherever it is shown.
const update = word => {
  if (word === "row") showRow();
  if (word === "class") {
    for (const name of document.querySelectorAll(".of-class")) name.textContent = sets[state.set].name;
    showRow();
  }
  if (word === "pins" || word === "class") showPinnedRows();
  for (const plot of plots) {
    if (word === "class" && !plot.follows.includes("class")) continue;
    if (word === "class" || (word === "feature" && plot.follows.includes("feature"))) plot.view = {};
    const concerned = {
      class: true,
      order: true,
      feature: plot.follows.includes("feature") || plot.follows.includes("rank"),
      color: plot.follows.includes("feature"),
      row: plot.follows.includes("row"),
      pins: plot instanceof Decision,
    }[word];
    if (concerned) render(plot);
    else plot.ring(-1);
  }
  for (const menu of menus) menu.show();
};
const choose = (changes, word) => {
  Object.assign(state, changes);
  update(word);
};
const turn = (chosen, id, word) => {
  if (!chosen.delete(id)) chosen.add(id);
  update(word);
};

// A list to choose from, under a button that says what is chosen.
const mostItems = 200;
class Menu {
  constructor(parent, name, { items, now, pick, pin = null, sorts = null, sorted = null }) {
    Object.assign(this, { items, now, pick, pin });
    const menu = (this.menu = make("details", "menu", undefined, parent));
    const summary = make("summary", "", undefined, menu);
    make("span", "what", name, summary);
    this.current = make("span", "now", "", summary);
    const sheet = make("div", "sheet", undefined, menu),
      find = make("div", "find", undefined, sheet);
    this.search = make("input", "", undefined, find);
    Object.assign(this.search, { type: "search", placeholder: "Search", autocomplete: "off" });
    this.search.setAttribute("aria-label", `Search ${name}`);
    this.search.addEventListener("input", () => this.fill());
    if (sorts) {
      const select = make("select", "", undefined, find);
      select.setAttribute("aria-label", `Sort ${name}`);
      for (const [key, text] of sorts) make("option", "", text, select).value = key;
      select.addEventListener("change", () => {
        sorted(select.value);
        this.fill();
      });
    }
    this.list = make("ul", "", undefined, sheet);
    this.list.setAttribute("aria-label", name);
    menu.addEventListener("toggle", () => {
      if (!menu.open) return;
      for (const other of menus) if (other !== this) other.menu.open = false;
      this.search.value = "";
      this.fill();
      if (!matchMedia("(hover: none)").matches) this.search.focus();
    });
    menu.addEventListener("keydown", event => this.key(event));
    menus.push(this);
    this.show();
  }
  show() {
    this.current.textContent = this.now();
    if (this.menu.open) this.fill();
  }
  fill() {
    const focused = document.activeElement && this.list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const words = this.search.value
      .toLowerCase()
      .split(/\s+/)
      .filter(word => word);
    const all = this.items(),
      found = all.filter(item => words.every(word => `${item.text} ${item.more || ""}`.toLowerCase().includes(word)));
    this.list.replaceChildren();
    for (const item of found.slice(0, mostItems)) {
      const entry = make("li", "", undefined, this.list);
      const button = makeButton("", "", entry, () => {
        this.menu.open = false;
        this.menu.firstChild.focus({ preventScroll: true });
        this.pick(item.id);
      });
      button.className = "choose";
      button.dataset.key = "choose " + item.id;
      if (item.isCurrent) button.setAttribute("aria-current", "true");
      make("span", "", item.text, button);
      if (item.more) make("span", "more", item.more, button);
      if (this.pin && !item.hasNoPin) {
        const pin = makeButton(item.isPinned ? "★" : "☆", `Pin ${item.text}`, entry, () => this.pin(item.id));
        pin.className = "pin";
        pin.dataset.key = "pin " + item.id;
        pin.setAttribute("aria-pressed", item.isPinned ? "true" : "false");
      }
    }
    if (found.length > mostItems) make("li", "none", `${count(found.length - mostItems)} more: search for them`, this.list);
    if (!found.length) make("li", "none", "Nothing is called so", this.list);
    if (focused) [...this.list.querySelectorAll("button")].find(button => button.dataset.key === focused)?.focus();
  }
  key(event) {
    if (event.key === "Escape" && this.menu.open) {
      this.menu.open = false;
      this.menu.firstChild.focus();
    } else if (this.menu.open && ["ArrowDown", "ArrowUp"].includes(event.key) && event.target.tagName !== "SELECT") {
      const buttons = [...this.list.querySelectorAll(".choose")],
        at = buttons.indexOf(document.activeElement);
      const next = at + (event.key === "ArrowDown" ? 1 : -1);
      (next < 0 ? this.search : buttons[Math.min(next, buttons.length - 1)])?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

const featureSorts = [
  ["weight", "by importance"],
  ["name", "by name"],
  ["given", "as given"],
];
const current = () => sets[state.set];
const chosenFeature = () => current().byId.get(state.feature) || current().order()[0];
const offers = {
  class: parent =>
    new Menu(parent, data.choice, {
      now: () => current().name,
      pick: id => choose({ set: id }, "class"),
      pin: id => turn(state.pinnedSets, id, "sets"),
      sorts: [
        ["given", "as given"],
        ["name", "by name"],
        ["weight", "by importance"],
      ],
      sorted: setSort => {
        state.setSort = setSort;
      },
      items: () => {
        const key = {
          given: () => 0,
          name: (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }),
          weight: (a, b) => b.weight - a.weight,
        }[state.setSort];
        return [...sets]
          .sort((a, b) => state.pinnedSets.has(b.number) - state.pinnedSets.has(a.number) || key(a, b) || a.number - b.number)
          .map(set => ({
            id: set.number,
            text: set.name,
            isCurrent: set.number === state.set,
            isPinned: state.pinnedSets.has(set.number),
            more: set.addsUp ? `base ${format(set.base(-1))}` : "",
          }));
      },
    }),
  feature: parent =>
    new Menu(parent, "Feature", {
      now: () => chosenFeature()?.name ?? "",
      pick: id => choose({ feature: id }, "feature"),
      pin: id => turn(state.pinned, id, "order"),
      sorts: featureSorts,
      sorted: sort => choose({ sort }, "order"),
      items: () =>
        current()
          .order()
          .map(feature => ({
            id: feature.id,
            text: feature.name,
            more: format(feature.mean),
            isCurrent: feature === chosenFeature(),
            isPinned: state.pinned.has(feature.id),
          })),
    }),
  color: parent => {
    const fixed = [
      { id: "auto", text: "what acts most along with it" },
      { id: "none", text: "nothing" },
    ];
    return new Menu(parent, "Colour by", {
      now: () => (fixed.find(item => item.id === state.color) || { text: current().byId.get(state.color)?.name }).text,
      pick: id => choose({ color: id }, "color"),
      items: () =>
        [
          ...fixed,
          ...current()
            .order()
            .map(feature => ({ id: feature.id, text: feature.name })),
        ].map(item => ({ ...item, isCurrent: item.id === state.color })),
    });
  },
  row: parent =>
    new Menu(parent, "Row", {
      now: () => current().rowName(rowOf(current())),
      pick: id => choose({ row: id }, "row"),
      pin: id => turn(state.pinnedRows, id, "pins"),
      sorts: [
        ["score", "highest first"],
        ["rising", "lowest first"],
        ["given", "as given"],
        ...(current().labels ? [["truth", "by truth"]] : []),
      ],
      sorted: rowSort => {
        state.rowSort = rowSort;
      },
      items: () => {
        const set = current(),
          rising = set.byScore(),
          chosen = rowOf(set);
        const rows = {
          score: [...rising].reverse(),
          rising,
          given: range(set.rows.length).sort((a, b) => set.rows[a] - set.rows[b]),
          truth: set.labels ? [...rising].reverse().sort((a, b) => set.label(a).localeCompare(set.label(b))) : rising,
        }[state.rowSort];
        const item = row => ({
          id: set.idOf(row),
          text: set.rowName(row),
          isCurrent: row === chosen,
          isPinned: state.pinnedRows.has(set.idOf(row)),
          more: format(set.score(row)) + (set.label(row) === undefined ? "" : ` · ${set.label(row)}`),
        });
        return [
          ...rows.filter(row => state.pinnedRows.has(set.idOf(row))),
          ...rows.filter(row => !state.pinnedRows.has(set.idOf(row))),
        ].map(item);
      },
    }),
  data: parent =>
    makeButton("CSV", "Save all values as CSV", parent, () => {
      const set = current();
      saveTable(`values ${sets.length > 1 ? set.name : ""}`.trim().replace(/[^\p{L}\p{N}]+/gu, "-"), [
        [
          "row",
          ...(set.outputs ? ["class"] : []),
          ...(set.labels ? ["truth"] : []),
          "score",
          ...(set.given ? ["model's own score"] : []),
          ...(set.addsUp ? ["base value"] : []),
          ...set.features.map(feature => feature.name),
          ...set.features.map(feature => `${set.method} ${feature.name}`),
          ...(set.raw.rest ? [`${set.method} of ${set.raw.rest.count} others`] : []),
        ],
        ...range(set.rows.length).map(row => [
          set.rowName(row),
          ...(set.outputs ? [set.output(row)] : []),
          ...(set.labels ? [set.label(row)] : []),
          digits(set.score(row)),
          ...(set.given ? [digits(set.given[row])] : []),
          ...(set.addsUp ? [digits(set.base(row))] : []),
          ...set.features.map(feature => feature.cell(row)),
          ...set.features.map(feature => seen(feature.shap[row])),
          ...(set.raw.rest ? [seen(part(set.raw.rest.shap)[row])] : []),
        ]),
      ]);
    }),
};

// The chosen row has its name over its drawings, and what is told of it.
const rowCard = document.querySelector("[data-follows='row']");
const rowRemark = (set, row) =>
  `score ${set.scoreText(set.score(row))}` +
  (set.output(row) === undefined ? "" : `, explained: ${set.output(row)}`) +
  (set.label(row) === undefined ? "" : `, in truth ${set.label(row)}`);
const showRow = () => {
  if (!rowCard) return;
  const set = current(),
    row = rowOf(set),
    why = set.telling.find(([telling]) => telling === row);
  rowCard.querySelector(".heading .words").textContent = (why ? why[1] : "") + set.rowName(row);
  rowCard.querySelector(".aside .words").textContent = rowRemark(set, row);
  for (const button of document.querySelectorAll("[data-telling]"))
    button.setAttribute("aria-pressed", set.telling[button.dataset.telling]?.[0] === row ? "true" : "false");
};

// Pinned rows stand under the chosen one.
const showPinnedRows = () => {
  if (!rowCard) return;
  const cards = document.querySelectorAll("[data-pinned]");
  for (const card of cards)
    if (!state.pinnedRows.has(card.dataset.pinned)) {
      plots.splice(
        plots.findIndex(plot => plot.pinned === card.dataset.pinned),
        1,
      );
      card.remove();
    }
  for (const id of state.pinnedRows) {
    let card = [...document.querySelectorAll("[data-pinned]")].find(known => known.dataset.pinned === id);
    const set = current(),
      row = set.placeOf.get(id);
    if (!card) {
      card = make("section", "card", undefined, rowCard.parentNode);
      card.dataset.pinned = id;
      const heading = make("div", "heading", undefined, card);
      make("h3", "words", "", heading);
      make("p", "aside", "", heading);
      makeButton("Unpin", `Unpin ${row === undefined ? "row" : set.rowName(row)}`, heading, () => turn(state.pinnedRows, id, "pins"));
      const figure = make("figure", "plot", undefined, make("div", "content", undefined, card));
      figure.dataset.spec = JSON.stringify({ kind: "waterfall", follows: "class", features: 20, text: "" });
      draw("svg", {}, figure);
      make("figcaption", "", "", figure);
      const plot = new Waterfall(figure);
      plot.pinned = id;
      plots.push(plot);
      render(plot);
    }
    card.hidden = row === undefined;
    if (row === undefined) continue;
    card.querySelector(".words").textContent = `★ ${set.rowName(row)}`;
    card.querySelector(".aside").textContent = rowRemark(set, row);
  }
};

// Without the script the most telling rows stand one under the other; with it one is enough, and the others a tap away.
for (const other of document.querySelectorAll("[data-follows='none'], .without-script")) other.remove();
for (const figure of document.querySelectorAll(".plot")) {
  const plot = new kinds[JSON.parse(figure.dataset.spec).kind](figure);
  plots.push(plot);
}
for (const bar of document.querySelectorAll("[data-menus]")) for (const name of bar.dataset.menus.split(" ")) offers[name](bar);
const openMenus = (plot, names) => {
  if (!plot || !document.querySelector(".bar")) return null;
  const row = make("div", "menus");
  plot.figure.closest(".content").prepend(row);
  for (const name of names) offers[name](row);
  return row;
};
openMenus(
  plots.find(plot => plot.follows.includes("feature")),
  ["feature", "color"],
);
if (rowCard && current().rows.length > 1) {
  const row = make("div", "menus");
  rowCard.parentNode.prepend(row);
  offers.row(row);
  current().telling.forEach(([, why], place) => {
    const button = makeButton(why.replace(/: $/, "") || current().rowName(current().telling[place][0]), "", row, () =>
      choose({ row: current().idOf(current().telling[place][0]) }, "row"),
    );
    button.dataset.telling = place;
  });
  showRow();
}
for (const plot of plots) render(plot);

// As wide as there is room, in the colours of the screen.
let lastWidth = main.clientWidth;
new ResizeObserver(() => {
  if (main.clientWidth === lastWidth) return;
  lastWidth = main.clientWidth;
  requestAnimationFrame(() => plots.forEach(render));
}).observe(main);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plots.forEach(render));
addEventListener("pointerdown", event => {
  for (const { menu } of menus) if (!menu.contains(event.target)) menu.open = false;
  if (!event.target.closest || !event.target.closest(".plot")) for (const plot of plots) plot.leave();
});

// The frame of the figure that has the keyboard is for those who use it.
const root = document.documentElement.classList;
addEventListener("keydown", () => root.add("by-keys"), true);
addEventListener("pointerdown", () => root.remove("by-keys"), true);
