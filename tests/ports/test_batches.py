"""Decisions written in bulk, and what is written together or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from lending.adapters.records import Records, open_records
from lending.domain.errors import NotFoundError
from lending.domain.record import canonical, decision_id
from lending.ports import OfferRow
from lending.settings import Settings
from tests.builders import a_customer
from tests.conftest import HandClock

DAY = date(2026, 11, 2)


def a_core(number: int, customer: str = "C00001") -> bytes:
    return canonical({"product": "car", "outcome": "approve", "number": str(number), "applicant_ref": customer})


@pytest.fixture
def records(settings: Settings, clock: HandClock) -> Iterator[Records]:
    opened = open_records(settings, clock)
    opened.customers.add([a_customer("C00001"), a_customer("C00002")])
    yield opened
    opened.database.engine.dispose()


def states(records: Records) -> set[str]:
    return {state.status for state in records.decisions.audit()}


def test_what_another_process_sealed_is_written_and_chained_here(
    records: Records, settings: Settings, clock: HandClock
) -> None:
    other = open_records(settings, clock)
    sealed = other.decisions.seal([(a_core(n, who), who) for n in range(3) for who in ("C00001", "C00002")])
    assert list(records.decisions.ids()) == []
    records.decisions.write(sealed, "batch", "cli")
    assert list(records.decisions.ids()) == [one.decision_id for one in sealed]
    assert records.decisions.get(sealed[1].decision_id).core == a_core(0, "C00002")
    assert states(records) == {"ok"}
    other.database.engine.dispose()


def test_what_is_known_is_not_written_again(records: Records) -> None:
    first = records.decisions.record(a_core(1), "C00001", "api", "somebody")
    twice = records.decisions.seal([(a_core(1), "C00001"), (a_core(2), "C00001"), (a_core(2), "C00001")])
    records.decisions.write(twice, "batch", "cli")
    assert records.decisions.get(first.decision_id).channel == "api"
    assert len(list(records.decisions.ids())) == 2
    assert states(records) == {"ok"}


def test_facts_of_many_are_those_of_each_on_the_day(records: Records) -> None:
    people = records.customers
    assert people.facts_many(["C00002", "C00001", "C00001"], DAY) == {
        name: people.facts(name, DAY) for name in ("C00001", "C00002")
    }
    assert people.facts_many(["C00001"], date(1969, 12, 31)) == {}


def test_facts_of_many_leave_out_who_is_not_there_or_was_erased(records: Records) -> None:
    records.envelopes.erase("C00002")
    assert set(records.customers.facts_many(["C00001", "C00002", "nobody"], DAY)) == {"C00001"}


def test_a_decision_and_what_comes_with_it_are_written_together(records: Records) -> None:
    with records.decisions.together():
        decide_with_offer(records)
        assert other_sees(records) == []
    assert other_sees(records) == [decision_id(a_core(1))]
    assert [offer.offer_id for offer in records.offers.of(decision_id(a_core(1)))] == ["o_1"]
    assert states(records) == {"ok"}


def test_when_one_part_fails_none_is_written(records: Records) -> None:
    def fail() -> None:
        with records.decisions.together():
            decide_with_offer(records)
            records.decisions.attach("d_unknown", "offers", b"{}", "me")

    with pytest.raises(NotFoundError):
        fail()
    assert list(records.decisions.ids()) == []
    assert records.offers.of(decision_id(a_core(1))) == []
    records.decisions.record(a_core(2), "C00001", "api", "me")
    assert states(records) == {"ok"}


def decide_with_offer(records: Records) -> None:
    row = records.decisions.record(a_core(1), "C00001", "api", "me")
    records.decisions.attach(row.decision_id, "offers", b"[]", "me")
    records.offers.keep([OfferRow("o_1", row.decision_id, "C00001", b"{}", DAY + timedelta(days=30))])


def other_sees(records: Records) -> list[str]:
    """The decisions that another connection finds."""
    from lending.adapters.decisions import DecisionLedger
    from lending.adapters.session import Database

    database = Database(records.database.url)
    found = list(DecisionLedger(database, records.envelopes, HandClock()).ids())
    database.engine.dispose()
    return found
