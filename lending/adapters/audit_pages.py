"""The audit trail page by page, by keys and never by counting rows off, and walks along both chains of hashes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Table, select

from lending.adapters.envelope import Envelopes
from lending.adapters.keepers import event_hash
from lending.adapters.ledger import GENESIS, WRITER, entry_hash, head_problem
from lending.adapters.session import Database, read_time, time_text
from lending.adapters.tables import audit_events, ledger
from lending.audit_ports import AuditEvent, AuditFilter, Chain, ChainMark, Walked

_AT_ONCE = 5000
"""Entries of a chain held at a time."""
_BEGINNING = ChainMark(0, GENESIS)
_HASHES: Mapping[Chain, tuple[Table, Callable[[Mapping[str, Any]], str]]] = {
    "audit": (audit_events, event_hash),
    "decisions": (ledger, entry_hash),
}


class AuditPages:
    """`lending.audit_ports.AuditReader` and `Chains` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes) -> None:
        self._database, self._envelopes = database, envelopes

    def page(
        self, wanted: AuditFilter, count: int, *, before: int | None = None, after: int | None = None
    ) -> Sequence[AuditEvent]:
        """At most `count` acts, newest first: those before or after a number, by default the newest."""
        seq, ways = audit_events.c.seq, _wanted(wanted)
        if before is not None:
            ways.append(seq < before)
        if after is not None:
            ways.append(seq > after)
        order = seq.asc() if after is not None else seq.desc()
        with self._database.look() as connection:
            rows = connection.execute(select(audit_events).where(*ways).order_by(order).limit(count)).mappings().all()
        return [_event(row) for row in (reversed(rows) if after is not None else rows)]

    def walk(self, chain: Chain, start: ChainMark | None) -> Walked:
        """From a mark to the end; from the beginning without one."""
        mark, entries = start or _BEGINNING, 0
        if wrong := self._moved(chain, mark):
            return Walked(0, mark, wrong)
        while rows := self._stretch(chain, mark.seq):
            for row in rows:
                if wrong := _wrong(chain, row, mark):
                    return Walked(entries, mark, wrong)
                mark, entries = ChainMark(row["seq"], row["entry_sha256"]), entries + 1
        return Walked(entries, mark, self._head(mark) if chain == "decisions" else "")

    def _moved(self, chain: Chain, mark: ChainMark) -> str:
        """What is wrong with the entry of a mark itself."""
        if mark.seq == 0:
            return ""
        rows = self._stretch(chain, mark.seq - 1, 1)
        if not rows or rows[0]["seq"] != mark.seq:
            return f"entry {mark.seq} is gone"
        same = rows[0]["entry_sha256"] == mark.entry_sha256 == _HASHES[chain][1](dict(rows[0]))
        return "" if same else f"entry {mark.seq} was changed"

    def _stretch(self, chain: Chain, after: int, count: int = _AT_ONCE) -> Sequence[RowMapping]:
        table, _ = _HASHES[chain]
        mine = [table.c.writer == WRITER] if chain == "decisions" else []
        wanted = select(table).where(table.c.seq > after, *mine).order_by(table.c.seq).limit(count)
        with self._database.look() as connection:
            return connection.execute(wanted).mappings().all()

    def _head(self, mark: ChainMark) -> str:
        with self._database.look() as connection:
            return head_problem(connection, self._envelopes, mark.seq, mark.entry_sha256)


def _wanted(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    table = audit_events.c
    exact = ((table.actor, wanted.actor), (table.subject, wanted.subject))
    ways = [column == value for column, value in exact if value]
    if wanted.act:
        ways.append((table.act == wanted.act) | ((table.act >= f"{wanted.act}.") & (table.act < f"{wanted.act}/")))
    if wanted.first:
        ways.append(table.at >= _midnight(wanted.first))
    if wanted.last:
        ways.append(table.at < _midnight(wanted.last + timedelta(days=1)))
    return ways


def _midnight(day: date) -> str:
    return time_text(datetime.combine(day, time(), UTC))


def _event(row: RowMapping) -> AuditEvent:
    at, detail = read_time(row["at"]), json.loads(row["detail"])
    return AuditEvent(row["seq"], at, row["actor"], row["act"], row["subject"], detail)


def _wrong(chain: Chain, row: RowMapping, before: ChainMark) -> str:
    """What is wrong with an entry that should follow a mark; "" when nothing is."""
    if row["seq"] != before.seq + 1:
        return f"entry {before.seq + 1} is gone"
    if row["prev"] != before.entry_sha256:
        return f"entry {row['seq']} does not follow the one before it"
    if row["entry_sha256"] != _HASHES[chain][1](dict(row)):
        return f"entry {row['seq']} was changed"
    return ""
