// What a customer thinks of a decision, of a text, or of applying: built where it is asked for, sent once.
(() => {
  "use strict";

  // An element with attributes and children; text is always text, never markup.
  const make = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === true) node.setAttribute(key, "");
      else if (value !== false && value !== null) node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
  };

  let count = 0;
  const fresh = (name) => `${name}-${(count += 1)}`;

  const choices = (title, name, pairs) => make("fieldset", {}, make("legend", {}, title), make("div", { class: "choices" },
    ...pairs.map(([value, words]) => make("label", { class: "choice" },
      make("input", { type: "radio", name, value, required: true }), words))));

  const comment = (words) => {
    const id = fresh("comment");
    return [make("label", { class: "comment", for: id }, words.comment),
      make("textarea", { id, name: "comment", rows: 3, maxlength: 1000, class: "form-control" })];
  };

  // One key for one thing said: sending it again after a lost answer does not say it twice.
  const send = async (body, key) => {
    const answer = await window.fetch("/portal/feedback", {
      method: "POST", credentials: "same-origin", body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", "Accept": "application/json", "Idempotency-Key": key },
    });
    if (!answer.ok) throw new Error(String(answer.status));
  };

  const key = () => window.crypto.randomUUID ? window.crypto.randomUUID() : fresh(String(Date.now()) + Math.random());

  // Wires a form: `body` reads it; once sent it gives way to thanks, which take the focus.
  const wire = (form, words, body) => {
    const button = make("button", { type: "submit", class: "btn btn-secondary" }, words.send);
    const said = make("p", { class: "trouble", role: "alert" });
    let last = { text: "", key: "" };
    form.append(button, said);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button.disabled) return;
      const text = JSON.stringify(body(new FormData(form)));
      if (text !== last.text) last = { text, key: key() };
      said.textContent = "";
      button.disabled = true;
      button.textContent = words.sending;
      try {
        await send(JSON.parse(text), last.key);
        const thanks = make("p", { class: "thanks", tabindex: "-1" }, words.thanks);
        form.replaceWith(thanks);
        thanks.focus();
      } catch {
        said.textContent = words.failed;
        button.disabled = false;
        button.textContent = words.send;
      }
    });
    return form;
  };

  const filled = (form, body) => {
    const comment = String(form.get("comment") || "").trim();
    return comment ? { ...body, comment } : body;
  };

  // Yes or no, a reason, a comment: about one text.
  const opinion = (about, id, words) => {
    const pairs = Object.entries(words.reasons);
    const form = make("form", { class: "opinion" }, choices(words.ask, "thumb", [["up", words.up], ["down", words.down]]));
    const rest = make("div", { hidden: true }, choices(words.reason, "reason", pairs), ...comment(words));
    form.append(rest);
    wire(form, words, (data) => filled(data, { about, id, thumb: data.get("thumb"), reason: data.get("reason") }));
    const button = form.querySelector("button");
    button.hidden = true;
    form.addEventListener("change", (event) => {
      if (event.target.name === "thumb") rest.hidden = button.hidden = false;
    });
    return form;
  };

  // One to five and a comment: about applying.
  const rating = (id, words) => {
    const pairs = Object.entries(words.choices).map(([value, text]) => [value, `${value} · ${text}`]);
    const form = make("form", { class: "opinion" }, choices(words.title, "rating", pairs), ...comment(words));
    return wire(form, words, (data) => filled(data, { about: "application", id, rating: Number(data.get("rating")) }));
  };

  // Rooms for ratings are filled as they appear.
  const fill = () => {
    for (const place of document.querySelectorAll("[data-rate]")) {
      const room = place.querySelector(".rating-room");
      if (room && !room.firstChild) room.append(rating(place.dataset.rate, JSON.parse(place.dataset.feedbackWords)));
    }
  };
  new MutationObserver(fill).observe(document.documentElement, { childList: true, subtree: true });
  fill();

  window.candor = { ...(window.candor || {}), make, opinion };
})();
