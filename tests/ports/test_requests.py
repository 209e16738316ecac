"""One suite for requests, restrictions, corrections and what is held about a person, on every database adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import LargeBinary

from lending.adapters import person_file
from lending.adapters.records import Records, open_records
from lending.adapters.tables import metadata
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.record import canonical
from lending.outcome_ports import OutcomeRow
from lending.request_ports import Move, RequestRow, Restriction
from lending.score_ports import ScoreRow
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


def a_request(clock: HandClock, **changes: object) -> RequestRow:
    now = clock.now()
    row = RequestRow("q_1", ONE, "review", "d_1", "open", 1, {"why": "my new job"}, now, now + timedelta(days=30))
    return replace(row, **changes)  # type: ignore[arg-type]


def test_a_request_comes_back_with_its_first_step(records: Records, clock: HandClock) -> None:
    kept = records.requests.open(a_request(clock))
    assert kept == records.requests.get("q_1")
    assert (kept.content, [event.act for event in kept.events]) == ({"why": "my new job"}, ["opened"])
    assert [row.request_id for row in records.requests.of(ONE)] == ["q_1"]
    assert records.requests.of(OTHER) == []
    with pytest.raises(NotFoundError):
        records.requests.get("q_2")


def test_one_subject_has_one_living_request(records: Records, clock: HandClock) -> None:
    first = records.requests.open(a_request(clock))
    assert records.requests.open(a_request(clock, request_id="q_2")).request_id == "q_1"
    records.requests.move(first, Move("closed", "officer", "done"))
    assert records.requests.open(a_request(clock, request_id="q_2")).request_id == "q_2"
    assert records.requests.open(a_request(clock, request_id="q_3", customer_id=OTHER)).request_id == "q_3"


def test_whoever_is_slower_changes_nothing(records: Records, clock: HandClock) -> None:
    row = records.requests.open(a_request(clock))
    taken = records.requests.move(row, Move("taken", "one", "in_progress", handled_by="one"))
    with pytest.raises(RefusedError) as refused:
        records.requests.move(row, Move("taken", "two", "in_progress", handled_by="two"))
    assert refused.value.code == "changed"
    assert records.requests.get("q_1") == taken
    assert (taken.handled_by, taken.version, len(taken.events)) == ("one", 2, 2)


def test_what_waits_is_listed_first_due_first(records: Records, clock: HandClock) -> None:
    records.requests.open(a_request(clock))
    soon = clock.now() + timedelta(days=2)
    records.requests.open(a_request(clock, request_id="q_2", kind="contact", subject="t_1", due_at=soon))
    done = records.requests.open(a_request(clock, request_id="q_3", kind="dispute", subject="credit_score"))
    records.requests.move(done, Move("closed", "officer", "done"))
    assert [row.request_id for row in records.requests.list(("open", "in_progress"))] == ["q_2", "q_1"]


def test_a_request_of_an_erased_customer_stays_without_words(records: Records, clock: HandClock) -> None:
    records.requests.open(a_request(clock))
    records.envelopes.erase(ONE)
    kept = records.requests.get("q_1")
    assert (kept.content, kept.state, kept.events[0].detail) == ({}, "open", {})


def test_a_restriction_is_due_on_its_day(records: Records, clock: HandClock) -> None:
    records.requests.open(a_request(clock))
    held = Restriction(ONE, "q_1", clock.now(), date(2027, 5, 1))
    records.restrictions.put(held)
    assert records.restrictions.get(ONE) == held
    assert records.restrictions.due(date(2027, 4, 30)) == []
    assert records.restrictions.due(date(2027, 5, 1)) == [held]
    records.restrictions.drop(ONE)
    assert records.restrictions.get(ONE) is None


def test_locked_data_can_be_looked_at_and_is_used_for_nothing_new(records: Records, clock: HandClock) -> None:
    day = clock.now().date()
    person = records.customers.facts(ONE, day)
    assert records.customers.usable_facts(ONE, day) == records.customers.facts_many([ONE], day)[ONE] == person
    records.requests.open(a_request(clock))
    records.restrictions.put(Restriction(ONE, "q_1", clock.now(), date(2027, 5, 1)))
    with pytest.raises(RefusedError) as refused:
        records.customers.usable_facts(ONE, day)
    assert refused.value.code == "restricted"
    assert records.customers.facts_many([ONE], day) == {}
    assert records.customers.facts(ONE, day) == person


def test_a_correction_holds_from_its_day_and_leaves_the_past_alone(records: Records) -> None:
    before = records.customers.facts(ONE, date(2026, 6, 1))
    right = replace(before, gross_monthly_income=Decimal(9000))
    records.customers.correct(right, date(2026, 6, 1))
    assert records.customers.facts(ONE, date(2026, 6, 1)) == right
    assert records.customers.facts(ONE, date(2026, 5, 31)) == before
    assert [person for _, person in records.customers.history(ONE)] == [before, right]
    records.customers.correct(replace(right, credit_score=701), date(2026, 6, 1))
    assert len(records.customers.history(ONE)) == 2


def test_every_table_is_thought_about_when_a_person_asks_what_is_held(records: Records) -> None:
    """A new table fails here until it is handed out, or named with the reason why it holds nothing of a person."""
    held = records.person.everything(ONE)
    assert {*held, *person_file.NOT_EXPORTED} == set(metadata.tables)
    sealed = {name for name in held if any(isinstance(c.type, LargeBinary) for c in metadata.tables[name].columns)}
    assert sealed == set(person_file._PLACES)


def test_what_models_said_and_how_a_loan_turned_out_is_handed_out_and_goes_with_the_person(
    records: Records, clock: HandClock
) -> None:
    own, others = (
        records.decisions.record(canonical({"outcome": "approve", "of": who}), who, "batch", "test").decision_id
        for who in (ONE, OTHER)
    )
    day = clock.now().date()
    scores = [ScoreRow(one, "m/1", "champion", True, "", "car", "approve", "0.012345", day) for one in (own, others)]
    records.scores.keep(scores, clock.now())
    records.outcomes.add([OutcomeRow(one, day, True, "march.csv") for one in (own, others)], clock.now())
    held = records.person.everything(ONE)
    assert [(row["decision_id"], row["pd"]) for row in held["model_scores"]] == [(own, "0.012345")]
    records.person.forget(ONE)
    held = records.person.everything(ONE)
    assert (held["model_scores"], held["outcomes"]) == ([], [])
    kept = records.person.everything(OTHER)
    assert [row["decision_id"] for name in ("model_scores", "outcomes") for row in kept[name]] == [others, others]


def test_what_is_held_is_the_persons_alone_and_forgotten_on_demand(records: Records, clock: HandClock) -> None:
    records.requests.open(a_request(clock))
    records.requests.open(a_request(clock, request_id="q_2", customer_id=OTHER))
    held = records.person.everything(ONE)
    assert [row["request_id"] for row in held["requests"]] == ["q_1"]
    assert held["customers"][0]["content"]["facts"]["customer_id"] == ONE
    assert OTHER not in str(held)
    records.person.forget(ONE)
    records.envelopes.erase(ONE)
    assert ONE not in records.customers.ids()
    assert OTHER in records.customers.ids()
    assert records.person.everything(ONE)["requests"][0]["erased"] is True
