"""Decisions with as few words to the database as it takes, after the head of the ledger that this process saw last.

The transaction takes the writers' turn first, as every other, and writes either all or nothing: all if the head is
still the one that the entries were chained to and none of the decisions is on record, else nothing. On PostgreSQL that
is one round trip.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from lending.adapters.engines import TAKE_TURN
from lending.adapters.ledger import WRITER, Head
from lending.adapters.plain import wrapped

_DECISION = ("decision_id", "customer_id", "product", "outcome", "envelope")
_ENTRY = ("writer", "seq", "kind", "decision_id", "core_sha256", "envelope_sha256", "prev", "recorded_at", "channel",
          "actor", "entry_sha256", "request_id")  # fmt: skip
_KINDS = {"envelope": "bytea", "seq": "bigint"}


def _typed(columns: Sequence[str]) -> str:
    """Values of columns with their kinds, which a server does not find by itself here."""
    return ", ".join(f"%({column})s::{_KINDS.get(column, 'text')}" for column in columns)


_ADD_ON_SERVER = f"""WITH added AS (
  INSERT INTO decisions ({", ".join(_DECISION)})
  SELECT {_typed(_DECISION)} FROM ledger_heads WHERE writer = %(writer)s AND entry_sha256 = %(moved_to)s RETURNING 1
) INSERT INTO ledger ({", ".join(_ENTRY)}) SELECT {_typed(_ENTRY)} FROM added"""  # noqa: S608 - words of our own
"""One decision with its entry; nothing where the head has not moved, which is seen only after all was sent."""


def _named(table: str, columns: Sequence[str]) -> str:
    """A row of named values."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(f':{one}' for one in columns)})"  # noqa: S608


_ADD_DECISION, _ADD_ENTRY = _named("decisions", _DECISION), _named("ledger", _ENTRY)
_MOVE = """UPDATE ledger_heads
SET seq = :seq, entry_sha256 = :entry_sha256, last_decision_id = :last_decision_id, mac = :mac
WHERE writer = :writer AND seq = :old_seq AND entry_sha256 = :old_sha256"""
_MOVE_ON_SERVER = re.sub(r":(\w+)", r"%(\1)s", _MOVE)


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
    driver: Any = engine.dialect.loaded_dbapi
    held = engine.raw_connection()
    try:
        with wrapped(engine.dialect, held):
            return write(held.driver_connection, given, decisions, entries)
    except DBAPIError as error:
        if isinstance(error.orig, driver.IntegrityError):  # one is on record, or cannot be: the long way tells which
            return False
        raise
    finally:
        held.close()


_Rows = Sequence[Mapping[str, Any]]


def _on_server(server: Any, given: Mapping[str, Any], decisions: _Rows, entries: _Rows) -> bool:
    moved_to = given["entry_sha256"]
    rows = [{**one, **entry, "moved_to": moved_to} for one, entry in zip(decisions, entries, strict=True)]
    with server.cursor() as turn, server.cursor() as move, server.cursor() as add:
        with server.pipeline():  # one transaction, which is committed where the pipeline ends
            turn.execute(TAKE_TURN)
            move.execute(_MOVE_ON_SERVER, given)
            add.executemany(_ADD_ON_SERVER, rows)
        return move.rowcount == 1


def _in_file(file: Any, given: Mapping[str, Any], decisions: _Rows, entries: _Rows) -> bool:
    file.execute("BEGIN IMMEDIATE")
    try:
        if file.execute(_MOVE, given).rowcount != 1:
            return False
        file.executemany(_ADD_DECISION, decisions)
        file.executemany(_ADD_ENTRY, entries)
        file.execute("COMMIT")
    finally:
        if file.in_transaction:
            file.execute("ROLLBACK")
    return True
