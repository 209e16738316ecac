"""Decisions on PostgreSQL in one round trip: written after the head of the ledger that this process saw last.

The transaction takes the writers' lock first, as every other, and then one statement writes either all or nothing: all
if the head is still the one that the entries were chained to and none of the decisions is on record, else nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine

from lending.adapters.engines import TAKE_TURN
from lending.adapters.ledger import WRITER, Head
from lending.adapters.plain import wrapped

_DECISION = ("decision_id", "customer_id", "product", "outcome", "envelope")
_ENTRY = ("writer", "seq", "kind", "decision_id", "core_sha256", "envelope_sha256", "prev", "recorded_at", "channel",
          "actor", "entry_sha256", "request_id")  # fmt: skip
_KINDS = {"envelope": "bytea", "seq": "bigint"}


def _rows_of(name: str, columns: Sequence[str]) -> str:
    """Rows out of one list for each column."""
    lists = ", ".join(f"%({name}_{column})s::{_KINDS.get(column, 'text')}[]" for column in columns)
    return f"SELECT one.* FROM free, unnest({lists}) AS one"  # noqa: S608 - words of our own


_APPEND = f"""WITH free AS (
  SELECT 1 FROM ledger_heads
  WHERE writer = %(writer)s AND seq = %(old_seq)s AND entry_sha256 = %(old_sha256)s
  AND NOT EXISTS (SELECT 1 FROM decisions WHERE decision_id = ANY(%(d_decision_id)s::text[]))
), added AS (
  INSERT INTO decisions ({", ".join(_DECISION)}) {_rows_of("d", _DECISION)}
), chained AS (
  INSERT INTO ledger ({", ".join(_ENTRY)}) {_rows_of("l", _ENTRY)}
), moved AS (
  UPDATE ledger_heads AS head
  SET seq = %(seq)s, entry_sha256 = %(entry_sha256)s, last_decision_id = %(last_decision_id)s, mac = %(mac)s
  FROM free WHERE head.writer = %(writer)s RETURNING 1
)
SELECT EXISTS (SELECT 1 FROM moved)"""  # noqa: S608 - words of our own


def append(
    engine: Engine, before: Head, decisions: Sequence[Mapping[str, Any]], entries: Sequence[Mapping[str, Any]],
    head: Mapping[str, Any],
) -> bool:  # fmt: skip
    """Write decisions, their entries and the new head, durable once this returns.

    Args:
        engine: of a PostgreSQL, whose connections begin no transaction by themselves.
        before: the head that the entries are chained to.
        decisions: rows to add.
        entries: rows of the ledger, in order.
        head: columns of the head from now on.

    Returns:
        Whether they were written; if not, nothing was, because the ledger has gone on or one of them is on record.

    Raises:
        DBAPIError: the database cannot be used; if it went away meanwhile, nobody knows whether they were written.
    """
    given = {**head, "writer": WRITER, "old_seq": before[0], "old_sha256": before[1]}
    for name, columns, rows in (("d", _DECISION, decisions), ("l", _ENTRY, entries)):
        given |= {f"{name}_{column}": [row[column] for row in rows] for column in columns}
    held = engine.raw_connection()
    try:
        with wrapped(engine.dialect, held):
            server: Any = held.driver_connection
            with server.cursor() as turn, server.cursor() as cursor:
                with server.pipeline():  # one transaction, which is committed where the pipeline ends
                    turn.execute(TAKE_TURN)
                    cursor.execute(_APPEND, given)
                return bool(cursor.fetchone()[0])
    finally:
        held.close()
