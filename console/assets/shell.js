// The menu on a phone: one button opens and closes it, Escape and leaving for a page close it.
(() => {
  "use strict";
  const button = () => document.querySelector("[data-menu-toggle]");
  const set = (open) => {
    const found = button();
    if (found) found.setAttribute("aria-expanded", String(open));
  };
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-menu-toggle]");
    if (pressed) set(pressed.getAttribute("aria-expanded") !== "true");
    else if (event.target.closest("#menu a")) set(false);
  });
  document.addEventListener("keydown", (event) => {
    const found = button();
    if (event.key !== "Escape" || !found || found.getAttribute("aria-expanded") !== "true") return;
    set(false);
    found.focus();
  });
})();
