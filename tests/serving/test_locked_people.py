"""Somebody who asked to be erased is bound to nothing new, by themselves or by staff."""

from __future__ import annotations

from typing import Any

import pytest

from console.queries import Queries
from lending.domain.errors import RefusedError
from lending.domain.money import money
from rag.ports import Wish
from serving.applications import Applications
from serving.assembly import Platform
from serving.assistant import Desk, Tools
from serving.decide import LoanAsk
from tests.applying import GOOD, READ, REVIEW, Papers, an_offer, offered, referred

STUDENT, PARENT = "C00003", "C00008"


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


def lock_the_parent(bank: Platform) -> None:
    """Their earlier quote keeps the records for a while."""
    bank.quotes.quote(PARENT, LoanAsk("car", money("20000")), channel="portal", actor="parent")
    locked(bank, PARENT)


def helped_by(bank: Platform) -> dict[str, str]:
    """Product to whoever signs too, where a refused student is told of them as a plan or an alternative."""
    partners = [other for other, _ in bank.customers.co_applicants(STUDENT)]
    asks = {name: LoanAsk(name, money("20000")) for name in ("car", "education")}
    told = {name: bank.advice.look(STUDENT, ask) for name, ask in asks.items()}
    words = {name: str([quote["recourse"], quote["alternatives"]]) for name, quote in told.items()}
    return {name: other for name, said in words.items() for other in partners if other in said}


def test_whoever_asked_to_be_erased_is_no_plan_and_no_alternative_of_somebody_else(bank: Platform) -> None:
    assert helped_by(bank) == {"car": PARENT, "education": PARENT}
    lock_the_parent(bank)
    assert helped_by(bank) == {}


def test_nor_do_they_open_a_loan_type_to_somebody_else(bank: Platform) -> None:
    def opened() -> list[object]:
        return [p["product"] for p in bank.catalogue.products(STUDENT) if p["needs_co_applicant"]]

    assert opened() == ["education"]
    assert bank.best_fit.of(STUDENT, bank.catalogue.products(STUDENT)) is not None
    lock_the_parent(bank)
    assert opened() == []
    assert bank.best_fit.of(STUDENT, bank.catalogue.products(STUDENT)) is None


def test_nor_does_the_assistant_speak_of_them(bank: Platform) -> None:
    def told() -> tuple[object, object]:
        tools = Tools(Desk(bank.advice, bank.catalogue, bank.decisions, Any, Any), STUDENT)  # type: ignore[arg-type]
        return tools.facts()["co_applicants"], tools.quote(Wish("education", money("20000"), joint=True))["outcome"]

    assert told() == ([bank.customers.name(PARENT)], "approve")
    lock_the_parent(bank)
    assert told() == ([], "decline")


def test_nor_are_they_there_to_be_chosen(bank: Platform) -> None:
    ask = Queries(bank)
    names = [(PARENT, bank.customers.name(PARENT))]
    assert [ask.partners(STUDENT), ask.apply.partners(STUDENT)] == [names, names]
    lock_the_parent(bank)
    assert [ask.partners(STUDENT), ask.apply.partners(STUDENT)] == [[], []]
