"""Somebody who asked to be erased is bound to nothing new, by themselves or by staff."""

from __future__ import annotations

import pytest

from lending.domain.errors import RefusedError
from serving.applications import Applications
from serving.assembly import Platform
from tests.applying import GOOD, READ, REVIEW, Papers, an_offer, offered, referred


def locked(bank: Platform, customer: str) -> None:
    bank.account.erase(customer)
    assert bank.records.restrictions.get(customer) is not None


def test_whoever_asked_to_be_erased_accepts_no_standing_offer(
    bank: Platform, use: Applications, papers: Papers
) -> None:
    made = offered(bank, papers)
    locked(bank, GOOD)
    with pytest.raises(RefusedError) as refused:
        use.accept(GOOD, made["offer_id"], "good", READ)
    assert refused.value.code == "restricted"
    assert use.get(GOOD, made["application_id"])["state"] == "offered"


def test_taking_the_request_back_opens_the_offer_again(bank: Platform, use: Applications, papers: Papers) -> None:
    made = offered(bank, papers)
    asked = bank.account.erase(GOOD)
    bank.account.withdraw(GOOD, asked["request_id"])
    assert use.accept(GOOD, made["offer_id"], "good", READ)["state"] == "accepted"


def test_whoever_asked_to_be_erased_may_still_turn_an_offer_down(
    bank: Platform, use: Applications, papers: Papers
) -> None:
    made = offered(bank, papers)
    locked(bank, GOOD)
    assert use.decline(GOOD, made["offer_id"], "good")["state"] == "declined"


def test_a_draft_of_locked_data_is_not_sent(bank: Platform, use: Applications) -> None:
    draft = use.start(GOOD, an_offer(bank)["offer_id"], None, "good")
    locked(bank, GOOD)
    with pytest.raises(RefusedError) as refused:
        use.submit(GOOD, draft["application_id"], "good")
    assert refused.value.code == "restricted"


def test_staff_offer_nothing_to_locked_data_and_may_refuse(bank: Platform, use: Applications) -> None:
    made = referred(bank)
    locked(bank, REVIEW)
    with pytest.raises(RefusedError) as refused:
        use.decide(made["application_id"], "officer", "offer", "facts_confirmed")
    assert refused.value.code == "restricted"
    assert use.decide(made["application_id"], "officer", "refuse", "terms_not_met")["state"] == "refused"
