"""What the papers of customers need from the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from lending.domain.errors import NotFoundError

PaperState = Literal["quarantined", "checking", "accepted", "needs_person", "refused"]
SETTLED: frozenset[PaperState] = frozenset({"accepted", "needs_person", "refused"})
"""States in which the machine has looked and is done."""


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper as kept; its name, findings and figures are sealed with its customer's key.

    Attributes:
        asked: what it was brought for, such as `income` or `co_applicant.identity`.
        version: grows with every change; who writes names the one that was read.
        object_key: where its sealed bytes are; "" once they were dropped.
        sha256: of the bytes as they came.
        size: bytes as they came.
        findings: what was found wrong or worth saying, `{code, slots}` each.
        read: figures read from it, `{value, confidence}` by name.
        confidence: of the reading as a whole, 0 to 1; None before it was read.
    """

    document_id: str
    customer_id: str
    application_id: str
    asked: str
    state: PaperState
    version: int
    object_key: str
    sha256: str
    size: int
    media_type: str
    name: str
    created_at: datetime
    changed_at: datetime
    kind: str = ""
    findings: tuple[Mapping[str, Any], ...] = ()
    read: Mapping[str, Any] = field(default_factory=dict[str, Any])
    confidence: str | None = None
    decided_by: str = ""
    reason: str = ""


class Papers(Protocol):
    """The papers of customers, beside their contents, which are objects."""

    def add(self, row: PaperRow) -> None:
        """Write one down."""
        ...

    def get(self, document_id: str) -> PaperRow:
        """Raises NotFoundError."""
        ...

    def of(self, customer_id: str, application_id: str | None = None) -> Sequence[PaperRow]:
        """A customer's papers, of one application or all, oldest first."""
        ...

    def waiting(self) -> Sequence[PaperRow]:
        """Those that a person must look at, of all customers, oldest first."""
        ...

    def change(self, row: PaperRow, version: int) -> PaperRow | None:
        """Write a row over the one of this version, its version grown by one; None where that one is gone."""
        ...

    def drop(self, document_id: str) -> None:
        """Take one out; nothing happens where there is none."""
        ...

    def afterwards(self, act: Callable[[], None]) -> None:
        """Do something once the transaction that this thread is in is durable; never when it is undone."""
        ...

    def known_keys(self) -> frozenset[str]:
        """The keys of all contents that a row speaks of."""
        ...

    def seal(self, customer_id: str, document_id: str, content: bytes) -> bytes:
        """A content with its customer's key, bound to its paper."""
        ...

    def open(self, customer_id: str, document_id: str, sealed: bytes) -> bytes:
        """The inverse of `seal`. Raises ErasedError, RefusedError."""
        ...


@dataclass(frozen=True, slots=True)
class UploadForm:
    """Where a browser posts a file, and the fields that go before it; whoever holds them may send one file."""

    url: str
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that came straight to storage, and the note that its form bore."""

    content: bytes = field(repr=False)
    note: str = field(repr=False)


class DirectUploads(Protocol):
    """Files that go from a browser to storage without passing through a web process."""

    def form(self, key: str, media_type: str, most_bytes: int, note: str, seconds: int) -> UploadForm:
        """A form for exactly one key, kind, note and range of sizes (1 to `most_bytes`), good for some seconds."""
        ...

    def keys(self, customer_id: str | None = None) -> Sequence[str]:
        """What has arrived and was not taken yet, of one customer or all, in order."""
        ...

    def get(self, key: str, most_bytes: int) -> Uploaded:
        """Raises NotFoundError; InputError for one that is larger (`too_large`); UnavailableError."""
        ...

    def drop(self, key: str) -> None:
        """Remove it with all its versions: it is not sealed. Nothing happens where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """News from a queue: a key as it was told, unchecked, and the receipt that ends the news."""

    key: str
    receipt: str = field(repr=False)


class ArrivalNews(Protocol):
    """A queue that tells what has arrived; each key at least once."""

    def next(self) -> Sequence[Told]:
        """What is told now; it is told again later unless its receipt is given. Raises UnavailableError."""
        ...

    def done(self, told: Told) -> None:
        """Give the receipt."""
        ...


def no_paper(document_id: str) -> NotFoundError:
    """The one answer for a paper that is not there and for one that is not yours."""
    return NotFoundError(
        "there is no such document of yours", code="not_found", field="document_id", found=document_id[:40],
        expected="the id of a document of yours", do="Look at the documents of your application.",
    )  # fmt: skip
