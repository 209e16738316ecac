// Sets light or dark before the first paint, follows the system until somebody chooses, remembers the choice.
(() => {
  "use strict";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try { return window.localStorage.getItem("candor-theme"); } catch { return null; }
  };
  const apply = () => {
    const theme = chosen() || (system.matches ? "dark" : "light");
    root.setAttribute("data-bs-theme", theme === "dark" ? "dark" : "light");
  };
  apply();
  system.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    try { window.localStorage.setItem("candor-theme", next); } catch { /* private mode: lasts for this page */ }
    root.setAttribute("data-bs-theme", next);
  });
})();
