"""Release of a new index: read, check, embed what is new, ask the golden questions, and only then let it answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np

from lending.domain.errors import RefusedError
from rag.approvals import unapproved
from rag.chunk import Passage, passages
from rag.documents import Document, Figures, check_together, fill, read_document
from rag.fusion import setting
from rag.golden import RANKED, Question, Scores, halves, scores
from rag.ports import DocumentSource, Vectors, Where
from rag.retrieve import Retrieval

KEPT = 3
"""Versions that stay, the one that answers among them."""
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Library:
    """What documents are read with.

    Attributes:
        figures: the policy's figures in words.
        notes: documents written from the policy itself, path to text; they need no second person.
        questions: the golden ones.
    """

    figures: Figures
    notes: Mapping[str, str]
    questions: Sequence[Question]
    market: str
    today: date


@dataclass(frozen=True, slots=True)
class Release:
    """What a refresh did.

    Attributes:
        version: the new index; it answers when `switched`.
        embedded: passages whose vectors had to be computed; the others were known.
        unapproved: documents left out because no second person approved their text.
        vanished, changed: places that the index before had and that are gone, or read differently now.
        report, before: golden questions of the reported half on the new index and on the one before.
        why: in words, what let it pass or stopped it.
    """

    version: str
    documents: int
    passages: int
    embedded: int
    unapproved: tuple[str, ...]
    vanished: tuple[str, ...]
    changed: tuple[str, ...]
    report: Scores
    before: Scores | None
    switched: bool
    why: str

    def as_dict(self) -> dict[str, Any]:
        """For the command line and the run."""
        return asdict(self)


def refresh(source: DocumentSource, retrieval: Retrieval, library: Library, progress: Progress) -> Release:
    """Build a new index beside the one that answers, and switch to it if it finds at least what it must.

    Raises:
        PolicyError: a document is wrong; nothing was changed.
        RefusedError: nothing is left to index.
    """
    progress(0.05, "reading documents")
    documents, left_out = approved_documents(source, library)
    pieces = [piece for document in documents for piece in passages(document)]
    progress(0.2, f"embedding {len(pieces)} passages")
    vectors, computed = embedded(pieces, retrieval)
    old = {_place(p): p.text for p in retrieval.index.passages()} if retrieval.index.current else {}
    progress(0.7, "writing the index")
    version = retrieval.index.build(pieces, vectors, retrieval.embedder.name)
    progress(0.8, "asking the golden questions")
    report, before = _asked(retrieval, library, pieces, version)
    passed, why = judge(report, before)
    _finish(retrieval, version, passed)
    progress(1.0, why)
    new = {_place(p): p.text for p in pieces}
    return Release(
        version=version, documents=len(documents), passages=len(pieces), embedded=computed,
        unapproved=tuple(left_out), vanished=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(sorted(place for place in old.keys() & new.keys() if old[place] != new[place])),
        report=report, before=before, switched=passed, why=why,
    )  # fmt: skip


def approved_documents(source: DocumentSource, library: Library) -> tuple[list[Document], list[str]]:
    """Documents of the market that may be indexed, figures filled in, and the names of those left out."""
    read = {path: read_document(path, text) for path, text in source.texts().items()}
    mine = {path: document for path, document in read.items() if library.market in document.markets}
    check_together(mine)
    without = {d.path for d in unapproved(mine, source.approvals())}
    notes = [read_document(path, text) for path, text in library.notes.items()]
    kept = [*(d for path, d in mine.items() if path not in without), *notes]
    if not without < mine.keys():
        raise RefusedError(
            "no document of the knowledge base is approved", code="nothing_approved", field="approvals",
            found=f"{len(without)} documents without approval", expected="documents that a second person approved",
            do="Run candor kb approve for each, by somebody other than its writer.",
        )  # fmt: skip
    return [fill(d, library.figures, library.today) for d in kept], sorted(mine[p].key for p in without)


def embedded(pieces: Sequence[Passage], retrieval: Retrieval) -> tuple[Vectors, int]:
    """A vector for every passage, and how many of them were not known from an index before."""
    texts = [piece.read for piece in pieces]
    known = retrieval.index.vectors(texts, retrieval.embedder.name)
    new = [text for text in dict.fromkeys(texts) if text not in known]
    made = dict(zip(new, retrieval.embedder.embed(new), strict=True)) if new else {}
    return np.array([known[text] if text in known else made[text] for text in texts]), len(new)


def judge(report: Scores, before: Scores | None) -> tuple[bool, str]:
    """Whether an index may answer: it finds enough, and not clearly less than the one before."""
    least, fall = setting("recall_min"), setting("recall_fall_max")
    if report.recall_at_5 < least:
        return False, f"refused: it finds {report.recall_at_5:.1%} of the golden questions, {least:.0%} are needed"
    if before is not None and before.recall_at_5 - report.recall_at_5 > fall:
        return False, f"refused: it finds {report.recall_at_5:.1%}, the one before {before.recall_at_5:.1%}"
    return True, f"it finds {report.recall_at_5:.1%} of the golden questions"


def _asked(
    retrieval: Retrieval, library: Library, pieces: Sequence[Passage], version: str
) -> tuple[Scores, Scores | None]:
    questions = halves(_about({p.doc_id for p in pieces}, library.questions))["report"]
    before = retrieval.index.current
    return (
        scores(questions, finder(retrieval, library, version)),
        scores(questions, finder(retrieval, library, before)) if before else None,
    )


def finder(retrieval: Retrieval, library: Library, version: str | None) -> Callable[[str], Sequence[Any]]:
    """Search as staff do, on the library's day: a golden question may be about any document."""
    where = Where(library.market, library.today, ("customer", "staff"))
    return lambda question: retrieval.find(question, where, RANKED, version)


def _about(doc_ids: set[str], questions: Sequence[Question]) -> list[Question]:
    return [q for q in questions if q.doc_id is None or q.doc_id in doc_ids]


def _finish(retrieval: Retrieval, version: str, passed: bool) -> None:
    index = retrieval.index
    if not passed:
        index.drop(version)
        return
    index.switch(version)
    for old in index.versions()[:-KEPT]:
        if old != version:
            index.drop(old)


def _place(passage: Passage) -> str:
    return f"{passage.doc_id}@{passage.version} {passage.heading}"
