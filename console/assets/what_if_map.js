// The map of what is within reach: amount over time, drawn once a surface; only the two points move with the finger.
(() => {
  "use strict";
  const { axes, line, node, picture, scale, text, ticks } = globalThis.candorDraw;
  const { moneyText, number } = globalThis.candorQuote;
  const HEIGHT = 320;
  const ROOM = { left: 72, right: 12, top: 12, bottom: 44 };
  const HEADROOM = 1.35; // the map ends this far above the largest amount that works
  const LABEL = { wide: 54, high: 20 }; // pixels that a rate needs in its cell
  const TILE = 8;
  const units = (cents) => Number(cents) / 100;
  const MOVES = { refer: "M0 4h2", decline: "M-2 2l4 -4M0 8l8 -8M6 10l4 -4" };

  // Text and hatching besides colour: dots where a person looks, strokes where nothing is offered now.
  const pattern = (kind) =>
    node("pattern", { id: `reach-${kind}`, width: TILE, height: TILE, patternUnits: "userSpaceOnUse" }, [
      node("rect", { class: `ground-${kind}`, width: TILE, height: TILE }), node("path", { class: `mark-${kind}`, d: MOVES[kind] }),
    ]);

  const reach = (page, write) => {
    let plot = null; // where things are, for the surface and width at hand

    const layout = (surface, width) => {
      const { map } = surface;
      const box = { left: ROOM.left, right: width - ROOM.right, top: ROOM.top, bottom: HEIGHT - ROOM.bottom };
      const works = map.terms.map((term) => map.largest(term)).filter((amount) => amount !== null).map(units);
      const most = works.length ? Math.min(units(map.most), Math.max(...works) * HEADROOM) : units(map.most);
      const least = units(map.least);
      const band = (box.right - box.left) / map.terms.length;
      const y = scale(least, most, box.bottom, box.top);
      const amountAt = scale(box.bottom, box.top, least, most);
      const x = (term) => {
        const next = map.terms.findIndex((one) => one >= term);
        const at = next < 0 ? map.terms.length - 1 : next;
        const step = at > 0 ? map.terms[at] - map.terms[at - 1] : 1;
        return box.left + (at + 0.5 - (map.terms[at] - term) / step) * band;
      };
      return { amountAt, band, box, least, map, most, surface, width, x, y: (amount) => y(Math.min(amount, most)) };
    };

    const cell = ({ box, band, y, least, most }, at, run) => {
      const [low, high] = [Math.max(units(run.low), least), Math.min(units(run.high), most)];
      if (low > most) return [];
      const fill = run.outcome === "approve" ? {} : { fill: `url(#reach-${run.outcome})` };
      const place = { x: box.left + at * band, y: y(high), width: band + 0.5, height: Math.max(0.5, y(low) - y(high)) };
      return [node("rect", { class: `cell cell-${run.outcome}`, ...place, ...fill })];
    };
    const label = ({ box, band, y, least, most }, at, run) => {
      const [top, bottom] = [y(units(run.high)), y(Math.max(units(run.low), least))];
      const every = Math.max(1, Math.ceil(LABEL.wide / band));
      const shown = run.rate && run.outcome !== "decline" && at % every === Math.floor(every / 2) && units(run.low) <= most;
      if (!shown || bottom - top < LABEL.high) return [];
      const middle = { class: "cell-rate", "text-anchor": "middle" };
      return [text(box.left + (at + 0.5) * band, (top + bottom) / 2 + 4, write.percent(run.rate), middle)];
    };
    const edge = ({ box, band, y, map }) => {
      const points = map.terms.flatMap((term, at) => {
        const most = map.largest(term);
        const height = most === null ? box.bottom : y(units(most));
        return [[box.left + at * band, height], [box.left + (at + 1) * band, height]];
      });
      return node("path", { class: "edge", d: line(points) });
    };
    const scales = (at) => {
      const { box, band, map, least, most, x, y } = at;
      const every = Math.ceil(map.terms.length / Math.max(2, Math.floor((box.right - box.left) / 44)));
      const amounts = ticks(least, most, 5);
      return axes(box, { ticks: map.terms.filter((_, n) => n % every === 0), at: x, label: String },
        { ticks: amounts, at: y, label: (amount) => write.roundMoney(BigInt(Math.round(amount)) * 100n) }, band);
    };
    const marks = () => [
      node("path", { class: "point-nearest", d: "M0 -9L9 0L0 9L-9 0Z", visibility: "hidden" }),
      node("g", { class: "point-own" }, [node("circle", { r: 9 }), node("circle", { r: 3, class: "point-core" })]),
    ];

    /** Draws the surface; only for another surface or width. */
    const paint = (surface, place) => {
      plot = layout(surface, Math.max(260, place.clientWidth));
      const each = (draw) => plot.map.terms.flatMap((term, at) => plot.map.runs(term).flatMap((run) => draw(plot, at, run)));
      const title = text((plot.box.left + plot.box.right) / 2, HEIGHT - 6, write.say("map.term"), { class: "tick", "text-anchor": "middle" });
      place.replaceChildren(picture(plot.width, HEIGHT, [
        node("defs", {}, ["refer", "decline"].map(pattern)), ...each(cell), ...scales(plot), edge(plot), ...each(label), title, ...marks(),
      ]));
    };

    const move = (place, name, point) => {
      const mark = place.querySelector(name);
      mark.setAttribute("visibility", point ? "visible" : "hidden");
      if (point) mark.setAttribute("transform", `translate(${plot.x(point.term).toFixed(1)} ${plot.y(units(point.amount)).toFixed(1)})`);
    };
    /** Moves the own point and the nearest one; either may be null. */
    const points = (place, own, near) => {
      if (!plot || !place.firstChild) return;
      const inside = own && own.term >= plot.map.shortest && own.term <= plot.map.longest ? own : null;
      move(place, ".point-own", inside);
      move(place, ".point-nearest", near && !(own && near.amount === own.amount && near.term === own.term) ? near : null);
    };

    /** The point of the map under a pointer, on the product's steps; null outside. */
    const under = (place, event) => {
      if (!plot || !place.firstChild) return null;
      const corner = place.firstChild.getBoundingClientRect();
      const [across, down] = [event.clientX - corner.left, event.clientY - corner.top];
      const at = Math.floor((across - plot.box.left) / plot.band);
      const { map, box } = plot;
      if (at < 0 || at >= map.terms.length || down < box.top || down > box.bottom) return null;
      const steps = Math.round((plot.amountAt(down) - plot.least) / units(map.known.step));
      const amount = map.least + BigInt(Math.max(0, steps)) * map.known.step;
      return { amount: amount > map.most ? map.most : amount, term: map.terms[at] };
    };
    const runAt = (map, { amount, term }) => map.runs(term).find((run) => run.low <= amount && amount <= run.high);
    /** A point in words. */
    const words = (point) => {
      const run = runAt(plot.map, point);
      const said = { amount: write.roundMoney(point.amount), time: write.months(point.term), outcome: write.say(`map.${run.outcome}`) };
      return run.rate ? write.say("map.read_rate", { ...said, rate: write.percent(run.rate) }) : write.say("map.read", said);
    };

    /** What the map shows, in one sentence. */
    const finding = (surface, term) => {
      const { map } = surface;
      const all = map.terms.flatMap((one) => map.runs(one));
      const most = map.shortest <= term && term <= map.longest ? map.largest(term) : null;
      if (most !== null) return write.say("map.finding", { time: write.months(term), amount: write.roundMoney(most) });
      if (all.some((run) => run.outcome === "approve")) return write.say("map.finding_none", { time: write.months(term) });
      return write.say(all.some((run) => run.outcome === "refer") ? "map.finding_refer" : "map.finding_all");
    };

    /** The largest amount for each time: as rows of texts, and as they go into a file. */
    const rows = (surface) =>
      surface.map.terms.map((term) => {
        const amount = surface.map.largest(term);
        const rate = amount === null ? null : runAt(surface.map, { amount, term }).rate;
        return { term, amount, rate, raw: [term, amount === null ? "" : moneyText(amount), rate === null ? "" : number(rate)] };
      });

    return { finding, paint, points, rows, runAt, under, words, painted: () => plot };
  };

  globalThis.candorWhatIf = Object.assign(globalThis.candorWhatIf || {}, { reach });
})();
