"""Customers do not speak like documents: their words are read as the documents would say it."""

import numpy as np
import pytest

from lending.domain.errors import UnavailableError
from rag.adapters.embedded_index import EmbeddedIndex
from rag.everyday import asked, elsewhere, everyday
from rag.golden import Question, golden_questions, halves, read_questions, shares_words
from rag.ports import Hit, Where
from rag.refresh import refresh
from rag.retrieve import Retrieval, is_answered
from tests.rag.conftest import KB, TODAY, Written, a_library, a_text, the_documents

BOTH = {
    "documents/a.md": a_text("late-fee"),
    "documents/b.md": a_text("early", title="Paying back early", body="You may repay at any time, free of charge."),
}


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("mortgage", "home loan"),
        ("whats the intrest on a morgage", "home loan"),
        ("can my mom cosign", "co-applicant"),
        ("forclosure charges", "paying back early"),
        ("FICO", "credit score"),
    ],
)
def test_everyday_words_get_the_words_of_the_documents(typed, word):
    assert word in asked(typed).words


def test_telephone_spellings_are_written_out():
    assert asked("shud u pay").texts[0] == "should you pay"


def test_the_own_words_of_a_question_stay():
    read = asked("whats the intrest on a morgage")
    assert read.words.startswith("whats the intrest on a morgage")
    assert read.texts[0] == "whats the intrest on a morgage"


@pytest.mark.parametrize("typed", ["weather in denver tomorrow", "write a python script", "battery", "paid"])
def test_words_of_other_matters_are_left_alone(typed):
    assert asked(typed).texts == (typed,)


def test_every_phrase_is_in_lower_case_and_means_something_else():
    assert all(phrase == phrase.lower() and words != phrase for phrase, words in everyday().means.items())


def a_hit(near=0.0, words=0.0, beside=0.0):
    return [Hit(None, 1.0, {"vector": near, "words": words, "elsewhere": beside})]


@pytest.mark.parametrize(
    ("hits", "answered"),
    [
        (a_hit(near=0.45, beside=0.20), True),
        (a_hit(near=0.45, beside=0.44), False),
        (a_hit(near=0.45, beside=0.44, words=12), True),
        (a_hit(near=0.45, beside=0.70, words=12), False),
        (a_hit(near=0.10, beside=0.00, words=12), False),
        (a_hit(words=12), True),
        (a_hit(words=2), False),
        ([], False),
    ],
)
def test_what_is_nearer_to_other_matters_than_to_a_passage_is_not_answered(hits, answered):
    assert is_answered(hits) is answered


class NoEmbedder:
    name = "none"

    def embed(self, texts):
        raise UnavailableError("no model")


def test_without_the_embedding_model_words_alone_find_and_say_so(tmp_path, embedder):
    retrieval = Retrieval(EmbeddedIndex(tmp_path / "index"), embedder)
    known = [Question("what if I pay late", "late-fee", "report")]
    refresh(Written(BOTH), retrieval, a_library(questions=known), lambda share, text: None)
    lost = Retrieval(retrieval.index, NoEmbedder())
    hits = lost.find("can I make a part payment", Where("us", TODAY))
    assert hits[0].passage.doc_id == "early"
    assert "elsewhere" not in hits[0].parts
    assert is_answered(hits) == (hits[0].parts["words"] >= 8)


def test_the_vector_that_is_searched_has_length_one(tmp_path, embedder):
    seen = []

    class Index:
        def embedder(self, version=None):
            return None

        def search(self, query, vector, where, count, version=None):
            seen.append(vector)
            return []

    Retrieval(Index(), embedder).find("is there a late fee on my mortgage", Where("us", TODAY))
    assert np.linalg.norm(seen[0]) == pytest.approx(1.0, abs=1e-5)


def test_the_fresh_questions_share_no_words_with_their_answer_for_at_least_half():
    text = (KB / "questions_fresh.yaml").read_text()
    known = [q for q in read_questions("questions_fresh.yaml", text) if q.doc_id]
    documents = {d.id: d for d in [*the_documents("us"), *the_documents("in")] if d.valid_to is None}
    known = [q for q in known if q.doc_id in documents]
    apart = [q for q in known if not shares_words(q.text, documents[q.doc_id].title, _headings(documents[q.doc_id]))]
    assert len(known) >= 100
    assert len(apart) >= len(known) / 2


def test_the_two_files_of_questions_fall_into_four_halves_and_none_is_asked_twice():
    questions = golden_questions(lambda name: (KB / name).read_text())
    assert all(len(held) >= 60 for held in halves(questions).values())
    assert len({(q.text, q.doc_id) for q in questions}) == len(questions)


def test_what_lies_elsewhere_is_no_golden_question():
    questions = {q.text for q in golden_questions(lambda name: (KB / name).read_text())}
    assert len(elsewhere()) >= 40
    assert not questions & set(elsewhere())


def _headings(document):
    return {line.lstrip("# ") for line in document.body.splitlines() if line.startswith("#")}
