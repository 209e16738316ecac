"""An accepted loan on the record of those who signed it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from lending.domain.application import Loan
from lending.domain.booking import booked, unknown_loans
from tests.builders import an_applicant

NEW = Loan("a_new", Decimal("310.50"), Decimal(12000))
OLD = Loan("L1", Decimal(100), Decimal(900))
PERSON = replace(an_applicant(), monthly_obligations=Decimal(400), open_accounts=3, loans=(OLD,))


def test_a_booked_loan_is_owed_from_then_on() -> None:
    after = booked(PERSON, NEW)
    assert (after.monthly_obligations, after.open_accounts) == (Decimal("710.50"), 4)
    assert after.loans == (OLD, NEW)
    assert unknown_loans(PERSON, after) == {"a_new"}


def test_what_it_pays_off_is_owed_no_longer() -> None:
    after = booked(PERSON, NEW, ["L1", "somebody else's"])
    assert (after.monthly_obligations, after.open_accounts, after.loans) == (Decimal("610.50"), 3, (NEW,))


def test_booked_twice_it_counts_once() -> None:
    assert booked(booked(PERSON, NEW), NEW) == booked(PERSON, NEW)


def test_debts_that_were_unknown_stay_unknown() -> None:
    after = booked(replace(PERSON, monthly_obligations=None, open_accounts=None), NEW)
    assert (after.monthly_obligations, after.open_accounts) == (None, None)


def test_nobody_owes_less_than_nothing() -> None:
    odd = replace(PERSON, monthly_obligations=Decimal(50))
    assert booked(odd, NEW, ["L1"]).monthly_obligations == NEW.instalment
