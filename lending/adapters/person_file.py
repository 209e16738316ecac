"""Everything that the database holds about one person: read for an export, taken out at an erasure."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, delete, func, select, union_all

from lending.adapters.envelope import Envelopes, ErasedError
from lending.adapters.session import Database, read_time
from lending.adapters.tables import (
    accounts,
    attachments,
    audit_events,
    conversations,
    decisions,
    idempotency_keys,
    ledger,
    metadata,
    sessions,
    turns,
)
from lending.adapters.tables_portal import application_events, applications, request_events, requests
from lending.ports import CO_NOTICE

_PLACES: Mapping[str, str] = {
    "customers": "facts {facts_as_of}", "protected_attributes": "protected", "decisions": "decision {decision_id}",
    "attachments": "attachment {kind} {sha256} of {decision_id}", "offers": "offer {offer_id} of {decision_id}",
    "turns": "turn {seq} of {conversation_id}", "own_documents": "own document {document_id}",
    "kept_texts": "text {key_sha256}", "feedback": "feedback {feedback_id}",
    "applications": "application {application_id}", "documents": "document {document_id}",
    "outbox": "outbox {message_id}", "notices": "notice {notice_id}", "preferences": "preferences",
    "requests": "request {request_id}", "request_events": "step {seq} of {request_id}",
}  # fmt: skip
"""What each sealed content is bound to. A test opens one of every table."""

_SECRET = frozenset({"envelope", "content", "password_hash", "token_sha256", "code_sha256", "prev", "entry_sha256"})
_AS_SECOND = {"relations": "co_applicant_id", "invitations": "invited_id"}
"""Where somebody else's row names the person too."""
NOT_EXPORTED: Mapping[str, str] = {
    "customer_keys": "the key itself opens everything and says nothing",
    "idempotency_keys": "copies of answers that are exported where they are kept; gone after 30 days",
    "throttle": "keyed hashes of tries to sign in, gone after a day",
    "sign_ins": "secrets of sign-ins under way, gone after minutes",
    "behaviour": "how pages are used; it names nobody",
    "exposures": "which wording somebody saw, under a keyed hash",
    "ledger_heads": "the end of the chain of all decisions",
    "policies": "the bank's own rules",
    **dict.fromkeys(("tallies", "tally_marks", "tally_bins", "text_days"), "counts; they name nobody"),
    **dict.fromkeys(("measurements", "alarms", "alarm_events"), "what was found about all loans together"),
    **dict.fromkeys(("approvals", "policy_drafts", "trials"), "the bank's own work on models, rules and pages"),
    "case_takes": "which officer works on a case",
    "overrides": "what officers weigh among themselves; what came of it stands in the application and its letter",
}
"""Tables that hold nothing of a person to hand out, and why."""
_FORGOTTEN = (
    "sessions", "turns", "saved_offers", "idempotency_keys", "accounts", "conversations", "invitations", "kept_texts",
    "own_documents", "notices", "preferences", "protected_attributes", "relations", "outbox", "customers",
    "application_events", "model_scores", "outcomes",
)  # fmt: skip
"""Rows that go with the key, those that point at others first; what stays is sealed for ever or a bare id."""


class PersonFile:
    """`lending.request_ports.Person` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes) -> None:
        self._database, self._envelopes = database, envelopes

    def everything(self, customer_id: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Every row about a person by table, contents opened, secrets left out; JSON-ready."""
        with self._database.read() as connection:
            rows = {name: self._rows(connection, table, customer_id) for name, table in exported().items()}
        return {name: [self._opened(name, customer_id, row) for row in found] for name, found in rows.items()}

    def last_credit(self, customer_id: str) -> datetime | None:
        """When the person's last request for credit was decided or moved; None when there never was one."""
        decided = (
            select(func.max(ledger.c.recorded_at).label("at"))
            .join(decisions, decisions.c.decision_id == ledger.c.decision_id)
            .where(decisions.c.customer_id == customer_id)
        )
        moved = select(func.max(applications.c.changed_at).label("at")).where(applications.c.customer_id == customer_id)
        with self._database.look() as connection:
            times = [at for at in connection.execute(union_all(decided, moved)).scalars() if at is not None]
        return read_time(max(times)) if times else None

    def usernames(self, customer_id: str) -> Sequence[str]:
        """The accounts of a person."""
        with self._database.look() as connection:
            return connection.execute(_usernames(customer_id)).scalars().all()

    def forget(self, customer_id: str) -> None:
        """Take out the person's accounts, sessions and whatever no chain needs; the key goes by itself."""
        with self._database.write() as connection:
            for table in map(metadata.tables.__getitem__, _FORGOTTEN):
                connection.execute(delete(table).where(_theirs(table, customer_id)))

    def _rows(self, connection: Connection, table: Table, customer_id: str) -> Sequence[RowMapping]:
        first = table.primary_key.columns.values()
        return connection.execute(select(table).where(_theirs(table, customer_id)).order_by(*first)).mappings().all()

    def _opened(self, name: str, customer_id: str, row: RowMapping) -> Mapping[str, Any]:
        plain = {k: _plain(v) for k, v in row.items() if k not in _SECRET}
        sealed = row.get("envelope", row.get("content"))
        if name not in _PLACES or sealed is None:
            return plain
        try:
            held = self._envelopes.open(customer_id, _PLACES[name].format_map(dict(row)), sealed)
        except ErasedError:
            return {**plain, "erased": True}
        return {**plain, "content": _read(held)}


def exported() -> Mapping[str, Table]:
    """Every table whose rows about a person are handed out."""
    return {name: table for name, table in sorted(metadata.tables.items()) if name not in NOT_EXPORTED}


def _theirs(table: Table, customer_id: str) -> ColumnElement[bool]:
    """Which rows of a table are about a person. Raises KeyError for a table nobody has thought about."""
    if "customer_id" in table.c:
        second = _AS_SECOND.get(table.name)
        mine = table.c.customer_id == customer_id
        return mine | (table.c[second] == customer_id) if second else mine
    users = _usernames(customer_id)
    own = select(decisions.c.decision_id).where(decisions.c.customer_id == customer_id)
    return {
        "sessions": lambda: sessions.c.username.in_(users),
        "idempotency_keys": lambda: idempotency_keys.c.username.in_(users),
        "turns": lambda: turns.c.conversation_id.in_(_ids(conversations, customer_id)),
        "attachments": lambda: attachments.c.decision_id.in_(own) & (attachments.c.kind != CO_NOTICE),
        "ledger": lambda: ledger.c.decision_id.in_(own),
        "outcomes": lambda: table.c.decision_id.in_(own),
        "model_scores": lambda: table.c.decision_id.in_(own),
        "application_events": lambda: application_events.c.application_id.in_(_ids(applications, customer_id)),
        "request_events": lambda: request_events.c.request_id.in_(_ids(requests, customer_id)),
        "audit_events": lambda: (
            audit_events.c.actor.in_(users) | (audit_events.c.actor == customer_id)
            | audit_events.c.subject.in_(users) | (audit_events.c.subject == customer_id)
        ),
    }[table.name]()  # fmt: skip


def _ids(table: Table, customer_id: str) -> Select[Any]:
    (key,) = table.primary_key.columns.values()
    return select(key).where(table.c.customer_id == customer_id)


def _usernames(customer_id: str) -> Select[Any]:
    return select(accounts.c.username).where(accounts.c.customer_id == customer_id)


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value


def _read(held: bytes) -> Any:
    """JSON where it is JSON, else text, else Base64."""
    try:
        text = held.decode()
    except UnicodeDecodeError:
        return base64.b64encode(held).decode("ascii")
    try:
        return json.loads(text)
    except ValueError:
        return text
