"""Claims and the passages that back them: looked up by the claim's topic, for the day that the text is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from lending.domain.errors import UnavailableError
from rag.chunk import Passage
from rag.content import Claim
from rag.ports import SearchIndex
from rag.words import search_words

Found = tuple[list[Claim], dict[str, Passage]]


@dataclass(frozen=True, slots=True)
class Sources:
    """The passages of the index that answers, by document; read again only when another version answers."""

    index: SearchIndex
    market: str
    _held: dict[str, Mapping[str, Sequence[Passage]]] = field(
        default_factory=dict[str, "Mapping[str, Sequence[Passage]]"]
    )

    def cite(self, claims: Sequence[Claim], day: date, audiences: Sequence[str]) -> Found:
        """Claims with what they cite, and those passages by id. Without an index nothing is cited.

        Args:
            claims: a claim's topic is a document's id.
            day: for which day the document must hold.
            audiences: who may read it.
        """
        try:
            documents = self._documents()
        except UnavailableError:
            return list(claims), {}
        cited: list[Claim] = []
        passages: dict[str, Passage] = {}
        for claim in claims:
            held = [p for p in documents.get(claim.topic, ()) if self._holds(p, day, audiences)]
            best = max(held, key=lambda p: _shared(claim.text, p), default=None)
            if best is not None and _shared(claim.text, best):
                passages[best.id] = best
                claim = replace(claim, cites=(best.id,))
            cited.append(claim)
        return cited, passages

    def version(self) -> str:
        """The index that answers; empty where there is none."""
        try:
            return self.index.current or ""
        except UnavailableError:
            return ""

    def _documents(self) -> Mapping[str, Sequence[Passage]]:
        """Document to its passages; threads may read anew at the same time, and none sees half of it."""
        name = self.index.current
        held = self._held.get(name or "")
        if held is None:
            found: dict[str, list[Passage]] = {}
            for passage in self.index.passages(name):
                found.setdefault(passage.doc_id, []).append(passage)
            self._held.clear()
            held = self._held[name or ""] = found
        return held

    def _holds(self, passage: Passage, day: date, audiences: Sequence[str]) -> bool:
        begun, ended = passage.valid_from <= day, passage.valid_to is not None and passage.valid_to < day
        return begun and not ended and self.market in passage.markets and passage.audience in audiences


def _shared(text: str, passage: Passage) -> int:
    """How many words that carry meaning a text and a passage share."""
    return len(_stems(text) & _stems(passage.read))


def _stems(text: str) -> set[str]:
    return {word[:5] for word in search_words(text)}
