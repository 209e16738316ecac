"""An answer in the documents' own words: whole sections, each cited; nothing is said that no passage says.

Sections are told whole. A sentence taken out of its section can turn round: "Approve a loan" stands under "It cannot".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.chunk import Passage
from rag.plain import plain_sentences
from rag.ports import Hit
from rag.retrieve import is_answered
from rag.verify import Ground, Sentence, verify

SECTIONS = 2
NEAR_BEST = 0.75
"""A second section is told when it is of the same document and has this share of the best one's score."""
UNKNOWN = "I do not know. A person at the bank can answer this; ask for one at any time."


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told, and what it stands on.

    Attributes:
        sentences: each with the ids of the passages that it cites.
        found: whether the knowledge base answers at all.
        hits: the cited passages.
        written_by: `template`, or the name of the model that worded it.
    """

    sentences: tuple[Sentence, ...]
    found: bool
    hits: tuple[Hit, ...] = ()
    written_by: str = "template"

    @property
    def text(self) -> str:
        """The sentences as one text."""
        return " ".join(sentence.text for sentence in self.sentences)


def answer(hits: Sequence[Hit], ground: Ground) -> Answer:
    """The section that answers best, and the next one of the same document if it is nearly as good.

    A section that does not pass the checks of `rag.verify` is left out whole. The question grounds nothing.
    """
    if not is_answered(hits):
        return not_known()
    known = [(hit, told) for hit in _chosen(hits) if not verify(told := list(section(hit.passage)), ground)]
    if not known:
        return not_known()
    sentences = tuple(sentence for _, told in known for sentence in told)
    return Answer(sentences, True, tuple(hit for hit, _ in known))


def not_known() -> Answer:
    """What is said when nothing in the knowledge base answers."""
    return Answer((Sentence(UNKNOWN),), False)


def _chosen(hits: Sequence[Hit]) -> list[Hit]:
    best = hits[0]
    near = [h for h in hits[1:] if h.passage.doc_id == best.passage.doc_id and h.score >= NEAR_BEST * best.score]
    return [best, *near][:SECTIONS]


def section(passage: Passage) -> Iterator[Sentence]:
    """A passage as sentences that cite it, its heading first."""
    if passage.heading != passage.title:
        yield Sentence(f"{passage.heading}:" if passage.heading[-1] not in ".!?" else passage.heading, (passage.id,))
    yield from (Sentence(text, (passage.id,)) for text in plain_sentences(passage.text))
