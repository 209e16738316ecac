"""The knowledge base as staff and customers use it: search, release of a new index, going back, approval of texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from lending.domain.errors import NotFoundError, RefusedError
from lending.hold import held
from lending.ports import AuditLog, Clock
from rag.answer import Answer, answer
from rag.approvals import APPROVALS, approve
from rag.chunk import Passage
from rag.documents import Document, read_document
from rag.figures import figures_of
from rag.golden import Scores, golden_questions, halves, scores
from rag.ledger import Ledger
from rag.notes import rate_notes
from rag.ports import DocumentSource, Hit, Where, Writing
from rag.refresh import Library, Progress, Release, finder, refresh
from rag.retrieve import Retrieval, is_answered
from rag.verify import Ground
from serving.decide import PolicySource

CUSTOMER, STAFF = ("customer",), ("customer", "staff")


class Shelf(Protocol):
    """Where documents are written (kb/) and where they are published."""

    @property
    def written(self) -> DocumentSource: ...

    @property
    def published(self) -> DocumentSource: ...

    def publish(self) -> tuple[int, int]:
        """Put what is written into the store; how many were put and how many taken out."""
        ...


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything about the knowledge base of one market."""

    retrieval: Retrieval
    shelf: Shelf
    kb: Path
    policy: PolicySource
    writing: Writing
    market: str
    clock: Clock
    audit: AuditLog

    def search(
        self, question: str, *, audiences: Sequence[str] = CUSTOMER, day: date | None = None,
        product: str | None = None, count: int = 5,
    ) -> Sequence[Hit]:  # fmt: skip
        """The passages that answer best, best first; none when nothing is near enough.

        Args:
            question: in the reader's words.
            audiences: `customer` alone for customers; staff read both.
            day: for which day the passages must hold; left out: today.
            product: passages of other products are left out.
            count: most passages.

        Raises:
            UnavailableError: there is no index yet.
        """
        where = Where(self.market, day or self.clock.now().date(), tuple(audiences), product)
        hits = self.retrieval.find(question, where, count)
        return hits if is_answered(hits) else []

    def document(self, doc_id: str) -> list[Passage]:
        """The passages of one text for customers that holds today in this market, in order.

        Raises:
            UnavailableError: there is no index yet.
        """
        day = self.clock.now().date()
        return [p for p in self.retrieval.index.passages() if p.doc_id == doc_id and _holds(p, self.market, day)]

    def opened(self, name: str, audiences: Sequence[str] = CUSTOMER) -> list[Passage]:
        """What a citation leads to: a passage `fees@1#2`, a version `fees@1`, or every version of `fees`, in order.

        Raises:
            NotFoundError: the index has none of that name for these readers; UnavailableError: there is no index yet.
        """
        kept = self.retrieval.index.passages()
        found = [p for p in kept if name in (p.id, p.id.split("#")[0], p.doc_id) and p.audience in audiences]
        if not found:
            raise NotFoundError(
                f"there is no passage {name[:60]}", field="passage", found=name[:60],
                expected="a document or a passage of it, such as fees@1#2", do="Search for it: candor kb search TEXT",
            )  # fmt: skip
        return found

    def ask(
        self, question: str, *, audiences: Sequence[str] = CUSTOMER, day: date | None = None
    ) -> Answer:  # fmt: skip
        """What the knowledge base says to a question, section by section, each cited; or that it does not know.

        Raises:
            UnavailableError: there is no index yet.
        """
        hits = self.search(question, audiences=audiences, day=day)
        passages = {hit.passage.id: hit.passage.read for hit in hits}
        return answer(hits, Ground(Ledger((), self.policy.current.currency), passages))

    def index(self, actor: str, progress: Progress, *, publish: bool = True) -> Release:
        """Publish what is written, build an index from what is published, and let it answer if it passes.

        Raises:
            PolicyError: a document is wrong; RefusedError: no document is approved.
        """
        if publish:
            self.shelf.publish()
        release = refresh(self.shelf.published, self.retrieval, self._library(), progress)
        found = {"version": release.version, "why": release.why, "recall_at_5": str(release.report.recall_at_5)}
        self.audit.add(actor, "kb.index" if release.switched else "kb.index_refused", release.version, found)
        return release

    def rollback(self, actor: str) -> str:
        """Let the index before the present one answer again; answers its name. Raises RefusedError."""
        index = self.retrieval.index
        older = [v for v in index.versions() if v < (index.current or "")]
        if not older:
            raise RefusedError(
                "there is no older index to go back to", code="no_older_index", field="version",
                found=index.current or "none", expected="an index before the present one", do="Build one first.",
            )  # fmt: skip
        index.switch(older[-1])
        self.audit.add(actor, "kb.rollback", older[-1], {})
        return older[-1]

    def evaluate(self) -> dict[str, Scores]:
        """Golden questions on the index that answers, by half. Raises UnavailableError."""
        known = {passage.doc_id for passage in self.retrieval.index.passages()}
        library = self._library()
        asked = [q for q in library.questions if q.doc_id is None or q.doc_id in known]
        find = finder(self.retrieval, library, None)
        return {half: scores(questions, find) for half, questions in halves(asked).items()}

    def approve(self, doc: str, written_by: str, approved_by: str) -> dict[str, Any]:
        """Approve the present text of a document, `ID` or `ID@VERSION`, or of `all`.

        Raises:
            NotFoundError: no such document; RefusedError: nobody approves their own text.
        """
        documents = [read_document(path, body) for path, body in self.shelf.written.texts().items()]
        chosen = [d for d in documents if doc in ("all", d.id, d.key)]
        if not chosen:
            raise NotFoundError(
                f"there is no document {doc[:60]}", field="doc", found=doc[:60],
                expected="an id of kb/documents, such as car-loan", do="Look at kb/documents.",
            )  # fmt: skip
        self._note(chosen, written_by, approved_by)
        for document in chosen:
            self.audit.add(approved_by, "kb.approve", document.key, {"sha256": document.sha256, "by": written_by})
        return {"approved": [d.key for d in chosen], "written_by": written_by, "approved_by": approved_by}

    def _note(self, chosen: Sequence[Document], written_by: str, approved_by: str) -> None:
        """Add to the approvals; the file changes whole, and nobody else's entry is lost."""
        file = self.kb / APPROVALS
        with held(file.parent):
            text = file.read_text(encoding="utf-8") if file.is_file() else ""
            for document in chosen:
                text = approve(text, document, written_by, approved_by, self.clock.now().date())
            half = file.with_suffix(".half")
            half.write_text(text, encoding="utf-8")
            half.replace(file)

    def _library(self) -> Library:
        policy = self.policy.current
        questions = golden_questions(lambda name: (self.kb / name).read_text(encoding="utf-8"))
        return Library(
            figures_of(policy, self.writing), rate_notes(policy, self.writing), questions, self.market,
            self.clock.now().date(),
        )  # fmt: skip


def _holds(passage: Passage, market: str, day: date) -> bool:
    """Whether customers of a market may be told a passage on a day."""
    held = passage.valid_from <= day and (passage.valid_to is None or day <= passage.valid_to)
    return held and passage.audience == "customer" and market in passage.markets
