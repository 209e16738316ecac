"""Instalments of many loans at once, to the cent: the vector twin of `lending.domain.repayment`."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from lending.domain.instalments import instalment
from lending.domain.repayment import Repayment
from lending.grid.scaled import CENTS, RATE, Whole, half_even, whole

_YEAR_UNITS = 12 * 10**RATE
_NEAR, _ERROR = 0.01, 1e-14
"""How close to half a cent a float may come before decimals work it out: 0.01 cent, or 1e-14 of a very large one.

The float errs by a handful of roundings, none of which the formula enlarges: less than 2e-15 of the instalment.
"""


def due_cents(how: Repayment, cents: Whole, rate8: Whole, terms: Whole) -> Whole:
    """`due` of loans in cents at rates in units of 1e-8; shapes (n,), terms longer than any moratorium."""
    if how.kind == "bullet":
        return _owed_after(how, cents, rate8, terms)
    wait = how.moratorium_months if how.kind == "moratorium" else 0
    return _level(_owed_after(how, cents, rate8, np.full_like(terms, wait)), rate8, terms - wait)


def burden_cents(how: Repayment, cents: Whole, rate8: Whole, terms: Whole) -> Whole:
    """`burden` of the same."""
    asked = due_cents(how, cents, rate8, terms)
    return -((-asked) // terms) if how.kind == "bullet" else asked


def _month(cents: Whole, rate8: Whole) -> Whole:
    """A month's interest, rounded half to even."""
    if rate8.size and int(cents.max()) * int(rate8.max()) > np.iinfo(np.int64).max:
        cents = cents.astype(object)
    return half_even(cents * rate8, _YEAR_UNITS).astype(np.int64)


def _owed_after(how: Repayment, cents: Whole, rate8: Whole, months: Whole) -> Whole:
    """What is owed after months without repayment."""
    if how.interest == "paid" and how.kind != "bullet":
        return cents
    if how.interest == "simple":
        return cents + months * _month(cents, rate8)
    owed = cents.copy()
    for month in range(int(months.max(initial=0))):
        owed = np.where(month < months, owed + _month(owed, rate8), owed)
    return owed


def _level(cents: Whole, rate8: Whole, months: Whole) -> Whole:
    monthly = rate8 / float(_YEAR_UNITS)
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = np.where(rate8 > 0, -cents * monthly / np.expm1(-months * np.log1p(monthly)), cents / months)
    found = np.rint(exact).astype(np.int64)
    near = np.maximum(_NEAR, _ERROR * exact)
    for at in np.flatnonzero(np.abs(exact - np.floor(exact) - 0.5) < near):
        found[at] = _exactly(int(cents[at]), int(rate8[at]), int(months[at]))
    return found


def _exactly(cents: int, rate8: int, months: int) -> int:
    return whole(instalment(Decimal(cents).scaleb(-CENTS), Decimal(rate8).scaleb(-RATE), months), CENTS)
