"""One suite for the ports of generated texts, on every database adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from lending.adapters.records import Records, open_records
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.record import canonical
from lending.settings import Settings
from lending.word_ports import FeedbackRow, GenerationRow
from tests.builders import a_customer
from tests.conftest import HandClock

ONE, OTHER = "C00001", "C00002"
NAME = "g_" + "a" * 26


@pytest.fixture
def records(settings: Settings, clock: HandClock) -> Iterator[Records]:
    opened = open_records(settings, clock)
    opened.customers.add([a_customer(ONE), a_customer(OTHER)])
    yield opened
    opened.database.engine.dispose()


def a_generation(clock: HandClock, **changes: object) -> GenerationRow:
    row = GenerationRow(
        NAME, "explanation", ONE, None, "reword@1", "small", "kb-v0001", "model", (("added", "great"),), 90, 40,
        Decimal("0.0001"), 812, False, clock.now(), None, {"took": {"word": 800}, "passages": ["fees@1#1"]},
    )  # fmt: skip
    return replace(row, **changes)  # type: ignore[arg-type]


def some_feedback(clock: HandClock, **changes: object) -> FeedbackRow:
    row = FeedbackRow("f_1", ONE, "generation", NAME, "down", "unclear", "I did not get it.", clock.now())
    return replace(row, **changes)  # type: ignore[arg-type]


def test_a_generation_comes_back_as_it_was_written(records: Records, clock: HandClock) -> None:
    row = a_generation(clock)
    records.generations.add(row)
    assert records.generations.get(NAME) == row
    with pytest.raises(NotFoundError):
        records.generations.get("g_other")


def test_generations_are_listed_from_a_moment_on_and_until_they_are_traced(records: Records, clock: HandClock) -> None:
    records.generations.add(a_generation(clock))
    moment = clock.now() + timedelta(seconds=1)
    clock.move(minutes=1)
    later = a_generation(clock, generation_id="g_later")
    records.generations.add(later)
    assert records.generations.since(moment) == [later]
    assert [row.generation_id for row in records.generations.untraced(5)] == [NAME, "g_later"]
    records.generations.traced(NAME, "tr-1")
    assert records.generations.untraced(5) == [later]
    assert records.generations.get(NAME).trace_id == "tr-1"


def test_a_kept_text_is_found_by_its_customer_alone(records: Records) -> None:
    key = "0" * 64
    assert records.kept_texts.get(ONE, key) is None
    records.kept_texts.keep(ONE, key, b"first")
    records.kept_texts.keep(ONE, key, b"second")
    assert records.kept_texts.get(ONE, key) == b"second"
    assert records.kept_texts.get(OTHER, key) is None


def test_feedback_waits_for_a_person_and_is_reviewed_once(records: Records, clock: HandClock) -> None:
    row = some_feedback(clock)
    records.feedback.add(row)
    assert records.feedback.list("new") == [row]
    accepted = records.feedback.review("f_1", "accepted", "risk")
    assert (accepted.state, accepted.reviewed_by, accepted.comment) == ("accepted", "risk", row.comment)
    assert records.feedback.list("new") == []
    with pytest.raises(RefusedError):
        records.feedback.review("f_1", "rejected", "officer")
    with pytest.raises(NotFoundError):
        records.feedback.review("f_2", "rejected", "officer")


def test_the_comment_of_somebody_erased_is_gone(records: Records, clock: HandClock) -> None:
    records.feedback.add(some_feedback(clock))
    records.envelopes.erase(ONE)
    assert [row.comment for row in records.feedback.list()] == [""]


def test_what_was_chained_to_a_decision_is_read_back_in_order(records: Records) -> None:
    core = canonical({"product": "car", "outcome": "approve", "applicant_ref": ONE})
    name = records.decisions.record(core, ONE, "api", "user").decision_id
    for content in (b"one", b"two", b"one"):
        records.decisions.attach(name, "text", content, "user")
    records.decisions.attach(name, "offers", b"[]", "user")
    assert records.attached.of(name, "text") == [b"one", b"two"]
    assert records.attached.of("d_none", "text") == []
