"""What an accepted loan changes on the record of those who signed it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from lending.domain.application import Applicant, Loan


def booked(person: Applicant, loan: Loan, refinanced: Collection[str] = ()) -> Applicant:
    """The record of somebody who signed a loan, from the day of its acceptance on.

    Args:
        person: the record before.
        loan: the new one; written down once, however often it is booked.
        refinanced: ids of the loans that it pays off; those of other people are left alone.

    Returns:
        The record with one loan more, without those it paid off, and with what is paid a month accordingly. Debts
        that were unknown stay unknown: one loan does not say what the others cost.
    """
    if any(one.loan_id == loan.loan_id for one in person.loans):
        return person
    ended = [one for one in person.loans if one.loan_id in refinanced]
    obligations, accounts = person.monthly_obligations, person.open_accounts
    if obligations is not None:
        freed = sum((one.instalment for one in ended), Decimal(0))
        obligations = max(obligations - freed, Decimal(0)) + loan.instalment
    return replace(
        person, monthly_obligations=obligations, open_accounts=None if accounts is None else accounts + 1 - len(ended),
        loans=(*(one for one in person.loans if one not in ended), loan),
    )  # fmt: skip


def unknown_loans(before: Applicant, now: Applicant) -> frozenset[str]:
    """Ids of the loans on a record that were not on an earlier one."""
    return frozenset(one.loan_id for one in now.loans) - {one.loan_id for one in before.loans}
