// The vectors that Python made are there in full, so that a test over them cannot pass because some are missing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const vectors = JSON.parse(readFileSync(new URL("cases/quote_vectors.json", import.meta.url), "utf8"));
const TERMS = ["annual_rate", "instalment", "apr", "total_cost"];
const MAY_BE_NULL = new Set([...TERMS, "code"]);
const MONEY = /^-?\d+\.\d\d$/;
const NUMBER = /^\d+(\.\d+)?$/;

/** A row as an object; fails where it is shorter or longer than its columns. */
function named(columns, row) {
  assert.equal(row.length, columns.length, JSON.stringify(row));
  return Object.fromEntries(columns.map((name, at) => [name, row[at]]));
}

function hold(said, form, ...names) {
  for (const name of names) assert.match(said[name], form, `${name} of ${JSON.stringify(said)}`);
}

test("the file says what made it", () => {
  for (const name of ["made_by", "seed", "as_of"]) assert.ok(vectors.about[name], name);
});

test("every loan has its figures and the first and last month of its plan", () => {
  assert.ok(vectors.loans.rows.length >= 250);
  for (const row of vectors.loans.rows) {
    const loan = named(vectors.loans.columns, row);
    hold(loan, MONEY, "amount", "instalment", "last_instalment", "total_interest", "total_cost");
    hold(loan, NUMBER, "annual_rate", "fee_share", "apr");
    assert.equal(loan.schedule.at(0)[0], 1);
    assert.deepEqual([loan.schedule.at(-1)[0], loan.schedule.at(-1)[4]], [loan.term_months, "0.00"]);
  }
});

test("every way to repay and both yearly costs are among the loans", () => {
  const loans = vectors.loans.rows.map((row) => named(vectors.loans.columns, row));
  const ways = new Set(loans.map((loan) => `${loan.kind} ${loan.kind === "instalment" ? "" : loan.interest}`));
  assert.equal(ways.size, 6);
  assert.deepEqual(new Set(loans.map((loan) => loan.apr_method)), new Set(["us_actuarial", "in_kfs"]));
});

test("every limit has a largest amount for each of its terms, which rise", () => {
  for (const { surface } of vectors.surfaces) {
    for (const limit of surface.limits) {
      assert.equal(limit.max.length, limit.term_cuts.length);
      for (const max of limit.max) assert.match(max, MONEY);
      const terms = [limit.term_from, ...limit.term_cuts];
      assert.ok(terms.every((term, at) => at === 0 || term >= terms[at - 1] + (at > 1)), terms.join());
    }
  }
});

test("every point has an outcome, and all of its terms or none", () => {
  for (const { surface, columns, points } of vectors.surfaces) {
    assert.equal(surface.schema, "surface/2");
    assert.ok(points.length >= 60);
    for (const row of points) {
      const point = named(columns, row);
      for (const name of columns) assert.ok(MAY_BE_NULL.has(name) || point[name] !== null, name);
      const given = TERMS.filter((name) => point[name] !== null);
      assert.ok(given.length === 0 || given.length === TERMS.length, JSON.stringify(row));
      if (given.length) hold(point, MONEY, "amount", "instalment", "total_cost");
    }
  }
});
