"""The demo bank in the money of a market: the same people with the same worries, in incomes of that country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from lending.domain.application import Applicant, Loan

if TYPE_CHECKING:
    import pandas as pd

MONEY_SCALE: Mapping[str, int] = {"us": 1, "in": 12}
"""How many units of a market's money stand for one generated dollar. Invented, as the people are: it brings their
incomes to where the demo limits of that market lie, and is no exchange rate."""
CURRENCY: Mapping[str, str] = {"us": "USD", "in": "INR"}
_PERSON = ("gross_monthly_income", "net_monthly_income", "monthly_obligations", "revolving_balance", "liquid_assets")
_BOOK = ("amount", "gross_monthly_income", "net_monthly_income", "monthly_obligations", "revolving_balance")


def in_money_of(market: str, person: Applicant) -> Applicant:
    """The same person in a market's money. Raises KeyError for a market without a scale."""
    scale = MONEY_SCALE[market]
    if scale == 1:
        return person
    money: dict[str, Decimal] = {
        name: value * scale for name in _PERSON if (value := getattr(person, name)) is not None
    }  # fmt: skip
    loans = tuple(Loan(one.loan_id, one.instalment * scale, one.payoff * scale) for one in person.loans)
    return replace(person, loans=loans, **money)


def book_in_money_of(market: str, loans: pd.DataFrame) -> pd.DataFrame:
    """The same loans in a market's money."""
    scale = MONEY_SCALE[market]
    return loans if scale == 1 else loans.assign(**{name: loans[name] * scale for name in _BOOK})
