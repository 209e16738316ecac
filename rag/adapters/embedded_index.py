"""The index on this machine: a SQLite file a version (FTS5 for words), vectors compared exactly in NumPy."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.adapters import stored
from rag.chunk import Passage
from rag.fusion import CANDIDATES, fuse, setting
from rag.ports import Hit, Vectors, Where
from rag.words import search_words

_SCHEMA = """
CREATE TABLE facts (embedder TEXT NOT NULL, size INTEGER NOT NULL);
CREATE TABLE passages (
    place INTEGER PRIMARY KEY, body TEXT NOT NULL, sha256 TEXT NOT NULL, vector BLOB NOT NULL,
    audience TEXT NOT NULL, product TEXT, markets TEXT NOT NULL, valid_from TEXT NOT NULL, valid_to TEXT NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5(title, also, heading, text, tokenize = 'porter unicode61 remove_diacritics 2');
"""
_FITS = """
p.audience IN (SELECT value FROM json_each(:audiences)) AND instr(p.markets, :market) > 0
AND p.valid_from <= :day AND p.valid_to >= :day AND (:product IS NULL OR p.product IS NULL OR p.product = :product)
"""
_WEIGHTS = f"{stored.TITLE}, {stored.ALSO}, {stored.HEADING}, {stored.TEXT}"
_NAME = re.compile(r"kb-v(\d{4,})")


class EmbeddedIndex:
    """Versions `kb-v0001.db` and on in a folder; the file `current` names the one that answers."""

    def __init__(self, folder: Path, weight: float | None = None) -> None:
        self._folder = folder
        self._weight = setting("vector_weight") if weight is None else weight

    @property
    def current(self) -> str | None:
        """The version that answers."""
        try:
            return (self._folder / "current").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None

    def versions(self) -> Sequence[str]:
        """Those that are kept, oldest first."""
        return sorted((p.stem for p in self._folder.glob("kb-v*.db")), key=_number)

    def build(self, passages: Sequence[Passage], vectors: Vectors, embedder: str) -> str:
        """Write a new version; the file appears whole."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"kb-v{max(map(_number, self.versions()), default=0) + 1:04d}"
        half = self._folder / f"{name}.half"
        half.unlink(missing_ok=True)
        with closing(sqlite3.connect(half)) as base, base:
            base.executescript(_SCHEMA)
            base.execute("INSERT INTO facts VALUES (?, ?)", (embedder, vectors.shape[1] if len(vectors) else 0))
            rows = [_row(n, p, v) for n, (p, v) in enumerate(zip(passages, vectors, strict=True))]
            base.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            words = [(n, p.title, p.also, p.heading, p.text) for n, p in enumerate(passages)]
            base.executemany("INSERT INTO words (rowid, title, also, heading, text) VALUES (?, ?, ?, ?, ?)", words)
        os.replace(half, self._file(name))
        return name

    def vectors(self, texts: Sequence[str], embedder: str) -> Mapping[str, NDArray[np.float32]]:
        """What kept versions know of these texts, the newest first."""
        wanted = {stored.text_hash(text): text for text in texts}
        found: dict[str, NDArray[np.float32]] = {}
        for name in reversed(self.versions()):
            if len(found) == len(wanted):
                break
            with closing(self._open(name)) as base:
                if base.execute("SELECT embedder FROM facts").fetchone()[0] != embedder:
                    continue
                for sha256, vector in base.execute("SELECT sha256, vector FROM passages"):
                    if sha256 in wanted:
                        found.setdefault(wanted[sha256], np.frombuffer(vector, dtype=np.float32))
        return found

    def switch(self, version: str) -> None:
        """Let a version answer from now on."""
        if not self._file(version).is_file():
            raise stored.not_kept(version, self.versions())
        half = self._folder / "current.half"
        half.write_text(version + "\n", encoding="utf-8")
        os.replace(half, self._folder / "current")

    def drop(self, version: str) -> None:
        """Remove a version that does not answer."""
        if version == self.current:
            raise stored.answers_now(version)
        self._file(version).unlink(missing_ok=True)

    def passages(self, version: str | None = None) -> Sequence[Passage]:
        """Every passage of a version."""
        return self._loaded(version).passages

    def search(
        self, query: str, vector: NDArray[np.float32] | None, where: Where, count: int, version: str | None = None
    ) -> Sequence[Hit]:
        """The best passages that may be found at all, best first."""
        held = self._loaded(version)
        by_words = held.by_words(query, where)
        by_vector = {} if vector is None else held.by_vector(vector, where)
        fused = fuse(by_words, by_vector, self._weight)
        best = sorted(fused, key=lambda place: (-fused[place], place))[:count]
        return [Hit(held.passages[p], round(fused[p], 6), _parts(p, by_words, by_vector)) for p in best]

    def _loaded(self, version: str | None) -> _Held:
        name = version or self.current
        if name is None:
            raise stored.no_index()
        file = self._file(name)
        if not file.is_file():
            raise stored.gone(name)
        return _held(file, file.stat().st_mtime_ns)

    def _open(self, name: str) -> sqlite3.Connection:
        return _read_only(self._file(name))

    def _file(self, name: str) -> Path:
        return self._folder / (f"{name}.db" if _NAME.fullmatch(name) else "no-such-version")


class _Held:
    """One version in memory; never changes, so threads share it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with closing(_read_only(file)) as base:
            rows = base.execute(
                "SELECT body, vector, audience, product, markets, valid_from, valid_to FROM passages ORDER BY place"
            ).fetchall()
        self.passages = [stored.read_back(row[0]) for row in rows]
        self._vectors = np.array([np.frombuffer(row[1], dtype=np.float32) for row in rows])
        columns = [np.array(column, dtype=object) for column in zip(*(row[2:] for row in rows), strict=True)]
        self._audience, self._product, self._markets, self._from, self._to = columns or [np.array([])] * 5
        self._fitting = lru_cache(maxsize=64)(self._fits)

    def by_words(self, query: str, where: Where) -> dict[int, float]:
        wanted = search_words(query)
        if not wanted:
            return {}
        with closing(_read_only(self._file)) as base:
            rows = base.execute(
                f"SELECT w.rowid, -bm25(words, {_WEIGHTS}) AS score FROM words w "  # noqa: S608
                f"JOIN passages p ON p.place = w.rowid WHERE words MATCH :match AND {_FITS} "
                "ORDER BY score DESC, w.rowid LIMIT :count",
                {"match": " OR ".join(f'"{word}"' for word in wanted), "count": CANDIDATES, **_asked(where)},
            )
            return dict(rows.fetchall())

    def by_vector(self, vector: NDArray[np.float32], where: Where) -> dict[int, float]:
        fits = np.flatnonzero(self._fitting(where))
        scores = self._vectors[fits] @ vector
        best = np.argsort(-scores, kind="stable")[:CANDIDATES]
        return {int(fits[b]): float(scores[b]) for b in best}

    def _fits(self, where: Where) -> NDArray[np.bool_]:
        day = where.day.isoformat()
        right = np.isin(self._audience, where.audiences) & (self._from <= day) & (self._to >= day)
        right &= np.array([where.market in m.split() for m in self._markets], dtype=bool)
        if where.product is not None:
            right &= np.array([p is None or p == where.product for p in self._product], dtype=bool)
        return right.astype(bool)


@lru_cache(maxsize=4)
def _held(file: Path, _changed: int) -> _Held:
    return _Held(file)


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{file}?mode=ro", uri=True)


def _row(place: int, passage: Passage, vector: NDArray[np.float32]) -> tuple[object, ...]:
    return (
        place, stored.written(passage), stored.text_hash(passage.read), vector.astype(np.float32).tobytes(),
        passage.audience, passage.product, " ".join(passage.markets), passage.valid_from.isoformat(),
        stored.last_day(passage),
    )  # fmt: skip


def _asked(where: Where) -> dict[str, object]:
    return {
        "audiences": json.dumps(where.audiences), "market": where.market, "day": where.day.isoformat(),
        "product": where.product,
    }  # fmt: skip


def _parts(place: int, words: Mapping[int, float], vectors: Mapping[int, float]) -> dict[str, float]:
    return {"words": round(words.get(place, 0.0), 6), "vector": round(vectors.get(place, 0.0), 6)}


def _number(name: str) -> int:
    found = _NAME.fullmatch(name)
    return int(found[1]) if found else 0
