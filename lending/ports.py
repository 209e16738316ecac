"""What the lending floor needs from the world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, Protocol

from lending.domain.application import Applicant
from lending.domain.roles import Role


class Clock(Protocol):
    """The only source of now."""

    def now(self) -> datetime:
        """The time, in UTC, with its zone."""
        ...


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as seeded or imported: the record, and apart from it what is protected."""

    applicant: Applicant
    name: str
    protected: Mapping[str, str] = field(default_factory=dict[str, str])
    household: str | None = None
    co_applicants: tuple[str, ...] = ()
    facts_as_of: date = date(1970, 1, 1)
    """From which day these facts hold."""


class Customers(Protocol):
    """The bank's record of people. Personal data is encrypted at rest with the customer's own key."""

    def facts(self, customer_id: str, as_of: date) -> Applicant:
        """The facts known on a day. Raises NotFoundError."""
        ...

    def usable_facts(self, customer_id: str, as_of: date) -> Applicant:
        """The same for something new. Raises RefusedError (`restricted`) where the data is locked."""
        ...

    def facts_many(self, customer_ids: Iterable[str], as_of: date) -> Mapping[str, Applicant]:
        """The usable ones of many, without those whose record cannot be read."""
        ...

    def name(self, customer_id: str) -> str: ...

    def co_applicants(self, customer_id: str) -> Sequence[tuple[str, str]]:
        """Ids and names of people linked to a customer who agreed to sign with them."""
        ...

    def may_co_apply(self, customer_id: str, co_applicant_id: str) -> bool:
        """True when the two are linked and the second agreed."""
        ...

    def add(self, rows: Sequence[CustomerRow]) -> None:
        """Add or replace, all or nothing."""
        ...

    def ids(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision as kept: canonical core, and how it came to be."""

    decision_id: str
    customer_id: str
    core: bytes
    channel: str
    actor: str
    recorded_at: datetime


class Sealed(NamedTuple):
    """A decision ready to be written: its core encrypted for its customer, and what stands in the open beside it."""

    decision_id: str
    customer_id: str
    product: str
    outcome: str
    core_sha256: str
    envelope: bytes


@dataclass(frozen=True, slots=True)
class LedgerState:
    """What an audit of one row found: `tampered` names what differs."""

    decision_id: str
    status: str
    """`ok`, `tampered` or `erased`."""
    detail: str = ""


CO_NOTICE = "co_notice"
"""Kind of attachment: the notice to whoever signs too, which the applicant is never handed."""


class Decisions(Protocol):
    """The append-only, hash-chained record of decisions and what is attached to them."""

    def record(self, core: bytes, customer_id: str, channel: str, actor: str) -> DecisionRow:
        """Write durably before returning; the same core again returns the row that is there."""
        ...

    def record_many(self, cores: Sequence[tuple[bytes, str]], channel: str, actor: str) -> list[DecisionRow]:
        """The same for (core, customer) pairs, in one transaction."""
        ...

    def seal(self, cores: Sequence[tuple[bytes, str]]) -> list[Sealed]:
        """Encrypt (core, customer) pairs without writing them; any process may do so for the one that writes."""
        ...

    def write(self, sealed: Sequence[Sealed], channel: str, actor: str) -> None:
        """Write durably, in one transaction, those that are not there yet."""
        ...

    def attach(self, decision_id: str, kind: str, content: bytes, made_by: str) -> str:
        """Chain a document (offers, recourse, text) to a decision; answers its sha256."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """What this thread records, attaches and keeps inside (offers too) is durable once the block ends, or undone.

        Raises:
            UnavailableError: the record cannot be written.
        """
        ...

    def get(self, decision_id: str) -> DecisionRow:
        """Raises NotFoundError; RefusedError when the row was tampered with."""
        ...

    def ids(self) -> Iterator[str]:
        """All decisions, oldest first."""
        ...

    def audit(self, decision_ids: Sequence[str] | None = None) -> Sequence[LedgerState]:
        """Walk the chain: hashes, order, envelopes and every plain column; None means all."""
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in. `customer_id` is set for customers only."""

    username: str
    role: Role
    customer_id: str | None
    display_name: str


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in account, from the server's own table."""

    account: Account
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A live session as its owner sees it; the id opens nothing.

    Attributes:
        agent: the program that opened it, such as `Chrome on Linux`; empty when it did not say.
        mine: whether it is the one that asks.
    """

    session_id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    agent: str
    mine: bool


class Accounts(Protocol):
    """Accounts with argon2 password hashes."""

    def add(self, account: Account, password: str) -> None: ...

    def bring(self, account: Account) -> None:
        """Add or change an account that a provider vouches for; no password opens it."""
        ...

    def check(self, username: str, password: str) -> Account | None:
        """The account when the password fits; takes as long when the name is unknown."""
        ...

    def list(self) -> Sequence[Account]: ...


class Sessions(Protocol):
    """Sessions on the server: log-out and expiry end them. Tokens are kept hashed."""

    def open(self, account: Account, agent: str = "") -> tuple[str, Session]:
        """A new random token and its session; `agent` is the program that opened it, in words."""
        ...

    def find(self, token: str, *, moving: bool = True) -> Session | None:
        """The live session of a token, moving its idle clock on unless told not to; None when unknown or expired."""
        ...

    def close(self, token: str) -> None: ...


class OwnSessions(Protocol):
    """The sessions of one account, for its owner."""

    def of(self, username: str, token: str) -> Sequence[KeptSession]:
        """Those that live, last used first; the token's own is marked."""
        ...

    def end(self, username: str, session_id: str) -> None:
        """End one. Raises NotFoundError when it is not there or not theirs."""
        ...

    def end_others(self, username: str, token: str) -> int:
        """End all but the token's own; answers how many."""
        ...


@dataclass(frozen=True, slots=True)
class Brake:
    """How guessing slows down: `free` failures go on at once, each further one doubles the wait.

    Attributes:
        longest: seconds of the longest wait.
        forgets: seconds after which one failure is forgotten.
    """

    free: int
    longest: float
    forgets: float


class Throttle(Protocol):
    """Counts failures per key so that guessing slows down. Survives a restart."""

    def wait_seconds(self, key: str, brake: Brake) -> float:
        """How long the next try must wait; 0 when it may go on."""
        ...

    def failed(self, brakes: Mapping[str, Brake]) -> float:
        """Count a failure for each key, in the transaction that asks whether one of them has to wait by now.

        Returns:
            0 when it was counted. Otherwise the seconds to wait: others that were tried at the same time have failed
            meanwhile, nothing is counted, and whoever tried is not to learn what came of it.
        """
        ...

    def cleared(self, key: str) -> None:
        """Forget the failures after a success."""
        ...


class AuditLog(Protocol):
    """Who did what, when and why; append-only and hash-chained."""

    def add(self, actor: str, act: str, subject: str, detail: Mapping[str, str]) -> None: ...


class Policies(Protocol):
    """Every policy a decision was made with, kept by version so that old decisions replay."""

    def keep(self, version: str, files: Mapping[str, str]) -> bool:
        """Store the text of all effective files under their version, once.

        Returns:
            Whether they are durable already: not inside a larger transaction, which may yet be undone.
        """
        ...

    def files(self, version: str) -> Mapping[str, str]:
        """Raises NotFoundError."""
        ...


@dataclass(frozen=True, slots=True)
class IdempotentReply:
    """What was answered to a key before: `body_sha256` of the request, and the reply once it is there."""

    body_sha256: str
    status: int | None
    reply: bytes | None


class IdempotencyKeys(Protocol):
    """Same key and same body: same reply. Kept 30 days per user."""

    def find(self, username: str, key: str) -> IdempotentReply | None:
        """What is known about a key, without claiming it; None when nobody owns it."""
        ...

    def claim(self, username: str, key: str, body_sha256: str) -> IdempotentReply | None:
        """None when this caller now owns the key; otherwise what is known about it.

        Claimed inside `together`, a key is free again the moment its owner fails or dies. One that was claimed outside
        and got no reply for ten minutes is free too: its owner is dead, and wrote nothing.
        """
        ...

    def together(self) -> AbstractContextManager[None]:
        """What this thread writes inside, the reply among it, is durable once the block ends, or undone."""
        ...

    def fulfil(self, username: str, key: str, status: int, reply: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer as kept: exactly what was shown, and until when it stands."""

    offer_id: str
    decision_id: str
    """The decision on the offer's own amount and term."""
    customer_id: str
    content: bytes
    """Canonical JSON of the offer as shown."""
    valid_until: date
    state: str = "open"
    """`open`, `accepted` or `declined`."""


class Offers(Protocol):
    """Offers made to customers, sealed with each one's own key."""

    def keep(self, rows: Sequence[OfferRow]) -> None:
        """Write down those that are not there yet, all or none."""
        ...

    def get(self, offer_id: str) -> OfferRow:
        """Raises NotFoundError."""
        ...

    def of(self, decision_id: str) -> Sequence[OfferRow]:
        """The offers made around a decision."""
        ...


class Objects(Protocol):
    """Files by key, such as `rag-knowledge-base/documents/fees.md`: documents, sheets, published texts."""

    def put(self, key: str, content: bytes) -> None:
        """Write or replace; the object appears whole. Raises InputError for a key that is no plain path."""
        ...

    def get(self, key: str) -> bytes:
        """Raises NotFoundError."""
        ...

    def keys(self, prefix: str) -> Sequence[str]:
        """Keys that begin with a prefix, in order."""
        ...

    def drop(self, key: str) -> None:
        """Remove; nothing happens where there is none."""
        ...

    def link(self, key: str) -> str | None:
        """An address from which whoever has it may download the object for an hour; None where objects have none.

        For what is about nobody: what is about a person lies sealed and opens here alone.
        """
        ...
