// What the what-if page says while it waits, and once the bank has answered; the page itself is stood in for.

import assert from "node:assert/strict";
import test from "node:test";

const WORDS = { "rates.empty": "No time works", "rates.unknown": "Not known yet", "paper.needs": "First a decision" };
const places = {};
const place = () => ({
  textContent: "", dataset: {}, clientWidth: 400, hidden: false,
  classList: { toggle() {}, add() {}, remove() {} }, setAttribute() {}, replaceChildren() {},
});
const set = {};
globalThis.document = { getElementById: (id) => (places[id] ??= place()), addEventListener() {}, dispatchEvent() {} };
globalThis.window = {
  dash_clientside: { set_props: (id, props) => Object.assign((set[id] ??= {}), props) },
  location: { pathname: "/loans/car", search: "" },
  addEventListener() {}, clearTimeout() {}, requestAnimationFrame() {}, setTimeout: (act) => act(),
};
globalThis.fetch = () => new Promise(() => {}); // the surface never comes

await import("../console/assets/quote.js");
await import("../console/assets/quote_draw.js");
await import("../console/assets/quote_surface.js");
await import("../console/assets/quote_words.js");
await import("../console/assets/what_if_charts.js");
await import("../console/assets/what_if.js");

const write = { say: (key) => WORDS[key] ?? key, months: String, money: String, percent: String };
const parts = globalThis.candorWhatIf;
const { charts } = parts;
parts.reach = () => ({ paint() {}, points() {}, finding: () => "" });

/** What the chart of rates says for a surface whose every time has these runs. */
function ratesSaid(runs, problem) {
  const map = { terms: [12, 24], runs: () => runs, shortest: 12, longest: 24 };
  const surface = runs && { map, prepared: true };
  const page = { write, surface, shown: { terms: null }, asked: { amount: 500n, term: 12, problem }, suggested: [] };
  charts(page, () => {}, () => {}).draw();
  return places["rates-finding"].textContent;
}
const run = (outcome) => [{ low: 0n, high: 1000n, outcome, rate: null }];

test("only a no of the bank for every time says that no time works", () => {
  assert.equal(ratesSaid(run("decline")), "No time works");
});

test("while the surface is on its way, or a person decides, the rates are not known yet", () => {
  assert.equal(ratesSaid(null), "Not known yet");
  assert.equal(ratesSaid(run("refer")), "Not known yet");
  assert.equal(ratesSaid(run("decline"), "Enter an amount"), "Not known yet");
});

/** The page after the bank has answered a question with an outcome. */
function answered(outcome) {
  const asked = { key: "20000 48", body: {}, problem: "" };
  const quiet = () => {};
  parts.live = () => ({ confirmed: quiet, estimate: quiet, state: quiet, compare: quiet, lock: quiet, spoken: () => "" });
  parts.form = () => ({ restore: () => true, surfaceQuery: () => "", read: () => asked, keep: quiet });
  parts.charts = () => ({ draw: quiet, newSurface: quiet });
  globalThis.candorWords.writer = () => write;
  window.dash_clientside.candor.what_if_enter({ product: "car" });
  window.dash_clientside.candor.what_if_confirmed({ seq: 0, outcome, suggested: [], decision_id: "d_1" });
  return set["paper-result"].children;
}

test("the hint to see a decision first goes once the bank approves, and stands where it does not", () => {
  assert.equal(answered("approve"), null);
  assert.equal(answered("decline"), "First a decision");
});
