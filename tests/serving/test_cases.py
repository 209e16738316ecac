"""The desk of cases: who may act on what, decisions against the record, and the second person beside them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from lending.adapters.tables import audit_events
from lending.case_ports import OverrideRow, Wanted
from lending.domain.errors import InputError, RefusedError
from lending.domain.roles import Role
from lending.ports import Account
from serving.applications import ApplyAsk
from serving.assembly import Platform
from serving.case_overrides import Proposal
from serving.case_queue import CaseQueue
from serving.cases import CALL, Verdict
from tests.applying import ANSWERS, READ, REVIEW, THIN, Papers, a_quote, referred, sent
from tests.serving.standins import Champion, LinearModel

OFFICER = Account("officer", Role.OFFICER, None, "An officer")
COLLEAGUE = Account("colleague", Role.OFFICER, None, "A colleague")
SENIOR = Account("senior", Role.SENIOR_OFFICER, None, "A senior officer")
DEPUTY = Account("deputy", Role.SENIOR_OFFICER, None, "Another senior officer")
AUDITOR = Account("auditor", Role.AUDITOR, None, "An auditor")
YES, NO = Verdict("offer", "facts_confirmed"), Verdict("refuse", "terms_not_met")


@pytest.fixture
def desk(bank: Platform, papers: Papers) -> CaseQueue:
    return bank.case_desk


class Trusting(LinearModel):
    """Takes a missing score for a good one."""

    def contributions(self, columns: Any) -> Any:
        score = np.nan_to_num(np.asarray(columns["credit_score"], dtype=float), nan=760.0)
        return super().contributions({**columns, "credit_score": score})


def thin(bank: Platform) -> str:
    """A case that speaks for neither side: there is a price, and no credit score."""
    bank.__dict__["champion"] = Champion(Trusting())
    decision = a_quote(bank, THIN, "10000")["decision_id"]
    return bank.applications.apply(THIN, ApplyAsk(None, decision, ANSWERS), "thin")["application_id"]


def flagged(bank: Platform) -> str:
    """A case that speaks for a refusal: screening asks for a person."""
    return referred(bank)["application_id"]


def over_papers(bank: Platform, papers: Papers) -> str:
    """An approved request of which a paper waits for a person."""
    made = sent(bank, "8000")
    papers.all("needs_person")
    assert bank.applications.advance(made["application_id"]) == "in_review"
    return made["application_id"]


def against(**changes: Any) -> Proposal:
    known = {"act": "offer", "reason": "flag_cleared", "ground": "explained", "comment": "Compliance cleared it."}
    return Proposal(**{**known, **changes})


def proposed(bank: Platform, desk: CaseQueue) -> OverrideRow:
    return desk.override(SENIOR, flagged(bank), against())


def trail(bank: Platform) -> list[tuple[str, str]]:
    with bank.records.database.read() as connection:
        rows = connection.execute(select(audit_events).order_by(audit_events.c.seq)).all()
    return [(row.actor, row.act) for row in rows]


def state(bank: Platform, application_id: str) -> str:
    return bank.records.applications.get(application_id).state.value


def code(error: pytest.ExceptionInfo[RefusedError]) -> str:
    return error.value.code


@pytest.mark.parametrize(("verdict", "end"), [(YES, "offered"), (NO, "refused")])
def test_a_case_that_speaks_for_neither_side_is_decided_by_one_officer(
    bank: Platform, desk: CaseQueue, verdict: Verdict, end: str
) -> None:
    assert desk.decide(OFFICER, thin(bank), verdict).state.value == end


def test_a_case_whose_papers_fit_is_offered_by_one_officer(bank: Platform, desk: CaseQueue, papers: Papers) -> None:
    case = over_papers(bank, papers)
    papers.all("accepted")
    assert desk.decide(OFFICER, case, YES).state.value == "offered"


def test_deciding_against_the_record_is_no_plain_decision(bank: Platform, desk: CaseQueue, papers: Papers) -> None:
    case = over_papers(bank, papers)
    with pytest.raises(RefusedError) as refused:
        desk.decide(OFFICER, case, YES)
    assert code(refused) == "against"
    papers.all("accepted")
    with pytest.raises(RefusedError) as refused:
        desk.decide(OFFICER, case, NO)
    assert code(refused) == "against"
    assert state(bank, case) == "in_review"


def test_an_override_takes_the_right_to_override(bank: Platform, desk: CaseQueue) -> None:
    case = flagged(bank)
    for who in (OFFICER, AUDITOR):
        with pytest.raises(RefusedError) as refused:
            desk.override(who, case, against())
        assert code(refused) == "role"


def test_a_small_override_with_a_plain_reason_holds_at_once(bank: Platform, desk: CaseQueue, papers: Papers) -> None:
    case = over_papers(bank, papers)
    made = desk.override(SENIOR, case, against(reason="income_shown_otherwise"))
    assert (made.state, made.confirmed_by) == ("confirmed", None)
    assert state(bank, case) == "offered"
    assert ("senior", "override.made") in trail(bank)


@pytest.mark.parametrize("reason", ["long_relationship", "flag_cleared"])
def test_policy_names_reasons_that_take_two_persons(
    bank: Platform, desk: CaseQueue, papers: Papers, reason: str
) -> None:
    case = over_papers(bank, papers)
    assert desk.override(SENIOR, case, against(reason=reason)).state == "proposed"
    assert state(bank, case) == "in_review"


def test_what_a_second_person_confirms_is_decided_and_both_stand_in_the_trail(bank: Platform, desk: CaseQueue) -> None:
    row = proposed(bank, desk)
    done = desk.confirm(DEPUTY, row.override_id, row.version, "Seen the clearance.")
    assert (done.state, done.confirmed_by, state(bank, row.application_id)) == ("confirmed", "deputy", "offered")
    acts = trail(bank)
    assert ("senior", "override.proposed") in acts
    assert ("deputy", "override.confirmed") in acts
    assert bank.records.audit.broken_at() is None
    history = [(e.actor, e.act) for e in bank.records.applications.events(row.application_id)]
    assert history[-3:] == [("senior", "propose"), ("deputy", "confirm"), ("deputy", "offer")]


def test_nobody_confirms_their_own_proposal(bank: Platform, desk: CaseQueue) -> None:
    row = proposed(bank, desk)
    for who, expected in ((SENIOR, "second_person"), (OFFICER, "role"), (AUDITOR, "role")):
        with pytest.raises(RefusedError) as refused:
            desk.confirm(who, row.override_id, row.version)
        assert code(refused) == expected
    assert desk.book.override(row.override_id) == row


def test_whoever_worked_on_the_case_is_no_second_person(bank: Platform, desk: CaseQueue) -> None:
    case = flagged(bank)
    desk.take(DEPUTY, case)
    desk.release(DEPUTY, case)
    row = desk.override(SENIOR, case, against())
    with pytest.raises(RefusedError) as refused:
        desk.confirm(DEPUTY, row.override_id, row.version)
    assert code(refused) == "second_person"


def test_the_customer_reads_nothing_before_the_confirmation(bank: Platform, desk: CaseQueue) -> None:
    def seen() -> tuple[str, str]:
        bank.delivery.run(100)
        kinds = sorted(notice["kind"] for notice in bank.messages.inbox(REVIEW))
        shown = bank.applications.of(REVIEW)[0]
        return json.dumps({k: v for k, v in shown.items() if k != "version"}), str(kinds)

    case = flagged(bank)
    before = seen()
    desk.take(SENIOR, case)
    row = desk.override(SENIOR, case, against())
    assert seen() == before
    assert b"senior" not in bank.account.export(REVIEW)
    desk.confirm(DEPUTY, row.override_id, row.version)
    shown, told = seen()
    assert '"state": "offered"' in shown
    assert "application.offered" in told
    assert "senior" not in shown
    assert "Compliance" not in shown


def test_the_offer_of_an_override_is_the_one_that_was_decided(bank: Platform, desk: CaseQueue) -> None:
    row = proposed(bank, desk)
    desk.confirm(DEPUTY, row.override_id, row.version)
    shown = bank.applications.get(REVIEW, row.application_id)
    terms = json.loads(bank.decisions.get(shown["decision_id"]).core)["terms"]
    same = ("amount", "term_months", "annual_rate", "instalment", "apr", "total_interest", "total_cost")
    assert {n: str(shown["offer"][n]) for n in same} == {n: terms[n] for n in same}
    accepted = bank.applications.accept(REVIEW, shown["offer_id"], "review", READ)
    assert accepted["state"] == "accepted"


def test_a_rejected_proposal_opens_the_case_again(bank: Platform, desk: CaseQueue) -> None:
    row = proposed(bank, desk)
    with pytest.raises(InputError):
        desk.reject(DEPUTY, row.override_id, row.version, " ")
    done = desk.reject(DEPUTY, row.override_id, row.version, "The clearance is of another person.")
    assert (done.state, done.answer) == ("rejected", "The clearance is of another person.")
    assert desk.decide(SENIOR, row.application_id, NO).state.value == "refused"


def test_a_proposal_is_taken_back_by_its_maker_alone(bank: Platform, desk: CaseQueue) -> None:
    row = proposed(bank, desk)
    with pytest.raises(RefusedError) as refused:
        desk.take_back(DEPUTY, row.override_id, row.version)
    assert code(refused) == "not_yours"
    assert desk.take_back(SENIOR, row.override_id, row.version).state == "withdrawn"
    with pytest.raises(RefusedError) as refused:
        desk.confirm(DEPUTY, row.override_id, row.version + 1)
    assert code(refused) == "state"


def test_while_a_proposal_waits_nobody_decides_the_case(bank: Platform, desk: CaseQueue) -> None:
    row = proposed(bank, desk)
    for act in (
        lambda: desk.decide(OFFICER, row.application_id, NO),
        lambda: desk.override(DEPUTY, row.application_id, against()),
        lambda: desk.take(OFFICER, row.application_id),
    ):
        with pytest.raises(RefusedError) as refused:
            act()
        assert code(refused) == "proposed"


def test_a_proposal_on_a_case_that_its_customer_withdrew_is_decided_by_nobody(bank: Platform, desk: CaseQueue) -> None:
    row = proposed(bank, desk)
    bank.applications.withdraw(REVIEW, row.application_id, "review")
    with pytest.raises(RefusedError) as refused:
        desk.confirm(DEPUTY, row.override_id, row.version)
    assert code(refused) == "state"
    assert state(bank, row.application_id) == "withdrawn"


def test_an_old_version_is_said_and_changes_nothing(bank: Platform, desk: CaseQueue) -> None:
    case = flagged(bank)
    version = bank.records.applications.get(case).version
    desk.ask(OFFICER, case, CALL, version)
    for act in (
        lambda: desk.decide(SENIOR, case, Verdict("refuse", "terms_not_met", version=version)),
        lambda: desk.override(SENIOR, case, against(version=version)),
        lambda: desk.ask(SENIOR, case, CALL, version),
    ):
        with pytest.raises(RefusedError) as refused:
            act()
        assert code(refused) == "changed"
    row = desk.override(SENIOR, case, against())
    with pytest.raises(RefusedError) as refused:
        desk.confirm(DEPUTY, row.override_id, row.version + 1)
    assert code(refused) == "changed"
    assert state(bank, case) == "in_review"


def test_one_officer_works_on_a_case_at_a_time(bank: Platform, desk: CaseQueue) -> None:
    case = flagged(bank)
    desk.take(OFFICER, case)
    desk.take(OFFICER, case)
    for act in (
        lambda: desk.take(COLLEAGUE, case), lambda: desk.release(COLLEAGUE, case),
        lambda: desk.decide(COLLEAGUE, case, NO), lambda: desk.ask(COLLEAGUE, case, CALL),
    ):  # fmt: skip
        with pytest.raises(RefusedError) as refused:
            act()
        assert (code(refused), refused.value.found) == ("taken", "officer")
    desk.release(SENIOR, case)
    assert desk.decide(COLLEAGUE, case, NO).state.value == "refused"
    assert desk.book.holder(case) is None


@pytest.mark.parametrize("own", [REVIEW, "C00006"])
def test_nobody_decides_about_themselves_or_their_own(bank: Platform, desk: CaseQueue, own: str) -> None:
    case = flagged(bank)
    if own != REVIEW:
        bank.records.customers.link(own, REVIEW)
    kin = Account("kin", Role.SENIOR_OFFICER, own, "A relative")
    for act in (
        lambda: desk.take(kin, case), lambda: desk.decide(kin, case, NO), lambda: desk.override(kin, case, against()),
    ):  # fmt: skip
        with pytest.raises(RefusedError) as refused:
            act()
        assert code(refused) == "own_case"
    row = desk.override(SENIOR, case, against())
    with pytest.raises(RefusedError) as refused:
        desk.confirm(kin, row.override_id, row.version)
    assert code(refused) == "own_case"


def test_a_rule_that_declines_is_set_aside_by_nobody(bank: Platform, desk: CaseQueue) -> None:
    decision = a_quote(bank, REVIEW, "90000")["decision_id"]
    case = bank.applications.apply(REVIEW, ApplyAsk(None, decision, ANSWERS), "review")["application_id"]
    for act in (
        lambda: desk.override(SENIOR, case, against()),
        lambda: bank.applications.decide(case, "senior", "offer", "explained"),
    ):
        with pytest.raises(RefusedError) as refused:
            act()
        assert code(refused) == "hard_rule"
    assert desk.decide(OFFICER, case, NO).state.value == "refused"


@pytest.mark.parametrize(
    "changes", [{"reason": "because"}, {"reason": "suspicion"}, {"ground": "papers_missing"}, {"comment": "  "},
                {"comment": "x" * 1001}, {"act": "burn"}],
)  # fmt: skip
def test_an_override_names_a_reason_of_the_act_and_says_why(
    bank: Platform, desk: CaseQueue, changes: dict[str, Any]
) -> None:
    case = flagged(bank)
    with pytest.raises(InputError):
        desk.override(SENIOR, case, against(**changes))
    assert not desk.book.overrides(case)


def test_what_the_record_speaks_for_needs_no_override(bank: Platform, desk: CaseQueue) -> None:
    with pytest.raises(RefusedError) as refused:
        desk.override(SENIOR, flagged(bank), against(act="refuse", reason="suspicion", ground="screening"))
    assert code(refused) == "not_against"


ACTS: list[Wanted] = ["offer", "refuse"]


@pytest.mark.parametrize("act", ACTS)
def test_every_reason_for_an_override_has_words_and_every_ground_too(desk: CaseQueue, act: Wanted) -> None:
    day = desk.applications.day()
    codes = [one.code for one in desk.rules.reasons(act, day)]
    assert codes
    grounds = desk.applications.form.grounds[act]
    assert all(desk.rules.words(one) != one.replace("_", " ") for one in (*codes, *grounds))
