"""Find the passages that answer a question, and say when none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lending.domain.errors import UnavailableError
from rag.fusion import setting
from rag.ports import Embedder, Hit, SearchIndex, Where


@dataclass(frozen=True, slots=True)
class Retrieval:
    """An index and the model that its vectors come from."""

    index: SearchIndex
    embedder: Embedder

    def find(self, question: str, where: Where, count: int = 5, version: str | None = None) -> Sequence[Hit]:
        """The best passages, best first; by words alone while the embedding model is missing.

        Raises:
            UnavailableError: there is no index, or it cannot be reached.
        """
        try:
            vector = self.embedder.embed([question])[0]
        except UnavailableError:
            vector = None
        return self.index.search(question, vector, where, count, version)


def is_answered(hits: Sequence[Hit]) -> bool:
    """Whether the passages are near enough to speak from: their meaning is close, or close enough and words agree."""
    near, words = _best(hits, "vector"), _best(hits, "words")
    return near >= setting("near") or (near >= setting("near_with_words") and words >= setting("words"))


def _best(hits: Sequence[Hit], part: str) -> float:
    return max((hit.parts.get(part, 0.0) for hit in hits), default=0.0)
