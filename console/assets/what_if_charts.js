// The charts of the what-if page, at most once a frame: the map, the plan of the loan, rate against time; with their tables.
(() => {
  "use strict";
  const { axes, element, file, line, node, picture, scale, table, text, ticks } = globalThis.candorDraw;
  const { moneyText, number, rateText, schedule } = globalThis.candorQuote;
  const HEIGHT = 280;
  const ROOM = { left: 72, right: 14, top: 52, bottom: 44 };
  const LEGEND = { wide: 170, high: 20 }; // pixels of an entry; entries that do not fit beside one another stand below
  const SLICE_MS = 6; // of work on the map between two frames
  const TABLES_AFTER_MS = 200;
  const part = (id) => document.getElementById(id);
  const units = (cents) => Number(cents) / 100;

  const charts = (page, take, refresh) => {
    const { write } = page;
    const { say } = write;
    const reach = globalThis.candorWhatIf.reach(page, write);
    const drawn = { plan: "", rates: "", reach: null, width: 0 };
    let plan = null; // {rows, how, term} as drawn
    let rates = [];
    let filling = 0;

    const size = (place) => {
      const width = Math.max(260, place.clientWidth);
      return { width, box: { left: ROOM.left, right: width - ROOM.right, top: ROOM.top, bottom: HEIGHT - ROOM.bottom } };
    };
    const told = (name, title, finding) => {
      part(`${name}-finding`).textContent = finding;
      part(`${name}-picture`).setAttribute("aria-label", `${say(title)}. ${finding}`);
    };
    const legend = (box, entries) =>
      entries.flatMap(([look, words], at) => {
        const beside = box.right >= LEGEND.wide * entries.length;
        const [x, y] = beside ? [at * LEGEND.wide, 14] : [0, 14 + at * LEGEND.high];
        return [look(x, y), text(x + 26, y + 4, words, { class: "tick" })];
      });
    const stroke = (name) => (x, y) => node("line", { class: name, x1: x, x2: x + 20, y1: y, y2: y });
    const spot = (name) => (x, y) =>
      name === "point-own" ? node("circle", { class: "ring", cx: x + 12, cy: y, r: 6 })
        : node("path", { class: "point-nearest", d: `M${x + 12} ${y - 7}l7 7l-7 7l-7 -7z` });
    const axisTitle = (box, words) => text((box.left + box.right) / 2, HEIGHT - 6, words, { class: "tick", "text-anchor": "middle" });

    // The plan: what is still owed and the interest so far, with the month in which half is repaid.
    const half = (rows, amount) => rows.find((row) => row.outstanding * 2n <= amount).month;
    const drawPlan = (view) => {
      const { terms, how } = view;
      const key = terms ? `${terms.amount} ${rateText(terms.rate)} ${terms.term} ${drawn.width}` : "";
      if (key === drawn.plan && key) return;
      drawn.plan = key;
      part("plan-card").classList.toggle("is-empty", !terms);
      plan = terms ? { rows: schedule(how, terms.amount, terms.rate, terms.term), how, terms } : null;
      if (!plan) {
        part("plan-picture").replaceChildren();
        told("plan", "plan.caption", say("plan.empty"));
        return;
      }
      paintPlan(plan);
    };
    const paintPlan = ({ rows, how, terms }) => {
      const { width, box } = size(part("plan-picture"));
      let sum = 0n;
      const soFar = [[0, 0], ...rows.map((row) => [row.month, units((sum += row.interest))])];
      const owed = [[0, units(terms.amount)], ...rows.map((row) => [row.month, units(row.outstanding)])];
      const most = Math.max(units(sum), ...owed.map(([, value]) => value));
      const [x, y] = [scale(0, terms.term, box.left, box.right), scale(0, most, box.bottom, box.top)];
      const at = (points) => points.map(([month, value]) => [x(month), y(value)]);
      const area = `${line(at(owed))}L${x(terms.term)} ${box.bottom}L${box.left} ${box.bottom}Z`;
      const crossing = half(rows, terms.amount);
      part("plan-picture").replaceChildren(picture(width, HEIGHT, [
        ...axes(box, { ticks: ticks(0, terms.term, 6, 1), at: x, label: String },
          { ticks: ticks(0, most, 4), at: y, label: (value) => write.roundMoney(BigInt(Math.round(value)) * 100n) }),
        node("path", { class: "area-owed", d: area }), node("path", { class: "line-owed", d: line(at(owed)) }),
        node("path", { class: "line-interest", d: line(at(soFar)) }),
        node("line", { class: "crossing", x1: x(crossing), x2: x(crossing), y1: box.top, y2: box.bottom }),
        ...legend(box, [[stroke("line-owed"), say("plan.owed")],
          [stroke("line-interest"), say(how.interest === "paid" || how.kind === "instalment" ? "plan.interest" : "plan.interest_due")]]),
        axisTitle(box, say("plan.month")),
      ]));
      const interest = write.money(sum);
      told("plan", "plan.caption", how.kind === "bullet" ? say("plan.finding_bullet", { time: write.months(terms.term), interest })
        : say("plan.finding", { half: write.months(crossing), interest }));
    };

    // Rate against time for the amount at hand, with the own point and those that the bank suggests.
    const ratesFor = (surface, amount) =>
      surface.map.terms.flatMap((term) => {
        const run = surface.map.runs(term).find((one) => one.low <= amount && amount <= one.high);
        return run && run.rate && run.outcome !== "decline" ? [{ term, rate: run.rate, value: number(run.rate) }] : [];
      });
    // Only the bank's no says that no time works: before the surface is there, or where a person decides, nobody knows.
    const refused = (surface, amount) =>
      surface.map.terms.every((term) =>
        surface.map.runs(term).every((run) => run.outcome === "decline" || amount < run.low || run.high < amount));
    const drawRates = (view, asked) => {
      const ready = page.surface && page.surface.prepared && !asked.problem;
      const key = ready ? `${asked.amount} ${view.terms ? asked.term : ""} ${page.suggested.length} ${drawn.width}` : "";
      if (key === drawn.rates && key) return;
      drawn.rates = key;
      rates = ready ? ratesFor(page.surface, asked.amount) : [];
      part("rates-card").classList.toggle("is-empty", !rates.length);
      if (rates.length) paintRates(view);
      else {
        part("rates-picture").replaceChildren();
        told("rates", "rates.caption", say(ready && refused(page.surface, asked.amount) ? "rates.empty" : "rates.unknown"));
      }
    };
    const paintRates = (view) => {
      const { width, box } = size(part("rates-picture"));
      const own = view.terms ? [{ term: view.terms.term, value: number(view.terms.rate) }] : [];
      const suggested = page.suggested.map((one) => ({ term: one.term_months, value: Number(one.annual_rate) }));
      const values = [...rates, ...own, ...suggested].map((one) => one.value);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const { shortest, longest } = page.surface.map;
      const x = scale(shortest, longest, box.left + 8, box.right - 8);
      const y = scale(low - 0.005, high + 0.005, box.bottom, box.top);
      const dot = (one) => node("circle", { class: "dot", cx: x(one.term), cy: y(one.value), r: 3 });
      part("rates-picture").replaceChildren(picture(width, HEIGHT, [
        ...axes(box, { ticks: ticks(shortest, longest, 6, 1), at: x, label: String },
          { ticks: ticks(low - 0.005, high + 0.005, 4, 0.0025), at: y, label: (value) => write.rate(value) }),
        node("path", { class: "line-owed", d: line(rates.map((one) => [x(one.term), y(one.value)])) }), ...rates.map(dot),
        ...suggested.map((one) => node("path", { class: "point-nearest", d: "M0 -8L8 0L0 8L-8 0Z", transform: `translate(${x(one.term)} ${y(one.value)})` })),
        ...own.map((one) => node("circle", { class: "ring", cx: x(one.term), cy: y(one.value), r: 9 })),
        ...legend(box, [[spot("point-own"), say("rates.own")], ...(suggested.length ? [[spot("nearest"), say("rates.suggested")]] : [])]),
        axisTitle(box, say("map.term")),
      ]));
      told("rates", "rates.caption", findingOfRates());
    };
    const findingOfRates = () => {
      const sorted = [...rates].sort((a, b) => a.value - b.value);
      const [low, high] = [sorted[0], sorted[sorted.length - 1]];
      if (low.value === high.value) return say("rates.flat", { rate: write.percent(low.rate) });
      return say("rates.finding", { low: write.percent(low.rate), high: write.percent(high.rate), time: write.months(low.term) });
    };

    // The map: worked out in small slices, drawn once, then only its points move.
    const prepare = () => {
      const { surface } = page;
      if (!surface || surface.prepared || !part("reach-picture")) return;
      const started = performance.now();
      const left = surface.map.terms.filter((term) => !surface.map.has(term));
      for (const term of left) {
        surface.map.runs(term);
        if (performance.now() - started > SLICE_MS) break;
      }
      surface.prepared = surface.map.terms.every((term) => surface.map.has(term));
      if (surface.prepared) refresh();
      else window.setTimeout(prepare, 0);
    };
    const newSurface = () => {
      Object.assign(drawn, { reach: null, rates: "" });
      part("reach-picture").replaceChildren();
      told("reach", "map.caption", say(page.surfaceState === "none" ? "live.server_only" : "map.waiting"));
      part("reach-card").classList.add("is-empty");
      window.setTimeout(prepare, 0);
    };
    const drawReach = (view, asked) => {
      const { surface } = page;
      if (!surface || !surface.prepared) return;
      const place = part("reach-picture");
      if (drawn.reach !== surface) {
        part("reach-card").classList.remove("is-empty");
        reach.paint(surface, place);
        drawn.reach = surface;
      }
      const own = asked.problem ? null : { amount: asked.amount, term: asked.term };
      reach.points(place, own, view.near);
      told("reach", "map.caption", reach.finding(surface, asked.term ?? surface.map.shortest));
    };

    // Tables are written where they are open, and a little after the last movement.
    const planRows = (show) =>
      plan.rows.map((row) => [String(row.month), ...[row.payment, row.interest, row.principal, row.outstanding].map(show)]);
    const names = (area, keys) => keys.map((key) => say(`${area}.${key}`));
    const button = ({ term, amount }) => {
      const words = say("map.take_name", { amount: write.roundMoney(amount), time: write.months(term) });
      const made = element("button", { type: "button", class: "btn btn-quiet", "aria-label": words }, say("map.take"));
      made.addEventListener("click", () => take(amount, term));
      return made;
    };
    const sources = {
      reach: () => {
        const rows = page.surface && page.surface.prepared ? reach.rows(page.surface) : [];
        const shown = rows.map((row) => row.amount === null ? [write.months(row.term), say("map.none"), "–", ""]
          : [write.months(row.term), write.roundMoney(row.amount), row.rate ? write.percent(row.rate) : "–", button(row)]);
        return { columns: names("map", ["time", "largest", "rate"]), caption: say("map.caption"), shown, raw: rows.map((row) => row.raw) };
      },
      plan: () => ({
        columns: names("plan", ["month", "payment", "interest_month", "principal", "outstanding"]), caption: say("plan.caption"),
        shown: plan ? planRows(write.money) : [], raw: plan ? planRows(moneyText) : [],
      }),
      rates: () => {
        const due = (one) => page.surface.at(page.asked.amount, one.term).terms.instalment;
        const shown = rates.map((one) => [write.months(one.term), write.percent(one.rate), write.money(due(one))]);
        const raw = rates.map((one) => [one.term, rateText(one.rate), moneyText(due(one))]);
        return { columns: names("rates", ["time", "rate", "instalment"]), caption: say("rates.caption"), shown, raw };
      },
    };
    const fill = () => {
      for (const name of Object.keys(sources)) {
        if (!part(`${name}-figures`) || !part(`${name}-figures`).open) continue;
        const { caption, columns, shown } = sources[name]();
        const heads = shown.length && shown[0].length > columns.length ? [...columns, ""] : columns;
        part(`${name}-table`).replaceChildren(table(caption, heads, shown));
      }
    };
    const fillLater = () => {
      window.clearTimeout(filling);
      filling = window.setTimeout(fill, TABLES_AFTER_MS);
    };

    const draw = () => {
      const width = part("plan-picture").clientWidth;
      if (width !== drawn.width) Object.assign(drawn, { width, reach: null });
      drawReach(page.shown, page.asked);
      drawPlan(page.shown);
      drawRates(page.shown, page.asked);
      fillLater();
    };
    /** A link to the figures of a chart was pressed: its file is made now. */
    const fileFor = (link) => {
      const name = /^(reach|plan|rates)-file$/.exec(link.id);
      if (!name) return;
      const { columns, raw } = sources[name[1]]();
      link.setAttribute("href", file(columns, raw));
    };
    const pointed = (event) => {
      const place = event.target.closest("#reach-picture");
      const point = place ? reach.under(place, event) : null;
      if (place || event.type === "pointerout") part("reach-read").textContent = point ? reach.words(point) : say("map.hint");
      return point;
    };

    return { draw, fill, fileFor, newSurface, pointed };
  };

  globalThis.candorWhatIf = Object.assign(globalThis.candorWhatIf || {}, { charts });
})();
