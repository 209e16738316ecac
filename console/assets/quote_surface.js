// Reads the bank's surface as lending/domain/surface.py does: what it would decide at any amount and term.
// Cells are half open (lo, hi]; limits are looked at where they lie, to the cent and never between two points.
(() => {
  "use strict";
  const { burden, cents, decimal, due, plus, terms } = globalThis.candorQuote;
  const WORSE = ["approve", "refer", "decline"];

  // The first place whose cut is not below the value.
  const place = (cuts, value) => {
    let low = 0;
    let high = cuts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cuts[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const limitOf = (said) => ({
    from: cents(said.amount_from), to: cents(said.amount_to), firstTerm: said.term_from, terms: said.term_cuts,
    most: said.max.map(cents), on: said.on, add: decimal(said.rate_add), key: `${said.on} ${said.rate_add}`,
    outcome: said.outcome, code: said.code,
  });
  const covers = (limit, amount, term) =>
    limit.firstTerm <= term && term <= limit.terms[limit.terms.length - 1] && limit.from <= amount && amount <= limit.to;

  const read = (surface) => ({
    surface,
    amounts: surface.amount_cuts.map(cents),
    terms: surface.term_cuts,
    rates: new Map(surface.cells.flat().map(({ rate }) => [rate, rate === null ? null : decimal(rate)])),
    limits: surface.limits.map(limitOf),
    basis: { how: surface.repayment, fee: decimal(surface.fees[0].share), aprMethod: surface.apr_method },
    least: cents(surface.steps.amount_min), most: cents(surface.steps.amount_max), step: cents(surface.steps.amount_step),
    rateMax: decimal(surface.steps.rate_max),
  });
  const notAbove = (a, b) => {
    const e = Math.min(a.e, b.e);
    return a.c * 10n ** BigInt(a.e - e) <= b.c * 10n ** BigInt(b.e - e);
  };
  const isLent = (known, amount, rate, term) => {
    const { term_months_min: shortest, term_months_max: longest } = known.surface.steps;
    const fits = known.least <= amount && amount <= known.most && shortest <= term && term <= longest;
    return fits && notAbove(rate, known.rateMax);
  };

  // What the limits on what is due say, in their order; what is due at a rate is worked out once.
  const broken = (known, amount, rate, term) => {
    const asked = new Map();
    const found = [];
    for (const limit of known.limits) {
      if (!covers(limit, amount, term)) continue;
      if (!asked.has(limit.key)) {
        const measure = limit.on === "instalment" ? due : burden;
        asked.set(limit.key, measure(known.basis.how, amount, plus(rate, limit.add), term));
      }
      if (asked.get(limit.key) > limit.most[place(limit.terms, term)]) found.push([limit.outcome, limit.code]);
    }
    return found;
  };

  // Outcome, first cause and rate, without the sums of the terms.
  const judged = (known, amount, term) => {
    const cell = known.surface.cells[place(known.amounts, amount)][place(known.terms, term)];
    if (cell.rate === null) return { outcome: cell.outcome, code: cell.code, rate: null };
    const rate = known.rates.get(cell.rate);
    const limits = cell.counts === "alone" ? [] : broken(known, amount, rate, term);
    const own = cell.code === null ? [] : [[cell.outcome, cell.code]];
    const causes = cell.counts === "after" ? [...limits, ...own] : [...own, ...limits];
    const outcome = WORSE[Math.max(0, ...causes.map(([one]) => WORSE.indexOf(one)))];
    const cause = causes.find(([one]) => one === outcome);
    const lent = outcome !== "decline" && isLent(known, amount, rate, term);
    return { outcome, code: cause ? cause[1] : null, rate: lent ? rate : null };
  };

  /** A function of (amount in cents, months) that says what the bank would decide; `terms` is null where it lends not. */
  const reader = (surface) => {
    const known = read(surface);
    return (amount, term) => {
      const { outcome, code, rate } = judged(known, amount, term);
      return { outcome, code, terms: rate === null ? null : terms(amount, rate, term, known.basis) };
    };
  };

  // The map: for one term, runs of amounts with one outcome and rate, rising; between cuts an outcome only worsens.
  const cutsWithin = (known) => {
    const found = new Set(known.amounts);
    for (const limit of known.limits) found.add(limit.from - 1n).add(limit.to);
    return [...found].filter((cut) => known.least <= cut && cut < known.most).sort((a, b) => (a < b ? -1 : 1));
  };
  const worsening = function* (say, low, high) {
    const [first, last] = [say(low), say(high)];
    if (first.outcome === last.outcome) {
      yield { low, high, ...first };
      return;
    }
    const middle = (low + high) / 2n;
    yield* worsening(say, low, middle);
    yield* worsening(say, middle + 1n, high);
  };
  const alike = (a, b) => a.outcome === b.outcome && a.rate === b.rate;
  const runsAt = (known, cuts, term) => {
    const say = (amount) => judged(known, amount, term);
    const found = [];
    [...cuts, known.most].forEach((cut, at) => {
      const low = at === 0 ? known.least : cuts[at - 1] + 1n;
      for (const run of worsening(say, low, cut)) {
        const last = found[found.length - 1];
        if (last && alike(last, run)) last.high = run.high;
        else found.push(run);
      }
    });
    return found;
  };

  // Amounts that can be asked for with the buttons come first; where none lies in a run, its nearest cent.
  const onGrid = (known, value, up) => {
    const steps = (value - known.least) / known.step;
    const grid = known.least + steps * known.step;
    return up && grid < value ? grid + known.step : grid;
  };
  const nearestIn = (known, run, amount) => {
    const edge = amount < run.low ? run.low : run.high;
    if (run.low <= amount && amount <= run.high) return amount;
    const grid = onGrid(known, edge, amount < run.low);
    return run.low <= grid && grid <= run.high ? grid : edge;
  };
  const gap = (a, b) => (a < b ? b - a : a - b);

  /** What can be asked of a surface: `runs(term)`, `largest(term)`, `nearest(amount, term)`, `terms`, `least`, `most`. */
  const map = (surface) => {
    const known = read(surface);
    const cuts = cutsWithin(known);
    const { term_months_min: shortest, term_months_max: longest, term_months_step: step } = surface.steps;
    const kept = new Map();
    const all = [];
    for (let term = shortest; term < longest; term += step) all.push(term);
    all.push(longest);

    const runs = (term) => {
      if (!kept.has(term)) kept.set(term, runsAt(known, cuts, term));
      return kept.get(term);
    };
    const working = (term) => runs(term).filter((run) => run.outcome === "approve");
    const largest = (term) => {
      const amounts = working(term).map((run) => nearestIn(known, run, known.most));
      return amounts.length ? amounts[amounts.length - 1] : null;
    };
    const closest = (amount, term) => {
      const amounts = working(term).map((run) => nearestIn(known, run, amount));
      return amounts.reduce((a, b) => (a === null || gap(b, amount) < gap(a, amount) ? b : a), null);
    };
    const distance = (point, amount, term) => {
      const across = (point.term - term) / Math.max(1, longest - shortest);
      return Math.hypot(Number(gap(point.amount, amount)) / Math.max(1, Number(known.most - known.least)), across);
    };
    const points = (amount) =>
      all.map((term) => ({ amount: closest(amount, term), term })).filter((point) => point.amount !== null);
    const nearer = (amount, term) => (a, b) =>
      a === null || distance(b, amount, term) < distance(a, amount, term) ? b : a;

    /** The nearest point that works: with the same time where there is one, else (`everywhere`) of all; null without. */
    const nearest = (amount, term, everywhere = true) => {
      const same = shortest <= term && term <= longest ? closest(amount, term) : null;
      if (same !== null) return { amount: same, term };
      return everywhere ? points(amount).reduce(nearer(amount, term), null) : null;
    };
    /** The nearest time in which the same amount works; null without. */
    const nearestTerm = (amount, term) =>
      points(amount).filter((point) => point.amount === amount).reduce(nearer(amount, term), null);

    return {
      known, largest, nearest, nearestTerm, runs, has: (term) => kept.has(term),
      terms: all, shortest, longest, least: known.least, most: known.most,
    };
  };

  globalThis.candorSurface = { map, reader };
})();
