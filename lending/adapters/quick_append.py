"""Decisions with as few words to the database as it takes, after the head of the ledger that this process saw last.

The transaction takes the writers' turn first, as every other, and writes either all or nothing: all if the head is
still the one that the entries were chained to and none of the decisions is on record, else nothing. On PostgreSQL that
is one round trip.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, PoolProxiedConnection

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


def _named(table: str, columns: Sequence[str]) -> str:
    """A row of named values."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(f':{one}' for one in columns)})"  # noqa: S608


_ADD_DECISION, _ADD_ENTRY = _named("decisions", _DECISION), _named("ledger", _ENTRY)
_MOVE = """UPDATE ledger_heads
SET seq = :seq, entry_sha256 = :entry_sha256, last_decision_id = :last_decision_id, mac = :mac
WHERE writer = :writer AND seq = :old_seq AND entry_sha256 = :old_sha256"""


def append(
    engine: Engine, before: Head, decisions: Sequence[Mapping[str, Any]], entries: Sequence[Mapping[str, Any]],
    head: Mapping[str, Any],
) -> bool:  # fmt: skip
    """Write decisions, their entries and the new head, durable once this returns.

    Args:
        engine: whose connections begin no transaction by themselves.
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
    write = _in_file if engine.dialect.name == "sqlite" else _on_server
    held = engine.raw_connection()
    try:
        with wrapped(engine.dialect, held):
            return write(held, given, decisions, entries)
    finally:
        held.close()


_Rows = Sequence[Mapping[str, Any]]


def _on_server(held: PoolProxiedConnection, given: dict[str, Any], decisions: _Rows, entries: _Rows) -> bool:
    server: Any = held.driver_connection
    for name, columns, rows in (("d", _DECISION, decisions), ("l", _ENTRY, entries)):
        given |= {f"{name}_{column}": [row[column] for row in rows] for column in columns}
    with server.cursor() as turn, server.cursor() as cursor:
        with server.pipeline():  # one transaction, which is committed where the pipeline ends
            turn.execute(TAKE_TURN)
            cursor.execute(_APPEND, given)
        return bool(cursor.fetchone()[0])


def _in_file(held: PoolProxiedConnection, given: dict[str, Any], decisions: _Rows, entries: _Rows) -> bool:
    file: Any = held.driver_connection
    file.execute("BEGIN IMMEDIATE")
    try:
        if file.execute(_MOVE, given).rowcount != 1:
            return False
        file.executemany(_ADD_DECISION, decisions)
        file.executemany(_ADD_ENTRY, entries)
        file.execute("COMMIT")
    except sqlite3.IntegrityError:  # one is on record, or cannot be: the long way tells which
        return False
    finally:
        if file.in_transaction:
            file.execute("ROLLBACK")
    return True
