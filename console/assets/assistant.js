// The assistant beside every page: opens and closes, asks, tells the answer as it comes, keeps the conversation.
(() => {
  "use strict";
  const KEPT = "candor-conversation";
  const panel = document.getElementById("assistant");
  if (!panel) return;

  const words = JSON.parse(panel.dataset.words);
  const part = (name) => panel.querySelector(`[data-assistant-${name}]`);
  const [log, state, form, send, stop, suggestions] =
    ["log", "state", "form", "send", "stop", "suggestions"].map(part);
  const box = form.querySelector("textarea");
  const greeting = log.firstElementChild;
  const narrow = window.matchMedia("(max-width: 64rem)");
  const filled = (text, slots) => text.replace(/\{(\w+)\}/g, (whole, name) => slots[name] ?? whole);
  const openers = () => document.querySelectorAll("[data-assistant-open]");
  const make = (...given) => window.candor.make(...given);
  let control = null;
  let restored = false;

  const kept = {
    get: () => { try { return window.sessionStorage.getItem(KEPT); } catch { return null; } },
    set: (id) => { try { window.sessionStorage.setItem(KEPT, id); } catch { /* lasts for this page then */ } },
    drop: () => { try { window.sessionStorage.removeItem(KEPT); } catch { /* nothing was kept */ } },
  };

  // Beside the page where there is room; over it, with the page out of reach, where there is not.
  const layer = () => {
    const open = !panel.hidden;
    document.documentElement.classList.toggle("with-assistant", open);
    const page = document.querySelector(".frame");
    if (page) page.inert = open && narrow.matches;
    for (const button of openers()) button.setAttribute("aria-expanded", String(open));
  };

  const open = () => {
    panel.hidden = false;
    layer();
    box.focus();
    if (!restored) restore();
  };

  const close = () => {
    panel.hidden = true;
    layer();
    const [button] = openers();
    if (button) button.focus();
  };

  const say = (text, busy = false) => {
    state.textContent = text;
    state.classList.toggle("is-busy", busy);
  };

  // The last question stays in sight: a long answer is read from its beginning.
  const toEnd = () => {
    const asked = [...log.querySelectorAll(".turn-you")].pop();
    const top = asked ? asked.offsetTop - log.offsetTop - 12 : log.scrollHeight;
    log.scrollTop = Math.min(top, log.scrollHeight);
  };

  const ask = (text) => {
    log.append(make("p", { class: "turn turn-you" }, make("span", { class: "visually-hidden" }, `${words.you} `), text));
    toEnd();
  };

  // One answer: sentences with footnotes that open, what stands beside them, and what one thinks of it.
  class Answer {
    constructor() {
      this.text = make("p", { lang: "en" });
      this.end = make("div", {});
      this.node = make("div", { class: "turn turn-us" }, make("span", { class: "visually-hidden" }, words.us), this.text, this.end);
      this.sentences = [];
      this.citations = [];
      log.append(this.node);
    }

    draw() {
      this.text.replaceChildren(...this.sentences.flatMap((one) => [this.shown(one), " "]));
      toEnd();
    }

    shown(sentence) {
      const span = make("span", {}, sentence.text);
      for (const passage of sentence.cites || []) {
        const index = this.citations.findIndex((one) => one.passage === passage);
        if (index >= 0) span.append(this.footnote(index));
      }
      return span;
    }

    footnote(index) {
      const cited = this.citations[index], number = String(index + 1);
      const name = filled(words.source, { number, title: cited.title });
      const button = make("button", { type: "button", class: "cite", "aria-label": name }, number);
      button.addEventListener("click", () => window.candor.openPassage(cited, number, words, button));
      return button;
    }

    take(name, data) {
      if (name === "status") say(data.step === "checking" ? words.checking : words.writing, true);
      if (name === "sentence") this.sentences.push(data);
      if (name === "replace") this.sentences = data.sentences;
      if (name === "citations") {
        const known = new Set(this.citations.map((one) => one.passage));
        this.citations.push(...data.citations.filter((one) => !known.has(one.passage)));
      }
      if (name !== "status" && name !== "done") this.draw();
    }

    finish(data, asksOpinion) {
      const by = data.written_by === "template" || !data.written_by
        ? words.by_template : filled(words.by_ai, { name: data.written_by });
      if (data.hand_over) this.end.append(make("p", { class: "hand-over" }, make("a", { href: "/account" }, words.hand_over)));
      this.end.append(make("p", { class: "note" }, by));
      if (asksOpinion && data.generation_id) {
        const about = window.candor.opinion("generation", data.generation_id, JSON.parse(panel.dataset.feedbackWords));
        this.end.append(about);
      }
      toEnd();
    }
  }

  const offer = (texts) => {
    suggestions.replaceChildren(...texts.map((text) =>
      make("li", {}, make("button", { type: "button", class: "btn btn-quiet", lang: "en" }, text))));
  };

  const busy = (on) => {
    const held = (on ? send : stop) === document.activeElement;
    send.hidden = on;
    stop.hidden = !on;
    if (held) (on ? stop : box).focus();
  };

  const again = (message) => {
    const button = make("button", { type: "button", class: "btn btn-secondary" }, words.again);
    button.addEventListener("click", () => { button.closest(".turn").remove(); tell(message); });
    return button;
  };

  const refuse = (answer, message, text, reference = "") => {
    say("");
    if (!answer.sentences.length) answer.node.remove();
    const told = [make("p", {}, text)];
    if (reference) told.push(make("p", { class: "note" }, filled(words.reference, { reference })));
    log.append(make("div", { class: "turn turn-failed", role: "alert" }, ...told, again(message)));
    toEnd();
  };

  const trouble = async (response) => {
    const seconds = response.headers.get("Retry-After");
    if (response.status === 429) return [filled(words.wait, { seconds: seconds || "60" }), ""];
    const told = await response.json().catch(() => ({}));
    if (told.code === "busy") return [words.busy, ""];
    return [response.status < 500 && told.do ? told.do : words.failed, told.reference || ""];
  };

  // Sends one message and tells its answer; stopping it ends the writing at the bank too.
  const tell = async (message) => {
    control = new AbortController();
    busy(true);
    say(words.thinking, true);
    const answer = new Answer();
    const body = { message };
    if (kept.get()) body.conversation_id = kept.get();
    if (document.body.dataset.about) body.about = document.body.dataset.about;
    let done = null;
    try {
      const response = await window.fetch("/portal/chat", {
        method: "POST", credentials: "same-origin", signal: control.signal, body: JSON.stringify(body),
        headers: { "Content-Type": "application/json", "Accept": "text/event-stream, application/json" },
      });
      if (response.status === 404 && kept.get()) return forget(answer, message);
      if (!response.ok) return refuse(answer, message, ...(await trouble(response)));
      await window.candor.hear(response, (name, data) => {
        if (name === "failed") throw Object.assign(new Error(name), { reference: data.reference });
        answer.take(name, data);
        if (name === "done") done = data;
      });
      if (!done) throw new Error("unfinished");
      kept.set(done.conversation_id);
      answer.finish(done, true);
      offer(done.suggestions);
      say("");
    } catch (error) {
      if (control.signal.aborted) say(words.stopped);
      else refuse(answer, message, words.failed, error.reference || "");
    } finally {
      busy(false);
    }
  };

  // A conversation of another sign-in, or a quote that is gone: begin anew with the same question.
  const forget = (answer, message) => {
    answer.node.remove();
    kept.drop();
    delete document.body.dataset.about;
    return tell(message);
  };

  const restore = async () => {
    restored = true;
    if (!kept.get()) return;
    const response = await window.fetch(`/portal/conversations/${kept.get()}`, { headers: { "Accept": "application/json" } })
      .catch(() => null);
    if (!response || !response.ok) return kept.drop();
    const told = await response.json();
    for (const turn of told.turns) {
      if (turn.speaker === "customer") ask(turn.text);
      else {
        const answer = new Answer();
        answer.take("citations", { citations: turn.citations || [] });
        answer.take("replace", { sentences: turn.sentences || [{ text: turn.text, cites: [] }] });
        answer.finish(turn, false);
      }
    }
    say(words.restored);
  };

  const submit = () => {
    const message = box.value.trim();
    if (!message || !stop.hidden) return;
    box.value = "";
    ask(message);
    tell(message);
  };

  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
  });
  stop.addEventListener("click", () => control && control.abort());
  suggestions.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || !stop.hidden) return;
    box.value = button.textContent;
    submit();
    box.focus();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-assistant-open]")) (panel.hidden ? open : close)();
    if (event.target.closest("[data-assistant-close]")) close();
    if (event.target.closest("[data-assistant-new]")) {
      if (control) control.abort();
      kept.drop();
      log.replaceChildren(greeting);
      say(words.begun);
      box.focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden && !document.querySelector("dialog[open]")) close();
  });
  narrow.addEventListener("change", layer);
})();
