"""What waits for a person's yes: asked by a flow or a colleague, answered once, by somebody else, with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from lending.approval_ports import MOST_REASON, WAITING, ApprovalKind, ApprovalRow, Approvals, ApprovalState
from lending.domain.errors import CandorError, InputError, RefusedError
from lending.domain.roles import Permission, may
from lending.ports import Account, Accounts, AuditLog, Clock
from lending.yaml_text import dated_values
from serving.teller import new_id

ANSWERED_BY: Mapping[ApprovalKind, Permission] = {
    "model.release": Permission.MODEL_COUNTERSIGN,
    "model.challenger": Permission.MODEL_COUNTERSIGN,
}
"""Which permission answers a kind."""
CLOSED: tuple[ApprovalState, ...] = ("approved", "refused", "expired")
RULES = "release.yaml"
CLOCK = "the clock"
"""Who closes what nobody answered."""


@dataclass(frozen=True, slots=True)
class Release:
    """What the decider about a model is shown.

    Attributes:
        data: the portfolio for which it would decide.
        version: what would decide.
        champion: what decides now; "" for none.
        why: the cause, such as the drift that was found.
        trained_by: who trained it; approves as little as who asks.
        run_id: of the training, for its page.
        gates: `{name, passed, found, limit, detail}` each.
        metrics: name to `{value, low, high}` on loans that it never saw.
        beside: comparison with the champion on the same loans, see `training.beside`; empty without one.
    """

    data: str
    version: str
    champion: str
    why: str
    trained_by: str
    run_id: str
    gates: Sequence[Mapping[str, Any]]
    metrics: Mapping[str, Mapping[str, float]]
    beside: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def as_dict(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ApprovalDesk:
    """Opens, shows and closes approvals. Nobody approves what they asked for or trained."""

    approvals: Approvals
    audit: AuditLog
    accounts: Accounts
    clock: Clock
    kb: Path

    def ask(
        self, kind: ApprovalKind, subject: str, asked_by: str, content: Mapping[str, Any], flow_run_id: str | None
    ) -> ApprovalRow:
        """Open one; one of its kind that waits on the same subject is answered instead."""
        self.expire()
        now = self.clock.now()
        row = ApprovalRow(new_id("y"), kind, subject, asked_by, content, now, flow_run_id=flow_run_id)
        kept = self.approvals.open(row)
        if kept.approval_id == row.approval_id:
            self.audit.add(asked_by, f"{kind}.asked", subject, {"approval": row.approval_id})
        return kept

    def waiting(self) -> Sequence[ApprovalRow]:
        """Those that still may be answered, newest first."""
        now = self.clock.now()
        return [row for row in self.approvals.list((WAITING,), 200) if now < self.ends_at(row)]

    def closed(self, count: int = 20) -> Sequence[ApprovalRow]:
        """What was answered, or ended by itself, newest first."""
        return self.approvals.list(CLOSED, count)

    def ends_at(self, row: ApprovalRow) -> datetime:
        """When it ends unanswered."""
        return row.opened_at + timedelta(days=int(rules_on(self.kb, row.opened_at.date())["approval_days"]))

    def why_not(self, row: ApprovalRow, account: Account) -> str:
        """Why somebody may not answer it; "" when they may."""
        if not may(account.role, ANSWERED_BY[row.kind]):
            return f"{account.username} is {account.role.value.replace('_', ' ')} and may not answer this"
        if _same(account.username) in {_same(row.asked_by), _same(str(row.content.get("trained_by", "")))}:
            return f"{account.username} asked for it or trained it; somebody else must answer"
        if self.clock.now() >= self.ends_at(row):
            return f"it ended unanswered on {self.ends_at(row):%Y-%m-%d}"
        return ""

    def decide(self, approval_id: str, account: Account, *, approved: bool, reason: str) -> ApprovalRow:
        """Close one with a yes or a no.

        Raises:
            NotFoundError: no such approval.
            InputError: no reason, or one longer than the trail keeps.
            RefusedError: it is closed, or this person may not answer it; a try by the wrong person is on record.
        """
        row, said = self.approvals.get(approval_id), reason.strip()
        if not said or len(said) > MOST_REASON:
            raise InputError(
                "an answer needs its reason", field="reason", found=f"{len(said)} characters",
                expected=f"1 to {MOST_REASON} characters", do="Say why in a sentence.",
            )  # fmt: skip
        if wrong := self.why_not(row, account) if row.state == WAITING else "":
            self._noted(account.username, row, "tried", {"why": wrong})
            raise RefusedError(
                wrong, code="four_eyes", field="approver", found=account.username, expected="another person",
                do="Let somebody else answer.",
            )  # fmt: skip
        state: ApprovalState = "approved" if approved else "refused"
        done = self.approvals.close(approval_id, state, account.username, said, self.clock.now())
        self._noted(account.username, row, state, {"reason": said})
        return done

    def decide_by_name(self, approval_id: str, username: str, *, approved: bool, reason: str) -> ApprovalRow:
        """As `decide`, of a name that was typed where nobody signs in.

        Raises:
            RefusedError: besides, policy wants answers from the signed-in console alone.
            InputError: besides, nobody has that name.
        """
        if not rules_on(self.kb, self.clock.now().date())["answered_in_flow_pages"]:
            raise RefusedError(
                "answers count only from the signed-in console", code="sign_in", field="approver", found=username,
                expected="an answer on /staff/approvals", do="Sign in to the console and answer there.",
            )  # fmt: skip
        account = next((one for one in self.accounts.list() if one.username == username.strip()), None)
        if account is None:
            self._noted("unknown", self.approvals.get(approval_id), "tried", {"name": username[:64]})
            raise InputError(
                f"nobody is called {username!r} here", field="approver", found=username,
                expected="a user name of the bank", do="Type your user name.",
            )  # fmt: skip
        return self.decide(approval_id, account, approved=approved, reason=reason)

    def expire(self) -> int:
        """Close what nobody answered in time; answers how many."""
        over = [row for row in self.approvals.list((WAITING,), 200) if self.clock.now() >= self.ends_at(row)]
        for row in over:
            self.approvals.close(row.approval_id, "expired", CLOCK, "nobody answered in time", self.clock.now())
            self._noted(CLOCK, row, "expired", {})
        return len(over)

    def _noted(self, actor: str, row: ApprovalRow, act: str, detail: Mapping[str, str]) -> None:
        self.audit.add(actor, f"{row.kind}.{act}", row.subject, {"approval": row.approval_id, **detail})


def rules_on(kb: Path, day: date) -> Mapping[str, Any]:
    """The figures of kb/release.yaml on a day. Raises PolicyError when the file is wrong."""
    return dated_values(kb / RULES, day)


def stands(row: ApprovalRow) -> bool:
    """Whether somebody said yes."""
    return row.state == "approved"


def words_of(error: CandorError) -> str:
    """What a refusal says to whoever answered."""
    return f"{error}. {error.do}" if error.do else str(error)


def _same(name: str) -> str:
    return " ".join(name.split()).casefold()
