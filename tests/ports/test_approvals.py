"""One suite for approvals on every database adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from lending.adapters.records import Records, open_records
from lending.approval_ports import ApprovalRow
from lending.domain.errors import NotFoundError, RefusedError
from lending.settings import Settings
from tests.conftest import HandClock

VERSION = "candor-pd-demo_bank/2"


@pytest.fixture
def records(settings: Settings, clock: HandClock) -> Iterator[Records]:
    opened = open_records(settings, clock)
    yield opened
    opened.database.engine.dispose()


def a_row(clock: HandClock, **changes: object) -> ApprovalRow:
    row = ApprovalRow("y_1", "model.release", VERSION, "drift watch", {"why": "income moved"}, clock.now(),
                      flow_run_id="run-1")  # fmt: skip
    return replace(row, **changes)  # type: ignore[arg-type]


def test_an_approval_comes_back_as_it_was_opened(records: Records, clock: HandClock) -> None:
    kept = records.approvals.open(a_row(clock))
    assert kept == a_row(clock) == records.approvals.get("y_1") == records.approvals.of_run("run-1")
    assert records.approvals.of_run("run-2") is None
    with pytest.raises(NotFoundError):
        records.approvals.get("y_2")


def test_one_subject_waits_once_and_may_wait_again_after_an_answer(records: Records, clock: HandClock) -> None:
    records.approvals.open(a_row(clock))
    assert records.approvals.open(a_row(clock, approval_id="y_2")).approval_id == "y_1"
    assert records.approvals.open(a_row(clock, approval_id="y_3", kind="model.challenger")).approval_id == "y_3"
    records.approvals.close("y_1", "refused", "risk", "too early", clock.now())
    assert records.approvals.open(a_row(clock, approval_id="y_4")).approval_id == "y_4"


def test_an_answer_is_kept_with_its_person_reason_and_time(records: Records, clock: HandClock) -> None:
    records.approvals.open(a_row(clock))
    clock.move(hours=2)
    done = records.approvals.close("y_1", "approved", "risk", "better on every slice", clock.now())
    assert (done.state, done.decided_by, done.reason) == ("approved", "risk", "better on every slice")
    assert done.closed_at == clock.now()
    assert records.approvals.get("y_1") == done


def test_whoever_answers_second_changes_nothing(records: Records, clock: HandClock) -> None:
    records.approvals.open(a_row(clock))
    first = records.approvals.close("y_1", "approved", "risk", "yes", clock.now())
    with pytest.raises(RefusedError) as refused:
        records.approvals.close("y_1", "refused", "other", "no", clock.now())
    assert refused.value.code == "changed"
    assert records.approvals.get("y_1") == first


def test_those_in_a_state_are_listed_newest_first(records: Records, clock: HandClock) -> None:
    for number in (1, 2, 3):
        later = clock.now() + timedelta(minutes=number)
        records.approvals.open(a_row(clock, approval_id=f"y_{number}", subject=f"v/{number}", opened_at=later))
    records.approvals.close("y_2", "refused", "risk", "no", clock.now())
    assert [row.approval_id for row in records.approvals.list(("waiting",), 9)] == ["y_3", "y_1"]
    assert [row.approval_id for row in records.approvals.list(("waiting",), 1)] == ["y_3"]
    assert [row.approval_id for row in records.approvals.list(("refused", "approved"), 9)] == ["y_2"]
