"""The desk of referred cases: take one, ask for more, decide it as its record speaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lending.application_ports import ApplicationEvent, ApplicationRow, changed
from lending.case_ports import CaseBook, Wanted
from lending.domain.cases import Note
from lending.domain.errors import RefusedError
from lending.domain.roles import Permission, may
from lending.domain.workflow import Party, State
from lending.ports import Account
from serving.application_cases import MOST_NOTE
from serving.application_shown import reference
from serving.applications import Applications
from serving.case_record import CaseRecord, case_record
from serving.case_rules import CaseRules
from serving.documents.checking import Decision, Documents
from serving.fields import Fields

CALL = "call"
"""What is asked for that is no paper."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a person ends a case.

    Attributes:
        ground: one of the act's (kb/applications.yaml).
        version: of the case as they saw it; None where an interface shows none.
    """

    act: Wanted
    ground: str
    note: str = ""
    version: int | None = None


@dataclass(frozen=True)
class CaseActs:
    """What everybody at the desk may do. Each act checks permission, own interest, version and who works on the case.

    Everything it refuses it refuses with RefusedError: `role`, `own_case`, `state`, `taken`, `proposed`, `changed`.
    """

    applications: Applications
    book: CaseBook
    rules: CaseRules
    documents: Callable[[], Documents]

    def take(self, who: Account, application_id: str) -> ApplicationRow:
        """Work on a case; whoever has it already keeps it. Raises RefusedError (`taken`)."""
        with self.book.together():
            record = self.mine(who, application_id, Permission.CASE_DECIDE, None)
            if self.book.take(application_id, who.username, self.applications.clock.now()):
                return self.noted(record.row, who, Note.TAKE)
            return record.row

    def release(self, who: Account, application_id: str) -> ApplicationRow:
        """Let a case go. Its holder may, and whoever may override. Raises RefusedError (`taken`)."""
        with self.book.together():
            row, holder = self._row(application_id), self.book.holder(application_id)
            if holder not in (None, who.username) and not may(who.role, Permission.CASE_OVERRIDE):
                raise _taken(str(holder))
            self._check_may(who, Permission.CASE_DECIDE)
            if holder is None:
                return row
            self.book.release(application_id)
            return self.noted(row, who, Note.RELEASE, "" if holder == who.username else holder)

    def ask(self, who: Account, application_id: str, what: str, version: int | None = None) -> ApplicationRow:
        """Ask the customer for a paper of the list, or for a talk; they are told at once.

        Raises:
            InvalidBody: it is neither. RefusedError: see the class.
        """
        with self.book.together():
            record = self.mine(who, application_id, Permission.CASE_DECIDE, version)
            self._check_asked(what, record)
            after = self.noted(record.row, who, Note.ASK, what)
            kind = "application.asked_call" if what == CALL else "application.asked_paper"
            more = {} if what == CALL else {"document": what.rpartition(".")[2]}
            once = f"{application_id} asked {after.version}"
            self.applications.tell(record.row.customer_id, kind, application_id, once,
                                   reference=reference(application_id), **more)  # fmt: skip
            return after

    def decide(self, who: Account, application_id: str, verdict: Verdict) -> ApplicationRow:
        """End a case as its record speaks, or where it speaks for neither side.

        Raises:
            InvalidBody: no such ground, or too long a note.
            RefusedError: it decides against the record (`against`); see the class and `Cases.decide`.
        """
        with self.book.together():
            record = self.mine(who, application_id, Permission.CASE_DECIDE, verdict.version)
            if record.recommendation.is_against(verdict.act):
                raise _against(verdict.act, record)
            return self.end(record, who.username, verdict)

    def decide_paper(
        self, who: Account, application_id: str, document_id: str, decision: Decision, reason: str
    ) -> dict[str, Any]:
        """A person's word on a paper of the case. Raises as the class and `Documents.decide_document`."""
        with self.book.together():
            record = self.mine(who, application_id, Permission.CASE_DECIDE, None)
            self.documents().row(record.row.customer_id, document_id)
        return self.documents().decide_document(document_id, who.username, decision, reason)

    def end(self, record: CaseRecord, actor: str, verdict: Verdict) -> ApplicationRow:
        """Make the offer or refuse, and clear the desk; inside the caller's transaction."""
        name = record.row.application_id
        self.applications.decide(name, actor, verdict.act, verdict.ground, verdict.note)
        self.book.release(name)
        return self.applications.box.get(name)

    def mine(self, who: Account, application_id: str, permission: Permission, version: int | None) -> CaseRecord:
        """A case that somebody may act on now. Raises NotFoundError; RefusedError: see the class."""
        self._check_may(who, permission)
        row = self._row(application_id)
        if version is not None and version != row.version:
            raise changed(version)
        record = case_record(row, self.applications, self.rules)
        self.check_interest(who, record)
        holder = self.book.holder(application_id)
        if holder not in (None, who.username):
            raise _taken(str(holder))
        self._check_not_proposed(application_id)
        return record

    def noted(self, row: ApplicationRow, who: Account, note: Note, detail: str = "") -> ApplicationRow:
        """Write an act around a case into its history and the audit trail; its state stays."""
        now = self.applications.clock.now()
        event = ApplicationEvent(now, who.username, Party.BANK, note.value, row.state, row.state, detail)
        after = self.applications.box.change(row, event)
        told = {"detail": detail} if detail else {}
        self.applications.audit.add(who.username, f"case.{note.value}", row.application_id, told)
        return after

    def check_interest(self, who: Account, record: CaseRecord) -> None:
        """Raise RefusedError (`own_case`) where somebody decides about themselves or somebody they sign with."""
        own = who.customer_id
        if own is None:
            return
        linked = {name for name, _ in self.applications.customers.co_applicants(own)}
        theirs = {name for one in record.people for name, _ in self.applications.customers.co_applicants(one)}
        if record.people & {own, *linked} or own in theirs:
            raise RefusedError(
                "nobody decides about themselves or their own", code="own_case", field="application_id",
                found="a case of your own", expected="a case of somebody else", do="Leave it to a colleague.",
            )  # fmt: skip

    def check_words(self, name: str, text: str) -> str:
        """What somebody wrote for the bank. Raises InvalidBody when it is missing or too long."""
        report, found = Fields({}, ()), text.strip()
        if not found or len(found) > MOST_NOTE:
            report.wrong(name, f"{len(found)} characters", f"1 to {MOST_NOTE} characters", "Say in a sentence why.")
        report.check()
        return found

    def _row(self, application_id: str) -> ApplicationRow:
        row = self.applications.current(self.applications.box.get(application_id))
        if row.state is not State.IN_REVIEW:
            raise RefusedError(
                f"the case does not wait for a person: it is {row.state.value}", code="state", field="application_id",
                found=row.state.value, expected=State.IN_REVIEW.value, do="Load the case again: it has moved on.",
            )  # fmt: skip
        return row

    def _check_may(self, who: Account, permission: Permission) -> None:
        if not may(who.role, permission):
            raise RefusedError(
                f"{who.username} may not do this", code="role", field="act", found=who.role.value,
                expected=permission.value, do="Ask somebody whose work it is.",
            )  # fmt: skip

    def _check_not_proposed(self, application_id: str) -> None:
        pending = next((one for one in self.book.overrides(application_id) if one.state == "proposed"), None)
        if pending is not None:
            raise RefusedError(
                f"{pending.proposed_by} has proposed to {pending.wanted}; a second person looks at it",
                code="proposed", field="application_id", found="a proposal that waits",
                expected="a case without one", do="Confirm, reject or take back what is proposed.",
            )  # fmt: skip

    def _check_asked(self, what: str, record: CaseRecord) -> None:
        known = (*(name for name, state in record.papers.items() if state not in ("accepted", "on_file")), CALL)
        report = Fields({}, ())
        if what not in known:
            report.wrong("what", what[:40] or "missing", f"one of {', '.join(known)}", "Choose one.")
        report.check()


def _taken(holder: str) -> RefusedError:
    return RefusedError(
        f"{holder} works on this case", code="taken", field="application_id", found=holder,
        expected="a case that is free or yours", do="Ask them to let it go, or choose another one.",
    )  # fmt: skip


def _against(act: str, record: CaseRecord) -> RefusedError:
    return RefusedError(
        f"the record speaks for {record.recommendation.speaks.value}, not for {act}", code="against", field="act",
        found=act, expected=record.recommendation.speaks.value,
        do="Decide as it speaks, or have somebody override it who may, with a reason.",
    )  # fmt: skip
