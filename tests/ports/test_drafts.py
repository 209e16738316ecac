"""One suite for drafts of the policy, on every database adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from lending.adapters.records import Records, open_records
from lending.domain.errors import NotFoundError, RefusedError
from lending.draft_ports import DraftEvent, DraftRow
from lending.settings import Settings
from tests.conftest import HandClock


@pytest.fixture
def records(settings: Settings, clock: HandClock) -> Iterator[Records]:
    opened = open_records(settings, clock)
    yield opened
    opened.database.engine.dispose()


def a_draft(clock: HandClock, draft_id: str = "pd_1", **changes: object) -> DraftRow:
    now = clock.now()
    row = DraftRow(
        draft_id, "A higher score for cars", "risk", "draft", 1, "p_1", {"car.score_min": Decimal(660)},
        {"car.score_min": Decimal(650)}, now, now, story=(DraftEvent(now, "risk", "written", ""),),
    )  # fmt: skip
    return replace(row, **changes)  # type: ignore[arg-type]


def approved(clock: HandClock, effective_on: date, draft_id: str = "pd_1") -> DraftRow:
    return a_draft(clock, draft_id, state="approved", effective_on=effective_on, decided_by="senior")


def test_a_draft_comes_back_as_it_was_written(records: Records, clock: HandClock) -> None:
    whole = a_draft(clock, result={"rows": 3}, effective_on=date(2026, 12, 1), undoes="pd_0")
    records.drafts.add(whole)
    assert records.drafts.get("pd_1") == whole == records.drafts.list()[0]
    with pytest.raises(NotFoundError):
        records.drafts.get("pd_2")


def test_whoever_is_slower_changes_nothing(records: Records, clock: HandClock) -> None:
    row = a_draft(clock)
    records.drafts.add(row)
    assert records.drafts.replace(replace(row, title="Mine"), 1).version == 2
    with pytest.raises(RefusedError) as refused:
        records.drafts.replace(replace(row, title="Too late"), 1)
    assert refused.value.code == "version_conflict"
    assert records.drafts.get("pd_1").title == "Mine"


def test_only_what_is_approved_decides_and_from_its_day_on(records: Records, clock: HandClock) -> None:
    today = clock.now().date()
    records.drafts.add(approved(clock, today + timedelta(days=1)))
    records.drafts.add(a_draft(clock, "pd_2", state="proposed", effective_on=today))
    assert records.drafts.in_force() == ()
    clock.move(days=1)
    (change,) = records.drafts.in_force()
    assert (change.path, change.value, change.since) == ("car.score_min", 660, today + timedelta(days=1))
    assert "pd_1" in change.source
    assert "senior" in change.source


def test_another_process_notices_within_seconds(settings: Settings, records: Records, clock: HandClock) -> None:
    other = open_records(settings, clock)
    assert other.drafts.in_force() == ()
    records.drafts.add(approved(clock, clock.now().date()))
    clock.move(seconds=2)
    assert [change.path for change in other.drafts.in_force()] == ["car.score_min"]
    other.database.engine.dispose()
