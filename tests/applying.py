"""What tests of applications share: offers of the demo bank, answers that will do, papers in the hand of a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lending.adapters.records import open_records
from lending.domain.money import money
from serving.applications import ApplyAsk
from serving.assembly import Platform
from serving.decide import LoanAsk
from tests.bank import open_bank
from tests.conftest import HandClock

GOOD, THIN, REVIEW = "C00001", "C00004", "C00010"
READ = {"read_disclosure": "yes"}

ABOUT_ME = {
    "phone": "555 010 2030", "email": "me@example.com", "employer": "Rivet & Sons", "payout_account": "0012 3456 7890",
}  # fmt: skip
ANSWERS = {
    "car_condition": "new", "car_seller": "dealer", "car_dealer": "Harbour Cars", "car_model": "Corolla",
    **ABOUT_ME, "true_and_complete": "yes", "may_check": "yes",
}  # fmt: skip
"""For a car loan of somebody with a salary, who signs alone."""


class Papers:
    """A checklist of two needed papers and one that helps; a test says in what state each is."""

    def __init__(self) -> None:
        self.states = {"identity": "missing", "income": "missing", "registration": "missing"}

    def all(self, state: str) -> None:
        """Every needed paper is in this state."""
        self.states |= {"identity": state, "income": state}

    def checklist(self, customer_id: str, application_id: str) -> list[dict[str, Any]]:
        """As `platform.documents.checklist`."""
        return [
            {"asked": name, "why": "", "optional": name == "registration", "state": state, "documents": []}
            for name, state in self.states.items()
        ]


def clocked_bank(home: Path, clock: HandClock) -> Platform:
    """The demo bank on a clock that the test moves."""
    bank = open_bank(home)
    bank.clock = clock  # type: ignore[assignment]
    bank.__dict__["records"] = open_records(bank.settings, clock)
    return bank


def with_papers(bank: Platform) -> Papers:
    """Papers in the hand of the test instead of the bank's own check."""
    papers = Papers()
    bank.__dict__["documents"] = papers
    return papers


def an_offer(bank: Platform, customer: str = "C00001", amount: str = "20000", product: str = "car") -> dict[str, Any]:
    """The recommended offer for a loan."""
    return a_quote(bank, customer, amount, product)["offers"][0]


def a_quote(bank: Platform, customer: str, amount: str, product: str = "car", **more: Any) -> dict[str, Any]:
    """A recorded quote with its offers."""
    ask = LoanAsk(product, money(amount), **more)
    return bank.advice.quote(customer, ask, channel="portal", actor="test")


def told(bank: Platform) -> set[str]:
    """The kinds of what the customer was told; each is told once."""
    bank.delivery.run(100)
    kinds = [notice["kind"].removeprefix("application.") for notice in bank.messages.inbox(GOOD)]
    assert len(kinds) == len(set(kinds))
    return set(kinds)


def sent(bank: Platform, amount: str = "20000") -> dict[str, Any]:
    return bank.applications.apply(GOOD, ApplyAsk(an_offer(bank, GOOD, amount)["offer_id"], None, ANSWERS), "good")


def offered(bank: Platform, papers: Papers) -> dict[str, Any]:
    made = sent(bank)
    papers.all("accepted")
    assert bank.applications.advance(made["application_id"]) == "offered"
    return bank.applications.get(GOOD, made["application_id"])


def referred(bank: Platform) -> dict[str, Any]:
    decision = a_quote(bank, REVIEW, "10000")["decision_id"]
    return bank.applications.apply(REVIEW, ApplyAsk(None, decision, {**ANSWERS, **ABOUT_ME}), "review")


def fields(application: dict[str, Any], step: str) -> dict[str, Any]:
    return {f["name"]: f for s in application["steps"] if s["step"] == step for f in s["fields"]}
