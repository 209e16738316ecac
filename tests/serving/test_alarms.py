"""Alarms: one for each cause, looked after by somebody, with every step on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lending.adapters.tables import audit_events
from lending.domain.errors import InputError, RefusedError
from serving.alarms import AlarmDesk, Raised
from serving.assembly import Platform
from tests.bank import open_bank

FOUND = Raised("moved-dti-2026-03", "moved", "dti moved", "2026-03", "2026-04", ("dti",))


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Platform]:
    place = open_bank(tmp_path)
    yield place
    place.records.database.engine.dispose()


@pytest.fixture
def desk(bank: Platform) -> AlarmDesk:
    return bank.alarm_desk


def _acts(desk: AlarmDesk, alarm_id: str) -> list[str]:
    return [event.act for event in desk.alarms.events(alarm_id)]


def test_a_finding_opens_one_alarm_and_the_same_finding_changes_nothing(desk: AlarmDesk) -> None:
    first, again = desk.raise_("drift", "bank", FOUND), desk.raise_("drift", "bank", FOUND)
    assert (first.act, again.act, again.row) == ("opened", "known", first.row)
    assert first.row.content["features"] == ["dti"]
    assert len(desk.alarms.list(["open"])) == 1


def test_a_finding_that_lasts_extends_its_alarm(desk: AlarmDesk) -> None:
    row = desk.raise_("drift", "bank", FOUND).row
    longer = desk.raise_("drift", "bank", replace(FOUND, first="2026-04", last="2026-05"))
    assert (longer.act, longer.row.alarm_id, longer.fresh) == ("extended", row.alarm_id, False)
    assert (longer.row.content["first"], longer.row.content["last"]) == ("2026-03", "2026-05")


def test_another_kind_data_set_or_cause_is_another_alarm(desk: AlarmDesk) -> None:
    desk.raise_("drift", "bank", FOUND)
    assert desk.raise_("fairness", "bank", FOUND).fresh
    assert desk.raise_("drift", "live", FOUND).fresh
    assert desk.raise_("drift", "bank", replace(FOUND, cause_key="missing-dti-2026-03")).fresh
    assert desk.raise_("drift", "bank", replace(FOUND, cause_key="x" * 300)).fresh
    assert desk.raise_("drift", "bank", replace(FOUND, cause_key="x" * 301)).fresh


def test_a_closed_alarm_opens_again_only_when_it_comes_again_later(desk: AlarmDesk) -> None:
    row = desk.raise_("drift", "bank", FOUND).row
    desk.close(row.alarm_id, "risk", row.version, "a campaign")
    assert desk.raise_("drift", "bank", FOUND).act == "known"
    again = desk.raise_("drift", "bank", replace(FOUND, last="2026-06"))
    assert (again.act, again.row.state, again.row.owner) == ("reopened", "open", None)
    assert _acts(desk, row.alarm_id) == ["opened", "closed", "reopened"]


def test_staff_take_hand_over_comment_and_close_and_the_audit_trail_says_so(bank: Platform, desk: AlarmDesk) -> None:
    row = desk.raise_("drift", "bank", FOUND).row
    row = desk.acknowledge(row.alarm_id, "risk", row.version)
    assert (row.state, row.owner) == ("acknowledged", "risk")
    row = desk.assign(row.alarm_id, "risk", row.version, "scientist", "please look")
    row = desk.comment(row.alarm_id, "scientist", row.version, "a new product")
    row = desk.close(row.alarm_id, "scientist", row.version, "expected")
    assert (row.state, row.owner) == ("closed", "scientist")
    assert _acts(desk, row.alarm_id) == ["opened", "acknowledged", "assigned", "commented", "closed"]
    with bank.records.database.read() as connection:
        kept = [(e.actor, e.act) for e in connection.execute(audit_events.select()) if e.subject == row.alarm_id]
    assert kept == [("monitor", "alarm.opened"), ("risk", "alarm.acknowledged"), ("risk", "alarm.assigned"),
                    ("scientist", "alarm.commented"), ("scientist", "alarm.closed")]  # fmt: skip


def test_whoever_saw_an_older_version_changes_nothing(desk: AlarmDesk) -> None:
    row = desk.raise_("drift", "bank", FOUND).row
    desk.acknowledge(row.alarm_id, "risk", row.version)
    with pytest.raises(RefusedError) as refused:
        desk.close(row.alarm_id, "scientist", row.version, "not seen")
    assert refused.value.code == "changed"
    assert _acts(desk, row.alarm_id) == ["opened", "acknowledged"]


def test_a_closed_alarm_is_only_commented(desk: AlarmDesk) -> None:
    row = desk.raise_("drift", "bank", FOUND).row
    row = desk.close(row.alarm_id, "risk", row.version, "done")
    with pytest.raises(RefusedError):
        desk.acknowledge(row.alarm_id, "risk", row.version)
    assert desk.comment(row.alarm_id, "risk", row.version, "later").state == "closed"


@pytest.mark.parametrize("words", ["", "   ", "x" * 501])
def test_closing_needs_a_reason_of_a_readable_length(desk: AlarmDesk, words: str) -> None:
    row = desk.raise_("drift", "bank", FOUND).row
    with pytest.raises(InputError):
        desk.close(row.alarm_id, "risk", row.version, words)
    assert desk.alarms.get(row.alarm_id) == row


@pytest.mark.parametrize("owner", ["officer", "good", "nobody"])
def test_an_alarm_is_handed_to_those_who_may_handle_alarms_only(desk: AlarmDesk, owner: str) -> None:
    row = desk.raise_("drift", "bank", FOUND).row
    with pytest.raises(InputError):
        desk.assign(row.alarm_id, "risk", row.version, owner)
    assert desk.owners() == ["risk", "scientist"]
