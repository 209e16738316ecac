"""Decisions and attachments, sealed and chained."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import RowMapping, bindparam, insert, select

from lending.adapters import ledger as chain
from lending.adapters.decision_writer import DecisionWriter, entry_of, sealed_hash
from lending.adapters.envelope import Envelopes, ErasedError
from lending.adapters.session import Database, read_time
from lending.adapters.tables import attachments, decisions, ledger
from lending.domain.application import Outcome
from lending.domain.core import plain_columns
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.record import decision_id, decision_identity, sha256_hex
from lending.ports import Clock, DecisionRow, LedgerState, Sealed

_ENTRY = (
    select(decisions, ledger.c.recorded_at, ledger.c.channel, ledger.c.actor, ledger.c.core_sha256)
    .join(ledger, (ledger.c.decision_id == decisions.c.decision_id) & (ledger.c.kind == "decision"))
    .where(decisions.c.decision_id == bindparam("decision_id"))
)
_LATEST = (
    select(decisions.c.decision_id)
    .join(ledger, (ledger.c.decision_id == decisions.c.decision_id) & (ledger.c.kind == "decision"))
    .where(decisions.c.customer_id == bindparam("customer_id"))
    .order_by(ledger.c.recorded_at.desc(), ledger.c.seq.desc())
)
_SHOWN = _LATEST.add_columns(decisions.c.product, decisions.c.outcome).where(ledger.c.channel != "batch")
"""Decisions of a batch are never shown to those they are about."""


class DecisionLedger:
    """`lending.ports.Decisions` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes, clock: Clock) -> None:
        self._database = database
        self._envelopes = envelopes
        self._writer = DecisionWriter(database, envelopes, clock)

    def record(self, core: bytes, customer_id: str, channel: str, actor: str) -> DecisionRow:
        """Write a core durably, or answer the row that is there."""
        return self.record_many([(core, customer_id)], channel, actor)[0]

    def record_many(self, cores: Sequence[tuple[bytes, str]], channel: str, actor: str) -> list[DecisionRow]:
        """Record (core, customer) pairs in one transaction; answers their rows in order."""
        sealed = self.seal(cores)
        known = self._writer.write(sealed, channel, actor)
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
            self._writer.write(sealed, channel, actor)

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
                sealed = sealed_hash(row.customer_id, envelope)
                self._writer.chain(connection, [entry_of(decision_id, kind, digest, sealed, "attachment", made_by)])
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

    def refusals(self, customer_id: str) -> list[DecisionRow]:
        """Of each loan type, the newest decision that the customer was shown, where that is a refusal."""
        with self._database.look() as connection:
            shown = connection.execute(_SHOWN, {"customer_id": customer_id}).all()
        newest = {row.product: row for row in reversed(shown)}
        return [self.get(row.decision_id) for row in newest.values() if row.outcome == Outcome.DECLINE.value]

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

    def _sealed(self, core: bytes, customer_id: str) -> Sealed:
        (name, digest), columns = decision_identity(core), plain_columns(core)
        envelope = self._envelopes.seal(customer_id, f"decision {name}", core)
        return Sealed(name, customer_id, columns["product"], columns["outcome"], digest, envelope)


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
