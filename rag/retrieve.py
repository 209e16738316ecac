"""Find the passages that answer a question, and say when none does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from lending.domain.errors import UnavailableError
from lending.errand import part
from rag.everyday import asked, elsewhere
from rag.fusion import setting
from rag.ports import Embedder, Hit, SearchIndex, Vectors, Where

ELSEWHERE = "elsewhere"
"""The part of a hit that says how near the question is to things that no document is about."""

OF_ONE_DOCUMENT, MORE = 2, 3
"""Sections of one document before others come first, and how many times more passages are looked at for it."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """An index and the model that its vectors come from."""

    index: SearchIndex
    embedder: Embedder

    def find(self, question: str, where: Where, count: int = 5, version: str | None = None) -> Sequence[Hit]:
        """The best passages, best first; by words alone while the embedding model is missing or not the index's own.

        Raises:
            UnavailableError: there is no index, or it cannot be reached.
        """
        with part("search"):
            return self._found(question, where, count, version)

    def _found(self, question: str, where: Where, count: int, version: str | None) -> Sequence[Hit]:
        read, made = asked(question), self.index.embedder(version)
        try:
            self._stop_a_mix(made)
            vectors = self.embedder.embed(read.texts)
            beside = float((_elsewhere(self.embedder) @ vectors[0]).max())
        except UnavailableError:
            return _mixed(self.index.search(read.words, None, where, MORE * count, version), count)
        hits = _mixed(self.index.search(read.words, _middle(vectors), where, MORE * count, version), count)
        return [replace(hit, parts={**hit.parts, ELSEWHERE: round(beside, 6)}) for hit in hits]

    def _stop_a_mix(self, made: str | None) -> None:
        """Raise UnavailableError where the index holds another model's vectors: they cannot be compared with ours."""
        if made in (None, self.embedder.name):
            return
        raise UnavailableError(
            f"the index was made by {made}, questions are read by {self.embedder.name}", code="embedder",
            field="CANDOR_EMBED_MODEL", found=made, expected=self.embedder.name,
            do="Build the index anew: candor kb index.",
        )  # fmt: skip


def is_answered(hits: Sequence[Hit]) -> bool:
    """Whether the passages are near enough to speak from.

    They must be nearer in meaning than anything that no document is about, by a lead that is smaller where the words
    agree too. Without vectors the words alone decide.
    """
    near, words = _best(hits, "vector"), _best(hits, "words")
    if not near:
        return words >= setting("words")
    lead = near - _best(hits, ELSEWHERE)
    needed = setting("lead_with_words") if words >= setting("words") else setting("lead")
    return near >= setting("near_min") and lead >= needed


def _best(hits: Sequence[Hit], part: str) -> float:
    return max((hit.parts.get(part, 0.0) for hit in hits), default=0.0)


def _mixed(hits: Sequence[Hit], count: int) -> list[Hit]:
    """The first of them with at most `OF_ONE_DOCUMENT` sections of a document; more only where no others are left."""
    seen: Counter[str] = Counter()
    early, late = list[Hit](), list[Hit]()
    for hit in hits:
        seen[hit.passage.doc_id] += 1
        (early if seen[hit.passage.doc_id] <= OF_ONE_DOCUMENT else late).append(hit)
    return [*early, *late][:count]


def _middle(vectors: Vectors) -> Vectors:
    """The direction between the question and its reading in the documents' words."""
    middle = vectors.sum(axis=0)
    return middle / np.linalg.norm(middle)


@lru_cache(maxsize=4)
def _elsewhere(embedder: Embedder) -> Vectors:
    return embedder.embed(elsewhere())
