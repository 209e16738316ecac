"""How many decisions were scored how, from the ledger's own kinds; nothing sealed is opened."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from lending.adapters.session import Database, time_text
from lending.adapters.tables import ledger


class ScoredCounts:
    """Counts attachments of a kind."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, kind: str, at: datetime) -> int:
        """How many were chained since a time (UTC). Raises UnavailableError."""
        wanted = select(func.count()).where(ledger.c.kind == kind, ledger.c.recorded_at >= time_text(at))
        with self._database.look() as connection:
            return int(connection.execute(wanted).scalar_one())
