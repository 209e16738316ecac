"""Counts and marks on a database: both move in one transaction, so that nothing is lost or counted twice."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, bindparam, cast, delete, func, select, update

from lending.adapters.session import Database, insert_new, insert_rows, read_time, time_text
from lending.adapters.tables_staff import tallies, tally_bins, tally_marks
from lending.tally_ports import Counts, FixedBins, Key, Mark

ALL = ""
"""The mark that every change moves: it lets one change in at a time, also where several may write at once."""
_COLUMNS = [tallies.c[name] for name in Key._fields]
_HOW_MANY = func.sum(cast(func.replace(func.replace(tallies.c.counts, "[", ""), "]", ""), Integer))
_CHANGE = (
    update(tallies)
    .where(*(tallies.c[name] == bindparam(f"its_{name}") for name in Key._fields))
    .values(counts=bindparam("new_counts"))
)


class TallyFile:
    """`lending.tally_ports.Tallies` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def changes(self) -> int:
        """Grows with every change."""
        return self.mark(ALL).seq

    def mark(self, source: str) -> Mark:
        """How far a source was counted."""
        with self._database.look() as connection:
            return _mark(connection, source)

    def add(self, before: Mark, seq: int, counts: Counts, at: datetime) -> bool:
        """Add and move the mark, in one transaction."""
        with self._database.write() as connection:
            _let_one_in(connection, at)
            if not _move(connection, before, seq, at):
                return False
            there = _there(connection, counts)
            changed = [(key, _sum(there[key], new)) for key, new in counts.items() if key in there]
            if changed:
                connection.execute(_CHANGE, [_changed(key, new) for key, new in changed])
            insert_rows(connection, tallies, [_row(key, new) for key, new in counts.items() if key not in there])
        return True

    def replace(self, before: Mark, seq: int, kinds: Collection[str], since: str, counts: Counts, at: datetime) -> bool:
        """Put counts in the place of others and move the mark, in one transaction."""
        old = delete(tallies).where(tallies.c.kind.in_(kinds), tallies.c.day >= since)
        with self._database.write() as connection:
            _let_one_in(connection, at)
            if not _move(connection, before, seq, at):
                return False
            connection.execute(old)
            insert_rows(connection, tallies, [_row(key, new) for key, new in counts.items()])
        return True

    def rows(self, kinds: Collection[str], first: date, last: date, where: Mapping[str, str] | None = None) -> Counts:
        """Counts of some days."""
        wanted = select(*_COLUMNS, tallies.c.counts).where(
            tallies.c.kind.in_(kinds), tallies.c.day.between(first.isoformat(), last.isoformat()), *_chosen(where)
        )
        with self._database.look() as connection:
            return {Key._make(row[:-1]): json.loads(row[-1]) for row in connection.execute(wanted)}

    def sums(
        self, kind: str, first: date, last: date, by: Sequence[str], where: Mapping[str, str] | None = None
    ) -> Mapping[tuple[str, ...], int]:
        """Added up in the database."""
        fields = [tallies.c[name] for name in by]
        wanted = select(*fields, _HOW_MANY).where(
            tallies.c.kind == kind, tallies.c.day.between(first.isoformat(), last.isoformat()), *_chosen(where)
        )
        with self._database.look() as connection:
            return {tuple(row[:-1]): int(row[-1] or 0) for row in connection.execute(wanted.group_by(*fields))}

    def bins(self) -> Mapping[str, FixedBins]:
        """By name."""
        with self._database.look() as connection:
            found = connection.execute(select(tally_bins)).all()
        return {row.name: FixedBins(row.name, json.loads(row.bins), json.loads(row.reference)) for row in found}

    def fix(self, bins: Sequence[FixedBins], at: datetime) -> int:
        """Fix what is not there yet."""
        with self._database.write() as connection:
            return sum(insert_new(connection, tally_bins, _bins_row(one, at)) for one in bins)


def _chosen(where: Mapping[str, str] | None) -> list[ColumnElement[bool]]:
    return [tallies.c[name] == value for name, value in (where or {}).items()]


def _mark(connection: Connection, source: str) -> Mark:
    row = connection.execute(select(tally_marks).where(tally_marks.c.source == source)).one_or_none()
    return Mark(source) if row is None else Mark(source, row.seq, read_time(row.at))


def _let_one_in(connection: Connection, at: datetime) -> None:
    one_more = update(tally_marks).where(tally_marks.c.source == ALL)
    row = {"source": ALL, "seq": 1, "at": time_text(at)}
    if not insert_new(connection, tally_marks, row):
        connection.execute(one_more.values(seq=tally_marks.c.seq + 1, at=time_text(at)))


def _move(connection: Connection, before: Mark, seq: int, at: datetime) -> bool:
    """Compare and set: somebody else who counted the same from the same mark comes too late."""
    if before.at is None:
        return insert_new(connection, tally_marks, {"source": before.source, "seq": seq, "at": time_text(at)})
    mine = (
        tally_marks.c.source == before.source, tally_marks.c.seq == before.seq,
        tally_marks.c.at == time_text(before.at),
    )  # fmt: skip
    return connection.execute(update(tally_marks).where(*mine).values(seq=seq, at=time_text(at))).rowcount == 1


def _there(connection: Connection, counts: Counts) -> dict[Key, list[int]]:
    """What stands at the days and kinds of some counts."""
    found: dict[Key, list[int]] = {}
    for day, kind in sorted({(key.day, key.kind) for key in counts}):
        wanted = select(*_COLUMNS, tallies.c.counts).where(tallies.c.day == day, tallies.c.kind == kind)
        for row in connection.execute(wanted):
            key = Key._make(row[:-1])
            if key in counts:
                found[key] = json.loads(row[-1])
    return found


def _sum(old: Sequence[int], new: Sequence[int]) -> list[int]:
    return [a + b for a, b in zip(old, new, strict=True)]


def _row(key: Key, counts: Sequence[int]) -> dict[str, str]:
    return {**key._asdict(), "counts": json.dumps(list(counts), separators=(",", ":"))}


def _changed(key: Key, counts: Sequence[int]) -> dict[str, str]:
    row = _row(key, counts)
    return {f"its_{name}": row[name] for name in Key._fields} | {"new_counts": row["counts"]}


def _bins_row(one: FixedBins, at: datetime) -> dict[str, Any]:
    bins, reference = (json.dumps(dict(value), sort_keys=True) for value in (one.bins, one.reference))
    return {"name": one.name, "bins": bins, "reference": reference, "at": time_text(at)}
