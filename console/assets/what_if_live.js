// Writes the outcome, the one sentence and the four figures: an estimate at each movement, then what the bank confirmed.
(() => {
  "use strict";
  const { cents, decimal } = globalThis.candorQuote;
  const MARKS = { approve: "✓", refer: "…", decline: "✕" };
  const NOTHING = "–";
  const CENT = 1n;

  const live = (page) => {
    const { write } = page;
    const slot = (name) => document.querySelector(`#what-if [data-live="${name}"]`);
    const put = (name, words) => {
      const place = slot(name);
      if (place && place.textContent !== words) place.textContent = words;
    };
    const points = new Map(); // button to the point that it leads to

    // A view: {outcome, terms, how, status, sentence?, note?}; terms are null where nothing is lent.
    const sentenceOf = ({ outcome, terms, how }) => {
      if (!terms) return outcome === "refer" ? write.say("live.refer") : "";
      const { amount, totalCost } = terms;
      const words = { amount: write.roundMoney(amount), repaid: write.roundMoney(amount + totalCost),
        time: write.months(terms.term), cost: write.roundMoney(totalCost) };
      return write.say(how.kind === "bullet" ? "lead.bullet" : "lead.approve", words);
    };
    const barOf = (title, { terms, how }) => {
      if (!terms) return title;
      const instalment = write.money(terms.instalment);
      return how.kind === "bullet" ? `${title} · ${instalment}` : write.say("live.bar", { outcome: title, instalment });
    };
    const figures = (terms, how) => {
      put("instalment", terms ? write.money(terms.instalment) : NOTHING);
      put("rate", terms ? write.percent(terms.rate) : NOTHING);
      put("apr", terms ? write.percent(terms.apr) : NOTHING);
      put("cost", terms ? write.money(terms.totalCost) : NOTHING);
      if (how) put("instalment-name", write.say(how.kind === "bullet" ? "live.one_payment" : "live.instalment"));
    };
    const note = (words) => {
      put("note", words);
      slot("note").hidden = !words;
    };
    const state = (name) => {
      put("state", write.say(`live.${name}`));
      const panel = document.getElementById("live");
      panel.dataset.state = name;
    };
    const show = (view) => {
      const title = view.outcome ? write.say(`title.${view.outcome}`) : view.title || write.say("live.title");
      document.getElementById("live").className = `card outcome live outcome-${view.outcome || "none"}`;
      document.getElementById("live").dataset.terms = view.terms ? "there" : "none";
      put("mark", MARKS[view.outcome] || "");
      put("bar-mark", MARKS[view.outcome] || "");
      put("outcome", title);
      put("bar", barOf(title, view));
      put("sentence", view.sentence ?? sentenceOf(view));
      figures(view.terms, view.how);
      note(view.note || "");
      state(view.status);
      return view;
    };

    // Ways back within reach: the nearest amount that works, and the same amount over another time.
    const offer = (name, point, words) => {
      const button = slot(name);
      button.hidden = !point;
      if (!point) return;
      put(name, words);
      points.set(button, point);
    };
    const ways = (asked, outcome, surface) => {
      const wanted = surface && outcome && outcome !== "approve" && !asked.problem;
      const near = wanted ? nearestTo(asked, surface) : null;
      const same = near && near.term === asked.term;
      const amount = near && write.roundMoney(near.amount);
      offer("nearest", near, near && write.say(same ? "live.nearest" : "live.nearest_both", { amount, time: write.months(near.term) }));
      const over = wanted && surface.prepared ? surface.map.nearestTerm(asked.amount, asked.term) : null;
      const other = over && !(near && near.amount === over.amount) ? over : null;
      offer("nearest-term", other, other && write.say("live.nearest_term", { time: write.months(other.term) }));
      return near;
    };
    const nearestTo = (asked, surface) => surface.map.nearest(asked.amount, asked.term, surface.prepared);

    const withoutSurface = { waiting: "", expired: "", none: "live.server_only" };
    const estimate = (asked, surface, surfaceState) => {
      if (asked.problem) {
        ways(asked, null, null);
        return show({ outcome: null, terms: null, status: "problem", sentence: asked.problem,
          title: write.say("live.problem") });
      }
      if (!surface) {
        const words = withoutSurface[surfaceState];
        ways(asked, null, null);
        return show({ outcome: null, terms: null, status: "waiting", sentence: write.say("live.ask_lead"), note: words && write.say(words) });
      }
      const { outcome, terms } = surface.at(asked.amount, asked.term);
      const near = ways(asked, outcome, surface);
      const sentence = outcome === "decline" ? (near ? write.say("live.decline") : "") : undefined;
      return show({ outcome, terms: outcome === "decline" ? null : terms, how: surface.how, status: "estimate", sentence, near,
        note: surfaceState === "no_model" ? write.say("live.no_model") : "" });
    };

    const termsOf = (result) => ({
      amount: cents(result.amount), term: result.term_months, rate: decimal(result.annual_rate),
      instalment: cents(result.instalment), apr: decimal(result.apr), totalCost: cents(result.total_cost),
    });
    const confirmed = (result) => {
      const { outcome, instalment, repayment } = result;
      const near = ways(page.asked, outcome, page.surface);
      const sentence = outcome === "decline" ? (near ? write.say("live.decline") : "") : undefined;
      const terms = outcome === "decline" || instalment === null ? null : termsOf(result);
      return show({ outcome, terms, how: repayment, status: "confirmed", sentence, near });
    };

    // What the bank says counts; where the estimate was something else, that is said and counted.
    const gap = (a, b) => (a < b ? b - a : a - b);
    const compare = (before, result, tell) => {
      if (!before || !["estimate", "checking"].includes(before.status) || !before.outcome) return;
      const after = confirmedTerms(result);
      const apart = before.terms && after ? [gap(before.terms.instalment, after.instalment), gap(before.terms.totalCost, after.totalCost)] : [];
      const most = apart.reduce((a, b) => (b > a ? b : a), 0n);
      const otherOutcome = before.outcome !== result.outcome || Boolean(before.terms) !== Boolean(after);
      if (!otherOutcome && most <= CENT) return;
      note(otherOutcome ? write.say("live.differs_outcome") : write.say("live.differs", { difference: write.money(most) }));
      tell();
    };
    const confirmedTerms = (result) => (result.outcome === "decline" || result.instalment === null ? null : termsOf(result));

    /** Nothing of the former figures can be applied for while others are asked about. */
    const lock = (on) => {
      for (const button of document.querySelectorAll("#quote-actions button")) button.disabled = on;
      document.getElementById("quote-former").hidden = !on || !page.answered;
    };
    const spoken = () => [slot("outcome"), slot("sentence")].map((place) => place.textContent).filter(Boolean).join(". ");

    return { compare, confirmed, estimate, lock, pointOf: (button) => points.get(button), spoken, state };
  };

  globalThis.candorWhatIf = Object.assign(globalThis.candorWhatIf || {}, { live });
})();
