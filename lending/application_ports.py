"""What applications need from the world: themselves with their events, offers that move, invitations to sign."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.workflow import Party, State
from lending.ports import OfferRow, Offers

InvitationState = Literal["open", "agreed", "declined"]


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application as kept.

    Attributes:
        version: counts its changes, from 1; a change names the version it was made on.
        offer_id: the offer applied for; None while a referred decision has none.
        content: canonical JSON of what the customer answered and a person decided; sealed with the customer's key.
        submitted_at: when it was sent; None for a draft.
    """

    application_id: str
    customer_id: str
    product: str
    state: State
    version: int
    decision_id: str
    offer_id: str | None
    content: bytes
    created_at: datetime
    changed_at: datetime
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ApplicationEvent:
    """One line of an application's history.

    Attributes:
        actor: user name or process.
        by: whose act it is; a customer reads this instead of the actor.
        detail: a code such as `papers`; nothing personal.
    """

    at: datetime
    actor: str
    by: Party
    act: str
    from_state: State | None
    to_state: State
    detail: str = ""


class ApplicationBox(Protocol):
    """Applications and their history. An offer has one live application at most, whoever asks at once."""

    def together(self) -> AbstractContextManager[None]:
        """What this thread writes inside is durable once the block ends, or undone."""
        ...

    def add(self, row: ApplicationRow, event: ApplicationEvent) -> None:
        """Write a new one down. Raises RefusedError (code `live`) when one lives for its offer or decision."""
        ...

    def get(self, application_id: str) -> ApplicationRow:
        """Raises NotFoundError."""
        ...

    def of(self, customer_id: str) -> Sequence[ApplicationRow]:
        """All of one customer's, newest first."""
        ...

    def live_for(self, subject: str) -> ApplicationRow | None:
        """The live one for an offer, or for a referred decision."""
        ...

    def in_states(self, states: Collection[State]) -> Sequence[ApplicationRow]:
        """Those that stand there, the one that waits longest first."""
        ...

    def overdue(self, day: date, untouched_since: datetime, most: int) -> Sequence[ApplicationRow]:
        """Live ones whose offer stands no longer on a day, and drafts that nobody touched since; the oldest first."""
        ...

    def change(self, row: ApplicationRow, event: ApplicationEvent | None = None) -> ApplicationRow:
        """Write what changed, made on `row.version`; answers it with the next version.

        Raises:
            RefusedError: it was changed since (code `changed`).
        """
        ...

    def events(self, application_id: str) -> Sequence[ApplicationEvent]:
        """Its history, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class ListedOffer:
    """An offer among those of a customer."""

    row: OfferRow
    product: str
    created_at: datetime


class OfferShelf(Offers, Protocol):
    """Offers that are accepted or declined, listed, and set aside by their customer."""

    def settle(self, offer_id: str, state: Literal["accepted", "declined"]) -> None:
        """End an open offer. Raises RefusedError (code `settled`) when it was ended before."""
        ...

    def open_of(self, customer_id: str, day: date, most: int) -> Sequence[ListedOffer]:
        """A customer's open offers that still stand on a day, newest first."""
        ...

    def save(self, customer_id: str, offer_id: str) -> None:
        """Set one aside; again changes nothing."""
        ...

    def drop(self, customer_id: str, offer_id: str) -> None:
        """Take it off again; nothing happens where it is not there."""
        ...

    def saved(self, customer_id: str) -> Sequence[ListedOffer]:
        """Those set aside, the last one first."""
        ...


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation to sign with somebody; the code itself is never kept."""

    invitation_id: str
    customer_id: str
    code_sha256: str
    created_at: datetime
    expires_at: datetime
    state: InvitationState = "open"
    invited_id: str | None = None


class InvitationBox(Protocol):
    """Invitations, each answered once."""

    def add(self, invitation: Invitation) -> None: ...

    def of(self, customer_id: str) -> Sequence[Invitation]:
        """All of one customer's, newest first."""
        ...

    def by_code(self, code_sha256: str) -> Invitation | None: ...

    def answer(self, invitation_id: str, invited_id: str, state: InvitationState) -> bool:
        """Close an open one; False when it was answered before."""
        ...


class Links(Protocol):
    """Who agreed to sign with whom."""

    def link(self, customer_id: str, co_applicant_id: str) -> None:
        """Write down that the second agreed to sign with the first, and when; again changes nothing."""
        ...


def no_application(application_id: str) -> NotFoundError:
    """The one answer for an application that is not there and for one that is not yours."""
    return NotFoundError(
        "there is no such application of yours", code="not_found", field="application_id", found=application_id[:40],
        expected="the id of an application of yours", do="Use the application_id of one of your applications.",
    )  # fmt: skip


def changed(version: int) -> RefusedError:
    """The refusal of a change that was made on another version than the newest."""
    return RefusedError(
        "the application was changed since you loaded it", code="changed", field="version", found=str(version),
        expected="the newest version", do="Load it again and repeat the change.",
    )  # fmt: skip
