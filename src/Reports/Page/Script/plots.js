// What plots are made of: the numbers that the page carries for them, and drawings.
const data = JSON.parse(document.getElementById("plot-data").textContent);
const drawingSpace = document.querySelector(".plot svg").namespaceURI;

const sum = numbers => numbers.reduce((total, value) => total + value, 0);
// Smallest and largest of what is finite; a single value stands in the middle of a span of its own size.
const spanOf = (numbers, margin = 0.03) => {
  let low = Infinity,
    high = -Infinity;
  for (const value of numbers) {
    if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  if (low > high) [low, high] = [0, 0];
  if (low === high) {
    const half = Math.abs(low) / 2 || 1;
    [low, high] = [low - half, high + half];
  }
  const room = (high - low) * margin;
  return [low - room, high + room];
};

const draw = (tag, attributes, parent, text) => {
  const element = document.createElementNS(drawingSpace, tag);
  for (const name in attributes) if (attributes[name] !== undefined) element.setAttribute(name, attributes[name]);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
};
const percent = share => {
  const rarer = 100 * Math.min(share, 1 - share);
  return trim((100 * share).toFixed(rarer > 0 ? clamp(1 - Math.floor(Math.log10(rarer)), 1, 4) : 1)) + "\u00a0%";
};
