"""Questions of the page of approvals: what waits, what was answered, and the answer itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lending.approval_ports import ApprovalRow
from lending.domain.errors import CandorError
from lending.ports import Account

if TYPE_CHECKING:
    from serving.assembly import Platform


@dataclass(frozen=True, slots=True)
class Waiting:
    """One that waits: until when, and why this person may not answer it; "" when they may."""

    row: ApprovalRow
    ends_at: datetime
    why_not: str


@dataclass(frozen=True, slots=True)
class ApprovalQueries:
    """Questions bound to one platform."""

    platform: Platform

    def waiting(self, account: Account) -> Sequence[Waiting]:
        """Those that may be answered, newest first."""
        desk = self.platform.approvals
        return [Waiting(row, desk.ends_at(row), desk.why_not(row, account)) for row in desk.waiting()]

    def closed(self) -> Sequence[ApprovalRow]:
        """Those that were answered or ended, newest first."""
        return self.platform.approvals.closed()

    def decide(self, approval_id: str, account: Account, *, approved: bool, reason: str) -> str:
        """Write the answer down and let the run go on: `kept`, or when the orchestrator does not answer another word.

        The answer counts either way: the flow `advance-release` lets runs go on that missed theirs (`later`). What
        has no run yet is to be started `by_hand` then.

        Raises:
            NotFoundError, InputError, RefusedError: as `ApprovalDesk.decide`.
        """
        row = self.platform.approvals.decide(approval_id, account, approved=approved, reason=reason)
        if row.flow_run_id is None:
            return self._carried_out(row)
        said = {"approve": approved, "approver": account.username, "reason": row.reason}
        try:
            self.platform.flow_runs.resume(row.flow_run_id, said)
        except CandorError:
            return "later"
        return "kept"

    def _carried_out(self, row: ApprovalRow) -> str:
        """Start what an answer without a paused run asks for."""
        try:
            self.platform.model_desk.answered(row)
        except CandorError:
            return "by_hand"
        return "kept"
