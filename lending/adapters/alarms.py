"""Measurements, alarms and their steps on the database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import Connection, Row, func, insert, select, update

from lending.adapters.session import Database, insert_new, read_time, time_text
from lending.adapters.tables_staff import alarm_events, alarms, measurements
from lending.alarm_ports import AlarmEvent, AlarmRow, AlarmState, MeasurementRow, alarm_changed, no_alarm
from lending.domain.errors import NotFoundError


class MeasurementFile:
    """`lending.alarm_ports.Measurements` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, row: MeasurementRow) -> None:
        """Write one down."""
        values = {"measurement_id": row.measurement_id, "kind": row.kind, "data": row.data,
                  "content": _text(row.content), "report_key": row.report_key, "at": time_text(row.at)}  # fmt: skip
        with self._database.write() as connection:
            connection.execute(insert(measurements), values)

    def get(self, measurement_id: str) -> MeasurementRow:
        """One, with its content."""
        with self._database.look() as connection:
            row = connection.execute(
                select(measurements).where(measurements.c.measurement_id == measurement_id)
            ).one_or_none()
        if row is None:
            raise _no_measurement(measurement_id)
        return _measured(row, json.loads(row.content))

    def latest(self, kind: str, data: str | None = None) -> MeasurementRow | None:
        """The newest of a kind."""
        wanted = select(measurements).where(measurements.c.kind == kind)
        wanted = wanted if data is None else wanted.where(measurements.c.data == data)
        with self._database.look() as connection:
            row = connection.execute(wanted.order_by(measurements.c.at.desc()).limit(1)).one_or_none()
        return None if row is None else _measured(row, json.loads(row.content))

    def heads(self, kind: str, most: int = 100) -> Sequence[MeasurementRow]:
        """Newest first, without their content."""
        table = measurements.c
        wanted = select(table.measurement_id, table.kind, table.data, table.at, table.report_key)
        with self._database.look() as connection:
            rows = connection.execute(wanted.where(table.kind == kind).order_by(table.at.desc()).limit(most)).all()
        return [_measured(row, {}) for row in rows]

    def recent(self, kind: str, most: int = 100) -> Sequence[MeasurementRow]:
        """Newest first, with their content."""
        wanted = select(measurements).where(measurements.c.kind == kind).order_by(measurements.c.at.desc()).limit(most)
        with self._database.look() as connection:
            return [_measured(row, json.loads(row.content)) for row in connection.execute(wanted).all()]

    def attach(self, measurement_id: str, report_key: str) -> None:
        """Name the report of a measurement."""
        mine = measurements.c.measurement_id == measurement_id
        with self._database.write() as connection:
            if not connection.execute(update(measurements).where(mine).values(report_key=report_key)).rowcount:
                raise _no_measurement(measurement_id)


class AlarmFile:
    """`lending.alarm_ports.AlarmBook` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, row: AlarmRow, event: AlarmEvent) -> bool:
        """Write a new one with its first step; False when its cause has an alarm already."""
        with self._database.write() as connection:
            new = insert_new(connection, alarms, {"alarm_id": row.alarm_id, "once": row.once, **_columns(row)})
            if new:
                _step(connection, row.alarm_id, event)
        return new

    def get(self, alarm_id: str) -> AlarmRow:
        """One."""
        with self._database.look() as connection:
            row = connection.execute(select(alarms).where(alarms.c.alarm_id == alarm_id)).one_or_none()
        if row is None:
            raise no_alarm(alarm_id)
        return _alarm(row)

    def of_cause(self, once: str) -> AlarmRow | None:
        """The one of a cause."""
        with self._database.look() as connection:
            row = connection.execute(select(alarms).where(alarms.c.once == once)).one_or_none()
        return None if row is None else _alarm(row)

    def list(self, states: Sequence[AlarmState], kind: str | None = None) -> Sequence[AlarmRow]:
        """In some states, changed last first."""
        wanted = select(alarms).where(alarms.c.state.in_(states)).order_by(alarms.c.changed_at.desc(), alarms.c.once)
        wanted = wanted if kind is None else wanted.where(alarms.c.kind == kind)
        with self._database.look() as connection:
            return [_alarm(row) for row in connection.execute(wanted).all()]

    def replace(self, row: AlarmRow, event: AlarmEvent) -> AlarmRow:
        """Write what changed over the version that it was made on."""
        after = replace(row, version=row.version + 1, changed_at=event.at)
        mine = (alarms.c.alarm_id == row.alarm_id) & (alarms.c.version == row.version)
        with self._database.write() as connection:
            if not connection.execute(update(alarms).where(mine).values(**_columns(after))).rowcount:
                raise alarm_changed(row.version)
            _step(connection, row.alarm_id, event)
        return after

    def events(self, alarm_id: str) -> Sequence[AlarmEvent]:
        """Oldest first."""
        wanted = select(alarm_events).where(alarm_events.c.alarm_id == alarm_id).order_by(alarm_events.c.seq)
        with self._database.look() as connection:
            rows = connection.execute(wanted).all()
        return [AlarmEvent(read_time(row.at), row.actor, row.act, row.comment) for row in rows]

    def together(self) -> AbstractContextManager[None]:
        """What this thread writes inside is durable once the block ends, or undone."""
        return self._database.together()


def _step(connection: Connection, alarm_id: str, event: AlarmEvent) -> None:
    mine = alarm_events.c.alarm_id == alarm_id
    last = connection.execute(select(func.max(alarm_events.c.seq)).where(mine)).scalar() or 0
    connection.execute(
        insert(alarm_events),
        {"alarm_id": alarm_id, "seq": last + 1, "at": time_text(event.at), "actor": event.actor, "act": event.act,
         "comment": event.comment},
    )  # fmt: skip


def _columns(row: AlarmRow) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in ("kind", "data", "state", "version", "owner", "measurement_id")}
    times = {"opened_at": time_text(row.opened_at), "changed_at": time_text(row.changed_at)}
    return {**plain, **times, "content": _text(row.content)}


def _alarm(row: Row[Any]) -> AlarmRow:
    return AlarmRow(
        row.alarm_id, row.kind, row.once, row.data, cast("AlarmState", row.state), row.version, row.owner,
        json.loads(row.content), row.measurement_id, read_time(row.opened_at), read_time(row.changed_at),
    )  # fmt: skip


def _measured(row: Any, content: Mapping[str, Any]) -> MeasurementRow:
    return MeasurementRow(row.measurement_id, row.kind, row.data, content, read_time(row.at), row.report_key)


def _text(content: Mapping[str, Any]) -> str:
    return json.dumps(dict(content), ensure_ascii=False, separators=(",", ":"))


def _no_measurement(measurement_id: str) -> NotFoundError:
    return NotFoundError(
        f"there is no measurement {measurement_id[:40]}", code="not_found", field="measurement_id",
        found=measurement_id[:40], expected="an id of a measurement", do="Open it from the page that shows it.",
    )  # fmt: skip
