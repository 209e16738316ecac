// What runs in the browser: number fields, focus and titles on page change, announcements.
(() => {
  "use strict";
  const ANNOUNCE_AFTER_MS = 500;
  let first = true;
  let timer = 0;

  const number = (text) => {
    const value = Number(String(text).replace(/[,\s$₹]/g, ""));
    return Number.isFinite(value) ? value : null;
  };
  const within = (value, bounds) => Math.min(bounds.greatest, Math.max(bounds.least, value));

  // Box, range and the two buttons of one number. Typed text is never changed, only the range follows it.
  const step = (typed, slid, _less, _more, bounds) => {
    const keep = window.dash_clientside.no_update;
    const source = (window.dash_clientside.callback_context.triggered[0] || { prop_id: "" }).prop_id.split(".")[0];
    if (source.endsWith("-range")) return [String(slid), keep];
    const current = number(typed);
    if (source.endsWith("-less") || source.endsWith("-more")) {
      const from = current === null ? Number(slid) : current;
      const next = within(from + (source.endsWith("-more") ? bounds.step : -bounds.step), bounds);
      return [String(next), next];
    }
    return [keep, current === null ? keep : within(current, bounds)];
  };

  // The menu marks the page that is shown; a page below another one belongs to it.
  const belongs = (href, path) =>
    href === path || (href === "/" ? path.startsWith("/loans/") : path.startsWith(`${href}/`)) ||
    (href === "/applications" && path.startsWith("/apply/"));
  const mark = () => {
    for (const link of document.querySelectorAll("#menu a")) {
      if (belongs(link.getAttribute("href"), window.location.pathname)) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  };

  // Which quote the page shows, for the assistant; a page without one takes it back.
  let place = "";
  const about = (told) => {
    const id = told && told.about;
    if (id) document.body.dataset.about = id;
    else delete document.body.dataset.about;
  };

  // After a page change the heading takes the focus and names the window; the first page leaves focus alone.
  const arrive = () => {
    if (place !== window.location.pathname) about(null);
    place = window.location.pathname;
    window.requestAnimationFrame(() => {
      mark();
      const heading = document.querySelector("#page h1");
      if (!heading) return;
      document.title = `${heading.textContent} – Candor`;
      if (!first) heading.focus({ preventScroll: true });
      first = false;
    });
  };

  // A new decision is said once, half a second after it stands, and brought into view on small screens.
  const announce = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      const result = document.querySelector("#quote-result");
      const spoken = result && result.querySelector("[data-announce]");
      document.getElementById("announcer").textContent = spoken ? spoken.getAttribute("data-announce") : "";
      if (result && result.getBoundingClientRect().top > window.innerHeight * 0.6) {
        const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
        result.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
      }
    }, ANNOUNCE_AFTER_MS);
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.candor = { ...(window.dash_clientside.candor || {}), step, arrive, about, announce };

  // The shell's fetch: an ended session leads back to signing in, a lost connection is said and taken back.
  const send = window.fetch.bind(window);
  const say = (state) => {
    const line = document.getElementById("connection");
    line.textContent = state ? line.dataset[state] : "";
    line.hidden = !state;
  };
  window.fetch = async (...request) => {
    try {
      const answer = await send(...request);
      if (answer.status === 401) {
        window.location.assign(`/sign-in?next=${encodeURIComponent(window.location.pathname + window.location.search)}`);
      }
      say(answer.status >= 500 ? "failed" : "");
      return answer;
    } catch (error) {
      if (error.name !== "AbortError") say("lost"); // what somebody stopped is not lost
      throw error;
    }
  };
})();
