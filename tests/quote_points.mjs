// Reads surfaces at points: [{surface, points: [[amount, months]]}] on stdin, what the page would show on stdout.

import { readFileSync } from "node:fs";

import "../console/assets/quote.js";
import "../console/assets/quote_surface.js";

const { cents, moneyText, rateText } = globalThis.candorQuote;

function shown({ outcome, code, terms }) {
  if (terms === null) return [outcome, code, null, null, null, null];
  return [outcome, code, rateText(terms.rate), moneyText(terms.instalment), rateText(terms.apr), moneyText(terms.totalCost)];
}

const asked = JSON.parse(readFileSync(0, "utf8"));
const said = asked.map(({ surface, points }) => {
  const at = globalThis.candorSurface.reader(surface);
  return points.map(([amount, term]) => shown(at(cents(amount), term)));
});
process.stdout.write(JSON.stringify(said));
