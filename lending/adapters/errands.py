"""What was written down in a request, found by its id."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Column, ColumnElement, select

from lending.adapters.session import Database, read_time
from lending.adapters.tables import audit_events, generations, ledger
from lending.errand_ports import Traced, TracedAct, TracedEntry, TracedText


class ErrandFile:
    """`lending.errand_ports.Errands` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, request_id: str) -> Traced:
        """Entries, acts and texts of a request, oldest first."""
        said = f'"request_id": {json.dumps(request_id)}'
        wanted = select(ledger).where(ledger.c.request_id == request_id).order_by(ledger.c.seq)
        acts = select(audit_events).where(_says(audit_events.c.detail, said)).order_by(audit_events.c.seq)
        texts = select(generations).where(_says(generations.c.failures, said)).order_by(generations.c.at)
        with self._database.read() as connection:
            return Traced(
                [TracedEntry(r.decision_id, r.kind, r.channel, read_time(r.recorded_at))
                 for r in connection.execute(wanted)],
                [TracedAct(r.seq, r.act, r.subject, r.actor, read_time(r.at)) for r in connection.execute(acts)],
                [TracedText(r.generation_id, r.kind, r.trace_id, read_time(r.at)) for r in connection.execute(texts)],
            )  # fmt: skip


def _says(column: Column[Any], said: str) -> ColumnElement[bool]:
    """Whether a text has a piece; a line in an id is no sign for any letter."""
    return column.contains(said, autoescape=True)
