"""One suite for conversations and customers' own papers, on every database adapter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from lending.adapters.records import Records, open_records
from lending.adapters.tables import own_documents, turns
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.record import canonical
from lending.settings import Settings
from tests.builders import a_customer
from tests.conftest import HandClock

MINE, THEIRS = "C00001", "C00002"


@pytest.fixture
def records(settings: Settings, clock: HandClock) -> Iterator[Records]:
    opened = open_records(settings, clock)
    opened.customers.add([a_customer(MINE), a_customer(THEIRS)])
    yield opened
    opened.database.engine.dispose()


def test_turns_come_back_in_order(records: Records) -> None:
    talk = records.conversations
    name = talk.start(MINE)
    assert [talk.add(MINE, name, "customer", b"hello"), talk.add(MINE, name, "assistant", b"good day", "g_1")] == [1, 2]
    found = talk.get(MINE, name)
    assert [(t.speaker, t.content, t.generation_id) for t in found.turns] == [
        ("customer", b"hello", None), ("assistant", b"good day", "g_1"),
    ]  # fmt: skip


def test_a_conversation_of_somebody_else_reads_as_one_that_is_not_there(records: Records) -> None:
    talk = records.conversations
    name = talk.start(MINE)
    with pytest.raises(NotFoundError) as theirs:
        talk.get(THEIRS, name)
    with pytest.raises(NotFoundError) as nobodys:
        talk.get(THEIRS, "t_" + "a" * 26)
    assert str(theirs.value) == str(nobodys.value)
    with pytest.raises(NotFoundError):
        talk.add(THEIRS, name, "customer", b"let me in")
    assert not talk.get(MINE, name).turns


def test_no_text_lies_open_in_the_database(records: Records) -> None:
    name = records.conversations.start(MINE)
    records.conversations.add(MINE, name, "customer", b"my secret plan")
    records.own_documents.put(MINE, "paper", "Secret title", "a secret figure")
    with records.database.read() as connection:
        kept = [*connection.execute(select(turns.c.envelope)).scalars()]
        kept += [*connection.execute(select(own_documents.c.envelope)).scalars()]
    assert len(kept) == 2
    assert not any(b"secret" in envelope.lower() for envelope in kept)


def test_a_turn_moved_to_another_place_is_refused(records: Records) -> None:
    talk = records.conversations
    name = talk.start(MINE)
    talk.add(MINE, name, "customer", b"first")
    talk.add(MINE, name, "customer", b"second")
    with records.database.write() as connection:
        first = connection.execute(select(turns.c.envelope).where(turns.c.seq == 1)).scalar_one()
        connection.execute(turns.update().where(turns.c.seq == 2).values(envelope=first))
    with pytest.raises(RefusedError):
        talk.get(MINE, name)


def test_messages_are_counted_over_all_conversations_of_one_customer(records: Records, clock: HandClock) -> None:
    talk = records.conversations
    one, two = talk.start(MINE), talk.start(MINE)
    talk.add(MINE, one, "customer", b"early")
    clock.move(minutes=5)
    since = clock.now() - timedelta(minutes=1)
    talk.add(MINE, one, "customer", b"now")
    talk.add(MINE, one, "assistant", b"an answer")
    talk.add(MINE, two, "customer", b"and here")
    other = talk.start(THEIRS)
    talk.add(THEIRS, other, "customer", b"not mine")
    assert len(talk.said(MINE, since)) == 2


def test_own_papers_are_their_owners_alone(records: Records, clock: HandClock) -> None:
    papers = records.own_documents
    papers.put(MINE, "payslip", "Payslip May", "Net pay 4,200")
    clock.move(minutes=1)
    papers.put(MINE, "letter", "Letter", "Admitted")
    assert [(p.document_id, p.title, p.text) for p in papers.of(MINE)] == [
        ("payslip", "Payslip May", "Net pay 4,200"), ("letter", "Letter", "Admitted"),
    ]  # fmt: skip
    assert not papers.of(THEIRS)
    assert not papers.drop(THEIRS, "payslip")
    assert papers.drop(MINE, "payslip")
    assert [p.document_id for p in papers.of(MINE)] == ["letter"]


def test_a_paper_put_again_is_replaced(records: Records) -> None:
    papers = records.own_documents
    papers.put(MINE, "payslip", "Payslip", "Net pay 4,200")
    papers.put(MINE, "payslip", "Payslip", "Net pay 4,300")
    assert [p.text for p in papers.of(MINE)] == ["Net pay 4,300"]


def test_the_latest_decision_of_a_customer_comes_first(records: Records, clock: HandClock) -> None:
    for number, owner in enumerate((MINE, THEIRS, MINE)):
        core = canonical({"product": "car", "outcome": "decline", "number": str(number)})
        records.decisions.record(core, owner, "portal", "somebody")
        clock.move(minutes=1)
    assert [b'"2"' in row.core for row in records.decisions.of(MINE, 5)] == [True, False]
    assert len(records.decisions.of(MINE, 1)) == 1
    assert records.decisions.of("C00009", 5) == []


def test_of_each_loan_type_the_newest_decision_shown_counts_and_only_where_it_is_a_refusal(
    records: Records, clock: HandClock
) -> None:
    told = [("car", "decline", "portal"), ("home", "decline", "portal"), ("car", "approve", "batch"),
            ("home", "approve", "portal"), ("gold", "refer", "portal")]  # fmt: skip
    for product, outcome, channel in told:
        core = canonical({"product": product, "outcome": outcome})
        records.decisions.record(core, MINE, channel, "somebody")
        clock.move(minutes=1)
    assert [b'"car"' in row.core for row in records.decisions.refusals(MINE)] == [True]
    assert records.decisions.refusals(THEIRS) == []
