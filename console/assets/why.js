// A decision in words: asked for, told sentence by sentence, replaced whole when the model's text has passed.
(() => {
  "use strict";

  // `event: NAME` and `data: JSON`, as the server sends them.
  const parts = (text) => {
    let name = "message";
    const lines = [];
    for (const line of text.split("\n")) {
      if (line.startsWith("event: ")) name = line.slice(7);
      if (line.startsWith("data: ")) lines.push(line.slice(6));
    }
    return lines.length ? { name, data: JSON.parse(lines.join("\n")) } : null;
  };

  const listen = async (address, signal, heard) => {
    const answer = await window.fetch(address, {
      signal, credentials: "same-origin", headers: { "Accept": "text/event-stream" },
    });
    if (!answer.ok || !answer.body) throw new Error(String(answer.status));
    await hear(answer, heard);
  };

  const hear = async (answer, heard) => {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const event = parts(block);
        if (event) heard(event.name, event.data);
      }
    }
  };

  const filled = (text, slots) => text.replace(/\{(\w+)\}/g, (whole, name) => slots[name] ?? whole);

  // The documents' bold words; everything else of a passage is shown as it stands.
  const bold = (text) => text.split("**").map((part, index) => index % 2 ? window.candor.make("strong", {}, part) : part);

  // A passage opens over the page; closing it gives the focus back to what opened it.
  const open = (cited, number, words, opener) => {
    const { make } = window.candor;
    const close = make("button", { type: "button", class: "btn btn-secondary" }, words.close);
    const title = `passage-title-${number}`;
    const box = make("dialog", { class: "passage", "aria-labelledby": title },
      make("h3", { id: title, tabindex: "-1" }, cited.title), make("p", { class: "note" }, cited.heading || ""),
      make("p", { class: "passage-text", lang: "en" }, ...bold(cited.text)), close);
    close.addEventListener("click", () => box.close());
    box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
    box.addEventListener("close", () => { box.remove(); opener.focus(); });
    document.body.append(box);
    box.showModal();
    box.querySelector("h3").focus();
  };

  // One explanation from start to end, in the room of its panel.
  class Telling {
    constructor(panel) {
      const { make } = window.candor;
      this.panel = panel;
      this.words = JSON.parse(panel.dataset.whyWords);
      this.room = panel.querySelector("[data-why-room]");
      this.start = panel.querySelector("[data-why-start]");
      this.sentences = [];
      this.citations = [];
      this.state = make("p", { class: "why-state", role: "status" });
      this.text = make("p", { class: "why-text", role: "log", "aria-label": this.words.room, "aria-live": "polite", lang: "en" });
      this.stop = make("button", { type: "button", class: "btn btn-quiet" }, this.words.stop);
      this.end = make("div", {});
      this.control = new AbortController();
      this.stop.addEventListener("click", () => this.control.abort());
    }

    async run() {
      this.start.hidden = true;
      this.room.replaceChildren(this.state, this.text, window.candor.make("p", { class: "why-acts" }, this.stop), this.end);
      this.say(this.words.waiting, true);
      this.stop.focus();
      try {
        await listen(this.panel.dataset.why, this.control.signal, (name, data) => this.heard(name, data));
        if (!this.over) this.fail("");
      } catch (error) {
        if (this.control.signal.aborted) this.stopped();
        else this.fail("");
      }
    }

    heard(name, data) {
      if (name === "status") this.say(this.words.step[data.step] || "", data.step !== "gave_up" && data.step !== "failed");
      if (name === "status" && data.step === "failed") this.finish("");
      if (name === "sentence") this.add(data);
      if (name === "citations") this.cite(data.citations);
      if (name === "replace") this.replace(data);
      if (name === "done") this.finish(data.generation_id, data);
      if (name === "failed") this.fail(data.reference);
    }

    say(text, busy = false) {
      this.state.textContent = text;
      this.state.classList.toggle("is-busy", busy);
    }

    add(sentence) {
      this.sentences.push(sentence);
      this.text.append(this.shown(sentence), " ");
    }

    replace(data) {
      this.sentences = data.sentences;
      this.text.replaceChildren(...data.sentences.flatMap((one) => [this.shown(one), " "]));
      this.replaced = true;
    }

    cite(citations) {
      const known = new Set(this.citations.map((one) => one.passage));
      this.citations.push(...citations.filter((one) => !known.has(one.passage)));
      this.text.replaceChildren(...this.sentences.flatMap((one) => [this.shown(one), " "]));
    }

    shown(sentence) {
      const { make } = window.candor;
      const span = make("span", { class: "sentence" }, sentence.text);
      for (const passage of sentence.cites) {
        const index = this.citations.findIndex((one) => one.passage === passage);
        if (index >= 0) span.append(this.mark(index));
      }
      return span;
    }

    mark(index) {
      const cited = this.citations[index], number = String(index + 1);
      const name = filled(this.words.open_source, { number, title: cited.title });
      const button = window.candor.make("button", { type: "button", class: "cite", "aria-label": name }, number);
      button.addEventListener("click", () => open(cited, number, this.words, button));
      return button;
    }

    sources() {
      const { make } = window.candor;
      if (!this.citations.length) return [];
      const items = this.citations.map((cited, index) => {
        const button = make("button", { type: "button", lang: "en" }, cited.heading ? `${cited.title}: ${cited.heading}` : cited.title);
        button.addEventListener("click", () => open(cited, String(index + 1), this.words, button));
        return make("li", {}, button);
      });
      return [make("h4", {}, this.words.sources), make("ol", { class: "why-sources" }, ...items)];
    }

    finish(generation, data = null) {
      const { make, opinion } = window.candor, held = this.stop === document.activeElement;
      this.over = true;
      this.stop.parentElement.remove();
      if (data) {
        const ai = data.written_by !== "template";
        const by = ai ? filled(this.words.by_ai, { name: data.written_by }) : this.words.by_template;
        this.end.append(make("p", {}, make("span", { class: "written-by" }, by)));
        this.say(this.replaced ? this.words.replaced : data.cached ? this.words.cached : this.words.done);
      }
      this.end.append(...this.sources());
      const about = generation ? ["generation", generation] : ["decision", this.panel.dataset.whyDecision];
      this.end.append(opinion(...about, JSON.parse(this.panel.dataset.feedbackWords)));
      if (held) this.focus();
    }

    stopped() {
      this.over = true;
      this.say(this.words.stopped);
      this.offer();
    }

    fail(reference) {
      const { make } = window.candor;
      this.over = true;
      this.say("");
      const told = [make("p", {}, this.words.failed)];
      if (reference) told.push(make("p", {}, filled(this.words.reference, { reference })));
      this.end.append(make("div", { class: "state state-failed", role: "alert" }, ...told));
      this.offer();
    }

    // The button that tells it once more, in place of the one that stops.
    offer() {
      const again = window.candor.make("button", { type: "button", class: "btn btn-secondary" }, this.words.again);
      again.addEventListener("click", () => new Telling(this.panel).run());
      this.stop.replaceWith(again);
      again.focus();
    }

    focus() {
      this.state.setAttribute("tabindex", "-1");
      this.state.focus();
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-why-start]");
    if (button) new Telling(button.closest("[data-why]")).run();
  });

  window.candor = { ...(window.candor || {}), hear, openPassage: open };
})();
