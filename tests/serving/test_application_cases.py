"""Cases: what a person was asked to look at, a person ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from lending.adapters.tables import audit_events
from lending.domain.errors import InputError, NotFoundError, RefusedError
from serving.applications import Applications, ApplyAsk
from serving.assembly import Platform
from serving.letters.wording import wording
from tests.applying import ANSWERS, GOOD, READ, REVIEW, a_quote, referred, sent, with_papers
from tests.bank import open_bank


def test_a_referred_decision_goes_to_a_person(bank: Platform, use: Applications) -> None:
    made = referred(bank)
    assert (made["state"], made["offer"], made["valid_until"]) == ("in_review", None, None)
    assert [(case["application_id"], case["why"]) for case in use.waiting()] == [(made["application_id"], "referred")]


def test_a_person_offers_what_the_decision_was_priced_at(bank: Platform, use: Applications) -> None:
    made = referred(bank)
    core = json.loads(bank.decisions.get(made["decision_id"]).core)
    case = use.decide(made["application_id"], "officer", "offer", "facts_confirmed", "Called them.")
    shown = use.get(REVIEW, made["application_id"])
    assert shown["state"] == "offered"
    assert {n: shown["offer"][n] for n in ("annual_rate", "instalment")} == {
        n: core["terms"][n] for n in ("annual_rate", "instalment")
    }
    assert (case["note"], case["ground"]) == ("Called them.", "facts_confirmed")
    assert "Called them." not in json.dumps(shown)
    accepted = use.accept(REVIEW, shown["offer_id"], "review", READ)
    assert accepted["state"] == "accepted"
    assert "made_by" in bank.records.offers.get(shown["offer_id"]).content.decode()


def test_what_the_bank_did_stands_in_the_audit_trail(bank: Platform, use: Applications) -> None:
    made = referred(bank)
    use.decide(made["application_id"], "officer", "refuse", "papers_missing", "private words")
    with bank.records.database.read() as connection:
        row = connection.execute(select(audit_events).order_by(audit_events.c.seq.desc())).first()
    assert row is not None
    assert (row.actor, row.act, row.subject) == ("officer", "application.refuse", made["application_id"])
    assert "papers_missing" in row.detail
    assert "private words" not in row.detail
    assert bank.records.audit.broken_at() is None


@pytest.mark.parametrize(("ground", "told_code"), [("papers_missing", "papers_missing"), ("screening", "general")])
def test_a_refusal_tells_its_ground_unless_it_is_silent(
    bank: Platform, use: Applications, ground: str, told_code: str
) -> None:
    made = referred(bank)
    use.decide(made["application_id"], "officer", "refuse", ground)
    shown = use.get(REVIEW, made["application_id"])
    assert (shown["state"], shown["refusal"]["code"]) == ("refused", told_code)
    assert "screening" not in json.dumps(shown)


@pytest.mark.parametrize("market", ["us", "in"])
def test_a_refusal_is_written_to_the_customer_with_its_ground(tmp_path: Path, market: str) -> None:
    bank = open_bank(tmp_path, market=market)
    with_papers(bank)
    made = referred(bank)
    assert "We need a person to look" in str(bank.papers.notice(REVIEW, made["decision_id"], "html"))
    bank.applications.decide(made["application_id"], "officer", "refuse", "income_not_shown", "private words")
    page = str(bank.papers.notice(REVIEW, made["decision_id"], "html"))
    assert "We cannot offer you this loan now" in page
    assert "Unable to verify income." in page
    assert ("Equal Credit Opportunity Act" in page) is (market == "us")
    assert "private words" not in page
    assert bank.records.attached.of(made["decision_id"], "notice") == [page.encode()]
    assert [state.status for state in bank.decisions.audit([made["decision_id"]])] == ["ok"]


def test_a_silent_ground_is_in_no_letter_and_no_attachment(bank: Platform, use: Applications) -> None:
    made = referred(bank)
    use.decide(made["application_id"], "officer", "refuse", "screening")
    written = [one for kind in ("notice", "refusal") for one in bank.records.attached.of(made["decision_id"], kind)]
    assert b"A person looked at your application and could not offer this loan." in written[0]
    assert not any(b"screening" in one for one in written)


def test_an_approved_request_that_a_person_refuses_over_its_papers_has_its_notice_too(bank: Platform) -> None:
    papers = with_papers(bank)
    bank.__dict__.pop("applications", None)
    made = sent(bank)
    papers.all("needs_person")
    assert bank.applications.advance(made["application_id"]) == "in_review"
    bank.applications.decide(made["application_id"], "officer", "refuse", "identity_not_shown")
    page = str(bank.papers.notice(GOOD, made["decision_id"], "html"))
    assert "Unable to verify identity." in page
    assert "$20,000.00" in page


def test_every_ground_that_is_told_has_words_for_the_notice(use: Applications) -> None:
    told = {use.form.told(ground) for ground in use.form.grounds["refuse"]}
    assert all(told <= set(wording(market).grounds) for market in ("us", "in"))


def test_nobody_else_reads_the_notice_of_a_refusal(bank: Platform, use: Applications) -> None:
    made = referred(bank)
    use.decide(made["application_id"], "officer", "refuse", "papers_missing")
    with pytest.raises(NotFoundError):
        bank.papers.notice(GOOD, made["decision_id"], "html")


def test_what_could_not_be_priced_is_not_offered(tmp_path: Path) -> None:
    bank = open_bank(tmp_path, model=False)
    with_papers(bank)
    decision = a_quote(bank, GOOD, "20000")["decision_id"]
    made = bank.applications.apply(GOOD, ApplyAsk(None, decision, ANSWERS), "good")
    with pytest.raises(RefusedError) as refused:
        bank.applications.decide(made["application_id"], "officer", "offer", "facts_confirmed")
    assert refused.value.code == "no_terms"
    assert bank.applications.get(GOOD, made["application_id"])["state"] == "in_review"


@pytest.mark.parametrize(
    ("act", "reason", "note"),
    [("offer", "papers_missing", ""), ("refuse", "", ""), ("burn", "x", ""), ("refuse", "papers_missing", "x" * 1001)],
)
def test_a_person_names_a_ground_of_the_act(
    bank: Platform, use: Applications, act: Any, reason: str, note: str
) -> None:
    made = referred(bank)
    with pytest.raises(InputError):
        use.decide(made["application_id"], "officer", act, reason, note)


def test_nobody_decides_a_case_that_waits_for_no_person(bank: Platform, use: Applications) -> None:
    made = sent(bank)
    with pytest.raises(RefusedError):
        use.decide(made["application_id"], "officer", "offer", "facts_confirmed")
    with pytest.raises(NotFoundError):
        use.decide("a_" + "a" * 26, "officer", "offer", "facts_confirmed")
