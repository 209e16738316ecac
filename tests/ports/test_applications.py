"""One suite for applications, offers that move and invitations, on every database adapter."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from lending.adapters.records import Records, open_records
from lending.adapters.tables_portal import applications, invitations
from lending.application_ports import ApplicationEvent, ApplicationRow, Invitation
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.record import canonical
from lending.domain.workflow import START, Party, State
from lending.ports import OfferRow
from lending.settings import Settings
from tests.builders import a_customer
from tests.conftest import HandClock

MINE, THEIRS = "C00001", "C00002"
LAST_DAY = date(2026, 11, 16)


@pytest.fixture
def records(settings: Settings, clock: HandClock) -> Iterator[Records]:
    opened = open_records(settings, clock)
    opened.customers.add([a_customer(MINE), a_customer(THEIRS)])
    yield opened
    opened.database.engine.dispose()


@pytest.fixture
def a_row(clock: HandClock) -> ApplicationRow:
    now = clock.now()
    return ApplicationRow("a_1", MINE, "car", State.DRAFT, 1, "d_1", "o_1", b'{"phone":"555"}', now, now)


def an_event(row: ApplicationRow, act: str = START, to: State = State.DRAFT, detail: str = "") -> ApplicationEvent:
    before = None if act == START else row.state
    return ApplicationEvent(row.changed_at, "good", Party.CUSTOMER, act, before, to, detail)


def add(records: Records, row: ApplicationRow) -> ApplicationRow:
    records.applications.add(row, an_event(row))
    return row


def offers_made(records: Records, *names: str, customer: str = MINE, last_day: date = LAST_DAY) -> None:
    core = canonical({"product": "car", "outcome": "approve", "applicant_ref": customer, "names": list(names)})
    decision = records.decisions.record(core, customer, "portal", "me").decision_id
    records.offers.keep([OfferRow(name, decision, customer, name.encode(), last_day) for name in names])


def test_an_application_comes_back_as_it_was_written(records: Records, a_row: ApplicationRow) -> None:
    add(records, a_row)
    assert records.applications.get("a_1") == a_row
    assert records.applications.of(MINE) == [a_row]
    assert records.applications.of(THEIRS) == []
    with pytest.raises(NotFoundError):
        records.applications.get("a_2")


def test_what_was_typed_lies_sealed(records: Records, a_row: ApplicationRow) -> None:
    add(records, a_row)
    with records.database.read() as connection:
        assert b"555" not in connection.execute(select(applications.c.envelope)).scalar_one()


def test_an_application_moved_to_another_customer_is_refused(records: Records, a_row: ApplicationRow) -> None:
    add(records, a_row)
    with records.database.write() as connection:
        connection.execute(applications.update().values(customer_id=THEIRS))
    with pytest.raises(RefusedError):
        records.applications.get("a_1")


def test_a_change_is_made_on_the_version_that_was_read(records: Records, a_row: ApplicationRow) -> None:
    add(records, a_row)
    after = records.applications.change(replace(a_row, content=b"new"))
    assert (after.version, records.applications.get("a_1").content) == (2, b"new")
    with pytest.raises(RefusedError) as refused:
        records.applications.change(replace(a_row, content=b"late"))
    assert refused.value.code == "changed"
    assert records.applications.get("a_1") == after


def test_the_history_is_written_with_the_change_or_not_at_all(records: Records, a_row: ApplicationRow) -> None:
    box = records.applications
    add(records, a_row)
    sent = an_event(a_row, "submit", State.SUBMITTED, "papers")
    box.change(replace(a_row, state=State.SUBMITTED), sent)
    with pytest.raises(RefusedError):
        box.change(replace(a_row, state=State.WITHDRAWN), an_event(a_row, "withdraw", State.WITHDRAWN))
    assert box.events("a_1") == [an_event(a_row), sent]


def test_an_offer_has_one_live_application(records: Records, a_row: ApplicationRow) -> None:
    box = records.applications
    add(records, a_row)
    with pytest.raises(RefusedError) as refused:
        add(records, replace(a_row, application_id="a_2"))
    assert refused.value.code == "live"
    assert box.live_for("o_1") == a_row
    box.change(replace(a_row, state=State.WITHDRAWN))
    assert box.live_for("o_1") is None
    add(records, replace(a_row, application_id="a_2"))


def test_a_referred_decision_has_one_too(records: Records, a_row: ApplicationRow) -> None:
    referred = add(records, replace(a_row, offer_id=None))
    assert records.applications.live_for("d_1") == referred
    with pytest.raises(RefusedError):
        add(records, replace(referred, application_id="a_2"))


def test_of_many_who_begin_at_once_one_does(records: Records, a_row: ApplicationRow) -> None:
    refused: list[str] = []

    def begin(number: int) -> None:
        try:
            add(records, replace(a_row, application_id=f"a_{number}"))
        except RefusedError as error:
            refused.append(error.code)

    threads = [threading.Thread(target=begin, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["live"] * 11
    assert len(records.applications.of(MINE)) == 1


def test_those_that_stand_somewhere_come_longest_waiting_first(
    records: Records, a_row: ApplicationRow, clock: HandClock
) -> None:
    late = replace(a_row, changed_at=clock.now() + timedelta(hours=1), state=State.IN_REVIEW)
    add(records, late)
    add(records, replace(a_row, application_id="a_2", offer_id="o_2", state=State.IN_REVIEW))
    add(records, replace(a_row, application_id="a_3", offer_id="o_3"))
    waiting = records.applications.in_states([State.IN_REVIEW])
    assert [row.application_id for row in waiting] == ["a_2", "a_1"]


def test_what_is_overdue_is_found(records: Records, a_row: ApplicationRow, clock: HandClock) -> None:
    offers_made(records, "o_1", "o_2")
    offers_made(records, "o_3", last_day=LAST_DAY + timedelta(days=30))
    add(records, replace(a_row, state=State.OFFERED))
    add(records, replace(a_row, application_id="a_2", offer_id="o_2", state=State.WITHDRAWN))
    add(records, replace(a_row, application_id="a_3", offer_id="o_3"))
    add(records, replace(a_row, application_id="a_4", offer_id=None, state=State.IN_REVIEW))

    def overdue(day: date, since: datetime, most: int = 10) -> list[str]:
        return [row.application_id for row in records.applications.overdue(day, since, most)]

    before, after = clock.now(), clock.now() + timedelta(seconds=1)
    assert overdue(LAST_DAY, before) == []
    assert overdue(LAST_DAY + timedelta(days=1), before) == ["a_1"]
    assert overdue(LAST_DAY + timedelta(days=1), after) == ["a_1", "a_3"]
    assert overdue(LAST_DAY + timedelta(days=1), after, 1) == ["a_1"]


def test_an_erased_customer_stops_nobody_elses_case(records: Records, a_row: ApplicationRow) -> None:
    add(records, a_row)
    add(records, replace(a_row, application_id="a_2", customer_id=THEIRS, offer_id="o_2"))
    records.envelopes.erase(MINE)
    assert [row.application_id for row in records.applications.in_states([State.DRAFT])] == ["a_2"]
    later = a_row.created_at + timedelta(days=1)
    assert [row.application_id for row in records.applications.overdue(LAST_DAY, later, 1)] == ["a_2"]


def test_an_offer_ends_once(records: Records) -> None:
    offers_made(records, "o_1")
    records.offers.settle("o_1", "accepted")
    assert records.offers.get("o_1").state == "accepted"
    with pytest.raises(RefusedError) as refused:
        records.offers.settle("o_1", "declined")
    assert refused.value.code == "settled"
    assert records.offers.get("o_1").state == "accepted"


def test_open_offers_are_ones_own_and_still_stand(records: Records, clock: HandClock) -> None:
    offers_made(records, "o_1", "o_2")
    clock.move(minutes=1)
    offers_made(records, "o_3")
    offers_made(records, "o_4", customer=THEIRS)
    offers_made(records, "o_5", last_day=LAST_DAY - timedelta(days=1))
    records.offers.settle("o_2", "declined")
    listed = records.offers.open_of(MINE, LAST_DAY, 10)
    assert [(one.row.offer_id, one.product) for one in listed] == [("o_3", "car"), ("o_1", "car")]
    assert [one.row.offer_id for one in records.offers.open_of(MINE, LAST_DAY, 1)] == ["o_3"]


def test_an_offer_is_set_aside_once_and_taken_off_again(records: Records, clock: HandClock) -> None:
    offers_made(records, "o_1", "o_2")
    records.offers.save(MINE, "o_1")
    clock.move(minutes=1)
    for _ in range(2):
        records.offers.save(MINE, "o_2")
    assert [one.row.offer_id for one in records.offers.saved(MINE)] == ["o_2", "o_1"]
    for _ in range(2):
        records.offers.drop(MINE, "o_2")
    assert [one.row.offer_id for one in records.offers.saved(MINE)] == ["o_1"]
    assert records.offers.saved(THEIRS) == []


def test_an_invitation_is_answered_once(records: Records, clock: HandClock) -> None:
    letter = Invitation("i_1", MINE, "hash", clock.now(), clock.now() + timedelta(days=7))
    records.invitations.add(letter)
    assert records.invitations.by_code("hash") == letter
    assert records.invitations.by_code("other") is None
    assert records.invitations.answer("i_1", THEIRS, "agreed")
    assert not records.invitations.answer("i_1", "C00003", "declined")
    assert records.invitations.of(MINE) == [replace(letter, state="agreed", invited_id=THEIRS)]
    with records.database.read() as connection:
        assert connection.execute(select(invitations.c.state)).scalar_one() == "agreed"


def test_a_link_is_written_once_and_in_one_direction(records: Records) -> None:
    for _ in range(2):
        records.customers.link(MINE, THEIRS)
    assert records.customers.may_co_apply(MINE, THEIRS)
    assert not records.customers.may_co_apply(THEIRS, MINE)
