"""What the credit bureau knows. Counts are whole numbers, utilisation a fraction that may exceed 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from features.definitions.known import Numbers, known, positive

NEVER_MONTHS = 120
"""Ten years: how long ago a delinquency counts that never was, and the most that an old one counts."""


def credit_score(credit_score: ArrayLike) -> Numbers:
    """Score in points; 0 is how some sources write "no score" and is missing."""
    return positive(credit_score)


def oldest_account_months(oldest_account_months: ArrayLike) -> Numbers:
    """Age of the oldest account in months."""
    return known(oldest_account_months)


def open_accounts(open_accounts: ArrayLike) -> Numbers:
    """Number of open accounts."""
    return known(open_accounts)


def revolving_balance(revolving_balance: ArrayLike) -> Numbers:
    """Owed on revolving lines, in the market's currency."""
    return known(revolving_balance)


def revolving_utilisation(revolving_utilisation: ArrayLike) -> Numbers:
    """Share in use of revolving lines, a fraction."""
    return known(revolving_utilisation)


def inquiries_6m(inquiries_6m: ArrayLike) -> Numbers:
    """Inquiries by lenders in six months."""
    return known(inquiries_6m)


def delinquencies_24m(delinquencies_24m: ArrayLike) -> Numbers:
    """Payments missed by 30 days or more in 24 months."""
    return known(delinquencies_24m)


def public_records(public_records: ArrayLike) -> Numbers:
    """Bankruptcies, liens and judgements."""
    return known(public_records)


def months_since_delinquency(months_since_delinquency: ArrayLike) -> Numbers:
    """Months since the last missed payment, at most 120; 120 also where there never was one (missing).

    >>> months_since_delinquency([3, None, 400]).tolist()
    [3.0, 120.0, 120.0]
    """
    return np.fmin(known(months_since_delinquency), float(NEVER_MONTHS))  # of a number and NaN it takes the number
