"""What is asked against what there is, before this loan: never the new rate or instalment."""

from __future__ import annotations

from numpy.typing import ArrayLike

from features.definitions.known import Numbers, Words, known, share, word

MONTHS_A_YEAR = 12


def amount(amount: ArrayLike) -> Numbers:
    """Amount asked for, in the market's currency."""
    return known(amount)


def term_months(term_months: ArrayLike) -> Numbers:
    """Months to repay."""
    return known(term_months)


def purpose(purpose: ArrayLike) -> Words:
    """What the loan is for, in lower case; None where not known."""
    return word(purpose)


def monthly_obligations(monthly_obligations: ArrayLike) -> Numbers:
    """Payments on debts in a month, without the new loan."""
    return known(monthly_obligations)


def dti_before(monthly_obligations: ArrayLike, gross_monthly_income: ArrayLike) -> Numbers:
    """Payments on debts without the new loan ÷ gross monthly income, a fraction; missing without income."""
    return share(monthly_obligations, gross_monthly_income)


def loan_to_income(amount: ArrayLike, gross_monthly_income: ArrayLike) -> Numbers:
    """Amount asked for ÷ gross income of a year, a fraction; missing without income."""
    return share(amount, known(gross_monthly_income) * MONTHS_A_YEAR)


def collateral_value(collateral_value: ArrayLike) -> Numbers:
    """Value of the security, in the market's currency."""
    return known(collateral_value)


def ltv(amount: ArrayLike, collateral_value: ArrayLike) -> Numbers:
    """Amount asked for ÷ value of the security, a fraction; missing without security."""
    return share(amount, collateral_value)
