"""One suite for how loans turned out, on every database adapter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from lending.adapters.records import Records, open_records
from lending.domain.record import canonical
from lending.outcome_ports import OutcomeRow
from lending.settings import Settings
from tests.builders import a_customer
from tests.conftest import HandClock

ONE, OTHER = "C00001", "C00002"
DAY = date(2026, 3, 31)


@pytest.fixture
def records(settings: Settings, clock: HandClock) -> Iterator[Records]:
    opened = open_records(settings, clock)
    opened.customers.add([a_customer(ONE), a_customer(OTHER)])
    yield opened
    opened.database.engine.dispose()


def decide(records: Records, number: int, outcome: str, channel: str = "batch", customer: str = ONE) -> str:
    core = canonical({"product": "car", "outcome": outcome, "number": str(number)})
    return records.decisions.record(core, customer, channel, "test").decision_id


def test_outcomes_are_written_once_and_come_back(records: Records, clock: HandClock) -> None:
    one, two = decide(records, 1, "approve"), decide(records, 2, "approve")
    rows = [OutcomeRow(one, DAY, True, "march.csv"), OutcomeRow(two, DAY, False, "march.csv")]
    assert records.outcomes.add(rows, clock.now()) == 2
    assert records.outcomes.add([*rows, OutcomeRow(one, DAY, False, "later")], clock.now()) == 0
    assert records.outcomes.known([one, two, "d_none"]) == {row.decision_id: row for row in rows}
    assert records.outcomes.counts() == (2, 1)


def test_an_empty_record_of_outcomes_counts_nothing(records: Records) -> None:
    assert records.outcomes.counts() == (0, 0)
    assert list(records.outcomes.lent()) == []
    assert records.outcomes.known([]) == {}


def test_what_was_decided_is_told_for_decisions_alone(records: Records) -> None:
    lent, refused = decide(records, 1, "approve"), decide(records, 2, "decline")
    assert records.outcomes.decided([lent, refused, "d_none"]) == {lent: "approve", refused: "decline"}


def test_lent_is_what_a_batch_approved_and_whatever_has_an_outcome(records: Records, clock: HandClock) -> None:
    booked = decide(records, 1, "approve")
    decide(records, 2, "decline")
    decide(records, 3, "approve", "portal")  # a quote that nobody took up
    told = decide(records, 4, "refer", "portal")
    records.outcomes.add([OutcomeRow(told, DAY, False, "march.csv")], clock.now())
    lent = {row.decision_id: row for row in records.outcomes.lent()}
    assert set(lent) == {booked, told}
    assert lent[booked].outcome is None
    assert lent[told].outcome == OutcomeRow(told, DAY, False, "march.csv")
    assert b'"number":"1"' in lent[booked].core


def test_loans_of_erased_customers_are_left_out(records: Records) -> None:
    kept, _ = decide(records, 1, "approve"), decide(records, 2, "approve", customer=OTHER)
    records.envelopes.erase(OTHER)
    assert [row.decision_id for row in records.outcomes.lent()] == [kept]


def test_nothing_is_known_of_a_decision_whose_customer_was_erased(records: Records) -> None:
    kept, gone = decide(records, 1, "approve"), decide(records, 2, "approve", customer=OTHER)
    records.envelopes.erase(OTHER)
    assert records.outcomes.decided([kept, gone]) == {kept: "approve"}


def test_more_loans_than_fit_into_one_question_are_all_told(records: Records) -> None:
    cores = [(canonical({"product": "car", "outcome": "approve", "number": str(n)}), ONE) for n in range(900)]
    records.decisions.record_many(cores, "batch", "test")
    assert len({row.decision_id for row in records.outcomes.lent()}) == 900
