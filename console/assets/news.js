// The page updates by itself: asks for news while it is looked at, shows how many messages are unread, says so once,
// and tells the parts that listen to the store "news-stamp".
(() => {
  "use strict";
  const EVERY_MS = 10000;
  const LONGEST_MS = 300000;
  const send = window.fetch.bind(window); // the plain one: what fails here is not the reader's doing
  let wait = EVERY_MS;
  let timer = 0;
  let tag = "";
  let stamp = null;
  let unread = null;
  let ended = false;

  const badge = (count, label) => {
    const place = document.getElementById("unread");
    if (!place) return;
    place.replaceChildren();
    if (!count) return;
    const seen = document.createElement("span");
    seen.setAttribute("aria-hidden", "true");
    seen.textContent = count > 99 ? "99+" : String(count);
    const said = document.createElement("span");
    said.className = "visually-hidden";
    said.textContent = ` ${label}`;
    place.append(seen, said);
  };
  const announce = (label) => {
    const line = document.getElementById("announcer");
    if (line) line.textContent = label;
  };
  const tell = (next) => {
    const dash = window.dash_clientside;
    if (dash && dash.set_props) dash.set_props("news-stamp", { data: next });
  };

  const take = (news) => {
    badge(news.unread, news.label);
    if (stamp !== null && news.stamp !== stamp) tell(news.stamp);
    if (unread !== null && news.unread > unread) announce(news.label);
    stamp = news.stamp;
    unread = news.unread;
  };

  const ask = async () => {
    const answer = await send("/portal/news", {
      headers: { Accept: "application/json", ...(tag ? { "If-None-Match": tag } : {}) },
      cache: "no-store",
    });
    if (answer.status === 401 || answer.status === 403) ended = true;
    if (answer.status === 304 || ended) return;
    if (!answer.ok) throw new Error(String(answer.status));
    tag = answer.headers.get("ETag") || "";
    take(await answer.json());
  };

  const round = async () => {
    window.clearTimeout(timer);
    if (ended || document.visibilityState !== "visible") return;
    try {
      await ask();
      wait = EVERY_MS;
    } catch (_error) {
      wait = Math.min(LONGEST_MS, wait * 2);
    }
    if (!ended) timer = window.setTimeout(round, wait);
  };

  // The badge is part of the frame, which Dash draws a moment after the page has come.
  const begin = () => {
    if (document.getElementById("unread")) round();
    else if (!document.querySelector("header.top")) window.setTimeout(begin, 100);
  };
  document.addEventListener("visibilitychange", round);
  window.addEventListener("DOMContentLoaded", begin);
  if (document.readyState !== "loading") begin();
})();
