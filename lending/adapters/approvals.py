"""Approvals on a database; they hold figures and names of staff, nothing of customers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from lending.adapters.session import Database, read_time, time_text
from lending.adapters.tables_staff import approvals
from lending.approval_ports import WAITING, ApprovalRow, ApprovalState
from lending.domain.errors import NotFoundError, RefusedError

_NEWEST = (approvals.c.opened_at.desc(), approvals.c.approval_id.desc())


class ApprovalFile:
    """`lending.approval_ports.Approvals` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, row: ApprovalRow) -> ApprovalRow:
        """Write a new one down, unless one of its kind waits on the same subject."""
        same = (approvals.c.kind == row.kind) & (approvals.c.subject == row.subject) & (approvals.c.state == WAITING)
        with self._database.write() as connection:
            there = connection.execute(select(approvals).where(same)).first()
            if there is not None:
                return _row(there)
            connection.execute(insert(approvals), _columns(row))
            return _one(connection, row.approval_id)

    def get(self, approval_id: str) -> ApprovalRow:
        """One of them. Raises NotFoundError."""
        with self._database.look() as connection:
            return _one(connection, approval_id)

    def of_run(self, flow_run_id: str) -> ApprovalRow | None:
        """The newest that a flow run opened; None when it opened none."""
        wanted = select(approvals).where(approvals.c.flow_run_id == flow_run_id).order_by(*_NEWEST)
        with self._database.look() as connection:
            found = connection.execute(wanted.limit(1)).first()
        return None if found is None else _row(found)

    def list(self, states: Sequence[ApprovalState], count: int) -> Sequence[ApprovalRow]:
        """Those in some states, newest first."""
        wanted = select(approvals).where(approvals.c.state.in_(states)).order_by(*_NEWEST).limit(count)
        with self._database.look() as connection:
            return [_row(row) for row in connection.execute(wanted).all()]

    def close(self, approval_id: str, state: ApprovalState, by: str, reason: str, at: datetime) -> ApprovalRow:
        """Write the answer down if it still waits."""
        waits = (approvals.c.approval_id == approval_id) & (approvals.c.state == WAITING)
        values = {"state": state, "decided_by": by, "reason": reason, "closed_at": time_text(at)}
        with self._database.write() as connection:
            if connection.execute(update(approvals).where(waits).values(values)).rowcount:
                return _one(connection, approval_id)
            raise _closed(_one(connection, approval_id))


def _one(connection: Connection, approval_id: str) -> ApprovalRow:
    row = connection.execute(select(approvals).where(approvals.c.approval_id == approval_id)).one_or_none()
    if row is None:
        raise NotFoundError(
            f"there is no approval {approval_id}", field="approval_id", found=approval_id,
            expected="one of the list", do="Choose from the list.",
        )  # fmt: skip
    return _row(row)


def _row(row: Row[Any]) -> ApprovalRow:
    closed = read_time(row.closed_at) if row.closed_at else None
    return ApprovalRow(
        row.approval_id, row.kind, row.subject, row.asked_by, json.loads(row.content), read_time(row.opened_at),
        row.state, row.flow_run_id, row.decided_by, row.reason, closed,
    )  # fmt: skip


def _columns(row: ApprovalRow) -> dict[str, object]:
    names = ("approval_id", "kind", "subject", "asked_by", "state", "flow_run_id", "decided_by", "reason")
    content = json.dumps(row.content, sort_keys=True, ensure_ascii=False)
    closed = time_text(row.closed_at) if row.closed_at else None
    times = {"opened_at": time_text(row.opened_at), "closed_at": closed}
    return {**{name: getattr(row, name) for name in names}, **times, "content": content}


def _closed(row: ApprovalRow) -> RefusedError:
    return RefusedError(
        f"{row.subject} was already {row.state} by {row.decided_by}", code="changed", field="approval_id",
        found=row.state, expected="one that waits", do="Look at what was decided.",
    )  # fmt: skip
