"""Writing decisions down: those that come at the same time share one transaction and stand one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import DBAPIError

from lending.adapters import ledger as chain
from lending.adapters.envelope import Envelopes
from lending.adapters.plain import Plain
from lending.adapters.quick_append import append
from lending.adapters.session import Database, insert_rows, read_time, time_text
from lending.adapters.tables import decisions, ledger
from lending.domain.record import sha256_hex
from lending.errand import current_id
from lending.ports import Clock, Sealed
from lending.shared_call import SharedCall

Known = tuple[str, str, datetime]
"""Channel, actor and time of a decision that is on record."""
_Pair = tuple[Sealed, dict[str, Any]]
_Rows = Sequence[_Pair]
"""What one caller wants written: decisions with their entries in the chain."""
_META = Plain(
    select(ledger.c.decision_id, ledger.c.recorded_at, ledger.c.channel, ledger.c.actor)
    .join(decisions, ledger.c.decision_id == decisions.c.decision_id)
    .where(ledger.c.decision_id.in_(bindparam("ids", expanding=True)), ledger.c.kind == "decision")
)
_MOST_AT_ONCE, _MOST_QUICKLY = 400, 2000
"""Ids asked for in one statement, and decisions written in one, which holds all of them."""


class DecisionWriter:
    """Puts sealed decisions and their entries of the ledger into a database."""

    def __init__(self, database: Database, envelopes: Envelopes, clock: Clock) -> None:
        self._database, self._envelopes, self._clock = database, envelopes, clock
        self._head: chain.Head | None = None
        self._shared: SharedCall[_Rows, dict[str, Known]] = SharedCall(self._write_all)

    def write(self, sealed: Sequence[Sealed], channel: str, actor: str) -> dict[str, Known]:
        """Write what is not there yet; answers channel, actor and time of each, durable unless in a larger transaction.

        Raises:
            UnavailableError: it cannot be written, and nothing was.
        """
        rows = [
            (one, entry_of(one.decision_id, "decision", one.core_sha256,
                           sealed_hash(one.customer_id, one.envelope), channel, actor))
            for one in sealed
        ]  # fmt: skip
        # In a transaction of more than this, whoever began it ends it.
        return self._write_all([rows])[0] if self._database.is_joined else self._shared.do(rows)

    def chain(self, connection: Connection, entries: Sequence[dict[str, Any]]) -> datetime:
        """Append entries to the ledger, with the time at which they join it, after all that stands there."""
        now = self._clock.now()
        self._head = chain.append(connection, self._envelopes, _at(now, entries))
        return now

    def _write_all(self, group: Sequence[_Rows]) -> Sequence[dict[str, Known]]:
        """Write for everybody in the order in which they came; all hear all that is known."""
        new: dict[str, _Pair] = {}
        for rows in group:
            for one, entry in rows:
                new.setdefault(one.decision_id, (one, entry))
        known = self._write_quickly(list(new.values())) or self._write_new(new)
        return [known] * len(group)

    def _write_new(self, new: Mapping[str, _Pair]) -> dict[str, Known]:
        """Write what is not on record yet."""
        with self._database.write() as connection:
            known = _known(connection, list(new))
            mine = [pair for name, pair in new.items() if name not in known]
            if mine:
                insert_rows(connection, decisions, [_row(one) for one, _ in mine])
                known |= _told([entry for _, entry in mine], self.chain(connection, [entry for _, entry in mine]))
        return known

    def _write_quickly(self, pairs: Sequence[_Pair]) -> dict[str, Known] | None:
        """Write with few words, after the head of the ledger seen last; None: nothing or nobody knows what was.

        A head that somebody has moved meanwhile, or that was never made durable, only costs the try.
        """
        before, self._head = self._head, None
        if before is None or not pairs or len(pairs) > _MOST_QUICKLY or self._database.is_joined:
            return None
        with self._database.turn() as engine:
            now = self._clock.now()
            entries = [entry for _, entry in pairs]
            rows, head = chain.chained(self._envelopes, before, _at(now, entries))
            try:
                written = append(engine, before, [_row(one) for one, _ in pairs], rows, head)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                return None  # what is on record by then is found there
        self._head = (head["seq"], head["entry_sha256"]) if written else None
        return _told(entries, now) if written else None


def _at(now: datetime, entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    at = time_text(now)
    return [{**entry, "recorded_at": at} for entry in entries]


def _told(entries: Sequence[dict[str, Any]], at: datetime) -> dict[str, Known]:
    return {entry["decision_id"]: (entry["channel"], entry["actor"], at) for entry in entries}


def entry_of(name: str, kind: str, digest: str, sealed: str, channel: str, actor: str) -> dict[str, Any]:
    """An entry of the ledger but for its place and time, under the id of the errand at hand."""
    return {
        "kind": kind,
        "decision_id": name,
        "core_sha256": digest,
        "envelope_sha256": sealed,
        "channel": channel,
        "actor": actor,
        "request_id": current_id() or None,
    }


def sealed_hash(customer_id: str, envelope: bytes) -> str:
    """What the chain holds of an envelope: its bytes and whose it is, so that neither can be swapped."""
    return sha256_hex(f"{customer_id}\n".encode() + envelope)


def _known(connection: Connection, ids: Sequence[str]) -> dict[str, Known]:
    rows = [row for some in _chunks(ids) for row in _META.run(connection.connection, connection.dialect, {"ids": some})]
    return {row.decision_id: (row.channel, row.actor, read_time(row.recorded_at)) for row in rows}


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    """Few enough at once for every database's limit on parameters."""
    for start in range(0, len(ids), _MOST_AT_ONCE):
        yield list(ids[start : start + _MOST_AT_ONCE])


def _row(one: Sealed) -> dict[str, object]:
    return {
        "decision_id": one.decision_id,
        "customer_id": one.customer_id,
        "product": one.product,
        "outcome": one.outcome,
        "envelope": one.envelope,
    }
