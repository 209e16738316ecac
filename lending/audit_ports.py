"""Reading the record: who did what, page by page, and whether the chains of hashes still hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

Chain = Literal["audit", "decisions"]
CHAINS: tuple[Chain, ...] = ("audit", "decisions")


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One act; `seq` grows by 1 with each."""

    seq: int
    at: datetime
    actor: str
    act: str
    subject: str
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which acts are wanted; what is empty leaves nothing out.

    Attributes:
        actor: who, exactly.
        act: what; with its parts from the left, so that `model` finds `model.promote.done`.
        subject: to what, exactly.
        first, last: days in UTC, both included.
    """

    actor: str = ""
    act: str = ""
    subject: str = ""
    first: date | None = None
    last: date | None = None


class AuditReader(Protocol):
    """The trail as people read it."""

    def page(
        self, wanted: AuditFilter, count: int, *, before: int | None = None, after: int | None = None
    ) -> Sequence[AuditEvent]:
        """At most `count` acts, newest first: those before or those after a number, by default the newest."""
        ...


@dataclass(frozen=True, slots=True)
class ChainMark:
    """How far a chain was walked: the number of its last entry and that entry's hash; 0 and zeros before the first."""

    seq: int
    entry_sha256: str


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk along a chain found.

    Attributes:
        entries: that were looked at.
        mark: where the walk ended well.
        broken: what is wrong with the first entry that does not hold; "" when all do.
    """

    entries: int
    mark: ChainMark
    broken: str = ""


class Chains(Protocol):
    """Walks along the chains of hashes, a stretch at a time."""

    def walk(self, chain: Chain, start: ChainMark | None) -> Walked:
        """From a mark, whose own entry must still have its hash, to the end; from the beginning without one."""
        ...
