"""Keyword scores that are worked out beforehand are those that FTS5 itself gives."""

import random
import sqlite3
from dataclasses import replace

import pytest

from rag.adapters.postings import Postings, terms, write_postings
from rag.chunk import passages
from rag.documents import read_document
from tests.conftest import sized
from tests.rag.conftest import a_text

WORDS = ["loan", "loans", "late", "fee", "fees", "running", "run", "Café", "12.50", "don't", "rate", "gold", "of"]


def drawn(seed):
    """Passages of words drawn at random, some far more frequent than others."""
    draw, one = random.Random(seed), passages(read_document("documents/a.md", a_text()))[0]
    text = lambda least, most: " ".join(draw.choices(WORDS, range(1, 1 + len(WORDS)), k=draw.randint(least, most)))  # noqa: E731
    return [replace(one, title=text(1, 5), also=text(0, 4), heading=text(1, 5), text=text(1, 90)) for _ in range(40)]


def by_fts5(pieces, word):
    """BM25 as SQLite counts it, the weights of the columns given by hand."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE w USING fts5(a, b, c, d, tokenize = 'porter unicode61 remove_diacritics 2')")
    rows = [(n, p.title, p.also, p.heading, p.text) for n, p in enumerate(pieces)]
    base.executemany("INSERT INTO w (rowid, a, b, c, d) VALUES (?, ?, ?, ?, ?)", rows)
    found = dict(base.execute("SELECT rowid, -bm25(w, 3, 2, 2, 1) FROM w WHERE w MATCH ?", [f'"{word}"']))
    base.close()
    return [found.get(n, 0.0) for n in range(len(pieces))]


@pytest.mark.parametrize("seed", range(sized(3, 40)))
def test_a_word_scores_as_in_fts5(seed):
    pieces, base = drawn(seed), sqlite3.connect(":memory:")
    write_postings(base, pieces)
    held = Postings(base, len(pieces))
    base.close()
    for word in ("loans", "FEE", "run", "cafe", "gold", "of", "nowhere"):
        assert held.scores([word]).tolist() == pytest.approx(by_fts5(pieces, word), rel=1e-5)


def test_words_add_up():
    pieces, base = drawn(1), sqlite3.connect(":memory:")
    write_postings(base, pieces)
    held = Postings(base, len(pieces))
    base.close()
    assert held.scores(["gold", "late"]).tolist() == pytest.approx(
        (held.scores(["gold"]) + held.scores(["late"])).tolist()
    )


def test_words_are_cut_and_stemmed_as_texts_are():
    assert set(terms(["Running", "Cafés", "12.50", "日本語"])) == {"run", "cafe", "12", "50", "日本語"}
    assert terms(["loan", "loans"]) == ["loan", "loan"]
    assert terms([""]) == []
