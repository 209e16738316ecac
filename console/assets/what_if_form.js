// The fields of the what-if page: boxes, ranges and buttons show one number; the address keeps all of them.
(() => {
  "use strict";
  const { cents, moneyText } = globalThis.candorQuote;
  const { bare, readAmount, readMonths } = globalThis.candorWords;
  const NOBODY = "-";
  const part = (id) => document.getElementById(id);
  const value = (id) => (part(id) ? part(id).value : "");
  const positive = (text) => /^\d{1,12}(\.\d{1,4})?$/.test(bare(text)) && Number(bare(text)) > 0;
  const plainAmount = (amount) => moneyText(amount).replace(/\.00$/, "");

  const form = (page) => {
    const { settings, write } = page;
    const numbers = {
      amount: { read: readAmount, unit: (n) => BigInt(n) * 100n, show: write.typed, said: write.roundMoney },
      term: { read: readMonths, unit: Number, show: String, said: String },
    };
    for (const [name, kind] of Object.entries(numbers)) {
      const bounds = settings[name];
      Object.assign(kind, { least: kind.unit(bounds.least), most: kind.unit(bounds.greatest), step: kind.unit(bounds.step) });
    }
    const within = (kind, number) => (number < kind.least ? kind.least : number > kind.most ? kind.most : number);
    const toRange = (name, number) => (name === "amount" ? Number(number) / 100 : number);

    // What is wrong with a number, in words; "" where nothing is.
    const problemOf = (name, number) => {
      const kind = numbers[name];
      if (number === null) return write.say(`${name}.wrong`);
      if (number === within(kind, number)) return "";
      return write.say(`${name}.between`, { least: kind.said(kind.least), most: kind.said(kind.most) });
    };
    const mark = (name, problem) => {
      const [box, line] = [part(name), part(`${name}-problem`)];
      line.textContent = problem;
      line.hidden = !problem;
      box.setAttribute("aria-invalid", problem ? "true" : "false");
      if (problem) box.setAttribute("aria-describedby", line.id);
      else box.removeAttribute("aria-describedby");
    };

    const collateral = () => {
      if (settings.collateral === "gold" && positive(value("gold-weight"))) {
        return { kind: "gold", weight_g: bare(value("gold-weight")), purity_k: value("gold-purity") };
      }
      if (["property", "vehicle"].includes(settings.collateral) && positive(value("collateral-value"))) {
        return { kind: settings.collateral, value: bare(value("collateral-value")) };
      }
      return null;
    };
    const security = () => {
      const box = { gold: "gold-weight", property: "collateral-value", vehicle: "collateral-value" }[settings.collateral];
      if (!box) return "";
      const wrong = value(box).trim() !== "" && !positive(value(box));
      mark(box, wrong ? write.say(box === "gold-weight" ? "gold.wrong" : "value.wrong") : "");
      return wrong ? box : "";
    };
    const partner = () => (value("co-applicant") === NOBODY ? "" : value("co-applicant"));

    /** The request as it stands: figures, what to send, a key that tells it from others, and what is wrong with it. */
    const read = () => {
      const [amount, term] = [readAmount(value("amount")), readMonths(value("term"))];
      const problems = Object.entries({ amount, term }).map(([name, number]) => {
        const problem = problemOf(name, number);
        mark(name, problem);
        return problem;
      });
      const problem = problems.find(Boolean) || (security() ? write.say("live.problem") : "");
      const body = {
        product: settings.product, amount: amount === null ? "" : moneyText(amount), term,
        collateral: collateral(), co_applicant: partner() || null,
      };
      return { amount, term, body, key: JSON.stringify(body), problem };
    };

    const surfaceQuery = () => {
      const stated = collateral();
      return new URLSearchParams({
        product: settings.product, ...(stated ? { collateral: JSON.stringify(stated) } : {}),
        ...(partner() ? { co_applicant: partner() } : {}),
      }).toString();
    };

    const show = (name, number) => {
      const kind = numbers[name];
      part(name).value = kind.show(number);
      part(`${name}-range`).value = String(toRange(name, within(kind, number)));
      speak(name);
    };
    // A range says its value as people read it, not as a bare number.
    const speak = (name) => {
      const number = numbers[name].read(value(name));
      const words = number === null ? "" : name === "amount" ? write.roundMoney(number) : write.months(number);
      part(`${name}-range`).setAttribute("aria-valuetext", words);
    };

    /** A field was moved or typed into: its twin follows. True where the request may have changed. */
    const follow = (field) => {
      const name = field.id.replace(/-range$/, "");
      if (!numbers[name]) return ["gold-weight", "gold-purity", "collateral-value", "co-applicant"].includes(field.id);
      const kind = numbers[name];
      if (field.id.endsWith("-range")) part(name).value = kind.show(kind.unit(field.value));
      else if (kind.read(field.value) !== null) {
        part(`${name}-range`).value = String(toRange(name, within(kind, kind.read(field.value))));
      }
      speak(name);
      return true;
    };
    /** A box was left: a number in it is written with its grouping, and what is wrong is said once. */
    const settle = (field) => {
      if (!numbers[field.id]) return;
      const number = numbers[field.id].read(field.value);
      if (number !== null) field.value = numbers[field.id].show(number);
      const problem = problemOf(field.id, number);
      if (problem) part("announcer").textContent = problem;
    };
    /** A step button was pressed; from between two steps it goes to the next one. */
    const stepped = (button) => {
      const found = /^(amount|term)-(less|more)$/.exec(button.id);
      if (!found) return false;
      const kind = numbers[found[1]];
      const number = kind.read(value(found[1])) ?? kind.unit(value(`${found[1]}-range`));
      show(found[1], within(kind, found[2] === "more" ? number + kind.step : number - kind.step));
      return true;
    };
    const put = (amount, term) => {
      show("amount", amount);
      show("term", term);
    };

    // The address: figures that were chosen, so that loading again, going back and links restore them.
    const fields = { weight_g: "gold-weight", purity_k: "gold-purity", value: "collateral-value", co_applicant: "co-applicant" };
    const keep = () => {
      const { amount, term } = read();
      const query = new URLSearchParams();
      if (amount !== null) query.set("amount", plainAmount(amount));
      if (term !== null) query.set("term", String(term));
      for (const [name, id] of Object.entries(fields)) {
        const shown = part(id) && !part(id).closest("[hidden]") && value(id) && value(id) !== NOBODY;
        if (shown) query.set(name, name === "purity_k" || name === "co_applicant" ? value(id) : bare(value(id)));
      }
      const address = `${window.location.pathname}?${query}`;
      if (address !== window.location.pathname + window.location.search) window.history.replaceState(window.history.state, "", address);
    };
    const choose = (id, wanted) => {
      const field = part(id);
      const known = !field.options || [...field.options].some((option) => option.value === wanted);
      if (known) window.dash_clientside.set_props(id, { value: wanted });
      if (known) field.value = wanted;
    };
    /** Figures of the address into the fields; true where it names an amount or a time. */
    const restore = (query) => {
      const amount = readAmount(query.get("amount") ?? "") ?? cents(String(settings.amount.start));
      const term = readMonths(query.get("term") ?? "") ?? settings.term.start;
      put(amount, term);
      for (const [name, id] of Object.entries(fields)) if (query.get(name)) choose(id, query.get(name));
      return query.has("amount") || query.has("term");
    };

    return { follow, keep, read, restore, settle, stepped, surfaceQuery, write: put };
  };

  globalThis.candorWhatIf = Object.assign(globalThis.candorWhatIf || {}, { form });
})();
