"""Decisions against the record: a structured reason, words, and a second person where policy says so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lending.case_ports import OverrideRow, OverrideState, Wanted, changed_override
from lending.domain.cases import Note, two_persons
from lending.domain.errors import RefusedError
from lending.domain.roles import Permission
from lending.domain.workflow import Party
from lending.ports import Account
from serving.case_record import CaseRecord, case_record
from serving.cases import CaseActs, Verdict
from serving.fields import Fields
from serving.teller import new_id


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants to decide against the record.

    Attributes:
        reason: why, one of kb/case_reasons.yaml for the act.
        ground: of the act; of a refusal, what the customer may be told.
        comment: in their own words, for the bank alone; sealed.
        version: of the case as they saw it; None where an interface shows none.
    """

    act: Wanted
    reason: str
    ground: str
    comment: str
    version: int | None = None


@dataclass(frozen=True)
class Overrides(CaseActs):
    """Overrides. None breaks a rule: what is offered is what the record priced, and a rule that declines bars it."""

    def override(self, who: Account, application_id: str, said: Proposal) -> OverrideRow:
        """Decide against the record, or propose it where that takes two persons; then nothing reaches the customer yet.

        Raises:
            NotFoundError: no such application.
            InvalidBody: no such reason or ground, or no comment.
            RefusedError: the record speaks for it anyway (`not_against`), or a rule bars it (`hard_rule`).
        """
        with self.book.together():
            record = self.mine(who, application_id, Permission.CASE_OVERRIDE, said.version)
            self._check(record, said)
            row = self._row_of(who, record, said)
            if self.why_two(record, said.reason):
                self.book.propose(row)
                self.noted(record.row, who, Note.PROPOSE, row.override_id)
                self._audited(who.username, "proposed", row)
                return row
            kept = replace(row, state="confirmed", closed_at=row.opened_at)
            self.book.propose(kept)
            self._audited(who.username, "made", kept)
            self.end(record, who.username, _verdict(kept))
            return kept

    def confirm(self, who: Account, override_id: str, version: int, answer: str = "") -> OverrideRow:
        """Agree to somebody else's proposal: now it is decided and the customer is told.

        Raises:
            NotFoundError: no such override.
            RefusedError: it was proposed by them, or they worked on the case (`second_person`), it waits no more
                (`state`), or was changed since (`changed`); see the class.
        """
        with self.book.together():
            row, record = self._second(who, override_id, version)
            settled = self.book.settle(self._closed(row, "confirmed", who, answer))
            after = self.noted(record.row, who, Note.CONFIRM, override_id)
            self._audited(who.username, "confirmed", settled)
            self.end(replace(record, row=after), who.username, _verdict(row))
            return settled

    def reject(self, who: Account, override_id: str, version: int, answer: str) -> OverrideRow:
        """Disagree, in words; the case is open again. Raises as `confirm`; InvalidBody: there are no words."""
        with self.book.together():
            row, record = self._second(who, override_id, version)
            settled = self.book.settle(self._closed(row, "rejected", who, self.check_words("answer", answer)))
            self.noted(record.row, who, Note.REJECT, override_id)
            self._audited(who.username, "rejected", settled)
            return settled

    def take_back(self, who: Account, override_id: str, version: int) -> OverrideRow:
        """Withdraw one's own proposal. Raises NotFoundError; RefusedError (`not_yours`, `state`, `changed`)."""
        with self.book.together():
            row = self._waiting(override_id, version)
            if row.proposed_by != who.username:
                raise RefusedError(
                    f"{row.proposed_by} proposed it", code="not_yours", field="override_id", found=row.proposed_by,
                    expected="a proposal of yours", do="Reject it instead, if you are the second person.",
                )  # fmt: skip
            settled = self.book.settle(replace(row, state="withdrawn", closed_at=self.applications.clock.now()))
            self.noted(self._row(row.application_id), who, Note.TAKE_BACK, override_id)
            self._audited(who.username, "withdrawn", settled)
            return settled

    def why_two(self, record: CaseRecord, reason: str) -> tuple[str, ...]:
        """Why an override for a reason takes two persons; empty where it does not."""
        pairs = self.rules.pairs(self.applications.day())
        return two_persons(record.amount, record.row.product, reason, record.recommendation, pairs)

    def may_confirm(self, who: Account, row: OverrideRow) -> bool:
        """Whether somebody is a second person for a proposal: not its maker, and nobody who worked on the case."""
        events = self.applications.box.events(row.application_id)
        return who.username not in {row.proposed_by, *(e.actor for e in events if e.by is Party.BANK)}

    def _second(self, who: Account, override_id: str, version: int) -> tuple[OverrideRow, CaseRecord]:
        """A proposal that waits for this person, with its case as it stands now."""
        self._check_may(who, Permission.CASE_COUNTERSIGN)
        row = self._waiting(override_id, version)
        record = case_record(self._row(row.application_id), self.applications, self.rules)
        self.check_interest(who, record)
        if not self.may_confirm(who, row):
            raise RefusedError(
                "the second person is somebody who has not worked on the case", code="second_person",
                field="override_id", found=who.username, expected="somebody else", do="Ask a colleague to look at it.",
            )  # fmt: skip
        return row, record

    def _waiting(self, override_id: str, version: int) -> OverrideRow:
        row = self.book.override(override_id)
        if row.state != "proposed":
            raise RefusedError(
                f"the override is {row.state}", code="state", field="override_id", found=row.state,
                expected="proposed", do="Load the case again: it has moved on.",
            )  # fmt: skip
        if row.version != version:
            raise changed_override(version)
        return row

    def _check(self, record: CaseRecord, said: Proposal) -> None:
        self.check_words("comment", said.comment)
        report = Fields({}, ())
        known = [one.code for one in self.rules.reasons(said.act, self.applications.day())]
        for name, found, choices in (("reason", said.reason, known), ("ground", said.ground, self._grounds(said.act))):
            if found not in choices:
                report.wrong(name, found[:40] or "missing", f"one of {', '.join(choices)}", "Choose one.")
        report.check()
        if not record.recommendation.is_against(said.act):
            raise RefusedError(
                f"the record does not speak against {said.act}", code="not_against", field="act", found=said.act,
                expected="an act that it speaks against", do="Decide it without an override.",
            )  # fmt: skip
        if said.act == "offer":
            self.applications.check_offer(record.row)

    def _grounds(self, act: str) -> list[str]:
        return list(self.applications.form.grounds.get(act, ())) if act in ("offer", "refuse") else []

    def _row_of(self, who: Account, record: CaseRecord, said: Proposal) -> OverrideRow:
        row = record.row
        return OverrideRow(
            new_id("v"), row.application_id, row.customer_id, row.product, said.act, said.reason, "proposed", 1,
            who.username, self.applications.clock.now(), said.comment.strip(), said.ground,
        )  # fmt: skip

    def _closed(self, row: OverrideRow, state: OverrideState, who: Account, answer: str) -> OverrideRow:
        now = self.applications.clock.now()
        return replace(row, state=state, confirmed_by=who.username, answer=answer.strip(), closed_at=now)

    def _audited(self, actor: str, act: str, row: OverrideRow) -> None:
        detail = {"override_id": row.override_id, "wanted": row.wanted, "reason": row.reason,
                  "proposed_by": row.proposed_by}  # fmt: skip
        self.applications.audit.add(actor, f"override.{act}", row.application_id, detail)


def _verdict(row: OverrideRow) -> Verdict:
    return Verdict(row.wanted, row.ground, row.comment)
