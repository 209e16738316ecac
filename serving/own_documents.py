"""The texts of papers that customers bring, kept for their own questions alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lending.domain.errors import InputError, NotFoundError
from lending.talk_ports import OwnDocuments
from rag.own import MOST_CHARACTERS, own_passages, search_own, visible
from rag.ports import Embedder, Hit

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
MOST_PAPERS = 40
MOST_TITLE = 120


@dataclass(frozen=True, slots=True)
class OwnPapers:
    """One customer's papers are never read for another: every method takes whose they are from the session."""

    papers: OwnDocuments
    embedder: Embedder

    def add(self, customer_id: str, document_id: str, title: str, text: str) -> int:
        """Keep the text read from a paper; hidden characters and markup are taken out. Answers its passages.

        Args:
            customer_id: whose paper it is.
            document_id: name under which it is kept; the same again replaces it.
            title: such as the name of the file; shown to its owner.
            text: as read from the paper.

        Raises:
            InputError: the name, the size or the number of papers is out of bounds, or no text can be seen.
        """
        body, name = visible(text), visible(title)[:MOST_TITLE] or "Your document"
        if not _ID.fullmatch(document_id):
            raise _refused("document_id", document_id[:40], "letters, digits, dashes, at most 64")
        if len(text) > MOST_CHARACTERS or not body:
            raise _refused("text", f"{len(text)} characters", f"text that can be read, at most {MOST_CHARACTERS}")
        known = {paper.document_id for paper in self.papers.of(customer_id)}
        if document_id not in known and len(known) >= MOST_PAPERS:
            raise _refused("document_id", f"{len(known)} papers", f"at most {MOST_PAPERS} papers")
        self.papers.put(customer_id, document_id, name, body)
        return len(own_passages(document_id, name, body))

    def remove(self, customer_id: str, document_id: str) -> None:
        """Take a paper's text out. Raises NotFoundError."""
        if not self.papers.drop(customer_id, document_id):
            raise NotFoundError(
                "there is no such document of yours", code="not_found", field="document_id", found=document_id[:40],
                expected="the id of a document of yours", do="Look at your documents.",
            )  # fmt: skip

    def list(self, customer_id: str) -> list[dict[str, Any]]:
        """What is kept: `{document_id, title, at}` each, oldest first; the texts stay sealed."""
        return [
            {"document_id": paper.document_id, "title": paper.title, "at": paper.at.isoformat()}
            for paper in self.papers.of(customer_id)
        ]

    def search(self, customer_id: str, question: str) -> list[Hit]:
        """Pieces of this customer's papers that are near a question, best first."""
        pieces = [p for paper in self.papers.of(customer_id) for p in own_passages(*_parts(paper))]
        return search_own(question, pieces, self.embedder)


def _parts(paper: Any) -> tuple[str, str, str]:
    return paper.document_id, paper.title, paper.text


def _refused(field: str, found: str, expected: str) -> InputError:
    return InputError(
        f"{field} is {found}; expected {expected}", field=field, found=found, expected=expected, do=f"Correct {field}."
    )
