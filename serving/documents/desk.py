"""Where papers arrive: what is asked, receive, list, hand back, drop. Everything names its customer."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from lending.document_ports import PaperRow
from lending.domain.application import Applicant
from lending.domain.errors import InputError
from lending.domain.papers_needed import Needed, papers_needed
from lending.domain.record import sha256_hex
from lending.message_ports import Outbox
from lending.ports import Clock
from serving.documents import shown
from serving.documents.cases import Case, Cases
from serving.documents.intake import Readable, read_bounded
from serving.documents.rules import Rules
from serving.documents.shelf import Shelf
from serving.documents.sniff import clean_name, media_type_of
from serving.documents.storage import FOLDER, STAMP, content_key, new_document, stored
from serving.own_documents import OwnPapers

CHECK = "document.check"
"""Kind of the outbox row that has a paper checked; its content is `{document_id}`."""
Enter = Callable[[], dict[str, Any]]
"""Writes a paper down whose content is there, and answers it as shown."""


@dataclass(frozen=True, slots=True)
class Desk(Shelf):
    """Takes papers in. The check of each one follows through the outbox.

    Attributes:
        own_papers: the texts that the assistant may cite to their owner; opened on first use.
        advance: tells the application that its papers changed.
    """

    outbox: Outbox
    cases: Cases
    rules: Rules
    clock: Clock
    own_papers: Callable[[], OwnPapers]
    advance: Callable[[str], Any]

    def needed(
        self, product: str, applicant: Applicant, co_applicant: Applicant | None = None, security: str | None = None
    ) -> list[dict[str, Any]]:
        """The papers that a loan needs: `{asked, person, title, why, kinds, optional}` each."""
        today = self.clock.now().date()
        entries = papers_needed(self.rules.lines, product, applicant, co_applicant, security, today)
        return [shown.needed(entry, self.rules) for entry in entries]

    def checklist(self, customer_id: str, application_id: str) -> list[dict[str, Any]]:
        """The papers of an application: the same, with `state` and `documents`. Raises NotFoundError."""
        case = self.cases.case(customer_id, application_id)
        rows = self.papers.of(customer_id, application_id)
        return shown.checklist(case.needed(self.rules.lines), rows, self.rules)

    def receive(
        self, customer_id: str, application_id: str, asked: str, filename: str, stream: Readable
    ) -> dict[str, Any]:
        """Take a paper into quarantine and have it checked; it takes the place of earlier ones that did not pass.

        Args:
            customer_id: who is signed in.
            application_id: of theirs.
            asked: what it is for, as the checklist names it.
            filename: as the sender calls it; shown, never used as a path.
            stream: its bytes, read up to the limit.

        Raises:
            NotFoundError: no such application of theirs.
            RefusedError: the application has ended (`closed`).
            InputError: it is not asked for, too large, or no file that is taken; nothing is kept then.
        """
        with self.bringing(customer_id, application_id, asked, filename, stream) as enter:
            return enter()

    @contextmanager
    def bringing(
        self, customer_id: str, application_id: str, asked: str, filename: str, stream: Readable
    ) -> Generator[Enter]:
        """As `receive`, in two steps: see `brought`."""
        case, name = self.admitted(customer_id, application_id, asked, filename)
        with self.brought(case, asked, name, read_bounded(stream, self.rules.limits["file_bytes"])) as enter:
            yield enter

    def admitted(self, customer_id: str, application_id: str, asked: str, filename: str) -> tuple[Case, str]:
        """The case that a paper may be sent for, and the name it is kept by. Raises as `receive`."""
        case = self.cases.case(customer_id, application_id)
        case.check_live()
        self._entry(case, asked)
        return case, clean_name(filename, self.rules.limits["name_characters"])

    @contextmanager
    def brought(self, case: Case, asked: str, name: str, content: bytes, document_id: str = "") -> Generator[Enter]:
        """Put what came for an admitted case into storage; what is called inside enters it into the records.

        The content comes first, in no transaction: storage may be slow, and one who writes holds up all who do. One
        that is not entered, or whose entry is undone, goes again. Raises as `receive`.
        """
        row = self.new_row(case, asked, name, media_type_of(content, name, self.rules), content, document_id)
        same, _ = self._beside(row)
        if same is not None:
            yield lambda: shown.paper(same, self.rules)
            return
        with stored("was not kept"):
            self.objects.put(row.object_key, self.papers.seal(row.customer_id, row.document_id, content))
        kept: list[PaperRow] = []
        try:
            yield lambda: shown.paper(self._write(row, kept), self.rules)
        except BaseException:
            kept.clear()
            raise
        finally:
            if kept != [row]:
                self.drop_object(row.object_key)

    def of(self, customer_id: str, application_id: str) -> list[dict[str, Any]]:
        """The papers brought for an application, oldest first. Raises NotFoundError."""
        self.cases.case(customer_id, application_id)
        return [shown.paper(row, self.rules) for row in self.papers.of(customer_id, application_id)]

    def get(self, customer_id: str, document_id: str) -> dict[str, Any]:
        """One paper. Raises NotFoundError."""
        return shown.paper(self.row(customer_id, document_id), self.rules)

    def drop(self, customer_id: str, document_id: str) -> None:
        """Take a paper back while its application lives. Raises NotFoundError, RefusedError (`closed`, `counted`)."""
        with self.outbox.together():
            row = self.row(customer_id, document_id)
            case = self.cases.case(customer_id, row.application_id)
            case.check_live()
            case.check_not_counted(row)
            self._forget(row)
            self.advance(row.application_id)

    def sweep(self) -> int:
        """Drop contents that no row speaks of and that are old enough to be nobody's unfinished work."""
        known, bound = self.papers.known_keys(), timedelta(minutes=self.rules.limits["orphan_minutes"])
        before = (self.clock.now() - bound).strftime(STAMP)
        old = [k for k in self.objects.keys(f"{FOLDER}/") if k not in known and k.rpartition("/")[2] < before]
        for key in old:
            self.objects.drop(key)
        return len(old)

    def entry(self, row: PaperRow) -> tuple[Case, Needed | None]:
        """The case of a paper and what it was brought for; None where that is no longer asked."""
        case = self.cases.case(row.customer_id, row.application_id)
        return case, next((n for n in case.needed(self.rules.lines) if n.asked == row.asked), None)

    def _entry(self, case: Case, asked: str) -> Needed:
        entries = case.needed(self.rules.lines)
        found = next((entry for entry in entries if entry.asked == asked), None)
        if found is None:
            names = ", ".join(entry.asked for entry in entries)
            raise InputError(
                f"asked is {asked[:40]!r}; expected one of {names}", code="asked", field="asked",
                found=asked[:40] or "nothing", expected=names, do="Use a name of the checklist.",
            )  # fmt: skip
        return found

    def _write(self, row: PaperRow, kept: list[PaperRow]) -> PaperRow:
        """The row and the order to check it, together; the content is there before. One that came meanwhile counts."""
        with self.outbox.together():
            self.cases.case(row.customer_id, row.application_id).check_live()
            same, replaced = self._beside(row)
            if same is not None:
                return same
            for old in replaced:
                self._forget(old)
            self.papers.add(row)
            self.outbox.add(CHECK, row.customer_id, f"{CHECK} {row.object_key}", {"document_id": row.document_id})
        kept.append(row)
        return row

    def _beside(self, row: PaperRow) -> tuple[PaperRow | None, list[PaperRow]]:
        """The same file, where it is there already, and what a new one takes the place of. Raises InputError."""
        earlier = [one for one in self.papers.of(row.customer_id, row.application_id) if one.asked == row.asked]
        same = next((one for one in earlier if one.sha256 == row.sha256 and one.state != "refused"), None)
        replaced = [one for one in earlier if one.state != "accepted"]
        if same is None and len(earlier) - len(replaced) >= self.rules.limits["files_an_asked"]:
            raise InputError(
                "there are enough files for this already", code="too_many", field="file", found=str(len(earlier)),
                expected=f"at most {self.rules.limits['files_an_asked']}", do="Drop one of them first.",
            )  # fmt: skip
        return same, replaced

    def new_row(
        self, case: Case, asked: str, name: str, media_type: str, content: bytes, document_id: str = ""
    ) -> PaperRow:
        """The row of a paper that came just now."""
        now = self.clock.now()
        row = PaperRow(
            document_id or new_document(), case.customer_id, case.application_id, asked, "quarantined", 1, "",
            sha256_hex(content), len(content), media_type, name, now, now,
        )  # fmt: skip
        return replace(row, object_key=content_key(row, "quarantine", now))

    def _forget(self, row: PaperRow) -> None:
        """Row, text and content; the content once the rest is durable."""
        self.papers.drop(row.document_id)
        self.forget_text(row)
        self.papers.afterwards(lambda: self.drop_object(row.object_key))

    def forget_text(self, row: PaperRow) -> None:
        """Take the text that the assistant may cite out, where there is one."""
        if row.state == "accepted":
            own = self.own_papers()
            if any(kept["document_id"] == row.document_id for kept in own.list(row.customer_id)):
                own.remove(row.customer_id, row.document_id)
