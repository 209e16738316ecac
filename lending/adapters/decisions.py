"""Decisions and attachments, sealed and chained."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select

from lending.adapters import ledger as chain
from lending.adapters.envelope import Envelopes, ErasedError
from lending.adapters.session import Database, insert_rows, read_time, time_text
from lending.adapters.tables import attachments, decisions, ledger
from lending.domain.core import plain_columns
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.record import decision_id, decision_identity, sha256_hex
from lending.errand import current_id
from lending.ports import Clock, DecisionRow, LedgerState, Sealed
from lending.shared_call import SharedCall

_ENTRY = (
    select(decisions, ledger.c.recorded_at, ledger.c.channel, ledger.c.actor, ledger.c.core_sha256)
    .join(ledger, (ledger.c.decision_id == decisions.c.decision_id) & (ledger.c.kind == "decision"))
    .where(decisions.c.decision_id == bindparam("decision_id"))
)
_META = (
    select(ledger.c.decision_id, ledger.c.recorded_at, ledger.c.channel, ledger.c.actor)
    .join(decisions, ledger.c.decision_id == decisions.c.decision_id)
    .where(ledger.c.decision_id.in_(bindparam("ids", expanding=True)), ledger.c.kind == "decision")
)
_LATEST = (
    select(decisions.c.decision_id)
    .join(ledger, (ledger.c.decision_id == decisions.c.decision_id) & (ledger.c.kind == "decision"))
    .where(decisions.c.customer_id == bindparam("customer_id"))
    .order_by(ledger.c.recorded_at.desc(), ledger.c.seq.desc())
)
_MOST_AT_ONCE = 400


class DecisionLedger:
    """`lending.ports.Decisions` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes, clock: Clock) -> None:
        self._database = database
        self._envelopes = envelopes
        self._clock = clock
        self._shared = SharedCall(self._write_all)

    def record(self, core: bytes, customer_id: str, channel: str, actor: str) -> DecisionRow:
        """Write a core durably, or answer the row that is there."""
        return self.record_many([(core, customer_id)], channel, actor)[0]

    def record_many(self, cores: Sequence[tuple[bytes, str]], channel: str, actor: str) -> list[DecisionRow]:
        """Record (core, customer) pairs in one transaction; answers their rows in order."""
        sealed = self.seal(cores)
        known = self._write(sealed, channel, actor)
        return [
            DecisionRow(one.decision_id, customer, core, *known[one.decision_id])
            for one, (core, customer) in zip(sealed, cores, strict=True)
        ]

    def seal(self, cores: Sequence[tuple[bytes, str]]) -> list[Sealed]:
        """Encrypt (core, customer) pairs for writing."""
        return [self._sealed(core, customer) for core, customer in cores]

    def write(self, sealed: Sequence[Sealed], channel: str, actor: str) -> None:
        """Write durably, in one transaction, those that are not there yet."""
        if sealed:
            self._write(sealed, channel, actor)

    def attach(self, decision_id: str, kind: str, content: bytes, made_by: str) -> str:
        """Chain a document to a decision. Raises NotFoundError when there is no such decision."""
        row = self.get(decision_id)
        digest = sha256_hex(content)
        envelope = self._envelopes.seal(row.customer_id, f"attachment {kind} {digest} of {decision_id}", content)
        with self._database.write() as connection:
            there = connection.execute(
                select(attachments.c.kind).where(
                    attachments.c.sha256 == digest, attachments.c.decision_id == decision_id, attachments.c.kind == kind
                )
            ).one_or_none()
            if there is None:
                values = {"sha256": digest, "decision_id": decision_id, "kind": kind, "envelope": envelope}
                connection.execute(insert(attachments), values)
                entry = self._entry(
                    decision_id, kind, digest, sealed_hash(row.customer_id, envelope), "attachment", made_by
                )
                chain.append(connection, self._envelopes, _stamped([entry], self._clock.now()))
        return digest

    def together(self) -> AbstractContextManager[None]:
        """One transaction for decision, attachments and offers."""
        return self._database.together()

    def get(self, decision_id: str) -> DecisionRow:
        """A decision with its core opened; raises NotFoundError or RefusedError (tampered)."""
        with self._database.look() as connection:
            row = connection.execute(_ENTRY, {"decision_id": decision_id}).mappings().one_or_none()
        if row is None:
            raise _unknown(decision_id)
        core = self._open(_plain(row))
        at = read_time(row["recorded_at"])
        return DecisionRow(decision_id, row["customer_id"], core, row["channel"], row["actor"], at)

    def of(self, customer_id: str, count: int) -> list[DecisionRow]:
        """A customer's latest decisions, newest first."""
        with self._database.look() as connection:
            names = connection.execute(_LATEST.limit(count), {"customer_id": customer_id}).scalars().all()
        return [self.get(name) for name in names]

    def ids(self) -> Iterator[str]:
        """All decisions, oldest first."""
        wanted = select(ledger.c.decision_id).where(ledger.c.kind == "decision").order_by("writer", "seq")
        with self._database.read() as connection:
            found = connection.execute(wanted).scalars().all()
        yield from found

    def audit(self, decision_ids: Sequence[str] | None = None) -> Sequence[LedgerState]:
        """Walk the chain and open every decision and attachment asked for."""
        with self._database.read() as connection:
            entries, wrong = chain.check_chains(connection, self._envelopes)
            rows = {r["decision_id"]: _plain(r) for r in connection.execute(select(decisions)).mappings()}
            papers = [_plain(r) for r in connection.execute(select(attachments)).mappings()]
        kinds = {(e["decision_id"], e["kind"], e["core_sha256"]): e for e in entries}
        first = {e["decision_id"]: e for e in entries if e["kind"] == "decision"}
        for paper in papers:
            entry = kinds.get((paper["decision_id"], paper["kind"], paper["sha256"]))
            if detail := self._paper_detail(paper, entry, rows):
                wrong.setdefault(paper["decision_id"], detail)
        kept = {(p["decision_id"], p["kind"], p["sha256"]) for p in papers}
        for (owner, kind, digest), entry in kinds.items():
            if entry["kind"] != "decision" and (owner, kind, digest) not in kept:
                wrong.setdefault(owner, f"its attachment {kind} is gone")
        asked = set(decision_ids) if decision_ids is not None else {*first, *rows, *wrong}
        return [self._state(i, first.get(i), rows.get(i), wrong) for i in sorted(asked | {k for k in wrong if not k})]

    def _state(
        self, name: str, entry: Mapping[str, Any] | None, row: Mapping[str, Any] | None, wrong: Mapping[str, str]
    ) -> LedgerState:
        if name in wrong:
            return LedgerState(name, "tampered", wrong[name])
        if entry is None and row is None:
            raise _unknown(name)
        if entry is None or row is None:
            lost = "its ledger entry" if entry is None else "its row"
            return LedgerState(name, "tampered", f"{lost} is gone")
        if sealed_hash(row["customer_id"], row["envelope"]) != entry["envelope_sha256"]:
            return LedgerState(name, "tampered", "its envelope does not have the chained hash")
        try:
            core = self._open({**row, "core_sha256": entry["core_sha256"]})
        except ErasedError:
            return LedgerState(name, "erased", "the customer's key was deleted")
        except RefusedError as error:
            return LedgerState(name, "tampered", str(error))
        return LedgerState(name, *_compare_columns(row, core))

    def _paper_detail(self, paper: Mapping[str, Any], entry: Mapping[str, Any] | None, rows: Mapping[str, Any]) -> str:
        """What is wrong with an attachment; empty when nothing is."""
        owner = rows.get(paper["decision_id"])
        if entry is None or owner is None:
            return f"its attachment {paper['kind']} is not in the ledger"
        if sealed_hash(owner["customer_id"], paper["envelope"]) != entry["envelope_sha256"]:
            return f"its attachment {paper['kind']} does not have the chained hash"
        return ""

    def _open(self, row: Mapping[str, Any]) -> bytes:
        place = f"decision {row['decision_id']}"
        core = self._envelopes.open(row["customer_id"], place, row["envelope"])
        if sha256_hex(core) != row["core_sha256"] or decision_id(core) != row["decision_id"]:
            raise RefusedError(f"{place} does not have its hash", code="tampered", field=row["decision_id"],
                               expected="the recorded core", do="Restore it from a backup.")  # fmt: skip
        return core

    def _known(self, connection: Connection, ids: Sequence[str]) -> dict[str, _Known]:
        rows = [row for some in _chunks(ids) for row in connection.execute(_META, {"ids": some})]
        return {row.decision_id: (row.channel, row.actor, read_time(row.recorded_at)) for row in rows}

    def _sealed(self, core: bytes, customer_id: str) -> Sealed:
        (name, digest), columns = decision_identity(core), plain_columns(core)
        envelope = self._envelopes.seal(customer_id, f"decision {name}", core)
        return Sealed(name, customer_id, columns["product"], columns["outcome"], digest, envelope)

    def _write(self, sealed: Sequence[Sealed], channel: str, actor: str) -> dict[str, _Known]:
        """Write what is not there yet; answers channel, actor and time of each."""
        rows = [
            (one, self._entry(one.decision_id, "decision", one.core_sha256,
                              sealed_hash(one.customer_id, one.envelope), channel, actor))
            for one in sealed
        ]  # fmt: skip
        # In a transaction of more than this, whoever began it ends it.
        return self._write_all([rows])[0] if self._database.is_joined else self._shared.do(rows)

    def _write_all(self, group: Sequence[_Rows]) -> Sequence[dict[str, _Known]]:
        """Write for everybody in one transaction, in the order in which they came; all hear all that is known."""
        new: dict[str, tuple[Sealed, dict[str, Any]]] = {}
        for rows in group:
            for one, entry in rows:
                new.setdefault(one.decision_id, (one, entry))
        with self._database.write() as connection:
            known = self._known(connection, list(new))
            mine = [pair for name, pair in new.items() if name not in known]
            now = self._clock.now()
            if mine:
                insert_rows(connection, decisions, [_row(one) for one, _ in mine])
                chain.append(connection, self._envelopes, _stamped([entry for _, entry in mine], now))
        known |= {entry["decision_id"]: (entry["channel"], entry["actor"], now) for _, entry in mine}
        return [known] * len(group)

    def _entry(self, name: str, kind: str, digest: str, sealed: str, channel: str, actor: str) -> dict[str, Any]:
        return {
            "kind": kind,
            "decision_id": name,
            "core_sha256": digest,
            "envelope_sha256": sealed,
            "channel": channel,
            "actor": actor,
            "request_id": current_id() or None,
        }


_Known = tuple[str, str, datetime]
"""Channel, actor and time of a decision that is on record."""


_Rows = Sequence[tuple[Sealed, dict[str, Any]]]
"""What one caller wants written: decisions with their entries in the chain."""


def _stamped(entries: Sequence[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Entries with the time at which they join the chain, after all that stands there."""
    at = time_text(now)
    return [{**entry, "recorded_at": at} for entry in entries]


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    """Few enough at once for every database's limit on parameters."""
    for start in range(0, len(ids), _MOST_AT_ONCE):
        yield list(ids[start : start + _MOST_AT_ONCE])


def sealed_hash(customer_id: str, envelope: bytes) -> str:
    """What the chain holds of an envelope: its bytes and whose it is, so that neither can be swapped."""
    return sha256_hex(f"{customer_id}\n".encode() + envelope)


def _row(one: Sealed) -> dict[str, object]:
    return {
        "decision_id": one.decision_id,
        "customer_id": one.customer_id,
        "product": one.product,
        "outcome": one.outcome,
        "envelope": one.envelope,
    }


def _plain(row: RowMapping) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


def _unknown(name: str) -> NotFoundError:
    return NotFoundError(
        f"there is no decision {name[:40]}", code="not_found", field="decision_id", found=name[:40],
        expected="the id of a recorded decision", do="Check the id.",
    )  # fmt: skip


def _compare_columns(row: Mapping[str, Any], core: bytes) -> tuple[str, str]:
    stored = json.loads(core)
    for column in ("product", "outcome"):
        if row[column] != stored[column]:
            return "tampered", f"its column {column} is {row[column]}, its core says {stored[column]}"
    return "ok", ""
