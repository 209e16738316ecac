"""What is decided with the rules of a day to come is an answer to look at; nobody can take it up before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.money import money
from serving.applications import ApplyAsk
from serving.assembly import Platform
from serving.decide import LoanAsk
from tests.applying import ANSWERS, GOOD, REVIEW
from tests.conftest import HandClock

TOO_YOUNG_UNTIL = date(2027, 3, 1)


def quoted(bank: Platform, customer: str, day: date | None = None) -> dict[str, Any]:
    return bank.advice.quote(customer, LoanAsk("car", money("15000")), channel="cli", actor="cli", as_of=day)


def test_an_offer_of_the_day_on_which_somebody_comes_of_age_cannot_be_taken_up_before(
    bank: Platform, clock: HandClock
) -> None:
    today = clock.now().date()
    person = bank.customers.facts(GOOD, today)
    bank.customers.correct(replace(person, birth_date=TOO_YOUNG_UNTIL.replace(year=2009)), today)
    assert quoted(bank, GOOD)["outcome"] == "decline"
    later = quoted(bank, GOOD, TOO_YOUNG_UNTIL)
    assert later["outcome"] == "approve"
    assert bank.applications.open_offers(GOOD) == []
    with pytest.raises(NotFoundError):
        bank.applications.apply(GOOD, ApplyAsk(later["offers"][0]["offer_id"], answers=ANSWERS), "good")


def test_nobody_applies_with_a_referral_of_a_day_to_come(bank: Platform, clock: HandClock) -> None:
    day = clock.now().date().replace(year=2030)
    later = quoted(bank, REVIEW, day)
    assert later["outcome"] == "refer"
    with pytest.raises(RefusedError, match="2030") as refused:
        bank.applications.start(REVIEW, None, later["decision_id"], "review")
    assert refused.value.code == "to_come"


def test_offers_of_today_stand_open(bank: Platform) -> None:
    offers = {one["offer_id"] for one in quoted(bank, GOOD)["offers"]}
    assert {one["offer_id"] for one in bank.applications.open_offers(GOOD)} == offers
