"""Conversations and customers' own papers, each text sealed with its customer's key."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from lending.adapters.envelope import Envelopes
from lending.adapters.session import Database, read_time, time_text
from lending.adapters.tables import conversations, own_documents, turns
from lending.domain.errors import NotFoundError
from lending.ports import Clock
from lending.talk_ports import Conversation, OwnDocument, Speaker, Turn

_ID_BYTES = 16


class ConversationFile:
    """`lending.talk_ports.Conversations` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes, clock: Clock) -> None:
        self._database = database
        self._envelopes = envelopes
        self._clock = clock

    def start(self, customer_id: str) -> str:
        """A new conversation under a name that cannot be guessed."""
        name = "t_" + base64.b32encode(secrets.token_bytes(_ID_BYTES)).decode("ascii").lower().rstrip("=")
        row = {"conversation_id": name, "customer_id": customer_id, "started_at": time_text(self._clock.now())}
        with self._database.write() as connection:
            connection.execute(insert(conversations), row)
        return name

    def get(self, customer_id: str, conversation_id: str) -> Conversation:
        """A conversation with its turns opened."""
        wanted = select(turns).where(turns.c.conversation_id == conversation_id).order_by(turns.c.seq)
        with self._database.look() as connection:
            head = _own(connection, customer_id, conversation_id)
            rows = connection.execute(wanted).all()
        said = [self._opened(customer_id, row) for row in rows]
        return Conversation(conversation_id, customer_id, read_time(head.started_at), said)

    def add(
        self, customer_id: str, conversation_id: str, speaker: Speaker, content: bytes, generation_id: str | None = None
    ) -> int:
        """Write the next turn down; its place is found in the transaction that writes it."""
        with self._database.write() as connection:
            _own(connection, customer_id, conversation_id)
            last = select(func.max(turns.c.seq)).where(turns.c.conversation_id == conversation_id)
            seq = (connection.execute(last).scalar() or 0) + 1
            sealed = self._envelopes.seal(customer_id, place_of_turn(conversation_id, seq), content)
            row = {
                "conversation_id": conversation_id, "seq": seq, "role": speaker, "envelope": sealed,
                "generation_id": generation_id, "at": time_text(self._clock.now()),
            }  # fmt: skip
            connection.execute(insert(turns), row)
        return seq

    def said(self, customer_id: str, since: datetime) -> Sequence[datetime]:
        """Times of the customer's own turns."""
        wanted = (
            select(turns.c.at)
            .join(conversations, conversations.c.conversation_id == turns.c.conversation_id)
            .where(conversations.c.customer_id == customer_id, turns.c.role == "customer")
            .where(turns.c.at >= time_text(since))
            .order_by(turns.c.at)
        )
        with self._database.look() as connection:
            return [read_time(at) for at in connection.execute(wanted).scalars()]

    def _opened(self, customer_id: str, row: Row[Any]) -> Turn:
        content = self._envelopes.open(customer_id, place_of_turn(row.conversation_id, row.seq), row.envelope)
        return Turn(row.seq, row.role, content, row.generation_id, read_time(row.at))


class OwnDocumentFile:
    """`lending.talk_ports.OwnDocuments` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes, clock: Clock) -> None:
        self._database = database
        self._envelopes = envelopes
        self._clock = clock

    def put(self, customer_id: str, document_id: str, title: str, text: str) -> None:
        """Write or replace; the title is sealed with the text, for it may name people."""
        content = json.dumps({"title": title, "text": text}, sort_keys=True, ensure_ascii=False).encode()
        row = {
            "customer_id": customer_id, "document_id": document_id, "at": time_text(self._clock.now()),
            "envelope": self._envelopes.seal(customer_id, _paper(document_id), content),
        }  # fmt: skip
        with self._database.write() as connection:
            connection.execute(delete(own_documents).where(*_one(customer_id, document_id)))
            connection.execute(insert(own_documents), row)

    def of(self, customer_id: str) -> Sequence[OwnDocument]:
        """All of one customer's, opened."""
        table = own_documents
        wanted = select(table).where(table.c.customer_id == customer_id).order_by(table.c.at, table.c.document_id)
        with self._database.look() as connection:
            rows = connection.execute(wanted).all()
        return [self._opened(customer_id, row) for row in rows]

    def drop(self, customer_id: str, document_id: str) -> bool:
        """Take one out."""
        with self._database.write() as connection:
            gone = connection.execute(delete(own_documents).where(*_one(customer_id, document_id)))
        return gone.rowcount > 0

    def _opened(self, customer_id: str, row: Row[Any]) -> OwnDocument:
        held = json.loads(self._envelopes.open(customer_id, _paper(row.document_id), row.envelope))
        return OwnDocument(row.document_id, held["title"], held["text"], read_time(row.at))


def _own(connection: Connection, customer_id: str, conversation_id: str) -> Row[Any]:
    wanted = select(conversations).where(conversations.c.conversation_id == conversation_id)
    row = connection.execute(wanted).one_or_none()
    if row is None or row.customer_id != customer_id:
        raise NotFoundError(
            "there is no such conversation of yours", code="not_found", field="conversation_id",
            found=conversation_id[:40], expected="the id of a conversation of yours",
            do="Leave conversation_id out to begin a new one.",
        )  # fmt: skip
    return row


def _one(customer_id: str, document_id: str) -> tuple[Any, Any]:
    return own_documents.c.customer_id == customer_id, own_documents.c.document_id == document_id


def place_of_turn(conversation_id: str, seq: int) -> str:
    """What a turn is sealed for."""
    return f"turn {seq} of {conversation_id}"


def _paper(document_id: str) -> str:
    return f"own document {document_id}"
