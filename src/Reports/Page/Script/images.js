// Colours maps over images and tells values.
{
  const data = JSON.parse(document.getElementById("images").textContent);
  const opacity = document.getElementById("opacity");
  const colors = document.getElementById("colors");
  const told = document.getElementById("told");
  const canvases = [...document.querySelectorAll("canvas")];

  const maps = data.images.map(image => image.map(unpack));
  const mapOf = canvas => maps[canvas.dataset.image][canvas.dataset.map];

  const paint = canvas => {
    const map = mapOf(canvas);
    const table = colorTable(data.colors[colors.value === "automatic" ? (map.signed ? "diverging" : "sequential") : colors.value]);
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    for (let i = 0; i < map.values.length; i++) {
      const value = valueAt(map, i);
      const share = map.reach > 0 ? value / map.reach : 0;
      const place = Math.min(255, Math.max(0, Math.floor(256 * (map.signed ? (share + 1) / 2 : share))));
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = table[3 * place + c];
      image.data[4 * i + 3] = Number.isNaN(value) ? 0 : 255;
    }
    context.putImageData(image, 0, 0);
    canvas.style.opacity = opacity.value / 100;
  };
  // Those far below wait until they are seen.
  const whenSeen = new IntersectionObserver(entries => {
    for (const entry of entries) {
      if (!entry.isIntersecting || entry.target.dataset.colors === colors.value) continue;
      entry.target.dataset.colors = colors.value;
      paint(entry.target);
    }
  }, { rootMargin: "400px" });
  const watch = () => {
    for (const canvas of canvases) {
      whenSeen.unobserve(canvas);
      whenSeen.observe(canvas);
    }
  };

  const seen = value => (Number.isNaN(value) ? "nothing was seen here" : Number(value.toPrecision(5)).toString());
  const tell = (canvas, x, y) => {
    const value = roundedAt(mapOf(canvas), y * canvas.width + x);
    const [name, method] = [canvas.closest("section").querySelector("h2").textContent, canvas.closest("figure").querySelector(".method")];
    canvas.dataset.x = x;
    canvas.dataset.y = y;
    told.textContent = `${name}, ${method.textContent}, column ${x}, row ${y}: ${seen(value)}`;
  };
  const within = (value, most) => clamp(value, 0, most - 1);
  for (const canvas of canvases) {
    canvas.addEventListener("click", event => {
      const box = canvas.getBoundingClientRect();
      tell(canvas, within(Math.floor(((event.clientX - box.left) / box.width) * canvas.width), canvas.width),
        within(Math.floor(((event.clientY - box.top) / box.height) * canvas.height), canvas.height));
    });
    canvas.addEventListener("keydown", event => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], Enter: [0, 0] }[event.key];
      if (!step) return;
      event.preventDefault();
      const [x, y] = [Number(canvas.dataset.x ?? canvas.width >> 1), Number(canvas.dataset.y ?? canvas.height >> 1)];
      tell(canvas, within(x + step[0], canvas.width), within(y + step[1], canvas.height));
    });
  }
  opacity.addEventListener("input", () => {
    for (const canvas of canvases) canvas.style.opacity = opacity.value / 100;
  });
  colors.addEventListener("change", watch);
  watch();
}
