"""The house in order: a run that failed is an alarm, chains are walked, approvals end and runs are let go on."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from flows import rollouts, upkeep
from lending.adapters.tables import audit_events
from lending.domain.errors import NotFoundError, RefusedError, UnavailableError
from lending.domain.roles import Role
from lending.ports import Account
from serving.assembly import platform

RISK = Account("rita", Role.RISK_MANAGER, None, "Rita")


def test_a_flow_that_goes_on_failing_has_one_alarm_with_its_last_words(home):
    first = upkeep.ring_failure("retrain", "run-1", "Failed", "gate auc failed")
    again = upkeep.ring_failure("retrain", "run-2", "Crashed", "")
    other = upkeep.ring_failure("seed-bank", "run-3", "Failed", "x" * 900)
    assert first["act"] == "opened"
    assert (again["alarm"], other["alarm"] != first["alarm"]) == (first["alarm"], True)
    causes = {row.alarm_id: row.content["cause"] for row in platform().alarm_desk.alarms.list(("open",))}
    assert "retrain" in causes[first["alarm"]]
    assert len(causes[other["alarm"]]) < 400


def test_chains_are_told_and_a_broken_one_ends_the_run(home):
    platform().audit.add("ann", "note", "x", {})
    whole = upkeep.walk_chains()
    upkeep.stop_when_broken(whole)
    assert "| audit | 1 | whole |" in upkeep.chains_summary(whole)
    with platform().records.database.write() as connection:
        connection.execute(update(audit_events).where(audit_events.c.seq == 1).values(actor="eve"))
    with pytest.raises(RefusedError, match="audit: entry 1 was changed"):
        upkeep.stop_when_broken(upkeep.walk_chains(whole=True))


class Runs:
    """An orchestrator whose runs stand where a test puts them."""

    def __init__(self, state):
        self.state, self.resumed = state, []

    def get(self, run_id):
        if self.state == "gone":
            raise NotFoundError("no such run")
        return SimpleNamespace(state=self.state)

    def resume(self, run_id, answer):
        if self.state == "down":
            raise UnavailableError("down")
        self.resumed.append((run_id, answer))


@pytest.fixture
def answered(home):
    """An approval that was refused in the console while its run was waiting."""
    desk = platform().approvals
    row = desk.ask("model.release", "candor-pd-x/2", "drift watch", {"data": "x"}, "run-1")
    return desk.decide(row.approval_id, RISK, approved=False, reason="too early")


@pytest.mark.parametrize(("state", "resumed"), [("paused", 1), ("completed", 0), ("gone", 0)])
def test_a_run_whose_answer_was_lost_goes_on_with_it_and_no_other_does(answered, monkeypatch, state, resumed):
    runs = Runs(state)
    monkeypatch.setattr("flows.watch.orchestrator", lambda: runs)
    assert rollouts.sweep() == {"ended": 0, "resumed": resumed}
    assert runs.resumed == [("run-1", {"approve": False, "approver": "rita", "reason": "too early"})][:resumed]


def test_what_nobody_answered_is_ended_by_the_sweep(home, monkeypatch):
    place = platform()
    place.approvals.ask("model.release", "candor-pd-x/2", "drift watch", {"data": "x"}, None)
    later = place.clock.now() + timedelta(days=15)
    monkeypatch.setattr(place.approvals.clock, "now", lambda: later)
    assert rollouts.sweep()["ended"] == 1
    assert place.approvals.waiting() == []


def test_a_no_begins_nothing(answered):
    assert rollouts.begin(answered)["act"] == "none"


def test_without_anything_beside_the_champion_there_is_no_step(home):
    assert rollouts.advance("demo_bank")["act"] == "none"


@pytest.mark.parametrize("state", ["paused", "completed", "failed"])
def test_nobody_follows_a_run_that_ended_or_waits_for_a_person(monkeypatch, state):
    from flows import watch

    monkeypatch.setattr(watch, "orchestrator", lambda: Runs(state))
    assert watch.follow("run-1").state == state
