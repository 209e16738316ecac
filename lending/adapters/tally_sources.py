"""What there is to count: ledgers opened entry by entry, events of applications, visits of the portal."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Table, func, select

from lending.adapters.envelope import Envelopes, ErasedError
from lending.adapters.session import Database, read_time, time_text
from lending.adapters.tables import customer_keys, decisions, ledger, ledger_heads, protected_attributes
from lending.adapters.tables_portal import application_events, applications, behaviour
from lending.domain.errors import RefusedError
from lending.tally_ports import Moved, Recorded, Visited

_MOST_AT_ONCE = 400
_TABLES: Mapping[str, Table] = {"application": application_events, "funnel": behaviour}
_LONGEST_VISIT = timedelta(days=1)
"""A session may not last longer than its hours (settings), which are fewer than a day's."""
_ENTRIES = (
    select(
        ledger.c.seq, ledger.c.kind, ledger.c.decision_id, ledger.c.recorded_at, ledger.c.channel,
        decisions.c.customer_id, decisions.c.product, decisions.c.outcome, decisions.c.envelope,
        customer_keys.c.wrapped_key,
    )
    .join(decisions, decisions.c.decision_id == ledger.c.decision_id)
    .outerjoin(customer_keys, customer_keys.c.customer_id == decisions.c.customer_id)
    .order_by(ledger.c.seq)
)  # fmt: skip


class CountableFile:
    """`lending.tally_ports.Countable` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes) -> None:
        self._database, self._envelopes = database, envelopes

    def writers(self) -> Sequence[str]:
        """Whose ledgers there are."""
        with self._database.look() as connection:
            return connection.execute(select(ledger_heads.c.writer).order_by(ledger_heads.c.writer)).scalars().all()

    def latest_by(self, actor: str) -> datetime | None:
        """When an actor last had a decision recorded; None when never."""
        theirs = select(func.max(ledger.c.recorded_at)).where(ledger.c.kind == "decision", ledger.c.actor == actor)
        with self._database.look() as connection:
            latest = connection.execute(theirs).scalar()
        return None if latest is None else read_time(latest)

    def entries(self, writer: str, after: int, most: int) -> Sequence[Recorded]:
        """Entries of a ledger in their order."""
        wanted = _ENTRIES.where(ledger.c.writer == writer, ledger.c.seq > after).limit(most)
        with self._database.look() as connection:
            rows = connection.execute(wanted).all()
        return [self._recorded(row) for row in rows]

    def protected(self, customer_ids: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """Attributes of those whose record can be read."""
        table, found = protected_attributes, dict[str, Mapping[str, str]]()
        wanted = select(table.c.customer_id, table.c.envelope, customer_keys.c.wrapped_key).join(
            customer_keys, customer_keys.c.customer_id == table.c.customer_id
        )
        with self._database.look() as connection:
            rows = [
                row
                for some in _chunks(sorted(customer_ids))
                for row in connection.execute(wanted.where(table.c.customer_id.in_(some)))
            ]
        for row in rows:
            content = self._opened(row, "protected")
            if content is not None:
                found[row.customer_id] = json.loads(content)
        return found

    def first_day(self, of: str) -> date | None:
        """Day of the oldest row."""
        with self._database.look() as connection:
            oldest = connection.execute(select(func.min(_TABLES[of].c.at))).scalar()
        return None if oldest is None else read_time(oldest).date()

    def newer(self, of: str, than: datetime) -> bool:
        """Whether there are rows after a moment."""
        with self._database.look() as connection:
            latest = connection.execute(select(func.max(_TABLES[of].c.at))).scalar()
        return latest is not None and latest > time_text(than)

    def moves(self, first: date, last: date) -> Sequence[Moved]:
        """Events of applications on some days."""
        event, table = application_events, applications
        wanted = select(
            event.c.at, table.c.product, event.c.act, event.c.from_state, event.c.to_state, table.c.submitted_at
        ).join(table, table.c.application_id == event.c.application_id)
        with self._database.look() as connection:
            return [_moved(row) for row in connection.execute(wanted.where(*_within(event, first, last)))]

    def visits(self, first: date, last: date) -> Sequence[Visited]:
        """What visits did that began on some days: a visit of the day before is looked at to be left out."""
        table = behaviour
        near = table.c.at.between(*_span(first, last, _LONGEST_VISIT))
        begun = select(table.c.visitor, func.min(table.c.at).label("first")).where(near).group_by(table.c.visitor)
        began = begun.subquery()
        said = (table.c.visitor, table.c.event, table.c.page, table.c.step, table.c.product, table.c.variants)
        wanted = select(began.c.first, *said).distinct().join(began, began.c.visitor == table.c.visitor)
        with self._database.look() as connection:
            rows = connection.execute(wanted.where(near, began.c.first.between(*_span(first, last)))).all()
        return [
            Visited(row.visitor, read_time(row.first), row.event, row.page, row.step, row.product, row.variants)
            for row in rows
        ]

    def _recorded(self, row: Any) -> Recorded:
        plain = (row.seq, row.kind, row.decision_id, row.customer_id, read_time(row.recorded_at), row.channel)
        counted = row.kind == "decision"
        core = self._opened(row, f"decision {row.decision_id}") if counted else None
        return Recorded(*plain, row.product, row.outcome, core)

    def _opened(self, row: Any, place: str) -> bytes | None:
        if row.wrapped_key is None:
            return None
        try:
            self._envelopes.know(row.customer_id, row.wrapped_key)
            return self._envelopes.open(row.customer_id, place, row.envelope)
        except (ErasedError, RefusedError):
            return None


def _span(first: date, last: date, more: timedelta = timedelta()) -> tuple[str, str]:
    """The first and the last moment of some days, as text, with something more at both ends."""
    start, end = datetime.combine(first, time(), UTC) - more, datetime.combine(last, time.max, UTC) + more
    return time_text(start), time_text(end)


def _within(table: Table, first: date, last: date) -> tuple[Any, ...]:
    return (table.c.at.between(*_span(first, last)),)


def _moved(row: Any) -> Moved:
    sent = read_time(row.submitted_at) if row.submitted_at else None
    return Moved(read_time(row.at), row.product, row.act, row.from_state, row.to_state, sent)


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _MOST_AT_ONCE):
        yield ids[start : start + _MOST_AT_ONCE]
