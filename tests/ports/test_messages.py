"""One suite for the outbox, the inboxes and preferences, on every database adapter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from lending.adapters.outbox import CLAIM, MOST_ATTEMPTS
from lending.adapters.records import Records, open_records
from lending.domain.errors import NotFoundError
from lending.message_ports import NoticeRow, Preferences
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


def test_a_row_is_claimed_by_one_worker_and_ends_with_its_receipt(records: Records) -> None:
    records.outbox.add("notice", ONE, "once", {"kind": "hello"})
    (row,) = records.outbox.claim(10)
    assert (row.kind, row.customer_id, row.content, row.attempts) == ("notice", ONE, {"kind": "hello"}, 1)
    assert records.outbox.claim(10) == []
    records.outbox.done(row)
    assert records.outbox.list(given_up=False) == []


def test_the_same_row_is_written_once_also_after_it_was_done(records: Records) -> None:
    first = records.outbox.add("notice", ONE, "once", {"n": 1})
    records.outbox.done(records.outbox.claim(1)[0])
    assert records.outbox.add("notice", ONE, "once", {"n": 2}) == first
    assert records.outbox.claim(10) == []


def test_a_row_is_undone_with_the_transaction_that_wrote_it(records: Records) -> None:
    told: list[int] = []
    records.outbox.on_added(lambda: told.append(1))
    with suppress(RuntimeError), records.database.together():
        records.outbox.add("notice", ONE, "once", {})
        raise RuntimeError
    assert (records.outbox.claim(1), told) == ([], [])


def test_whoever_waits_is_told_once_the_row_is_durable(records: Records) -> None:
    seen: list[int] = []
    records.outbox.on_added(lambda: seen.append(len(records.outbox.claim(5))))
    with records.database.together():
        records.outbox.add("notice", ONE, "one", {})
        records.outbox.add("notice", ONE, "two", {})
        assert seen == []
    assert sum(seen) == 2


def test_a_claim_times_out_and_its_late_receipt_counts_no_more(records: Records, clock: HandClock) -> None:
    records.outbox.add("notice", ONE, "once", {})
    (dead,) = records.outbox.claim(1)
    clock.move(seconds=CLAIM.total_seconds() + 1)
    (again,) = records.outbox.claim(1)
    assert again.attempts == 2
    assert records.outbox.failed(dead, "late") == "waiting"
    records.outbox.done(again)
    assert records.outbox.list(given_up=False) == []


def test_each_failure_waits_longer_and_the_last_one_gives_up_until_somebody_retries(
    records: Records, clock: HandClock
) -> None:
    name, waits = records.outbox.add("notice", ONE, "once", {}), list[float]()
    for attempt in range(1, MOST_ATTEMPTS + 1):
        (row,) = records.outbox.claim(1)
        state = records.outbox.failed(row, "down")
        assert state == ("given_up" if attempt == MOST_ATTEMPTS else "waiting")
        due = [*records.outbox.list(given_up=False), *records.outbox.list(given_up=True)][0].due_at
        waits.append((due - clock.now()).total_seconds())
        assert records.outbox.claim(1) == []
        clock.move(seconds=waits[-1])
    assert waits == sorted(waits)
    assert records.outbox.claim(1) == []
    (given_up,) = records.outbox.list(given_up=True)
    assert (given_up.message_id, given_up.state, given_up.trouble) == (name, "given_up", "down")
    assert records.outbox.retry(name) == 1
    assert [row.attempts for row in records.outbox.claim(1)] == [1]
    with pytest.raises(NotFoundError):
        records.outbox.retry("m_unknown")


def test_content_is_sealed_and_ends_with_an_erased_customer(records: Records) -> None:
    records.outbox.add("notice", ONE, "once", {"text": "something private"})
    with records.database.look() as connection:
        raw = connection.exec_driver_sql("SELECT content FROM outbox").scalar_one()
    assert b"private" not in raw
    records.envelopes.erase(ONE)
    assert records.outbox.claim(1) == []
    assert records.outbox.list(given_up=False) == []


def test_a_message_is_added_once_and_read_by_its_customer_alone(records: Records, clock: HandClock) -> None:
    row = NoticeRow("n_1", ONE, "request.done", "q_1", {"reference": "ABC"}, clock.now())
    assert records.notices.add(row)
    assert not records.notices.add(row)
    assert records.notices.of(ONE, 10) == [row]
    assert records.notices.of(OTHER, 10) == []
    before = records.notices.unread(ONE)
    with pytest.raises(NotFoundError):
        records.notices.read(OTHER, "n_1")
    assert records.notices.unread(ONE) == before
    first = records.notices.read(ONE, "n_1").read_at
    clock.move(minutes=1)
    assert records.notices.read(ONE, "n_1").read_at == first
    after = records.notices.unread(ONE)
    assert (before[0], after[0]) == (1, 0)
    assert before[1] != after[1]


def test_all_messages_are_read_at_once(records: Records, clock: HandClock) -> None:
    for number in (1, 2):
        records.notices.add(NoticeRow(f"n_{number}", ONE, "request.done", "", {}, clock.now()))
    assert records.notices.read_all(ONE) == 2
    assert records.notices.read_all(ONE) == 0


def test_preferences_are_kept_sealed_and_start_with_the_inbox_alone(records: Records) -> None:
    assert records.preferences.get(ONE) == Preferences()
    chosen = Preferences("es", ("email",), "good@example.com", "")
    records.preferences.keep(ONE, chosen)
    assert records.preferences.get(ONE) == chosen
    with records.database.look() as connection:
        raw = connection.exec_driver_sql("SELECT envelope FROM preferences").scalar_one()
    assert b"example.com" not in raw
