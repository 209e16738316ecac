"""Drafts of the policy: written, replayed, proposed by one person and approved by another, for a day to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from lending.domain.errors import InputError, PolicyError, RefusedError
from lending.domain.policy import Policy
from lending.domain.policy_changes import Change
from lending.draft_ports import DraftEvent, DraftRow, Drafts, DraftState
from lending.ports import AuditLog, Clock
from serving.lab import TriedPolicies
from serving.lab_leaves import Leaf, leaves, read_values
from serving.lab_rules import changed_since, parameter, same, wrong_state
from serving.teller import new_id

LONGEST_TITLE, LONGEST_REASON = 100, 500
_OPEN: tuple[DraftState, ...] = ("draft", "proposed")


class ChangedPolicies(TriedPolicies, Protocol):
    """Besides, the policy with changes from their days on."""

    def with_changes(self, changes: Sequence[Change]) -> Policy:
        """Raises PolicyError."""
        ...


@dataclass(frozen=True, slots=True)
class Move:
    """Who does something to a draft, at which version they saw it, and why."""

    actor: str
    seen: int
    reason: str = ""


@dataclass(frozen=True)
class DraftDesk:
    """Keeps drafts; what is approved decides from its day on, and the files of kb/ stay as they are."""

    drafts: Drafts
    policy: ChangedPolicies
    audit: AuditLog
    clock: Clock
    kb: Path

    def leaves(self) -> list[Leaf]:
        """The figures that may be changed, with what stands there today."""
        return leaves(self.kb, self.policy.current, self._today())

    def write(self, author: str, title: str, asked: Mapping[str, str]) -> DraftRow:
        """Keep a new draft.

        Args:
            author: user name.
            title: what it is for, in a few words.
            asked: path to the figure wanted, as it was written; those that stand there already are left out.

        Raises:
            InputError: no title, nothing changed, or a figure out of its bounds; names the field.
            PolicyError: the figures contradict others; names file and key.
        """
        known = self.leaves()
        values = read_values(asked, known)
        if not values:
            raise InputError("nothing is changed", code="lab_nothing", field="values", found="no other figure",
                             expected="at least one figure that differs", do="Change a figure.")  # fmt: skip
        return self._add(author, title, values, None)

    def take_back(self, draft_id: str, author: str) -> DraftRow:
        """A new draft with the figures that stood there before one that decides; it takes the same way.

        Raises:
            NotFoundError: no such draft; RefusedError: it does not decide.
        """
        row = self.drafts.get(draft_id)
        if not row.published_on(self._today()):
            raise wrong_state(row, "a draft that decides", "Withdraw it instead.")
        return self._add(author, f"Take back: {row.title}"[:LONGEST_TITLE], row.before, draft_id)

    def keep_result(self, draft_id: str, result: Mapping[str, Any]) -> DraftRow:
        """Keep what a replay found, or how far it is. A replay by a newer policy makes that the draft's base.

        Raises:
            NotFoundError: no such draft; RefusedError: it is no draft any more.
        """
        row = self.drafts.get(draft_id)
        if row.state != "draft":
            raise wrong_state(row, "a draft that is not proposed yet", "Write a new draft.")
        base = self.policy.current.version
        before = row.before if base == row.base_version else self._now(row.values)
        changed = replace(row, result=result, base_version=base, before=before, changed_at=self.clock.now())
        return self.drafts.replace(changed, row.version)

    def propose(self, draft_id: str, effective_on: date, move: Move) -> DraftRow:
        """Ask for approval from a day on; only its author may, once it was replayed.

        Raises:
            InputError: no reason, or a day in the past; RefusedError: not its author, not replayed, changed since.
            PolicyError: the figures contradict what is approved already.
        """
        row = self._open(draft_id, ("draft",), move)
        if not same(row.author, move.actor):
            raise self._tried(row, move, f"{row.author} wrote it", "its author")
        if "figures" not in row.result:
            raise RefusedError("it was not replayed yet", code="lab_not_replayed", field="result", found="no replay",
                               expected="a replay on past applications", do="Run it first.")  # fmt: skip
        return self._moved_from(effective_on, row, "proposed", move)

    def approve(self, draft_id: str, move: Move) -> DraftRow:
        """Let it decide from its day on; never by its author.

        Raises:
            InputError: no reason; RefusedError: by its author, not proposed, changed or overtaken since.
            PolicyError: the figures contradict what was approved meanwhile.
        """
        row = self._open(draft_id, ("proposed",), move)
        if same(row.author, move.actor):
            raise self._tried(row, move, f"{move.actor} wrote it", "somebody else")
        assert row.effective_on is not None  # noqa: S101 - proposed with a day
        return self._moved_from(row.effective_on, replace(row, decided_by=move.actor), "approved", move)

    def refuse(self, draft_id: str, move: Move) -> DraftRow:
        """Say no to what is proposed. Raises as `approve`."""
        row = self._open(draft_id, ("proposed",), move)
        if same(row.author, move.actor):
            raise self._tried(row, move, f"{move.actor} wrote it", "somebody else; its author may withdraw it")
        return self._moved(replace(row, decided_by=move.actor), "refused", move, {})

    def withdraw(self, draft_id: str, move: Move) -> DraftRow:
        """Take it away before it decides; what decides is taken back by another draft.

        Raises:
            InputError: no reason; RefusedError: not its author, or it decides already.
        """
        row = self._open(draft_id, (*_OPEN, "approved"), move)
        if row.published_on(self._today()):
            raise wrong_state(row, "a draft that does not decide yet", "Take it back by a draft of its own.")
        if not same(row.author, move.actor):
            raise self._tried(row, move, f"{row.author} wrote it", "its author")
        return self._moved(row, "withdrawn", move, {})

    def _add(self, author: str, title: str, values: Mapping[str, Decimal], undoes: str | None) -> DraftRow:
        said = title.strip()
        if not said or len(said) > LONGEST_TITLE:
            raise InputError("a draft needs a title", code="lab_title", field="title", found=f"{len(said)} characters",
                             expected=f"1 to {LONGEST_TITLE} characters", do="Say what it is for.")  # fmt: skip
        self._check_together(values)
        now = self.clock.now()
        row = DraftRow(
            new_id("pd"), said, author, "draft", 1, self.policy.current.version, dict(values), self._now(values), now,
            now, undoes=undoes, story=(DraftEvent(now, author, "written", ""),),
        )  # fmt: skip
        with self.drafts.together():
            self.drafts.add(row)
            self.audit.add(author, "policy.drafted", row.draft_id, {"paths": ", ".join(sorted(values))})
        return row

    def _check_together(self, values: Mapping[str, Decimal]) -> None:
        try:
            self.policy.tried(values)
        except PolicyError as error:  # the file is right; it is the draft that does not fit it
            raise PolicyError(str(error), field=error.field, found=error.found, expected=error.expected,
                              do=f"{error}. Choose other figures.") from None  # fmt: skip

    def _now(self, values: Mapping[str, Decimal]) -> dict[str, Decimal]:
        return {path: parameter(self.policy.current, path).at(self._today()).value for path in values}

    def _open(self, draft_id: str, states: Sequence[DraftState], move: Move) -> DraftRow:
        """The draft as the actor saw it, in one of these states, with a reason given."""
        row, said = self.drafts.get(draft_id), move.reason.strip()
        if not said or len(said) > LONGEST_REASON:
            raise InputError("it needs a reason", code="lab_reason", field="reason", found=f"{len(said)} characters",
                             expected=f"1 to {LONGEST_REASON} characters", do="Say why in a sentence.")  # fmt: skip
        if row.version != move.seen:
            raise changed_since(row, move.seen)
        if row.state not in states:
            raise wrong_state(row, f"one that is {' or '.join(states)}", "Look at the draft again.")
        return row

    def _moved_from(self, effective_on: date, row: DraftRow, state: DraftState, move: Move) -> DraftRow:
        """Move a draft that is to decide from a day on, checked beside all that is approved at that very moment.

        Checking takes long for a transaction, so it is done before; and once more when another was approved meanwhile.
        """
        wanted = replace(row, effective_on=effective_on)
        while True:
            approved = self._approved()
            self._check_beside(approved, wanted, effective_on)
            with self.drafts.together():
                if self._approved() == approved:
                    return self._moved(wanted, state, move, {"effective_on": effective_on.isoformat()})

    def _check_beside(self, approved: Sequence[Change], row: DraftRow, effective_on: date) -> None:
        """By the policy as these changes make it today: the one that this process decides by may be a second old."""
        now = self.policy.with_changes([one for one in approved if one.since <= self._today()])
        _check_base(row, now.version)
        self._check_day(row, effective_on, now)
        self.policy.with_changes([*approved, *row.changes()])

    def _check_day(self, row: DraftRow, effective_on: date, now: Policy) -> None:
        """Not in the past; and no file sets a figure anew later on, which would undo the change unseen."""
        if effective_on < self._today():
            raise InputError(
                f"{effective_on} is in the past", code="lab_day", field="effective_on", found=str(effective_on),
                expected=f"{self._today()} or later", do="Choose today or a later day.",
            )  # fmt: skip
        for path in row.values:
            last = parameter(now, path).values[-1].since
            if last > effective_on:
                raise RefusedError(
                    f"{path} is set anew from {last} on already", code="lab_later_figure", field="effective_on",
                    found=str(last), expected=f"no other figure after {effective_on}", do=f"Choose {last} or later.",
                )  # fmt: skip

    def _approved(self) -> list[Change]:
        rows = sorted((r for r in self.drafts.list() if r.state == "approved"),
                      key=lambda r: (r.effective_on, r.changed_at, r.draft_id))  # fmt: skip
        return [change for row in rows for change in row.changes()]

    def _moved(self, row: DraftRow, state: DraftState, move: Move, detail: Mapping[str, str]) -> DraftRow:
        now, reason = self.clock.now(), move.reason.strip()
        story = (*row.story, DraftEvent(now, move.actor, state, reason))
        with self.drafts.together():
            done = self.drafts.replace(replace(row, state=state, story=story, changed_at=now), move.seen)
            self.audit.add(move.actor, f"policy.{state}", row.draft_id, {"reason": reason, **detail})
        return done

    def _tried(self, row: DraftRow, move: Move, why: str, expected: str) -> RefusedError:
        """A try by the wrong person stands in the trail too."""
        self.audit.add(move.actor, "policy.tried", row.draft_id, {"why": why})
        return RefusedError(why, code="four_eyes", field="actor", found=move.actor, expected=expected,
                            do=f"Let {expected} do it.")  # fmt: skip

    def _today(self) -> date:
        return self.clock.now().date()


def _check_base(row: DraftRow, now: str) -> None:
    """Raise RefusedError where another policy decides than the one for which a draft was written and replayed."""
    if row.base_version != now or row.result.get("base_version", now) != now:
        raise RefusedError(
            f"the policy in force is {now} now, the draft was written for {row.base_version}", code="lab_overtaken",
            field="base_version", found=now, expected=row.base_version,
            do="Withdraw a proposal and write it anew; run a draft once more.",
        )  # fmt: skip
