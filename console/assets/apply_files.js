// Papers: a box for files that takes several, drops and the phone's camera, and sends them with a bar.
(() => {
  "use strict";
  let count = 0;

  const make = (tag, className, text) => {
    const part = document.createElement(tag);
    if (className) part.className = className;
    if (text) part.textContent = text;
    return part;
  };

  // The box is plain HTML: a form that works by itself, and is sent with a bar where scripts run.
  const build = (place) => {
    const told = place.dataset;
    const id = `file-${(count += 1)}`;
    const form = make("form", "file-form");
    form.action = told.action;
    form.method = "post";
    form.enctype = "multipart/form-data";
    const asked = make("input");
    Object.assign(asked, { type: "hidden", name: "asked", value: told.fileBox });
    const label = make("label", "file-label");
    label.htmlFor = id;
    label.append(make("span", "label-text", told.label), make("span", "hint", told.hint));
    const input = make("input", "file-input");
    Object.assign(input, { id, type: "file", name: "file", accept: told.accept, multiple: true });
    const drop = make("span", "file-drop", told.drop);
    drop.setAttribute("aria-hidden", "true");
    const button = make("button", "btn btn-secondary", told.send);
    button.type = "submit";
    button.hidden = true;
    const state = make("div", "file-state");
    state.setAttribute("role", "status");
    form.append(asked, label, input, drop, button, state);
    place.append(form);
    wire(place, form, input, state);
  };

  const wire = (place, form, input, state) => {
    const go = () => input.files.length && send(place.dataset, form, [...input.files], state).then(() => { input.value = ""; });
    input.addEventListener("change", go);
    form.addEventListener("submit", (event) => { event.preventDefault(); go(); });
    ["dragenter", "dragover"].forEach((name) => form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add("is-over");
    }));
    ["dragleave", "drop"].forEach((name) => form.addEventListener(name, () => form.classList.remove("is-over")));
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) send(place.dataset, form, [...event.dataTransfer.files], state);
    });
  };

  const send = async (told, form, files, state) => {
    state.textContent = "";
    for (const file of files) {
      const problem = await one(told, form, file, state);
      if (problem) {
        state.textContent = "";
        const line = make("p", "problem", `${told.failed} ${problem}`);
        line.setAttribute("role", "alert");
        state.append(line);
        return;
      }
    }
    state.textContent = "";
    refresh();
  };

  // XHR and not fetch: only it tells how much of a body has gone.
  const one = (told, form, file, state) => new Promise((done) => {
    const text = told.sending.replace("__name__", () => file.name);
    const label = make("label", "note", text);
    const bar = make("progress");
    bar.id = `${form.querySelector("input[type=file]").id}-bar`;
    label.htmlFor = bar.id;
    bar.max = 100;
    bar.value = 0;
    state.replaceChildren(label, bar);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = Math.round((event.loaded / event.total) * 100);
    });
    request.addEventListener("load", () => done(outcome(request)));
    request.addEventListener("error", () => done(document.getElementById("connection").dataset.lost));
    const body = new FormData();
    body.append("asked", told.fileBox);
    body.append("file", file, file.name);
    request.send(body);
  });

  const outcome = (request) => {
    if (request.status < 300) return "";
    if (request.status === 401) {
      window.location.assign(`/sign-in?next=${encodeURIComponent(window.location.pathname)}`);
    }
    try {
      const told = JSON.parse(request.responseText);
      return told.do || told.detail || told.title || String(request.status);
    } catch {
      return String(request.status);
    }
  };

  // The panel is asked for again at once, and then follows the check by itself.
  const refresh = () => {
    const panels = { "apply-papers": "apply-papers-tick", "application-live": "application-tick" };
    Object.entries(panels).filter(([panel]) => document.getElementById(panel)).forEach(([, tick]) => {
      window.dash_clientside.set_props(tick, { disabled: false, n_intervals: Date.now() % 1000000 });
    });
  };

  // Small forms of the panel: done in place, the button rests until it is.
  const inPlace = async (form) => {
    const button = form.querySelector("button");
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    try {
      await window.fetch(form.action, { method: "POST", headers: { Accept: "text/html" } });
      refresh();
    } catch { /* the shell says that the bank cannot be reached */ } finally {
      button.removeAttribute("aria-disabled");
    }
  };
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.panel === undefined) return;
    event.preventDefault();
    inPlace(event.target);
  });

  const appear = () => document.querySelectorAll("[data-file-box]").forEach((place) => {
    if (!place.firstChild) build(place);
  });
  const watch = () => new MutationObserver(appear).observe(document.body, { childList: true, subtree: true });
  if (document.body) watch();
  else document.addEventListener("DOMContentLoaded", watch);
})();
