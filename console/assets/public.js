// The sign-in page counts a wait down: the figure moves each second, what is heard is its start and its end.
(() => {
  "use strict";
  const line = document.querySelector("[data-wait]");
  if (!line) return;
  const until = Date.now() + Number(line.dataset.wait) * 1000;
  const shown = document.createElement("span");
  shown.setAttribute("aria-hidden", "true");
  const heard = document.createElement("span");
  heard.className = "visually-hidden";
  heard.textContent = line.textContent;
  line.replaceChildren(shown, heard);
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left > 0) {
      shown.textContent = line.dataset.text.replace("{seconds}", String(left));
      return;
    }
    window.clearInterval(timer);
    shown.textContent = line.dataset.over;
    heard.textContent = line.dataset.over;
    line.classList.replace("state-problem", "state-empty");
  };
  const timer = window.setInterval(tick, 1000);
  tick();
})();
