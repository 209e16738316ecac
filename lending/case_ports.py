"""What the desk of cases needs from the world: the queue, who works on what, decisions against the record."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from lending.domain.errors import NotFoundError, RefusedError

Wanted = Literal["offer", "refuse"]
OverrideState = Literal["proposed", "confirmed", "rejected", "withdrawn"]


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case as the queue knows it, without anything sealed.

    Attributes:
        since: when it came before a person.
        why: `referred` or `papers`.
        taken_by: who works on it.
        asked_at: when its customer was asked for more, the last time.
        override: state of the override that waits for a second person; None where none does.
        proposed_by: who wants it.
    """

    application_id: str
    customer_id: str
    product: str
    decision_id: str
    version: int
    since: datetime
    why: str
    taken_by: str | None = None
    asked_at: datetime | None = None
    override: str | None = None
    proposed_by: str | None = None


@dataclass(frozen=True, slots=True)
class EndedCase:
    """A case that a person ended; `override` names the reason where they decided against the record.

    Attributes:
        officer: who decided: of an override, whoever proposed it.
        second: who confirmed it.
    """

    application_id: str
    customer_id: str
    product: str
    act: Wanted
    ground: str
    officer: str
    second: str | None
    override: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """A decision against the record; its words are sealed with the customer's key.

    Attributes:
        reason: a code of kb/case_reasons.yaml.
        version: counts its changes, from 1.
        comment: in the proposer's own words; empty once the key is gone.
        ground: of the act, which the customer may be told.
        answer: in the second person's words.
    """

    override_id: str
    application_id: str
    customer_id: str
    product: str
    wanted: Wanted
    reason: str
    state: OverrideState
    version: int
    proposed_by: str
    opened_at: datetime
    comment: str = ""
    ground: str = ""
    answer: str = ""
    confirmed_by: str | None = None
    closed_at: datetime | None = None


class CaseBook(Protocol):
    """The queue, takes and overrides."""

    def together(self) -> AbstractContextManager[None]:
        """What this thread writes inside is durable once the block ends, or undone."""
        ...

    def waiting(self, day: date) -> Sequence[CaseLine]:
        """Cases in review whose offer, if any, stands on a day; the longest waiting first."""
        ...

    def ended(self, since: datetime, most: int) -> Sequence[EndedCase]:
        """Cases that a person ended since then, newest first."""
        ...

    def holder(self, application_id: str) -> str | None:
        """Who works on a case."""
        ...

    def take(self, application_id: str, officer: str, at: datetime) -> bool:
        """Write down who works on it; False when somebody does already."""
        ...

    def release(self, application_id: str) -> None:
        """Nobody works on it any more; nothing happens where nobody did."""
        ...

    def propose(self, row: OverrideRow) -> None:
        """Write one down."""
        ...

    def override(self, override_id: str) -> OverrideRow:
        """Raises NotFoundError."""
        ...

    def overrides(self, application_id: str) -> Sequence[OverrideRow]:
        """Those of a case, oldest first."""
        ...

    def settle(self, row: OverrideRow) -> OverrideRow:
        """Write a row over the one of its version, which grows. Raises RefusedError `changed`."""
        ...


def no_override(override_id: str) -> NotFoundError:
    """There is none of that id."""
    return NotFoundError(
        "there is no such override", code="not_found", field="override_id", found=override_id[:40],
        expected="the id of an override", do="Load the case again and use an id that stands there.",
    )  # fmt: skip


def changed_override(version: int) -> RefusedError:
    """Somebody was faster."""
    return RefusedError(
        "the override was changed since you loaded it", code="changed", field="version", found=str(version),
        expected="the newest version", do="Load the case again and look at it.",
    )  # fmt: skip
