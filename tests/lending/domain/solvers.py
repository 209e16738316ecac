"""Other ways to a yearly cost, for comparison: fifty digits and halving, and the general equation for monthly lists."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import groupby

from lending.domain.apr import Flow, unit_period_rate

NOW = Fraction(0)


def bisected(advances: Sequence[Flow], streams: Sequence[Flow], high: str = "4") -> Decimal:
    """The unit-period rate with fifty digits, by halving between 0 and `high`; no derivative, no closed form."""
    with localcontext() as context:
        context.prec = 50

        def worth(flows: Sequence[Flow], i: Decimal) -> Decimal:
            total = Decimal(0)
            for flow in flows:
                worth = flow.amount / ((1 + Decimal(flow.f.numerator) / flow.f.denominator * i) * (1 + i) ** flow.t)
                for _ in range(flow.count):
                    total += worth
                    worth /= 1 + i
            return total

        low, top = Decimal(0), Decimal(high)
        for _ in range(120):
            middle = (low + top) / 2
            low, top = (middle, top) if worth(streams, middle) > worth(advances, middle) else (low, middle)
        return low


def monthly_flows(payments: Sequence[Decimal]) -> list[Flow]:
    """A list of monthly payments as streams of equal ones; months without a payment are left out."""
    month, found = 1, list[Flow]()
    for amount, run in groupby(payments):
        count = sum(1 for _ in run)
        found += [Flow(amount, month, NOW, count)] if amount else []
        month += count
    return found


def actuarial(financed: Decimal, payments: Sequence[Decimal]) -> Decimal:
    """The APR by the general equation; one payment alone has its term as unit period, at most a year."""
    paid_in = [month for month, payment in enumerate(payments, start=1) if payment]
    advance = [Flow(financed, 0, NOW)]
    if len(paid_in) != 1:
        return unit_period_rate(advance, monthly_flows(payments)) * 12
    unit = min(12, paid_in[0])
    t, rest = divmod(paid_in[0], unit)
    return unit_period_rate(advance, [Flow(payments[paid_in[0] - 1], t, Fraction(rest, unit))]) * 12 / unit
