"""How loans turned out, beside the decisions they were lent on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, or_, select

from lending.adapters.envelope import Envelopes, ErasedError
from lending.adapters.session import Database, insert_rows, time_text
from lending.adapters.tables import customer_keys, decisions, ledger
from lending.adapters.tables_portal import applications
from lending.adapters.tables_staff import outcomes
from lending.outcome_ports import LentRow, OutcomeRow

_AT_ONCE = 400
_BATCH = "batch"
"""A batch is how the bank's own book comes in: what it approved was lent."""
_DECIDED = decisions.join(ledger, and_(ledger.c.decision_id == decisions.c.decision_id, ledger.c.kind == "decision"))
_ACCEPTED = select(applications.c.decision_id).where(applications.c.state == "accepted")
_LENT = (
    select(decisions.c.decision_id)
    .select_from(_DECIDED.outerjoin(outcomes, outcomes.c.decision_id == decisions.c.decision_id))
    .where(
        or_(
            outcomes.c.decision_id.is_not(None),
            and_(decisions.c.outcome == "approve", ledger.c.channel == _BATCH),
            decisions.c.decision_id.in_(_ACCEPTED),
        )
    )
    .order_by(ledger.c.recorded_at, decisions.c.decision_id)
)
_OPENED = (
    select(decisions, ledger.c.channel, customer_keys.c.wrapped_key, outcomes.c.known_on, outcomes.c.bad,
           outcomes.c.source)
    .select_from(_DECIDED.join(customer_keys, customer_keys.c.customer_id == decisions.c.customer_id)
                 .outerjoin(outcomes, outcomes.c.decision_id == decisions.c.decision_id))
    .where(decisions.c.decision_id.in_(bindparam("ids", expanding=True)))
)  # fmt: skip
_KNOWN = select(outcomes).where(outcomes.c.decision_id.in_(bindparam("ids", expanding=True)))
_OF_IDS = (
    select(decisions.c.decision_id, decisions.c.outcome)
    .join(customer_keys, customer_keys.c.customer_id == decisions.c.customer_id)
    .where(decisions.c.decision_id.in_(bindparam("ids", expanding=True)))
)
"""Of whoever was erased nothing new is written down."""


class OutcomeFile:
    """`lending.outcome_ports.Outcomes` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes) -> None:
        self._database, self._envelopes = database, envelopes

    def known(self, decision_ids: Iterable[str]) -> dict[str, OutcomeRow]:
        """Those that are there."""
        return {row.decision_id: _outcome(row) for row in self._each(_KNOWN, decision_ids)}

    def decided(self, decision_ids: Iterable[str]) -> dict[str, str]:
        """What was decided, for those that are decisions of people who were not erased."""
        return {row.decision_id: row.outcome for row in self._each(_OF_IDS, decision_ids)}

    def add(self, rows: Sequence[OutcomeRow], at: datetime) -> int:
        """Write down those that are not there yet."""
        with self._database.together(), self._database.write() as connection:
            there = self.known(row.decision_id for row in rows)
            new = {row.decision_id: row for row in rows if row.decision_id not in there}
            insert_rows(connection, outcomes, [_values(row, at) for row in new.values()])
        return len(new)

    def lent(self) -> Iterator[LentRow]:
        """Every loan lent, oldest decision first; a few hundred are held at once."""
        with self._database.look() as connection:
            ids = connection.execute(_LENT).scalars().all()
        for some in _chunks(ids):
            with self._database.look() as connection:
                rows = {row.decision_id: row for row in connection.execute(_OPENED, {"ids": some})}
            yield from filter(None, (self._lent(rows[name]) for name in some if name in rows))

    def counts(self) -> tuple[int, int]:
        """How many are known, and how many of them are bad."""
        with self._database.look() as connection:
            total, bad = connection.execute(select(func.count(), func.sum(outcomes.c.bad)).select_from(outcomes)).one()
        return total, bad or 0

    def _lent(self, row: Row[Any]) -> LentRow | None:
        with suppress(ErasedError):
            self._envelopes.know(row.customer_id, row.wrapped_key)
            core = self._envelopes.open(row.customer_id, f"decision {row.decision_id}", row.envelope)
            outcome = None if row.known_on is None else _outcome(row)
            return LentRow(row.decision_id, row.customer_id, core, row.channel, outcome)
        return None

    def _each(self, wanted: Any, decision_ids: Iterable[str]) -> Iterator[Row[Any]]:
        for some in _chunks(list(decision_ids)):
            with self._database.look() as connection:
                yield from connection.execute(wanted, {"ids": some}).all()


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Few enough at once for every database's limit on parameters."""
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def _outcome(row: Row[Any]) -> OutcomeRow:
    return OutcomeRow(row.decision_id, date.fromisoformat(row.known_on), bool(row.bad), row.source)


def _values(row: OutcomeRow, at: datetime) -> dict[str, object]:
    return {
        "decision_id": row.decision_id, "known_on": row.known_on.isoformat(), "bad": int(row.bad),
        "source": row.source, "at": time_text(at),
    }  # fmt: skip
