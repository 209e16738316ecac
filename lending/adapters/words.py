"""Generated texts: their diary, those kept for next time, and what was chained to decisions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from lending.adapters.envelope import Envelopes
from lending.adapters.session import Database, read_time, time_text
from lending.adapters.tables import attachments, decisions, generations, kept_texts, ledger
from lending.domain.errors import NotFoundError
from lending.ports import Clock
from lending.word_ports import GenerationRow


class GenerationFile:
    """`lending.word_ports.Generations` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, row: GenerationRow) -> None:
        """Write one down."""
        with self._database.write() as connection:
            connection.execute(insert(generations), _columns(row))

    def get(self, generation_id: str) -> GenerationRow:
        """One by its id. Raises NotFoundError."""
        wanted = select(generations).where(generations.c.generation_id == generation_id)
        with self._database.look() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            raise NotFoundError(
                "there is no such text of yours", code="not_found", field="id", found=generation_id[:40],
                expected="the generation_id of a text that was shown to you", do="Use the id that came with the text.",
            )  # fmt: skip
        return _generation(row)

    def since(self, moment: datetime) -> Sequence[GenerationRow]:
        """Those from a moment on, oldest first."""
        wanted = select(generations).where(generations.c.at >= time_text(moment)).order_by(generations.c.at)
        with self._database.look() as connection:
            return [_generation(row) for row in connection.execute(wanted).all()]

    def untraced(self, most: int) -> Sequence[GenerationRow]:
        """Those without a trace, oldest first."""
        wanted = select(generations).where(generations.c.trace_id.is_(None)).order_by(generations.c.at).limit(most)
        with self._database.look() as connection:
            return [_generation(row) for row in connection.execute(wanted).all()]

    def traced(self, generation_id: str, trace_id: str) -> None:
        """Note a trace."""
        mine = update(generations).where(generations.c.generation_id == generation_id)
        with self._database.write() as connection:
            connection.execute(mine.values(trace_id=trace_id))


class KeptTextFile:
    """`lending.word_ports.KeptTexts` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes, clock: Clock) -> None:
        self._database, self._envelopes, self._clock = database, envelopes, clock

    def get(self, customer_id: str, key: str) -> bytes | None:
        """The text under a key, if it is this customer's."""
        wanted = select(kept_texts).where(kept_texts.c.key_sha256 == key, kept_texts.c.customer_id == customer_id)
        with self._database.look() as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else self._envelopes.open(customer_id, f"text {key}", row.envelope)

    def keep(self, customer_id: str, key: str, content: bytes) -> None:
        """Write or replace."""
        values = {
            "key_sha256": key, "customer_id": customer_id, "at": time_text(self._clock.now()),
            "envelope": self._envelopes.seal(customer_id, f"text {key}", content),
        }  # fmt: skip
        with self._database.write() as connection:
            connection.execute(delete(kept_texts).where(kept_texts.c.key_sha256 == key))
            connection.execute(insert(kept_texts), values)


class AttachedFile:
    """`lending.word_ports.Attached` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes) -> None:
        self._database, self._envelopes = database, envelopes

    def of(self, decision_id: str, kind: str) -> Sequence[bytes]:
        """Contents of one kind, in the order of the ledger."""
        same = (ledger.c.decision_id == attachments.c.decision_id) & (ledger.c.kind == attachments.c.kind)
        wanted = (
            select(attachments.c.sha256, attachments.c.envelope, decisions.c.customer_id)
            .join(ledger, same & (ledger.c.core_sha256 == attachments.c.sha256))
            .join(decisions, decisions.c.decision_id == attachments.c.decision_id)
            .where(attachments.c.decision_id == decision_id, attachments.c.kind == kind)
            .order_by(ledger.c.writer, ledger.c.seq)
        )
        with self._database.look() as connection:
            rows = connection.execute(wanted).all()
        place = f"attachment {kind} {{}} of {decision_id}"
        return [self._envelopes.open(row.customer_id, place.format(row.sha256), row.envelope) for row in rows]


def _columns(row: GenerationRow) -> dict[str, object]:
    """Columns of the same names; the detail stands beside the failures."""
    names = ("generation_id", "kind", "customer_id", "decision_id", "prompt", "model", "index_version", "written_by",
             "tokens_in", "tokens_out", "milliseconds", "trace_id")  # fmt: skip
    found = {"failures": [list(failure) for failure in row.failures], **row.detail}
    return {
        **{name: getattr(row, name) for name in names}, "failures": json.dumps(found, sort_keys=True),
        "cost": str(row.cost), "cached": int(row.cached), "at": time_text(row.at),
    }  # fmt: skip


def _generation(row: Row[Any]) -> GenerationRow:
    detail = json.loads(row.failures)
    failures = tuple((str(check), str(found)) for check, found in detail.pop("failures"))
    return GenerationRow(
        row.generation_id, row.kind, row.customer_id, row.decision_id, row.prompt, row.model, row.index_version,
        row.written_by, failures, row.tokens_in, row.tokens_out, Decimal(row.cost), row.milliseconds,
        bool(row.cached), read_time(row.at), row.trace_id, detail,
    )  # fmt: skip
