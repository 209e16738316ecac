"""Answers `candor loan prepay`, `payoff` and `change-term`: figures in, figures out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import get_args

from lending.domain.days import day_from
from lending.domain.instalments import MAX_TERM_MONTHS
from lending.domain.money import money, money_text, rate
from lending.domain.prepayment import MOST_DAYS, Keep, change_term, months_since, payoff, prepay
from lending.domain.reading import number, refuse, whole
from lending.domain.schedule import read_loan


def prepay_answer(data: Mapping[str, object]) -> dict[str, object]:
    """What a prepayment changes.

    Args:
        data: a loan as `read_loan` takes it, and `{"month", "amount", "keep": term | instalment, "charge_fraction"?}`.

    Raises:
        InputError: a key is missing, unknown or holds something else; LoanTermsError: outside the ranges.
    """
    loan = read_loan(data, ("month", "amount", "keep"), ("charge_fraction",))
    amount = money(number(data["amount"], "amount"), "amount")
    changed = prepay(loan, _month(data), amount, _keep(data["keep"]), _charge_fraction(data))
    return {"prepayment": money_text(amount), **changed.as_dict()}


def change_term_answer(data: Mapping[str, object]) -> dict[str, object]:
    """What other months to come, or another rate, change.

    Args:
        data: a loan as `read_loan` takes it, and `{"month", "remaining_months", "new_annual_rate"?}`.

    Raises:
        InputError, LoanTermsError: as `prepay_answer`.
    """
    loan = read_loan(data, ("month", "remaining_months"), ("new_annual_rate",))
    remaining = whole(data["remaining_months"], "remaining_months", 1, MAX_TERM_MONTHS)
    asked = data.get("new_annual_rate")
    new_rate = None if asked is None else rate(number(asked, "new_annual_rate"), "new_annual_rate")
    return change_term(loan, _month(data), remaining, new_rate).as_dict()


def payoff_answer(data: Mapping[str, object]) -> dict[str, object]:
    """What repays a loan at once.

    Args:
        data: a loan as `read_loan` takes it, `{"charge_fraction"?}`, and either `{"month", "days"?}`, payments made and
            days since, or the two dates `{"disbursed", "paid_on"}`.

    Raises:
        InputError, LoanTermsError: as `prepay_answer`.
    """
    dated = "disbursed" in data or "paid_on" in data
    needed, optional = (("disbursed", "paid_on"), ()) if dated else (("month",), ("days",))
    loan = read_loan(data, needed, (*optional, "charge_fraction"))
    month, days = _dates(data) if dated else (_month(data), whole(data.get("days", 0), "days", 0, MOST_DAYS))
    if dated and month >= loan.term_months:
        refuse("paid_on", data["paid_on"], "a day before the last payment")
    return payoff(loan, month, days, _charge_fraction(data)).as_dict()


def _dates(data: Mapping[str, object]) -> tuple[int, int]:
    disbursed, day = _day(data, "disbursed"), _day(data, "paid_on")
    if day < disbursed:
        refuse("paid_on", data["paid_on"], f"a day from {disbursed} on")
    return months_since(disbursed, day)


def _day(data: Mapping[str, object], field: str) -> date:
    value = data[field]
    try:
        return day_from(value)
    except ValueError:
        refuse(field, value, "a day such as 2026-09-01")


def _month(data: Mapping[str, object]) -> int:
    return whole(data["month"], "month", 0, MAX_TERM_MONTHS)


def _keep(value: object) -> Keep:
    for keep in get_args(Keep):
        if value == keep:
            return keep
    return refuse("keep", value, "term or instalment")


def _charge_fraction(data: Mapping[str, object]) -> Decimal:
    asked = data.get("charge_fraction")
    return Decimal(0) if asked is None else number(asked, "charge_fraction")
