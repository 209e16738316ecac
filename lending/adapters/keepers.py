"""Small tables with one job each: the audit trail, kept policies, idempotency keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update

from lending.adapters.envelope import Envelopes
from lending.adapters.ledger import GENESIS
from lending.adapters.session import Database, insert_new, time_text
from lending.adapters.tables import accounts, audit_events, idempotency_keys, policies
from lending.domain.errors import NotFoundError
from lending.domain.record import canonical, sha256_hex
from lending.errand import current_id
from lending.ports import Clock, IdempotentReply

_KEY_LIFE = timedelta(days=30)
_RUN_LIFE = timedelta(minutes=10)
"""After so long without a reply the process that claimed a key is dead; no request takes as long."""


class AuditTrail:
    """`lending.ports.AuditLog`: append-only, each event carries the hash of the one before."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, actor: str, act: str, subject: str, detail: Mapping[str, str]) -> None:
        """Write an event down."""
        with self._database.write() as connection:
            last = connection.execute(select(audit_events).order_by(audit_events.c.seq.desc()).limit(1)).one_or_none()
            row = {
                "seq": last.seq + 1 if last else 1,
                "at": time_text(self._clock.now()),
                "actor": actor,
                "act": act,
                "subject": subject,
                "detail": json.dumps(_under_its_request(detail), sort_keys=True),
                "prev": last.entry_sha256 if last else GENESIS,
            }
            connection.execute(insert(audit_events), {**row, "entry_sha256": event_hash(row)})

    def broken_at(self) -> int | None:
        """The first event that was changed, or whose predecessor is gone; None when the trail is whole."""
        with self._database.read() as connection:
            rows = connection.execute(select(audit_events).order_by(audit_events.c.seq)).mappings().all()
        prev = GENESIS
        for place, row in enumerate(rows, start=1):
            if (
                row["seq"] != place
                or row["prev"] != prev
                or row["entry_sha256"] != event_hash({str(k): v for k, v in row.items()})
            ):
                return place
            prev = row["entry_sha256"]
        return None


def _under_its_request(detail: Mapping[str, str]) -> dict[str, str]:
    """The same with the id of the request that it was done in, where there is one."""
    return {**detail, **({"request_id": name} if (name := current_id()) else {})}


class PolicyKeeper:
    """`lending.ports.Policies` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, version: str, files: Mapping[str, str]) -> bool:
        """Store the texts under their version, once; whether they are durable already."""
        there = select(policies.c.version).where(policies.c.version == version)
        with self._database.read() as connection:
            found = connection.execute(there).one_or_none()
        if found is None:
            with self._database.write() as connection:
                if not connection.execute(there).one_or_none():
                    connection.execute(insert(policies), {"version": version, "files": json.dumps(dict(files))})
        return not self._database.is_joined

    def files(self, version: str) -> Mapping[str, str]:
        """The texts of a version. Raises NotFoundError."""
        with self._database.read() as connection:
            found = connection.execute(select(policies.c.files).where(policies.c.version == version)).scalar()
        if found is None:
            raise NotFoundError(f"policy {version} was never kept here", code="not_found", field="policy_version",
                                found=version, expected="a policy that decided here", do="Restore it.")  # fmt: skip
        return json.loads(found)


class IdempotencyFile:
    """`lending.ports.IdempotencyKeys` on a database.

    A kept reply is sealed with its customer's key, so that their erasure covers it; one to staff, who have none, with
    a key of the bank's own for this purpose.
    """

    def __init__(self, database: Database, clock: Clock, envelopes: Envelopes) -> None:
        self._database, self._clock, self._envelopes = database, clock, envelopes

    def find(self, username: str, key: str) -> IdempotentReply | None:
        """What is known about a key."""
        now, table = time_text(self._clock.now() - _KEY_LIFE), idempotency_keys
        wanted = select(table).where(table.c.username == username, table.c.key == key, table.c.created_at >= now)
        with self._database.look() as connection:
            row = connection.execute(wanted.where(~_dead(self._clock.now()))).one_or_none()
        return None if row is None else self._known(username, key, row)

    def claim(self, username: str, key: str, body_sha256: str) -> IdempotentReply | None:
        """None when this caller now owns the key; otherwise what is known about it."""
        now, table = self._clock.now(), idempotency_keys
        mine = (table.c.username == username) & (table.c.key == key)
        values = {"username": username, "key": key, "body_sha256": body_sha256, "created_at": time_text(now)}
        with self._database.write() as connection:
            connection.execute(delete(table).where(table.c.created_at < time_text(now - _KEY_LIFE)))
            connection.execute(delete(table).where(mine & _dead(now)))
            if insert_new(connection, table, values):
                return None
            row = connection.execute(select(table).where(mine)).one()
        return self._known(username, key, row)

    def together(self) -> AbstractContextManager[None]:
        """What this thread writes inside, the reply among it, is durable once the block ends, or undone."""
        return self._database.together()

    def fulfil(self, username: str, key: str, status: int, reply: bytes) -> None:
        """Keep the reply for whoever asks again."""
        table = idempotency_keys
        mine = (table.c.username == username) & (table.c.key == key)
        sealed = self._envelopes.seal_for(self._customer(username), _place(username, key), reply)
        with self._database.write() as connection:
            connection.execute(update(table).where(mine).values(status=status, reply=sealed))

    def _known(self, username: str, key: str, row: Row[Any]) -> IdempotentReply:
        reply = row.reply
        if reply is not None:
            reply = self._envelopes.open_for(self._customer(username), _place(username, key), reply)
        return IdempotentReply(row.body_sha256, row.status, reply)

    def _customer(self, username: str) -> str | None:
        with self._database.look() as connection:
            return connection.execute(select(accounts.c.customer_id).where(accounts.c.username == username)).scalar()


def _place(username: str, key: str) -> str:
    return f"reply {key} to {username}"


def _dead(now: datetime) -> ColumnElement[bool]:
    """Claimed without a reply for so long that whoever claimed it lives no more."""
    table = idempotency_keys
    return table.c.status.is_(None) & (table.c.created_at < time_text(now - _RUN_LIFE))


def event_hash(row: Mapping[str, object]) -> str:
    """SHA-256 over every column of an event, the link to the one before included."""
    names = ("seq", "at", "actor", "act", "subject", "detail", "prev")
    return sha256_hex(canonical({name: str(row[name]) for name in names}))
