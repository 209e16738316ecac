"""One suite for reading the audit trail and walking the chains, on every database adapter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import delete, update

from lending.adapters.records import Records, open_records
from lending.adapters.tables import audit_events, ledger, ledger_heads
from lending.audit_ports import CHAINS, AuditFilter, Chain, ChainMark
from lending.settings import Settings
from tests.builders import a_customer
from tests.conftest import HandClock
from tests.ports.test_records import a_core


@pytest.fixture
def records(settings: Settings, clock: HandClock) -> Iterator[Records]:
    opened = open_records(settings, clock)
    opened.customers.add([a_customer("C00001")])
    for number in range(6):
        opened.audit.add("ann" if number % 2 else "bob", ACTS[number % 3], f"v/{number % 2}", {"n": str(number)})
        clock.move(days=1)
    yield opened
    opened.database.engine.dispose()


ACTS = ("model.promote.done", "modeller", "sign_in")


def _seqs(records: Records, count: int = 9, **wanted: object) -> list[int]:
    return [event.seq for event in records.audit_pages.page(AuditFilter(**wanted), count)]  # type: ignore[arg-type]


def test_acts_come_newest_first_and_whole(records: Records) -> None:
    newest = records.audit_pages.page(AuditFilter(), 2)
    assert [(e.seq, e.actor, e.act, e.subject, e.detail) for e in newest] == [
        (6, "ann", "sign_in", "v/1", {"n": "5"}), (5, "bob", "modeller", "v/0", {"n": "4"}),
    ]  # fmt: skip


def test_each_filter_leaves_out_the_others_and_they_add_up(records: Records) -> None:
    assert _seqs(records, actor="ann") == [6, 4, 2]
    assert _seqs(records, subject="v/0") == [5, 3, 1]
    assert _seqs(records, act="model") == [4, 1]
    assert _seqs(records, act="model.promote.done", actor="bob") == [1]
    assert _seqs(records, act="mod") == []
    assert _seqs(records, first=date(2026, 11, 4), last=date(2026, 11, 5)) == [4, 3]


def test_pages_hang_together_forwards_and_backwards(records: Records) -> None:
    pages = records.audit_pages
    assert [e.seq for e in pages.page(AuditFilter(), 2, before=5)] == [4, 3]
    assert [e.seq for e in pages.page(AuditFilter(), 2, after=2)] == [4, 3]
    assert [e.seq for e in pages.page(AuditFilter(actor="ann"), 2, before=6)] == [4, 2]
    assert pages.page(AuditFilter(), 2, before=1) == []


def _decide(records: Records, count: int) -> None:
    for number in range(count):
        records.decisions.record(a_core(number), "C00001", "api", "api")


def test_a_chain_is_walked_once_and_then_only_what_is_new(records: Records) -> None:
    _decide(records, 2)
    pages = records.audit_pages
    for chain, entries in (("audit", 6), ("decisions", 2)):
        whole = pages.walk(chain, None)
        assert (whole.entries, whole.mark.seq, whole.broken) == (entries, entries, "")
        assert pages.walk(chain, whole.mark).entries == 0
    marks = {chain: pages.walk(chain, None).mark for chain in CHAINS}
    records.audit.add("ann", "sign_in", "v/1", {})
    records.decisions.record(a_core(7), "C00001", "api", "api")
    assert [pages.walk(chain, marks[chain]).entries for chain in CHAINS] == [1, 1]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (update(audit_events).where(audit_events.c.seq == 4).values(actor="eve"), "entry 4 was changed"),
        (delete(audit_events).where(audit_events.c.seq == 4), "entry 4 is gone"),
        (update(audit_events).where(audit_events.c.seq == 4).values(prev="0" * 64), "entry 4 does not follow"),
        (update(audit_events).where(audit_events.c.seq == 3).values(actor="eve"), "entry 3 was changed"),
        (delete(audit_events).where(audit_events.c.seq == 3), "entry 3 is gone"),
    ],
)
def test_what_was_changed_or_taken_out_is_named_even_at_the_mark(records: Records, change: object, word: str) -> None:
    third = records.audit_pages.page(AuditFilter(), 1, before=4)[0]
    with records.database.write() as connection:
        row = connection.execute(audit_events.select().where(audit_events.c.seq == third.seq)).one()
        connection.execute(change)  # type: ignore[call-overload]
    assert word in records.audit_pages.walk("audit", ChainMark(3, row.entry_sha256)).broken


@pytest.mark.parametrize(
    ("chain", "change", "word"),
    [
        ("decisions", delete(ledger).where(ledger.c.seq == 3), "entry 3 is gone, which the head names"),
        ("decisions", update(ledger_heads).values(seq=2), "the head of the ledger was changed"),
        ("decisions", delete(ledger_heads), "the head of the ledger is missing"),
        ("decisions", update(ledger).where(ledger.c.seq == 2).values(actor="eve"), "entry 2 was changed"),
    ],
)
def test_a_cut_or_rewritten_ledger_is_found_out(records: Records, chain: Chain, change: object, word: str) -> None:
    _decide(records, 3)
    with records.database.write() as connection:
        connection.execute(change)  # type: ignore[call-overload]
    assert word in records.audit_pages.walk(chain, None).broken


def test_chains_that_are_empty_hold(settings: Settings, clock: HandClock) -> None:
    opened = open_records(settings, clock)
    assert [opened.audit_pages.walk(chain, None).broken for chain in CHAINS] == ["", ""]
    opened.database.engine.dispose()
