// Small drawing tools of the what-if page: SVG parts, even ticks, tables and their files. Colours come from the style sheet.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";

  const node = (name, values = {}, inside = []) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
    made.append(...[inside].flat());
    return made;
  };
  const element = (name, values = {}, inside = []) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
    made.append(...[inside].flat());
    return made;
  };
  const picture = (width, height, parts) =>
    node("svg", { viewBox: `0 0 ${width} ${height}`, width, height, focusable: "false", "aria-hidden": "true" }, parts);
  const text = (x, y, words, values = {}) => node("text", { x, y, ...values }, words);

  /** Round numbers from low to high, about `count` of them. */
  const ticks = (low, high, count, least = 0) => {
    const rough = (high - low || 1) / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = Math.max(least, [1, 2, 2.5, 5, 10].map((by) => by * power).find((by) => by >= rough));
    const found = [];
    for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) found.push(Number(at.toPrecision(12)));
    return found;
  };
  const scale = (low, high, from, to) => (value) => from + ((value - low) / (high - low || 1)) * (to - from);

  /** Axes with a quiet grid. `x` and `y` are {ticks, at, label}. */
  const axes = (box, x, y) => [
    ...y.ticks.map((tick) => node("line", { class: "grid", x1: box.left, x2: box.right, y1: y.at(tick), y2: y.at(tick) })),
    ...y.ticks.map((tick) => text(box.left - 8, y.at(tick) + 4, y.label(tick), { class: "tick", "text-anchor": "end" })),
    ...x.ticks.map((tick) => text(x.at(tick), box.bottom + 20, x.label(tick), { class: "tick", "text-anchor": "middle" })),
  ];
  const line = (points) => points.map(([x, y], at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

  /** A table of texts; a cell may be an element. */
  const table = (caption, columns, rows) => {
    const heads = columns.map((name) => element("th", { scope: "col" }, name));
    const lines = rows.map((row) => element("tr", {}, row.map((cell) => element("td", {}, cell))));
    return element("table", {}, [
      element("caption", { class: "visually-hidden" }, caption),
      element("thead", {}, element("tr", {}, heads)),
      element("tbody", {}, lines),
    ]);
  };
  const quoted = (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  /** The address of a file of values separated by commas. */
  const file = (columns, rows) => {
    const lines = [columns, ...rows].map((row) => row.map((cell) => quoted(String(cell))).join(","));
    return `data:text/csv;charset=utf-8,${encodeURIComponent(lines.join("\r\n") + "\r\n")}`;
  };

  globalThis.candorDraw = { axes, element, file, line, node, picture, scale, table, text, ticks };
})();
