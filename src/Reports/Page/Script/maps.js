// Maps of numbers, which the page carries in sixteen bits, and colours for them.
const missing = 65535;
const unpack = map => ({ ...map, values: new Uint16Array(Uint8Array.from(atob(map.values), letter => letter.charCodeAt(0)).buffer) });
const valueAt = (map, place) => (map.values[place] === missing ? NaN : map.low + map.step * map.values[place]);
// The same as it is told: without digits that sixteen bits do not hold.
const roundedAt = (map, place) => {
  const value = valueAt(map, place),
    unit = 10 ** Math.ceil(Math.log10(map.step));
  return Number.isFinite(value) ? Number((Math.round(value / unit) * unit).toPrecision(12)) : value;
};
// The red, green and blue of each of 256 colours, of which a table has the hexadecimal digits.
const colorTable = once(table => Uint8Array.from({ length: 768 }, (_, i) => parseInt(table.substr(2 * i, 2), 16)));
