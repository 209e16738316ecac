// Applying: what is typed is kept (here and on the server), problems are said when a field is left, one click sends once,
// files are sent with a bar, dropped or taken by the phone's camera.
(() => {
  "use strict";
  const KEEP_AFTER_MS = 700;
  const PREFIX = "candor-typed ";
  const JSON_HEADERS = { "Content-Type": "application/json", Accept: "application/json" };

  // What was typed, in this window only, until the server has it for good.
  const store = {
    read: (key) => {
      try { return JSON.parse(window.sessionStorage.getItem(PREFIX + key)); } catch { return null; }
    },
    write: (key, values) => {
      try { window.sessionStorage.setItem(PREFIX + key, JSON.stringify(values)); } catch { /* private mode */ }
    },
    drop: (key) => {
      try { window.sessionStorage.removeItem(PREFIX + key); } catch { /* private mode */ }
    },
    dropAll: () => {
      try {
        Object.keys(window.sessionStorage).filter((key) => key.startsWith(PREFIX))
          .forEach((key) => window.sessionStorage.removeItem(key));
      } catch { /* private mode */ }
    },
  };

  const boxes = (form) => [...form.querySelectorAll("[data-field] [name]")];
  const typed = (form) => {
    const values = {};
    boxes(form).forEach((box) => {
      if (box.type === "checkbox") values[box.name] = box.checked ? "yes" : "";
      else if (box.type === "radio") values[box.name] = box.checked ? box.value : values[box.name] || "";
      else values[box.name] = box.value;
    });
    return values;
  };

  // Boxes are React's: a value set from here must reach it as if typed.
  const put = (box, value) => {
    if (box.type === "checkbox" || box.type === "radio") {
      const wanted = box.type === "radio" ? box.value === value : value === "yes";
      if (box.checked !== wanted && (wanted || box.type === "checkbox")) box.click();
      return;
    }
    const kind = box.tagName === "SELECT" ? window.HTMLSelectElement : window.HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(box, value);
    box.dispatchEvent(new Event(box.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
  };
  const mark = (form, name) => form.querySelector(`input[name="${name}"]`);
  const tell = (form, text) => {
    const note = form.querySelector(".saved-note");
    if (note && note.textContent !== text) note.textContent = text;
  };

  // Hints and problems stand in the label; the state itself must be said as well.
  const dress = (root) => {
    root.querySelectorAll("[data-field]").forEach((field) => {
      const wrong = field.dataset.wrong === "true" || field.classList.contains("is-wrong");
      field.querySelectorAll("[name]").forEach((box) => box.setAttribute("aria-invalid", String(wrong)));
    });
  };
  const say = (field, problem) => {
    const line = field.querySelector(".problem");
    if (!line) return;
    line.textContent = problem;
    line.hidden = !problem;
    field.dataset.wrong = problem ? "true" : "";
    dress(field.parentElement);
  };

  const drafts = new WeakMap();
  const draftOf = (form) => {
    if (!drafts.has(form)) drafts.set(form, { timer: 0, left: new Set(), asked: Promise.resolve(), stopped: false });
    return drafts.get(form);
  };

  // Nothing moves under a finger that is down: a button that shifts between press and release is never clicked.
  let pressed = false;
  let waiting = [];
  const whenReleased = (act) => (pressed ? waiting.push(act) : act());
  const release = () => window.setTimeout(() => {
    pressed = false;
    waiting.splice(0).forEach((act) => act());
  });
  document.addEventListener("pointerdown", () => { pressed = true; }, true);
  ["pointerup", "pointercancel"].forEach((name) => document.addEventListener(name, release, true));

  const keep = (form) => {
    const draft = draftOf(form);
    window.clearTimeout(draft.timer);
    draft.asked = draft.asked.then(() => keepNow(form, draft)).catch(() => {});
    return draft.asked;
  };
  const keepNow = async (form, draft) => {
    if (draft.stopped || draft.sending || !form.isConnected) return;
    const answers = typed(form);
    const text = JSON.stringify(answers);
    if (text === draft.kept) return showProblems(form, draft);
    const body = JSON.stringify({ answers, seen: mark(form, "seen").value });
    const answer = await window.fetch(form.dataset.apply, { method: "PUT", headers: JSON_HEADERS, body });
    if (answer.status === 409) {
      draft.stopped = true;
      tell(form, form.dataset.changed);
    }
    if (!answer.ok) return;
    draft.kept = text;
    kept(form, draft, await answer.json());
  };
  const showProblems = (form, draft) => whenReleased(() => {
    if (!draft.sending) draft.left.forEach((name) => showProblem(form, draft, name));
  });
  const kept = (form, draft, found) => {
    put(mark(form, "version"), String(found.version));
    put(mark(form, "seen"), found.seen);
    draft.problems = found.problems;
    showProblems(form, draft);
    tell(form, form.dataset.saved);
    const here = new Set(boxes(form).map((box) => box.name));
    const wanted = Object.keys(found.problems);
    if (wanted.length !== here.size || wanted.some((name) => !here.has(name))) {
      whenReleased(() => redraw(form, draft, found.version));
    }
  };
  // An answer called for other questions: they are drawn by the page; the focus stays where it was.
  const redraw = (form, draft, version) => {
    if (draft.sending || !form.isConnected) return;
    window.dash_clientside.set_props("apply-redraw", { data: String(version) });
  };
  let focused = "";
  document.addEventListener("focusin", (event) => {
    focused = event.target.closest("form[data-apply]") ? event.target.id : "";
  });
  document.addEventListener("focusout", (event) => window.setTimeout(() => {
    if (event.target.isConnected && document.activeElement === document.body) focused = "";  // left by hand
  }));
  const refocus = () => {
    const box = focused && document.getElementById(focused);
    if (box && document.activeElement === document.body) box.focus();
  };
  const showProblem = (form, draft, name) => {
    const field = form.querySelector(`[data-field="${name}"]`);
    if (field && draft.problems) say(field, draft.problems[name] || "");
  };

  const changed = (event) => {
    const form = event.target.closest && event.target.closest("form[data-apply]");
    if (!form || !event.target.closest("[data-field]")) return;
    const draft = draftOf(form);
    store.write(form.dataset.apply, typed(form));
    window.clearTimeout(draft.timer);
    draft.timer = window.setTimeout(() => keep(form), event.target.type === "radio" ? 0 : KEEP_AFTER_MS);
  };
  const left = (event) => {
    const form = event.target.closest && event.target.closest("form[data-apply]");
    const field = form && event.target.closest("[data-field]");
    if (!field || field.contains(event.relatedTarget)) return;
    const draft = draftOf(form);
    if (!(draft.started && draft.started.has(field.dataset.field))) return;
    draft.left.add(field.dataset.field);
    keep(form);
  };
  const started = (event) => {
    const field = event.target.closest && event.target.closest("form[data-apply] [data-field]");
    if (!field || event.type === "focusin") return;
    const draft = draftOf(field.closest("form"));
    (draft.started = draft.started || new Set()).add(field.dataset.field);
  };

  // A form is sent once. An ended session leads to signing in and back; what was typed waits in this window.
  const send = async (form, button) => {
    const draft = draftOf(form);
    if (draft.sending) return;
    draft.sending = true;
    form.setAttribute("aria-busy", "true");
    window.clearTimeout(draft.timer);
    try {
      await draft.asked;
      const body = new URLSearchParams(new FormData(form, button || undefined));
      const answer = await window.fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
      if (answer.ok) arrived(form, answer);
      else if (answer.status !== 401) await refused(form, answer);
    } catch { /* the shell says that the bank cannot be reached; the form stays as it is */ } finally {
      draft.sending = false;
      form.removeAttribute("aria-busy");
    }
  };
  const arrived = (form, answer) => {
    const again = /\/(check|changed)$/.test(new URL(answer.url).pathname);
    if (new URL(answer.url).pathname === "/sign-in") return window.location.assign(answer.url); // the draft stays kept
    if (form.dataset.apply && !(again && answer.url.endsWith("/changed"))) store.drop(form.dataset.apply);
    if (answer.url === window.location.href) window.location.reload();
    else window.location.assign(answer.url);
  };
  const refused = async (form, answer) => {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const text = page.querySelector("main p:not(.brand)");
    let line = form.querySelector(".send-problem");
    if (!line) {
      line = document.createElement("p");
      line.className = "state state-problem send-problem";
      line.setAttribute("role", "alert");
      form.prepend(line);
    }
    line.textContent = text ? text.textContent : document.getElementById("connection").dataset.failed;
  };

  // An invitation's code is shown here once and kept nowhere.
  const invite = async (form) => {
    const button = form.querySelector("button");
    const place = document.querySelector("[data-invite-code]");
    button.disabled = true;
    const answer = await window.fetch(form.action, { method: "POST", headers: { Accept: "application/json" } });
    button.disabled = false;
    const made = await answer.json();
    place.textContent = "";
    const add = (tag, text) => {
      const part = document.createElement(tag);
      part.textContent = text;
      place.append(part);
    };
    if (!answer.ok) return add("p", made.do || made.detail || "");
    add("p", form.dataset.said);
    add("code", made.code);
    add("p", made.until);
    add("p", form.dataset.tell);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.action.endsWith("/sign-out")) store.dropAll();
    if (form.dataset.invite !== undefined) { event.preventDefault(); invite(form); }
    else if (form.dataset.apply !== undefined || form.dataset.once !== undefined) {
      event.preventDefault();
      send(form, event.submitter);
    }
  });
  document.addEventListener("input", started);
  document.addEventListener("change", started);
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);
  document.addEventListener("focusout", left);
  window.addEventListener("pagehide", () => {
    const form = document.querySelector("form[data-apply]");
    if (form && !draftOf(form).sending && store.read(form.dataset.apply)) keepLast(form);
  });
  const keepLast = (form) => {
    const body = JSON.stringify({ answers: typed(form), seen: mark(form, "seen").value });
    if (!draftOf(form).stopped) window.fetch(form.dataset.apply, { method: "PUT", headers: JSON_HEADERS, body, keepalive: true });
  };

  // When a page of ours appears: put back what was typed, take the focus to what is wrong.
  const restored = new Set();  // steps seen in this window: drawn anew, they need no word
  const restore = (form) => {
    const before = store.read(form.dataset.apply);
    if (!before) {
      restored.add(form.dataset.apply);
      return;
    }
    const now = typed(form);
    const lost = boxes(form).filter((box) => box.name in before && before[box.name] !== now[box.name]);
    lost.forEach((box) => put(box, before[box.name]));
    if (lost.length && !restored.has(form.dataset.apply)) tell(form, form.dataset.kept);
    restored.add(form.dataset.apply);
  };
  const seen = new WeakSet();
  const appear = () => {
    const page = document.getElementById("page");
    if (!page) return;
    page.querySelectorAll("form[data-apply]").forEach((form) => {
      dress(form);
      if (seen.has(form)) return;
      seen.add(form);
      restore(form);
      refocus();
    });
    page.querySelectorAll("[data-take-focus]").forEach((part) => {
      if (seen.has(part)) return;
      seen.add(part);
      window.setTimeout(() => part.focus(), 60);
    });
  };
  const observer = new MutationObserver(appear);
  const watch = () => observer.observe(document.body, { childList: true, subtree: true });
  if (document.body) watch();
  else document.addEventListener("DOMContentLoaded", watch);
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest(".problems a");
    if (!link) return;
    event.preventDefault();
    const target = document.querySelector(link.getAttribute("href"));
    const box = target && (target.matches("input,select,textarea") ? target : target.querySelector("input"));
    if (box) box.focus();
  });
})();
