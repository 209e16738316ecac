// How the what-if page reads what was typed and writes figures: the reader's locale, as serving/formats.py does.
(() => {
  "use strict";
  const { cents, moneyText, rateText } = globalThis.candorQuote;

  /** A text with its {slots} filled. */
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (slot, name) => (name in values ? values[name] : slot));

  /** What is written in a locale: money from cents, rates from decimals, months, and a product's words. */
  const writer = ({ locale, numbers = locale, currency, words }) => {
    const style = (options, as = numbers) => new Intl.NumberFormat(as, { roundingMode: "halfEven", ...options });
    const exact = style({ style: "currency", currency });
    const round = style({ style: "currency", currency, minimumFractionDigits: 0, maximumFractionDigits: 0 });
    const percent = style({ style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 });
    const grouped = style({ maximumFractionDigits: 2 });
    const unit = (name) => style({ style: "unit", unit: name, unitDisplay: "long" }, locale);
    const [inMonths, inYears] = [unit("month"), unit("year")];
    const money = (value) => exact.format(moneyText(value));
    const months = (count) => {
      const [years, rest] = [Math.floor(count / 12), count % 12];
      if (years === 0 || (years === 1 && rest)) return inMonths.format(count);
      return rest ? `${inYears.format(years)} ${inMonths.format(rest)}` : inYears.format(years);
    };
    return {
      money, months,
      roundMoney: (value) => (value % 100n === 0n ? round.format(moneyText(value)) : money(value)),
      percent: (rate) => percent.format(rateText(rate)),
      rate: (value) => percent.format(value),
      typed: (value) => grouped.format(moneyText(value)),
      say: (key, values = {}) => filled(words[key], values),
    };
  };

  const bare = (text) => String(text).trim().replace(/[,\s$₹\u00a0]/g, "");

  /** Cents of a typed amount; null where it is no amount. Grouping, spaces and currency signs are let pass. */
  const readAmount = (text) => (/^\d{1,13}(\.\d{0,2})?$/.test(bare(text)) ? cents(bare(text)) : null);

  /** A typed number of months; null where it is none. */
  const readMonths = (text) => (/^\d{1,4}$/.test(bare(text)) ? Number(bare(text)) : null);

  globalThis.candorWords = { bare, readAmount, readMonths, writer };
})();
