// The live what-if: each movement writes the estimate at once; 250 ms after the last one the bank decides, once.
// Parts beside this: quote*.js (sums), what_if_form.js (fields), what_if_live.js (figures), what_if_charts.js, what_if_map.js.
(() => {
  "use strict";
  const CONFIRM_AFTER_MS = 250;
  const ANNOUNCE_AFTER_MS = 500;
  const SURFACE_AFTER_MS = 250;
  const CONFIRMS_WHILE_HELD = 1; // with the one after letting go: at most two requests a drag

  let page = null; // of the loan type that is shown
  const part = (id) => document.getElementById(id);
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);

  // Entering: the address gives the figures, else the product's own; the surface is asked for.
  const enter = (settings) => {
    if (!settings || !settings.product) return false;
    const started = performance.now();
    const wait = () => {
      if (part("amount") && part("reach-picture")) begin(settings);
      else if (performance.now() - started < 5000) window.requestAnimationFrame(wait);
    };
    wait();
    return true;
  };

  const begin = (settings) => {
    page = {
      settings, path: window.location.pathname, write: globalThis.candorWords.writer(settings), seq: 0, asked: null, shown: null, answered: null,
      surface: null, surfaceFor: null, surfaceSeq: 0, surfaceState: "waiting", held: false, confirmsHeld: 0,
      timers: {}, frame: 0, suggested: [], changed: false,
    };
    page.live = globalThis.candorWhatIf.live(page);
    page.form = globalThis.candorWhatIf.form(page);
    page.charts = globalThis.candorWhatIf.charts(page, take, update);
    const given = page.form.restore(new URLSearchParams(window.location.search));
    setProps("page-about", { data: null });
    fetchSurface();
    update();
    if (given) later("confirm", CONFIRM_AFTER_MS, confirm);
  };

  // The former page still stands while the next one is on its way.
  const alive = () => page !== null && part("what-if") !== null && window.location.pathname === page.path;
  const later = (name, after, act) => {
    window.clearTimeout(page.timers[name]);
    page.timers[name] = window.setTimeout(() => alive() && act(), after);
  };

  // The surface, for what secures the loan and who signs; a new one when that changes or the old one has expired.
  const fetchSurface = async (again = false) => {
    const wanted = page.form.surfaceQuery();
    const number = (page.surfaceSeq += 1);
    const mine = page;
    page.surfaceFor = wanted;
    page.surfaceState = "waiting";
    try {
      const answer = await fetch(`/portal/surface?${wanted}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const surface = await answer.json();
      if (page !== mine || number !== page.surfaceSeq) return;
      keepSurface(surface, answer.headers.get("Date"), again);
    } catch {
      if (page === mine && number === page.surfaceSeq) loseSurface("none");
    }
    if (alive() && page === mine) update();
  };
  const keepSurface = (surface, now, again) => {
    const left = Date.parse(surface.expires_at) - (now ? Date.parse(now) : Date.now());
    if (left <= 0) {
      loseSurface(again ? "none" : "expired");
      if (!again) fetchSurface(true);
      return;
    }
    const read = globalThis.candorSurface;
    page.surface = { at: read.reader(surface), map: read.map(surface), how: surface.repayment, model: surface.model_version };
    page.surfaceState = surface.model_version === null ? "no_model" : "ready";
    later("expiry", Math.min(left, 2 ** 31 - 1), () => fetchSurface());
    page.charts.newSurface();
  };
  const loseSurface = (state) => {
    page.surface = null;
    page.surfaceState = state;
    page.charts.newSurface();
  };

  // One movement: fields are read, figures written in this very event, charts in the next frame.
  const update = () => {
    const asked = page.form.read();
    page.asked = asked;
    const known = page.answered && page.answered.key === asked.key ? page.answered : null;
    page.shown = known ? page.live.confirmed(known.result) : page.live.estimate(asked, page.surface, page.surfaceState);
    if (!page.frame) page.frame = window.requestAnimationFrame(draw);
  };
  const draw = () => {
    page.frame = 0;
    if (alive()) page.charts.draw();
  };
  const moved = () => {
    page.seq += 1; // answers to older questions no longer count
    page.changed = true;
    update();
    forget();
    if (page.form.surfaceQuery() !== page.surfaceFor) {
      loseSurface("waiting");
      later("surface", SURFACE_AFTER_MS, () => fetchSurface());
    }
    later("confirm", CONFIRM_AFTER_MS, confirm);
  };
  // What belongs to the former figures: the way on from them, and sums made with them.
  const forget = () => {
    if (page.answered && page.answered.key === page.asked.key) return;
    page.live.lock(true);
    const paper = part("paper-result");
    if (page.answered && paper && paper.dataset.stale !== "yes") {
      paper.dataset.stale = "yes";
      setProps("paper-result", { children: null });
    }
  };

  // One request with a number: the bank decides for real. Nothing is asked twice, and little while a slider is held.
  const confirm = () => {
    const asked = page.form.read();
    if (asked.problem || page.kept || (page.sent === asked.key && !page.failed)) return;
    if (page.held && page.confirmsHeld >= CONFIRMS_WHILE_HELD) return;
    if (page.held) page.confirmsHeld += 1;
    page.form.keep();
    Object.assign(page, { sent: asked.key, failed: false, sentSeq: page.seq, estimate: page.shown });
    page.live.state("checking");
    setProps("quote-ask", { data: { seq: page.seq, ...asked.body } });
  };
  const confirmed = (result) => {
    if (!alive() || !result) return;
    if (result.seq !== undefined && result.seq !== page.sentSeq) return;
    if (result.failed || result.refused) {
      page.failed = true;
      page.kept = Boolean(result.kept); // each further question would be kept and answered too: only by hand
      page.live.state("estimate");
      return;
    }
    page.answered = { key: page.sent, result };
    page.suggested = result.suggested;
    const stillAsked = page.asked.key === page.sent;
    if (!stillAsked) return;
    update();
    page.live.compare(page.estimate, result, () => tell("difference"));
    page.live.lock(false);
    delete (part("paper-result") || { dataset: {} }).dataset.stale;
    setProps("paper-result", { children: result.outcome === "approve" ? null : page.write.say("paper.needs") });
    reached();
    setProps("page-about", { data: { about: result.decision_id } });
    later("announce", ANNOUNCE_AFTER_MS, () => { part("announcer").textContent = page.live.spoken(); });
  };
  // Through Dash, which takes the mark away with the page; assets/behaviour.js tells it on.
  const reached = () => setProps("quote-step", { "data-step": "confirmed" });
  const tell = (event) =>
    document.dispatchEvent(new CustomEvent("candor-event", { detail: { event, step: "confirmed", product: page.settings.product } }));

  // Figures taken over from elsewhere on the page: the map, its table, a button, an alternative.
  const take = (amount, term) => {
    page.form.write(amount, term);
    moved();
  };

  // Events of the page, whatever Dash draws anew inside it.
  const within = (event) => alive() && event.target.closest && event.target.closest("#what-if");
  const listen = (name, act) => document.addEventListener(name, (event) => within(event) && act(event), true);
  listen("input", (event) => page.form.follow(event.target) && moved());
  listen("change", (event) => page.form.settle(event.target));
  listen("submit", (event) => {
    if (event.target.id !== "quote-form") return;
    Object.assign(page, { failed: true, kept: false }); // asked for by hand: also when it was asked before
    later("confirm", 0, confirm);
  });
  listen("click", (event) => {
    const button = event.target.closest("button, a");
    if (!button) return;
    if (page.form.stepped(button)) moved();
    page.charts.fileFor(button);
    const point = page.live.pointOf(button);
    if (point) take(point.amount, point.term);
    const wanted = button.dataset;
    if (wanted.takeAmount && wanted.takeProduct === page.settings.product && !event.defaultPrevented) {
      event.preventDefault();
      take(globalThis.candorWords.readAmount(wanted.takeAmount), Number(wanted.takeTerm));
      part("amount").focus();
    }
  });
  listen("click", (event) => {
    const point = event.target.closest("#reach-picture") && page.charts.pointed(event);
    if (point) take(point.amount, point.term);
  });
  for (const name of ["pointermove", "pointerout"]) {
    listen(name, (event) => event.target.closest("#reach-picture") && page.charts.pointed(event));
  }
  listen("toggle", () => page.charts.fill());
  window.addEventListener("resize", () => alive() && update());
  listen("pointerdown", (event) => {
    if (event.target.type === "range") Object.assign(page, { held: true, confirmsHeld: 0 });
  });
  const release = () => {
    if (page === null || !page.held) return;
    page.held = false;
    if (alive()) later("confirm", CONFIRM_AFTER_MS, confirm);
  };
  for (const name of ["pointerup", "pointercancel", "blur"]) window.addEventListener(name, release, true);
  window.addEventListener("pagehide", () => alive() && page.changed && page.form.keep());

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.candor = Object.assign(window.dash_clientside.candor || {}, {
    what_if_enter: enter, what_if_confirmed: confirmed,
  });
  globalThis.candorWhatIf = globalThis.candorWhatIf || {};
})();
