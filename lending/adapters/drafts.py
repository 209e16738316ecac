"""Drafts of the policy and what was published of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, insert, select, update

from lending.adapters.session import Database, read_time, time_text
from lending.adapters.tables_staff import policy_drafts
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.money import plain
from lending.domain.policy_changes import Change
from lending.draft_ports import DraftEvent, DraftRow
from lending.ports import Clock

_LOOK_EVERY = timedelta(seconds=1)
"""How long another process may go on with the policy of before; a day's first second is no other."""


class DraftFile:
    """`lending.draft_ports.Drafts` and `Published` on a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._looked: tuple[datetime, Sequence[Change]] | None = None

    def add(self, row: DraftRow) -> None:
        """Keep a new one."""
        with self._database.write() as connection:
            connection.execute(insert(policy_drafts), {"draft_id": row.draft_id, **_columns(row)})

    def get(self, draft_id: str) -> DraftRow:
        """One of them."""
        with self._database.look() as connection:
            row = connection.execute(select(policy_drafts).where(_is(draft_id))).one_or_none()
        if row is None:
            raise _unknown(draft_id)
        return _read(row)

    def list(self) -> Sequence[DraftRow]:
        """All, newest first."""
        wanted = select(policy_drafts).order_by(policy_drafts.c.created_at.desc(), policy_drafts.c.draft_id)
        with self._database.look() as connection:
            return [_read(row) for row in connection.execute(wanted)]

    def replace(self, row: DraftRow, seen: int) -> DraftRow:
        """Write one anew, unless somebody else did since."""
        changed = update(policy_drafts).where(_is(row.draft_id), policy_drafts.c.version == seen)
        with self._database.write() as connection:
            done = connection.execute(changed.values(**{**_columns(row), "version": seen + 1}))
            if not done.rowcount:
                found = connection.execute(select(policy_drafts.c.version).where(_is(row.draft_id))).scalar()
                raise _unknown(row.draft_id) if found is None else _conflict(seen, found)
        self._looked = None
        return self.get(row.draft_id)

    def together(self) -> AbstractContextManager[None]:
        """What this thread writes inside is durable once the block ends, or undone."""
        return self._database.together()

    def in_force(self) -> Sequence[Change]:
        """What decides today, looked up at most once a second."""
        now, known = self._clock.now(), self._looked
        if known is None or abs(now - known[0]) >= _LOOK_EVERY:
            known = self._looked = now, self._in_force(now.date())
        return known[1]

    def _in_force(self, day: date) -> Sequence[Change]:
        table = policy_drafts
        wanted = (
            select(table)
            .where(table.c.state == "approved", table.c.effective_on <= day.isoformat())
            .order_by(table.c.effective_on, table.c.changed_at, table.c.draft_id)
        )
        with self._database.look() as connection:
            return tuple(change for row in connection.execute(wanted) for change in _read(row).changes())


def _is(draft_id: str) -> Any:
    return policy_drafts.c.draft_id == draft_id


def _columns(row: DraftRow) -> dict[str, Any]:
    wanted = {
        "values": {path: plain(value) for path, value in row.values.items()},
        "before": {path: plain(value) for path, value in row.before.items()},
        "undoes": row.undoes,
        "story": [[time_text(one.at), one.actor, one.act, one.reason] for one in row.story],
    }
    names = ("title", "author", "state", "version", "base_version", "decided_by")
    return {
        **{name: getattr(row, name) for name in names},
        "changes": json.dumps(wanted, sort_keys=True),
        "result": json.dumps(dict(row.result)),
        "effective_on": row.effective_on.isoformat() if row.effective_on else None,
        "created_at": time_text(row.created_at),
        "changed_at": time_text(row.changed_at),
    }


def _read(row: Row[Any]) -> DraftRow:
    wanted = json.loads(row.changes)
    return DraftRow(
        row.draft_id, row.title, row.author, row.state, row.version, row.base_version,
        {path: Decimal(value) for path, value in wanted["values"].items()},
        {path: Decimal(value) for path, value in wanted["before"].items()},
        read_time(row.created_at), read_time(row.changed_at), json.loads(row.result),
        date.fromisoformat(row.effective_on) if row.effective_on else None, row.decided_by, wanted["undoes"],
        tuple(DraftEvent(read_time(at), actor, act, reason) for at, actor, act, reason in wanted["story"]),
    )  # fmt: skip


def _unknown(draft_id: str) -> NotFoundError:
    return NotFoundError(
        f"there is no draft {draft_id[:40]}", code="not_found", field="draft_id", found=draft_id[:40],
        expected="a draft that the lab lists", do="Open /staff/lab.",
    )  # fmt: skip


def _conflict(seen: int, found: int) -> RefusedError:
    return RefusedError(
        f"the draft is at version {found} now, you have seen {seen}", code="version_conflict", field="version",
        found=str(found), expected=str(seen), do="Open it again and look at what changed.",
    )  # fmt: skip
