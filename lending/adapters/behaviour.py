"""How the pages are used, as rows that name nobody."""

from __future__ import annotations

import json
import secrets
from datetime import datetime

from sqlalchemy import delete, func, insert, select

from lending.adapters.session import Database, time_text
from lending.adapters.tables_portal import behaviour
from lending.behaviour_ports import BehaviourRow

_ID_BYTES = 12


class BehaviourFile:
    """`lending.behaviour_ports.Behaviour` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, row: BehaviourRow, most: int) -> bool:
        """Write one down, within the visitor's number."""
        noted = select(func.count()).select_from(behaviour).where(behaviour.c.visitor == row.visitor)
        with self._database.write() as connection:
            if connection.execute(noted).scalar_one() >= most:
                return False
            connection.execute(insert(behaviour), _values(row))
        return True

    def sweep(self, before: datetime) -> int:
        """Delete what is older."""
        with self._database.write() as connection:
            return connection.execute(delete(behaviour).where(behaviour.c.at < time_text(before))).rowcount


def _values(row: BehaviourRow) -> dict[str, str]:
    plain = {name: getattr(row, name) for name in ("visitor", "event", "page", "step", "product")}
    variants = json.dumps(dict(row.variants), sort_keys=True)
    return {**plain, "event_id": f"b_{secrets.token_hex(_ID_BYTES)}", "at": time_text(row.at), "variants": variants}
