"""What watching needs from the world: what was measured, the alarms that follow, and who did what about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from lending.domain.errors import NotFoundError, RefusedError

AlarmState = Literal["open", "acknowledged", "closed"]
LIVING: tuple[AlarmState, ...] = ("open", "acknowledged")
"""States in which an alarm still asks for somebody."""


@dataclass(frozen=True, slots=True)
class MeasurementRow:
    """What a monitoring flow found.

    Attributes:
        kind: such as `drift`, `performance`, `fairness`, `language` or `overrides`.
        data: the data set, or `live` for the bank's own decisions.
        content: JSON-ready, counts and verdicts only; nothing about a person.
        report_key: object under which a deep report was stored; None where none was made.
    """

    measurement_id: str
    kind: str
    data: str
    content: Mapping[str, Any]
    at: datetime
    report_key: str | None = None


class Measurements(Protocol):
    """What was found, oldest never changed; a report may be attached later."""

    def add(self, row: MeasurementRow) -> None: ...

    def get(self, measurement_id: str) -> MeasurementRow:
        """Raises NotFoundError."""
        ...

    def latest(self, kind: str, data: str | None = None) -> MeasurementRow | None:
        """The newest of a kind, of one data set or of any."""
        ...

    def heads(self, kind: str, most: int = 100) -> Sequence[MeasurementRow]:
        """Newest first, without their content."""
        ...

    def recent(self, kind: str, most: int = 100) -> Sequence[MeasurementRow]:
        """Newest first, with their content."""
        ...

    def attach(self, measurement_id: str, report_key: str) -> None:
        """Name the report of a measurement. Raises NotFoundError."""
        ...


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One cause for somebody to look at.

    Attributes:
        once: names the cause; two alarms never have the same.
        version: grows by 1 with each change.
        owner: username of whoever looks after it; None while nobody does.
        content: `{verdict, features, first, last, cause, ...}`; JSON-ready, nothing about a person.
        measurement_id: the latest measurement that found it.
    """

    alarm_id: str
    kind: str
    once: str
    data: str
    state: AlarmState
    version: int
    owner: str | None
    content: Mapping[str, Any]
    measurement_id: str | None
    opened_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """A step in the life of an alarm; the actor is a username, or `monitor`."""

    at: datetime
    actor: str
    act: str
    comment: str = ""


class AlarmBook(Protocol):
    """Alarms and their steps."""

    def open(self, row: AlarmRow, event: AlarmEvent) -> bool:
        """Write a new one with its first step; False when its cause has an alarm already."""
        ...

    def get(self, alarm_id: str) -> AlarmRow:
        """Raises NotFoundError."""
        ...

    def of_cause(self, once: str) -> AlarmRow | None: ...

    def list(self, states: Sequence[AlarmState], kind: str | None = None) -> Sequence[AlarmRow]:
        """In some states, of one kind or of all; changed last first."""
        ...

    def replace(self, row: AlarmRow, event: AlarmEvent) -> AlarmRow:
        """Write what changed over the version that it was made on. Raises RefusedError when that is not the newest."""
        ...

    def events(self, alarm_id: str) -> Sequence[AlarmEvent]:
        """Oldest first."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """What this thread writes inside is durable once the block ends, or undone."""
        ...


def alarm_changed(version: int) -> RefusedError:
    """The refusal of a change that was made on another version than the newest."""
    return RefusedError(
        "somebody changed the alarm since you loaded it", code="changed", field="version", found=str(version),
        expected="the newest version", do="Load the page again and repeat the change.",
    )  # fmt: skip


def no_alarm(alarm_id: str) -> NotFoundError:
    """There is none of this id."""
    return NotFoundError(f"there is no alarm {alarm_id[:40]}", code="not_found", field="alarm_id", found=alarm_id[:40],
                         expected="an id of the list of alarms", do="Open it from /staff/alarms.")  # fmt: skip
