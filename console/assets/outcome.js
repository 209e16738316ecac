// Saving an offer without leaving the page. Without this the form goes its plain way.
(() => {
  "use strict";
  const announce = (text) => {
    const line = document.getElementById("announcer");
    if (line) line.textContent = text;
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-save-offer]");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("button");
    if (button.disabled) return;
    button.disabled = true;
    try {
      const answer = await window.fetch(form.action, {
        method: "POST", credentials: "same-origin", headers: { "Accept": "application/json" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      button.textContent = `✓ ${form.dataset.saved}`;
      announce(form.dataset.said);
    } catch {
      button.disabled = false;
      announce(form.dataset.trouble);
    }
  });
})();
