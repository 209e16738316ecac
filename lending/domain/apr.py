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

_DIGITS = 40
_MAX_PERIODS = 20_000
_MAX_AMOUNT = Decimal("1e15")
_APR_PLACES = Decimal("0.000001")
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Flow:
    """`count` equal amounts, the first at `t` whole unit periods plus the fraction `f`, then one a unit period."""

    amount: Decimal
    t: int
    f: Fraction
    count: int = 1


def unit_period_rate(advances: Sequence[Flow], payments: Sequence[Flow]) -> Decimal:
    """The rate a unit period that makes the payments worth the advances; at least 0, to about 30 digits.

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
        paid, lent_now = _value(payments, i), _value(advances, i)
        return paid[0] - lent_now[0], paid[1] - lent_now[1]

    with localcontext() as context:
        context.prec = _DIGITS
        return _root(gap)


def _value(flows: Sequence[Flow], i: Decimal) -> tuple[Decimal, Decimal]:
    """Value today of all flows at rate i, and its derivative with respect to i."""
    value = slope = Decimal(0)
    for flow in flows:
        step = _ONE / (_ONE + i)
        f = Decimal(flow.f.numerator) / Decimal(flow.f.denominator)
        odd = _ONE + f * i
        factor = step**flow.t / odd
        for k in range(flow.t, flow.t + flow.count):
            present = flow.amount * factor
            value += present
            slope -= present * (k * step + f / odd)
            factor *= step
    return value, slope


def _root(gap: Callable[[Decimal], tuple[Decimal, Decimal]]) -> Decimal:
    """Newton inside a bracket: the gap is above zero at 0 and below it at the upper end."""
    low, high = Decimal(0), Decimal("0.01")
    while gap(high)[0] > 0:
        low, high = high, high * 4
        if high > 10_000:
            raise InputError("no yearly cost fits: the payments are too large for the time given", field="streams",
                             expected="a rate below 1,000,000 % a period", do="Check amounts and times.")  # fmt: skip
    guess = (low + high) / 2
    for _ in range(200):
        value, slope = gap(guess)
        low, high = (guess, high) if value > 0 else (low, guess)
        newton = guess - value / slope if slope else high
        following = newton if low < newton < high else (low + high) / 2
        if abs(following - guess) < Decimal("1e-30"):
            return following
        guess = following
    return guess


def level_apr(financed: Decimal, payments: Sequence[Money]) -> Decimal:
    """APR as a fraction to six places for monthly payments that start one month after the advance.

    The first payments are equal and the last may differ, as `schedule` makes them. Works in binary floats with the four
    basic operations only, so that every machine gets the same digits; tied to `unit_period_rate` by a test.
    """
    total = sum(payments)
    if total <= financed:
        return Decimal(0)
    amount, level, last = float(financed), float(payments[0]), float(payments[-1])
    count = len(payments)
    if any(p != payments[0] for p in payments[-5:-1]):
        # A tiny loan whose instalments end early: solve it in full.
        flows = [Flow(p, month, Fraction(0)) for month, p in enumerate(payments, start=1) if p]
        return _six(unit_period_rate([Flow(financed, 0, Fraction(0))], flows) * 12)
    # No root lies above total / amount: there even the whole sum, paid after one month, is worth less than the amount.
    low, high = 0.0, max(10.0, float(total) / amount)
    guess = 2 * (level * count - amount) / (amount * (count + 1)) or 1e-9
    for _ in range(200):
        value, slope = _level_gap(guess, amount, level, last, count)
        low, high = (guess, high) if value > 0 else (low, guess)
        newton = guess - value / slope if slope else high
        following = newton if low < newton < high else (low + high) / 2
        if abs(following - guess) < 1e-15:
            break
        guess = following
    return _six(Decimal(repr(guess * 12)))


def _level_gap(i: float, amount: float, level: float, last: float, count: int) -> tuple[float, float]:
    step = 1.0 / (1.0 + i)
    value = slope = 0.0
    factor = 1.0
    for month in range(1, count):
        factor *= step
        present = level * factor
        value += present
        slope -= month * present * step
    present = last * factor * step
    return value + present - amount, slope - count * present * step


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
    if per_year <= 0:
        refuse("unit_periods_per_year", str(per_year), "a number above zero")
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
