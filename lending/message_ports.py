"""What delivery and messages need from the world: an outbox, customers' inboxes, and what each of them chose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

OutboxState = Literal["waiting", "done", "given_up"]


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """Something that happens after the commit of what caused it.

    Attributes:
        message_id: `m_` and 26 characters; it follows from `once`.
        kind: says who handles it, such as `notice` or `document.check`.
        customer_id: whom it is about, and with whose key the content is sealed; None when it is about nobody.
        once: a second row with the same text is not written.
        content: JSON-ready; empty in lists, which open nothing.
        attempts: how often it was claimed.
        trouble: what went wrong last, without anybody's data; empty when nothing did.
        claimed_until: until when whoever claimed it may work on it; it names the claim.
        last: this try is the last; a row that fails now is given up.
    """

    message_id: str
    kind: str
    customer_id: str | None
    once: str
    content: Mapping[str, Any]
    attempts: int
    trouble: str
    created_at: datetime
    due_at: datetime
    claimed_until: datetime | None = None
    done_at: datetime | None = None
    state: OutboxState = "waiting"
    last: bool = False


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is still to be done: rows that wait, since when the oldest does, rows given up."""

    waiting: int
    oldest: datetime | None
    given_up: int


class Outbox(Protocol):
    """What is to be done after a commit: written in the caller's transaction, done at least once."""

    def add(self, kind: str, customer_id: str | None, once: str, content: Mapping[str, Any]) -> str:
        """Write a row in the transaction this thread is in, unless one with the same `once` is there.

        Returns:
            The row's id, whether it is new or was there.
        """
        ...

    def claim(self, most: int) -> Sequence[OutboxRow]:
        """Take up to `most` rows that are due, oldest first; nobody else gets them until the claim times out."""
        ...

    def done(self, row: OutboxRow) -> None:
        """The receipt of a claimed row. Nothing happens when the claim has timed out and somebody else has it."""
        ...

    def failed(self, row: OutboxRow, trouble: str) -> OutboxState:
        """Give a claimed row back for a later try, each time later; after the last try it is given up."""
        ...

    def list(self, *, given_up: bool, most: int = 100) -> Sequence[OutboxRow]:
        """Rows not done yet, or given up; newest first, content left closed."""
        ...

    def depth(self) -> Depth:
        """How much is still to be done."""
        ...

    def retry(self, message_id: str | None = None) -> int:
        """Make one given-up row due again, or all of them; answers how many. Raises NotFoundError for an unknown id."""
        ...

    def again(self, *troubles: str) -> int:
        """Make every row due again that was given up for one of some reasons; answers how many."""
        ...

    def on_added(self, act: Callable[[], None]) -> None:
        """Call `act` in this process whenever a row that it wrote is durable."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """What this thread writes inside is durable once the block ends, or undone."""
        ...


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A message in a customer's inbox: what it says follows from its kind and slots, in the reader's language.

    Attributes:
        subject: id of what it is about; may be empty.
        slots: values of the text's slots.
    """

    notice_id: str
    customer_id: str
    kind: str
    subject: str
    slots: Mapping[str, str]
    at: datetime
    read_at: datetime | None = None


class Notices(Protocol):
    """Inboxes, each sealed with its customer's key."""

    def add(self, row: NoticeRow) -> bool:
        """Write one down; False when it is there already."""
        ...

    def of(self, customer_id: str, most: int) -> Sequence[NoticeRow]:
        """A customer's messages, newest first."""
        ...

    def read(self, customer_id: str, notice_id: str) -> NoticeRow:
        """Mark one as read, the first time counts. Raises NotFoundError when it is not there or not theirs."""
        ...

    def read_all(self, customer_id: str) -> int:
        """Mark all as read; answers how many were not."""
        ...

    def unread(self, customer_id: str) -> tuple[int, str]:
        """How many are unread, and a text that changes whenever a message comes or is read."""
        ...


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a customer chose.

    Attributes:
        language: of messages; empty means the market's first one.
        channels: beside the inbox, which always gets everything: `email`, `sms`.
        email, phone: the customer's own contact; empty until they give one.
    """

    language: str = ""
    channels: tuple[str, ...] = ()
    email: str = ""
    phone: str = ""
    changed_at: datetime | None = field(default=None, compare=False)


class PreferenceBox(Protocol):
    """Choices of customers, sealed with each one's key."""

    def get(self, customer_id: str) -> Preferences:
        """What was chosen; the defaults when nothing was."""
        ...

    def keep(self, customer_id: str, chosen: Preferences) -> Preferences:
        """Write or replace."""
        ...


class Channel(Protocol):
    """Carries a text to an address outside of Candor."""

    def send(self, to: str, title: str, text: str, message_id: str) -> None:
        """Send it. Raises UnavailableError when the other side did not take it, without naming address or text."""
        ...


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, for other systems: ids and kinds, nothing that says who or how much.

    Attributes:
        event_id: the same whenever the event is sent again.
        kind: such as `document.accepted`.
        subject: id of what it happened to; may be empty.
    """

    event_id: str
    kind: str
    subject: str
    at: datetime


class Events(Protocol):
    """Tells other systems."""

    def publish(self, event: Event) -> None:
        """Hand it over, at least once. Raises UnavailableError when the other side did not take it."""
        ...
