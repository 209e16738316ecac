// What runs in the browser on every page: focus, title and menu on page change, what the assistant is told, lost lines.
(() => {
  "use strict";
  let first = true;

  // The menu marks the page that is shown; a page below another one belongs to it.
  const belongs = (href, path) =>
    href === path || (href === "/" ? path.startsWith("/loans/") : href !== "/staff" && path.startsWith(`${href}/`)) ||
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

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.candor = { ...(window.dash_clientside.candor || {}), arrive, about };

  // The shell's fetch: an ended session leads back to signing in, a lost connection is said and taken back.
  const send = window.fetch.bind(window);
  let leaving = false;
  const say = (state) => {
    const line = document.getElementById("connection");
    line.textContent = state ? line.dataset[state] : "";
    line.hidden = !state;
  };
  window.fetch = async (...request) => {
    try {
      const answer = await send(...request);
      if (answer.status === 401 && !leaving) {
        leaving = true; // several answers may say so; one way is enough
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
