"""What the policy lab needs from the world: drafts, and what was published of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from lending.domain.policy_changes import Change

DraftState = Literal["draft", "proposed", "approved", "refused", "withdrawn"]


@dataclass(frozen=True, slots=True)
class DraftEvent:
    """Who did what to a draft and why; `act` such as `proposed`."""

    at: datetime
    actor: str
    act: str
    reason: str


@dataclass(frozen=True, slots=True)
class DraftRow:
    """Figures of the policy that somebody wants changed.

    Attributes:
        version: grows with every write; a writer names the one it has seen.
        base_version: the policy that it changes, and that `result` was worked out against.
        values: path (`shared.foir_max`) to the figure wanted, in the unit of its file.
        before: the same paths with the figures that held when it was written.
        result: what the replay found, JSON-ready without personal data; empty before the first one.
        effective_on: first day on which it holds, once proposed.
        undoes: the draft whose figures it takes back.
    """

    draft_id: str
    title: str
    author: str
    state: DraftState
    version: int
    base_version: str
    values: Mapping[str, Decimal]
    before: Mapping[str, Decimal]
    created_at: datetime
    changed_at: datetime
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    effective_on: date | None = None
    decided_by: str | None = None
    undoes: str | None = None
    story: tuple[DraftEvent, ...] = ()

    def published_on(self, day: date) -> bool:
        """Whether it decides on a day: approved, and its day has come."""
        return self.state == "approved" and self.effective_on is not None and self.effective_on <= day

    def changes(self) -> tuple[Change, ...]:
        """Its figures from its day on; none without a day."""
        if self.effective_on is None:
            return ()
        source = f"Policy lab, draft {self.draft_id}: {self.title}; {self.author}, approved by {self.decided_by}"
        return tuple(Change(path, value, self.effective_on, source) for path, value in sorted(self.values.items()))


class Drafts(Protocol):
    """Drafts of the policy, and which of them decide."""

    def add(self, row: DraftRow) -> None:
        """Keep a new one."""
        ...

    def get(self, draft_id: str) -> DraftRow:
        """Raises NotFoundError."""
        ...

    def list(self) -> Sequence[DraftRow]:
        """All, newest first."""
        ...

    def replace(self, row: DraftRow, seen: int) -> DraftRow:
        """Write one anew; its version grows by one.

        Raises:
            NotFoundError: it is not there.
            RefusedError: somebody changed it since version `seen` (`version_conflict`).
        """
        ...

    def together(self) -> AbstractContextManager[None]:
        """What this thread writes inside, the audit trail too, is durable once the block ends, or undone."""
        ...


class Published(Protocol):
    """The changes that decide."""

    def in_force(self) -> Sequence[Change]:
        """Those approved whose day has come, in the order in which they took effect; known within seconds."""
        ...
