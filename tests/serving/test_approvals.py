"""Who may say yes: somebody else, with the right to, with a reason, in time; each answer and wrong try is on record."""

import pytest

from lending.domain.errors import InputError, NotFoundError, RefusedError
from lending.domain.roles import Role
from lending.ports import Account
from tests.bank import open_bank
from tests.conftest import HandClock

VERSION = "candor-pd-demo_bank/2"
RISK = Account("risk", Role.RISK_MANAGER, None, "Risk")
SCIENTIST = Account("scientist", Role.DATA_SCIENTIST, None, "Scientist")


@pytest.fixture
def bank(tmp_path, clock: HandClock):
    return open_bank(tmp_path / "bank", clock=clock)


@pytest.fixture
def desk(bank):
    return bank.approvals


@pytest.fixture
def asked(desk):
    return desk.ask("model.release", VERSION, "scientist", {"trained_by": "tom"}, "run-1")


def _acts(bank):
    from sqlalchemy import text

    with bank.records.database.look() as connection:
        return [tuple(row) for row in connection.execute(text("select actor, act, subject from audit_events"))]


def test_a_second_person_approves_with_a_reason_and_both_are_on_record(bank, desk, asked):
    done = desk.decide(asked.approval_id, RISK, approved=True, reason=" better everywhere ")
    assert (done.state, done.decided_by, done.reason) == ("approved", "risk", "better everywhere")
    assert _acts(bank)[-2:] == [
        ("scientist", "model.release.asked", VERSION), ("risk", "model.release.approved", VERSION),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "role"),
    [("scientist", Role.RISK_MANAGER), ("Tom ", Role.RISK_MANAGER), ("sam", Role.DATA_SCIENTIST),
     ("ada", Role.ADMIN), ("aud", Role.AUDITOR)],
)  # fmt: skip
def test_who_asked_who_trained_and_who_may_not_are_refused_and_the_try_is_on_record(bank, desk, asked, name, role):
    with pytest.raises(RefusedError) as refused:
        desk.decide(asked.approval_id, Account(name, role, None, name), approved=True, reason="mine")
    assert refused.value.code == "four_eyes"
    assert [row.approval_id for row in desk.waiting()] == [asked.approval_id]
    assert _acts(bank)[-1] == (name, "model.release.tried", VERSION)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_an_answer_without_a_reason_that_can_be_kept_is_none(desk, asked, reason):
    with pytest.raises(InputError):
        desk.decide(asked.approval_id, RISK, approved=False, reason=reason)
    assert desk.waiting()


def test_an_answer_is_given_once(desk, asked):
    desk.decide(asked.approval_id, RISK, approved=False, reason="no")
    with pytest.raises(RefusedError, match="already refused by risk"):
        desk.decide(asked.approval_id, RISK, approved=True, reason="yes")
    assert [row.state for row in desk.closed()] == ["refused"]


def test_what_nobody_answers_ends_by_itself(bank, desk, asked, clock):
    clock.move(days=14)
    assert desk.waiting() == []
    with pytest.raises(RefusedError, match="ended unanswered"):
        desk.decide(asked.approval_id, RISK, approved=True, reason="late")
    assert desk.expire() == 1
    assert [(row.state, row.decided_by) for row in desk.closed()] == [("expired", "the clock")]
    assert desk.ask("model.release", VERSION, "scientist", {}, None).approval_id != asked.approval_id


def test_a_name_typed_elsewhere_counts_only_if_it_is_somebodys_and_policy_lets_it(bank, desk, asked, tmp_path):
    with pytest.raises(InputError, match="nobody is called"):
        desk.decide_by_name(asked.approval_id, "nobody", approved=True, reason="yes")
    assert _acts(bank)[-1] == ("unknown", "model.release.tried", VERSION)
    with pytest.raises(RefusedError):
        desk.decide_by_name(asked.approval_id, "scientist", approved=True, reason="yes")
    assert desk.decide_by_name(asked.approval_id, "risk", approved=True, reason="yes").state == "approved"


def test_where_only_the_console_counts_a_typed_name_is_refused(desk, asked, monkeypatch):
    from serving import approvals

    strict = {**approvals.rules_on(desk.kb, desk.clock.now().date()), "answered_in_flow_pages": 0}
    monkeypatch.setattr(approvals, "rules_on", lambda kb, day: strict)
    with pytest.raises(RefusedError, match="signed-in console"):
        desk.decide_by_name(asked.approval_id, "risk", approved=True, reason="yes")


def test_an_unknown_approval_is_not_found(desk):
    with pytest.raises(NotFoundError):
        desk.decide("y_nope", RISK, approved=True, reason="yes")
