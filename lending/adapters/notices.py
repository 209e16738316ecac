"""Customers' inboxes and what each of them chose, sealed with their own keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, case, delete, func, insert, select, update

from lending.adapters.envelope import Envelopes
from lending.adapters.session import Database, read_time, time_text
from lending.adapters.tables_portal import notices, preferences
from lending.domain.errors import NotFoundError
from lending.message_ports import NoticeRow, Preferences
from lending.ports import Clock

PREFERENCES_PLACE = "preferences"


class NoticeFile:
    """`lending.message_ports.Notices` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes, clock: Clock) -> None:
        self._database, self._envelopes, self._clock = database, envelopes, clock

    def add(self, row: NoticeRow) -> bool:
        """Write one down, once."""
        content = json.dumps(dict(row.slots), sort_keys=True, ensure_ascii=False).encode()
        values = {
            "notice_id": row.notice_id, "customer_id": row.customer_id, "kind": row.kind, "subject": row.subject,
            "envelope": self._envelopes.seal(row.customer_id, notice_place(row.notice_id), content),
            "at": time_text(row.at), "read_at": time_text(row.read_at) if row.read_at else None,
        }  # fmt: skip
        with self._database.write() as connection:
            there = select(notices.c.notice_id).where(notices.c.notice_id == row.notice_id)
            if connection.execute(there).one_or_none() is not None:
                return False
            connection.execute(insert(notices), values)
        return True

    def of(self, customer_id: str, most: int) -> Sequence[NoticeRow]:
        """A customer's, newest first."""
        wanted = select(notices).where(notices.c.customer_id == customer_id)
        wanted = wanted.order_by(notices.c.at.desc(), notices.c.notice_id).limit(most)
        with self._database.look() as connection:
            return [self._opened(row) for row in connection.execute(wanted).all()]

    def read(self, customer_id: str, notice_id: str) -> NoticeRow:
        """Mark one as read."""
        mine = (notices.c.notice_id == notice_id) & (notices.c.customer_id == customer_id)
        with self._database.write() as connection:
            first = update(notices).where(mine, notices.c.read_at.is_(None))
            connection.execute(first.values(read_at=time_text(self._clock.now())))
            row = connection.execute(select(notices).where(mine)).one_or_none()
        if row is None:
            raise _unknown(notice_id)
        return self._opened(row)

    def read_all(self, customer_id: str) -> int:
        """Mark all as read."""
        mine = (notices.c.customer_id == customer_id) & notices.c.read_at.is_(None)
        with self._database.write() as connection:
            return connection.execute(update(notices).where(mine).values(read_at=time_text(self._clock.now()))).rowcount

    def unread(self, customer_id: str) -> tuple[int, str]:
        """In one statement: it is asked often."""
        new = func.sum(case((notices.c.read_at.is_(None), 1), else_=0))
        wanted = select(func.count(), new, func.max(notices.c.at)).where(notices.c.customer_id == customer_id)
        with self._database.look() as connection:
            total, unread, last = connection.execute(wanted).one()
        return int(unread or 0), f"{total}-{int(unread or 0)}-{last or ''}"

    def _opened(self, row: Row[Any]) -> NoticeRow:
        slots = json.loads(self._envelopes.open(row.customer_id, notice_place(row.notice_id), row.envelope))
        read_at = read_time(row.read_at) if row.read_at else None
        return NoticeRow(row.notice_id, row.customer_id, row.kind, row.subject, slots, read_time(row.at), read_at)


class PreferenceFile:
    """`lending.message_ports.PreferenceBox` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes, clock: Clock) -> None:
        self._database, self._envelopes, self._clock = database, envelopes, clock

    def get(self, customer_id: str) -> Preferences:
        """What was chosen; the defaults when nothing was."""
        wanted = select(preferences).where(preferences.c.customer_id == customer_id)
        with self._database.look() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            return Preferences()
        held = json.loads(self._envelopes.open(customer_id, PREFERENCES_PLACE, row.envelope))
        channels = tuple(held["channels"])
        return Preferences(held["language"], channels, held["email"], held["phone"], read_time(row.changed_at))

    def keep(self, customer_id: str, chosen: Preferences) -> Preferences:
        """Write or replace."""
        now = self._clock.now()
        held = {name: getattr(chosen, name) for name in ("language", "channels", "email", "phone")}
        sealed = self._envelopes.seal(customer_id, PREFERENCES_PLACE, json.dumps(held, ensure_ascii=False).encode())
        with self._database.write() as connection:
            connection.execute(delete(preferences).where(preferences.c.customer_id == customer_id))
            values = {"customer_id": customer_id, "envelope": sealed, "changed_at": time_text(now)}
            connection.execute(insert(preferences), values)
        return replace(chosen, changed_at=now)


def notice_place(notice_id: str) -> str:
    """What a message's slots are bound to."""
    return f"notice {notice_id}"


def _unknown(notice_id: str) -> NotFoundError:
    return NotFoundError(
        "there is no such message of yours", code="not_found", field="notice_id", found=notice_id[:40],
        expected="the id of a message in your inbox", do="Open it from your inbox.",
    )  # fmt: skip
