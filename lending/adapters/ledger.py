"""The hash chain: how an entry is hashed, appended and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from lending.adapters.envelope import Envelopes
from lending.adapters.plain import Plain
from lending.adapters.session import insert_rows
from lending.adapters.tables import ledger, ledger_heads
from lending.domain.record import object_of, sha256_hex

WRITER = "main"
"""One chain for now: SQLite has one writer at a time. A database with many gives each process its own name."""
GENESIS = "0" * 64
_HASHED = ("writer", "seq", "kind", "decision_id", "core_sha256", "envelope_sha256", "prev", "recorded_at", "channel",
           "actor")  # fmt: skip
_HEAD = Plain(select(ledger_heads.c.seq, ledger_heads.c.entry_sha256).where(ledger_heads.c.writer == WRITER))
_ADD_HEAD = insert(ledger_heads)
_MOVE_HEAD = Plain(
    update(ledger_heads)
    .where(ledger_heads.c.writer == bindparam("its_writer"))
    .values(
        seq=bindparam("seq"),
        entry_sha256=bindparam("entry_sha256"),
        last_decision_id=bindparam("last_decision_id"),
        mac=bindparam("mac"),
    )
)


Head = tuple[int, str]
"""Number and hash of the last entry of a chain."""
_Row = Mapping[str, Any]


def append(connection: Connection, envelopes: Envelopes, entries: Sequence[_Row]) -> Head:
    """Chain entries (kind, decision_id, core_sha256, envelope_sha256, recorded_at, channel, actor) in a transaction.

    A `request_id` is hashed too where there is one; entries of before requests had ids keep their hash.

    Returns:
        The head from now on.
    """
    found = next(iter(_HEAD.run(connection.connection, connection.dialect, {})), None)
    rows, new = chained(envelopes, (found.seq, found.entry_sha256) if found else (0, GENESIS), entries)
    insert_rows(connection, ledger, rows)
    if found:
        _MOVE_HEAD.run(connection.connection, connection.dialect, {"its_writer": WRITER, **new})
    else:
        connection.execute(_ADD_HEAD, {"writer": WRITER, **new})
    return new["seq"], new["entry_sha256"]


def chained(envelopes: Envelopes, before: Head, entries: Sequence[_Row]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Entries as rows after a head, and what the head is from then on."""
    seq, prev = before
    rows: list[dict[str, Any]] = []
    for entry in entries:
        seq += 1
        row: dict[str, Any] = {**entry, "writer": WRITER, "seq": seq, "prev": prev}
        row["entry_sha256"] = prev = entry_hash(row)
        rows.append(row)
    last = rows[-1]["decision_id"]
    mac = _mac(envelopes, WRITER, seq, prev, last)
    return rows, {"seq": seq, "entry_sha256": prev, "last_decision_id": last, "mac": mac}


def entry_hash(row: Mapping[str, Any]) -> str:
    """SHA-256 over every column of an entry, the link to the one before included."""
    named = (*_HASHED, "request_id") if row.get("request_id") else _HASHED
    return sha256_hex(object_of(named, [encode_basestring(str(row[name])) for name in named]).encode())


def check_chains(connection: Connection, envelopes: Envelopes) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Walk all chains.

    Returns:
        The entries in order, and for each decision whose entry is wrong what is wrong; the key "" holds what belongs
        to no decision that is left.
    """
    entries = [dict(row) for row in connection.execute(select(ledger).order_by("writer", "seq")).mappings()]
    heads = {row["writer"]: dict(row) for row in connection.execute(select(ledger_heads)).mappings()}
    wrong: dict[str, str] = {}
    for writer in sorted({*heads, *(e["writer"] for e in entries)}):
        wrong |= _check_chain([e for e in entries if e["writer"] == writer], heads.get(writer), envelopes)
    return entries, wrong


def head_problem(connection: Connection, envelopes: Envelopes, seq: int, entry_sha256: str) -> str:
    """What is wrong with the head of the chain that was walked to its end, an entry and its hash; "" when nothing is.

    An append between walk and look is no problem: the head may be further on.
    """
    head = connection.execute(select(ledger_heads).where(ledger_heads.c.writer == WRITER)).mappings().one_or_none()
    if head is None:
        return "the head of the ledger is missing" if seq else ""
    if head["mac"] != _mac(envelopes, WRITER, head["seq"], head["entry_sha256"], head["last_decision_id"]):
        return "the head of the ledger was changed"
    if head["seq"] < seq or (head["seq"] == seq and head["entry_sha256"] != entry_sha256):
        return f"the ledger ends at {seq}, its head says {head['seq']}"
    there = select(ledger.c.entry_sha256).where(ledger.c.writer == WRITER, ledger.c.seq == head["seq"])
    last = connection.execute(there).scalar()
    return "" if last == head["entry_sha256"] else f"entry {head['seq']} is gone, which the head names"


def _check_chain(
    entries: Sequence[Mapping[str, Any]], head: Mapping[str, Any] | None, envelopes: Envelopes
) -> dict[str, str]:
    wrong: dict[str, str] = {}
    prev = GENESIS
    for place, entry in enumerate(entries, start=1):
        if entry["entry_sha256"] != entry_hash(entry):
            wrong[entry["decision_id"]] = f"ledger entry {entry['seq']} does not have its hash"
        elif entry["seq"] != place or entry["prev"] != prev:
            wrong[entry["decision_id"]] = f"ledger entry {entry['seq']} does not follow the one before it"
        prev = entry["entry_sha256"]
    last = entries[-1]["decision_id"] if entries else ""
    if head is None:
        wrong[last] = "the head of the ledger is missing"
    elif head["mac"] != _mac(envelopes, head["writer"], head["seq"], head["entry_sha256"], head["last_decision_id"]):
        wrong[last] = "the head of the ledger was changed"
    elif head["seq"] != len(entries) or head["entry_sha256"] != prev:
        wrong[head["last_decision_id"]] = f"the ledger ends at {len(entries)}, its head says {head['seq']}"
    return wrong


def _mac(envelopes: Envelopes, writer: str, seq: int, entry_sha256: str, last: str) -> str:
    return envelopes.mac(f"{writer}\n{seq}\n{entry_sha256}\n{last}".encode())
