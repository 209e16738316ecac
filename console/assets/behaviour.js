// Tells the bank which pages and steps are reached, and nothing about whom. A page says what it is by the first part of
// its address; a part of it that shows is a step when it has data-step (and data-product where the address names none).
// Nothing is sent from a browser that asks not to be followed, nor before somebody has signed in, nor from staff.
(() => {
  "use strict";
  const ADDRESS = "/portal/events";
  const KNOWN = JSON.parse(document.body.dataset.noted || "null");  // what the bank notes; nothing for staff
  const minds = navigator.doNotTrack === "1" || window.doNotTrack === "1" || navigator.globalPrivacyControl === true;

  let path = null;
  let last = { page: "", step: "", product: "" };
  let told = new Set();
  const drawn = new WeakMap();  // part to the step it told: the old page's parts still stand when the address changes

  // Not of the page: what still stands, or is still told, of the page before.
  const isStep = (step) => (KNOWN.pages[last.page] || []).includes(step);

  const send = (event, step, product) => {
    if (!KNOWN.pages[last.page] || (step && !isStep(step))) return;
    const body = { event, page: last.page };
    if (step) body.step = step;
    if (KNOWN.products.includes(product)) body.product = product;
    navigator.sendBeacon(ADDRESS, new Blob([JSON.stringify(body)], { type: "application/json" }));
  };

  const place = (address) => {
    const [page = "home", part = ""] = address.split("/").filter(Boolean);
    return { page, step: "", product: page === "loans" ? part : "" };
  };

  const arrive = () => {
    if (path === window.location.pathname) return;
    leave();
    path = window.location.pathname;
    last = place(path);
    told = new Set();
    send("view", "", last.product);
  };

  const reach = (part) => {
    const step = part.dataset.step;
    const product = part.dataset.product || last.product;
    const name = `${step} ${product}`;
    if (!isStep(step) || told.has(name) || drawn.get(part) === name) return;
    told.add(name);
    drawn.set(part, name);
    last.step = step;
    last.product = product;
    send("step", step, product);
  };

  const leave = () => {
    if (path === null) return;
    send("leave", last.step, last.product);
    path = null;
  };

  let waiting = false;
  const look = () => {
    if (waiting) return;
    waiting = true;
    window.requestAnimationFrame(() => {
      waiting = false;
      if (!document.querySelector("#page h1")) return;  // the page is still on its way
      arrive();
      document.querySelectorAll("#page [data-step]").forEach(reach);
    });
  };

  // What a page's own script has to tell: new CustomEvent("candor-event", {detail: {event, step, product}}).
  document.addEventListener("candor-event", (said) => {
    const { event, step, product } = said.detail || {};
    if (path !== null && event) send(event, step, product || last.product);
  });

  if (minds || !KNOWN || typeof navigator.sendBeacon !== "function") return;
  window.addEventListener("pagehide", leave);
  const observe = () => {
    new MutationObserver(look).observe(document.body, {
      childList: true, subtree: true, attributes: true, attributeFilter: ["data-step"],
    });
    look();
  };
  if (document.body) observe();
  else document.addEventListener("DOMContentLoaded", observe);
})();
