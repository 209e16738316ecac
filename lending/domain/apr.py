"""The yearly cost of credit by the actuarial method (Regulation Z, 12 CFR 1026, Appendix J).

General equation, Appendix J (b)(8): the sum of advances, each divided by (1 + f i)(1 + i)^t, equals the same sum of
payments; t whole unit periods, f the fraction of one left over, i the rate a unit period. APR = i times the unit
periods in a year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from lending.domain.errors import InputError
from lending.domain.money import Money, plain
from lending.domain.reading import entry, fraction, items, number, refuse, whole
from lending.domain.repayment import Repayment, unrounded_monthly

_DIGITS, _CLOSE = 80, Decimal("1e-30")
_SMALL_STEP, _LARGE_STEP = Decimal("1.1"), Decimal(4)
_MOST_A_PERIOD, _MOST_PERIODS_A_YEAR = 10_000, 366
_MAX_PERIODS, _MAX_AMOUNT, _APR_PLACES, _ONE = 20_000, Decimal("1e15"), Decimal("0.000001"), Decimal(1)
MOST_STEPS, CLOSE_ENOUGH = 200, 1e-13  # at which the search for a monthly rate ends


@dataclass(frozen=True, slots=True)
class Flow:
    """`count` equal amounts, the first at `t` whole unit periods plus the fraction `f`, then one a unit period."""

    amount: Decimal
    t: int
    f: Fraction
    count: int = 1


def unit_period_rate(advances: Sequence[Flow], payments: Sequence[Flow]) -> Decimal:
    """The lowest rate a unit period, at least 0, that makes the payments worth the advances; to about 30 digits.

    Raises:
        InputError: the payments add up to less than the advances, or no rate below 1,000,000 % a period fits.
    """
    lent = sum(a.amount * a.count for a in advances)
    repaid = sum(p.amount * p.count for p in payments)
    if repaid < lent:
        raise InputError(
            f"payments add up to {repaid}, less than the {lent} advanced; a yearly cost needs at least as much",
            field="streams", found=str(repaid), expected=f"at least {lent}", do="Check the amounts and counts.",
        )  # fmt: skip
    if repaid == lent:
        return Decimal(0)

    def gap(i: Decimal) -> tuple[Decimal, Decimal]:
        (paid, falls), (lent_now, falling) = _value(payments, i), _value(advances, i)
        return paid - lent_now, falls - falling

    with localcontext() as context:
        context.prec = _DIGITS
        # Payments before an advance can make more than one rate fit: then look in small steps for the lowest.
        mixed = max(a.t + a.f + a.count - 1 for a in advances) > min(p.t + p.f for p in payments)
        return _root(gap, _SMALL_STEP if mixed else _LARGE_STEP)


def _value(flows: Sequence[Flow], i: Decimal) -> tuple[Decimal, Decimal]:
    """Value today of all flows at rate i > 0, and its derivative with respect to i."""
    value = slope = Decimal(0)
    step = _ONE / (_ONE + i)
    for flow in flows:
        f = Decimal(flow.f.numerator) / Decimal(flow.f.denominator)
        odd = _ONE + f * i
        first = flow.amount * step**flow.t / odd
        worth, delay = _annuity(step, flow.count)
        value += first * worth
        slope -= first * ((flow.t * step + f / odd) * worth + step * delay)
    return value, slope


def _annuity(step: Decimal, count: int) -> tuple[Decimal, Decimal]:
    """Sum of step^k and of k step^k for k from 0 to count - 1."""
    if count == 1:
        return _ONE, Decimal(0)
    end, rest = step**count, _ONE - step
    worth = (_ONE - end) / rest
    return worth, (worth - 1 - (count - 1) * end) / rest


def _root(gap: Callable[[Decimal], tuple[Decimal, Decimal]], grow: Decimal) -> Decimal:
    """Newton inside a bracket: the gap is above zero at 0 and below it at the upper end."""
    low, high = Decimal(0), Decimal("0.001")
    while gap(high)[0] > 0:
        low, high = high, high * grow
        if high > _MOST_A_PERIOD:
            raise InputError("no yearly cost fits: the payments are worth more than the advances at any rate",
                             field="streams", expected="a rate below 1,000,000 % a period",
                             do="Check amounts and times.")  # fmt: skip
    guess = (low + high) / 2
    for _ in range(200):
        value, slope = gap(guess)
        low, high = (guess, high) if value > 0 else (low, guess)
        newton = guess - value / slope if slope else high
        following = newton if low < newton < high else (low + high) / 2
        if abs(following - guess) < _CLOSE:
            return following
        guess = following
    return guess


def level_apr(financed: Decimal, payments: Sequence[Decimal]) -> Decimal:
    """APR as a fraction to six places of one advance and its payments month by month, zero where nothing is due.

    Works in binary floats with the four basic operations only, so that every machine gets the same digits; tied to
    `unit_period_rate` by a test.

    Raises:
        InputError: there is one payment only, and it is more than 10,000 times the advance.
    """
    if sum(payments) <= financed:
        return Decimal(0)
    paid_in = [month for month, payment in enumerate(payments, start=1) if payment]
    if len(paid_in) == 1:
        return _single_payment_apr(financed, payments[paid_in[0] - 1], paid_in[0])
    return yearly(_monthly_rate(financed, payments))


def _single_payment_apr(financed: Decimal, payment: Decimal, months: int) -> Decimal:
    """Appendix J (b)(4)(ii): with one advance and one payment the unit period is the term, at most a year."""
    unit = min(months, 12)
    end = Flow(payment, months // unit, Fraction(months % unit, unit))
    return _six(unit_period_rate([Flow(financed, 0, Fraction(0))], [end]) * 12 / unit)


def key_facts_apr(
    net_disbursed: Decimal, how: Repayment, principal: Money, annual_rate: Decimal, term_months: int
) -> Decimal:
    """APR of the Indian key facts statement as a fraction to six places.

    Twelve times the monthly internal rate of return on what is disbursed after charges, with instalments that are not
    rounded. Source: Reserve Bank of India, Key Facts Statement (KFS) for Loans & Advances, 15 April 2024, annex B.

    Raises:
        LoanTermsError: as `lending.domain.repayment.rows`.
    """
    paid = unrounded_monthly(how, principal, annual_rate, term_months)
    return yearly(_monthly_rate(net_disbursed, paid)) if sum(paid) > net_disbursed else Decimal(0)


def _monthly_rate(financed: Decimal, payments: Sequence[Decimal]) -> float:
    """Newton inside a bracket; the payments add up to more than `financed`."""
    known, amount = {payment: float(payment) for payment in set(payments)}, float(financed)
    latest_first = [known[payment] for payment in reversed(payments)]
    total, moment = _worth(latest_first, 1.0)
    surplus = total / amount - 1.0
    # No root lies above total / amount: there even the whole sum, paid after one month, is worth less than the amount.
    low, high, guess = 0.0, total / amount, 2.0 * surplus / (2.0 + surplus) * total / moment
    for _ in range(MOST_STEPS):
        step = 1.0 / (1.0 + guess)
        value, slope = _worth(latest_first, step)
        low, high = (guess, high) if value > amount else (low, guess)
        newton = guess + (value - amount) / (slope * step) if slope else high
        following = newton if low < newton < high else (low + high) / 2.0
        if abs(following - guess) <= CLOSE_ENOUGH * (1.0 + following):
            return following
        guess = following
    return guess


def _worth(latest_first: Sequence[float], step: float) -> tuple[float, float]:
    """Value of monthly payments discounted by `step` a month, and the same weighted with their months."""
    value = weighted = 0.0
    for payment in latest_first:
        value += payment
        weighted = (weighted + value) * step
        value *= step
    return value, weighted


def yearly(monthly: float) -> Decimal:
    """APR to six places from a monthly rate."""
    return _six(Decimal(repr(monthly * 12)))


def _six(value: Decimal) -> Decimal:
    return value.quantize(_APR_PLACES, ROUND_HALF_UP)


def apr_answer(data: Mapping[str, object]) -> dict[str, str]:
    """Answer `candor loan apr`.

    Args:
        data: `{amount_financed | advances: [{amount, t, f}], unit_periods_per_year, streams: [{amount, count, first_t,
            f}]}`; amounts are decimal text, `f` and `unit_periods_per_year` a number or a fraction such as "19/30".

    Returns:
        `apr_percent` rounded half up to two places, `unit_period_rate` to twelve.

    Raises:
        InputError: naming the key, what was found and what is expected.
    """
    if ("amount_financed" in data) == ("advances" in data):
        found = "given beside advances" if "advances" in data else "missing"
        refuse("amount_financed", found, "an amount, or advances instead of it")
    entry(data, "", ("unit_periods_per_year", "streams"), ("amount_financed", "advances"))
    per_year = fraction(data["unit_periods_per_year"], "unit_periods_per_year")
    if not 0 < per_year <= _MOST_PERIODS_A_YEAR:
        refuse("unit_periods_per_year", str(per_year), f"a number above zero, at most {_MOST_PERIODS_A_YEAR}")
    advances = _advances(data)
    streams = [_stream(item, f"streams[{n}]") for n, item in enumerate(items(data["streams"], "streams"))]
    if sum(flow.count for flow in [*advances, *streams]) > _MAX_PERIODS:
        refuse("streams", "longer", f"at most {_MAX_PERIODS} payments in all")
    rate = unit_period_rate(advances, streams)
    with localcontext() as context:
        context.prec = _DIGITS
        percent = rate * per_year.numerator / per_year.denominator * 100
    return {
        "apr_percent": str(percent.quantize(Decimal("0.01"), ROUND_HALF_UP)),
        "unit_period_rate": plain(rate.quantize(Decimal("1e-12"), ROUND_HALF_UP)),
    }


def _advances(data: Mapping[str, object]) -> list[Flow]:
    if "amount_financed" in data:
        return [Flow(_amount(data["amount_financed"], "amount_financed"), 0, Fraction(0))]
    found: list[Flow] = []
    for n, item in enumerate(items(data["advances"], "advances")):
        place = f"advances[{n}]"
        advance = entry(item, place, ("amount",), ("t", "f"))
        start = whole(advance.get("t", 0), f"{place}.t", 0, _MAX_PERIODS)
        found.append(Flow(_amount(advance["amount"], f"{place}.amount"), start, _part(advance, place)))
    return found


def _stream(item: object, place: str) -> Flow:
    stream = entry(item, place, ("amount", "first_t"), ("count", "f"))
    count = whole(stream.get("count", 1), f"{place}.count", 1, _MAX_PERIODS)
    start = whole(stream["first_t"], f"{place}.first_t", 0, _MAX_PERIODS)
    return Flow(_amount(stream["amount"], f"{place}.amount"), start, _part(stream, place), count)


def _part(flow: Mapping[str, object], place: str) -> Fraction:
    f = fraction(flow.get("f", 0), f"{place}.f")
    if not 0 <= f < 1:
        refuse(f"{place}.f", str(f), "a fraction from 0 up to, not including, 1")
    return f


def _amount(value: object, field: str) -> Decimal:
    amount = number(value, field)
    if not 0 < amount < _MAX_AMOUNT:
        refuse(field, str(value), "an amount above zero and below 1e15")
    return amount
