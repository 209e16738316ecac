// The page's own sums say what Python says, to the cent, for every golden vector.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import "../console/assets/quote.js";
import "../console/assets/quote_surface.js";

const quote = globalThis.candorQuote;
const { reader } = globalThis.candorSurface;
const vectors = JSON.parse(readFileSync(new URL("cases/quote_vectors.json", import.meta.url), "utf8"));
const named = (columns, row) => Object.fromEntries(columns.map((name, at) => [name, row[at]]));

/** Every loan of the file, with what Python made of it. */
const loans = vectors.loans.rows.map((row) => named(vectors.loans.columns, row));
const how = ({ kind, moratorium_months, interest }) => ({ kind, moratorium_months, interest });

test("every loan has Python's instalment, totals and yearly cost", () => {
  assert.ok(loans.length >= 250);
  for (const loan of loans) {
    const basis = { how: how(loan), fee: quote.decimal(loan.fee_share), aprMethod: loan.apr_method };
    const made = quote.terms(quote.cents(loan.amount), quote.decimal(loan.annual_rate), loan.term_months, basis);
    const said = {
      instalment: quote.moneyText(made.instalment), last_instalment: quote.moneyText(made.lastInstalment),
      total_interest: quote.moneyText(made.totalInterest), total_cost: quote.moneyText(made.totalCost),
      apr: quote.rateText(made.apr),
    };
    const wanted = Object.fromEntries(Object.keys(said).map((name) => [name, loan[name]]));
    assert.deepEqual(said, wanted, JSON.stringify(loan));
  }
});

test("every plan has Python's months", () => {
  for (const loan of loans) {
    const plan = quote.schedule(how(loan), quote.cents(loan.amount), quote.decimal(loan.annual_rate), loan.term_months);
    for (const [month, ...figures] of loan.schedule) {
      const row = plan[month - 1];
      const said = [row.payment, row.interest, row.principal, row.outstanding].map(quote.moneyText);
      assert.deepEqual(said, figures, `month ${month} of ${JSON.stringify(loan)}`);
    }
  }
});

test("every point of every surface is read as Python reads it", () => {
  let read = 0;
  for (const { surface, columns, points } of vectors.surfaces) {
    const at = reader(surface);
    for (const row of points) {
      const wanted = named(columns, row);
      const point = at(quote.cents(wanted.amount), wanted.term_months);
      const terms = point.terms;
      assert.deepEqual(
        [point.outcome, point.code, terms && quote.rateText(terms.rate), terms && quote.moneyText(terms.instalment),
          terms && quote.rateText(terms.apr), terms && quote.moneyText(terms.totalCost)],
        [wanted.outcome, wanted.code, wanted.annual_rate, wanted.instalment, wanted.apr, wanted.total_cost],
        JSON.stringify(row),
      );
      read += 1;
    }
  }
  assert.ok(read >= 300);
});

/** The surfaces on which something is lent, each with its map and its reader. */
const lending = vectors.surfaces
  .filter(({ surface }) => surface.cells.flat().some((cell) => cell.outcome === "approve"))
  .map(({ surface }) => ({ map: globalThis.candorSurface.map(surface), at: reader(surface), surface }));

test("the runs of a map cover every amount and say what the reader says at both of their ends", () => {
  assert.ok(lending.length >= 3);
  for (const { map, at } of lending) {
    for (const term of map.terms.filter((_, place) => place % 5 === 0)) {
      const runs = map.runs(term);
      assert.deepEqual([runs[0].low, runs.at(-1).high], [map.least, map.most]);
      runs.forEach((run, place) => {
        if (place) assert.equal(run.low, runs[place - 1].high + 1n);
        for (const amount of [run.low, run.high]) assert.equal(at(amount, term).outcome, run.outcome);
      });
    }
  }
});

test("the nearest amount that works is approved, and one that works is its own nearest", () => {
  for (const { map, at } of lending) {
    for (const term of [map.shortest, map.longest]) {
      const found = map.nearest(map.most, term);
      if (found === null) continue;
      assert.equal(at(found.amount, found.term).outcome, "approve");
      assert.deepEqual(map.nearest(found.amount, found.term), found);
      const next = map.known.step;
      if (found.term === term && found.amount < map.most) {
        assert.notEqual(at(found.amount + next, term).outcome, "approve");
      }
    }
  }
});

test("the nearest time keeps the amount", () => {
  for (const { map, at } of lending) {
    const found = map.nearestTerm(map.least, map.shortest);
    if (found) assert.deepEqual([at(found.amount, found.term).outcome, found.amount], ["approve", map.least]);
  }
});
