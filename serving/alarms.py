"""Alarms: one for each cause, with somebody who looks after it and every step on record.

A finding that is met again extends its alarm. A closed alarm stays closed until its cause shows in a later period.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from lending.alarm_ports import AlarmBook, AlarmEvent, AlarmRow, MeasurementRow, Measurements
from lending.domain.errors import InputError, RefusedError
from lending.domain.record import sha256_hex
from lending.domain.roles import Permission, may
from lending.ports import Accounts, AuditLog, Clock
from serving.teller import new_id

MONITOR = "monitor"
"""Who acts where no person does."""
MOST_WORDS = 500
"""Characters of a comment."""
_ROOM = 128
Act = Literal["opened", "extended", "reopened", "known"]


@dataclass(frozen=True, slots=True)
class Raised:
    """What a flow wants looked at.

    Attributes:
        cause_key: names the cause within its kind and data set, such as `moved-revolving_utilisation-2026-03`.
        verdict: a word of the kind, such as `moved`.
        cause: one sentence for people.
        first, last: periods or days (text order is time order) in which it showed.
        features: what it concerns.
        more: anything else that the page of the alarm shows; JSON-ready, nothing about a person.
    """

    cause_key: str
    verdict: str
    cause: str
    first: str
    last: str
    features: Sequence[str] = ()
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def content(self) -> dict[str, Any]:
        """As it is kept."""
        return {**self.more, "verdict": self.verdict, "cause": self.cause, "first": self.first, "last": self.last,
                "features": list(self.features)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rung:
    """An alarm, and what raising it did."""

    row: AlarmRow
    act: Act

    @property
    def fresh(self) -> bool:
        """Whether somebody should hear of it now."""
        return self.act in ("opened", "reopened")


@dataclass(frozen=True, slots=True)
class AlarmDesk:
    """Measures down, alarms up, and what staff do about them."""

    alarms: AlarmBook
    measurements: Measurements
    accounts: Accounts
    audit: AuditLog
    clock: Clock

    def measure(self, kind: str, data: str, content: Mapping[str, Any]) -> MeasurementRow:
        """Keep what was found; JSON-ready, without anything about a person."""
        row = MeasurementRow(new_id("m"), kind, data, content, self.clock.now())
        self.measurements.add(row)
        return row

    def raise_(self, kind: str, data: str, alarm: Raised, measurement: MeasurementRow | None = None) -> Rung:
        """Open an alarm, or extend or reopen the one that its cause has.

        Args:
            kind: such as `drift`, `performance`, `fairness`, `language`, `overrides`.
            data: the data set, or `live`.
            alarm: what was found.
            measurement: where it was found; the alarm links its report.
        """
        now, once = self.clock.now(), _once(kind, data, alarm.cause_key)
        found = measurement.measurement_id if measurement else None
        row = AlarmRow(new_id("w"), kind, once, data, "open", 1, None, alarm.content(), found, now, now)
        with self.alarms.together():
            if self.alarms.open(row, AlarmEvent(now, MONITOR, "opened", alarm.cause)):
                self._audited(MONITOR, "opened", row)
                return Rung(row, "opened")
            there = self.alarms.of_cause(once)
            assert there is not None  # noqa: S101 - its cause has an alarm, or it would have opened
            return self._met_again(there, alarm, found)

    def _met_again(self, there: AlarmRow, alarm: Raised, measurement_id: str | None) -> Rung:
        later = alarm.last > str(there.content["last"])
        content = {**alarm.content(), "first": min(alarm.first, str(there.content["first"])),
                   "last": max(alarm.last, str(there.content["last"]))}  # fmt: skip
        if there.state == "closed" and not later:
            return Rung(there, "known")
        after = replace(there, content=content, measurement_id=measurement_id or there.measurement_id)
        if there.state == "closed":
            after = self._step(replace(after, state="open", owner=None), MONITOR, "reopened", alarm.cause)
            return Rung(after, "reopened")
        if content == there.content:
            return Rung(there, "known")
        event = AlarmEvent(self.clock.now(), MONITOR, "extended" if later else "seen again", alarm.cause)
        return Rung(self.alarms.replace(after, event), "extended" if later else "known")

    def acknowledge(self, alarm_id: str, actor: str, version: int, comment: str = "") -> AlarmRow:
        """Look after an open alarm. Raises NotFoundError; RefusedError when it is closed or changed meanwhile."""
        row = _living(self.alarms.get(alarm_id))
        return self._step(_on(replace(row, state="acknowledged", owner=actor), version), actor, "acknowledged",
                          _words(comment))  # fmt: skip

    def assign(self, alarm_id: str, actor: str, version: int, owner: str, comment: str = "") -> AlarmRow:
        """Hand an alarm to somebody. Raises InputError when that account may not handle alarms; as `acknowledge`."""
        if owner not in self.owners():
            raise InputError(
                f"{owner[:40]!r} may not handle alarms", code="owner", field="owner", found=owner[:40],
                expected=", ".join(self.owners()), do="Choose somebody of the list.",
            )  # fmt: skip
        row = _living(self.alarms.get(alarm_id))
        words = f"To {owner}. {_words(comment)}".strip()
        return self._step(_on(replace(row, owner=owner), version), actor, "assigned", words)

    def comment(self, alarm_id: str, actor: str, version: int, comment: str) -> AlarmRow:
        """Write something beside an alarm, closed or not. Raises InputError when there are no words."""
        return self._step(_on(self.alarms.get(alarm_id), version), actor, "commented", _words(comment, needed=True))

    def close(self, alarm_id: str, actor: str, version: int, comment: str) -> AlarmRow:
        """Close with a reason; it opens again only when its cause shows in a later period."""
        row = _living(self.alarms.get(alarm_id))
        words = _words(comment, needed=True)
        return self._step(_on(replace(row, state="closed", owner=row.owner or actor), version), actor, "closed", words)

    def owners(self) -> list[str]:
        """Usernames that may handle alarms."""
        return sorted(one.username for one in self.accounts.list() if may(one.role, Permission.ALARM_HANDLE))

    def _step(self, row: AlarmRow, actor: str, act: str, comment: str) -> AlarmRow:
        with self.alarms.together():
            after = self.alarms.replace(row, AlarmEvent(self.clock.now(), actor, act, comment))
            self._audited(actor, act, after)
        return after

    def _audited(self, actor: str, act: str, row: AlarmRow) -> None:
        detail = {"kind": row.kind, "data": row.data, "version": str(row.version), "owner": row.owner or ""}
        self.audit.add(actor, f"alarm.{act}", row.alarm_id, detail)


def _once(kind: str, data: str, cause_key: str) -> str:
    """What names a cause, within the room that it has."""
    whole = f"{kind}/{data}/{cause_key}"
    return whole if len(whole) <= _ROOM else f"{whole[: _ROOM - 33]}/{sha256_hex(whole.encode())[:32]}"


def _living(row: AlarmRow) -> AlarmRow:
    if row.state != "closed":
        return row
    raise RefusedError(
        "the alarm is closed", code="closed", field="alarm_id", found="closed", expected="an alarm that is open",
        do="It opens again by itself when its cause shows in a later period.",
    )  # fmt: skip


def _on(row: AlarmRow, version: int) -> AlarmRow:
    """The change on the version that its maker saw."""
    return replace(row, version=version)


def _words(comment: str, *, needed: bool = False) -> str:
    text = comment.strip()
    if len(text) > MOST_WORDS or (needed and not text):
        raise InputError(
            f"the comment has {len(text)} characters", code="comment", field="comment", found=str(len(text)),
            expected=f"{1 if needed else 0} to {MOST_WORDS} characters", do="Say in a sentence what you found.",
        )  # fmt: skip
    return text
