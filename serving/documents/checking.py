"""The check of a paper: claim, effect, receipt; done twice it changes nothing. And a person's word on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from lending.document_ports import SETTLED, PaperRow
from lending.domain.errors import CandorError, InputError, NotFoundError, RefusedError, UnavailableError
from lending.ports import AuditLog
from serving.documents import shown
from serving.documents.cases import Case
from serving.documents.compare import Verdict, judge
from serving.documents.demo_papers import DemoPapers
from serving.documents.desk import Desk
from serving.documents.figures import Found
from serving.documents.lines import Reading
from serving.documents.sandbox import read_paper
from serving.documents.storage import content_key
from serving.documents.unreadable import Unreadable
from serving.messages import Messages

Reader = Callable[[bytes, str, Any], Reading]
Decision = Literal["accept", "refuse"]
_NOTHING = Decimal(0)
_REASON = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f]{1,500}")


@dataclass(frozen=True, slots=True)
class Documents(Desk):
    """Papers from arrival to verdict.

    Attributes:
        messages: tells the customer.
        audit: who looked, who decided.
        day_first: whether 03/04/2026 is in April in this market.
        demo: generated papers of generated people.
        reader: opens papers; in a child process.
    """

    messages: Messages
    audit: AuditLog
    day_first: bool
    demo: DemoPapers
    reader: Reader = read_paper

    def demo_paper(self, customer_id: str, application_id: str, asked: str) -> tuple[str, bytes, str]:
        """Name, content and media type of the generated paper for what is asked. Raises NotFoundError."""
        return self.demo.paper(customer_id, application_id, asked)

    def demo_papers(self, customer_id: str) -> list[dict[str, Any]]:
        """`{kind, name, media_type, content}` of the papers that a generated person would bring."""
        return self.demo.of(customer_id)

    def check(self, document_id: str, *, last: bool = False) -> None:
        """Look at a paper and settle it; nothing happens where it is settled or gone.

        Args:
            document_id: which.
            last: nobody tries again by itself; a paper that cannot be opened even now goes to a person.

        Raises:
            UnavailableError: storage or the child is down; the paper stays in quarantine, for a later try.
        """
        try:
            row = self.papers.get(document_id)
        except NotFoundError:
            return
        if row.state in SETTLED:
            return
        claimed = self.papers.change(replace(row, state="checking"), row.version)
        if claimed is not None:
            self._look(claimed, last=last)

    def turned_away(
        self, case: Case, asked: str, name: str, content: bytes, document_id: str, why: CandorError
    ) -> None:
        """Tell the customer of a paper that came by itself and was not taken at the door; its content is not kept."""
        own = why.code in self.rules.words["finding"] and why.code != "name_differs"
        finding = {"code": why.code if own else "not_taken", "slots": {"found": why.found}}
        row = self.new_row(case, asked, name, "application/octet-stream", content, document_id)
        with self.outbox.together():
            written = replace(row, state="refused", object_key="", findings=(finding,))
            self.papers.add(written)
            self._after(written, None)

    def waiting(self) -> list[dict[str, Any]]:
        """Papers that a person must look at, oldest first; for staff."""
        return [shown.waiting(row, self.rules) for row in self.papers.waiting()]

    def for_staff(self, document_id: str) -> dict[str, Any]:
        """One paper as an officer sees it. Raises NotFoundError."""
        return shown.waiting(self.papers.get(document_id), self.rules)

    def content_for_staff(self, document_id: str, actor: str) -> tuple[bytes, str, str]:
        """As `content`, for an officer; it is written down that they looked."""
        found = self.opened(self.papers.get(document_id))
        self.audit.add(actor, "document.read", document_id, {})
        return found

    def decide_document(self, document_id: str, actor: str, decision: Decision, reason: str) -> dict[str, Any]:
        """A person's word on a paper that waits for one.

        Raises:
            NotFoundError: no such paper.
            InputError: the decision or the reason cannot be used.
            RefusedError: it does not wait for a person (`state`).
        """
        if decision not in ("accept", "refuse") or not _REASON.fullmatch(reason.strip()):
            raise InputError("a decision is accept or refuse, with a reason of 1 to 500 characters", code="reason",
                             field="reason", found=reason[:40] or "nothing", expected="1 to 500 characters",
                             do="Write why.")  # fmt: skip
        row = self.papers.get(document_id)
        if row.state != "needs_person":
            raise _moved_on(row)
        reading = self._read_again(row) if decision == "accept" else None
        with self.outbox.together():
            written = self.papers.change(_decided(row, actor, decision, reason.strip()), row.version)
            if written is None:
                raise _moved_on(row)
            self.audit.add(actor, f"document.{decision}", document_id, {"reason": reason.strip()})
            self._after(written, reading)
            if decision == "refuse":
                self.papers.afterwards(lambda: self.drop_object(row.object_key))
        return shown.waiting(written, self.rules)

    def _look(self, row: PaperRow, *, last: bool) -> None:
        """Open a claimed paper, judge it, settle it."""
        content = b""
        try:
            content = self.read(row)
            reading = self._reading(row, content, last=last)
        except Unreadable as error:
            self._settle(row, _refused(error.code, error.found), None, content)
        except NotFoundError:
            self._settle(row, _refused("broken", "lost"), None, content)
        else:
            self._settle(row, self._judged(row, reading), reading, content)

    def _reading(self, row: PaperRow, content: bytes, *, last: bool) -> Reading:
        """What stands on a paper; in the last try nothing, as of one that no machine here reads."""
        try:
            return self.reader(content, row.media_type, self.rules.limits)
        except UnavailableError:
            if not last:
                raise
            return Reading((), "none")

    def _judged(self, row: PaperRow, reading: Reading) -> Verdict:
        case, needed = self.entry(row)
        if needed is None:  # what is asked has changed since it came
            return Verdict("needs_person", "", ({"code": "kind_unknown", "slots": {}},), {}, _NOTHING)
        return judge(reading, self.cases.known(case, needed, day_first=self.day_first), self.rules)

    def _settle(self, row: PaperRow, verdict: Verdict, reading: Reading | None, content: bytes) -> None:
        """The verdict, the clean content, the text, the message and the application's next step: all or none."""
        kept = verdict.state != "refused"
        key = content_key(row, "clean", self.clock.now()) if kept else ""
        if kept:
            self.objects.put(key, self.papers.seal(row.customer_id, row.document_id, content))
        settled = replace(
            row, state=verdict.state, kind=verdict.kind, findings=verdict.findings, object_key=key,
            read={name: _plain(found) for name, found in verdict.read.items()}, confidence=str(verdict.confidence),
        )  # fmt: skip
        with self.outbox.together():
            written = self.papers.change(settled, row.version)
            if written is not None:
                self._after(written, reading)
        # Only now: a process that dies before leaves the quarantined content to the next try.
        self.drop_object(row.object_key if written is not None else key)

    def _after(self, row: PaperRow, reading: Reading | None) -> None:
        if row.state == "accepted" and reading is not None:
            self._keep_text(row, reading)
        once, paper = f"document {row.document_id} {row.state}", row.asked.rpartition(".")[2]
        self.messages.tell(row.customer_id, f"document.{row.state}", row.application_id, once, document=paper)
        self.advance(row.application_id)

    def _keep_text(self, row: PaperRow, reading: Reading) -> None:
        """The applicant's own paper may be cited to them; a co-applicant's is theirs."""
        if "." in row.asked or not reading.text.strip():
            return
        try:
            self.own_papers().add(row.customer_id, row.document_id, row.name, reading.text)
        except InputError:
            return  # more papers than the assistant reads: the check stands all the same

    def _read_again(self, row: PaperRow) -> Reading | None:
        """What stands on a paper that a person has read; None where no machine can open it."""
        content = self.read(row)
        try:
            return self.reader(content, row.media_type, self.rules.limits)
        except (Unreadable, UnavailableError):
            return None


def _refused(code: str, found: str) -> Verdict:
    return Verdict("refused", "", ({"code": code, "slots": {"found": found}},), {}, _NOTHING)


def _decided(row: PaperRow, actor: str, decision: Decision, reason: str) -> PaperRow:
    said = replace(row, decided_by=actor, reason=reason)
    if decision == "accept":
        return replace(said, state="accepted")
    return replace(said, state="refused", object_key="", findings=({"code": "by_person", "slots": {"reason": reason}},))


def _plain(found: Found) -> dict[str, str]:
    return {"value": found.value, "confidence": str(found.confidence)}


def _moved_on(row: PaperRow) -> RefusedError:
    return RefusedError(
        f"the paper does not wait for a person: it is {row.state}", code="state", field="document_id", found=row.state,
        expected="a paper that needs a person", do="Look at the list again: candor papers waiting.",
    )  # fmt: skip
