"""A draft of the policy: written by one person, approved by another, and deciding from its day on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from lending.domain.errors import CandorError, InputError, PolicyError, RefusedError
from lending.domain.policy import Policy
from lending.domain.policy_changes import Change
from lending.draft_ports import DraftRow
from serving.assembly import Platform
from serving.decide import LoanAsk
from serving.lab import Wanted
from serving.lab_cases import RECORDED
from serving.lab_drafts import Move
from serving.replay import Replay
from tests.bank import open_bank
from tests.conftest import HandClock

ASKED = {"car.score_min": "800"}
GOOD = "C00001"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def place(tmp_path: Path, clock: HandClock) -> Platform:
    return open_bank(tmp_path, clock=clock)


def quoted(place: Platform) -> dict[str, Any]:
    ask = LoanAsk("car", Decimal(9000), 36)  # type: ignore[arg-type]
    shown: Any = place.quotes.quote(GOOD, ask, channel="cli", actor="test")
    return shown


def replayed(place: Platform, asked: dict[str, str] = ASKED) -> DraftRow:
    """A draft that was tried on the decisions on record."""
    row = place.draft_desk.write("risk", "A higher score for cars", asked)
    return place.draft_desk.keep_result(row.draft_id, place.lab.run(Wanted(row.values, RECORDED)))


def proposed(place: Platform, on: date | None = None, **more: Any) -> DraftRow:
    row = replayed(place, **more)
    return place.draft_desk.propose(row.draft_id, on or place.clock.now().date(), Move("risk", row.version, "safer"))


def published(place: Platform, on: date | None = None, **more: Any) -> DraftRow:
    row = proposed(place, on, **more)
    return place.draft_desk.approve(row.draft_id, Move("senior", row.version, "agreed"))


def refusal(error: pytest.ExceptionInfo[CandorError]) -> str:
    return error.value.code


def acts(place: Platform) -> list[str]:
    with place.records.database.read() as connection:
        from sqlalchemy import select

        from lending.adapters.tables import audit_events

        rows = connection.execute(select(audit_events.c.act, audit_events.c.actor).order_by(audit_events.c.seq))
        return [f"{row.actor} {row.act}" for row in rows if row.act.startswith("policy.")]


def test_what_is_published_decides_from_its_day_on_and_old_decisions_replay(place: Platform, clock: HandClock) -> None:
    before, version = quoted(place), place.policy.current.version
    assert before["outcome"] == "approve"
    published(place, clock.now().date() + timedelta(days=2))
    clock.move(days=1)
    assert quoted(place)["outcome"] == "approve"
    assert place.policy.current.version == version
    clock.move(days=1)
    after = quoted(place)
    assert (after["outcome"], place.policy.current.version != version) == ("decline", True)
    report = Replay(place.decisions, place.policy, place.champion).run()
    assert (report.checked, report.equal, report.different) == (3, 3, ())
    cores = [json.loads(place.decisions.get(one).core) for one in place.decisions.ids()]
    assert [core["policy_version"] == version for core in cores] == [True, True, False]
    (finding,) = [f for f in cores[-1]["findings"] if f["rule"] == "car_score"]
    assert (finding["limit"], "Policy lab, draft pd_" in finding["source"]) == ("800", True)


def test_a_decision_as_of_an_earlier_day_keeps_that_days_figure(place: Platform, clock: HandClock) -> None:
    quoted(place)
    published(place, clock.now().date())
    clock.move(seconds=2)
    ask = LoanAsk("car", Decimal(9000), 36)  # type: ignore[arg-type]
    yesterday = clock.now().date() - timedelta(days=1)
    assert place.quotes.make(GOOD, ask, yesterday).decision.outcome.value == "approve"
    assert place.quotes.make(GOOD, ask).decision.outcome.value == "decline"


def test_a_second_process_decides_by_it_without_a_restart(place: Platform, clock: HandClock, tmp_path: Path) -> None:
    quoted(place)
    other = Platform(place.settings)
    other.clock = clock  # type: ignore[assignment]
    old = other.policy.current.version
    published(place)
    clock.move(seconds=2)
    assert other.policy.current.version == place.policy.current.version != old


def test_nobody_approves_what_they_wrote(place: Platform) -> None:
    quoted(place)
    row = proposed(place)
    with pytest.raises(RefusedError) as refused:
        place.draft_desk.approve(row.draft_id, Move("Risk ", row.version, "mine"))
    assert refusal(refused) == "four_eyes"
    assert place.draft_desk.drafts.get(row.draft_id).state == "proposed"
    assert acts(place)[-1] == "Risk  policy.tried"


def test_every_step_stands_in_the_audit_trail_with_its_reason(place: Platform) -> None:
    quoted(place)
    row = published(place)
    assert acts(place) == ["risk policy.drafted", "risk policy.proposed", "senior policy.approved"]
    assert [(one.actor, one.act, one.reason) for one in row.story] == [
        ("risk", "written", ""), ("risk", "proposed", "safer"), ("senior", "approved", "agreed"),
    ]  # fmt: skip


def test_a_draft_that_contradicts_the_policy_is_refused_with_file_and_key(place: Platform) -> None:
    with pytest.raises(PolicyError) as refused:
        place.draft_desk.write("risk", "A floor above the top", {"car.rate_min": "0.2"})
    assert "kb/products/car.yaml: rate_min" in str(refused.value)
    assert place.records.drafts.list() == []


def test_two_drafts_that_contradict_each_other_are_not_both_approved(place: Platform, clock: HandClock) -> None:
    quoted(place)
    soon = clock.now().date() + timedelta(days=5)
    first = proposed(place, soon, asked={"car.rate_min": "0.095"})
    second = proposed(place, soon, asked={"car.rate_max": "0.09"})
    place.draft_desk.approve(first.draft_id, Move("senior", first.version, "yes"))
    with pytest.raises(PolicyError) as refused:
        place.draft_desk.approve(second.draft_id, Move("senior", second.version, "yes"))
    assert "rate_min" in str(refused.value)


class Meeting:
    """The policy, where two who look whether their changes fit wait a moment for each other."""

    def __init__(self, place: Platform) -> None:
        self._policy, self._both = place.policy, Barrier(2)

    def with_changes(self, changes: Sequence[Change]) -> Policy:
        found = self._policy.with_changes(changes)
        with suppress(BrokenBarrierError):
            self._both.wait(timeout=0.5)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._policy, name)


def test_nor_when_both_are_approved_at_the_same_moment(place: Platform, clock: HandClock) -> None:
    quoted(place)
    soon = clock.now().date() + timedelta(days=5)
    rows = [proposed(place, soon, asked=asked) for asked in ({"car.rate_min": "0.095"}, {"car.rate_max": "0.09"})]
    meeting: Any = Meeting(place)
    desk = replace(place.draft_desk, policy=meeting)

    def approved(row: DraftRow) -> str:
        try:
            return desk.approve(row.draft_id, Move("senior", row.version, "yes")).state
        except PolicyError:
            return "contradicts the other"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(approved, rows)) == ["approved", "contradicts the other"]
    clock.move(days=6)
    assert place.policy.current.version


def test_what_another_process_published_a_moment_ago_overtakes_a_proposal(place: Platform, clock: HandClock) -> None:
    quoted(place)
    waiting = proposed(place, asked={"home.score_min": "730"})
    other = Platform(place.settings)
    other.clock = clock  # type: ignore[assignment]
    assert other.policy.current.version == waiting.base_version
    published(place)
    with pytest.raises(RefusedError) as refused:
        other.draft_desk.approve(waiting.draft_id, Move("senior", waiting.version, "x"))
    assert refusal(refused) == "lab_overtaken"


def test_a_policy_first_read_in_a_transaction_that_is_undone_is_kept_before_it_decides(place: Platform) -> None:
    with suppress(KeyError), place.records.drafts.together():
        raise KeyError(place.policy.current.version)
    version = place.policy.current.version
    assert place.records.policies.files(version)["market"] == "us"


def test_a_day_in_the_past_is_refused(place: Platform, clock: HandClock) -> None:
    quoted(place)
    row = replayed(place)
    with pytest.raises(InputError) as refused:
        place.draft_desk.propose(row.draft_id, clock.now().date() - timedelta(days=1), Move("risk", row.version, "x"))
    assert refusal(refused) == "lab_day"
    row = proposed(place)
    clock.move(days=1)
    with pytest.raises(InputError) as refused:
        place.draft_desk.approve(row.draft_id, Move("senior", row.version, "late"))
    assert refusal(refused) == "lab_day"


def test_nothing_is_proposed_before_it_was_tried_nor_without_a_reason(place: Platform) -> None:
    row = place.draft_desk.write("risk", "Untried", ASKED)
    today = place.clock.now().date()
    with pytest.raises(RefusedError) as refused:
        place.draft_desk.propose(row.draft_id, today, Move("risk", row.version, "now"))
    assert refusal(refused) == "lab_not_replayed"
    with pytest.raises(InputError) as silent:
        place.draft_desk.propose(row.draft_id, today, Move("risk", row.version, "  "))
    assert refusal(silent) == "lab_reason"


def test_whoever_looked_at_an_older_version_changes_nothing(place: Platform) -> None:
    quoted(place)
    row = replayed(place)
    with pytest.raises(RefusedError) as refused:
        place.draft_desk.propose(row.draft_id, place.clock.now().date(), Move("risk", row.version - 1, "x"))
    assert refusal(refused) == "version_conflict"


def test_a_proposal_that_another_change_overtook_is_not_approved(place: Platform, clock: HandClock) -> None:
    quoted(place)
    waiting = proposed(place, clock.now().date() + timedelta(days=3), asked={"home.score_min": "730"})
    published(place)
    clock.move(seconds=2)
    with pytest.raises(RefusedError) as refused:
        place.draft_desk.approve(waiting.draft_id, Move("senior", waiting.version, "x"))
    assert refusal(refused) == "lab_overtaken"


def test_a_draft_that_is_withdrawn_or_refused_never_decides(place: Platform, clock: HandClock) -> None:
    quoted(place)
    version, soon = place.policy.current.version, clock.now().date() + timedelta(days=1)
    taken, refused = published(place, soon), proposed(place, soon)
    place.draft_desk.withdraw(taken.draft_id, Move("risk", taken.version, "second thoughts"))
    place.draft_desk.refuse(refused.draft_id, Move("senior", refused.version, "too strict"))
    clock.move(days=3)
    assert place.policy.current.version == version
    with pytest.raises(RefusedError) as late:
        place.draft_desk.approve(refused.draft_id, Move("senior", refused.version + 1, "after all"))
    assert refusal(late) == "lab_state"


def test_what_decides_is_taken_back_by_a_draft_that_goes_the_same_way(place: Platform, clock: HandClock) -> None:
    quoted(place)
    row = published(place)
    clock.move(seconds=2)
    with pytest.raises(RefusedError):
        place.draft_desk.withdraw(row.draft_id, Move("risk", row.version, "no"))
    assert quoted(place)["outcome"] == "decline"
    back = place.draft_desk.take_back(row.draft_id, "risk")
    assert (back.values, back.undoes) == ({"car.score_min": 650}, row.draft_id)
    back = place.draft_desk.keep_result(back.draft_id, place.lab.run(Wanted(back.values, RECORDED)))
    clock.move(days=1)
    today = clock.now().date()
    back = place.draft_desk.propose(back.draft_id, today, Move("risk", back.version, "too strict"))
    place.draft_desk.approve(back.draft_id, Move("senior", back.version, "agreed"))
    clock.move(seconds=2)
    assert quoted(place)["outcome"] == "approve"
    assert Replay(place.decisions, place.policy, place.champion).run().clean


def test_a_figure_that_the_files_set_anew_later_is_not_changed_before_that(place: Platform) -> None:
    quoted(place)
    earlier = open_bank(place.settings.var / "earlier", clock=HandClock(place.clock.now() - timedelta(days=450)))
    quoted(earlier)
    with pytest.raises(RefusedError) as refused:
        proposed(earlier, asked={"shared.foir_max": "0.5"})
    assert refusal(refused) == "lab_later_figure"


@pytest.mark.parametrize("title", ["", "  ", "x" * 101])
def test_a_draft_says_in_a_few_words_what_it_is_for(place: Platform, title: str) -> None:
    with pytest.raises(InputError) as refused:
        place.draft_desk.write("risk", title, ASKED)
    assert refusal(refused) == "lab_title"


def test_a_draft_that_changes_nothing_is_no_draft(place: Platform) -> None:
    with pytest.raises(InputError) as refused:
        place.draft_desk.write("risk", "Nothing", {"car.score_min": "650"})
    assert refusal(refused) == "lab_nothing"
