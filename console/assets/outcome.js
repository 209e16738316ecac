// Saving an offer without leaving the page, and links that keep what the page's address says already.
// Without this, forms and links go their plain way.
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

  // A way to yes changes one part of a request; the rest of it, such as what secures the loan, stands in the address.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-keep-request]");
    if (!link || link.pathname !== window.location.pathname || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const query = new URLSearchParams(window.location.search);
    new URLSearchParams(link.search).forEach((value, name) => query.set(name, value));
    window.location.assign(`${link.pathname}?${query}`);
  });
})();
