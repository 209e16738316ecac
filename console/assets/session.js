// Warns two minutes before the session ends, keeps it alive while somebody works, and ends it when nobody does.
(() => {
  "use strict";
  const WARN_MS = 120_000, TICK_MS = 1000, PING_MS = 300_000, KEPT = "candor-active";
  const box = document.getElementById("session");
  if (!box) return;
  const text = box.querySelector("#session-text"), shown = box.querySelector(".session-left");
  let idle = 0, endsAt = 0, active = Date.now(), asked = 0, over = false;

  const shared = () => { try { return Number(window.localStorage.getItem(KEPT)) || 0; } catch { return 0; } };
  const used = () => {
    if (box.open) return;
    const now = Date.now();
    if (now - active > TICK_MS) try { window.localStorage.setItem(KEPT, String(now)); } catch { /* this tab alone */ }
    active = now;
  };

  const ask = async () => {
    asked = Date.now();
    const answer = await window.fetch("/portal/session", { headers: { "Accept": "application/json" } }).catch(() => null);
    if (!answer || !answer.ok) return;
    const told = await answer.json();
    idle = told.idle * 1000;
    endsAt = Date.now() + told.left * 1000;
  };

  const leave = async (reason) => {
    over = true;
    await window.fetch("/sign-out", { method: "POST" }).catch(() => null);
    const next = encodeURIComponent(window.location.pathname + window.location.search);
    window.location.assign(`/sign-in?${reason}=1&next=${next}`);
  };

  const warn = (kind, left) => {
    if (!box.open) {
      text.textContent = text.dataset[kind];
      box.querySelector("[data-session-stay]").hidden = false;
      box.showModal();
    }
    const seconds = Math.max(0, Math.ceil(left / 1000));
    shown.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };

  const tick = () => {
    if (over || !idle) return;
    const now = Date.now(), last = Math.max(active, shared());
    if (box.open && shared() > active) { active = shared(); box.close(); }
    const ends = endsAt - now, idles = idle - (now - last);
    const ahead = Math.min(WARN_MS, idle / 2);
    if (Math.min(ends, idles) <= 0) leave("ended");
    else if (dismissed(ends) && Math.min(ends, idles) <= ahead) warn(ends < idles ? "end" : "idle", Math.min(ends, idles));
    else if (last > asked && now - asked > Math.min(PING_MS, idle / 4)) ask();
  };

  // The end of a long session can only be waited for: once read, the warning is not shown again.
  let read = false;
  const dismissed = (ends) => !(read && ends <= WARN_MS);

  box.addEventListener("cancel", (event) => { event.preventDefault(); stay(); });
  const stay = () => {
    read = endsAt - Date.now() <= WARN_MS;
    box.close();
    active = 0;
    used();
    ask();
  };
  box.querySelector("[data-session-stay]").addEventListener("click", stay);
  box.querySelector("[data-session-leave]").addEventListener("click", () => leave("out"));
  for (const name of ["pointerdown", "keydown", "scroll"]) document.addEventListener(name, used, { passive: true, capture: true });
  used();
  ask();
  window.setInterval(tick, TICK_MS);
})();
