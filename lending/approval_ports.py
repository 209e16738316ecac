"""What waits for a person's yes: opened by whoever asks, closed once by somebody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

ApprovalKind = Literal["model.release", "model.challenger"]
ApprovalState = Literal["waiting", "approved", "refused", "expired"]
WAITING: ApprovalState = "waiting"
MOST_REASON = 500
"""Characters of a reason; the audit trail keeps as many."""


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One thing that waits, or waited, for a yes.

    Attributes:
        approval_id: `y_` and 26 characters.
        kind: what it is about; decides which permission answers it.
        subject: what is approved, such as `candor-pd-demo_bank/4`.
        asked_by: who asks; never the one who approves.
        content: what the decider is shown, JSON-ready, without personal data; see `serving.approvals.Release`.
        flow_run_id: the paused run that goes on with the answer; None when none waits.
        reason: why it was decided so; "" while it waits.
    """

    approval_id: str
    kind: ApprovalKind
    subject: str
    asked_by: str
    content: Mapping[str, Any]
    opened_at: datetime
    state: ApprovalState = WAITING
    flow_run_id: str | None = None
    decided_by: str | None = None
    reason: str = ""
    closed_at: datetime | None = None


class Approvals(Protocol):
    """Approvals by id; each is closed once."""

    def open(self, row: ApprovalRow) -> ApprovalRow:
        """Write a new one down; one of its kind that waits on the same subject is answered instead."""
        ...

    def get(self, approval_id: str) -> ApprovalRow:
        """Raises NotFoundError."""
        ...

    def of_run(self, flow_run_id: str) -> ApprovalRow | None:
        """The newest that a flow run opened."""
        ...

    def list(self, states: Sequence[ApprovalState], count: int) -> Sequence[ApprovalRow]:
        """At most `count` in some states, newest first."""
        ...

    def close(self, approval_id: str, state: ApprovalState, by: str, reason: str, at: datetime) -> ApprovalRow:
        """Write the answer down. Raises NotFoundError; RefusedError `changed` when it waits no more."""
        ...
