"""Texts counted by day: exactly once, without anything that was written, and found again one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from lending.adapters.records import Records, open_records
from lending.adapters.tables_staff import text_days
from lending.settings import Settings
from lending.word_ports import FeedbackRow, GenerationRow
from tests.builders import a_customer
from tests.conftest import HandClock

ONE, OTHER = "C00001", "C00002"


@pytest.fixture
def records(settings: Settings, clock: HandClock) -> Iterator[Records]:
    opened = open_records(settings, clock)
    opened.customers.add([a_customer(ONE), a_customer(OTHER)])
    yield opened
    opened.database.engine.dispose()


def write(records: Records, clock: HandClock, name: str, **changes: object) -> None:
    row = GenerationRow(
        name, "chat", ONE, None, "reword@1", "small", "kb-v0001", "model", (), 90, 40, Decimal("0.0001"), 812, False,
        clock.now(), None, {"intents": ["fees"], "passages": ["fees@1#1", "own:d_1#1"], "found": True},
    )  # fmt: skip
    records.generations.add(replace(row, **changes))  # type: ignore[arg-type]


def test_texts_alike_are_counted_together_and_own_papers_are_never_named(records: Records, clock: HandClock) -> None:
    write(records, clock, "g_1")
    write(records, clock, "g_2", customer_id=OTHER, milliseconds=819)
    write(records, clock, "g_3", written_by="template", failures=(("figure", "# of"),), detail={"found": False})
    today = clock.now().date()
    day = records.language.days(today, today + timedelta(days=1), today)[today]
    model, template = sorted(day.groups, key=lambda group: group.written_by)
    assert (model.texts, model.cost, model.took) == (2, Decimal("0.0002"), {810: 2})
    assert (template.failed, template.unfound, day.failures) == (1, 1, {"figure": 1})
    assert day.intents == {"fees": (2, 2)}
    assert day.passages == {"fees@1#1": (2, 2)}


def test_a_day_that_is_over_is_counted_once_and_today_at_every_look(records: Records, clock: HandClock) -> None:
    write(records, clock, "g_1")
    clock.move(days=1)
    today, later = clock.now().date(), clock.now().date() + timedelta(days=1)
    for number in (1, 2):
        write(records, clock, f"g_today_{number}")
        found = records.language.days(today - timedelta(days=3), later, today)
        assert [day.groups[0].texts for day in found.values()] == [1, number]
    with records.database.look() as connection:
        kept = connection.execute(select(text_days.c.day)).scalars().all()
    assert len(kept) == 3
    assert today.isoformat() not in kept


def test_what_is_kept_of_a_day_reads_as_it_was_counted(records: Records, clock: HandClock) -> None:
    write(records, clock, "g_1", failures=(("cites", "nothing"),))
    write(records, clock, "g_2", cached=True, milliseconds=0)
    clock.move(days=1)
    today = clock.now().date()
    first, again = (records.language.days(today - timedelta(days=2), today, today) for _ in range(2))
    assert first == again


def test_opinions_are_counted_and_those_of_applying_are_none(records: Records, clock: HandClock) -> None:
    write(records, clock, "g_1")
    said = FeedbackRow("f_1", ONE, "generation", "g_1", "down", "unkind", "It hurt.", clock.now())
    for row in (said, replace(said, feedback_id="f_2", about="application", subject="a_1", reason="rated_1")):
        records.feedback.add(row)
    today = clock.now().date()
    (count,) = records.language.thumbs(today, today + timedelta(days=1))
    assert (count.thumb, count.reason, count.count) == ("down", "unkind", 1)
    assert records.language.thumbs_down(today, 5) == [said]
    assert records.language.said_of(["g_1", "a_1"]) == [said]


def test_the_last_text_of_a_decision_and_the_turn_of_a_text_are_found(records: Records, clock: HandClock) -> None:
    for name in ("g_1", "g_2"):
        write(records, clock, name, decision_id="d_1")
        clock.move(minutes=1)
    assert records.language.latest_text(["d_1", "d_2"]) == {"d_1": "g_2"}
    talk = records.conversations.start(ONE)
    records.conversations.add(ONE, talk, "assistant", b'{"text":"Hello"}', "g_2")
    said = records.language.said(ONE, "g_2")
    assert said is not None
    assert (said.conversation_id, said.content) == (talk, b'{"text":"Hello"}')
    assert records.language.said(ONE, "g_1") is None


def test_an_index_that_began_to_answer_is_read_from_the_audit_trail(records: Records) -> None:
    records.audit.add("cli", "kb.index", "kb-v0001", {"recall_at_5": "0.94", "why": "first"})
    records.audit.add("cli", "kb.index_refused", "kb-v0002", {"recall_at_5": "0.50", "why": "worse"})
    assert [(one.version, one.recall_at_5) for one in records.language.releases(5)] == [("kb-v0001", 0.94)]
