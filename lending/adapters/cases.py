"""The queue of referred cases, who works on what, and overrides; their words are sealed with the customer's key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, and_, delete, func, insert, or_, select, update

from lending.adapters.envelope import Envelopes, ErasedError
from lending.adapters.session import Database, insert_new, read_time, time_text
from lending.adapters.tables import customer_keys, offers
from lending.adapters.tables_portal import application_events, applications
from lending.adapters.tables_staff import case_takes, overrides
from lending.case_ports import CaseLine, EndedCase, OverrideRow, changed_override, no_override
from lending.domain.cases import Note
from lending.domain.workflow import Act, State

_PLAIN = ("override_id", "application_id", "customer_id", "product", "wanted", "reason", "state", "version",
          "proposed_by", "confirmed_by")  # fmt: skip
_SEALED = ("comment", "ground", "answer")


class CaseFile:
    """`lending.case_ports.CaseBook` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes) -> None:
        self._database, self._envelopes = database, envelopes

    def together(self) -> AbstractContextManager[None]:
        """What this thread writes inside is durable once the block ends, or undone."""
        return self._database.together()

    def waiting(self, day: date) -> Sequence[CaseLine]:
        """Cases in review, the longest waiting first; those whose offer is over end at the next look at them."""
        wanted = _waiting().where(or_(offers.c.valid_until.is_(None), offers.c.valid_until >= day.isoformat()))
        with self._database.look() as connection:
            rows = connection.execute(wanted.order_by(applications.c.changed_at, applications.c.application_id)).all()
        return [_line(row) for row in rows]

    def ended(self, since: datetime, most: int) -> Sequence[EndedCase]:
        """Cases that a person ended, newest first."""
        with self._database.look() as connection:
            rows = connection.execute(_ended(since).limit(most)).all()
        return [_ended_case(row) for row in rows]

    def holder(self, application_id: str) -> str | None:
        """Who works on a case."""
        wanted = select(case_takes.c.officer).where(case_takes.c.application_id == application_id)
        with self._database.look() as connection:
            return connection.execute(wanted).scalar()

    def take(self, application_id: str, officer: str, at: datetime) -> bool:
        """Write down who works on it; the first of two at once has it."""
        values = {"application_id": application_id, "officer": officer, "at": time_text(at)}
        with self._database.write() as connection:
            return insert_new(connection, case_takes, values)

    def release(self, application_id: str) -> None:
        """Nobody works on it any more."""
        with self._database.write() as connection:
            connection.execute(delete(case_takes).where(case_takes.c.application_id == application_id))

    def propose(self, row: OverrideRow) -> None:
        """Write one down."""
        with self._database.write() as connection:
            connection.execute(insert(overrides), self._values(row))

    def override(self, override_id: str) -> OverrideRow:
        """One of them. Raises NotFoundError."""
        found = self._found(select(overrides).where(overrides.c.override_id == override_id))
        if not found:
            raise no_override(override_id)
        return found[0]

    def overrides(self, application_id: str) -> Sequence[OverrideRow]:
        """Those of a case, oldest first."""
        wanted = select(overrides).where(overrides.c.application_id == application_id)
        return self._found(wanted.order_by(overrides.c.opened_at, overrides.c.override_id))

    def settle(self, row: OverrideRow) -> OverrideRow:
        """Write a row over the one of its version."""
        after = replace(row, version=row.version + 1)
        mine = (overrides.c.override_id == row.override_id) & (overrides.c.version == row.version)
        with self._database.write() as connection:
            if connection.execute(update(overrides).where(mine).values(**self._values(after))).rowcount != 1:
                raise changed_override(row.version)
        return after

    def _found(self, wanted: Select[Any]) -> list[OverrideRow]:
        with self._database.look() as connection:
            return [self._opened(row) for row in connection.execute(wanted).all()]

    def _values(self, row: OverrideRow) -> dict[str, object]:
        words = json.dumps({name: getattr(row, name) for name in _SEALED}, ensure_ascii=False).encode()
        return {
            **{name: getattr(row, name) for name in _PLAIN}, "opened_at": time_text(row.opened_at),
            "closed_at": time_text(row.closed_at) if row.closed_at else None,
            "envelope": self._envelopes.seal(row.customer_id, override_place(row.override_id), words),
        }  # fmt: skip

    def _opened(self, row: Row[Any]) -> OverrideRow:
        words: dict[str, Any] = {}
        with suppress(ErasedError):
            words = json.loads(self._envelopes.open(row.customer_id, override_place(row.override_id), row.envelope))
        plain: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
        closed = read_time(row.closed_at) if row.closed_at else None
        return OverrideRow(**plain, **words, opened_at=read_time(row.opened_at), closed_at=closed)


def override_place(override_id: str) -> str:
    """What an override's words are bound to."""
    return f"override {override_id}"


def _waiting() -> Select[*tuple[Any, ...]]:
    """Cases in review of people who were not erased, with what stands beside each."""
    table, events, living = applications, application_events, overrides
    of_it = events.c.application_id == table.c.application_id
    asked = select(func.max(events.c.at)).where(of_it, events.c.act == Note.ASK.value).scalar_subquery()
    why = select(func.max(events.c.detail)).where(of_it, events.c.act == Act.REVIEW.value).scalar_subquery()
    proposed = and_(living.c.application_id == table.c.application_id, living.c.state == "proposed")
    return (
        select(table, case_takes.c.officer, asked.label("asked_at"), why.label("why"), living.c.proposed_by,
               living.c.state.label("override"))
        .join(customer_keys, customer_keys.c.customer_id == table.c.customer_id)
        .outerjoin(offers, offers.c.offer_id == table.c.offer_id)
        .outerjoin(case_takes, case_takes.c.application_id == table.c.application_id)
        .outerjoin(living, proposed)
        .where(table.c.state == State.IN_REVIEW.value)
    )  # fmt: skip


def _ended(since: datetime) -> Select[*tuple[Any, ...]]:
    """Ends of reviews since a time, each with the override that it rests on."""
    events, table = application_events, applications
    mine = (events.c.at >= time_text(since)) & (events.c.from_state == State.IN_REVIEW.value)
    held = and_(overrides.c.application_id == table.c.application_id, overrides.c.state == "confirmed")
    return (
        select(table.c.application_id, table.c.customer_id, table.c.product, events.c.act, events.c.actor,
               events.c.detail, events.c.at, overrides.c.reason, overrides.c.proposed_by, overrides.c.confirmed_by)
        .join(table, table.c.application_id == events.c.application_id)
        .outerjoin(overrides, held)
        .where(mine, events.c.act.in_((Act.OFFER.value, Act.REFUSE.value)))
        .order_by(events.c.at.desc(), table.c.application_id)
    )  # fmt: skip


def _line(row: Row[Any]) -> CaseLine:
    return CaseLine(
        row.application_id, row.customer_id, row.product, row.decision_id, row.version, read_time(row.changed_at),
        (row.why or "").partition(" ")[2], row.officer, read_time(row.asked_at) if row.asked_at else None,
        row.override, row.proposed_by,
    )  # fmt: skip


def _ended_case(row: Row[Any]) -> EndedCase:
    return EndedCase(
        row.application_id, row.customer_id, row.product, row.act, row.detail.partition(" ")[2],
        row.proposed_by or row.actor, row.confirmed_by, row.reason, read_time(row.at),
    )  # fmt: skip
