"""Applications with their history, and invitations to sign; what customers wrote is sealed with their own key."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from lending.adapters.envelope import Envelopes
from lending.adapters.session import Database, insert_new, read_time, time_text
from lending.adapters.tables import customer_keys, offers
from lending.adapters.tables_portal import application_events, applications, invitations
from lending.application_ports import (
    ApplicationEvent,
    ApplicationRow,
    Invitation,
    InvitationState,
    changed,
    no_application,
)
from lending.domain.errors import RefusedError
from lending.domain.workflow import LIVE, Party, State

_READABLE = select(applications).join(customer_keys, customer_keys.c.customer_id == applications.c.customer_id)
"""Without those of customers who were erased."""


class ApplicationFile:
    """`lending.application_ports.ApplicationBox` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes) -> None:
        self._database, self._envelopes = database, envelopes

    def together(self) -> AbstractContextManager[None]:
        """What this thread writes inside is durable once the block ends, or undone."""
        return self._database.together()

    def add(self, row: ApplicationRow, event: ApplicationEvent) -> None:
        """Write a new one and its first event down."""
        with self._database.write() as connection:
            if not insert_new(connection, applications, self._values(row)):
                raise _alive()
            _note(connection, row.application_id, event)

    def get(self, application_id: str) -> ApplicationRow:
        """One with its content opened. Raises NotFoundError, or RefusedError when it was changed."""
        wanted = select(applications).where(applications.c.application_id == application_id)
        with self._database.look() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            raise no_application(application_id)
        return self._opened(row)

    def of(self, customer_id: str) -> Sequence[ApplicationRow]:
        """All of one customer's, newest first."""
        table = applications
        wanted = select(table).where(table.c.customer_id == customer_id)
        return self._found(wanted.order_by(table.c.created_at.desc(), table.c.application_id))

    def live_for(self, subject: str) -> ApplicationRow | None:
        """The live one for an offer or a decision."""
        found = self._found(select(applications).where(applications.c.live_offer_id == subject))
        return found[0] if found else None

    def in_states(self, states: Collection[State]) -> Sequence[ApplicationRow]:
        """Those that stand there, the one that waits longest first."""
        wanted = _READABLE.where(applications.c.state.in_([state.value for state in states]))
        return self._found(wanted.order_by(applications.c.changed_at, applications.c.application_id))

    def overdue(self, day: date, untouched_since: datetime, most: int) -> Sequence[ApplicationRow]:
        """Live ones whose offer stands no longer, and drafts that nobody touched; the oldest first."""
        table = applications
        over = offers.c.valid_until < day.isoformat()
        idle = (table.c.state == State.DRAFT.value) & (table.c.changed_at < time_text(untouched_since))
        wanted = _READABLE.outerjoin(offers, offers.c.offer_id == table.c.offer_id)
        live = wanted.where(table.c.state.in_([state.value for state in LIVE]), over | idle)
        return self._found(live.order_by(table.c.changed_at, table.c.application_id).limit(most))

    def change(self, row: ApplicationRow, event: ApplicationEvent | None = None) -> ApplicationRow:
        """Write what changed over the version that it was made on."""
        after = replace(row, version=row.version + 1)
        mine = (applications.c.application_id == row.application_id) & (applications.c.version == row.version)
        with self._database.write() as connection:
            if connection.execute(update(applications).where(mine).values(**self._values(after))).rowcount != 1:
                raise changed(row.version)
            if event is not None:
                _note(connection, row.application_id, event)
        return after

    def events(self, application_id: str) -> Sequence[ApplicationEvent]:
        """Its history, oldest first."""
        table = application_events
        wanted = select(table).where(table.c.application_id == application_id).order_by(table.c.seq)
        with self._database.look() as connection:
            return [_event(row) for row in connection.execute(wanted).all()]

    def _found(self, wanted: Any) -> list[ApplicationRow]:
        with self._database.look() as connection:
            return [self._opened(row) for row in connection.execute(wanted).all()]

    def _values(self, row: ApplicationRow) -> dict[str, object]:
        return {
            "application_id": row.application_id, "customer_id": row.customer_id, "product": row.product,
            "state": row.state.value, "version": row.version, "decision_id": row.decision_id,
            "offer_id": row.offer_id, "live_offer_id": _subject(row) if row.state in LIVE else None,
            "envelope": self._envelopes.seal(row.customer_id, _place(row.application_id), row.content),
            "created_at": time_text(row.created_at), "changed_at": time_text(row.changed_at),
            "submitted_at": time_text(row.submitted_at) if row.submitted_at else None,
        }  # fmt: skip

    def _opened(self, row: Row[Any]) -> ApplicationRow:
        content = self._envelopes.open(row.customer_id, _place(row.application_id), row.envelope)
        return ApplicationRow(
            row.application_id, row.customer_id, row.product, State(row.state), row.version, row.decision_id,
            row.offer_id, content, read_time(row.created_at), read_time(row.changed_at),
            read_time(row.submitted_at) if row.submitted_at else None,
        )  # fmt: skip


class InvitationFile:
    """`lending.application_ports.InvitationBox` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, invitation: Invitation) -> None:
        """Write one down; of its code only the hash."""
        names = ("invitation_id", "customer_id", "invited_id", "code_sha256", "state")
        values = {name: getattr(invitation, name) for name in names}
        times = {name: time_text(getattr(invitation, name)) for name in ("created_at", "expires_at")}
        with self._database.write() as connection:
            connection.execute(insert(invitations), {**values, **times})

    def of(self, customer_id: str) -> Sequence[Invitation]:
        """All of one customer's, newest first."""
        wanted = select(invitations).where(invitations.c.customer_id == customer_id)
        with self._database.look() as connection:
            rows = connection.execute(wanted.order_by(invitations.c.created_at.desc())).all()
        return [_invitation(row) for row in rows]

    def by_code(self, code_sha256: str) -> Invitation | None:
        """The one with a code."""
        with self._database.look() as connection:
            wanted = select(invitations).where(invitations.c.code_sha256 == code_sha256)
            row = connection.execute(wanted).one_or_none()
        return None if row is None else _invitation(row)

    def answer(self, invitation_id: str, invited_id: str, state: InvitationState) -> bool:
        """Close an open one, once."""
        mine = (invitations.c.invitation_id == invitation_id) & (invitations.c.state == "open")
        with self._database.write() as connection:
            done = connection.execute(update(invitations).where(mine).values(state=state, invited_id=invited_id))
        return done.rowcount == 1


def _note(connection: Connection, application_id: str, event: ApplicationEvent) -> None:
    """Write the next line of a history; its place is found in the transaction that writes it."""
    table = application_events
    last = connection.execute(select(func.max(table.c.seq)).where(table.c.application_id == application_id)).scalar()
    row = {
        "application_id": application_id, "seq": (last or 0) + 1, "at": time_text(event.at), "actor": event.actor,
        "act": event.act, "from_state": event.from_state.value if event.from_state else None,
        "to_state": event.to_state.value, "detail": f"{event.by.value} {event.detail}".strip(),
    }  # fmt: skip
    connection.execute(insert(table), row)


def _event(row: Row[Any]) -> ApplicationEvent:
    by, _, detail = row.detail.partition(" ")
    before = State(row.from_state) if row.from_state else None
    return ApplicationEvent(
        read_time(row.at), row.actor, Party(by), row.act, before, State(row.to_state), detail
    )  # fmt: skip


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        row.invitation_id, row.customer_id, row.code_sha256, read_time(row.created_at), read_time(row.expires_at),
        row.state, row.invited_id,
    )  # fmt: skip


def _subject(row: ApplicationRow) -> str:
    """What at most one live application is about."""
    return row.offer_id or row.decision_id


def _place(application_id: str) -> str:
    return f"application {application_id}"


def _alive() -> RefusedError:
    return RefusedError(
        "an application for this offer is under way", code="live", field="offer_id",
        expected="one application for one offer", do="Go on with the one that is there.",
    )  # fmt: skip
