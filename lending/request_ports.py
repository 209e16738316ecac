"""What customers' requests to the bank need from the world: the requests with their time line, and restrictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

from lending.domain.application import Applicant

Kind = Literal["review", "dispute", "add", "contact", "erase"]
RequestState = Literal["open", "in_progress", "done", "withdrawn"]
LIVE: tuple[RequestState, ...] = ("open", "in_progress")


@dataclass(frozen=True, slots=True)
class RequestEvent:
    """One step of a request. `detail` is sealed where it is kept."""

    at: datetime
    actor: str
    act: str
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class RequestRow:
    """Something a customer asked of the bank, tracked to its end.

    Attributes:
        request_id: `q_` and 26 characters.
        kind: a human look at a decision, a figure said to be wrong or missing, a person to speak to, erasure.
        subject: the decision, the field, the conversation, or the customer.
        version: counts changes, so that two people never act on the same state.
        content: what was said; empty once the customer's key is gone.
        due_at: until when the bank answers.
    """

    request_id: str
    customer_id: str
    kind: Kind
    subject: str
    state: RequestState
    version: int
    content: Mapping[str, Any]
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None = None
    handled_by: str | None = None
    events: Sequence[RequestEvent] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """A step of a request: who does what, and where it stands afterwards."""

    act: str
    actor: str
    to: RequestState
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])
    handled_by: str | None = None


class Requests(Protocol):
    """Requests of customers, sealed with each one's key."""

    def open(self, row: RequestRow) -> RequestRow:
        """Write a new one down, with its first step; one that lives on the same subject is answered instead."""
        ...

    def get(self, request_id: str) -> RequestRow:
        """With its steps. Raises NotFoundError."""
        ...

    def of(self, customer_id: str) -> Sequence[RequestRow]:
        """A customer's, newest first, with their steps."""
        ...

    def list(self, states: Sequence[RequestState]) -> Sequence[RequestRow]:
        """Everybody's in some states, those due first, without steps."""
        ...

    def move(self, row: RequestRow, step: Move) -> RequestRow:
        """Write a step down. Raises RefusedError `changed` when somebody was faster."""
        ...


@dataclass(frozen=True, slots=True)
class Restriction:
    """Nothing new is done with a customer's data until it is erased on a day."""

    customer_id: str
    request_id: str
    since: datetime
    erase_on: date


class Restrictions(Protocol):
    """Customers whose erasure waits for the end of the retention period."""

    def get(self, customer_id: str) -> Restriction | None: ...

    def put(self, restriction: Restriction) -> None:
        """Write or replace."""
        ...

    def drop(self, customer_id: str) -> None:
        """Take it back; nothing happens where there is none."""
        ...

    def due(self, day: date) -> Sequence[Restriction]:
        """Those to be erased by a day."""
        ...


class People(Protocol):
    """The bank's record of people as it was and is, and a way to correct it without losing what was decided on it."""

    def history(self, customer_id: str) -> Sequence[tuple[date, Applicant]]:
        """Every state of a person's record with the day from which it holds, oldest first. Raises NotFoundError."""
        ...

    def correct(self, applicant: Applicant, as_of: date) -> None:
        """From a day on another record holds. Raises NotFoundError."""
        ...


class Person(Protocol):
    """All that is held about one person, wherever it stands."""

    def everything(self, customer_id: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Every row about a person by table, contents opened, secrets left out; JSON-ready."""
        ...

    def last_credit(self, customer_id: str) -> datetime | None:
        """When the person's last request for credit was decided or moved; None when there never was one."""
        ...

    def usernames(self, customer_id: str) -> Sequence[str]:
        """The accounts of a person."""
        ...

    def forget(self, customer_id: str) -> None:
        """Take out the person's accounts, sessions and whatever no chain needs."""
        ...


class Keys(Protocol):
    """The customers' keys."""

    def erase(self, customer_id: str) -> None:
        """Delete the key: what it sealed cannot be read any more. There is no way back."""
        ...
