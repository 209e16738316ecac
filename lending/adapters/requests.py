"""Requests of customers with their time line, and restrictions; what was said is sealed with each one's key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from lending.adapters.envelope import Envelopes, ErasedError
from lending.adapters.plain import Plain
from lending.adapters.session import Database, read_time, time_text
from lending.adapters.tables_portal import request_events, requests, restrictions
from lending.domain.errors import NotFoundError, RefusedError
from lending.ports import Clock
from lending.request_ports import LIVE, Move, RequestEvent, RequestRow, RequestState, Restriction


class RequestFile:
    """`lending.request_ports.Requests` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes, clock: Clock) -> None:
        self._database, self._envelopes, self._clock = database, envelopes, clock

    def open(self, row: RequestRow) -> RequestRow:
        """Write a new one down, unless one lives on the same subject."""
        with self._database.write() as connection:
            same = (requests.c.kind == row.kind) & (requests.c.subject == row.subject)
            mine = (requests.c.customer_id == row.customer_id) & requests.c.state.in_(LIVE)
            there = connection.execute(select(requests).where(mine, same)).first()
            if there is not None:
                return self._opened(there, self._events(connection, there))
            connection.execute(insert(requests), self._columns(row))
            self._write_event(connection, row, Move("opened", row.customer_id, row.state))
            return self._one(connection, row.request_id)

    def get(self, request_id: str) -> RequestRow:
        """One with its steps. Raises NotFoundError."""
        with self._database.read() as connection:
            return self._one(connection, request_id)

    def of(self, customer_id: str) -> Sequence[RequestRow]:
        """A customer's, newest first."""
        wanted = select(requests).where(requests.c.customer_id == customer_id)
        with self._database.read() as connection:
            rows = connection.execute(wanted.order_by(requests.c.opened_at.desc())).all()
            return [self._opened(row, self._events(connection, row)) for row in rows]

    def list(self, states: Sequence[RequestState]) -> Sequence[RequestRow]:
        """Those in some states, first due first."""
        wanted = select(requests).where(requests.c.state.in_(states)).order_by(requests.c.due_at)
        with self._database.look() as connection:
            rows = connection.execute(wanted).all()
        return [self._opened(row, ()) for row in rows]

    def move(self, row: RequestRow, step: Move) -> RequestRow:
        """Write a step down if nobody changed the request since it was read."""
        same = (requests.c.request_id == row.request_id) & (requests.c.version == row.version)
        ended = None if step.to in LIVE else time_text(self._clock.now())
        values: dict[str, object] = {"state": step.to, "version": row.version + 1, "closed_at": ended}
        values["handled_by"] = step.handled_by or row.handled_by
        with self._database.write() as connection:
            if not connection.execute(update(requests).where(same).values(values)).rowcount:
                raise _changed(row)
            self._write_event(connection, row, step)
            return self._one(connection, row.request_id)

    def _one(self, connection: Connection, request_id: str) -> RequestRow:
        row = connection.execute(select(requests).where(requests.c.request_id == request_id)).one_or_none()
        if row is None:
            raise _unknown(request_id)
        return self._opened(row, self._events(connection, row))

    def _write_event(self, connection: Connection, row: RequestRow, step: Move) -> None:
        last = select(func.max(request_events.c.seq)).where(request_events.c.request_id == row.request_id)
        seq = (connection.execute(last).scalar() or 0) + 1
        content = json.dumps(step.detail, sort_keys=True, ensure_ascii=False).encode()
        sealed = self._envelopes.seal(row.customer_id, event_place(row.request_id, seq), content)
        values = {
            "request_id": row.request_id, "seq": seq, "at": time_text(self._clock.now()), "actor": step.actor,
            "act": step.act, "envelope": sealed,
        }  # fmt: skip
        connection.execute(insert(request_events), values)

    def _events(self, connection: Connection, row: Row[Any]) -> Sequence[RequestEvent]:
        wanted = select(request_events).where(request_events.c.request_id == row.request_id)
        found = connection.execute(wanted.order_by(request_events.c.seq)).all()
        return [
            RequestEvent(
                read_time(e.at), e.actor, e.act,
                self._read(row.customer_id, event_place(row.request_id, e.seq), e.envelope),
            )
            for e in found
        ]  # fmt: skip

    def _columns(self, row: RequestRow) -> dict[str, object]:
        content = json.dumps(row.content, sort_keys=True, ensure_ascii=False).encode()
        names = ("request_id", "customer_id", "kind", "subject", "state", "version", "handled_by")
        return {
            **{name: getattr(row, name) for name in names}, "opened_at": time_text(row.opened_at),
            "due_at": time_text(row.due_at),
            "envelope": self._envelopes.seal(row.customer_id, request_place(row.request_id), content),
        }  # fmt: skip

    def _opened(self, row: Row[Any], events: Sequence[RequestEvent]) -> RequestRow:
        content = self._read(row.customer_id, request_place(row.request_id), row.envelope)
        closed = read_time(row.closed_at) if row.closed_at else None
        return RequestRow(
            row.request_id, row.customer_id, row.kind, row.subject, row.state, row.version, content,
            read_time(row.opened_at), read_time(row.due_at), closed, row.handled_by, events,
        )  # fmt: skip

    def _read(self, customer_id: str, place: str, envelope: bytes) -> Mapping[str, Any]:
        try:
            return json.loads(self._envelopes.open(customer_id, place, envelope))
        except ErasedError:
            return {}


_RESTRICTED = Plain(select(restrictions).where(restrictions.c.customer_id == bindparam("customer_id")))


class RestrictionFile:
    """`lending.request_ports.Restrictions` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, customer_id: str) -> Restriction | None:
        """The restriction of a customer, if there is one."""
        row = next(iter(self._database.rows(_RESTRICTED, customer_id=customer_id)), None)
        return None if row is None else _restriction(row)

    def put(self, restriction: Restriction) -> None:
        """Write or replace."""
        values = {
            "customer_id": restriction.customer_id, "request_id": restriction.request_id,
            "since": time_text(restriction.since), "erase_on": restriction.erase_on.isoformat(),
        }  # fmt: skip
        with self._database.write() as connection:
            connection.execute(delete(restrictions).where(restrictions.c.customer_id == restriction.customer_id))
            connection.execute(insert(restrictions), values)

    def drop(self, customer_id: str) -> None:
        """Take it back."""
        with self._database.write() as connection:
            connection.execute(delete(restrictions).where(restrictions.c.customer_id == customer_id))

    def due(self, day: date) -> Sequence[Restriction]:
        """Those to be erased by a day, oldest first."""
        wanted = select(restrictions).where(restrictions.c.erase_on <= day.isoformat())
        with self._database.look() as connection:
            return [_restriction(row) for row in connection.execute(wanted.order_by(restrictions.c.erase_on)).all()]


def request_place(request_id: str) -> str:
    """What a request's content is bound to."""
    return f"request {request_id}"


def event_place(request_id: str, seq: int) -> str:
    """What a step's detail is bound to."""
    return f"step {seq} of {request_id}"


def _restriction(row: Row[Any]) -> Restriction:
    return Restriction(row.customer_id, row.request_id, read_time(row.since), date.fromisoformat(row.erase_on))


def _unknown(request_id: str) -> NotFoundError:
    return NotFoundError(
        "there is no such request", code="not_found", field="request_id", found=request_id[:40],
        expected="the id of a request", do="Use an id from the list of requests.",
    )  # fmt: skip


def _changed(row: RequestRow) -> RefusedError:
    return RefusedError(
        "somebody has changed this request since", code="changed", field="request_id", found=row.request_id,
        expected="the request as it stands now", do="Load it again and look at it.",
    )  # fmt: skip
