"""The outbox: what happens after a commit, claimed by one worker at a time, tried again, given up, never lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, insert, select, update

from lending.adapters.envelope import Envelopes, ErasedError
from lending.adapters.session import Database, read_time, time_text
from lending.adapters.tables_portal import outbox
from lending.domain.errors import NotFoundError
from lending.domain.record import named
from lending.message_ports import Depth, OutboxRow, OutboxState
from lending.ports import Clock

CLAIM = timedelta(minutes=2)
"""Whoever claimed a row and said nothing for so long is dead; the longest effect, reading a document, is shorter."""
MOST_ATTEMPTS = 8
_FIRST_WAIT = 5.0
_LONGEST_WAIT = 1800.0
_OPEN = outbox.c.done_at.is_(None)
_LIVE = _OPEN & (outbox.c.attempts < MOST_ATTEMPTS)
_MOST_TROUBLE = 255


class OutboxFile:
    """`lending.message_ports.Outbox` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes, clock: Clock) -> None:
        self._database, self._envelopes, self._clock = database, envelopes, clock
        self._listeners: list[Callable[[], None]] = []

    def add(self, kind: str, customer_id: str | None, once: str, content: Mapping[str, Any]) -> str:
        """Write a row in the transaction this thread is in, unless it is there."""
        message_id, now = named("m", once.encode()), time_text(self._clock.now())
        row = {
            "message_id": message_id, "kind": kind, "customer_id": customer_id, "once": once, "attempts": 0,
            "content": self._sealed(customer_id, message_id, content), "trouble": "", "created_at": now, "due_at": now,
        }  # fmt: skip
        with self._database.write() as connection:
            there = select(outbox.c.message_id).where(outbox.c.once == once)
            if connection.execute(there).one_or_none() is None:
                connection.execute(insert(outbox), row)
                self._database.afterwards(self._tell)
        return message_id

    def claim(self, most: int) -> Sequence[OutboxRow]:
        """Take rows that are due; what is addressed to an erased customer ends here."""
        now = self._clock.now()
        if not self._due(now, 1):
            return []
        with self._database.write() as connection:
            taken: list[Row[Any]] = []
            for row in self._due(now, most):
                mine = update(outbox).where(outbox.c.message_id == row.message_id, _free(now), _LIVE)
                values = {"claimed_until": time_text(now + CLAIM), "attempts": row.attempts + 1}
                if connection.execute(mine.values(values)).rowcount:
                    taken.append(row)
        return [one for row in taken if (one := self._opened(row, now + CLAIM)) is not None]

    def done(self, row: OutboxRow) -> None:
        """The receipt."""
        self._settle(row, {"done_at": time_text(self._clock.now()), "trouble": "", "claimed_until": None})

    def failed(self, row: OutboxRow, trouble: str) -> OutboxState:
        """Due again after a wait that doubles with each try, up to half an hour."""
        wait = min(_FIRST_WAIT * 2.0 ** (row.attempts - 1), _LONGEST_WAIT)
        due = time_text(self._clock.now() + timedelta(seconds=wait))
        self._settle(row, {"due_at": due, "trouble": trouble[:_MOST_TROUBLE], "claimed_until": None})
        return "given_up" if row.attempts >= MOST_ATTEMPTS else "waiting"

    def list(self, *, given_up: bool, most: int = 100) -> Sequence[OutboxRow]:
        """Rows that are not done, newest first."""
        which = _lost() if given_up else _LIVE
        wanted = select(outbox).where(which).order_by(outbox.c.created_at.desc()).limit(most)
        with self._database.look() as connection:
            return [_row(row, {}) for row in connection.execute(wanted).all()]

    def depth(self) -> Depth:
        """How much is still to be done."""
        given_up = func.sum(case((outbox.c.attempts >= MOST_ATTEMPTS, 1), else_=0))
        oldest = func.min(case((outbox.c.attempts < MOST_ATTEMPTS, outbox.c.created_at)))
        with self._database.look() as connection:
            every, since, lost = connection.execute(select(func.count(), oldest, given_up).where(_OPEN)).one()
        lost = int(lost or 0)
        return Depth(every - lost, read_time(since) if since else None, lost)

    def retry(self, message_id: str | None = None) -> int:
        """Make given-up rows due again, with all their tries."""
        changed = self._retried(_lost() if message_id is None else _lost() & (outbox.c.message_id == message_id))
        if message_id is not None and not changed:
            raise _unknown(message_id)
        return changed

    def again(self, *troubles: str) -> int:
        """Make those due again that were given up for a reason; writes nothing where there are none."""
        which = _lost() & outbox.c.trouble.in_(troubles)
        with self._database.look() as connection:
            if connection.execute(select(outbox.c.message_id).where(which).limit(1)).one_or_none() is None:
                return 0
        return self._retried(which)

    def on_added(self, act: Callable[[], None]) -> None:
        """Tell of rows that became durable."""
        self._listeners.append(act)

    def together(self) -> AbstractContextManager[None]:
        """One transaction for all that is written inside."""
        return self._database.together()

    def _retried(self, which: ColumnElement[bool]) -> int:
        values = {"attempts": 0, "due_at": time_text(self._clock.now()), "claimed_until": None}
        with self._database.write() as connection:
            changed = connection.execute(update(outbox).where(which).values(values)).rowcount
            self._database.afterwards(self._tell)
        return changed

    def _tell(self) -> None:
        for act in self._listeners:
            act()

    def _due(self, now: datetime, most: int) -> Sequence[Row[Any]]:
        due = _LIVE & (outbox.c.due_at <= time_text(now)) & _free(now)
        wanted = select(outbox).where(due).order_by(outbox.c.due_at, outbox.c.message_id).limit(most)
        with self._database.look() as connection:
            return connection.execute(wanted).all()

    def _settle(self, row: OutboxRow, values: Mapping[str, object]) -> None:
        """Change a row while its claim is the one that is known."""
        claim = time_text(row.claimed_until) if row.claimed_until else None
        mine = (outbox.c.message_id == row.message_id) & (outbox.c.claimed_until == claim)
        with self._database.write() as connection:
            connection.execute(update(outbox).where(mine).values(values))

    def _sealed(self, customer_id: str | None, message_id: str, content: Mapping[str, Any]) -> bytes:
        plain = json.dumps(content, sort_keys=True, ensure_ascii=False).encode()
        return plain if customer_id is None else self._envelopes.seal(customer_id, outbox_place(message_id), plain)

    def _opened(self, row: Row[Any], until: datetime) -> OutboxRow | None:
        claimed = _row(row, {}, row.attempts + 1, until)
        try:
            plain = row.content
            if row.customer_id is not None:
                plain = self._envelopes.open(row.customer_id, outbox_place(row.message_id), row.content)
        except ErasedError:
            self.done(claimed)
            return None
        return _row(row, json.loads(plain), row.attempts + 1, until)


def outbox_place(message_id: str) -> str:
    """What a row's content is bound to."""
    return f"outbox {message_id}"


def _lost() -> ColumnElement[bool]:
    return _OPEN & (outbox.c.attempts >= MOST_ATTEMPTS)


def _free(now: datetime) -> ColumnElement[bool]:
    return outbox.c.claimed_until.is_(None) | (outbox.c.claimed_until <= time_text(now))


def _row(
    row: Row[Any], content: Mapping[str, Any], attempts: int | None = None, claimed: datetime | None = None
) -> OutboxRow:
    tries = row.attempts if attempts is None else attempts
    done = read_time(row.done_at) if row.done_at else None
    state: OutboxState = "done" if done else "given_up" if tries >= MOST_ATTEMPTS and not claimed else "waiting"
    return OutboxRow(
        row.message_id, row.kind, row.customer_id, row.once, content, tries, row.trouble,
        read_time(row.created_at), read_time(row.due_at), claimed, done, state, tries >= MOST_ATTEMPTS,
    )  # fmt: skip


def _unknown(message_id: str) -> NotFoundError:
    return NotFoundError(
        f"there is no given-up message {message_id[:40]}", code="not_found", field="message_id",
        found=message_id[:40], expected="an id that candor messages list --failed shows",
        do="Run: candor messages list --failed",
    )  # fmt: skip
