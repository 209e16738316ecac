// The card of a run moves on by itself while somebody looks at it, and is drawn anew once the run has ended or waits.
(() => {
  "use strict";
  const EVERY_MS = 2000;
  const LONGEST_MS = 60000;
  const send = window.fetch.bind(window); // the plain one: what fails here is not the reader's doing
  let wait = EVERY_MS;

  const show = (card, news) => {
    const bar = card.querySelector("progress");
    const message = card.querySelector("[data-flow-message]");
    if (bar && news.percent !== null) bar.value = news.percent;
    if (message && message.textContent !== news.message) message.textContent = news.message;
    if (news.ended || news.state !== card.dataset.flowState) window.location.reload();
  };

  const round = async () => {
    const card = document.querySelector("[data-flow-run]");
    if (card && document.visibilityState === "visible") {
      try {
        const answer = await send(`/staff/flows/progress?run=${encodeURIComponent(card.dataset.flowRun)}`, {
          headers: { Accept: "application/json" },
          cache: "no-store",
        });
        if (answer.status === 401 || answer.status === 403) return;
        if (!answer.ok) throw new Error(String(answer.status));
        show(card, await answer.json());
        wait = EVERY_MS;
      } catch (_error) {
        wait = Math.min(LONGEST_MS, wait * 2);
      }
    }
    window.setTimeout(round, wait);
  };
  if (document.readyState === "loading") window.addEventListener("DOMContentLoaded", round);
  else round();
})();
