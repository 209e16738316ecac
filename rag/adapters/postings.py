"""Keyword search without a scan: what each word adds to the BM25 score of each passage, worked out once and kept.

FTS5 of SQLite cuts and stems the texts and counts; its own ranking would visit every passage that has a word of the
question, which takes 100 ms over 50,000.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from rag.adapters import stored
from rag.chunk import Passage

_K1, _B, _LEAST_IDF = 1.2, 0.75, 1e-6
_CUT = "tokenize = 'porter unicode61 remove_diacritics 2'"
_SCRATCH = f"""
CREATE VIRTUAL TABLE temp.words USING fts5(title, also, heading, text, {_CUT});
CREATE VIRTUAL TABLE temp.seen USING fts5vocab(temp, words, instance);
"""
_TABLE = "CREATE TABLE postings (term TEXT PRIMARY KEY, places BLOB NOT NULL, scores BLOB NOT NULL)"
_COUNTS = """
SELECT term, doc, SUM(CASE col WHEN 'title' THEN ? WHEN 'also' THEN ? WHEN 'heading' THEN ? ELSE ? END), COUNT(*)
FROM temp.seen GROUP BY term, doc ORDER BY term, doc
"""
_WEIGHTS = (stored.TITLE, stored.ALSO, stored.HEADING, stored.TEXT)
Counts = NDArray[np.float64]


def write_postings(base: sqlite3.Connection, passages: Sequence[Passage]) -> None:
    """Add the table `postings`; a passage's place is its number in the sequence."""
    base.executescript(_SCRATCH + _TABLE)
    texts = [(n, p.title, p.also, p.heading, p.text) for n, p in enumerate(passages)]
    base.executemany("INSERT INTO temp.words (rowid, title, also, heading, text) VALUES (?, ?, ?, ?, ?)", texts)
    counted = {
        term: np.array([row[1:] for row in rows], dtype=float)
        for term, rows in groupby(base.execute(_COUNTS, _WEIGHTS), key=itemgetter(0))
    }
    base.executemany("INSERT INTO postings VALUES (?, ?, ?)", _scored(counted, len(passages)))


def _scored(counted: dict[str, Counts], size: int) -> Iterator[tuple[str, bytes, bytes]]:
    """BM25 as FTS5 counts it, a row a term. Source: sqlite.org/fts5.html, "The bm25() function"."""
    lengths = np.zeros(size)
    for rows in counted.values():
        lengths[rows[:, 0].astype(int)] += rows[:, 2]
    usual = lengths.mean() if size else 1.0
    for term, rows in counted.items():
        places, often = rows[:, 0].astype(np.int32), rows[:, 1]
        idf = max(_LEAST_IDF, float(np.log((size - len(rows) + 0.5) / (len(rows) + 0.5))))
        scores = idf * often * (_K1 + 1) / (often + _K1 * (1 - _B + _B * lengths[places] / usual))
        yield term, places.tobytes(), scores.astype(np.float32).tobytes()


class Postings:
    """The table in memory; never changes, so threads share it."""

    def __init__(self, base: sqlite3.Connection, size: int) -> None:
        self._size = size
        self._of = {
            term: (np.frombuffer(places, dtype=np.int32), np.frombuffer(scores, dtype=np.float32))
            for term, places, scores in base.execute("SELECT term, places, scores FROM postings")
        }

    def scores(self, words: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of every passage, in order of their places; 0 where it has none of the words."""
        found = np.zeros(self._size, dtype=np.float32)
        for term in terms(words):
            if term in self._of:
                places, scores = self._of[term]
                found[places] += scores
        return found


def terms(words: Sequence[str]) -> list[str]:
    """Words as they stand in the table, cut and stemmed; one that is said twice counts twice."""
    with closing(sqlite3.connect(":memory:")) as base:
        base.executescript(_SCRATCH)
        base.execute("INSERT INTO temp.words (text) VALUES (?)", [" ".join(words)])
        return [term for (term,) in base.execute("SELECT term FROM temp.seen")]
