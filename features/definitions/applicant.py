"""Who asks: income, work and home. Money is a month's; arrays have shape (n,)."""

from __future__ import annotations

from numpy.typing import ArrayLike

from features.definitions.known import Numbers, Words, known, word


def gross_monthly_income(gross_monthly_income: ArrayLike) -> Numbers:
    """Income before tax in a month, in the market's currency."""
    return known(gross_monthly_income)


def net_monthly_income(net_monthly_income: ArrayLike) -> Numbers:
    """Income after tax in a month, in the market's currency."""
    return known(net_monthly_income)


def employment_status(employment_status: ArrayLike) -> Words:
    """Kind of work, in lower case; None where not known."""
    return word(employment_status)


def employment_months(employment_months: ArrayLike) -> Numbers:
    """Whole months in the present job."""
    return known(employment_months)


def home_ownership(home_ownership: ArrayLike) -> Words:
    """rent, own, mortgage or other, in lower case; None where not known."""
    return word(home_ownership)
