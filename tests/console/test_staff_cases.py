"""The pages of cases: the queue, one case with what may be done, requests of customers, and who looked."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from console.components.cases import span
from console.pages.staff import case, case_request, cases
from console.queries_cases import wish_of
from lending.adapters.tables import audit_events
from serving.assembly import Platform
from serving.case_queue import Wish
from tests.applying import GOOD, REVIEW, referred, sent, with_papers
from tests.bank import open_bank, with_knowledge
from tests.conftest import HandClock
from tests.console.shown import text_of
from tests.console.staff import browser, visit
from tests.serving.test_cases import DEPUTY, OFFICER, SENIOR, against

ORIGIN = {"Origin": "http://localhost"}


@pytest.fixture
def bank(tmp_path: Path, clock: HandClock) -> Platform:
    return open_bank(tmp_path / "bank", clock=clock)


def page(bank: Platform, name: str, application: str) -> str:
    return text_of(case.layout(visit(bank, name), application))


def trail(bank: Platform, subject: str) -> list[tuple[str, str]]:
    with bank.records.database.read() as connection:
        rows = connection.execute(select(audit_events).where(audit_events.c.subject == subject)).all()
    return [(row.actor, row.act) for row in rows]


def with_a_wrong_payslip(bank: Platform) -> str:
    """An approved request whose payslip names somebody else."""
    made = sent(bank, "9000")["application_id"]
    for item in bank.documents.checklist(GOOD, made):
        name, content, _ = bank.documents.demo_paper(GOOD, made, item["asked"])
        if item["asked"] == "income":
            paper = bank.documents.demo.of(GOOD, "pdf", "payslip", "other_person")[0]
            name, content = paper["name"], paper["content"]
        bank.documents.receive(GOOD, made, item["asked"], name, io.BytesIO(content))
    for row in bank.records.documents.of(GOOD, made):
        bank.documents.check(row.document_id)
    assert bank.applications.get(GOOD, made)["state"] == "in_review"
    return made


def test_an_empty_queue_says_what_will_be_there(bank: Platform) -> None:
    words = text_of(cases.layout(visit(bank, "officer")))
    assert "Applications that rules or papers put before a person appear here." in words
    assert "Nobody waits for an answer" in text_of(cases.layout(visit(bank, "officer", kind="requests")))


def test_the_queue_names_case_customer_amount_and_time(bank: Platform, clock: HandClock) -> None:
    referred(bank)
    clock.move(hours=50)
    words = text_of(cases.layout(visit(bank, "officer")))
    for said in ("Vesper (demo persona)", REVIEW, "$10,000.00", "Rules refer it", "Late by 2 hours", "Nobody yet"):
        assert said in words


def test_what_is_no_choice_in_an_address_is_said_and_left_out(bank: Platform) -> None:
    referred(bank)
    words = text_of(cases.layout(visit(bank, "officer", tab="x", product="boat", page="-1", why="any")))
    assert "Not a choice, left out: tab, product, page." in words
    assert "Vesper" in words
    assert wish_of({"product": "car", "late": "yes"}, ["car"]) == (Wish(product="car", late=True), [])


@pytest.mark.parametrize(("seconds", "words"), [(60, "1 minute"), (-7200, "2 hours"), (86400 * 3, "3 days")])
def test_a_time_is_told_in_its_largest_unit(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_a_case_shows_everything_on_one_page(bank: Platform) -> None:
    made = with_a_wrong_payslip(bank)
    words = page(bank, "senior", made)
    for said in (
        "In short", "every figure was checked against the record", "What is asked", "$9,000.00", "Chance of default",
        "What drove the score", "Payroll record of your employer", "What the application says", "Rivet & Sons (stated)",
        "6500.00", "differs", "The name on the paper is not the one that we know.", "Your word on it", "History",
        "Other applications", "Messages about this one", "Requests of the customer", "speaks for asking for more",
    ):  # fmt: skip
        assert said in words, said


def test_who_looks_at_a_case_is_written_down(bank: Platform) -> None:
    made = referred(bank)["application_id"]
    page(bank, "auditor", made)
    assert ("auditor", "case.open") in trail(bank, made)


def test_the_confidential_rule_is_shown_to_few(bank: Platform) -> None:
    made = referred(bank)["application_id"]
    bank.case_desk.override(SENIOR, made, against())
    told = page(bank, "officer", made)
    assert "A confidential rule asks for a person." in told
    assert "a reason that is not shown to your role" in told
    for secret in ("Screening", "Flag count", "Compliance"):
        assert secret not in told
        assert secret in page(bank, "senior", made) or secret == "Flag count"


def test_each_sees_the_acts_that_are_theirs(bank: Platform) -> None:
    made = referred(bank)["application_id"]
    assert "Against the record: make the offer" not in page(bank, "officer", made)
    assert "Against the record: make the offer" in page(bank, "senior", made)
    assert "Take this case" not in page(bank, "auditor", made)
    bank.case_desk.override(SENIOR, made, against())
    assert "Confirm: it is decided" in page(bank, "deputy", made)
    own = page(bank, "senior", made)
    assert "Confirm: it is decided" not in own
    assert "Take it back" in own


def test_a_summary_is_kept_once_it_was_asked_for(bank: Platform) -> None:
    made = referred(bank)
    with_knowledge(bank)
    before = bank.records.attached.of(made["decision_id"], "text")
    page(bank, "officer", made["application_id"])
    assert bank.records.attached.of(made["decision_id"], "text") == before
    answer = browser(bank, "officer").post(f"/staff/cases/{made['application_id']}/summary", headers=ORIGIN)
    assert answer.status_code == 303
    (kept,) = bank.records.attached.of(made["decision_id"], "text")
    assert json.loads(kept)["kind"] == "case_summary"
    assert json.loads(kept)["sentences"][0]["text"] in page(bank, "officer", made["application_id"])
    assert bank.replay.run([made["decision_id"]]).different == ()


def test_the_forms_take_a_case_from_the_queue_to_a_confirmed_override(bank: Platform) -> None:
    with_papers(bank)
    made = referred(bank)["application_id"]
    senior, deputy = browser(bank, "senior"), browser(bank, "deputy")
    assert senior.post(f"/staff/cases/{made}/take", headers=ORIGIN).status_code == 303
    version = str(bank.records.applications.get(made).version)
    said = {"act": "offer", "reason": "flag_cleared", "ground": "explained", "comment": "Cleared.", "version": version}
    assert senior.post(f"/staff/cases/{made}/override", data=said, headers=ORIGIN).status_code == 303
    (row,) = bank.records.cases.overrides(made)
    second = f"/staff/overrides/{row.override_id}"
    assert senior.post(f"{second}/confirm", data={"version": "1"}, headers=ORIGIN).status_code == 409
    assert bank.applications.get(REVIEW, made)["state"] == "in_review"
    assert deputy.post(f"{second}/confirm", data={"version": "1"}, headers=ORIGIN).status_code == 303
    assert bank.applications.get(REVIEW, made)["state"] == "offered"
    assert {("senior", "override.proposed"), ("deputy", "override.confirmed")} <= set(trail(bank, made))
    assert "Yes: Compliance desk has cleared the flag" in text_of(cases.layout(visit(bank, "deputy", tab="done")))


@pytest.mark.parametrize("version", ["", "x", "1"])
def test_a_form_of_an_old_page_changes_nothing(bank: Platform, version: str) -> None:
    made = referred(bank)["application_id"]
    form = {"act": "refuse", "ground": "terms_not_met", "version": version}
    answer = browser(bank, "officer").post(f"/staff/cases/{made}/decide", data=form, headers=ORIGIN)
    assert answer.status_code in (409, 422)
    assert bank.applications.get(REVIEW, made)["state"] == "in_review"


def test_a_paper_is_settled_and_downloaded_from_the_case(bank: Platform) -> None:
    made = with_a_wrong_payslip(bank)
    waits = next(row for row in bank.records.documents.of(GOOD, made) if row.state == "needs_person")
    at, officer = f"/staff/cases/{made}/papers/{waits.document_id}", browser(bank, "officer")
    answer = officer.get(at)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert ("officer", "document.read") in trail(bank, waits.document_id)
    other = referred(bank)["application_id"]
    assert officer.get(f"/staff/cases/{other}/papers/{waits.document_id}").status_code == 404
    form = {"decision": "accept", "reason": "Her name before the wedding."}
    assert browser(bank, "auditor").post(at, data=form, headers=ORIGIN).status_code == 403
    assert officer.post(at, data=form, headers=ORIGIN).status_code == 303
    assert bank.records.documents.get(waits.document_id).state == "accepted"
    assert "speaks for an offer" in page(bank, "officer", made)


def test_a_request_of_a_customer_is_taken_and_answered(bank: Platform) -> None:
    asked = bank.account.contact(GOOD, "t_" + "a" * 26, "Please call me")["request_id"]
    assert "A person to talk to" in text_of(cases.layout(visit(bank, "officer", kind="requests")))
    assert "Please call me" in text_of(case_request.layout(visit(bank, "officer"), asked))
    assert ("officer", "request.open") in trail(bank, asked)
    officer, at = browser(bank, "officer"), f"/staff/cases/requests/{asked}"
    assert officer.post(f"{at}/take", headers=ORIGIN).status_code == 303
    form = {"result": "answered", "answer": "We talked."}
    assert officer.post(f"{at}/close", data=form, headers=ORIGIN).status_code == 303
    assert bank.account.request(GOOD, asked)["answer"] == "We talked."
    assert "We talked." in text_of(case_request.layout(visit(bank, "officer"), asked))


def test_overrides_are_watched_on_the_page_by_those_who_may(bank: Platform) -> None:
    with_papers(bank)
    made = referred(bank)["application_id"]
    row = bank.case_desk.override(SENIOR, made, against())
    bank.case_desk.confirm(DEPUTY, row.override_id, row.version)
    bank.case_desk.decide(OFFICER, referred_again(bank), _refusal())
    words = text_of(cases.layout(visit(bank, "senior")))
    assert "1 of 2 cases in 26 weeks went against the record" in words
    assert "too few cases to tell" in words
    assert "went against the record" not in text_of(cases.layout(visit(bank, "officer")))


def referred_again(bank: Platform) -> str:
    from serving.applications import ApplyAsk
    from tests.applying import ANSWERS, a_quote

    decision = a_quote(bank, REVIEW, "12000")["decision_id"]
    return bank.applications.apply(REVIEW, ApplyAsk(None, decision, ANSWERS), "review")["application_id"]


def _refusal() -> Any:
    from serving.cases import Verdict

    return Verdict("refuse", "terms_not_met")
