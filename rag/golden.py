"""Golden questions: what every index must find before it may answer."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lending.domain.policy_leaves import keys_of, list_of, text_of, tree_of, words_of
from lending.yaml_text import read_tree
from rag.ports import Hit
from rag.retrieve import is_answered
from rag.words import search_words

Half = Literal["development", "report", "fresh_development", "fresh_report"]
FILES: Mapping[str, tuple[Half, Half]] = {
    "questions.yaml": ("report", "development"),
    "questions_fresh.yaml": ("fresh_report", "fresh_development"),
}
"""Files of golden questions to the halves that their questions fall into in turn. The fresh ones were written by
somebody who knew neither the other file nor the words under `also`; the gate of a release asks `report` alone."""
FOUND_WITHIN = 5
RANKED = 10


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the document that answers it; None where nothing in the knowledge base does.

    Attributes:
        others: documents that answer it as well.
    """

    text: str
    doc_id: str | None
    half: Half
    others: tuple[str, ...] = ()

    @property
    def right(self) -> frozenset[str]:
        """The documents that answer it."""
        return frozenset({self.doc_id, *self.others} - {None})


@dataclass(frozen=True, slots=True)
class Scores:
    """How well an index finds what is known to be right.

    Attributes:
        recall_at_5: share of answerable questions whose document is among the first five passages.
        ndcg_at_10: the same with rank: 1 for the first document, less further down.
        refused_right: share of questions without an answer for which nothing was found near enough.
        refused_wrong: share of answerable ones for which nothing was found near enough.
        missed: questions whose document was not among the first five passages.
    """

    questions: int
    recall_at_5: float
    ndcg_at_10: float
    refused_right: float
    refused_wrong: float
    missed: tuple[str, ...]


def golden_questions(text_of_file: Callable[[str], str]) -> list[Question]:
    """The questions of all files; a file's name to its text is given. Raises PolicyError naming the place."""
    return [question for path in FILES for question in read_questions(path, text_of_file(path))]


def read_questions(path: str, text: str) -> list[Question]:
    """The golden questions of one file, every second one for tuning. Raises PolicyError naming the place."""
    tree = keys_of(read_tree(path, text), path, ("answers", "none"))
    in_turn = FILES.get(path, ("report", "development"))
    found: list[Question] = []
    for doc_id, asked in tree_of(tree["answers"], f"{path}: answers").items():
        found += _questions(asked, doc_id, f"{path}: answers.{doc_id}", in_turn, len(found))
    return found + _questions(tree["none"], None, f"{path}: none", in_turn, 0)


def scores(questions: Iterable[Question], find: Callable[[str], Sequence[Hit]]) -> Scores:
    """Ask every question and compare.

    Args:
        questions: of one half or both, the answerable ones of documents that the index may hold.
        find: a question to at least ten passages, best first.
    """
    asked = [(question, find(question.text)) for question in questions]
    known = [(q, hits) for q, hits in asked if q.doc_id is not None]
    none = [hits for q, hits in asked if q.doc_id is None]
    missed = tuple(q.text for q, hits in known if not q.right & {h.passage.doc_id for h in hits[:FOUND_WITHIN]})
    return Scores(
        questions=len(asked),
        recall_at_5=_share(len(known) - len(missed), len(known)),
        ndcg_at_10=_share(sum(_gain(q.right, hits) for q, hits in known), len(known)),
        refused_right=_share(sum(not is_answered(hits) for hits in none), len(none)),
        refused_wrong=_share(sum(not is_answered(hits) for _, hits in known), len(known)),
        missed=missed,
    )


def shares_words(question: str, title: str, headings: Iterable[str]) -> bool:
    """Whether a question has a word that carries meaning in common with a title or heading, endings aside."""
    asked = set(map(_stem, search_words(question)))
    return any(asked & set(map(_stem, search_words(text))) for text in (title, *headings))


@lru_cache(maxsize=4096)
def _stem(word: str) -> str:
    return re.sub(r"(ing|ed|es|s|ly|er)$", "", word) if len(word) > 4 else word.removesuffix("s")


def _questions(
    asked: object, doc_id: str | None, place: str, in_turn: tuple[Half, Half], before: int
) -> list[Question]:
    items = enumerate(list_of(asked, place), before)
    return [_question(item, doc_id, place, in_turn[number % 2]) for number, item in items]


def _question(item: object, doc_id: str | None, place: str, half: Half) -> Question:
    """A text, or `{ask: TEXT, or: [DOCUMENT, ...]}` where more than one document answers."""
    if not isinstance(item, Mapping):
        return Question(text_of(item, place), doc_id, half)
    tree = keys_of(tree_of(item, place), place, ("ask", "or"))
    return Question(text_of(tree["ask"], place), doc_id, half, tuple(words_of(tree["or"], f"{place}: or")))


def _gain(right: frozenset[str], hits: Sequence[Hit]) -> float:
    """1 over log2(1 + rank) of the first right document among the documents of the first ten passages."""
    ranked = list(dict.fromkeys(hit.passage.doc_id for hit in hits[:RANKED]))
    return next((1 / math.log2(2 + place) for place, doc_id in enumerate(ranked) if doc_id in right), 0.0)


def _share(part: float, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def halves(questions: Sequence[Question]) -> Mapping[Half, list[Question]]:
    """The questions for tuning and those for reporting, of each file."""
    return {half: [q for q in questions if q.half == half] for pair in FILES.values() for half in sorted(pair)}
