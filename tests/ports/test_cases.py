"""One suite for the queue, takes and overrides, on every database adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from lending.adapters.records import Records, open_records
from lending.application_ports import ApplicationEvent, ApplicationRow
from lending.case_ports import OverrideRow
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.workflow import Party, State
from lending.settings import Settings
from tests.builders import a_customer
from tests.conftest import HandClock

ONE, OTHER = "C00001", "C00002"


@pytest.fixture
def records(settings: Settings, clock: HandClock) -> Iterator[Records]:
    opened = open_records(settings, clock)
    opened.customers.add([a_customer(ONE), a_customer(OTHER)])
    yield opened
    opened.database.engine.dispose()


def event(records: Records, clock: HandClock, name: str, act: str, to: State, **more: object) -> None:
    row = records.applications.get(name)
    line = ApplicationEvent(clock.now(), "officer", Party.BANK, act, row.state, to, "papers")
    records.applications.change(replace(row, state=to, **more), replace(line))  # type: ignore[arg-type]


def a_case(records: Records, clock: HandClock, name: str = "a_1", customer: str = ONE) -> str:
    now = clock.now()
    start = ApplicationEvent(now, "good", Party.CUSTOMER, "start", None, State.SUBMITTED)
    row = ApplicationRow(name, customer, "car", State.SUBMITTED, 1, f"d_{name}", None, b"{}", now, now)
    records.applications.add(row, start)
    event(records, clock, name, "review", State.IN_REVIEW)
    return name


def an_override(clock: HandClock, **changes: object) -> OverrideRow:
    row = OverrideRow("v_1", "a_1", ONE, "car", "offer", "flag_cleared", "proposed", 1, "senior", clock.now(),
                      "They called.", "facts_confirmed")  # fmt: skip
    return replace(row, **changes)  # type: ignore[arg-type]


def test_the_queue_names_the_longest_waiting_first_with_why(records: Records, clock: HandClock) -> None:
    a_case(records, clock)
    clock.move(hours=1)
    a_case(records, clock, "a_2", OTHER)
    lines = records.cases.waiting(clock.now().date())
    assert [(line.application_id, line.why, line.taken_by, line.override) for line in lines] == [
        ("a_1", "papers", None, None), ("a_2", "papers", None, None),
    ]  # fmt: skip
    assert lines[0].version == 2


def test_one_officer_takes_a_case_at_a_time(records: Records, clock: HandClock) -> None:
    name = a_case(records, clock)
    assert records.cases.take(name, "officer", clock.now())
    assert not records.cases.take(name, "senior", clock.now())
    assert records.cases.holder(name) == "officer"
    assert records.cases.waiting(clock.now().date())[0].taken_by == "officer"
    records.cases.release(name)
    assert records.cases.holder(name) is None
    assert records.cases.take(name, "senior", clock.now())


def test_an_override_comes_back_with_its_words(records: Records, clock: HandClock) -> None:
    a_case(records, clock)
    row = an_override(clock)
    records.cases.propose(row)
    assert records.cases.override("v_1") == row
    assert list(records.cases.overrides("a_1")) == [row]
    waiting = records.cases.waiting(clock.now().date())[0]
    assert (waiting.override, waiting.proposed_by) == ("proposed", "senior")
    with pytest.raises(NotFoundError):
        records.cases.override("v_2")


def test_whoever_is_slower_settles_nothing(records: Records, clock: HandClock) -> None:
    a_case(records, clock)
    records.cases.propose(an_override(clock))
    row = records.cases.override("v_1")
    settled = records.cases.settle(replace(row, state="confirmed", confirmed_by="deputy", closed_at=clock.now()))
    with pytest.raises(RefusedError) as refused:
        records.cases.settle(replace(row, state="rejected", confirmed_by="other"))
    assert refused.value.code == "changed"
    assert records.cases.override("v_1") == settled
    assert (settled.version, settled.state) == (2, "confirmed")


def test_what_a_person_ended_names_both_persons(records: Records, clock: HandClock) -> None:
    a_case(records, clock)
    a_case(records, clock, "a_2", OTHER)
    records.cases.propose(an_override(clock, state="confirmed", confirmed_by="deputy"))
    event(records, clock, "a_1", "offer", State.OFFERED)
    clock.move(days=1)
    event(records, clock, "a_2", "refuse", State.REFUSED)
    ended = records.cases.ended(clock.now() - timedelta(days=2), 10)
    assert [(one.application_id, one.act, one.officer, one.second, one.override) for one in ended] == [
        ("a_2", "refuse", "officer", None, None), ("a_1", "offer", "senior", "deputy", "flag_cleared"),
    ]  # fmt: skip
    assert records.cases.ended(clock.now(), 10) == ended[:1]
    assert not records.cases.waiting(clock.now().date())


def test_an_erased_customer_leaves_the_queue_and_takes_the_words_along(records: Records, clock: HandClock) -> None:
    a_case(records, clock)
    records.cases.propose(an_override(clock))
    records.envelopes.erase(ONE)
    assert not records.cases.waiting(clock.now().date())
    kept = records.cases.override("v_1")
    assert (kept.comment, kept.reason) == ("", "flag_cleared")
