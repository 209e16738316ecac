"""The terms of many loans at once: the vector twin of `lending.domain.terms.terms_at`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from lending.domain.apr import yearly
from lending.domain.money import Money
from lending.domain.repayment import due
from lending.domain.schedule import amount_financed
from lending.domain.terms import LoanTerms, TermsAsked, fees_of, made_terms, terms_at
from lending.grid.apr import monthly_rates
from lending.grid.scaled import CENTS, RATE, Whole, half_even, whole

FEW = 8
"""Up to so many loans are sooner worked out one by one; both are the same."""
_MOST_INTEREST = 2**62
"""Cents times rate: whole numbers of 64 bits hold the interest of no larger loan."""


def terms_many(asked: Sequence[TermsAsked]) -> list[LoanTerms]:
    """What `terms_at` says of each, in order. Errors as there."""
    vector = [at for at, one in enumerate(asked) if _is_plain(one)]
    together = dict(zip(vector, _level_terms([asked[at] for at in vector]), strict=True)) if len(vector) > FEW else {}
    return [together.get(at) or terms_at(*one) for at, one in enumerate(asked)]


def _is_plain(asked: TermsAsked) -> bool:
    """Level instalments that are rounded each month, of a loan and at a rate of usual size and places."""
    rate, fits = asked.annual_rate, asked.basis.repayment.kind == "instalment" and asked.basis.apr_method != "in_kfs"
    if not fits or not rate or int(rate.as_tuple().exponent) < -RATE:
        return False
    return whole(asked.amount, CENTS) * whole(rate, RATE) < _MOST_INTEREST


def _level_terms(asked: Sequence[TermsAsked]) -> list[LoanTerms | None]:
    """None where a loan is so small that its cost is none, or that one payment repays it: rules of their own."""
    levels = [due(one.basis.repayment, one.amount, one.annual_rate, one.term_months) for one in asked]
    paid = payments(
        _whole([whole(one.amount, CENTS) for one in asked]),
        _whole([whole(one.annual_rate, RATE) for one in asked]),
        _whole([one.term_months for one in asked]),
        _whole([whole(level, CENTS) for level in levels]),
    )
    fees = [fees_of(one) for one in asked]
    left = [amount_financed(one.amount, charged) for one, charged in zip(asked, fees, strict=True)]
    financed, latest = np.array([float(amount) for amount in left]), [one.term_months - 1 for one in asked]
    costs, totals = monthly_rates(financed, paid[::-1] / 100.0), paid.sum(axis=0)
    usual = (totals / 100.0 > financed) & ((paid > 0).sum(axis=0) > 1)
    last = paid[latest, np.arange(len(asked))]
    figures = zip(asked, levels, last.tolist(), costs.tolist(), fees, totals.tolist(), usual.tolist(), strict=True)
    return [
        made_terms(one, level, _money(final), yearly(cost), charged, _money(total)) if fits else None
        for one, level, final, cost, charged, total, fits in figures
    ]


def payments(cents: Whole, rate8: Whole, terms: Whole, level: Whole) -> Whole:
    """Payments of level loans in cents, shape (most months, n); zero after a loan's last month.

    Args:
        cents: amounts lent.
        rate8: yearly rates in units of 1e-8; the product of both is below 2**62.
        terms: whole months.
        level: the instalment of each in cents.
    """
    left, found = cents, np.zeros((int(terms.max()), len(cents)), dtype=np.int64)
    for month, paid in enumerate(found):
        owed = left + half_even(left * rate8, 12 * 10**RATE)
        paid[:] = np.where(month + 1 == terms, owed, np.minimum(level, owed))
        left = owed - paid
    return found


def _whole(values: Sequence[int]) -> Whole:
    return np.array(values, dtype=np.int64)


def _money(cents: int) -> Money:
    return Money(Decimal(cents).scaleb(-CENTS))
