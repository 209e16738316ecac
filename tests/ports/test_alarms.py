"""One suite for measurements and alarms, on every database adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from lending.adapters.records import Records, open_records
from lending.alarm_ports import AlarmEvent, AlarmRow, MeasurementRow
from lending.domain.errors import NotFoundError, RefusedError
from lending.settings import Settings
from tests.conftest import HandClock


@pytest.fixture
def records(settings: Settings, clock: HandClock) -> Iterator[Records]:
    opened = open_records(settings, clock)
    yield opened
    opened.database.engine.dispose()


def an_alarm(clock: HandClock, **changes: object) -> AlarmRow:
    now = clock.now()
    content = {"verdict": "moved", "first": "2026-03", "last": "2026-04", "features": ["dti"], "cause": "it moved"}
    row = AlarmRow("w_1", "drift", "drift/bank/x", "bank", "open", 1, None, content, None, now, now)
    return replace(row, **changes)  # type: ignore[arg-type]


def a_step(clock: HandClock, act: str = "opened", comment: str = "") -> AlarmEvent:
    return AlarmEvent(clock.now(), "monitor", act, comment)


def test_an_alarm_comes_back_with_its_first_step(records: Records, clock: HandClock) -> None:
    assert records.alarms.open(an_alarm(clock), a_step(clock, comment="seen"))
    assert records.alarms.get("w_1") == an_alarm(clock) == records.alarms.of_cause("drift/bank/x")
    assert records.alarms.events("w_1") == [a_step(clock, comment="seen")]
    with pytest.raises(NotFoundError):
        records.alarms.get("w_2")
    assert records.alarms.of_cause("drift/bank/y") is None


def test_a_cause_has_one_alarm(records: Records, clock: HandClock) -> None:
    assert records.alarms.open(an_alarm(clock), a_step(clock))
    assert not records.alarms.open(an_alarm(clock, alarm_id="w_2"), a_step(clock))
    assert [row.alarm_id for row in records.alarms.list(["open"])] == ["w_1"]


def test_whoever_is_slower_changes_nothing(records: Records, clock: HandClock) -> None:
    row = an_alarm(clock)
    records.alarms.open(row, a_step(clock))
    taken = records.alarms.replace(replace(row, state="acknowledged", owner="risk"), a_step(clock, "acknowledged"))
    assert (taken.version, records.alarms.get("w_1").owner) == (2, "risk")
    with pytest.raises(RefusedError) as refused:
        records.alarms.replace(replace(row, state="closed"), a_step(clock, "closed"))
    assert refused.value.code == "changed"
    assert [event.act for event in records.alarms.events("w_1")] == ["opened", "acknowledged"]


def test_alarms_are_listed_by_state_and_kind_the_last_changed_first(records: Records, clock: HandClock) -> None:
    for number, kind in enumerate(("drift", "fairness", "drift"), start=1):
        clock.move(seconds=1)
        records.alarms.open(an_alarm(clock, alarm_id=f"w_{number}", once=f"x{number}", kind=kind), a_step(clock))
    assert [row.alarm_id for row in records.alarms.list(["open", "acknowledged"])] == ["w_3", "w_2", "w_1"]
    assert [row.alarm_id for row in records.alarms.list(["open"], "drift")] == ["w_3", "w_1"]
    assert records.alarms.list(["closed"]) == []


def test_measurements_come_back_the_newest_first_and_take_a_report(records: Records, clock: HandClock) -> None:
    for number in (1, 2):
        clock.move(seconds=1)
        records.measurements.add(MeasurementRow(f"m_{number}", "drift", "bank", {"psi": "0.1"}, clock.now()))
    records.measurements.attach("m_1", "reports/m_1.html.gz")
    latest = records.measurements.latest("drift", "bank")
    assert latest is not None
    assert (latest.measurement_id, latest.content) == ("m_2", {"psi": "0.1"})
    assert [(row.measurement_id, row.report_key) for row in records.measurements.heads("drift")] == [
        ("m_2", None), ("m_1", "reports/m_1.html.gz"),
    ]  # fmt: skip
    assert [row.content for row in records.measurements.recent("drift", 1)] == [{"psi": "0.1"}]
    assert records.measurements.latest("drift", "other") is None
    for missing in (records.measurements.get, lambda name: records.measurements.attach(name, "k")):
        with pytest.raises(NotFoundError):
            missing("m_9")
