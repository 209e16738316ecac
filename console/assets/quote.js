// The bank's sums in the browser: instalment, plan, fees and yearly cost, equal to lending/domain to the cent.
// Money is whole cents (BigInt), a rate is a decimal {c, e} = c * 10^e, rounded as Python's decimal rounds: half to even.
(() => {
  "use strict";
  const DIGITS = 34; // of an instalment before it is rounded (lending/domain/instalments.py)
  const USUAL = 28; // of every other decimal: Python's default
  const FINE = 60; // of a root that is rounded to six places later

  const length = (c) => String(c < 0n ? -c : c).length;
  const tens = (n) => 10n ** BigInt(n);
  const halfEven = (c, unit) => {
    const sign = c < 0n ? -1n : 1n;
    const whole = (c * sign) / unit;
    const twice = ((c * sign) % unit) * 2n;
    return sign * (twice > unit || (twice === unit && whole % 2n === 1n) ? whole + 1n : whole);
  };

  // Decimals with a number of digits, as in Python.
  const fit = (c, e, digits) => {
    const over = length(c) - digits;
    if (over <= 0) return { c, e };
    const kept = halfEven(c, tens(over));
    return length(kept) > digits ? { c: kept / 10n, e: e + over + 1 } : { c: kept, e: e + over };
  };
  const decimal = (text) => {
    const [, sign, whole, part = ""] = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(String(text).trim());
    return { c: BigInt(sign + (whole + part || "0")), e: -part.length };
  };
  const of = (n) => ({ c: BigInt(n), e: 0 });
  const times = (a, b, digits = USUAL) => fit(a.c * b.c, a.e + b.e, digits);
  const plus = (a, b, digits = USUAL) => {
    const e = Math.min(a.e, b.e);
    return fit(a.c * tens(a.e - e) + b.c * tens(b.e - e), e, digits);
  };
  const minus = (a, b, digits = USUAL) => plus(a, { c: -b.c, e: b.e }, digits);
  const over = (a, b, digits = USUAL) => {
    const shift = Math.max(0, digits + 2 + length(b.c) - length(a.c));
    const top = a.c * tens(shift);
    const rest = top % b.c !== 0n; // one more digit tells the rounding that something follows
    return fit((top / b.c) * 10n + (rest ? 1n : 0n), a.e - b.e - shift - 1, digits);
  };
  const power = (base, n, digits = USUAL) => {
    const inside = digits + String(n).length + 2; // as libmpdec works out whole powers
    let found = base;
    for (const bit of n.toString(2).slice(1)) {
      found = times(found, found, inside);
      if (bit === "1") found = times(found, base, inside);
    }
    return fit(found.c, found.e, digits);
  };
  const number = (a) => Number(`${a.c}e${a.e}`);
  const toCents = (a) => (a.e >= -2 ? a.c * tens(a.e + 2) : halfEven(a.c, tens(-a.e - 2)));
  const money = (cents) => ({ c: cents, e: -2 });
  const cents = (text) => toCents(decimal(text));
  const moneyText = (value) => {
    const digits = String(value < 0n ? -value : value).padStart(3, "0");
    return `${value < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
  };
  const rateText = ({ c, e }) => {
    const digits = String(c).padStart(1 - e, "0");
    const text = e < 0 ? `${digits.slice(0, e)}.${digits.slice(e)}` : digits + "0".repeat(e);
    return e < 0 ? text.replace(/\.?0+$/, "") || "0" : text;
  };

  // The level monthly payment.
  const annuities = new Map(); // many loans share rate and term
  const annuity = (rate, months) => {
    const key = `${rate.c} ${rate.e} ${months}`;
    if (!annuities.has(key)) {
      if (annuities.size > 20000) annuities.clear();
      const growth = power(plus(of(1), over(rate, of(12), DIGITS), DIGITS), months, DIGITS);
      annuities.set(key, over(growth, minus(growth, of(1), DIGITS), DIGITS));
    }
    return annuities.get(key);
  };
  const unrounded = (owed, rate, months) => {
    if (rate.c === 0n) return over(owed, of(months));
    return over(times(times(owed, rate, DIGITS), annuity(rate, months), DIGITS), of(12), DIGITS);
  };
  const instalment = (owed, rate, months) => toCents(unrounded(money(owed), rate, months));

  // A month's interest in cents: base * rate / 12, half a cent to the even one.
  const perMonth = (rate) => {
    const share = rate.c * tens(Math.max(0, rate.e));
    const unit = 12n * tens(Math.max(0, -rate.e));
    return (base) => halfEven(base * share, unit);
  };
  const monthsWaiting = (how, term) => ({ instalment: 0, bullet: term - 1, moratorium: how.moratorium_months })[how.kind];
  const waiting = (how, principal, rate, months) => {
    const interestOn = perMonth(rate);
    const rows = [];
    let owed = principal;
    for (let month = 0; month < months; month += 1) {
      const interest = interestOn(how.interest === "simple" ? principal : owed);
      const payment = how.interest === "paid" ? interest : 0n;
      owed += interest - payment;
      rows.push([payment, interest]);
    }
    return [rows, owed];
  };
  const maturity = (how, principal, owed, rate) => {
    const interest = perMonth(rate)(how.interest === "simple" ? principal : owed);
    return [owed + interest, interest];
  };
  const repaying = (owed, rate, months, level) => {
    const interestOn = perMonth(rate);
    const rows = [];
    let left = owed;
    for (let month = 0; month < months; month += 1) {
      const interest = interestOn(left);
      const asked = left + interest;
      const payment = level < asked ? level : asked; // a tiny loan is never paid more than is owed
      left = asked - payment;
      rows.push([payment, interest]);
    }
    rows[rows.length - 1][0] += left;
    return rows;
  };
  const paid = (how, principal, rate, term) => {
    const wait = monthsWaiting(how, term);
    const [before, owed] = waiting(how, principal, rate, wait);
    if (how.kind === "bullet") return [...before, maturity(how, principal, owed, rate)];
    return [...before, ...repaying(owed, rate, term - wait, instalment(owed, rate, term - wait))];
  };

  /** The plan month by month: {month, payment, interest, principal, outstanding} in cents. */
  const schedule = (how, principal, rate, term) => {
    let owed = principal;
    return paid(how, principal, rate, term).map(([payment, interest], at) => {
      owed += interest - payment;
      return { month: at + 1, payment, interest, principal: payment - interest, outstanding: owed };
    });
  };

  /** The level instalment, after any moratorium; of a bullet the one payment. */
  const due = (how, principal, rate, term) => {
    const wait = monthsWaiting(how, term);
    const owed = how.kind === "instalment" ? principal : waiting(how, principal, rate, wait)[1];
    return how.kind === "bullet" ? maturity(how, principal, owed, rate)[0] : instalment(owed, rate, term - wait);
  };

  /** What the loan weighs a month: `due`, a bullet's spread over its term and rounded up. */
  const burden = (how, principal, rate, term) => {
    const asked = due(how, principal, rate, term);
    return how.kind === "bullet" ? (asked + BigInt(term) - 1n) / BigInt(term) : asked;
  };

  // The yearly cost as a fraction to six places, half up.
  const sixPlaces = (a) => {
    const unit = tens(Math.max(0, -a.e - 6));
    return { c: (a.c * tens(Math.max(0, a.e + 6)) * 2n + unit) / (unit * 2n), e: -6 };
  };
  const ofNumber = (value) => {
    const [digits, e = "0"] = String(value).split("e");
    const read = decimal(digits);
    return { c: read.c, e: read.e + Number(e) };
  };
  const yearly = (monthly) => sixPlaces(ofNumber(monthly * 12));
  const worth = (latestFirst, step) => {
    let value = 0;
    let weighted = 0;
    for (const payment of latestFirst) {
      value += payment;
      weighted = (weighted + value) * step;
      value *= step;
    }
    return [value, weighted];
  };
  const monthlyRate = (amount, payments) => {
    const latestFirst = [...payments].reverse();
    const [total, moment] = worth(latestFirst, 1);
    const surplus = total / amount - 1;
    let low = 0;
    let high = total / amount;
    let guess = (((2 * surplus) / (2 + surplus)) * total) / moment;
    for (let round = 0; round < 200; round += 1) {
      const step = 1 / (1 + guess);
      const [value, slope] = worth(latestFirst, step);
      if (value > amount) low = guess;
      else high = guess;
      const newton = slope ? guess + (value - amount) / (slope * step) : high;
      const following = low < newton && newton < high ? newton : (low + high) / 2;
      if (Math.abs(following - guess) <= 1e-13 * (1 + following)) return following;
      guess = following;
    }
    return guess;
  };
  // One payment: the unit period is the term, at most a year. Newton from above on a curve that bends up.
  const singlePaymentApr = (financed, payment, months) => {
    const unit = Math.min(months, 12);
    const whole = Math.floor(months / unit);
    const part = over(of(months % unit), of(unit), FINE);
    const wanted = over(of(payment), of(financed), FINE);
    let rate = minus(wanted, of(1), FINE);
    for (let round = 0; round < 200; round += 1) {
      const growth = power(plus(of(1), rate, FINE), whole, FINE);
      const odd = plus(of(1), times(part, rate, FINE), FINE);
      const gap = minus(times(odd, growth, FINE), wanted, FINE);
      const before = over(growth, plus(of(1), rate, FINE), FINE);
      const slope = plus(times(part, growth, FINE), times(times(of(whole), odd, FINE), before, FINE), FINE);
      const change = over(gap, slope, FINE);
      rate = minus(rate, change, FINE);
      if (length(change.c) + change.e < -40 || change.c === 0n) break;
    }
    return sixPlaces(over(times(rate, of(12)), of(unit)));
  };
  const levelApr = (financed, payments) => {
    if (payments.reduce((sum, payment) => sum + payment, 0n) <= financed) return { c: 0n, e: 0 };
    const months = payments.flatMap((payment, at) => (payment ? [at + 1] : []));
    if (months.length === 1) return singlePaymentApr(financed, payments[months[0] - 1], months[0]);
    return yearly(monthlyRate(number(money(financed)), payments.map((payment) => number(money(payment)))));
  };
  const grown = (how, principal, monthly, months) => {
    if (how.interest === "paid" || months === 0) return principal;
    if (how.interest === "simple") return times(principal, plus(of(1), times(monthly, of(months))));
    return times(principal, power(plus(of(1), monthly), months));
  };
  const unroundedMonthly = (how, principal, rate, term) => {
    const wait = monthsWaiting(how, term);
    const monthly = over(rate, of(12));
    const before = (each) => Array(wait).fill(number(each));
    if (how.kind === "bullet") return [...before(of(0)), number(grown(how, principal, monthly, term))];
    const level = unrounded(grown(how, principal, monthly, wait), rate, term - wait);
    const each = how.interest === "paid" ? times(principal, monthly) : of(0);
    return [...before(each), ...Array(term - wait).fill(number(level))];
  };
  const keyFactsApr = (financed, how, principal, rate, term) => {
    const payments = unroundedMonthly(how, money(principal), rate, term);
    const amount = number(money(financed));
    const repaid = payments.reduce((sum, payment) => sum + payment, 0);
    return repaid > amount ? yearly(monthlyRate(amount, payments)) : { c: 0n, e: 0 };
  };

  /** What a loan would be: cents, and decimals for rate and apr. `basis` is {how, fee, aprMethod}. */
  const terms = (principal, rate, term, basis) => {
    const { how } = basis;
    const payments = paid(how, principal, rate, term).map(([payment]) => payment);
    const fee = halfEven(principal * basis.fee.c, tens(-basis.fee.e));
    const interest = payments.reduce((sum, payment) => sum + payment, 0n) - principal;
    const financed = principal - fee;
    const inKfs = basis.aprMethod === "in_kfs";
    return {
      amount: principal, term, rate, fee, totalInterest: interest, totalCost: interest + fee,
      instalment: due(how, principal, rate, term),
      lastInstalment: payments[payments.length - 1],
      apr: inKfs ? keyFactsApr(financed, how, principal, rate, term) : levelApr(financed, payments),
    };
  };

  globalThis.candorQuote = { burden, cents, decimal, due, instalment, moneyText, number, plus, rateText, schedule, terms };
})();
