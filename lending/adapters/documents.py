"""The papers that customers bring: rows whose names and findings are sealed with their own key."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update

from lending.adapters.envelope import Envelopes, ErasedError
from lending.adapters.session import Database, read_time, time_text
from lending.adapters.tables_portal import documents
from lending.document_ports import PaperRow, no_paper
from lending.ports import Clock

_OPEN = ("document_id", "customer_id", "application_id", "asked", "state", "version", "object_key", "sha256", "size",
         "media_type")  # fmt: skip
_SEALED = ("name", "kind", "findings", "read", "confidence", "decided_by", "reason")


class DocumentFile:
    """`lending.document_ports.Papers` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes, clock: Clock) -> None:
        self._database, self._envelopes, self._clock = database, envelopes, clock

    def add(self, row: PaperRow) -> None:
        """Write one down."""
        with self._database.write() as connection:
            connection.execute(insert(documents), self._values(row))

    def get(self, document_id: str) -> PaperRow:
        """Raises NotFoundError."""
        with self._database.look() as connection:
            row = connection.execute(select(documents).where(_is(document_id))).one_or_none()
        if row is None:
            raise no_paper(document_id)
        return self._opened(row)

    def of(self, customer_id: str, application_id: str | None = None) -> Sequence[PaperRow]:
        """A customer's papers, oldest first."""
        mine = documents.c.customer_id == customer_id
        if application_id is not None:
            mine = mine & (documents.c.application_id == application_id)
        return self._list(mine)

    def waiting(self) -> Sequence[PaperRow]:
        """Those that a person must look at, oldest first."""
        return self._list(documents.c.state == "needs_person")

    def change(self, row: PaperRow, version: int) -> PaperRow | None:
        """Write over the row of this version; None where that one is gone."""
        grown = replace(row, version=version + 1, changed_at=self._clock.now())
        same = _is(row.document_id) & (documents.c.version == version)
        with self._database.write() as connection:
            done = connection.execute(update(documents).where(same).values(self._values(grown)))
        return grown if done.rowcount == 1 else None

    def drop(self, document_id: str) -> None:
        """Take one out."""
        with self._database.write() as connection:
            connection.execute(delete(documents).where(_is(document_id)))

    def afterwards(self, act: Callable[[], None]) -> None:
        """Do something once this thread's transaction is durable."""
        with self._database.write():
            self._database.afterwards(act)

    def known_keys(self) -> frozenset[str]:
        """The keys of all contents that a row speaks of."""
        with self._database.look() as connection:
            return frozenset(connection.execute(select(documents.c.object_key)).scalars()) - {""}

    def seal(self, customer_id: str, document_id: str, content: bytes) -> bytes:
        """A content with its customer's key, bound to its paper."""
        return self._envelopes.seal(customer_id, f"content of {document_id}", content)

    def open(self, customer_id: str, document_id: str, sealed: bytes) -> bytes:
        """The inverse of `seal`. Raises ErasedError, RefusedError."""
        return self._envelopes.open(customer_id, f"content of {document_id}", sealed)

    def _list(self, wanted: ColumnElement[bool]) -> list[PaperRow]:
        ordered = select(documents).where(wanted).order_by(documents.c.created_at, documents.c.document_id)
        with self._database.look() as connection:
            return [self._opened(row) for row in connection.execute(ordered).all()]

    def _values(self, row: PaperRow) -> dict[str, Any]:
        told = {name: getattr(row, name) for name in _SEALED}
        text = json.dumps(told, sort_keys=True, ensure_ascii=False, default=dict).encode()
        return {
            **{name: getattr(row, name) for name in _OPEN},
            "envelope": self._envelopes.seal(row.customer_id, _place(row.document_id), text),
            "created_at": time_text(row.created_at),
            "changed_at": time_text(row.changed_at),
        }

    def _opened(self, row: Row[Any]) -> PaperRow:
        told: dict[str, Any] = {"name": "", "kind": "", "findings": [], "read": {}}
        with suppress(ErasedError):
            told = json.loads(self._envelopes.open(row.customer_id, _place(row.document_id), row.envelope))
        plain: dict[str, Any] = {name: getattr(row, name) for name in _OPEN}
        plain |= {**told, "findings": tuple(told["findings"])}
        return PaperRow(created_at=read_time(row.created_at), changed_at=read_time(row.changed_at), **plain)


def _is(document_id: str) -> ColumnElement[bool]:
    return documents.c.document_id == document_id


def _place(document_id: str) -> str:
    return f"document {document_id}"
